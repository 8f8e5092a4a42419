"""What several commands are given: a session of a class, days, who does it."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from core import clock
from core.errors import NotFoundError
from core.records import SchoolClass
from core.settings import Settings
from core.store import people, sessions
from core.store.database import Store
from core.store.sessions import SessionRow

ClassCode = Annotated[str, typer.Argument(metavar="CLASS", help="Code of the class.")]
SessionNumber = Annotated[
    int | None, typer.Option("--session", min=1, max=999_999_999, help="Number of the session; else the latest.")
]
By = Annotated[str | None, typer.Option(help="Who does it; else the computer's user.")]
AsAdmin = Annotated[bool, typer.Option("--as-admin", help="Also change what is locked.")]
Json = Annotated[Path | None, typer.Option(help="Write the result for machines to this file.")]


def session_of(store: Store, class_code: str, number: int | None) -> tuple[SchoolClass, SessionRow]:
    """The class and its session with that number, or its latest.  Raises NotFoundError."""
    with store.read() as db:
        school_class = people.get_class(db, class_code)
        code = school_class.code
        latest = sessions.latest_session(db, school_class.id)
        if latest is None:
            raise NotFoundError(f"No lesson of {code} was opened or marked yet. Mark one: app.py mark {code} SOURCE")
        if number is None:
            return school_class, latest
        try:
            found = sessions.get_session(db, number)
        except NotFoundError:
            found = None
        if found is None or found.class_id != school_class.id:
            raise NotFoundError(
                f"{code} has no session {number}; its latest is {latest.id}. See all: app.py session list {code}"
            )
        return school_class, found


def read_day(text: str, settings: Settings) -> date:
    """A day like 2026-11-21, today, yesterday or tomorrow, on the school's calendar.  Raises InputError."""
    return clock.parse_day(text, clock.school_zone(settings))
