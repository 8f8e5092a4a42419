"""The neural networks' files: finding weights, preparing them once, loading them to run."""
