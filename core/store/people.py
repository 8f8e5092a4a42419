"""Students, classes and rosters, under one name.

The functions take the session of ``Store.transaction()`` or ``Store.read()`` first and give frozen records back.
"""

from sqlalchemy.orm import Session

from core.store.classes import (
    add_class,
    add_to_roster,
    classes_of,
    delete_class,
    edit_class,
    get_class,
    get_class_by_id,
    joined_at,
    list_classes,
    members,
    remove_from_roster,
    roster,
    set_room,
)
from core.store.students import (
    Erased,
    add_student,
    check_student,
    delete_student,
    edit_student,
    find_or_add_student,
    find_student,
    get_student,
    get_student_by_id,
    list_students,
    record_consent,
    set_active,
)

__all__ = [
    "Erased",
    "Session",
    "add_class",
    "add_student",
    "add_to_roster",
    "check_student",
    "classes_of",
    "delete_class",
    "delete_student",
    "edit_class",
    "edit_student",
    "find_or_add_student",
    "find_student",
    "get_class",
    "get_class_by_id",
    "get_student",
    "get_student_by_id",
    "joined_at",
    "list_classes",
    "list_students",
    "members",
    "record_consent",
    "remove_from_roster",
    "roster",
    "set_active",
    "set_room",
]
