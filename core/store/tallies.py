"""Marks counted by the database: for each session, each student, each student of a class.

The percentage is the sum of the points over the number of marks whose status has points; a status without points
(excused) takes the lesson out of it.  Cancelled sessions never count.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, literal_column, or_, select
from sqlalchemy.orm import Session

from core.store.parts import computed_rows, in_parts
from core.store.sessions import CANCELLED
from core.store.statuses import Meaning, Status, list_statuses
from core.store.tables import ClassTable, GroupMemberTable, MarkTable, RosterTable, SessionTable, StudentTable


@dataclass(frozen=True, slots=True)
class Scope:
    """Which lessons count.  first, last: days on the school's calendar, both included; None leaves it open.

    reviewed: only those that a teacher has reviewed.
    """

    first: date | None = None
    last: date | None = None
    class_ids: Collection[int] | None = None
    student_ids: Collection[int] | None = None
    session_id: int | None = None
    reviewed: bool = False

    def of_sessions(self) -> list[ColumnElement[bool]]:
        """The conditions on the sessions."""
        found: list[ColumnElement[bool]] = [SessionTable.state != CANCELLED]
        if self.first is not None:
            found.append(SessionTable.day >= self.first)
        if self.last is not None:
            found.append(SessionTable.day <= self.last)
        if self.class_ids is not None:
            found.append(SessionTable.class_id.in_(list(self.class_ids)))
        if self.session_id is not None:
            found.append(SessionTable.id == self.session_id)
        if self.reviewed:
            found.append(SessionTable.reviewed_at.is_not(None))
        return found

    def of_marks(self) -> list[ColumnElement[bool]]:
        """The conditions on marks that are joined with their sessions."""
        found = self.of_sessions()
        if self.student_ids is not None:
            found.append(MarkTable.student_id.in_(list(self.student_ids)))
        return found


@dataclass(frozen=True, slots=True)
class Tally:
    """How many marks there are of each meaning.

    counted: marks whose status has points; points: their sum; minutes_late: of all late ones together.
    """

    marks: int = 0
    counted: int = 0
    points: float = 0.0
    present: int = 0
    late: int = 0
    excused: int = 0
    absent: int = 0
    minutes_late: int = 0

    @property
    def percent(self) -> float | None:
        """0-100; None while no mark counts."""
        return 100 * self.points / self.counted if self.counted else None


# No plain column: its index would lead SQLite from mark to mark all over the file, nine times as slowly.
_STUDENT = (MarkTable.student_id + literal_column("0")).label("student")
_figures = attrgetter(*(one.name for one in fields(Tally)))


def total(tallies: Iterable[Tally]) -> Tally:
    """All together."""
    # Not sum(): a record for each step would cost more than the query.
    columns = zip(*(_figures(one) for one in tallies), strict=True)
    return Tally(*(sum(column) for column in columns))


@dataclass(frozen=True, slots=True)
class SessionTally:
    """A session and its marks.  starts_at, ends_at: aware UTC."""

    session_id: int
    class_id: int
    day: date
    starts_at: datetime
    ends_at: datetime
    state: str
    title: str | None
    taken: bool
    tally: Tally


@dataclass(frozen=True, slots=True)
class MemberTally:
    """A student's marks in one class.

    since_joined: marks in lessons that ended after the student joined the class; ahead: of these, in lessons that are
    not over yet.
    """

    tally: Tally
    since_joined: int
    ahead: int


def by_session(db: Session, scope: Scope) -> list[SessionTally]:
    """The sessions by start, those without any mark too; with ``student_ids`` only the marks of these are counted."""
    wanted = MarkTable.session_id == SessionTable.id
    if scope.student_ids is not None:
        wanted = and_(wanted, MarkTable.student_id.in_(list(scope.student_ids)))
    columns = (
        SessionTable.id,
        SessionTable.class_id,
        SessionTable.day,
        SessionTable.starts_at,
        SessionTable.ends_at,
        SessionTable.state,
        SessionTable.title,
        SessionTable.taken_at.is_not(None),
    )
    query = (
        select(*columns, *_sums(list_statuses(db)))
        .outerjoin(MarkTable, wanted)
        .where(*scope.of_sessions())
        .group_by(SessionTable.id)
        .order_by(SessionTable.starts_at, SessionTable.id)
    )
    return [
        SessionTally(number, class_id, day, starts_at, ends_at, state, title, taken, Tally(*sums))
        for number, class_id, day, starts_at, ends_at, state, title, taken, *sums in computed_rows(db, query)
    ]


def by_student(db: Session, scope: Scope) -> dict[int, Tally]:
    """Each student's marks, whatever the class; students without a mark are not in it."""
    query = _marks_in(scope, _STUDENT, *_sums(list_statuses(db))).group_by(_STUDENT)
    return {row[0]: Tally(*row[1:]) for row in db.execute(query)}


def by_class(db: Session, scope: Scope) -> dict[tuple[int, int], Tally]:
    """Marks by (student id, class id); where a student has no mark it is not in it."""
    keys = (_STUDENT, SessionTable.class_id)
    query = _marks_in(scope, *keys, *_sums(list_statuses(db))).group_by(*keys)
    return {(row[0], row[1]): Tally(*row[2:]) for row in db.execute(query)}


def by_member(db: Session, scope: Scope, now: datetime) -> dict[tuple[int, int], MemberTally]:
    """Marks by (student id, class id); now: aware."""
    member = and_(RosterTable.class_id == SessionTable.class_id, RosterTable.student_id == MarkTable.student_id)
    joined = or_(RosterTable.joined_at.is_(None), SessionTable.ends_at > RosterTable.joined_at)
    counts = (_count(joined), _count(and_(joined, SessionTable.ends_at > now)))
    keys = (_STUDENT, SessionTable.class_id)
    query = _marks_in(scope, *keys, *counts, *_sums(list_statuses(db))).outerjoin(RosterTable, member).group_by(*keys)
    return {(row[0], row[1]): MemberTally(Tally(*row[4:]), row[2], row[3]) for row in db.execute(query)}


@dataclass(frozen=True, slots=True)
class Membership:
    """Who is on a class's roster.  joined_at: aware UTC, None where nobody knows; groups: ids of the class's groups."""

    class_id: int
    student_id: int
    joined_at: datetime | None
    groups: tuple[int, ...]


def memberships(
    db: Session, class_ids: Collection[int] | None = None, student_ids: Collection[int] | None = None
) -> list[Membership]:
    """The active students on the rosters of some classes (None: of all); inactive ones too where they are asked for."""
    query = (
        select(RosterTable.class_id, RosterTable.student_id, RosterTable.joined_at)
        .join(StudentTable, StudentTable.id == RosterTable.student_id)
        .order_by(RosterTable.class_id, RosterTable.student_id)
    )
    if class_ids is not None:
        query = query.where(RosterTable.class_id.in_(list(class_ids)))
    if student_ids is None:
        query = query.where(StudentTable.active.is_(True))
    else:
        query = query.where(RosterTable.student_id.in_(list(student_ids)))
    groups: dict[int, tuple[int, ...]] = {}
    for group_id, student_id in db.execute(select(GroupMemberTable.group_id, GroupMemberTable.student_id)):
        groups[student_id] = (*groups.get(student_id, ()), group_id)
    return [
        Membership(class_id, student_id, joined_at, groups.get(student_id, ()))
        for class_id, student_id, joined_at in db.execute(query)
    ]


def names_of(db: Session, student_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Roll number and name of some students by id."""
    query = select(StudentTable.id, StudentTable.roll, StudentTable.name)
    parts = in_parts(query, StudentTable.id, student_ids)
    return {number: (roll, name) for part in parts for number, roll, name in db.execute(part)}


def has_classes(db: Session) -> bool:
    """Whether there is any class."""
    return db.scalar(select(ClassTable.id).limit(1)) is not None


def first_and_last_day(db: Session, class_ids: Collection[int] | None = None) -> tuple[date, date] | None:
    """The first and the last day with a session; None when there is no session."""
    query = select(func.min(SessionTable.day), func.max(SessionTable.day)).where(
        *Scope(class_ids=class_ids).of_sessions()
    )
    first, last = db.execute(query).one()
    return None if first is None else (first, last)


def _marks_in(scope: Scope, *columns: Any) -> Select[Any]:  # noqa: ANN401 - columns of any type
    joined = select(*columns).select_from(MarkTable).join(SessionTable, SessionTable.id == MarkTable.session_id)
    return joined.where(*scope.of_marks())


def _sums(statuses: Iterable[Status]) -> list[ColumnElement[Any]]:
    """The columns of a Tally, in its order.  The few statuses are written into the statement: a join costs more."""
    known = list(statuses)

    def having(meaning: Meaning) -> ColumnElement[int]:
        return _count(MarkTable.status.in_([one.code for one in known if one.counts_as == meaning]))

    points = {one.code: one.points for one in known if one.points is not None}
    scored = case(points, value=MarkTable.status, else_=0.0) if points else literal(0.0)
    return [
        func.count(MarkTable.id),
        _count(MarkTable.status.in_(list(points))),
        func.coalesce(func.sum(scored), 0.0),
        having("present"),
        having("late"),
        having("excused"),
        having("absent"),
        func.coalesce(func.sum(MarkTable.minutes_late), 0),
    ]


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
