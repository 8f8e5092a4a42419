"""A class's register as a grid: its students, its sessions over some days, and what every mark is."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.records import SchoolClass, Student
from core.store import people
from core.store.marks import MarkState
from core.store.parts import in_parts
from core.store.sessions import SessionRow, sessions_on
from core.store.students import student_record
from core.store.tables import (
    ClassTable,
    GroupTable,
    MarkChangeTable,
    MarkTable,
    SessionTable,
    StudentTable,
)
from core.store.text import natural_order

Key = tuple[int, int]
"""Session id and student id."""
_NOTHING_YET = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RegisterGrid:
    """One class's register.

    sessions: oldest first, without cancelled ones.  made: when each session's row was made, as text; with it an id of
    another data base, or of one restored from an older backup, is recognised.  fingerprint: likewise of the class.
    students: the active ones of the roster and who else has a mark here, by roll number.  groups, members: names and
    student ids by group id.  last_change: number of the newest change of these sessions, 0 without any.  as_of: the
    moment of the newest mark or change, aware UTC; it moves only when the register does.
    """

    school_class: SchoolClass
    fingerprint: str
    sessions: tuple[SessionRow, ...]
    made: Mapping[int, str]
    students: tuple[Student, ...]
    groups: Mapping[int, str]
    members: Mapping[int, frozenset[int]]
    states: Mapping[Key, MarkState]
    last_change: int
    as_of: datetime

    def is_expected(self, session: SessionRow, student_id: int) -> bool:
        """Whether the lesson was for this student; one of a group is for its members."""
        return session.group_id is None or student_id in self.members.get(session.group_id, frozenset())

    def group_name(self, session: SessionRow) -> str | None:
        """The name of the session's group, None when it is for the whole class."""
        return None if session.group_id is None else self.groups.get(session.group_id)


def grid_of(
    db: Session, class_id: int, first: date, last: date, session_ids: Collection[int] | None = None
) -> RegisterGrid:
    """The register of a class on the days from ``first`` to ``last``, both included; of some sessions only if given.

    Raises NotFoundError for an unknown class.
    """
    school_class = people.get_class_by_id(db, class_id)
    found = sessions_on(db, first, last, [class_id])
    chosen = tuple(one for one in found if session_ids is None or one.id in session_ids)
    ids = [one.id for one in chosen]
    states = states_of(db, ids)
    named = db.execute(select(GroupTable.id, GroupTable.name).filter_by(class_id=class_id))
    groups = {number: name for number, name in named}
    return RegisterGrid(
        school_class=school_class,
        fingerprint=class_fingerprint(db, class_id),
        sessions=chosen,
        made=made_at(db, ids),
        students=_students(db, class_id, {student_id for _, student_id in states}),
        groups=groups,
        members={one: frozenset(people.members(db, one)) for one in groups},
        states=states,
        last_change=newest_change(db, ids),
        as_of=_as_of(db, ids),
    )


def states_of(db: Session, session_ids: Collection[int]) -> dict[Key, MarkState]:
    """What every mark of some sessions is; leaner than the whole marks where there are many thousands."""
    query = select(
        MarkTable.session_id,
        MarkTable.student_id,
        MarkTable.status,
        MarkTable.minutes_late,
        MarkTable.reason,
        MarkTable.source,
    )
    return {
        (session_id, student_id): MarkState(status, minutes, reason, source)
        for part in in_parts(query, MarkTable.session_id, session_ids)
        for session_id, student_id, status, minutes, reason, source in db.execute(part)
    }


def newest_change(db: Session, session_ids: Collection[int]) -> int:
    """The number of the newest change in some sessions, 0 without any."""
    query = select(func.max(MarkChangeTable.id))
    return max((db.scalar(part) or 0 for part in in_parts(query, MarkChangeTable.session_id, session_ids)), default=0)


def class_fingerprint(db: Session, class_id: int) -> str:
    """What tells a class from one with the same id in another school's data base; renaming does not change it."""
    created = db.scalar(select(ClassTable.created_at).where(ClassTable.id == class_id))
    text = f"rollcall class {class_id} {'' if created is None else created.isoformat()}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def made_at(db: Session, session_ids: Collection[int]) -> dict[int, str]:
    """When the rows of some sessions were made, by session id; those there are not are missing."""
    query = select(SessionTable.id, SessionTable.created_at)
    parts = in_parts(query, SessionTable.id, session_ids)
    return {number: created.isoformat() for part in parts for number, created in db.execute(part)}


def span_of(db: Session, class_id: int | None = None) -> tuple[date, date] | None:
    """The days of the first and the last session of a class (None: of all), None when there is no session."""
    query = select(func.min(SessionTable.day), func.max(SessionTable.day))
    if class_id is not None:
        query = query.where(SessionTable.class_id == class_id)
    first, last = db.execute(query).one()
    return None if first is None else (first, last)


def students_by_id(db: Session, student_ids: Collection[int]) -> dict[int, Student]:
    """Students by id; those who were erased are missing."""
    parts = in_parts(select(StudentTable), StudentTable.id, student_ids)
    return {row.id: student_record(row) for part in parts for row in db.scalars(part)}


def _students(db: Session, class_id: int, marked: set[int]) -> tuple[Student, ...]:
    on_roster = people.roster(db, class_id)
    shown = [one for one in on_roster if one.active or one.id in marked]
    others = students_by_id(db, marked - {one.id for one in on_roster}).values()
    return tuple(sorted([*shown, *others], key=lambda one: natural_order(one.roll)))


def _as_of(db: Session, session_ids: Collection[int]) -> datetime:
    newest = [_NOTHING_YET]
    for column, moment in (
        (MarkTable.session_id, MarkTable.updated_at),
        (MarkChangeTable.session_id, MarkChangeTable.at),
        (SessionTable.id, SessionTable.created_at),
    ):
        for part in in_parts(select(func.max(moment)), column, session_ids):
            newest.append(db.scalar(part) or _NOTHING_YET)
    return max(newest)
