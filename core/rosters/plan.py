"""What taking in a list would do: compared with the store, person by person; nothing is written here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, tzinfo
from typing import Literal

from sqlalchemy.orm import Session

from core import clock
from core.records import SchoolClass, Student
from core.rosters.people_rows import PersonRow, is_plain_yes
from core.store import classes, groups, students
from core.store.text import key_of

Action = Literal["new", "changed", "same", "bad"]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One thing that would change.  old: "" where there was nothing."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """What would happen to one person.

    rows: numbers of the rows in the file.  problems: why nothing will, one sentence each; warnings: to look at.
    student_id: None for a new one.
    """

    rows: tuple[int, ...]
    roll: str
    name: str
    action: Action
    changes: tuple[FieldChange, ...] = ()
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    student_id: int | None = field(default=None, repr=False)
    row: PersonRow | None = field(default=None, repr=False)
    joins: tuple[str, ...] = ()
    """Codes of the classes they come into."""
    groups: tuple[tuple[str, str], ...] = ()
    """Class code and name of the groups they come into."""
    consent: tuple[str, date | None] | None = None
    """Text and day of a consent to record."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person decided beforehand.

    default_class: everybody comes into it.  rename: a name that differs is the new one.  create: classes and groups
    that are not there are made.
    """

    default_class: str | None = None
    rename: bool = False
    create: bool = False


@dataclass(slots=True)
class Known:
    """The school as it is, read once."""

    zone: tzinfo | None
    people: Mapping[str, Student]
    stripped: Mapping[str, Student]
    classes: dict[str, SchoolClass]
    rosters: Mapping[str, set[int]]
    members: Mapping[tuple[str, str], set[int]]

    @classmethod
    def read(cls, db: Session, zone: tzinfo | None) -> "Known":
        """Look at the store."""
        everybody = students.list_students(db)
        found = classes.list_classes(db)
        codes = {one.id: key_of(one.code) for one in found}
        return cls(
            zone=zone,
            people={key_of(one.roll): one for one in everybody},
            stripped={key_of(one.roll).lstrip("0"): one for one in everybody},
            classes={key_of(one.code): one for one in found},
            rosters={key_of(one.code): {who.id for who in classes.roster(db, one.id)} for one in found},
            members={
                (codes[one.class_id], key_of(one.name)): classes.members(db, one.id) for one in groups.list_groups(db)
            },
        )


def plan_people(rows: Iterable[PersonRow], known: Known, wishes: Wishes) -> list[PersonPlan]:
    """One plan for each person, in the order of the file; rows of one roll number and name are one person."""
    together: dict[str, list[PersonRow]] = {}
    for row in rows:
        # A row without a roll number is somebody of its own.
        together.setdefault(key_of(row.roll) or f"\n{row.numbers[0]}", []).append(row)
    return [_plan(_united(same), known, wishes) for same in together.values()]


def _united(rows: list[PersonRow]) -> PersonRow:
    """Several rows of one roll number as one; what they contradict each other in is a problem."""
    first = rows[0]
    for other in rows[1:]:
        problems = []
        for name, words in _ONCE.items():
            one, two = getattr(first, name), getattr(other, name)
            if one and two and key_of(str(one)) != key_of(str(two)):
                problems.append(
                    f"The roll number {first.roll} stands in row {first.numbers[0]} with another {words}: "
                    f"there “{one}”, in row {other.numbers[0]} “{two}”."
                )
        filled = {name: getattr(first, name) or getattr(other, name) for name in _ONCE}
        first = replace(
            first,
            **filled,
            active=other.active if first.active is None else first.active,
            consent_given=other.consent_given if first.consent_given is None else first.consent_given,
            numbers=(*first.numbers, *other.numbers),
            classes=tuple(dict.fromkeys((*first.classes, *other.classes))),
            groups=tuple(dict.fromkeys((*first.groups, *other.groups))),
            problems=(*first.problems, *other.problems, *problems),
            warnings=(*first.warnings, *other.warnings),
        )
    return first


_ONCE = {
    "name": "name",
    "email": "e-mail address",
    "parents_email": "e-mail address of the parents",
    "consent": "consent",
    "consent_day": "day of consent",
}


def _plan(row: PersonRow, known: Known, wishes: Wishes) -> PersonPlan:
    there = known.people.get(key_of(row.roll)) if row.roll else None
    problems, warnings = [*row.problems], [*row.warnings]
    if there is None and row.roll:
        problems += _new_problems(row, known)
    elif there is not None and row.name and key_of(there.name) != key_of(row.name) and not wishes.rename:
        problems.append(
            f"The roll number {there.roll} belongs to “{there.name}”, here it is “{row.name}”. "
            "Correct one of them, or say that the name has changed: --rename"
        )
    joins, more = _joins(row, there, known, wishes)
    inside, also = _groups(row, there, known, wishes)
    consent, doubt = _consent(row, there, known)
    problems += more + also
    warnings += doubt
    plan = PersonPlan(
        rows=row.numbers,
        roll=there.roll if there else row.roll,
        name=row.name or (there.name if there else ""),
        action="bad",
        problems=tuple(dict.fromkeys(problems)),
        warnings=tuple(dict.fromkeys(warnings)),
        student_id=there.id if there else None,
        row=row,
        joins=tuple(joins),
        groups=tuple(inside),
        consent=consent,
    )
    if problems:
        return plan
    changes = tuple(_changes(plan, row, there, known))
    return replace(plan, action="new" if there is None else "changed" if changes else "same", changes=changes)


def _new_problems(row: PersonRow, known: Known) -> list[str]:
    problems = []
    if not row.name and not row.problems:
        problems.append(f"{row.roll} is new, so a name is needed.")
    near = known.stripped.get(key_of(row.roll).lstrip("0"))
    if near is not None and row.name and key_of(near.name) == key_of(row.name):
        problems.append(
            f"There is no roll number {row.roll}, but {near.roll} {near.name}. "
            "Correct the leading zeros, which Excel drops in columns of numbers."
        )
    return problems


def _joins(row: PersonRow, there: Student | None, known: Known, wishes: Wishes) -> tuple[list[str], list[str]]:
    """Codes of classes the person comes into, and problems."""
    joins, problems = [], []
    for code in _classes_of(row, wishes):
        found = known.classes.get(key_of(code))
        if found is None and not wishes.create:
            problems.append(f"There is no class “{code}”. Correct it, or have it made: --create-classes")
        elif there is None or there.id not in known.rosters.get(key_of(code), set()):
            joins.append(found.code if found else code)
    return joins, problems


def _classes_of(row: PersonRow, wishes: Wishes) -> list[str]:
    every = (*row.classes, *((wishes.default_class,) if wishes.default_class else ()))
    return list({key_of(one): one for one in reversed(every)}.values())[::-1]


def _groups(
    row: PersonRow, there: Student | None, known: Known, wishes: Wishes
) -> tuple[list[tuple[str, str]], list[str]]:
    """Class code and name of the groups the person comes into, and problems."""
    mine = _classes_of(row, wishes)
    if there is not None:
        mine += [one.code for key, one in known.classes.items() if there.id in known.rosters[key]]
    mine = list({key_of(one): one for one in mine}.values())
    named = _classes_of(row, wishes) or mine
    inside, problems = [], []
    for text in row.groups:
        code, name = _group_named(text, mine, named)
        if code is None:
            problems.append(f"Whose group is “{text}”? Write the class before it, like CS101: {text}")
            continue
        members = known.members.get((key_of(code), key_of(name)))
        if members is None and not wishes.create:
            problems.append(f"{code} has no group “{name}”. Correct it, or have it made: --create-classes")
        elif members is None or there is None or there.id not in members:
            inside.append((code, name))
    return list({(key_of(code), key_of(name)): (code, name) for code, name in inside}.values()), problems


def _group_named(text: str, mine: Iterable[str], named: list[str]) -> tuple[str | None, str]:
    """“CODE: group”, or the group alone of somebody with one class."""
    fitting = [code for code in mine if key_of(text).startswith(f"{key_of(code)}: ")]
    if fitting:
        code = max(fitting, key=len)
        return code, text[len(code) + 2 :].strip()
    return (named[0], text) if len(named) == 1 else (None, text)


def _consent(row: PersonRow, there: Student | None, known: Known) -> tuple[tuple[str, date | None] | None, list[str]]:
    """A consent to record, or None; and warnings."""
    stored = there.consent if there else None
    day = row.consent_day
    if row.consent is None or (stored is not None and key_of(stored) == key_of(row.consent)):
        # Only its day can be different.
        if stored is None or day is None:
            return None, ["There is a day of consent but no consent."] if day and stored is None else []
        return (None if day == consent_day(there, known.zone) else (stored, day)), []
    if row.consent_given is False:
        if stored is None:
            return None, []
        return None, [f"The list says that there is no consent, but “{stored}” is stored; that stays until you act."]
    if is_plain_yes(row.consent):
        return (None if stored else ("given according to a list", day)), []
    return (row.consent, day), []


def consent_day(student: Student | None, zone: tzinfo | None) -> date | None:
    """The day of a student's consent on the school's calendar."""
    at = student.consent_at if student else None
    return None if at is None else clock.local(at, zone).date()


def _changes(plan: PersonPlan, row: PersonRow, there: Student | None, known: Known) -> Iterable[FieldChange]:
    simple: dict[str, tuple[str, str | None]] = {
        "name": (there.name if there else "", row.name or None),
        "email": ((there.email or "") if there else "", row.email),
        "parents_email": ((there.parents_email or "") if there else "", row.parents_email),
    }
    for name, (old, new) in simple.items():
        if new is not None and old != new:
            yield FieldChange(name, old, new)
    was_active = there.active if there else True
    if row.active is not None and row.active != was_active:
        yield FieldChange("active", _yes(was_active), _yes(row.active))
    if plan.consent is not None:
        old_text, old_day = (there.consent or "", consent_day(there, known.zone)) if there else ("", None)
        yield FieldChange("consent", _with_day(old_text, old_day), _with_day(*plan.consent))
    for code in plan.joins:
        yield FieldChange("class", "", code)
    for code, name in plan.groups:
        yield FieldChange("group", "", f"{code}: {name}")


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _with_day(text: str, day: date | None) -> str:
    return f"{text} ({day})" if text and day else text
