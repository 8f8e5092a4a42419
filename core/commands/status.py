"""``app.py status``: what a mark can be."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from core import statuses
from core.commands.choices import Json
from core.commands.console import out, write_json
from core.commands.context import of
from core.statuses import NO_POINTS, QUIET, StatusChange
from core.store.statuses import Status

app = typer.Typer(help="What a mark can be: letters, names, points, colours.", no_args_is_help=True)
Points = Annotated[str | None, typer.Option(help="0 to 1 for the percentage; - leaves the lesson out of it.")]


@app.command("list")
def list_(context: typer.Context, json: Json = None) -> None:
    """List the statuses."""
    with of(context).reading() as store:
        found = statuses.list_all(store)
    write_json(json, [_as_json(one) for one in found])
    table = Table("Letter", "Name", "Counts as", "Points", "Colours", "Code")
    for one in found:
        points = NO_POINTS if one.points is None else f"{one.points:g}"
        name = one.name if one.active else f"{one.name} (not used any more)"
        table.add_row(escape(one.letter), escape(name), one.counts_as, points, f"{one.colour} {one.ink}", one.code)
    out.print(table)


@app.command()
def add(
    context: typer.Context,
    letter: Annotated[str, typer.Argument(help="Its letter, like M.")],
    name: Annotated[str, typer.Argument(help="Its name, like Medical leave.")],
    counts_as: Annotated[str, typer.Option(help="present, late, excused or absent.")],
    points: Points = None,
    colour: Annotated[str, typer.Option(help="Of the cell.")] = QUIET[0],
    ink: Annotated[str, typer.Option(help="Of the letter.")] = QUIET[1],
    json: Json = None,
) -> None:
    """Add a status of the school's own."""
    with of(context).changing() as store:
        made = statuses.add_status(store, letter, name, counts_as, points, (colour, ink))
    write_json(json, _as_json(made))
    out.print(f"Added {made.letter} {made.name}.", markup=False)


@app.command()
def edit(
    context: typer.Context,
    status: Annotated[str, typer.Argument(help="Its letter or name now.")],
    letter: Annotated[str | None, typer.Option(help="Its new letter.")] = None,
    name: Annotated[str | None, typer.Option(help="Its new name.")] = None,
    points: Points = None,
    colour: Annotated[str | None, typer.Option(help="Of the cell.")] = None,
    ink: Annotated[str | None, typer.Option(help="Of the letter.")] = None,
    retire: Annotated[
        bool | None, typer.Option("--retire/--restore", help="Marks keep it, new ones cannot have it; or can again.")
    ] = None,
    json: Json = None,
) -> None:
    """Change a status; marks that have it show the new letter and name."""
    change = StatusChange(letter, name, points, colour, ink, None if retire is None else not retire)
    with of(context).changing() as store:
        made = statuses.change_status(store, status, change)
    write_json(json, _as_json(made))
    out.print(f"Saved {made.letter} {made.name}.", markup=False)


def _as_json(one: Status) -> dict[str, object]:
    return {
        "code": one.code,
        "letter": one.letter,
        "name": one.name,
        "counts_as": one.counts_as,
        "points": one.points,
        "colour": one.colour,
        "ink": one.ink,
        "active": one.active,
    }
