"""``app.py who``: who of the whole school is in a picture."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Column, Table

from core.commands.console import out, progress_bar, write_json
from core.commands.context import of
from core.records import Student
from core.visitor import Visit, Visitor, identify

OUTCOMES = {
    "known": "[green]known[/]",
    "unsure": "[yellow]perhaps[/]",
    "unknown": "nobody known",
    "unclear": "cannot be said",
}


def register(app: typer.Typer) -> None:
    """Add what this module offers to the command line."""
    app.command("who")(who)


def who(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="Photo, folder of photos, short video, camera number or address.")],
    json: Annotated[Path | None, typer.Option(help="Write the result for machines to this file.")] = None,
) -> None:
    """Say who of the whole school somebody is; the register stays as it is."""
    here = of(context)
    settings = here.settings
    with here.reading() as store, progress_bar("Looking") as progress:
        visit = identify(store, here.engine(progress), settings, source, progress)
    write_json(json, as_json(visit))
    tell(visit)


def tell(visit: Visit) -> None:
    """Print a row for each face."""
    where = Column("Where", overflow="fold")
    title = f"{escape(visit.label)}, from left to right"
    table = Table(where, "Who", "Classes", "Likeness", "Needed", "Why", title=title)
    for one in visit.visitors:
        name = OUTCOMES[one.outcome] + (f" {escape(_named(one.student))}" if one.student else "")
        codes = ", ".join(escape(each.code) for each in one.classes)
        figures = (f"{one.naming.score:.2f}", f"{one.naming.cut:.2f}") if one.naming else ("", "")
        table.add_row(escape(one.place), name, codes, *figures, escape(_why(one)))
    out.print(table)
    known = sum(one.outcome == "known" for one in visit.visitors)
    out.print(f"{known} of {len(visit.visitors)} faces are known; compared with {visit.students} students.")
    for note in visit.notes:
        out.print(note, markup=False)


def _named(student: Student) -> str:
    return f"{student.roll} {student.name}"


def _why(one: Visitor) -> str:
    if one.outcome == "unsure" and one.runner_up:
        return f"{one.reason} (second: {_named(one.runner_up)})"
    return one.reason


def as_json(visit: Visit) -> dict[str, Any]:
    """The contract of ``who --json``."""
    return {
        "source": visit.label,
        "students": visit.students,
        "faces": [
            {
                "outcome": one.outcome,
                "reason": one.reason,
                "roll": one.student.roll if one.student else None,
                "name": one.student.name if one.student else None,
                "classes": [each.code for each in one.classes],
                "score": round(one.naming.score, 4) if one.naming else None,
                "cut": round(one.naming.cut, 4) if one.naming else None,
                "runner_up": one.runner_up.roll if one.runner_up else None,
                "place": one.place,
                "box": list(one.box),
                "face_px": round(one.face_px, 1),
                "looks": one.looks,
            }
            for one in visit.visitors
        ],
        "notes": list(visit.notes),
    }
