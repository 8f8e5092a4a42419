"""``app.py import``: files of other programs taken in, after a preview."""

import typer

from core.commands import people_files, register_files

app = typer.Typer(help="Take in lists of people and marks.", no_args_is_help=True)
people_files.register_import(app)
register_files.register_import(app)
