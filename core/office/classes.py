"""Classes and their rosters: listed, added, changed and deleted; who joins, leaves and moves."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core.access import guarded, own_classes
from core.errors import InputError
from core.office.students import Coverage, coverage_of
from core.records import SchoolClass, Student
from core.store import people, rooms, samples
from core.store.classes import RosterCount
from core.store.database import Store
from core.versions import remove_unnamed_files


@dataclass(frozen=True, slots=True)
class ClassCard:
    """A class with the name of its room and how many students it has, also with stored faces."""

    school_class: SchoolClass
    room: str | None
    count: RosterCount


@dataclass(frozen=True, slots=True)
class RosterLine:
    """A student of a class.  samples: stored faces; joined_at: aware UTC, None where nobody knows."""

    student: Student
    samples: int
    joined_at: datetime | None

    @property
    def coverage(self) -> Coverage:
        return coverage_of(self.student, self.samples)


@dataclass(frozen=True, slots=True)
class Roster:
    """A class and its students by roll number, inactive ones too."""

    school_class: SchoolClass
    lines: tuple[RosterLine, ...]


@dataclass(frozen=True, slots=True)
class RosterChange:
    """A class and the students who joined or left it."""

    school_class: SchoolClass
    students: tuple[Student, ...]


@guarded
def list_classes(store: Store) -> tuple[ClassCard, ...]:
    """The classes by code: a teacher's own, all for an admin."""
    with store.read() as db:
        own = own_classes(db)
        names = {one.id: one.name for one in rooms.list_rooms(db)}
        counts = people.count_rosters(db, own)
        return tuple(
            ClassCard(one, names.get(one.room_id or 0), counts.get(one.id, RosterCount()))
            for one in people.list_classes(db, own)
        )


@guarded
def roster(store: Store, class_code: str) -> Roster:
    """Who is in a class, and how many faces are stored of each.  Raises NotFoundError."""
    with store.read() as db:
        school_class = people.get_class(db, class_code)
        students = people.roster(db, school_class.id)
        counts = samples.count_by_student(db, [one.id for one in students])
        since = people.joined_at(db, school_class.id)
    return Roster(school_class, tuple(RosterLine(one, counts[one.id], since.get(one.id)) for one in students))


@guarded
def add_class(
    store: Store, class_code: str, name: str, *, teachers: Sequence[str] = (), room: str | None = None
) -> ClassCard:
    """Add a class; the first of its teachers stands first on the sheet.  room: its name, "" for none.

    Raises ConflictError when the code is taken, InputError for what cannot be stored, NotFoundError for the room.
    """
    with store.transaction() as db:
        return _card(db, people.add_class(db, class_code, name, teachers=teachers, room=room))


@guarded
def edit_class(
    store: Store,
    class_code: str,
    *,
    new_code: str | None = None,
    name: str | None = None,
    teachers: Sequence[str] | None = None,
    room: str | None = None,
) -> ClassCard:
    """Change what is given of a class; ``teachers`` takes the place of all there were.  room: "" for none.

    Raises as :func:`add_class`, NotFoundError for the class.
    """
    with store.transaction() as db:
        found = people.get_class(db, class_code)
        return _card(db, people.edit_class(db, found.id, code=new_code, name=name, teachers=teachers, room=room))


def _card(db: Session, school_class: SchoolClass) -> ClassCard:
    room = None if school_class.room_id is None else rooms.get_room_by_id(db, school_class.room_id).name
    counts = people.count_rosters(db, [school_class.id])
    return ClassCard(school_class, room, counts.get(school_class.id, RosterCount()))


@guarded
def delete_class(store: Store, class_code: str) -> SchoolClass:
    """Delete a class that was never taught, with its trainings.

    Raises NotFoundError, ConflictError when it has sessions.
    """
    with store.transaction() as db:
        school_class = people.get_class(db, class_code)
        people.delete_class(db, school_class.id)
    remove_unnamed_files(store, school_class.id)
    with contextlib.suppress(OSError):
        (store.home.classifiers / str(school_class.id)).rmdir()
    return school_class


@guarded
def join(store: Store, class_code: str, rolls: Sequence[str]) -> RosterChange:
    """Put students who are known already into a class: all of them or nobody.  Raises NotFoundError."""
    with store.transaction() as db:
        school_class = people.get_class(db, class_code)
        students = tuple(people.get_student(db, roll) for roll in rolls)
        for one in students:
            people.add_to_roster(db, school_class.id, one.id)
    return RosterChange(school_class, students)


@guarded
def leave(store: Store, class_code: str, rolls: Sequence[str]) -> RosterChange:
    """Take students off a class's roster, all of them or nobody; their marks stay.

    Raises NotFoundError, InputError for one who is not on it.
    """
    with store.transaction() as db:
        school_class = people.get_class(db, class_code)
        students = tuple(people.get_student(db, roll) for roll in rolls)
        for one in students:
            if not people.remove_from_roster(db, school_class.id, one.id):
                raise _not_here(one, school_class)
    return RosterChange(school_class, students)


@guarded
def move_student(store: Store, roll: str, from_code: str, to_code: str) -> tuple[Student, SchoolClass, SchoolClass]:
    """Take a student from one class to another; marks stay where they were made.

    Raises NotFoundError, InputError when the student is not on the first roster.
    """
    with store.transaction() as db:
        student = people.get_student(db, roll)
        old, new = people.get_class(db, from_code), people.get_class(db, to_code)
        if not people.move(db, student.id, old.id, new.id):
            raise _not_here(student, old)
    return student, old, new


def _not_here(student: Student, school_class: SchoolClass) -> InputError:
    return InputError(f"{student.roll} {student.name} is not on the roster of {school_class.code}.")
