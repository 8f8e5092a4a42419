"""``app.py export``: what the school has, as files for other programs."""

import typer

from core.commands import people_files, register_files

app = typer.Typer(help="Write people and registers to files.", no_args_is_help=True)
people_files.register_export(app)
register_files.register_export(app)
