"""Repeating lessons, holidays and planned absences, as they are stored."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor
from core.errors import ConflictError, NotFoundError
from core.store import audit
from core.store.marks import signature
from core.store.tables import ClosureTable, PlannedAbsenceTable, RosterTable, ScheduleTable, SessionTable
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
    made = _insert_schedule(db, draft)
    _record_schedule(db, "timetable.add", None, made)
    return made


def _insert_schedule(db: Session, draft: Schedule) -> Schedule:
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
    return change_schedule(db, replace(get_schedule(db, schedule_id), last_day=last_day))


def change_schedule(db: Session, changed: Schedule) -> Schedule:
    """Store a repeating lesson anew under its number.  The caller has checked the values.  Raises NotFoundError."""
    old = get_schedule(db, changed.id)
    made = _store_schedule(db, changed)
    _record_schedule(db, "timetable.change", old, made)
    return made


def follow_schedule(db: Session, old: Schedule, draft: Schedule, day: date) -> Schedule:
    """From this day on let ``draft`` take the place of a repeating lesson that began before.

    Sessions that were made of the old one from this day on belong to the new one.  The caller has checked the values.
    """
    made = _insert_schedule(db, draft)
    _store_schedule(db, replace(old, last_day=day - timedelta(days=1)))
    here = (SessionTable.schedule_id == old.id, SessionTable.planned_day >= day)
    db.execute(update(SessionTable).where(*here).values(schedule_id=made.id))
    _record_schedule(db, "timetable.change", old, made)
    return made


def _store_schedule(db: Session, changed: Schedule) -> Schedule:
    row = db.get_one(ScheduleTable, changed.id)
    row.group_id, row.room_id, row.title = changed.group_id, changed.room_id, clean_text(changed.title or "") or None
    row.first_day, row.last_day = changed.first_day, changed.last_day
    row.weekdays, row.every_weeks = sorted(set(changed.weekdays)), changed.every_weeks
    row.starts, row.minutes = changed.starts, changed.minutes
    db.flush()
    return _schedule(row)


def delete_schedule(db: Session, schedule_id: int) -> None:
    """Take a repeating lesson away; sessions that were made of it stay.  Raises NotFoundError."""
    old = get_schedule(db, schedule_id)
    db.execute(delete(ScheduleTable).filter_by(id=schedule_id))
    _record_schedule(db, "timetable.delete", old, None)


def _record_schedule(db: Session, action: str, before: Schedule | None, after: Schedule | None) -> None:
    one = before or after
    if one is None:
        raise ValueError("an entry is there before or after its change")
    # What is free text may name somebody, and the audit is never erased.
    renamed = before is not None and after is not None and before.title != after.title
    audit.record(
        db,
        None,
        action,
        class_id=one.class_id,
        subject=f"schedule:{one.id}",
        before=None if before is None else _told_schedule(before),
        after=None if after is None else {**_told_schedule(after), **({"title": "changed"} if renamed else {})},
    )


def _told_schedule(one: Schedule) -> dict[str, Any]:
    """What of an entry the audit keeps."""
    return {
        "schedule": one.id,
        "group": one.group_id,
        "room": one.room_id,
        "weekdays": list(one.weekdays),
        "starts": f"{one.starts:%H:%M}",
        "minutes": one.minutes,
        "every_weeks": one.every_weeks,
        **_told_days(one.first_day, one.last_day),
    }


def _told_days(first_day: date, last_day: date | None) -> dict[str, str | None]:
    return {"from": first_day.isoformat(), "to": None if last_day is None else last_day.isoformat()}


def add_closure(db: Session, first_day: date, last_day: date, reason: str, class_id: int | None = None) -> Closure:
    """Store days without lessons.  Raises ConflictError when just these stand there already."""
    same = select(ClosureTable.id).filter_by(class_id=class_id, first_day=first_day, last_day=last_day)
    there = db.scalar(same)
    if there is not None:
        raise ConflictError(f"These days are without lessons already: number {there} of app.py holiday list")
    row = ClosureTable(class_id=class_id, first_day=first_day, last_day=last_day, reason=clean_text(reason))
    db.add(row)
    db.flush()
    days = _told_days(first_day, last_day)
    audit.record(db, None, "holidays.add", class_id=class_id, subject=f"holiday:{row.id}", after=days)
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
    row = db.get(ClosureTable, closure_id, populate_existing=True)
    if row is None:
        raise NotFoundError(f"There is no holiday number {closure_id}. See all: app.py holiday list")
    days = _told_days(row.first_day, row.last_day)
    audit.record(db, None, "holidays.delete", class_id=row.class_id, subject=f"holiday:{closure_id}", before=days)
    db.delete(row)
    db.flush()


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
    made = _absence(row)
    _record_absence(db, "absences.add", None, made)
    return made


def get_absence(db: Session, absence_id: int) -> PlannedAbsence:
    """The planned absence with this id.  Raises NotFoundError."""
    row = db.get(PlannedAbsenceTable, absence_id, populate_existing=True)
    if row is None:
        raise NotFoundError(f"There is no planned absence {absence_id}. See all: app.py absence list")
    return _absence(row)


def list_absences(
    db: Session,
    first: date | None = None,
    last: date | None = None,
    student_id: int | None = None,
    class_ids: Collection[int] | None = None,
) -> list[PlannedAbsence]:
    """Planned absences that touch the days from ``first`` to ``last``, by day.

    class_ids: only from these classes, or from all classes by students of these.
    """
    query = select(PlannedAbsenceTable).order_by(PlannedAbsenceTable.first_day, PlannedAbsenceTable.id)
    if first is not None:
        query = query.where(PlannedAbsenceTable.last_day >= first)
    if last is not None:
        query = query.where(PlannedAbsenceTable.first_day <= last)
    if student_id is not None:
        query = query.filter_by(student_id=student_id)
    if class_ids is not None:
        theirs = select(RosterTable.student_id).where(RosterTable.class_id.in_(list(class_ids)))
        query = query.where(PlannedAbsenceTable.student_id.in_(theirs))
        of_class = PlannedAbsenceTable.class_id
        query = query.where(or_(of_class.is_(None), of_class.in_(list(class_ids))))
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
    old = get_absence(db, absence_id)
    db.execute(delete(PlannedAbsenceTable).filter_by(id=absence_id))
    _record_absence(db, "absences.delete", old, None)


def _record_absence(db: Session, action: str, before: PlannedAbsence | None, after: PlannedAbsence | None) -> None:
    one = before or after
    if one is None:
        raise ValueError("an absence is there before or after its change")
    audit.record(
        db,
        None,
        action,
        class_id=one.class_id,
        student_id=one.student_id,
        subject=f"absence:{one.id}",
        before=None if before is None else _told_absence(before),
        after=None if after is None else _told_absence(after),
    )


def _told_absence(one: PlannedAbsence) -> dict[str, str | None]:
    """What of an absence the audit keeps: its reason may tell of an illness, and the audit is never erased."""
    return {**_told_days(one.first_day, one.last_day), "status": one.status}


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
