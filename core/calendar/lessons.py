"""The lessons of some days as one list: planned ones and sessions, with what a person needs to tell them apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from core.access import classes_to_list, guarded
from core.errors import InputError
from core.records import SchoolClass
from core.settings import Settings
from core.store import groups, people, register, rooms, statuses
from core.store.database import Store
from core.store.statuses import Status
from core.timetable import Lesson, lessons_between, lessons_of_today

MOST_DAYS = 400
"""A list over more days is a report."""


@dataclass(frozen=True, slots=True)
class LessonRow:
    """A lesson.  group, room: names; room: the class's where the lesson has none; marks: status code -> number."""

    lesson: Lesson
    school_class: SchoolClass
    group: str | None
    room: str | None
    marks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Lessons:
    """The lessons by start, and the statuses by code that their marks have."""

    rows: tuple[LessonRow, ...]
    statuses: Mapping[str, Status]


@guarded
def list_lessons(store: Store, settings: Settings, first: date, last: date, class_code: str | None = None) -> Lessons:
    """The lessons from ``first`` to ``last``, both included, of a class, else of all classes that who acts may see.

    Raises InputError for days in the wrong order or too many of them, NotFoundError for the class.
    """
    if not timedelta(0) <= last - first <= timedelta(days=MOST_DAYS):
        raise InputError(f"The days must be in order and at most {MOST_DAYS}. Correct --from or --to.")
    with store.read() as db:
        return _named(db, lessons_between(db, settings, first, last, classes_to_list(db, class_code)))


@guarded
def list_today(store: Store, settings: Settings, class_code: str | None = None) -> Lessons:
    """As :func:`list_lessons` of the day it is, and before it those that began the day before and go on.

    Raises NotFoundError for the class.
    """
    with store.read() as db:
        return _named(db, lessons_of_today(db, settings, classes_to_list(db, class_code))[1])


def _named(db: Session, found: Sequence[Lesson]) -> Lessons:
    classes = {one.id: one for one in people.list_classes(db)}
    group_names = {one.id: one.name for one in groups.list_groups(db)}
    room_names = {one.id: one.name for one in rooms.list_rooms(db)}
    counts = register.mark_counts(db, [one.session.id for one in found if one.session])
    known = statuses.status_set(db)
    rows = [
        LessonRow(
            one,
            classes[one.class_id],
            group_names.get(one.group_id or 0),
            room_names.get(one.room_id or classes[one.class_id].room_id or 0),
            counts.get(one.session.id, {}) if one.session else {},
        )
        for one in found
    ]
    return Lessons(tuple(rows), known)
