"""What reports can be asked for, read from the words that a command, a form or an address holds."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from core import clock
from core.errors import InputError
from core.records import SchoolClass, Student
from core.settings import Settings
from core.store import people
from core.store.sessions import SessionRow, get_session
from core.store.teachers import Teacher, get_teacher, list_teachers
from core.store.text import clean_text, key_of

Kind = Literal["class", "student", "teacher", "session", "day", "month", "number", "percent", "yes or no"]
_NUMBER = re.compile(r"\d{1,9}")
_LISTED = 20
LARGEST = 10_000
EARLIEST, YEARS_AHEAD = date(1971, 1, 1), 5
"""Days that can be asked for."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing a report can be asked with.  default: what holds without it, in words; required: nothing does."""

    name: str
    kind: Kind
    help: str
    default: str = ""
    required: bool = False


CLASS = Parameter("class", "class", "Code of a class.", "the whole school")
ONE_CLASS = Parameter("class", "class", "Code of the class.", required=True)
STUDENT = Parameter("student", "student", "Roll number of a student.", "all students")
ONE_STUDENT = Parameter("student", "student", "Roll number of the student.", required=True)
ONE_TEACHER = Parameter("teacher", "teacher", "Name of the teacher.", required=True)
SESSION = Parameter("session", "session", "Number of a session.", "the latest one of the class")
DAY = Parameter("day", "day", "A day, like 2026-11-21.", "today")
MONTH = Parameter("month", "month", "A month, like 2026-11.", "this month")
FROM = Parameter("from", "day", "First day, like 2026-09-01.", "the first lesson")
UNTIL_TODAY = Parameter("to", "day", "Last day, like 2026-11-30.", "today, or the last lesson held")
TO = Parameter("to", "day", "Last day, like 2026-11-30.", "the end of the timetable")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, read; None where the report is to take its default.  month: its first day."""

    school_class: SchoolClass | None = None
    student: Student | None = None
    teacher: Teacher | None = None
    session: SessionRow | None = None
    day: date | None = None
    month: date | None = None
    first: date | None = None
    last: date | None = None
    threshold: float | None = None
    ended: bool = False

    @property
    def class_ids(self) -> list[int] | None:
        """The class asked for, or None for the whole school."""
        return None if self.school_class is None else [self.school_class.id]


def read_asked(
    db: Session, settings: Settings, report: str, takes: Collection[Parameter], given: Mapping[str, str]
) -> Asked:
    """Read the values of a report's parameters; empty ones count as not given.

    Raises InputError for a parameter the report does not take, one that is missing or cannot be read, NotFoundError for
    a class, student, teacher or session that is not there.
    """
    words = {name: text.strip() for name, text in given.items() if text.strip()}
    known = {one.name: one for one in takes}
    for name in words:
        if name not in known:
            takes_words = ", ".join(f"--{one}" for one in known) or "nothing"
            raise InputError(f"The report {report} does not take --{name}. It takes {takes_words}.")
    for one in takes:
        if one.required and one.name not in words:
            raise InputError(f"The report {report} needs --{one.name}: {one.help} {_examples(db, one)}".rstrip())
    values: dict[str, object] = {}
    for name, text in words.items():
        values[_FIELDS[name]] = _read(db, settings, known[name], text)
    asked = Asked(**values)  # type: ignore[arg-type]  # _read gives what the kind says
    if asked.first and asked.last and asked.last < asked.first:
        raise InputError(f"The last day {asked.last} is before the first day {asked.first}. Correct one of them.")
    return asked


_FIELDS = {
    "class": "school_class",
    "student": "student",
    "teacher": "teacher",
    "session": "session",
    "day": "day",
    "month": "month",
    "from": "first",
    "to": "last",
    "threshold": "threshold",
    "ended": "ended",
}


def _read(db: Session, settings: Settings, parameter: Parameter, text: str) -> object:
    match parameter.kind:
        case "class":
            return people.get_class(db, text)
        case "student":
            return people.get_student(db, text)
        case "teacher":
            return get_teacher(db, text)
        case "session":
            return get_session(db, _whole(parameter, text))
        case "day":
            return _day(parameter, settings, text)
        case "month":
            return _month(text)
        case "percent":
            return _percent(parameter, text)
        case "yes or no":
            return _yes_or_no(parameter, text)
        case "number":
            return float(_whole(parameter, text))


def _whole(parameter: Parameter, text: str) -> int:
    if (
        not (text.isascii() and _NUMBER.fullmatch(text))
        or int(text) < 1
        or (parameter.kind == "number" and int(text) > LARGEST)
    ):
        raise InputError(f"“{clean_text(text, 20)}” is no number for --{parameter.name}. Write one like 3.")
    return int(text)


def _day(parameter: Parameter, settings: Settings, text: str) -> date:
    zone = clock.school_zone(settings)
    day = clock.parse_day(text, zone)
    # A timetable without end would be laid out until then.
    if not EARLIEST <= day <= clock.today(zone) + timedelta(days=366 * YEARS_AHEAD):
        raise InputError(
            f"{day} is too far away for --{parameter.name}. Choose a day at most {YEARS_AHEAD} years ahead."
        )
    return day


def _month(text: str) -> date:
    try:
        if not re.fullmatch(r"\d{4}-\d{2}", text):
            raise ValueError(text)
        return clock.month_days(date.fromisoformat(f"{text}-01"))[0]
    except (ValueError, OverflowError) as error:
        raise InputError(f"“{clean_text(text, 20)}” is no month. Write it like 2026-11.") from error


def _percent(parameter: Parameter, text: str) -> float:
    try:
        value = float(text.removesuffix("%").strip().replace(",", "."))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise InputError(f"“{clean_text(text, 20)}” is no percentage for --{parameter.name}. Write one from 0 to 100.")
    return value


def _yes_or_no(parameter: Parameter, text: str) -> bool:
    if key_of(text) not in ("yes", "no", "true", "false", "1", "0"):
        raise InputError(f"Say yes or no for --{parameter.name}.")
    return key_of(text) in ("yes", "true", "1")


def _examples(db: Session, parameter: Parameter) -> str:
    """The first few there are, so that nobody has to look them up."""
    if parameter.kind == "class":
        names = [one.code for one in people.list_classes(db)]
    elif parameter.kind == "teacher":
        names = [one.name for one in list_teachers(db)]
    else:
        return ""
    return (
        f"There are {', '.join(names[:_LISTED])}{' …' if len(names) > _LISTED else ''}."
        if names
        else "There is none yet."
    )
