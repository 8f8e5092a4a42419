"""What mail is about, each read in one query: marks to tell, who fell below the minimum, sessions with registers.

Parents and students are told only of sessions that a teacher has reviewed.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.store.parts import in_parts
from core.store.sessions import SessionRow, session_row
from core.store.tables import MarkTable, SessionTable, StatusTable
from core.store.tallies import Scope
from core.store.teachers import Teacher, teachers_by_class


@dataclass(frozen=True, slots=True)
class MarkFact:
    """A mark that somebody may be told of.  status: its name in this school."""

    session: SessionRow
    student_id: int
    status: str
    minutes_late: int | None
    reason: str | None


def marks_counting_as(db: Session, meaning: str, scope: Scope) -> list[MarkFact]:
    """The marks of reviewed sessions whose status counts as ``absent``, ``late`` …, by session and student."""
    query = (
        select(MarkTable, SessionTable, StatusTable.name)
        .join(SessionTable, SessionTable.id == MarkTable.session_id)
        .join(StatusTable, StatusTable.code == MarkTable.status)
        .where(*scope.of_marks(), SessionTable.reviewed_at.is_not(None), StatusTable.counts_as == meaning)
        .order_by(SessionTable.starts_at, SessionTable.id, MarkTable.student_id)
    )
    return [
        MarkFact(session_row(session), mark.student_id, status, mark.minutes_late, mark.reason)
        for mark, session, status in db.execute(query)
    ]


def unreviewed(db: Session, scope: Scope) -> int:
    """How many sessions with marks nobody has reviewed."""
    query = select(func.count()).select_from(SessionTable).where(*scope.of_sessions())
    return db.scalar(query.where(SessionTable.taken_at.is_not(None), SessionTable.reviewed_at.is_(None))) or 0


def crossings(
    db: Session, scope: Scope, minimum: float, after: int, students: Iterable[int]
) -> dict[tuple[int, int], int]:
    """Since which session (its number) each of these students has been below ``minimum`` per cent without a break.

    By (student id, class id); only sessions from the ``after``-th counted one on are judged, and who is not below it
    now is not in it.
    """
    query = (
        select(MarkTable.student_id, SessionTable.class_id, SessionTable.id, StatusTable.points)
        .join(SessionTable, SessionTable.id == MarkTable.session_id)
        .join(StatusTable, StatusTable.code == MarkTable.status)
        .where(*scope.of_sessions(), SessionTable.reviewed_at.is_not(None), StatusTable.points.is_not(None))
        .order_by(SessionTable.starts_at, SessionTable.id)
    )
    sums: dict[tuple[int, int], tuple[int, float]] = {}
    since: dict[tuple[int, int], int] = {}
    for part in in_parts(query, MarkTable.student_id, students):
        for student_id, class_id, session_id, points in db.execute(part):
            key = (student_id, class_id)
            counted, total = sums.get(key, (0, 0.0))
            sums[key] = counted, total = counted + 1, total + (points or 0.0)
            if counted >= after and 100 * total / counted < minimum:
                since.setdefault(key, session_id)
            else:
                since.pop(key, None)
    return since


def taken_sessions(db: Session, scope: Scope) -> list[SessionRow]:
    """The sessions with a register that somebody took, oldest first."""
    query = select(SessionTable).where(*scope.of_sessions(), SessionTable.taken_at.is_not(None))
    return [session_row(row) for row in db.scalars(query.order_by(SessionTable.starts_at, SessionTable.id))]


def teachers_to_tell(db: Session, class_ids: Collection[int]) -> dict[int, tuple[Teacher, ...]]:
    """The teachers of these classes who still teach."""
    everybody = teachers_by_class(db).items()
    return {one: tuple(each for each in named if each.active) for one, named in everybody if one in class_ids}
