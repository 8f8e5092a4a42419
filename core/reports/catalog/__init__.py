"""The reports, one file each: a module here that has a ``REPORT`` is listed and run everywhere by itself."""
