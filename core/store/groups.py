"""Groups: parts of a class, like a laboratory group."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from core.errors import ConflictError, InputError, NotFoundError
from core.records import Student
from core.store import audit
from core.store.classes import get_class_by_id
from core.store.students import get_student_by_id, students_by_roll
from core.store.tables import GroupMemberTable, GroupTable, RosterTable, SessionTable, StudentTable
from core.store.text import clean_name, clean_text, key_of, natural_order


@dataclass(frozen=True, slots=True)
class Group:
    """A part of a class."""

    id: int
    class_id: int
    name: str


def add_group(db: Session, class_id: int, name: str) -> Group:
    """Add a group to a class.  Raises ConflictError when the class has one of this name, InputError without a name."""
    name = clean_name(name, "group")
    if find_group(db, class_id, name) is not None:
        raise ConflictError(f"{get_class_by_id(db, class_id).code} has a group “{name}” already. Choose another name.")
    row = GroupTable(class_id=class_id, name=name, name_key=key_of(name))
    db.add(row)
    db.flush()
    _record(db, "groups.add", row, after={"name": name})
    return _group(row)


def find_group(db: Session, class_id: int, name: str) -> Group | None:
    """The class's group of this name, upper or lower case, or None."""
    row = db.scalar(select(GroupTable).filter_by(class_id=class_id, name_key=key_of(clean_text(name))))
    return None if row is None else _group(row)


def get_group(db: Session, class_id: int, name: str) -> Group:
    """The class's group of this name.  Raises NotFoundError, which names those there are."""
    found = find_group(db, class_id, name)
    if found is None:
        code = get_class_by_id(db, class_id).code
        known = ", ".join(one.name for one in list_groups(db, class_id)) or "none yet"
        raise NotFoundError(f"{code} has no group “{clean_text(name, 40)}”. Its groups: {clean_text(known, 200)}.")
    return found


def list_groups(db: Session, class_id: int | None = None, *, class_ids: Collection[int] | None = None) -> list[Group]:
    """The groups of a class, of several or (None) of all, by class and name."""
    query = select(GroupTable) if class_id is None else select(GroupTable).filter_by(class_id=class_id)
    if class_ids is not None:
        query = query.where(GroupTable.class_id.in_(class_ids))
    return sorted((_group(row) for row in db.scalars(query)), key=lambda one: (one.class_id, natural_order(one.name)))


def rename_group(db: Session, group_id: int, name: str) -> Group:
    """Give a group another name.  Raises as :func:`add_group`, NotFoundError for an unknown group."""
    row = _row(db, group_id)
    before = row.name
    name = clean_name(name, "group")
    other = find_group(db, row.class_id, name)
    if other is not None and other.id != group_id:
        raise ConflictError(f"There is a group “{other.name}” already. Choose another name.")
    row.name, row.name_key = name, key_of(name)
    db.flush()
    if name != before:
        _record(db, "groups.change", row, before={"name": before}, after={"name": name})
    return _group(row)


def delete_group(db: Session, group_id: int) -> None:
    """Delete a group with its lessons in the timetable; its students stay in the class.

    Raises ConflictError when it has sessions: as those of the whole class they would mean something else.  Raises
    NotFoundError.
    """
    row = _row(db, group_id)
    count = db.scalar(select(func.count()).select_from(SessionTable).filter_by(group_id=group_id)) or 0
    if count:
        raise ConflictError(
            f"This group has {count} session{'' if count == 1 else 's'}, so it cannot be deleted. "
            "Rename it or take its students out instead."
        )
    _record(db, "groups.delete", row, before={"name": row.name})
    db.execute(delete(GroupTable).filter_by(id=group_id))


def group_members(db: Session, group_id: int) -> list[Student]:
    """The students of a group by roll number."""
    inside = select(StudentTable).join(GroupMemberTable, GroupMemberTable.student_id == StudentTable.id)
    return students_by_roll(db.scalars(inside.where(GroupMemberTable.group_id == group_id)))


def members_by_group(db: Session, class_ids: Collection[int] | None = None) -> dict[int, list[Student]]:
    """Group id -> its students by roll number, where there are any; of all classes without ``class_ids``."""
    query = select(GroupMemberTable.group_id, StudentTable).join(
        StudentTable, StudentTable.id == GroupMemberTable.student_id
    )
    if class_ids is not None:
        here = select(GroupTable.id).where(GroupTable.class_id.in_(class_ids))
        query = query.where(GroupMemberTable.group_id.in_(here))
    inside: dict[int, list[StudentTable]] = {}
    for group_id, row in db.execute(query):
        inside.setdefault(group_id, []).append(row)
    return {group_id: students_by_roll(rows) for group_id, rows in inside.items()}


def count_members(db: Session) -> dict[int, int]:
    """Group id -> number of students, where there are any."""
    query = select(GroupMemberTable.group_id, func.count()).group_by(GroupMemberTable.group_id)
    return {group_id: count for group_id, count in db.execute(query)}


def groups_of(db: Session, student_id: int) -> list[Group]:
    """The groups a student is in."""
    query = select(GroupTable).join(GroupMemberTable, GroupMemberTable.group_id == GroupTable.id)
    rows = db.scalars(query.where(GroupMemberTable.student_id == student_id))
    return sorted((_group(row) for row in rows), key=lambda one: (one.class_id, natural_order(one.name)))


def add_member(db: Session, group: Group, student_id: int) -> bool:
    """Put a student into a group; False when already there.  Raises InputError for one who is not in the class."""
    if db.get(GroupMemberTable, (group.id, student_id)) is not None:
        return False
    if db.get(RosterTable, (group.class_id, student_id)) is None:
        student = get_student_by_id(db, student_id)
        raise InputError(
            f"{student.roll} {student.name} is not on the roster of {get_class_by_id(db, group.class_id).code}, "
            f"so cannot be in its group “{group.name}”."
        )
    db.execute(insert(GroupMemberTable).values(group_id=group.id, student_id=student_id))
    _record(db, "groups.join", group, student_id=student_id)
    return True


def add_all_members(db: Session, pairs: Iterable[tuple[Group, int]]) -> None:
    """Put many students into groups: those (group, student id) who are on the class's roster and not in it yet."""
    joined: dict[Group, list[int]] = {}
    for group, student_id in dict.fromkeys(pairs):
        joined.setdefault(group, []).append(student_id)
    for group, ids in joined.items():
        db.execute(insert(GroupMemberTable), [{"group_id": group.id, "student_id": one} for one in ids])
        _record(db, "groups.join", group, after={"students": ids})


def remove_member(db: Session, group_id: int, student_id: int) -> bool:
    """Take a student out of a group; whether they were in it."""
    gone = delete(GroupMemberTable).filter_by(group_id=group_id, student_id=student_id)
    was_in = db.execute(gone.returning(GroupMemberTable.student_id)).first() is not None
    if was_in:
        _record(db, "groups.leave", _row(db, group_id), student_id=student_id)
    return was_in


def _row(db: Session, group_id: int) -> GroupTable:
    row = db.get(GroupTable, group_id, populate_existing=True)
    if row is None:
        raise NotFoundError(f"There is no group number {group_id}. See all: app.py groups list")
    return row


def _record(db: Session, action: str, group: GroupTable | Group, **what: Any) -> None:  # noqa: ANN401 - as audit.record
    audit.record(db, None, action, class_id=group.class_id, subject=f"group:{group.id}", **what)


def _group(row: GroupTable) -> Group:
    return Group(row.id, row.class_id, row.name)
