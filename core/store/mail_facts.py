"""What mail is about, each read in one query: marks to tell, figures of students, who fell below the minimum.

Parents and students are told only of sessions that a teacher has reviewed.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from core.store.parts import in_parts
from core.store.sessions import CANCELLED, SessionRow, session_row
from core.store.tables import MarkTable, SessionTable, StatusTable
from core.store.teachers import Teacher, teachers_by_class


@dataclass(frozen=True, slots=True)
class Span:
    """Which sessions are meant: one, or those of some days (both included, None: open) and classes (None: all)."""

    first: date | None = None
    last: date | None = None
    class_id: int | None = None
    session_id: int | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """On :class:`SessionTable`; cancelled sessions never count."""
        found: list[ColumnElement[bool]] = [SessionTable.state != CANCELLED]
        if self.first is not None:
            found.append(SessionTable.day >= self.first)
        if self.last is not None:
            found.append(SessionTable.day <= self.last)
        if self.class_id is not None:
            found.append(SessionTable.class_id == self.class_id)
        if self.session_id is not None:
            found.append(SessionTable.id == self.session_id)
        return found


@dataclass(frozen=True, slots=True)
class MarkFact:
    """A mark that somebody may be told of.  status: its name in this school."""

    session: SessionRow
    student_id: int
    status: str
    minutes_late: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Figures:
    """A student's marks in one class, or in several together.

    counted: marks whose status has points; points: their sum; the others are numbers of marks by what they count as.
    """

    counted: int = 0
    points: float = 0.0
    present: int = 0
    late: int = 0
    excused: int = 0
    absent: int = 0

    @property
    def percent(self) -> float | None:
        """0-100; None while nothing counts."""
        return 100 * self.points / self.counted if self.counted else None

    @property
    def marks(self) -> int:
        return self.present + self.late + self.excused + self.absent

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            self.counted + other.counted,
            self.points + other.points,
            self.present + other.present,
            self.late + other.late,
            self.excused + other.excused,
            self.absent + other.absent,
        )


def marks_counting_as(db: Session, meaning: str, span: Span) -> list[MarkFact]:
    """The marks of reviewed sessions whose status counts as ``absent``, ``late`` …, by session and student."""
    query = (
        select(MarkTable, SessionTable, StatusTable.name)
        .join(SessionTable, SessionTable.id == MarkTable.session_id)
        .join(StatusTable, StatusTable.code == MarkTable.status)
        .where(*span.conditions(), SessionTable.reviewed_at.is_not(None), StatusTable.counts_as == meaning)
        .order_by(SessionTable.starts_at, SessionTable.id, MarkTable.student_id)
    )
    return [
        MarkFact(session_row(session), mark.student_id, status, mark.minutes_late, mark.reason)
        for mark, session, status in db.execute(query)
    ]


def unreviewed(db: Session, span: Span) -> int:
    """How many sessions with marks nobody has reviewed."""
    query = select(func.count()).select_from(SessionTable).where(*span.conditions())
    return db.scalar(query.where(SessionTable.taken_at.is_not(None), SessionTable.reviewed_at.is_(None))) or 0


def still_counts_as(db: Session, meaning: str, session_id: int, student_id: int) -> bool:
    """Whether this mark of a reviewed session still counts as that."""
    facts = (
        select(MarkTable.id)
        .join(SessionTable, SessionTable.id == MarkTable.session_id)
        .join(StatusTable, StatusTable.code == MarkTable.status)
        .where(SessionTable.id == session_id, SessionTable.state != CANCELLED, SessionTable.reviewed_at.is_not(None))
        .where(MarkTable.student_id == student_id, StatusTable.counts_as == meaning)
    )
    return db.scalar(facts) is not None


def figures(
    db: Session, span: Span, *, reviewed: bool, student_ids: Collection[int] | None = None
) -> dict[tuple[int, int], Figures]:
    """The marks by (student id, class id); ``reviewed``: only those of reviewed sessions."""
    query = (
        select(MarkTable.student_id, SessionTable.class_id, *_sums())
        .join(SessionTable, SessionTable.id == MarkTable.session_id)
        .join(StatusTable, StatusTable.code == MarkTable.status)
        .where(*span.conditions())
        .group_by(MarkTable.student_id, SessionTable.class_id)
    )
    if reviewed:
        query = query.where(SessionTable.reviewed_at.is_not(None))
    parts = [query] if student_ids is None else in_parts(query, MarkTable.student_id, student_ids)
    return {(row[0], row[1]): Figures(*row[2:]) for part in parts for row in db.execute(part)}


def _sums() -> list[ColumnElement[Any]]:
    def having(meaning: str) -> ColumnElement[Any]:
        return func.sum(case((StatusTable.counts_as == meaning, 1), else_=0))

    counts = [having(one) for one in ("present", "late", "excused", "absent")]
    return [func.count(StatusTable.points), func.coalesce(func.sum(StatusTable.points), 0.0), *counts]


def crossings(
    db: Session, span: Span, minimum: float, after: int, students: Iterable[int]
) -> dict[tuple[int, int], int]:
    """Since which session (its number) each of these students has been below ``minimum`` per cent without a break.

    By (student id, class id); only sessions from the ``after``-th counted one on are judged, and who is not below it
    now is not in it.
    """
    query = (
        select(MarkTable.student_id, SessionTable.class_id, SessionTable.id, StatusTable.points)
        .join(SessionTable, SessionTable.id == MarkTable.session_id)
        .join(StatusTable, StatusTable.code == MarkTable.status)
        .where(*span.conditions(), SessionTable.reviewed_at.is_not(None), StatusTable.points.is_not(None))
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


def taken_sessions(db: Session, span: Span) -> list[SessionRow]:
    """The sessions with a register that somebody took, oldest first."""
    query = select(SessionTable).where(*span.conditions(), SessionTable.taken_at.is_not(None))
    return [session_row(row) for row in db.scalars(query.order_by(SessionTable.starts_at, SessionTable.id))]


def teachers_to_tell(db: Session, class_ids: Collection[int]) -> dict[int, tuple[Teacher, ...]]:
    """The teachers of these classes who still teach."""
    everybody = teachers_by_class(db).items()
    return {one: tuple(each for each in named if each.active) for one, named in everybody if one in class_ids}
