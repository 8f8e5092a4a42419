"""Parts of the import of lists and photos."""
