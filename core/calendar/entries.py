"""The timetable: repeating lessons, listed, added, changed and ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time

from sqlalchemy.orm import Session

from core.access import classes_to_list, guarded
from core.errors import InputError
from core.store import groups, people, rooms, timetable
from core.store.database import Store
from core.store.timetable import Schedule
from core.timetable import add_lesson, change_from


@dataclass(frozen=True, slots=True)
class Entry:
    """A repeating lesson with the names of where it is and for whom."""

    schedule: Schedule
    class_code: str
    group: str | None
    room: str | None


@dataclass(frozen=True, slots=True)
class EntryRequest:
    """A repeating lesson that shall be; columns as in :class:`core.store.timetable.Schedule`.  group, room: by name."""

    class_code: str
    weekdays: tuple[int, ...]
    starts: time
    minutes: int
    first_day: date
    last_day: date | None = None
    every_weeks: int = 1
    group: str | None = None
    room: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class EntryChange:
    """What of a repeating lesson shall be different; None stays as it is.

    room, group: an empty one takes it away; no_end: it has no last day any more.
    """

    weekdays: tuple[int, ...] | None = None
    starts: time | None = None
    minutes: int | None = None
    last_day: date | None = None
    room: str | None = None
    title: str | None = None
    every_weeks: int | None = None
    group: str | None = None
    no_end: bool = False


@guarded
def list_entries(store: Store, class_code: str | None = None) -> list[Entry]:
    """The repeating lessons of a class, else of all that who acts may see.  Raises NotFoundError for the class."""
    with store.read() as db:
        return _named(db, timetable.list_schedules(db, classes_to_list(db, class_code)))


@guarded
def add_entry(store: Store, request: EntryRequest) -> Entry:
    """Store a repeating lesson.

    Raises NotFoundError for the class, group or room, InputError for one that cannot be, ConflictError when the class
    has it already.
    """
    with store.transaction() as db:
        school_class = people.get_class(db, request.class_code)
        group, room = request.group, request.room
        draft = Schedule(
            id=0,
            class_id=school_class.id,
            first_day=request.first_day,
            last_day=request.last_day,
            weekdays=request.weekdays,
            starts=request.starts,
            minutes=request.minutes,
            every_weeks=request.every_weeks,
            group_id=None if group is None else groups.get_group(db, school_class.id, group).id,
            room_id=None if room is None else rooms.get_room(db, room).id,
            title=request.title,
        )
        return _named(db, [add_lesson(db, draft)])[0]


@guarded
def change_entry(store: Store, entry_id: int, change: EntryChange, first_day: date) -> Entry:
    """Change a repeating lesson from a day on; what was before that day stays.

    Raises as :func:`core.timetable.change_from`, NotFoundError for the room or group.
    """
    with store.transaction() as db:
        old = timetable.get_schedule(db, entry_id)
        changed = replace(
            old,
            weekdays=old.weekdays if change.weekdays is None else change.weekdays,
            starts=old.starts if change.starts is None else change.starts,
            minutes=old.minutes if change.minutes is None else change.minutes,
            last_day=None if change.no_end else (change.last_day or old.last_day),
            every_weeks=old.every_weeks if change.every_weeks is None else change.every_weeks,
            group_id=old.group_id if change.group is None else _group_id(db, old.class_id, change.group),
            room_id=old.room_id if change.room is None else _room_id(db, change.room),
            title=old.title if change.title is None else change.title,
        )
        return _named(db, [change_from(db, changed, first_day)])[0]


def _group_id(db: Session, class_id: int, name: str) -> int | None:
    return groups.get_group(db, class_id, name).id if name else None


def _room_id(db: Session, name: str) -> int | None:
    return rooms.get_room(db, name).id if name else None


@guarded
def end_entry(store: Store, entry_id: int, last_day: date) -> Entry:
    """Let a repeating lesson go on until a day only.  Raises NotFoundError, InputError for a day before its first."""
    with store.transaction() as db:
        before = timetable.get_schedule(db, entry_id)
        if last_day < before.first_day:
            raise InputError(f"Entry {entry_id} begins on {before.first_day}. To take it away: app.py timetable delete")
        return _named(db, [timetable.end_schedule(db, entry_id, last_day)])[0]


@guarded
def delete_entry(store: Store, entry_id: int) -> None:
    """Take a repeating lesson away; sessions that were held stay.  Raises NotFoundError."""
    with store.transaction() as db:
        timetable.delete_schedule(db, entry_id)


def _named(db: Session, found: Sequence[Schedule]) -> list[Entry]:
    codes = {one.id: one.code for one in people.list_classes(db)}
    group_names = {one.id: one.name for one in groups.list_groups(db)}
    room_names = {one.id: one.name for one in rooms.list_rooms(db)}
    return [
        Entry(
            one,
            codes[one.class_id],
            None if one.group_id is None else group_names[one.group_id],
            None if one.room_id is None else room_names[one.room_id],
        )
        for one in found
    ]
