"""Students, classes and rosters.

The functions take the session of ``Store.transaction()`` or ``Store.read()`` first and give frozen records back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import ConflictError, ConsentError, NotFoundError
from core.records import SchoolClass, Student
from core.store.tables import (
    ClassTable,
    GroupMemberTable,
    GroupTable,
    MarkTable,
    RejectionTable,
    RosterTable,
    SampleTable,
    SightingTable,
    StudentTable,
)
from core.store.teachers import Teacher, set_teachers, teachers_by_class
from core.store.text import clean_code, clean_name, clean_roll, clean_text, key_of, natural_order

_LISTED = 20
"""So many class codes are named when one is not found."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows of a deleted student went."""

    samples: int
    marks: int
    sightings: int
    rosters: int
    rejections: int = 0


def add_class(db: Session, code: str, name: str, teacher: str | None = None) -> SchoolClass:
    """Add a class.  Raises ConflictError when the code is taken, InputError for an unusable code or name."""
    code, name = clean_code(code), clean_name(name, "class")
    taken = _class_row(db, code)
    if taken is not None:
        raise ConflictError(f"The class {taken.code} exists already ({taken.name}). Choose another code.")
    row = ClassTable(
        code=code,
        code_key=key_of(code),
        name=name,
        created_at=clock.now(),
    )
    db.add(row)
    db.flush()
    if clean_text(teacher or ""):
        set_teachers(db, row.id, [teacher or ""])
    return _school_class(db, row)


def get_class(db: Session, code: str) -> SchoolClass:
    """The class with this code, upper or lower case.  Raises NotFoundError, which names those there are."""
    row = _class_row(db, code)
    if row is None:
        raise NotFoundError(_no_class(db, code))
    return _school_class(db, row)


def get_class_by_id(db: Session, class_id: int) -> SchoolClass:
    """The class with this id.  Raises NotFoundError."""
    row = db.get(ClassTable, class_id)
    if row is None:
        raise NotFoundError(f"There is no class number {class_id}. See all: app.py class list")
    return _school_class(db, row)


def list_classes(db: Session) -> list[SchoolClass]:
    """All classes by code."""
    return _by_code(db, db.scalars(select(ClassTable)))


def classes_of(db: Session, student_id: int) -> list[SchoolClass]:
    """The classes whose roster has the student, by code."""
    rows = db.scalars(
        select(ClassTable).join(RosterTable, RosterTable.class_id == ClassTable.id).filter_by(student_id=student_id)
    )
    return _by_code(db, rows)


def roster(db: Session, class_id: int) -> list[Student]:
    """The students of a class by roll number, inactive ones too."""
    rows = db.scalars(
        select(StudentTable).join(RosterTable, RosterTable.student_id == StudentTable.id).filter_by(class_id=class_id)
    )
    return _by_roll(rows)


def joined_at(db: Session, class_id: int) -> dict[int, datetime | None]:
    """Since when each student is on the roster, by id; None where nobody knows."""
    rows = db.execute(select(RosterTable.student_id, RosterTable.joined_at).filter_by(class_id=class_id))
    return {student_id: since for student_id, since in rows}


def find_group(db: Session, school_class: SchoolClass, name: str) -> int:
    """The number of a class's group of this name.  Raises NotFoundError."""
    found = db.scalar(select(GroupTable.id).filter_by(class_id=school_class.id, name_key=key_of(clean_text(name))))
    if found is None:
        raise NotFoundError(f"{school_class.code} has no group “{clean_text(name, 40)}”. See all: app.py groups list")
    return found


def members(db: Session, group_id: int) -> set[int]:
    """Ids of the students of a group."""
    return set(db.scalars(select(GroupMemberTable.student_id).filter_by(group_id=group_id)))


def add_to_roster(db: Session, class_id: int, student_id: int) -> None:
    """Put a student on a class's roster; nothing happens when they are on it."""
    if db.get(RosterTable, (class_id, student_id)) is None:
        db.execute(insert(RosterTable).values(class_id=class_id, student_id=student_id, joined_at=clock.now()))


def find_student(db: Session, roll: str) -> Student | None:
    """The student with this roll number, upper or lower case, or None."""
    row = _student_row(db, roll)
    return None if row is None else _student(row)


def get_student(db: Session, roll: str) -> Student:
    """The student with this roll number.  Raises NotFoundError."""
    found = find_student(db, roll)
    if found is None:
        raise NotFoundError(
            f"There is no student with the roll number “{clean_text(roll, 40)}”. See all: app.py students list"
        )
    return found


def get_student_by_id(db: Session, student_id: int) -> Student:
    """The student with this id.  Raises NotFoundError."""
    row = db.get(StudentTable, student_id)
    if row is None:
        raise NotFoundError(f"There is no student number {student_id}. See all: app.py students list")
    return _student(row)


def list_students(db: Session) -> list[Student]:
    """All students by roll number, inactive ones too."""
    return _by_roll(db.scalars(select(StudentTable)))


def check_student(db: Session, roll: str, name: str) -> tuple[str, str]:
    """The roll number and name as they would be stored.

    Raises ConflictError when it belongs to another name (upper and lower case do not matter), InputError when the
    roll number or name cannot be stored.
    """
    roll, name = clean_roll(roll), clean_name(name)
    found = find_student(db, roll)
    if found is not None and key_of(found.name) != key_of(name):
        raise ConflictError(
            f"The roll number {found.roll} belongs to “{found.name}”, so it cannot be given to “{name}”. "
            "Correct the roll number or the name."
        )
    return roll, name


def add_student(db: Session, roll: str, name: str) -> Student:
    """Add a student.  Raises ConflictError when the roll number is taken, InputError as :func:`check_student`."""
    roll, name = check_student(db, roll, name)
    found = find_student(db, roll)
    if found is not None:
        raise ConflictError(f"The student {found.roll} {found.name} exists already.")
    row = StudentTable(roll=roll, roll_key=key_of(roll), name=name, active=True, created_at=clock.now())
    db.add(row)
    db.flush()
    return _student(row)


def find_or_add_student(db: Session, roll: str, name: str) -> Student:
    """The student with this roll number and name, added when new.  Raises as :func:`check_student`."""
    roll, name = check_student(db, roll, name)
    return find_student(db, roll) or add_student(db, roll, name)


def record_consent(db: Session, student_id: int, text: str, at: datetime) -> None:
    """Store on what ground the face may be kept; a later consent takes the place of an earlier one.

    at: aware.  Raises ConsentError for an empty text, NotFoundError for an unknown student.
    """
    cleaned = clean_text(text)
    if not cleaned:
        raise ConsentError("The consent is empty. Say which one was given, like: paper form, 2026-11")
    changed = db.execute(
        update(StudentTable)
        .where(StudentTable.id == student_id)
        .values(consent_text=cleaned, consent_at=at)
        .returning(StudentTable.id)
    )
    if changed.first() is None:
        raise NotFoundError(f"There is no student number {student_id}. See all: app.py students list")


def delete_student(db: Session, roll: str) -> Erased:
    """Erase a student with every sample, mark, roster row, sighting and rejection of theirs.  Raises NotFoundError."""
    student = get_student(db, roll)
    gone = Erased(
        *(
            db.scalar(select(func.count()).select_from(table).filter_by(student_id=student.id)) or 0
            for table in (SampleTable, MarkTable, SightingTable, RosterTable, RejectionTable)
        )
    )
    db.execute(delete(StudentTable).where(StudentTable.id == student.id))
    return gone


def _by_roll(rows: Iterable[StudentTable]) -> list[Student]:
    return sorted((_student(row) for row in rows), key=lambda one: natural_order(one.roll))


def _student_row(db: Session, roll: str) -> StudentTable | None:
    key = key_of(clean_text(roll))
    return db.scalar(select(StudentTable).where(StudentTable.roll_key == key).execution_options(populate_existing=True))


def _class_row(db: Session, code: str) -> ClassTable | None:
    return db.scalar(select(ClassTable).where(ClassTable.code_key == key_of(clean_text(code))))


def _no_class(db: Session, code: str) -> str:
    codes = [one.code for one in list_classes(db)]
    asked = clean_text(code, 40)
    if not codes:
        return f"There is no class “{asked}” and none at all yet. Add it: app.py class add CODE NAME"
    more = f" and {len(codes) - _LISTED} more" if len(codes) > _LISTED else ""
    return f"There is no class “{asked}”. The classes are {', '.join(codes[:_LISTED])}{more}."


def _student(row: StudentTable) -> Student:
    return Student(
        id=row.id,
        roll=row.roll,
        name=row.name,
        active=row.active,
        consent=row.consent_text,
        email=row.email,
        parents_email=row.parents_email,
    )


def _by_code(db: Session, rows: Iterable[ClassTable]) -> list[SchoolClass]:
    found = list(rows)
    named = teachers_by_class(db)
    made = (_class_record(row, named.get(row.id, ())) for row in found)
    return sorted(made, key=lambda one: natural_order(one.code))


def _school_class(db: Session, row: ClassTable) -> SchoolClass:
    return _class_record(row, teachers_by_class(db, [row.id]).get(row.id, ()))


def _class_record(row: ClassTable, named: Iterable[Teacher]) -> SchoolClass:
    teachers = tuple(one.name for one in named)
    return SchoolClass(id=row.id, code=row.code, name=row.name, teachers=teachers, room_id=row.room_id)
