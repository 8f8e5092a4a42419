"""``app.py review``: the faces of a lesson that were not sure, and what a person says about them."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from core import clock
from core.actor import Actor
from core.commands.choices import AsAdmin, By, ClassCode, SessionNumber, session_of
from core.commands.console import out, progress_bar, write_json
from core.commands.context import Context, of
from core.errors import InputError
from core.files import write_bytes_atomically
from core.records import SchoolClass
from core.reports.session_files import write_sheet_of
from core.review import OpenItem, Saying, open_items, settle
from core.settings import Settings
from core.store.database import Store
from core.store.sessions import SessionRow


def register(app: typer.Typer) -> None:
    """Add what this module offers to the command line."""
    app.command("review")(review)


def review(
    context: typer.Context,
    class_code: ClassCode,
    session: SessionNumber = None,
    is_not: Annotated[
        list[str] | None, typer.Option("--not", metavar="NUMBER:ROLL", help="That face is not this student.")
    ] = None,
    is_: Annotated[
        list[str] | None, typer.Option("--is", metavar="NUMBER:ROLL", help="That face is this student.")
    ] = None,
    marked: Annotated[bool, typer.Option("--marked", help="List the faces that marked somebody, too.")] = False,
    pictures: Annotated[Path | None, typer.Option(help="Write the faces to this folder as NUMBER.png.")] = None,
    by: By = None,
    as_admin: AsAdmin = False,
    json: Annotated[Path | None, typer.Option(help="Write the list for machines to this file.")] = None,
) -> None:
    """List the faces that nobody was marked for; say who they are, or who they are not."""
    here = of(context)
    sayings = [_saying(text, "--not") for text in is_not or ()] + [_saying(text, "--is") for text in is_ or ()]
    with here.writing("reviewing faces") if sayings else here.reading() as store:
        school_class, row = session_of(store, here.settings, class_code, session)
        if sayings:
            _settle(here, store, row, sayings, here.actor(by, admin=as_admin))
        items = open_items(store, row.id, marked=marked)
    if pictures is not None:
        _write_pictures(pictures, items)
    write_json(json, _as_json(school_class, row, items))
    _tell(here.settings, school_class, row, items)


def _saying(text: str, option: str) -> Saying:
    number, colon, roll = text.partition(":")
    if not colon or not number.strip().isdecimal() or len(number) > 15 or not roll.strip():
        raise InputError(f"“{text[:40]}” is not a face's number and a roll number. Write it like: {option} 12:R001")
    return Saying(int(number), roll.strip(), option == "--is")


def _settle(here: Context, store: Store, row: SessionRow, sayings: list[Saying], actor: Actor) -> None:
    with progress_bar("Reviewing") as progress:
        done = settle(store, here.engine(progress), here.settings, actor, sayings, row.id)
    written = write_sheet_of(store, here.settings, row.id)
    for note in done.notes:
        out.print(note, markup=False)
    for code in done.learned:
        out.print(f"{code} is marked with what you said from now on.", markup=False)
    if written.note:
        out.print(written.note, markup=False)
    out.print(f"Sheet: {written.path}", markup=False, soft_wrap=True)


def _write_pictures(folder: Path, items: tuple[OpenItem, ...]) -> None:
    for item in items:
        if item.thumbnail:
            write_bytes_atomically(folder / f"{item.id}.png", item.thumbnail)


def _tell(settings: Settings, school_class: SchoolClass, row: SessionRow, items: tuple[OpenItem, ...]) -> None:
    zone = clock.school_zone(settings)
    when = clock.moment_text(row.starts_at, zone)
    if not items:
        out.print(f"There is nothing to review in session {row.id} of {school_class.code} ({when}).", markup=False)
        return
    title = escape(f"{school_class.code}, session {row.id}, {when}")
    table = Table("Number", "When", "Could be (evidence)", "Confidence", "Why", title=title)
    for item in items:
        seen = clock.time_text(item.first_seen, zone, seconds=True)
        likely = ", ".join(f"{one.student.roll} {one.student.name} ({one.evidence:.2f})" for one in item.candidates)
        sure = "" if item.confidence is None else f"{item.confidence:.2f}"
        table.add_row(str(item.id), seen, escape(likely), sure, escape(_why(item)))
    out.print(table)
    code = school_class.code
    out.print(
        f"Say who it is: app.py review {code} --is NUMBER:ROLL; or who it is not: --not NUMBER:ROLL", markup=False
    )


def _why(item: OpenItem) -> str:
    named = f"{item.student.roll}: " if item.student is not None else ""
    return f"{item.kind}, {named}{item.reason}"


def _as_json(school_class: SchoolClass, row: SessionRow, items: tuple[OpenItem, ...]) -> dict[str, Any]:
    """The contract of ``review --json``."""
    return {
        "class": school_class.code,
        "session": row.id,
        "starts_at": row.starts_at,
        "faces": [
            {
                "number": item.id,
                "kind": item.kind,
                "roll": item.student.roll if item.student else None,
                "reason": item.reason,
                "confidence": item.confidence,
                "first_seen": item.first_seen,
                "last_seen": item.last_seen,
                "candidates": [
                    {"roll": one.student.roll, "name": one.student.name, "evidence": one.evidence}
                    for one in item.candidates
                ],
            }
            for item in items
        ],
    }
