"""When students came and went, and where else they were seen; counted by the database."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Subquery, Text, and_, case, cast, func, select
from sqlalchemy.orm import Session

from core.store.parts import computed_rows
from core.store.sessions import CANCELLED
from core.store.statuses import list_statuses
from core.store.tables import ClassTable, MarkTable, PassageTable, SessionTable
from core.store.tallies import Scope

_SEEN = and_(MarkTable.first_seen.is_not(None), MarkTable.last_seen > MarkTable.first_seen)


@dataclass(frozen=True, slots=True)
class Punctuality:
    """How a student came and went.

    late: times; minutes_late: all together; longest: the most of one lesson.  early_leaves: see :func:`left_early`.
    lessons_seen, minutes_seen: lessons with a first and a last sight of the student, and the minutes between these, all
    together.
    """

    student_id: int
    late: int
    minutes_late: int
    longest: int
    early_leaves: int
    lessons_seen: int
    minutes_seen: int


@dataclass(frozen=True, slots=True)
class SeenElsewhere:
    """A student seen on a day.  where: a class's code or a camera; at: aware UTC, the last time there."""

    student_id: int
    where: str
    at: datetime


def watched_lessons(scope: Scope, early_leave_minutes: int) -> Subquery:
    """The lessons by ``id`` and, as ``too_early``, before when nobody who stayed was seen last.

    A camera that stopped after five minutes saw nobody leave: ``too_early`` is null unless somebody was seen after it.
    """
    # Text as the store keeps moments, so that it is made once a lesson and not once a mark.
    too_early = func.strftime("%Y-%m-%d %H:%M:%S.000000", SessionTable.ends_at, f"-{early_leave_minutes} minutes")
    each = (
        select(SessionTable.id, case((func.max(MarkTable.last_seen) >= too_early, too_early)).label("too_early"))
        .join(MarkTable, MarkTable.session_id == SessionTable.id)
        .where(*scope.of_sessions())
        .group_by(SessionTable.id)
    )
    if scope.student_ids is not None:
        theirs = select(MarkTable.session_id).where(MarkTable.student_id.in_(list(scope.student_ids)))
        each = each.where(SessionTable.id.in_(theirs))
    return each.subquery()


def left_early(db: Session, lessons: Subquery) -> ColumnElement[bool]:
    """Which marks, joined with :func:`watched_lessons`, are of somebody who was there and last seen too early.

    One look at somebody is too little for it: the others may have missed them.
    """
    there = MarkTable.status.in_([one.code for one in list_statuses(db) if one.in_room])
    return and_(there, _SEEN, cast(MarkTable.last_seen, Text) < lessons.c.too_early)


def punctuality(db: Session, scope: Scope, early_leave_minutes: int) -> list[Punctuality]:
    """Every student with a mark in the scope."""
    late = MarkTable.status.in_([one.code for one in list_statuses(db) if one.counts_as == "late"])
    lessons = watched_lessons(scope, early_leave_minutes)
    left = left_early(db, lessons)
    minutes = (_seconds(MarkTable.last_seen) - _seconds(MarkTable.first_seen)) / 60.0
    columns = (
        MarkTable.student_id,
        _sum(late, 1),
        _sum(late, MarkTable.minutes_late),
        func.coalesce(func.max(case((late, MarkTable.minutes_late))), 0),
        _sum(left, 1),
        _sum(_SEEN, 1),
        cast(func.round(_sum(_SEEN, minutes)), Integer),
    )
    query = select(*columns).join(lessons, lessons.c.id == MarkTable.session_id).group_by(MarkTable.student_id)
    if scope.student_ids is not None:
        query = query.where(MarkTable.student_id.in_(list(scope.student_ids)))
    return [Punctuality(*row) for row in computed_rows(db, query)]


def seen_elsewhere(
    db: Session, day: date, student_ids: Collection[int], except_session: int
) -> dict[int, SeenElsewhere]:
    """Where each of these students was seen last on a day, in another session or by a camera that runs all day."""
    ids = list(student_ids)
    there = [one.code for one in list_statuses(db) if one.in_room]
    in_lessons = (
        select(MarkTable.student_id, ClassTable.code, func.coalesce(MarkTable.last_seen, SessionTable.starts_at))
        .join(SessionTable, SessionTable.id == MarkTable.session_id)
        .join(ClassTable, ClassTable.id == SessionTable.class_id)
        .where(SessionTable.day == day, SessionTable.id != except_session, SessionTable.state != CANCELLED)
        .where(MarkTable.student_id.in_(ids), MarkTable.status.in_(there))
    )
    passing = select(PassageTable.student_id, PassageTable.camera, PassageTable.last_at)
    before_cameras = passing.where(PassageTable.day == day, PassageTable.student_id.in_(ids))
    found: dict[int, SeenElsewhere] = {}
    for query in (in_lessons, before_cameras):
        for student_id, where, at in db.execute(query):
            if student_id not in found or found[student_id].at < at:
                found[student_id] = SeenElsewhere(student_id, where, at)
    return found


def _seconds(moment: Any) -> ColumnElement[int]:  # noqa: ANN401 - a column or what SQL makes of one
    return cast(func.strftime("%s", moment), Integer)


def _sum(condition: ColumnElement[bool], value: Any) -> ColumnElement[Any]:  # noqa: ANN401 - a number or a column
    return func.coalesce(func.sum(case((condition, value), else_=0)), 0)
