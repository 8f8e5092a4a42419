"""Rosters that another program of the school pushes: taken in as files of people are, as a whole or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from core import clock
from core.access import guarded, own_classes
from core.errors import InputError
from core.rosters import columns
from core.rosters.columns import Column, Headings
from core.rosters.importing import PeopleOutcome, apply_people, outcome_of
from core.rosters.lists import join_list
from core.rosters.people_rows import read_person
from core.rosters.plan import Known, PersonPlan, Wishes, plan_people
from core.settings import Settings
from core.store import audit, classes
from core.store.database import Store
from core.store.text import key_of
from core.tables_in import Cell, Row

MOST_PEOPLE = 20_000
_FIELDS = (
    columns.ROLL,
    columns.NAME,
    columns.EMAIL,
    columns.PARENTS_EMAIL,
    columns.CLASSES,
    columns.GROUPS,
    columns.ACTIVE,
)
_HEADINGS = Headings(0, tuple(Column(name, name, place) for place, name in enumerate(_FIELDS)), ())
_NAMELESS = replace(_HEADINGS, columns=tuple(one for one in _HEADINGS.columns if one.field != columns.NAME))
"""Who is known by the roll number already needs no name."""
_OTHERS = "This is a student of other classes, so only the same name can be given, and nothing else be changed."
_ELSEWHERE = "This token is only for one class, and this is about another."


@dataclass(frozen=True, slots=True)
class Pushed:
    """One person as another program knows them; what is None or empty is left as it is stored."""

    roll: str
    name: str = ""
    email: str = ""
    parents_email: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class PushWishes:
    """How a roster is taken in.

    rename: a name that differs is the new one.  create: classes and groups that are not there are made.  remove: who is
    not named leaves the class; their marks stay.  dry_run: only say what would happen.
    """

    rename: bool = False
    create: bool = False
    remove: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class PushOutcome:
    """What happened, or would.  left: roll numbers of who is taken off the class."""

    people: PeopleOutcome
    left: tuple[str, ...]


@guarded
def push_roster(
    store: Store, settings: Settings, people: Sequence[Pushed], wishes: PushWishes, class_code: str | None = None
) -> PushOutcome:
    """Take in a roster; with one row that cannot be taken nothing is written.  The same twice changes nothing.

    class_code: everybody comes into this class; None: each into those named with them.  Raises InputError for an empty
    or too long list, and for removing without a class; NotFoundError for the class.
    """
    if not 1 <= len(people) <= MOST_PEOPLE:
        raise InputError(f"A roster has from 1 to {MOST_PEOPLE:,} people; this one has {len(people):,}.")
    if wishes.remove and class_code is None:
        raise InputError("Only from one class can people be taken off by pushing its roster. Name the class.")
    if wishes.dry_run:
        with store.read() as db:
            return _planned(db, settings, people, wishes, class_code)
    with store.transaction() as db:
        planned = _planned(db, settings, people, wishes, class_code)
        if planned.people.of("bad"):
            return planned
        apply_people(db, settings, planned.people)
        if class_code is not None:
            _remove(db, class_code, planned.left)
        if planned.people.has_changes or planned.left:
            counts = {**planned.people.counts, "left": len(planned.left)}
            audit.record(db, None, "rosters.push", after=counts)
    return replace(planned, people=replace(planned.people, applied=True))


def _planned(
    db: Session, settings: Settings, people: Sequence[Pushed], wishes: PushWishes, class_code: str | None
) -> PushOutcome:
    code = None if class_code is None else classes.get_class(db, class_code).code
    known = Known.read(db, clock.school_zone(settings))
    read = [
        read_person(
            _row(number, one), _HEADINGS if one.name else _NAMELESS, is_csv=False, class_keys=known.classes.keys()
        )
        for number, one in enumerate(people, 1)
    ]
    plans = plan_people(read, known, Wishes(code, wishes.rename, wishes.create))
    own = own_classes(db)
    if own is not None:
        keys = {key for key, one in known.classes.items() if one.id in own}
        theirs = set().union(*(known.rosters[one] for one in keys))
        plans = [_kept_to(one, keys, theirs) for one in plans]
    left: tuple[str, ...] = ()
    if wishes.remove and code is not None:
        named = {key_of(one.roll) for one in plans}
        here = known.rosters[key_of(code)]
        left = tuple(one.roll for key, one in known.people.items() if one.id in here and key not in named)
    return PushOutcome(outcome_of(read, plans, known, _HEADINGS), left)


def _row(number: int, one: Pushed) -> Row:
    texts = (one.roll, one.name, one.email, ", ".join(one.parents_email), join_list(one.classes), join_list(one.groups))
    cells = [Cell(text, text, "text") if text else Cell() for text in texts]
    active = Cell() if one.active is None else Cell(str(one.active), one.active, "yes/no")
    return Row(number, (*cells, active))


def _kept_to(plan: PersonPlan, keys: set[str], theirs: set[int]) -> PersonPlan:
    """A token for some classes must not reach into the others.  keys: of the classes; theirs: ids of the students."""
    problem = ""
    if {key_of(one) for one in (*plan.joins, *(code for code, _ in plan.groups))} - keys:
        problem = _ELSEWHERE
    elif plan.student_id is not None and plan.student_id not in theirs:
        named = plan.row is not None and bool(plan.row.name)
        problem = "" if named and all(one.field in ("class", "group") for one in plan.changes) else _OTHERS
    if not problem or plan.action == "bad":
        return plan
    return replace(plan, action="bad", changes=(), problems=(problem,))


def _remove(db: Session, class_code: str, rolls: Sequence[str]) -> None:
    known = classes.get_class(db, class_code)
    gone = {key_of(one) for one in rolls}
    for student in classes.roster(db, known.id):
        if key_of(student.roll) in gone:
            classes.remove_from_roster(db, known.id, student.id)
