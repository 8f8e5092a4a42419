"""``app.py status``: what a mark can be."""

from dataclasses import replace
from typing import Annotated, get_args

import typer
from rich.markup import escape
from rich.table import Table

from core.commands.choices import Json
from core.commands.console import out, write_json
from core.commands.context import of
from core.errors import InputError
from core.store.statuses import Meaning, Status, list_statuses, read_status, save_status, status_set

app = typer.Typer(help="What a mark can be: letters, names, points, colours.", no_args_is_help=True)
NO_POINTS = "-"
QUIET = ("#ECECEC", "#3A3A3A")
Points = Annotated[str | None, typer.Option(help="0 to 1 for the percentage; - leaves the lesson out of it.")]


@app.command("list")
def list_(context: typer.Context, json: Json = None) -> None:
    """List the statuses."""
    with of(context).reading() as store, store.read() as db:
        found = list_statuses(db)
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
    with of(context).changing() as store, store.transaction() as db:
        known = status_set(db)
        like = next((one for one in known.values() if one.counts_as == counts_as), None)
        if like is None:
            raise InputError(f"“{counts_as}” is no meaning. Use one of {', '.join(get_args(Meaning))}.")
        worth = _points(points, like.points)
        made = save_status(
            db,
            replace(
                like,
                code=_free_code(set(known)),
                letter=letter,
                name=name,
                points=worth,
                colour=colour,
                ink=ink,
                active=True,
            ),
        )
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
    with of(context).changing() as store, store.transaction() as db:
        old = read_status(db, status, retired=True)
        made = save_status(
            db,
            replace(
                old,
                letter=old.letter if letter is None else letter,
                name=old.name if name is None else name,
                points=_points(points, old.points),
                colour=colour or old.colour,
                ink=ink or old.ink,
                active=old.active if retire is None else not retire,
            ),
        )
    write_json(json, _as_json(made))
    out.print(f"Saved {made.letter} {made.name}.", markup=False)


def _points(text: str | None, unchanged: float | None) -> float | None:
    if text is None:
        return unchanged
    if text.strip() == NO_POINTS:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise InputError(f"“{text}” are no points. Write 0 to 1, or - to leave the lesson out.") from error


def _free_code(taken: set[str]) -> str:
    return next(code for code in (f"S{number}" for number in range(1, len(taken) + 2)) if code not in taken)


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
