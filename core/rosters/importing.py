"""A list of people taken in: read, compared with the store, shown, and applied as a whole or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, tzinfo
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from core import clock
from core.errors import InputError
from core.rosters.columns import Column, find_headings
from core.rosters.people_rows import PersonRow, read_person
from core.rosters.plan import Action, Known, PersonPlan, Wishes, plan_people
from core.settings import Settings
from core.store import classes, groups, students
from core.store.database import Store
from core.store.text import clean_code, key_of
from core.tables_in import read_table

_NOON = time(12)
"""A day of consent is stored as its noon, so that no other time zone makes another day of it."""
_SHOWN_ROWS = 5


@dataclass(frozen=True, slots=True)
class PeopleImport:
    """What to take in, and how.

    columns: field -> heading, where the guess from the headings is wrong.  skip_bad: take the good rows although there
    are bad ones.  The other columns as in :class:`core.rosters.plan.Wishes`.
    """

    path: Path
    sheet: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    default_class: str | None = None
    rename: bool = False
    create: bool = False
    skip_bad: bool = False


@dataclass(frozen=True, slots=True)
class PeopleOutcome:
    """What would happen, or has happened when ``applied``.

    unused: headings that mean nothing here; first_rows: the first people as they were understood; new_classes: codes;
    new_groups: class code and name; notes: sentences about the file.
    """

    file: str
    sheet: str | None
    header_row: int
    columns: tuple[Column, ...]
    unused: tuple[str, ...]
    first_rows: tuple[PersonRow, ...]
    people: tuple[PersonPlan, ...]
    new_classes: tuple[str, ...]
    new_groups: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    applied: bool

    def of(self, action: Action) -> list[PersonPlan]:
        """The people to whom this happens."""
        return [one for one in self.people if one.action == action]

    @property
    def has_changes(self) -> bool:
        return any(one.action in ("new", "changed") for one in self.people)

    def as_json(self) -> dict[str, Any]:
        """The contract of ``import people --json``."""
        return {
            "file": self.file,
            "sheet": self.sheet,
            "header_row": self.header_row,
            "columns": [{"field": one.field, "heading": one.heading} for one in self.columns],
            "unused": list(self.unused),
            "applied": self.applied,
            "counts": {action: len(self.of(action)) for action in ("new", "changed", "same", "bad")},
            "new_classes": list(self.new_classes),
            "new_groups": [{"class": code, "name": name} for code, name in self.new_groups],
            "people": [
                {
                    "rows": list(one.rows),
                    "roll": one.roll,
                    "name": one.name,
                    "action": one.action,
                    "changes": [{"field": each.field, "old": each.old, "new": each.new} for each in one.changes],
                    "problems": list(one.problems),
                    "warnings": list(one.warnings),
                }
                for one in self.people
            ],
            "notes": list(self.notes),
        }


def preview_people(store: Store, settings: Settings, request: PeopleImport) -> PeopleOutcome:
    """What taking in a list would do; nothing is written.

    Raises InputError when the file cannot be read or its headings mean nothing, NotFoundError for an unknown class.
    """
    with store.read() as db:
        return _planned(db, settings, request)


def import_people(store: Store, settings: Settings, request: PeopleImport) -> PeopleOutcome:
    """Take in a list: everything or, with any bad row and without ``skip_bad``, nothing (``applied`` is False then).

    Raises as :func:`preview_people`.
    """
    with store.transaction() as db:
        planned = _planned(db, settings, request)
        if planned.of("bad") and not request.skip_bad:
            return planned
        _apply(db, settings, planned)
    return replace(planned, applied=True)


def _planned(db: Session, settings: Settings, request: PeopleImport) -> PeopleOutcome:
    wishes = Wishes(_default_class(db, request), request.rename, request.create)
    table = read_table(request.path, request.sheet)
    headings = find_headings(table, request.columns, request.path.name)
    known = Known.read(db, clock.school_zone(settings))
    below = [row for row in table.rows if row.number > headings.row]
    rows = [read_person(row, headings, is_csv=table.is_csv, class_keys=known.classes.keys()) for row in below]
    if not rows:
        raise InputError(f"{request.path.name} has headings in row {headings.row} but nobody below them.")
    people = plan_people(rows, known, wishes)
    wanted = [one for one in people if one.action != "bad"]
    codes = {key_of(code): code for one in wanted for code in one.joins}
    made = {(key_of(code), key_of(name)): (code, name) for one in wanted for code, name in one.groups}
    return PeopleOutcome(
        file=request.path.name,
        sheet=table.sheet,
        header_row=headings.row,
        columns=headings.columns,
        unused=headings.unused,
        first_rows=tuple(rows[:_SHOWN_ROWS]),
        people=tuple(people),
        new_classes=tuple(code for key, code in codes.items() if key not in known.classes),
        new_groups=tuple(group for key, group in made.items() if key not in known.members),
        notes=table.notes,
        applied=False,
    )


def _default_class(db: Session, request: PeopleImport) -> str | None:
    if request.default_class is None:
        return None
    code = clean_code(request.default_class)
    # With --create-classes it is made; without, the sentence names the classes there are.
    return code if request.create else classes.get_class(db, code).code


def _apply(db: Session, settings: Settings, planned: PeopleOutcome) -> None:
    for code in planned.new_classes:
        classes.add_class(db, code, code)
    found = {key_of(one.code): one.id for one in classes.list_classes(db)}
    for code, name in planned.new_groups:
        groups.add_group(db, found[key_of(code)], name)
    parts = {(one.class_id, key_of(one.name)): one for one in groups.list_groups(db)}
    for person in (*planned.of("new"), *planned.of("changed")):
        student_id = _save(db, settings, person)
        for code in person.joins:
            classes.add_to_roster(db, found[key_of(code)], student_id)
        for code, name in person.groups:
            groups.add_member(db, parts[found[key_of(code)], key_of(name)], student_id)


def _save(db: Session, settings: Settings, person: PersonPlan) -> int:
    new = {one.field: one.new for one in person.changes}
    student_id = person.student_id
    if student_id is None:
        student_id = students.add_student(db, person.roll, person.name).id
        new.pop("name", None)
    texts = {name: new[name] for name in ("name", "email", "parents_email") if name in new}
    if texts:
        students.edit_student(db, student_id, **texts)
    if "active" in new:
        students.set_active(db, student_id, new["active"] == "yes")
    if person.consent is not None:
        text, day = person.consent
        zone = clock.school_zone(settings)
        at = clock.now() if day is None else _noon_of(datetime.combine(day, _NOON), zone)
        students.record_consent(db, student_id, text, at)
    return student_id


def _noon_of(noon: datetime, zone: tzinfo | None) -> datetime:
    return (noon.replace(tzinfo=zone) if zone else noon.astimezone()).astimezone(UTC)
