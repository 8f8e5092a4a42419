"""The command line: one module a subject, each a thin layer over core."""
