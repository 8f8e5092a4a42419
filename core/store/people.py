"""Students, classes and rosters, under one name.

The functions take the session of ``Store.transaction()`` or ``Store.read()`` first and give frozen records back.
"""

from sqlalchemy.orm import Session

from core.store.classes import (
    add_class,
    add_to_roster,
    classes_of,
    codes_by_student,
    count_rosters,
    delete_class,
    edit_class,
    get_class,
    get_class_by_id,
    joined_at,
    list_classes,
    members,
    move,
    remove_from_roster,
    remove_teacher,
    roster,
)
from core.store.consents import record_consent
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
    rolls_by_id,
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
    "codes_by_student",
    "count_rosters",
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
    "move",
    "record_consent",
    "remove_from_roster",
    "remove_teacher",
    "rolls_by_id",
    "roster",
    "set_active",
]
