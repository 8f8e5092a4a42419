"""Who is in the house now, for the case of fire: rather one too many than one too few."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core import clock
from core.store.parts import in_parts
from core.store.sessions import CANCELLED
from core.store.tables import (
    ClassTable,
    GroupMemberTable,
    GroupTable,
    MarkTable,
    PassageTable,
    RoomTable,
    RosterTable,
    SessionTable,
    StatusTable,
    StudentTable,
)
from core.store.text import natural_order

AFTER_MIDNIGHT = timedelta(hours=6)
"""Who was seen within this time is looked at even when midnight lies between: the house does not empty at midnight."""
IN_ROOM = ("present", "late")


@dataclass(frozen=True, slots=True)
class OnSite:
    """Somebody who came today and is not known to have left.

    classes, groups: codes and names.  where: the camera, or the class and room, of the last sign of them; last_seen:
    when that was.  may_have_left: the last sign could be their leaving, or a lesson that is over.  passage_id: of the
    camera's picture, None where a lesson is the last sign.
    """

    student_id: int
    roll: str
    name: str
    classes: tuple[str, ...]
    groups: tuple[str, ...]
    arrived_at: datetime
    last_seen: datetime
    where: str
    may_have_left: bool
    passage_id: int | None


@dataclass(frozen=True, slots=True)
class _Sign:
    """The last sign of a student from one kind of source."""

    roll: str
    name: str
    arrived_at: datetime
    last_seen: datetime
    where: str
    gone: bool
    may_have_left: bool
    passage_id: int | None = None


def on_site(db: Session, now: datetime, zone: tzinfo | None) -> list[OnSite]:
    """Everybody who came today and is not known to have left, by class and roll number.

    The last sign of somebody decides: a camera of the way out means gone.  A mark of today's lessons counts as a sign
    too, when its face was last seen, or when a teacher set it.  now: the present, aware.
    """
    seen = _passed(db, now, zone)
    for student_id, sign in _in_lessons(db, now, zone).items():
        before = seen.get(student_id)
        seen[student_id] = sign if before is None else _later(before, sign)
    here = {student_id: sign for student_id, sign in seen.items() if not sign.gone}
    classes, groups = _classes(db, here), _groups(db, here)
    found = [
        OnSite(
            student_id=student_id,
            roll=sign.roll,
            name=sign.name,
            classes=tuple(sorted(classes.get(student_id, ()), key=natural_order)),
            groups=tuple(sorted(groups.get(student_id, ()), key=natural_order)),
            arrived_at=sign.arrived_at,
            last_seen=sign.last_seen,
            where=sign.where,
            may_have_left=sign.may_have_left,
            passage_id=sign.passage_id,
        )
        for student_id, sign in here.items()
    ]
    return sorted(found, key=_by_class)


def _by_class(one: OnSite) -> tuple[bool, list[tuple[int, int, str]], list[tuple[int, int, str]]]:
    return not one.classes, natural_order(one.classes[0]) if one.classes else [], natural_order(one.roll)


def _later(one: _Sign, other: _Sign) -> _Sign:
    """The later sign, with the earlier arrival."""
    last = other if other.last_seen > one.last_seen else one
    return _Sign(
        roll=last.roll,
        name=last.name,
        arrived_at=min(one.arrived_at, other.arrived_at),
        last_seen=last.last_seen,
        where=last.where,
        gone=last.gone,
        may_have_left=last.may_have_left,
        passage_id=last.passage_id,
    )


def _recent(
    day: InstrumentedAttribute[date], seen: ColumnElement[Any] | InstrumentedAttribute[Any], now: datetime, today: date
) -> ColumnElement[bool]:
    """Of today, or of the evening before when it is still night.

    What lies in the future counts: the clock was set back, and nobody may drop out of the list by that.
    """
    yesterday = today - timedelta(days=1)
    return or_(day == today, and_(day == yesterday, seen >= now - AFTER_MIDNIGHT))


def _passed(db: Session, now: datetime, zone: tzinfo | None) -> dict[int, _Sign]:
    """The last passage of everybody."""
    table, own = PassageTable, PassageTable.student_id
    newest = func.row_number().over(partition_by=own, order_by=(table.last_at.desc(), table.id.desc())).label("newest")
    first = func.min(table.first_at).over(partition_by=own).label("first")
    count = func.count().over(partition_by=own).label("passages")
    wanted = (table.student_id, table.id, table.last_at, table.camera, table.direction)
    inner = select(*wanted, first, count, newest)
    inner = inner.where(_recent(table.day, table.last_at, now, clock.local(now, zone).date()))
    part = inner.subquery()
    query = select(part, StudentTable.roll, StudentTable.name).join(StudentTable, StudentTable.id == part.c.student_id)
    return {
        row.student_id: _Sign(
            roll=row.roll,
            name=row.name,
            arrived_at=row.first,
            last_seen=row.last_at,
            where=row.camera,
            gone=row.direction == "out",
            may_have_left=row.direction == "both" and row.passages > 1,
            passage_id=row.id,
        )
        for row in db.execute(query.where(part.c.newest == 1))
    }


def _in_lessons(db: Session, now: datetime, zone: tzinfo | None) -> dict[int, _Sign]:
    """The last lesson in which everybody was marked as being there."""
    part = _lessons(now, clock.local(now, zone).date()).subquery()
    query = (
        select(part, StudentTable.roll, StudentTable.name, ClassTable.code, RoomTable.name.label("room"))
        .join(StudentTable, StudentTable.id == part.c.student_id)
        .join(ClassTable, ClassTable.id == part.c.class_id)
        .outerjoin(RoomTable, RoomTable.id == func.coalesce(part.c.room_id, ClassTable.room_id))
        .where(part.c.newest == 1)
    )
    return {
        row.student_id: _Sign(
            roll=row.roll,
            name=row.name,
            arrived_at=row.first,
            last_seen=row.seen,
            where=", ".join(filter(None, (row.code, row.room))),
            gone=False,
            may_have_left=row.ends_at < now,
        )
        for row in db.execute(query)
    }


def _lessons(now: datetime, today: date) -> Select[Any]:
    """Marks of being there, the newest of each student numbered 1."""
    lesson, own = SessionTable, MarkTable.student_id
    # Set by hand during the lesson, the student was there at that moment; set later, only that they were there at all.
    by_hand = func.max(lesson.starts_at, func.min(MarkTable.updated_at, lesson.ends_at))
    seen = func.coalesce(MarkTable.last_seen, by_hand)
    newest = func.row_number().over(partition_by=own, order_by=(seen.desc(), MarkTable.id.desc())).label("newest")
    first = func.min(func.coalesce(MarkTable.first_seen, lesson.starts_at)).over(partition_by=own).label("first")
    wanted = (MarkTable.student_id, lesson.class_id, lesson.room_id, lesson.ends_at)
    return (
        select(*wanted, seen.label("seen"), first, newest)
        .join(lesson, lesson.id == MarkTable.session_id)
        .join(StatusTable, StatusTable.code == MarkTable.status)
        .where(_recent(lesson.day, seen, now, today), lesson.state != CANCELLED)
        .where(StatusTable.counts_as.in_(IN_ROOM), or_(MarkTable.last_seen.is_not(None), lesson.starts_at <= now))
    )


def _classes(db: Session, student_ids: Collection[int]) -> Mapping[int, list[str]]:
    query = select(RosterTable.student_id, ClassTable.code).join(ClassTable, ClassTable.id == RosterTable.class_id)
    return _listed(db, query, RosterTable.student_id, student_ids)


def _groups(db: Session, student_ids: Collection[int]) -> Mapping[int, list[str]]:
    member = GroupMemberTable
    query = select(member.student_id, GroupTable.name).join(GroupTable, GroupTable.id == member.group_id)
    return _listed(db, query, member.student_id, student_ids)


def _listed(
    db: Session, query: Select[int, str], column: InstrumentedAttribute[int], student_ids: Collection[int]
) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = {}
    for part in in_parts(query, column, student_ids):
        for student_id, text in db.execute(part):
            found.setdefault(student_id, []).append(text)
    return found
