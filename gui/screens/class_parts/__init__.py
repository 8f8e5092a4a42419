"""Parts of the screens of classes."""
