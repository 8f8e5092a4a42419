"""The records of mail in the making: which days, who is told what, and who cannot be reached."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy.orm import Session

from core import clock
from core.errors import InputError
from core.records import SchoolClass, Student
from core.settings import Settings
from core.store import people
from core.store.addresses import clean_email
from core.store.mail_facts import Span
from core.store.outbox import Mail
from core.store.text import clean_text

Role = Literal["parents", "student", "teacher"]
Unit = Literal["session", "day", "week", "month", "always"]
Words = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """What is to be told about: the sessions of ``span``, as ``unit`` was asked for.

    label: the span in words and in event keys, like ``2026-W47``.  roles: who is told.
    """

    span: Span
    unit: Unit
    label: str
    roles: tuple[Role, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """One thing told to one person (or pair of parents).

    event: what it is about, and the student; the addresses are added to it.  addresses: as they are stored.  sheet_of:
    the session whose sheet goes with it.
    """

    event: str
    role: Role
    who: str
    addresses: str | None
    words: Words = field(repr=False)
    student_id: int | None = None
    session_id: int | None = None
    sheet_of: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to tell.  inactive: students who left and are not written to; notes: sentences worth telling."""

    letters: tuple[Letter, ...]
    inactive: int = 0
    notes: tuple[str, ...] = ()


def _always_true(db: Session, settings: Settings, mail: Mail) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of mail.

    template: name of the files ``.txt`` and ``.html``.  units: what it can be asked for, the first without a word.
    roles: who may get it, the first without a word.  still_true: asked again right before a message is sent.
    """

    name: str
    about: str
    template: str
    units: tuple[Unit, ...]
    roles: tuple[Role, ...]
    find: Callable[[Session, Settings, Scope], Found]
    still_true: Callable[[Session, Settings, Mail], bool] = _always_true


@dataclass(frozen=True, slots=True)
class School:
    """Everybody and every class, read once for a run."""

    students: Mapping[int, Student]
    classes: Mapping[int, SchoolClass]

    @classmethod
    def read(cls, db: Session) -> "School":
        return cls(
            {one.id: one for one in people.list_students(db)},
            {one.id: one for one in people.list_classes(db)},
        )


def readable_addresses(text: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The addresses in a stored text, each once, and what in it is none."""
    good: dict[str, str] = {}
    bad: list[str] = []
    for piece in (text or "").replace(";", " ").replace(",", " ").split():
        try:
            address = clean_email(piece)
        except InputError:
            bad.append(clean_text(piece, 60))
        else:
            good.setdefault(address.casefold(), address)
    return tuple(good.values()), tuple(bad)


def in_words(day: date) -> str:
    """Like “Saturday, 21 November 2026”."""
    return f"{day:%A}, {day.day} {day:%B %Y}"


def percent_text(percent: float | None) -> str:
    """Like “92.5 %”, a dash where nothing counts."""
    return "–" if percent is None else f"{percent:.1f} %"


def whole_period(unit: Unit, day: date) -> tuple[date, date]:
    """The first and last day of the week (from Monday) or month with this day, or the day itself."""
    if unit == "week":
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=6)
    if unit == "month":
        first = day.replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return day, day


def period_label(unit: Unit, day: date) -> str:
    """``2026-W47``, ``2026-11`` or ``2026-11-21``."""
    if unit == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    return f"{day:%Y-%m}" if unit == "month" else day.isoformat()


def today(settings: Settings) -> date:
    """The day on the school's calendar."""
    return clock.local(clock.now(), clock.school_zone(settings)).date()
