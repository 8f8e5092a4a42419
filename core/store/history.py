"""Students' lessons: what is marked, when they were seen, and whether they left early."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.store.presence import left_early, watched_lessons
from core.store.sessions import SessionRow, session_row
from core.store.tables import ClassTable, MarkTable, SessionTable
from core.store.tallies import Scope


@dataclass(frozen=True, slots=True)
class StudentMark:
    """A student's mark and its lesson.

    status: a code of the status set.  changed_by: the person who set it last, None for the machine.  left_early:
    not seen any more although others were, see :func:`core.store.presence.left_early`.
    """

    session: SessionRow
    class_code: str
    status: str
    minutes_late: int | None
    reason: str | None
    source: str
    confidence: float | None
    first_seen: datetime | None
    last_seen: datetime | None
    changed_by: str | None
    updated_at: datetime
    left_early: bool


def last_marks(db: Session, scope: Scope, early_leave_minutes: int, limit: int | None = None) -> list[StudentMark]:
    """The marks of the scope's students, newest lesson first; at most ``limit`` of them."""
    lessons = watched_lessons(scope, early_leave_minutes)
    rows = db.execute(
        select(SessionTable, ClassTable.code, MarkTable, left_early(db, lessons))
        .join(MarkTable, MarkTable.session_id == SessionTable.id)
        .join(ClassTable, ClassTable.id == SessionTable.class_id)
        .join(lessons, lessons.c.id == SessionTable.id)
        .where(*scope.of_marks())
        .order_by(SessionTable.starts_at.desc(), SessionTable.id.desc())
        .limit(limit)
    )
    return [
        StudentMark(
            session=session_row(session),
            class_code=code,
            status=mark.status,
            minutes_late=mark.minutes_late,
            reason=mark.reason,
            source=mark.source,
            confidence=mark.confidence,
            first_seen=mark.first_seen,
            last_seen=mark.last_seen,
            changed_by=mark.changed_by,
            updated_at=mark.updated_at,
            left_early=bool(left),
        )
        for session, code, mark, left in rows
    ]
