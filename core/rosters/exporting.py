"""The school's people as a file that other programs open, and that can be taken in again without any change."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from core import clock
from core.access import guarded
from core.files import Written
from core.records import SchoolClass
from core.rosters.lists import join_list
from core.rosters.plan import consent_day
from core.settings import Settings
from core.store import classes, groups, students
from core.store.database import Store
from core.store.groups import Group
from core.tables_out import Value, write_table

HEADINGS = ("Roll", "Name", "E-mail", "Parents' e-mail", "Classes", "Groups", "Consent", "Consent date", "Active")


@dataclass(frozen=True, slots=True)
class Exported:
    """Where the file is, and how many people are in it."""

    written: Written
    people: int


@guarded
def export_people(store: Store, settings: Settings, path: Path, class_code: str | None = None) -> Exported:
    """Write all students, or those of a class, as ``.csv``, ``.xlsx`` or ``.ods``, inactive ones too.

    Raises NotFoundError for an unknown class, InputError for another ending, DiskFullError.
    """
    with store.read() as db:
        chosen = None if class_code is None else classes.get_class(db, class_code)
        rows = _rows(db, settings, chosen)
    title = chosen.code if chosen is not None else "People"
    return Exported(write_table(path, title, HEADINGS, rows), len(rows))


def _rows(db: Session, settings: Settings, chosen: SchoolClass | None) -> list[list[Value]]:
    zone = clock.school_zone(settings)
    shown = classes.list_classes(db) if chosen is None else [chosen]
    everybody = students.list_students(db) if chosen is None else classes.roster(db, chosen.id)
    codes = {one.id: one.code for one in shown}
    classes_of: dict[int, list[str]] = {}
    groups_of: dict[int, list[str]] = {}
    for one in shown:
        for student in classes.roster(db, one.id):
            classes_of.setdefault(student.id, []).append(one.code)
    for group in groups.list_groups(db):
        if group.class_id in codes:
            for member in classes.members(db, group.id):
                groups_of.setdefault(member, []).append(_with_class(group, codes))
    return [
        [
            one.roll,
            one.name,
            one.email,
            one.parents_email,
            join_list(classes_of.get(one.id, ())),
            join_list(groups_of.get(one.id, ())),
            one.consent,
            consent_day(one, zone),
            "yes" if one.active else "no",
        ]
        for one in everybody
    ]


def _with_class(group: Group, codes: dict[int, str]) -> str:
    return f"{codes[group.class_id]}: {group.name}"
