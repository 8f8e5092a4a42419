"""The register of one session, and all about one of its marks, as every surface shows it."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.access import guarded
from core.expected import expected_students
from core.records import MarkRow, SchoolClass
from core.store import marks, people, register, sessions, statuses
from core.store.database import Store
from core.store.groups import list_groups
from core.store.marks import Change, Mark
from core.store.rooms import get_room_by_id
from core.store.sessions import SessionRow
from core.store.statuses import Status


@dataclass(frozen=True, slots=True)
class Register:
    """A session with the rows of its register: the marked by roll number, then who is expected and unmarked.

    An unmarked row has "" for a status.  group, room: names; statuses: all there are, by code.
    """

    school_class: SchoolClass
    session: SessionRow
    group: str | None
    room: str | None
    rows: tuple[MarkRow, ...]
    statuses: Mapping[str, Status]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows have each status; "" for the unmarked."""
        found: dict[str, int] = {}
        for one in self.rows:
            found[one.status] = found.get(one.status, 0) + 1
        return found


@dataclass(frozen=True, slots=True)
class MarkDetails:
    """Everything about one mark.  mark: None while there is none; changes: the newest first."""

    mark: Mark | None
    changes: tuple[Change, ...]


@guarded
def mark_details(store: Store, session_id: int, student_id: int) -> MarkDetails:
    """Who set a student's mark in a session, when, what it was before and why."""
    with store.read() as db:
        found = marks.marks_of(db, [session_id]).get((session_id, student_id))
        return MarkDetails(found, tuple(marks.changes_of(db, session_id=session_id, student_id=student_id)))


@guarded
def register_of(store: Store, session_id: int) -> Register:
    """The register of a session.  Raises NotFoundError."""
    with store.read() as db:
        session = sessions.get_session(db, session_id)
        rows = register.register_rows(db, session_id)
        marked = {one.student_id for one in rows}
        rows += [
            MarkRow(one.roll, one.name, "", "", None, None, None, student_id=one.id)
            for one in expected_students(db, session)
            if one.id not in marked
        ]
        of_class = {one.id: one.name for one in list_groups(db, session.class_id)}
        return Register(
            people.get_class_by_id(db, session.class_id),
            session,
            of_class.get(session.group_id or 0),
            None if session.room_id is None else get_room_by_id(db, session.room_id).name,
            tuple(rows),
            statuses.status_set(db),
        )
