"""Repeating lessons, holidays and planned absences, as they are stored."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor
from core.errors import NotFoundError
from core.store.marks import signature
from core.store.tables import ClosureTable, PlannedAbsenceTable, ScheduleTable, SessionTable
from core.store.text import clean_text


@dataclass(frozen=True, slots=True)
class Schedule:
    """A repeating lesson on the school's clock; columns as in :class:`core.store.tables.ScheduleTable`."""

    id: int
    class_id: int
    first_day: date
    last_day: date | None
    weekdays: tuple[int, ...]
    starts: time
    minutes: int
    every_weeks: int = 1
    group_id: int | None = None
    room_id: int | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Closure:
    """Days without lessons, both included; class_id None: for the whole school."""

    id: int
    class_id: int | None
    first_day: date
    last_day: date
    reason: str


@dataclass(frozen=True, slots=True)
class PlannedAbsence:
    """Days, both included, on which a student is excused beforehand; class_id None: from every class."""

    id: int
    student_id: int
    class_id: int | None
    first_day: date
    last_day: date
    status: str
    reason: str
    recorded_by: str


def add_schedule(db: Session, draft: Schedule) -> Schedule:
    """Store a repeating lesson; its id is chosen here.  The caller has checked the values."""
    row = ScheduleTable(
        class_id=draft.class_id,
        group_id=draft.group_id,
        room_id=draft.room_id,
        title=clean_text(draft.title or "") or None,
        first_day=draft.first_day,
        last_day=draft.last_day,
        weekdays=sorted(set(draft.weekdays)),
        every_weeks=draft.every_weeks,
        starts=draft.starts,
        minutes=draft.minutes,
        created_at=clock.now(),
    )
    db.add(row)
    db.flush()
    return _schedule(row)


def get_schedule(db: Session, schedule_id: int) -> Schedule:
    """The repeating lesson with this id.  Raises NotFoundError."""
    row = db.get(ScheduleTable, schedule_id, populate_existing=True)
    if row is None:
        raise NotFoundError(f"There is no timetable entry {schedule_id}. See all: app.py timetable list")
    return _schedule(row)


def list_schedules(db: Session, class_ids: Collection[int] | None = None) -> list[Schedule]:
    """The repeating lessons of some classes (None: of all)."""
    query = select(ScheduleTable).order_by(ScheduleTable.class_id, ScheduleTable.starts, ScheduleTable.id)
    if class_ids is not None:
        query = query.where(ScheduleTable.class_id.in_(list(class_ids)))
    return [_schedule(row) for row in db.scalars(query)]


def end_schedule(db: Session, schedule_id: int, last_day: date) -> Schedule:
    """Let a repeating lesson go on until this day only.  Raises NotFoundError."""
    get_schedule(db, schedule_id)
    row = db.get_one(ScheduleTable, schedule_id)
    row.last_day = last_day
    db.flush()
    return _schedule(row)


def change_schedule(db: Session, changed: Schedule) -> Schedule:
    """Store a repeating lesson anew under its number.  The caller has checked the values.  Raises NotFoundError."""
    get_schedule(db, changed.id)
    row = db.get_one(ScheduleTable, changed.id)
    row.group_id, row.room_id, row.title = changed.group_id, changed.room_id, clean_text(changed.title or "") or None
    row.first_day, row.last_day = changed.first_day, changed.last_day
    row.weekdays, row.every_weeks = sorted(set(changed.weekdays)), changed.every_weeks
    row.starts, row.minutes = changed.starts, changed.minutes
    db.flush()
    return _schedule(row)


def hand_over(db: Session, old_id: int, new_id: int, first_day: date) -> None:
    """Let sessions that were made of one entry from this day on belong to another."""
    here = (SessionTable.schedule_id == old_id, SessionTable.planned_day >= first_day)
    db.execute(update(SessionTable).where(*here).values(schedule_id=new_id))


def delete_schedule(db: Session, schedule_id: int) -> None:
    """Take a repeating lesson away; sessions that were made of it stay.  Raises NotFoundError."""
    get_schedule(db, schedule_id)
    db.execute(delete(ScheduleTable).filter_by(id=schedule_id))


def add_closure(db: Session, first_day: date, last_day: date, reason: str, class_id: int | None = None) -> Closure:
    """Store days without lessons."""
    row = ClosureTable(class_id=class_id, first_day=first_day, last_day=last_day, reason=clean_text(reason))
    db.add(row)
    db.flush()
    return _closure(row)


def list_closures(db: Session, first: date | None = None, last: date | None = None) -> list[Closure]:
    """Closures that touch the days from ``first`` to ``last``, by day."""
    query = select(ClosureTable).order_by(ClosureTable.first_day, ClosureTable.id)
    if first is not None:
        query = query.where(ClosureTable.last_day >= first)
    if last is not None:
        query = query.where(ClosureTable.first_day <= last)
    return [_closure(row) for row in db.scalars(query)]


def delete_closure(db: Session, closure_id: int) -> None:
    """Have lessons on these days again.  Raises NotFoundError."""
    gone = db.execute(delete(ClosureTable).filter_by(id=closure_id).returning(ClosureTable.id)).first()
    if gone is None:
        raise NotFoundError(f"There is no holiday number {closure_id}. See all: app.py holiday list")


def add_absence(db: Session, actor: Actor, draft: PlannedAbsence) -> PlannedAbsence:
    """Store a planned absence; its id and who recorded it are chosen here."""
    row = PlannedAbsenceTable(
        student_id=draft.student_id,
        class_id=draft.class_id,
        first_day=draft.first_day,
        last_day=draft.last_day,
        status=draft.status,
        reason=clean_text(draft.reason),
        recorded_by=signature(actor),
        recorded_at=clock.now(),
    )
    db.add(row)
    db.flush()
    return _absence(row)


def list_absences(
    db: Session, first: date | None = None, last: date | None = None, student_id: int | None = None
) -> list[PlannedAbsence]:
    """Planned absences that touch the days from ``first`` to ``last``, by day."""
    query = select(PlannedAbsenceTable).order_by(PlannedAbsenceTable.first_day, PlannedAbsenceTable.id)
    if first is not None:
        query = query.where(PlannedAbsenceTable.last_day >= first)
    if last is not None:
        query = query.where(PlannedAbsenceTable.first_day <= last)
    if student_id is not None:
        query = query.filter_by(student_id=student_id)
    return [_absence(row) for row in db.scalars(query)]


def absences_on(db: Session, class_id: int, day: date) -> dict[int, PlannedAbsence]:
    """Who is excused from this class on this day, by student id; the one recorded last of several."""
    rows = db.scalars(
        select(PlannedAbsenceTable)
        .where(PlannedAbsenceTable.first_day <= day, PlannedAbsenceTable.last_day >= day)
        .where(or_(PlannedAbsenceTable.class_id.is_(None), PlannedAbsenceTable.class_id == class_id))
        .order_by(PlannedAbsenceTable.id)
    )
    return {row.student_id: _absence(row) for row in rows}


def delete_absence(db: Session, absence_id: int) -> None:
    """Withdraw a planned absence; marks that it made stay.  Raises NotFoundError."""
    query = delete(PlannedAbsenceTable).filter_by(id=absence_id).returning(PlannedAbsenceTable.id)
    if db.execute(query).first() is None:
        raise NotFoundError(f"There is no planned absence {absence_id}. See all: app.py absence list")


def _schedule(row: ScheduleTable) -> Schedule:
    return Schedule(
        id=row.id,
        class_id=row.class_id,
        first_day=row.first_day,
        last_day=row.last_day,
        weekdays=tuple(int(one) for one in row.weekdays),
        starts=row.starts,
        minutes=row.minutes,
        every_weeks=row.every_weeks,
        group_id=row.group_id,
        room_id=row.room_id,
        title=row.title,
    )


def _closure(row: ClosureTable) -> Closure:
    return Closure(row.id, row.class_id, row.first_day, row.last_day, row.reason)


def _absence(row: PlannedAbsenceTable) -> PlannedAbsence:
    return PlannedAbsence(
        row.id, row.student_id, row.class_id, row.first_day, row.last_day, row.status, row.reason, row.recorded_by
    )
