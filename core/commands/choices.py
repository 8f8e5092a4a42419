"""What several commands are given: a session of a class, days, who does it."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from core import clock
from core.commands.context import Context
from core.records import SchoolClass
from core.settings import Settings
from core.store.database import Store
from core.store.sessions import SessionRow

ClassCode = Annotated[str, typer.Argument(metavar="CLASS", help="Code of the class.")]
SessionNumber = Annotated[
    int | None,
    typer.Option(
        "--session", min=1, max=999_999_999, help="Number of the session; else the one going on or the latest."
    ),
]
By = Annotated[str | None, typer.Option(help="Who does it; else the computer's user.")]
AsAdmin = Annotated[bool, typer.Option("--as-admin", help="Also change what is locked.")]
Json = Annotated[Path | None, typer.Option(help="Write the result for machines to this file.")]


def session_of(
    store: Store, settings: Settings, class_code: str, number: int | None, *, to_mark: bool = False
) -> tuple[SchoolClass, SessionRow]:
    """The class and the session that is meant.  Raises as :func:`core.timetable.session_in_hand`."""
    from core.sessions import find_session  # Writes sheets, which most commands do not need to load.

    return find_session(store, settings, class_code, number, to_mark=to_mark)


def headline(here: Context, school_class: SchoolClass, row: SessionRow) -> str:
    """Which session it is, in one sentence."""
    zone = clock.school_zone(here.settings)
    begin, end = clock.local(row.starts_at, zone), clock.local(row.ends_at, zone)
    title = f" “{row.title}”" if row.title else ""
    return f"Session {row.id} of {school_class.code}{title}, {begin:%Y-%m-%d %H:%M}–{end:%H:%M}, is {row.state}."


def read_day(text: str, settings: Settings) -> date:
    """A day like 2026-11-21, today, yesterday or tomorrow, on the school's calendar.  Raises InputError."""
    return clock.parse_day(text, clock.school_zone(settings))
