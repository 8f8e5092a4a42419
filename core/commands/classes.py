"""``app.py class``: add and list classes, show a roster."""

from typing import Annotated

import typer
from rich.table import Table

from core.commands.console import out
from core.commands.context import of
from core.store import people, samples

app = typer.Typer(help="Classes and their rosters.", no_args_is_help=True)


@app.command()
def add(
    context: typer.Context,
    code: Annotated[str, typer.Argument(help="Short code, e.g. CS101.")],
    name: Annotated[str, typer.Argument(help="Full name, e.g. “Programming 1”.")],
    teacher: Annotated[str | None, typer.Option(help="Who teaches it; printed on the sheet.")] = None,
) -> None:
    """Add a class."""
    with of(context).writing("adding a class") as store, store.transaction() as db:
        made = people.add_class(db, code, name, teacher)
    out.print(f"Added {made.code} {made.name}.", markup=False)


@app.command("list")
def list_(context: typer.Context) -> None:
    """List all classes."""
    with of(context).reading() as store, store.read() as db:
        rows = [(one, len(people.roster(db, one.id))) for one in people.list_classes(db)]
    if not rows:
        out.print("There are no classes yet. Add one: app.py class add CS101 “Programming 1”", markup=False)
        return
    table = Table("Code", "Name", "Teacher", "Students")
    for one, count in rows:
        table.add_row(*(_plain(text) for text in (one.code, one.name, one.teacher or "", str(count))))
    out.print(table)


@app.command()
def roster(context: typer.Context, code: Annotated[str, typer.Argument(help="The class's code.")]) -> None:
    """Show who is in a class and how many face samples each has."""
    with of(context).reading() as store, store.read() as db:
        school_class = people.get_class(db, code)
        students = people.roster(db, school_class.id)
        counts = samples.count_by_student(db, [one.id for one in students])
    if not students:
        out.print(
            f"{school_class.code} has no students yet. Enrol some: app.py enrol {school_class.code} FOLDER",
            markup=False,
        )
        return
    table = Table("Roll", "Name", "Samples", "Consent")
    for one in students:
        table.add_row(
            *(_plain(text) for text in (one.roll, one.name, str(counts.get(one.id, 0)), one.consent or "none"))
        )
    out.print(table)


def _plain(text: str) -> str:
    """A name may hold square brackets, which rich would take for its own markup."""
    return text.replace("[", "\\[")
