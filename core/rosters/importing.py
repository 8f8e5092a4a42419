"""A list of people taken in: read, compared with the store, shown, and applied as a whole or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, tzinfo
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from core import clock
from core.access import guarded
from core.errors import InputError
from core.rosters.columns import Column, Headings, find_headings
from core.rosters.people_rows import PersonRow, read_person
from core.rosters.plan import Action, Known, PersonPlan, Wishes, plan_people
from core.settings import Settings
from core.store import audit, classes, consents, groups, students
from core.store.database import Store
from core.store.students import StudentDraft
from core.store.text import clean_code, key_of
from core.tables_in import Table, read_table

_NOON = time(12)
"""A day of consent is stored as its noon, so that no other time zone makes another day of it."""
_SHOWN_ROWS = 5
_WRITTEN: tuple[Action, ...] = ("new", "changed")


@dataclass(frozen=True, slots=True)
class PeopleImport:
    """What to take in, and how.

    columns: field -> heading, where the guess from the headings is wrong, "" for none.  skip_bad: take the good rows
    although there are bad ones.  The other columns as in :class:`core.rosters.plan.Wishes`.
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
    def counts(self) -> dict[str, int]:
        """What the audit keeps of it."""
        return {"people": len(self.people), "new": len(self.of("new")), "changed": len(self.of("changed"))}

    @property
    def has_changes(self) -> bool:
        return any(one.action in _WRITTEN for one in self.people)

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


@guarded
def preview_people(store: Store, settings: Settings, request: PeopleImport) -> PeopleOutcome:
    """What taking in a list would do; nothing is written.

    Raises InputError when the file cannot be read or its headings mean nothing, NotFoundError for an unknown class.
    """
    table = read_table(request.path, request.sheet)
    with store.read() as db:
        return _planned(db, settings, request, table)


@guarded
def import_people(store: Store, settings: Settings, request: PeopleImport) -> PeopleOutcome:
    """Take in a list: everything or, with any bad row and without ``skip_bad``, nothing (``applied`` is False then).

    Raises as :func:`preview_people`.
    """
    # Before the store is locked for others: a large file takes a while.
    table = read_table(request.path, request.sheet)
    with store.transaction() as db:
        planned = _planned(db, settings, request, table)
        if planned.of("bad") and not request.skip_bad:
            return planned
        apply_people(db, settings, planned)
        audit.record(db, None, "people.import", after=planned.counts)
    return replace(planned, applied=True)


def _planned(db: Session, settings: Settings, request: PeopleImport, table: Table) -> PeopleOutcome:
    wishes = Wishes(_default_class(db, request), request.rename, request.create)
    headings = find_headings(table, request.columns, request.path.name)
    known = Known.read(db, clock.school_zone(settings))
    below = [row for row in table.rows if row.number > headings.row]
    rows = [read_person(row, headings, is_csv=table.is_csv, class_keys=known.classes.keys()) for row in below]
    if not rows:
        raise InputError(f"{request.path.name} has headings in row {headings.row} but nobody below them.")
    return replace(
        outcome_of(rows, plan_people(rows, known, wishes), known, headings),
        file=request.path.name,
        sheet=table.sheet,
        notes=table.notes,
    )


def outcome_of(
    rows: Sequence[PersonRow], people: Sequence[PersonPlan], known: Known, headings: Headings
) -> PeopleOutcome:
    """What these plans come to, before anything is written."""
    wanted = [one for one in people if one.action != "bad"]
    codes = {key_of(code): code for one in wanted for code in one.joins}
    made = {(key_of(code), key_of(name)): (code, name) for one in wanted for code, name in one.groups}
    return PeopleOutcome(
        file="",
        sheet=None,
        header_row=headings.row,
        columns=headings.columns,
        unused=headings.unused,
        first_rows=tuple(rows[:_SHOWN_ROWS]),
        people=tuple(people),
        new_classes=tuple(code for key, code in codes.items() if key not in known.classes),
        new_groups=tuple(group for key, group in made.items() if key not in known.members),
        notes=(),
        applied=False,
    )


def _default_class(db: Session, request: PeopleImport) -> str | None:
    if request.default_class is None:
        return None
    code = clean_code(request.default_class)
    # With --create-classes it is made; without, the sentence names the classes there are.
    return code if request.create else classes.get_class(db, code).code


def apply_people(db: Session, settings: Settings, planned: PeopleOutcome) -> None:
    """Write what was planned in this transaction."""
    zone = clock.school_zone(settings)
    for code in planned.new_classes:
        classes.add_class(db, code, code)
    found = {key_of(one.code): one.id for one in classes.list_classes(db)}
    for code, name in planned.new_groups:
        groups.add_group(db, found[key_of(code)], name)
    parts = {(one.class_id, key_of(one.name)): one for one in groups.list_groups(db)}
    students.add_students(db, [_draft(one, zone) for one in planned.of("new")])
    numbers = {key_of(one.roll): one.id for one in students.list_students(db)}
    for person in planned.of("changed"):
        _change(db, person, numbers[key_of(person.roll)], zone)
    new = ((numbers[key_of(one.roll)], one.consent) for one in planned.of("new"))
    consents.add_imported(db, [(one, said[0], _moment(said[1], zone)) for one, said in new if said is not None])
    touched = [(numbers[key_of(one.roll)], one) for action in _WRITTEN for one in planned.of(action)]
    classes.add_all_to_rosters(db, [(found[key_of(code)], student) for student, one in touched for code in one.joins])
    groups.add_all_members(
        db,
        [(parts[found[key_of(code)], key_of(name)], student) for student, one in touched for code, name in one.groups],
    )


def _draft(person: PersonPlan, zone: tzinfo | None) -> StudentDraft:
    new = {one.field: one.new for one in person.changes}
    text, at = (None, None) if person.consent is None else (person.consent[0], _moment(person.consent[1], zone))
    return StudentDraft(
        roll=person.roll,
        name=person.name,
        email=new.get("email"),
        parents_email=new.get("parents_email"),
        active=new.get("active") != "no",
        consent_text=text,
        consent_at=at,
    )


def _change(db: Session, person: PersonPlan, student_id: int, zone: tzinfo | None) -> None:
    new = {one.field: one.new for one in person.changes}
    texts = {name: new[name] for name in ("name", "email", "parents_email") if name in new}
    if texts:
        students.edit_student(db, student_id, **texts)
    if "active" in new:
        students.set_active(db, student_id, new["active"] == "yes")
    if person.consent is not None:
        consents.record_consent(db, student_id, person.consent[0], _moment(person.consent[1], zone))


def _moment(day: date | None, zone: tzinfo | None) -> datetime:
    """When a consent of that day was given; now without one."""
    if day is None:
        return clock.now()
    noon = datetime.combine(day, _NOON)
    return (noon.replace(tzinfo=zone) if zone else noon.astimezone()).astimezone(UTC)
