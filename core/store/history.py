"""One student's lessons: what is marked, when they were seen, and until when anybody was."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from core.store.sessions import CANCELLED, SessionRow, session_row
from core.store.tables import ClassTable, MarkTable, SessionTable


@dataclass(frozen=True, slots=True)
class StudentMark:
    """A student's mark and its lesson.

    status: a code of the status set.  changed_by: the person who set it last, None for the machine.  watched_until:
    when the last of all students was seen in this lesson, aware UTC; None where nobody was.
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
    watched_until: datetime | None


def marks_of_student(db: Session, student_id: int, first_day: date, last_day: date) -> list[StudentMark]:
    """The student's marks on the days from ``first_day`` to ``last_day``, both included, oldest lesson first."""
    anybody = aliased(MarkTable)
    until = select(func.max(anybody.last_seen)).where(anybody.session_id == SessionTable.id).scalar_subquery()
    rows = db.execute(
        select(SessionTable, ClassTable.code, MarkTable, until)
        .join(MarkTable, MarkTable.session_id == SessionTable.id)
        .join(ClassTable, ClassTable.id == SessionTable.class_id)
        .where(MarkTable.student_id == student_id, SessionTable.day.between(first_day, last_day))
        .where(SessionTable.state != CANCELLED)
        .order_by(SessionTable.starts_at, SessionTable.id)
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
            watched_until=watched_until,
        )
        for session, code, mark, watched_until in rows
    ]
