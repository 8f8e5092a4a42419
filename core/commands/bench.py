"""``app.py bench``: the benchmarks of this checkout, each in a process of its own."""

import ast
import os
import sys
from typing import Annotated

import typer

from core.commands.console import out
from core.commands.context import of
from core.environment import become
from core.errors import InputError
from core.paths import PROJECT

NAMES = (
    *("naming", "classroom", "tracking", "live", "watching", "start", "school", "training", "detection", "marking"),
    *("register", "workbooks", "encryption", "accounts", "camera", "capturing", "endurance", "phones", "taking"),
    "portal_pages",
)
FOLDER = PROJECT / "benchmarks"


def register(app: typer.Typer) -> None:
    """Add what this module offers to the command line."""
    # Whatever follows the benchmark's name is its own, options and --help too.
    app.command("bench", context_settings={"allow_interspersed_args": False, "ignore_unknown_options": True})(bench)


def bench(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help=f"One of {', '.join(NAMES)}; none lists them.")] = None,
    arguments: Annotated[list[str] | None, typer.Argument(help="What the benchmark asks for.")] = None,
) -> None:
    """Measure speed and accuracy; without a name, say what can be measured."""
    if not FOLDER.is_dir():
        raise InputError(f"The benchmarks are not part of this copy: there is no {FOLDER}. Get the whole project.")
    if name is None:
        for one in NAMES:
            out.print(f"{one:<14}{_first_line(one)}", markup=False, soft_wrap=True)
        return
    if name not in NAMES:
        raise InputError(f"There is no benchmark {name}. Choose one of: {', '.join(NAMES)}.")
    # Not the project's folder as current one: the paths among the arguments are seen from where the user is.
    places = [str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ.update(PYTHONPATH=os.pathsep.join(places), ROLLCALL_HOME=str(of(context).home.root))
    raise typer.Exit(become([sys.executable, "-m", f"benchmarks.{name}", *(arguments or [])]))


def _first_line(name: str) -> str:
    """What a benchmark says of itself, read without importing it."""
    text = ast.get_docstring(ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0]
