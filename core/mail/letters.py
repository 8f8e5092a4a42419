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
from core.store import people, tallies
from core.store.addresses import clean_email
from core.store.outbox import Mail
from core.store.sessions import SessionRow
from core.store.text import clean_text
from core.words import full_date

Role = Literal["parents", "student", "teacher"]
Unit = Literal["session", "day", "week", "month", "always"]
Words = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """What is to be told about: the sessions of ``lessons``, as ``unit`` was asked for.

    label: the days in words and in event keys, like ``2026-W47``.  roles: who is told.
    """

    lessons: tallies.Scope
    unit: Unit
    label: str
    roles: tuple[Role, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MonthOf:
    """A month of a class's register."""

    class_code: str
    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.class_code}, {self.year}-{self.month:02}"


@dataclass(frozen=True, slots=True)
class Letter:
    """One thing told to one person (or pair of parents).

    event: what it is about, and the student; the addresses are added to it.  addresses: as they are stored.  sheet_of:
    the session whose sheet goes with it; month_of: the month that does.
    """

    event: str
    role: Role
    who: str
    addresses: str | None
    words: Words = field(repr=False)
    student_id: int | None = None
    session_id: int | None = None
    sheet_of: int | None = None
    month_of: MonthOf | None = None


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


def class_words(school_class: SchoolClass) -> Words:
    """A class as words for a template."""
    return {"class_code": school_class.code, "class_name": school_class.name}


def session_words(settings: Settings, session: SessionRow) -> Words:
    """A session as words for a template."""
    zone = clock.school_zone(settings)
    return {
        "title": session.title or "",
        "day": full_date(session.day),
        "date": session.day.isoformat(),
        "starts": clock.time_text(session.starts_at, zone),
        "ends": clock.time_text(session.ends_at, zone),
    }


def period_words(settings: Settings, scope: Scope) -> Words:
    """The days that are told about, and the minimum, as words for a template."""
    lessons = scope.lessons
    return {
        "period": scope.label,
        "first_day": full_date(lessons.first) if lessons.first else "",
        "last_day": full_date(lessons.last) if lessons.last else "",
        "minimum": f"{settings.minimum_percent:g} %",
    }


def student_letter(event: str, role: Role, student: Student, words: Words, session_id: int | None = None) -> Letter:
    """A letter to a student, or the parents; its words begin with who it is about."""
    return Letter(
        event=event,
        role=role,
        who=f"{student.roll} {student.name}",
        addresses=student.email if role == "student" else student.parents_email,
        words={"name": student.name, "roll": student.roll, **words},
        student_id=student.id,
        session_id=session_id,
    )


def whole_period(unit: Unit, day: date) -> tuple[date, date]:
    """The first and last day of the week (from Monday) or month with this day, or the day itself."""
    if unit == "week":
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=6)
    if unit == "month":
        return clock.month_days(day)
    return day, day


def period_label(unit: Unit, day: date) -> str:
    """``2026-W47``, ``2026-11`` or ``2026-11-21``."""
    if unit == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    return f"{day:%Y-%m}" if unit == "month" else day.isoformat()
