"""Classes and their rosters."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from core import clock
from core.errors import ConflictError, NotFoundError
from core.records import SchoolClass, Student
from core.store.students import students_by_roll
from core.store.tables import (
    ClassTable,
    GroupMemberTable,
    GroupTable,
    RosterTable,
    SessionTable,
    StudentTable,
)
from core.store.teachers import Teacher, set_teachers, teachers_by_class
from core.store.text import clean_code, clean_name, clean_text, key_of, natural_order

_LISTED = 20
"""So many class codes are named when one is not found."""


def add_class(
    db: Session, code: str, name: str, teacher: str | None = None, *, teachers: Sequence[str] = ()
) -> SchoolClass:
    """Add a class; the first of its teachers stands first on the sheet.

    Raises ConflictError when the code is taken, InputError for an unusable code or name.
    """
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
    set_teachers(db, row.id, [one for one in (teacher or "", *teachers) if clean_text(one)])
    return _school_class(db, row)


def get_class(db: Session, code: str) -> SchoolClass:
    """The class with this code, upper or lower case.  Raises NotFoundError, which names those there are."""
    row = _class_row(db, code)
    if row is None:
        raise NotFoundError(_no_class(db, code))
    return _school_class(db, row)


def get_class_by_id(db: Session, class_id: int) -> SchoolClass:
    """The class with this id.  Raises NotFoundError."""
    return _school_class(db, _row(db, class_id))


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
    return students_by_roll(rows)


def joined_at(db: Session, class_id: int) -> dict[int, datetime | None]:
    """Since when each student is on the roster, by id; None where nobody knows."""
    rows = db.execute(select(RosterTable.student_id, RosterTable.joined_at).filter_by(class_id=class_id))
    return {student_id: since for student_id, since in rows}


def members(db: Session, group_id: int) -> set[int]:
    """Ids of the students of a group."""
    return set(db.scalars(select(GroupMemberTable.student_id).filter_by(group_id=group_id)))


def add_to_roster(db: Session, class_id: int, student_id: int) -> None:
    """Put a student on a class's roster; nothing happens when they are on it."""
    if db.get(RosterTable, (class_id, student_id)) is None:
        db.execute(insert(RosterTable).values(class_id=class_id, student_id=student_id, joined_at=clock.now()))


def add_all_to_rosters(db: Session, pairs: Iterable[tuple[int, int]]) -> None:
    """Put many students on rosters: (class id, student id) of those who are not there yet."""
    now = clock.now()
    values = [{"class_id": class_id, "student_id": student, "joined_at": now} for class_id, student in pairs]
    if values:
        db.execute(insert(RosterTable), values)


def edit_class(
    db: Session,
    class_id: int,
    *,
    code: str | None = None,
    name: str | None = None,
    teachers: Sequence[str] | None = None,
) -> SchoolClass:
    """Change what is given of a class; ``teachers`` takes the place of all there were, the first stands first.

    Raises ConflictError when the code is taken, InputError for what cannot be stored, NotFoundError.
    """
    row = _row(db, class_id)
    if code is not None:
        code = clean_code(code)
        taken = _class_row(db, code)
        if taken is not None and taken.id != class_id:
            raise ConflictError(f"The class {taken.code} exists already ({taken.name}). Choose another code.")
        row.code, row.code_key = code, key_of(code)
    if name is not None:
        row.name = clean_name(name, "class")
    db.flush()
    if teachers is not None:
        set_teachers(db, class_id, teachers)
    return _school_class(db, row)


def set_room(db: Session, class_id: int, room_id: int | None) -> SchoolClass:
    """Say where a class is taught, None for nowhere in particular.  Raises NotFoundError."""
    row = _row(db, class_id)
    row.room_id = room_id
    db.flush()
    return _school_class(db, row)


def remove_from_roster(db: Session, class_id: int, student_id: int) -> bool:
    """Take a student off a class's roster and out of its groups; marks stay.  Whether they were on it."""
    here = select(GroupTable.id).filter_by(class_id=class_id)
    db.execute(delete(GroupMemberTable).filter_by(student_id=student_id).where(GroupMemberTable.group_id.in_(here)))
    gone = delete(RosterTable).filter_by(class_id=class_id, student_id=student_id)
    return db.execute(gone.returning(RosterTable.student_id)).first() is not None


def delete_class(db: Session, class_id: int) -> None:
    """Delete a class that was never taught, with its roster, groups, timetable and trainings.

    Raises ConflictError when it has sessions: their marks are the record of the school.  Raises NotFoundError.
    """
    row = _row(db, class_id)
    count = db.scalar(select(func.count()).select_from(SessionTable).filter_by(class_id=class_id)) or 0
    if count:
        raise ConflictError(
            f"{row.code} has {count} session{'' if count == 1 else 's'} in the register, so it cannot be deleted. "
            "Rename it or take its students off the roster instead."
        )
    db.execute(delete(ClassTable).filter_by(id=class_id))


def _class_row(db: Session, code: str) -> ClassTable | None:
    return db.scalar(select(ClassTable).where(ClassTable.code_key == key_of(clean_text(code))))


def _no_class(db: Session, code: str) -> str:
    codes = [one.code for one in list_classes(db)]
    asked = clean_text(code, 40)
    if not codes:
        return f"There is no class “{asked}” and none at all yet. Add it: app.py class add CODE NAME"
    more = f" and {len(codes) - _LISTED} more" if len(codes) > _LISTED else ""
    return f"There is no class “{asked}”. The classes are {', '.join(codes[:_LISTED])}{more}."


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


def _row(db: Session, class_id: int) -> ClassTable:
    row = db.get(ClassTable, class_id, populate_existing=True)
    if row is None:
        raise NotFoundError(f"There is no class number {class_id}. See all: app.py class list")
    return row
