"""Classes and their rosters."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, delete, exists, func, insert, select
from sqlalchemy.orm import Session

from core import clock
from core.errors import ConflictError, NotFoundError
from core.records import SchoolClass, Student
from core.store import audit
from core.store.rooms import get_room
from core.store.students import students_by_roll
from core.store.tables import (
    ClassTable,
    ClassTeacherTable,
    GroupMemberTable,
    GroupTable,
    RosterTable,
    SampleTable,
    SessionTable,
    StudentTable,
)
from core.store.teachers import Teacher, set_teachers, teachers_by_class
from core.store.text import clean_code, clean_name, clean_text, key_of, natural_order

_LISTED = 20
"""So many class codes are named when one is not found."""


@dataclass(frozen=True, slots=True)
class RosterCount:
    """How many students a roster has: all, those who still come (active), and of these the ones with a stored face."""

    students: int = 0
    active: int = 0
    with_faces: int = 0


def add_class(
    db: Session,
    code: str,
    name: str,
    teacher: str | None = None,
    *,
    teachers: Sequence[str] = (),
    room: str | None = None,
) -> SchoolClass:
    """Add a class; the first of its teachers stands first on the sheet.  room: its name, "" for none.

    Raises ConflictError when the code is taken, InputError for an unusable code or name, NotFoundError for the room.
    """
    code, name = clean_code(code), clean_name(name, "class")
    taken = _class_row(db, code)
    if taken is not None:
        raise ConflictError(f"The class {taken.code} exists already ({taken.name}). Choose another code.")
    row = ClassTable(
        code=code,
        code_key=key_of(code),
        name=name,
        room_id=_room_id(db, room or ""),
        created_at=clock.now(),
    )
    db.add(row)
    db.flush()
    set_teachers(db, row.id, [one for one in (teacher or "", *teachers) if clean_text(one)])
    audit.record(db, None, "classes.add", class_id=row.id, after=_seen(db, row))
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


def list_classes(db: Session, class_ids: Collection[int] | None = None) -> list[SchoolClass]:
    """All classes by code, or these."""
    query = select(ClassTable)
    return _by_code(db, db.scalars(query if class_ids is None else query.where(ClassTable.id.in_(class_ids))))


def classes_of(db: Session, student_id: int) -> list[SchoolClass]:
    """The classes whose roster has the student, by code."""
    rows = db.scalars(
        select(ClassTable).join(RosterTable, RosterTable.class_id == ClassTable.id).filter_by(student_id=student_id)
    )
    return _by_code(db, rows)


def codes_by_student(db: Session, class_ids: Collection[int] | None = None) -> dict[int, tuple[str, ...]]:
    """Student id -> codes of their classes in natural order, for those who have any; of all classes or only these."""
    codes = {one.id: one.code for one in list_classes(db, class_ids)}
    found: dict[int, list[str]] = {}
    for student_id, class_id in db.execute(select(RosterTable.student_id, RosterTable.class_id)):
        if class_id in codes:
            found.setdefault(student_id, []).append(codes[class_id])
    return {one: tuple(sorted(several, key=natural_order)) for one, several in found.items()}


def roster(db: Session, class_id: int) -> list[Student]:
    """The students of a class by roll number, inactive ones too."""
    rows = db.scalars(
        select(StudentTable).join(RosterTable, RosterTable.student_id == StudentTable.id).filter_by(class_id=class_id)
    )
    return students_by_roll(rows)


def count_rosters(db: Session, class_ids: Collection[int] | None = None) -> dict[int, RosterCount]:
    """Class id -> how many students there are, for classes that have any; of all classes without ``class_ids``."""
    active = case((StudentTable.active, 1), else_=0)
    has_face = exists().where(SampleTable.student_id == StudentTable.id)
    known = case((and_(StudentTable.active, has_face), 1), else_=0)
    query = (
        select(RosterTable.class_id, func.count(), func.sum(active), func.sum(known))
        .join(StudentTable, StudentTable.id == RosterTable.student_id)
        .group_by(RosterTable.class_id)
    )
    if class_ids is not None:
        query = query.where(RosterTable.class_id.in_(class_ids))
    return {class_id: RosterCount(*counts) for class_id, *counts in db.execute(query)}


def joined_at(db: Session, class_id: int) -> dict[int, datetime | None]:
    """Since when each student is on the roster, by id; None where nobody knows."""
    rows = db.execute(select(RosterTable.student_id, RosterTable.joined_at).filter_by(class_id=class_id))
    return {student_id: since for student_id, since in rows}


def members(db: Session, group_id: int) -> set[int]:
    """Ids of the students of a group."""
    return set(db.scalars(select(GroupMemberTable.student_id).filter_by(group_id=group_id)))


def add_to_roster(db: Session, class_id: int, student_id: int) -> None:
    """Put a student on a class's roster; nothing happens when they are on it."""
    if _join(db, class_id, student_id):
        audit.record(db, None, "classes.join", class_id=class_id, student_id=student_id)


def _join(db: Session, class_id: int, student_id: int) -> bool:
    if db.get(RosterTable, (class_id, student_id)) is not None:
        return False
    db.execute(insert(RosterTable).values(class_id=class_id, student_id=student_id, joined_at=clock.now()))
    return True


def add_all_to_rosters(db: Session, pairs: Iterable[tuple[int, int]]) -> None:
    """Put many students on rosters: (class id, student id) of those who are not there yet."""
    now = clock.now()
    joined: dict[int, list[int]] = {}
    for class_id, student_id in pairs:
        joined.setdefault(class_id, []).append(student_id)
    for class_id, ids in joined.items():
        db.execute(insert(RosterTable), [{"class_id": class_id, "student_id": one, "joined_at": now} for one in ids])
        audit.record(db, None, "classes.join", class_id=class_id, after={"students": ids})


def move(db: Session, student_id: int, from_id: int, to_id: int) -> bool:
    """Take a student from one roster to another; marks stay.  Whether they were on the first, else nothing happens."""
    if not _leave(db, from_id, student_id):
        return False
    _join(db, to_id, student_id)
    audit.record(db, None, "people.move", student_id=student_id, before={"class": from_id}, after={"class": to_id})
    return True


def edit_class(
    db: Session,
    class_id: int,
    *,
    code: str | None = None,
    name: str | None = None,
    teachers: Sequence[str] | None = None,
    room: str | None = None,
) -> SchoolClass:
    """Change what is given of a class; ``teachers`` takes the place of all there were, the first stands first.

    room: its name, "" for none.  Raises ConflictError when the code is taken, InputError for what cannot be stored,
    NotFoundError.
    """
    row = _row(db, class_id)
    before = _seen(db, row)
    if code is not None:
        code = clean_code(code)
        taken = _class_row(db, code)
        if taken is not None and taken.id != class_id:
            raise ConflictError(f"The class {taken.code} exists already ({taken.name}). Choose another code.")
        row.code, row.code_key = code, key_of(code)
    if name is not None:
        row.name = clean_name(name, "class")
    if room is not None:
        row.room_id = _room_id(db, room)
    db.flush()
    if teachers is not None:
        set_teachers(db, class_id, teachers)
    _record_change(db, row, before)
    return _school_class(db, row)


def remove_teacher(db: Session, class_id: int, teacher_id: int) -> bool:
    """Take a teacher off a class; the others keep their order.  Whether they taught it.  Raises NotFoundError."""
    row = _row(db, class_id)
    before = _seen(db, row)
    gone = delete(ClassTeacherTable).filter_by(class_id=class_id, teacher_id=teacher_id)
    taught = db.execute(gone.returning(ClassTeacherTable.teacher_id)).first() is not None
    _record_change(db, row, before)
    return taught


def _record_change(db: Session, row: ClassTable, before: dict[str, Any]) -> None:
    after = _seen(db, row)
    if after != before:
        audit.record(db, None, "classes.change", class_id=row.id, before=before, after=after)


def _seen(db: Session, row: ClassTable) -> dict[str, Any]:
    """A class as the audit keeps it; teachers and the room by their numbers."""
    teachers = [one.id for one in teachers_by_class(db, [row.id]).get(row.id, ())]
    return {"code": row.code, "name": row.name, "teachers": teachers, "room": row.room_id}


def _room_id(db: Session, name: str) -> int | None:
    return get_room(db, name).id if name.strip() else None


def remove_from_roster(db: Session, class_id: int, student_id: int) -> bool:
    """Take a student off a class's roster and out of its groups; marks stay.  Whether they were on it."""
    was_here = _leave(db, class_id, student_id)
    if was_here:
        audit.record(db, None, "classes.leave", class_id=class_id, student_id=student_id)
    return was_here


def _leave(db: Session, class_id: int, student_id: int) -> bool:
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
    before = _seen(db, row)
    db.execute(delete(ClassTable).filter_by(id=class_id))
    audit.record(db, None, "classes.delete", class_id=class_id, before=before)


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
