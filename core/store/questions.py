"""What students asked: about a mark, and to be excused."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core import clock
from core.errors import ConflictError, NotFoundError
from core.store.tables import AbsenceAskedTable, MarkQueryTable, RosterTable, SessionTable
from core.store.text import clean_text

LONGEST = 500
"""Letters of a question, a reason or an answer."""


@dataclass(frozen=True, slots=True)
class MarkQuery:
    """A question about a mark; columns as in :class:`core.store.tables.MarkQueryTable`."""

    id: int
    session_id: int
    student_id: int
    asked_at: datetime
    question: str
    answer: str | None
    answered_by: str | None


@dataclass(frozen=True, slots=True)
class AbsenceAsked:
    """Days for which somebody asked to be excused; columns as in :class:`core.store.tables.AbsenceAskedTable`."""

    id: int
    student_id: int
    asked_at: datetime
    first_day: date
    last_day: date
    reason: str
    accepted: bool | None
    answer: str | None
    answered_by: str | None


def add_query(db: Session, session_id: int, student_id: int, question: str) -> MarkQuery:
    """Store a question.  Raises ConflictError while another one about the same mark is open."""
    here = select(MarkQueryTable).filter_by(session_id=session_id, student_id=student_id, answered_at=None)
    if db.scalar(here) is not None:
        raise ConflictError("You have asked about this lesson already. Wait for the answer.")
    asked = clean_text(question, LONGEST)
    row = MarkQueryTable(session_id=session_id, student_id=student_id, asked_at=clock.now(), question=asked)
    db.add(row)
    db.flush()
    return _query(row)


def get_query(db: Session, query_id: int) -> MarkQuery:
    """Raises NotFoundError."""
    return _query(_row(db, query_id))


def answer_query(db: Session, query_id: int, answer: str, by: str) -> MarkQuery:
    """Store the answer.  Raises NotFoundError, ConflictError where somebody answered already."""
    row = _row(db, query_id)
    if row.answered_at is not None:
        raise ConflictError(f"{row.answered_by} has answered this question already.")
    row.answer, row.answered_by, row.answered_at = clean_text(answer, LONGEST), clean_text(by), clock.now()
    db.flush()
    return _query(row)


def _row(db: Session, query_id: int) -> MarkQueryTable:
    row = db.get(MarkQueryTable, query_id, populate_existing=True)
    if row is None:
        raise NotFoundError("This question is not there any more. Look at the list again.")
    return row


def queries(
    db: Session, *, student_id: int | None = None, class_ids: Collection[int] | None = None, only_open: bool = False
) -> list[MarkQuery]:
    """Questions, the newest first: of one student, of some classes (None: all)."""
    query = select(MarkQueryTable).join(SessionTable, SessionTable.id == MarkQueryTable.session_id)
    if student_id is not None:
        query = query.where(MarkQueryTable.student_id == student_id)
    if class_ids is not None:
        query = query.where(SessionTable.class_id.in_(list(class_ids)))
    if only_open:
        query = query.where(MarkQueryTable.answered_at.is_(None))
    return [_query(row) for row in db.scalars(query.order_by(MarkQueryTable.id.desc()))]


def add_absence_asked(db: Session, student_id: int, first: date, last: date, reason: str) -> AbsenceAsked:
    """Store that somebody asked to be excused.  Raises ConflictError for the same days asked for twice."""
    here = select(AbsenceAskedTable).filter_by(student_id=student_id, first_day=first, last_day=last)
    open_or_granted = or_(AbsenceAskedTable.accepted.is_(None), AbsenceAskedTable.accepted.is_(True))
    if db.scalar(here.where(open_or_granted)) is not None:
        raise ConflictError("You have asked for these days already.")
    row = AbsenceAskedTable(
        student_id=student_id,
        asked_at=clock.now(),
        first_day=first,
        last_day=last,
        reason=clean_text(reason, LONGEST),
    )
    db.add(row)
    db.flush()
    return _asked(row)


def get_absence_asked(db: Session, number: int) -> AbsenceAsked:
    """Raises NotFoundError."""
    return _asked(_asked_row(db, number))


def answer_absence(db: Session, number: int, *, accepted: bool, answer: str, by: str) -> AbsenceAsked:
    """Store the answer.  Raises NotFoundError, ConflictError where somebody answered already."""
    row = _asked_row(db, number)
    if row.answered_at is not None:
        raise ConflictError(f"{row.answered_by} has answered this already.")
    row.accepted, row.answer = accepted, clean_text(answer, LONGEST) or None
    row.answered_by, row.answered_at = clean_text(by), clock.now()
    db.flush()
    return _asked(row)


def _asked_row(db: Session, number: int) -> AbsenceAskedTable:
    row = db.get(AbsenceAskedTable, number, populate_existing=True)
    if row is None:
        raise NotFoundError("This is not there any more. Look at the list again.")
    return row


def absences_asked(
    db: Session, *, student_id: int | None = None, class_ids: Collection[int] | None = None, only_open: bool = False
) -> list[AbsenceAsked]:
    """What was asked for, the newest first: by one student, by those of some classes (None: all)."""
    query = select(AbsenceAskedTable)
    if student_id is not None:
        query = query.where(AbsenceAskedTable.student_id == student_id)
    if class_ids is not None:
        on_rosters = select(RosterTable.student_id).where(RosterTable.class_id.in_(list(class_ids)))
        query = query.where(AbsenceAskedTable.student_id.in_(on_rosters))
    if only_open:
        query = query.where(AbsenceAskedTable.answered_at.is_(None))
    return [_asked(row) for row in db.scalars(query.order_by(AbsenceAskedTable.id.desc()))]


def _query(row: MarkQueryTable) -> MarkQuery:
    return MarkQuery(row.id, row.session_id, row.student_id, row.asked_at, row.question, row.answer, row.answered_by)


def _asked(row: AbsenceAskedTable) -> AbsenceAsked:
    return AbsenceAsked(
        row.id,
        row.student_id,
        row.asked_at,
        row.first_day,
        row.last_day,
        row.reason,
        row.accepted,
        row.answer,
        row.answered_by,
    )
