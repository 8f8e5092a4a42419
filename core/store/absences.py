"""Absences in a row, found by the database."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Subquery, case, func, select
from sqlalchemy.orm import Session

from core.store.parts import computed_rows
from core.store.statuses import list_statuses
from core.store.tables import MarkTable, SessionTable
from core.store.tallies import Scope


@dataclass(frozen=True, slots=True)
class AbsenceRun:
    """Lessons in a row that a student missed.  going_on: no lesson came after them where the student was there."""

    student_id: int
    lessons: int
    first_day: date
    last_day: date
    going_on: bool


def absence_runs(db: Session, scope: Scope, at_least: int) -> list[AbsenceRun]:
    """All runs of ``at_least`` absences one after another in the lessons of the scope, longest first.

    Lessons that a student was excused from, or has no mark in, neither end a run nor count in it.
    """
    lessons = _lessons(db, scope)
    last = func.max(lessons.c.attended).over(partition_by=lessons.c.student_id)
    in_a_row = (
        select(
            lessons.c.student_id,
            func.sum(lessons.c.missed).label("lessons"),
            func.min(lessons.c.day).label("first_day"),
            func.max(lessons.c.day).label("last_day"),
            (lessons.c.attended == last).label("going_on"),
        )
        .group_by(lessons.c.student_id, lessons.c.attended)
        .subquery()
    )
    query = select(in_a_row).where(in_a_row.c.lessons >= at_least)
    query = query.order_by(in_a_row.c.lessons.desc(), in_a_row.c.last_day.desc())
    return [
        AbsenceRun(student_id, count, first_day, last_day, bool(going_on))
        for student_id, count, first_day, last_day, going_on in computed_rows(db, query)
    ]


def _lessons(db: Session, scope: Scope) -> Subquery:
    """Each student's lessons: whether missed, and how many were attended until then.

    All absences since the same lesson attended have the same number of lessons attended before them.
    """
    known = list_statuses(db)
    absent = [one.code for one in known if one.counts_as == "absent"]
    telling = [one.code for one in known if one.counts_as != "excused"]
    missed = case((MarkTable.status.in_(absent), 1), else_=0)
    attended = func.sum(1 - missed).over(
        partition_by=MarkTable.student_id, order_by=(SessionTable.starts_at, SessionTable.id), rows=(None, 0)
    )
    return (
        select(
            MarkTable.student_id,
            missed.label("missed"),
            attended.label("attended"),
            case((missed == 1, SessionTable.day)).label("day"),
        )
        .join(SessionTable, SessionTable.id == MarkTable.session_id)
        .where(*scope.of_marks(), MarkTable.status.in_(telling))
        .subquery()
    )
