"""Whom and what rows of the audit are about, by the names they have now.

The audit itself keeps numbers only, so that nobody's name outlives them in it; who was erased stays a number.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.access import guarded
from core.store import accounts, groups, people, rooms, sessions, teachers
from core.store.audit import AuditRow
from core.store.database import Store
from core.store.register_grid import students_by_id


@dataclass(frozen=True, slots=True)
class AuditNames:
    """Names by number.  classes: codes; students: roll number and name; lessons: the class's code and start (aware)."""

    classes: Mapping[int, str] = field(default_factory=dict)
    students: Mapping[int, str] = field(default_factory=dict)
    lessons: Mapping[int, tuple[str, datetime]] = field(default_factory=dict)
    accounts: Mapping[int, str] = field(default_factory=dict)
    teachers: Mapping[int, str] = field(default_factory=dict)
    rooms: Mapping[int, str] = field(default_factory=dict)
    groups: Mapping[int, str] = field(default_factory=dict)


@guarded
def names_of(store: Store, rows: Iterable[AuditRow]) -> AuditNames:
    """The names that these rows need."""
    given = list(rows)
    students = {one.student_id for one in given if one.student_id is not None}
    students |= {number for one in given for number in _numbers(one, "student")}
    held = {one.session_id for one in given if one.session_id is not None}
    held |= {number for one in given for number in _numbers(one, "session")}
    with store.read() as db:
        classes = {one.id: one.code for one in people.list_classes(db)}
        found = sessions.sessions_by_id(db, held).values()
        return AuditNames(
            classes=classes,
            students={n: f"{one.roll} {one.name}" for n, one in students_by_id(db, students).items()},
            lessons={one.id: (classes[one.class_id], one.starts_at) for one in found},
            accounts={one.id: one.name for one in accounts.list_accounts(db)},
            teachers={one.id: one.name for one in teachers.list_teachers(db)},
            rooms={one.id: one.name for one in rooms.list_rooms(db)},
            groups={one.id: one.name for one in groups.list_groups(db)},
        )


def _numbers(row: AuditRow, kind: str) -> set[int]:
    """The numbers of one kind in what there was before and is now, alone or as a list."""
    found: set[int] = set()
    for data in (row.before, row.after):
        known: dict[str, Any] = data if isinstance(data, dict) else {}
        for value in (known.get(kind), *_listed(known.get(f"{kind}s"))):
            if isinstance(value, int) and not isinstance(value, bool):
                found.add(value)
    return found


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - whatever was recorded
    return value if isinstance(value, list) else []
