"""Groups, parts of a class: listed, added, renamed and removed; who joins and leaves."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from core.access import guarded, own_classes
from core.errors import InputError
from core.records import SchoolClass, Student
from core.store import groups, people
from core.store.database import Store
from core.store.groups import Group


@dataclass(frozen=True, slots=True)
class GroupCard:
    """A group with its class and its students by roll number."""

    school_class: SchoolClass
    group: Group
    students: tuple[Student, ...]


@guarded
def list_groups(store: Store) -> tuple[GroupCard, ...]:
    """The groups of all classes, a teacher's own ones or an admin's all."""
    with store.read() as db:
        own = own_classes(db)
        return _cards(db, people.list_classes(db, own), own)


@guarded
def groups_of_class(store: Store, class_code: str) -> tuple[GroupCard, ...]:
    """The groups of a class by name.  Raises NotFoundError."""
    with store.read() as db:
        school_class = people.get_class(db, class_code)
        return _cards(db, [school_class], {school_class.id})


def _cards(db: Session, classes: Sequence[SchoolClass], class_ids: set[int] | None) -> tuple[GroupCard, ...]:
    known = {one.id: one for one in classes}
    inside = groups.members_by_group(db, class_ids)
    found = groups.list_groups(db, class_ids=class_ids)
    return tuple(GroupCard(known[one.class_id], one, tuple(inside.get(one.id, ()))) for one in found)


@guarded
def add_group(store: Store, class_code: str, name: str, rolls: Sequence[str] = ()) -> GroupCard:
    """Add a group with these students.

    Raises NotFoundError, ConflictError when the class has one of this name, InputError for a student of another class.
    """
    with store.transaction() as db:
        school_class = people.get_class(db, class_code)
        return _joined(db, school_class, groups.add_group(db, school_class.id, name), rolls)


@guarded
def join_group(store: Store, class_code: str, name: str, rolls: Sequence[str]) -> GroupCard:
    """Put students of the class into a group: all of them or nobody.  Raises NotFoundError, InputError."""
    with store.transaction() as db:
        school_class, group = _find(db, class_code, name)
        return _joined(db, school_class, group, rolls)


def _joined(db: Session, school_class: SchoolClass, group: Group, rolls: Sequence[str]) -> GroupCard:
    for roll in rolls:
        groups.add_member(db, group, people.get_student(db, roll).id)
    return _card(db, school_class, group)


@guarded
def leave_group(store: Store, class_code: str, name: str, rolls: Sequence[str]) -> GroupCard:
    """Take students out of a group, all of them or nobody; they stay in the class.

    Raises NotFoundError, InputError for one who is not in it.
    """
    with store.transaction() as db:
        school_class, group = _find(db, class_code, name)
        for roll in rolls:
            student = people.get_student(db, roll)
            if not groups.remove_member(db, group.id, student.id):
                raise InputError(f"{student.roll} {student.name} is not in the group “{group.name}”.")
        return _card(db, school_class, group)


@guarded
def rename_group(store: Store, class_code: str, name: str, new_name: str) -> GroupCard:
    """Give a group another name.  Raises NotFoundError, ConflictError when the class has one of this name."""
    with store.transaction() as db:
        school_class, group = _find(db, class_code, name)
        return _card(db, school_class, groups.rename_group(db, group.id, new_name))


@guarded
def remove_group(store: Store, class_code: str, name: str) -> GroupCard:
    """Delete a group, which is given as it was; its students stay in the class.

    Raises NotFoundError, ConflictError when it has sessions.
    """
    with store.transaction() as db:
        school_class, group = _find(db, class_code, name)
        gone = _card(db, school_class, group)
        groups.delete_group(db, group.id)
    return gone


def _find(db: Session, class_code: str, name: str) -> tuple[SchoolClass, Group]:
    school_class = people.get_class(db, class_code)
    return school_class, groups.get_group(db, school_class.id, name)


def _card(db: Session, school_class: SchoolClass, group: Group) -> GroupCard:
    return GroupCard(school_class, group, tuple(groups.group_members(db, group.id)))
