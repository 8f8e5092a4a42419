"""``app.py window``: the desktop application, for the help; ``core/bootstrap.py`` opens it before this is loaded."""

import sys

import typer

from core.commands.context import of
from core.environment import become
from core.paths import PROJECT


def register(app: typer.Typer) -> None:
    """Add what this module offers to the command line."""
    app.command("window")(window)


def window(context: typer.Context) -> None:
    """Open the window; so does app.py without a command, where there is a screen."""
    command = [sys.executable, str(PROJECT / "app.py"), "--home", str(of(context).home.root), "window"]
    raise typer.Exit(become(command))
