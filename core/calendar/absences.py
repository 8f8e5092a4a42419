"""Absences that are excused beforehand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from core.access import guarded, own_classes
from core.actor import Actor, current_actor
from core.calendar.holidays import check_days
from core.errors import InputError
from core.records import Student
from core.store import people, timetable
from core.store.database import Store
from core.store.register_grid import students_by_id
from core.store.statuses import EXCUSED, read_status
from core.store.timetable import PlannedAbsence


@dataclass(frozen=True, slots=True)
class Absence:
    """A planned absence with its student; class_code None: from every class."""

    planned: PlannedAbsence
    student: Student
    class_code: str | None


@dataclass(frozen=True, slots=True)
class AbsenceRequest:
    """An absence that shall be; days both included.  class_code None: from every class; status: letter or name."""

    roll: str
    first: date
    last: date
    reason: str
    class_code: str | None = None
    status: str = EXCUSED


@guarded
def list_absences(store: Store, first: date | None = None, last: date | None = None) -> list[Absence]:
    """The planned absences that touch these days (None: all days), by day, which who acts may see."""
    with store.read() as db:
        actor = current_actor()
        if actor is not None and actor.role == "student" and actor.student_id is not None:
            found = timetable.list_absences(db, first, last, actor.student_id)
        else:
            found = timetable.list_absences(db, first, last, class_ids=own_classes(db))
        return _named(db, found)


@guarded
def add_absence(store: Store, actor: Actor, request: AbsenceRequest) -> Absence:
    """Excuse a student beforehand; they are excused, not absent, when they are not seen.

    Raises NotFoundError for the student or class, InputError for days in the wrong order, no reason or no such status.
    """
    check_days(request.first, request.last)
    if not request.reason.strip():
        raise InputError("Say why the student is excused: --reason “hospital”")
    with store.transaction() as db:
        student = people.get_student(db, request.roll)
        class_id = None if request.class_code is None else people.get_class(db, request.class_code).id
        status = read_status(db, request.status).code
        draft = PlannedAbsence(0, student.id, class_id, request.first, request.last, status, request.reason, "")
        return _named(db, [timetable.add_absence(db, actor, draft)])[0]


@guarded
def delete_absence(store: Store, absence_id: int) -> None:
    """Withdraw a planned absence; marks that it made stay.  Raises NotFoundError."""
    with store.transaction() as db:
        timetable.delete_absence(db, absence_id)


def _named(db: Session, found: Sequence[PlannedAbsence]) -> list[Absence]:
    students = students_by_id(db, {one.student_id for one in found})
    codes = {one.id: one.code for one in people.list_classes(db)}
    return [
        Absence(one, students[one.student_id], None if one.class_id is None else codes[one.class_id]) for one in found
    ]
