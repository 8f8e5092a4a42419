"""A large school in a real database: what a year leaves behind, made up in two minutes.

Every group of 30 students has its own courses, so a student is in several classes; a course has one lesson a week.
The shares of late, excused and absent marks, of corrections and of passages are a guess at an ordinary school.
"""

import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from core.store.database import Store
from core.store.tables import (
    Base,
    ClassTable,
    ClassTeacherTable,
    MarkChangeTable,
    MarkTable,
    PassageTable,
    RosterTable,
    ScheduleTable,
    SessionTable,
    StudentTable,
    TeacherTable,
)

GROUP = 30
FIRST_DAY = date(2025, 9, 1)
HOURS = (8, 9, 10, 11, 13, 14)
MINUTES = 45
JOINED = datetime(2025, 8, 25, 8, tzinfo=UTC)
STATUSES, SHARES = "PLEA", (0.88, 0.04, 0.015, 0.065)
CORRECTED, PASSAGE_DAYS, PICTURE_BYTES = 0.02, 10, 1000
AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Size:
    """How large the school is.  subjects: courses of each group of 30; marks: about so many come out."""

    students: int = 5000
    subjects: int = 6
    marks: int = 1_000_000

    @property
    def groups(self) -> int:
        return -(-self.students // GROUP)

    @property
    def classes(self) -> int:
        return self.groups * self.subjects

    @property
    def weeks(self) -> int:
        """How often each course was held."""
        return max(1, -(-self.marks // (self.students * self.subjects)))

    @property
    def today(self) -> date:
        """The last day with lessons."""
        return FIRST_DAY + timedelta(weeks=self.weeks - 1, days=4)


def build(store: Store, size: Size) -> None:
    """Fill an empty store."""
    rng = random.Random(4)  # noqa: S311 - the same school every time, not a secret
    with store.transaction() as db:
        _people(db, size)
        _put(db, SessionTable, _sessions(size))
        _put(db, MarkTable, _marks(size, rng))
        _put(db, MarkChangeTable, _changes(size, rng))
        _put(db, PassageTable, _passages(size))


def _put(db: Session, table: type[Base], rows: Iterator[dict[str, Any]]) -> None:
    while part := list(islice(rows, AT_ONCE)):
        db.execute(insert(table), part)


def members(size: Size, class_id: int) -> Sequence[int]:
    """The ids of the students of a class; both count from 1."""
    group = (class_id - 1) // size.subjects
    return range(group * GROUP + 1, min((group + 1) * GROUP, size.students) + 1)


def _people(db: Session, size: Size) -> None:
    codes = [f"G{one // size.subjects + 1}-{one % size.subjects + 1}" for one in range(size.classes)]
    numbers = range(1, size.classes + 1)
    rolls = [f"R{one:05d}" for one in range(1, size.students + 1)]
    students = (
        {"roll": roll, "roll_key": roll.lower(), "name": f"Student {roll}", "active": True, "created_at": JOINED}
        for roll in rolls
    )
    teachers = [f"Teacher {one}" for one in range(1, size.groups + 1)]
    _put(db, StudentTable, students)
    _put(db, TeacherTable, ({"name": name, "name_key": name.lower(), "active": True} for name in teachers))
    _put(
        db,
        ClassTable,
        ({"code": one, "code_key": one.lower(), "name": f"Course {one}", "created_at": JOINED} for one in codes),
    )
    taught = ({"class_id": one, "teacher_id": (one - 1) % size.groups + 1, "position": 0} for one in numbers)
    _put(db, ClassTeacherTable, taught)
    rosters = (
        {"class_id": one, "student_id": student, "joined_at": JOINED}
        for one in numbers
        for student in members(size, one)
    )
    _put(db, RosterTable, rosters)
    _put(db, ScheduleTable, (_schedule(size, one) for one in numbers))


def _schedule(size: Size, class_id: int) -> dict[str, Any]:
    """One lesson a week until four weeks after today, so that some are still to come."""
    weekday, hour = _slot(class_id)
    return {
        "class_id": class_id,
        "first_day": FIRST_DAY,
        "last_day": size.today + timedelta(weeks=4),
        "weekdays": [weekday],
        "every_weeks": 1,
        "starts": time(hour),
        "minutes": MINUTES,
        "created_at": JOINED,
    }


def _slot(class_id: int) -> tuple[int, int]:
    return class_id % 5, HOURS[class_id // 5 % len(HOURS)]


def _sessions(size: Size) -> Iterator[dict[str, Any]]:
    """Lessons in the order they were held."""
    for week in range(size.weeks):
        for weekday in range(5):
            day = FIRST_DAY + timedelta(weeks=week, days=weekday)
            today = [
                (hour, one) for one in range(1, size.classes + 1) for held, hour in [_slot(one)] if held == weekday
            ]
            yield from (_session(day, hour, one) for hour, one in sorted(today))


def _session(day: date, hour: int, class_id: int) -> dict[str, Any]:
    begin = datetime.combine(day, time(hour), UTC)
    end = begin + timedelta(minutes=MINUTES)
    return {
        "class_id": class_id,
        "schedule_id": class_id,
        "planned_day": day,
        "day": day,
        "starts_at": begin,
        "ends_at": end,
        "state": "closed",
        "opened_at": begin,
        "taken_at": begin,
        "closed_at": end,
        "source": "0",
        "model_key": "key",
        "created_at": begin,
    }


def _marks(size: Size, rng: random.Random) -> Iterator[dict[str, Any]]:
    for number, session in enumerate(_sessions(size), 1):
        students = members(size, session["class_id"])
        drawn = rng.choices(STATUSES, SHARES, k=len(students))
        for student, status in zip(students, drawn, strict=True):
            late = rng.randint(6, 20) if status == "L" else None
            seen = status in "PL"
            yield {
                "session_id": number,
                "student_id": student,
                "status": status,
                "source": "face" if seen else "auto",
                "confidence": 0.97 if seen else None,
                "first_seen": session["starts_at"] + timedelta(minutes=late or rng.randint(0, 4)) if seen else None,
                "last_seen": session["ends_at"] - timedelta(minutes=rng.choice((1, 2, 3, 25))) if seen else None,
                "minutes_late": late,
                "updated_at": session["ends_at"],
            }


def _changes(size: Size, rng: random.Random) -> Iterator[dict[str, Any]]:
    before = {"status": "A", "minutes_late": None, "reason": None, "source": "auto"}
    after = {"status": "P", "minutes_late": None, "reason": "came late", "source": "manual"}
    for number, session in enumerate(_sessions(size), 1):
        for student in members(size, session["class_id"]):
            if rng.random() < CORRECTED:
                yield {
                    "act": f"{number:032x}",
                    "session_id": number,
                    "student_id": student,
                    "at": session["ends_at"],
                    "by": f"Teacher {number % 170}",
                    "role": "teacher",
                    "why": "signed the list",
                    "before": before,
                    "after": after,
                    "undone": False,
                }


def _passages(size: Size) -> Iterator[dict[str, Any]]:
    """In the morning and in the afternoon of the last days."""
    picture = os.urandom(PICTURE_BYTES)
    for number in reversed(range(PASSAGE_DAYS)):
        day = size.today - timedelta(days=number)
        for hour, direction in ((7, "in"), (15, "out")):
            for student in range(1, size.students + 1):
                begin = datetime.combine(day, time(hour, student % 60), UTC)
                yield {
                    "student_id": student,
                    "day": day,
                    "first_at": begin,
                    "last_at": begin + timedelta(seconds=20),
                    "camera": "gate",
                    "direction": direction,
                    "confidence": 0.9,
                    "picture": picture,
                    "last_picture": picture,
                }
