"""The day of who acts, or of a student: their lessons, and the registers that were not taken lately."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from core import clock
from core.access import guarded, own_classes
from core.records import SchoolClass
from core.reports.untaken import untaken_lessons
from core.settings import Settings
from core.store import people
from core.store.database import Store
from core.store.groups import groups_of
from core.store.rooms import list_rooms
from core.timetable import Lesson, lessons_of_today

UNTAKEN_DAYS = 14
"""So far back registers that were not taken are reminded of."""


@dataclass(frozen=True, slots=True)
class LessonToday:
    """A lesson with what a person calls it.  room: None where it has none; is_now: it goes on at this moment."""

    lesson: Lesson
    school_class: SchoolClass
    room: str | None
    is_now: bool


@dataclass(frozen=True, slots=True)
class Today:
    """day: on the school's calendar; lessons: its own, before them those that began the day before and go on."""

    day: date
    lessons: tuple[LessonToday, ...]


@guarded
def today(store: Store, settings: Settings) -> Today:
    """Of a teacher the classes they teach, of others all."""
    with store.read() as db:
        day, lessons = lessons_of_today(db, settings, own_classes(db))
        return Today(day, _named(db, lessons))


@guarded
def today_of(store: Store, settings: Settings, student_id: int) -> Today:
    """The lessons a student is expected in: of their classes, and of the groups they are in."""
    with store.read() as db:
        classes = [one.id for one in people.classes_of(db, student_id)]
        groups = {None, *(one.id for one in groups_of(db, student_id))}
        day, lessons = lessons_of_today(db, settings, classes)
        return Today(day, _named(db, [one for one in lessons if one.group_id in groups]))


@guarded
def missed(store: Store, settings: Settings) -> tuple[LessonToday, ...]:
    """Registers of the last two weeks that were not taken, the oldest first; whose as in :func:`today`."""
    day = clock.today(clock.school_zone(settings))
    with store.read() as db:
        lessons = untaken_lessons(db, settings, day - timedelta(days=UNTAKEN_DAYS), day, own_classes(db))
        return _named(db, lessons)


def _named(db: Session, lessons: list[Lesson]) -> tuple[LessonToday, ...]:
    classes = {one.id: one for one in people.list_classes(db)}
    rooms = {one.id: one.name for one in list_rooms(db)}
    now = clock.now()
    return tuple(
        LessonToday(
            lesson=one,
            school_class=classes[one.class_id],
            room=rooms.get(one.room_id or classes[one.class_id].room_id or 0),
            is_now=one.starts_at <= now < one.ends_at,
        )
        for one in lessons
    )
