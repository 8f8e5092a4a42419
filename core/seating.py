"""The seating plan of a class: who sits where, seen and changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy.orm import Session

from core.access import guarded
from core.errors import InputError
from core.records import SchoolClass, Student
from core.seats import Place, Seats, empty_seats
from core.store import people
from core.store import seats as stored
from core.store.database import Store
from core.store.text import clean_text, key_of, natural_order

Order = Literal["roll", "name"]


@dataclass(frozen=True, slots=True)
class SeatingPlan:
    """students: who comes to the class, by roll number; is_made: False while nobody made a plan, then it is empty."""

    school_class: SchoolClass
    students: tuple[Student, ...]
    seats: Seats
    is_made: bool

    @property
    def standing(self) -> tuple[Student, ...]:
        """Who has no seat, by roll number."""
        return tuple(one for one in self.students if one.id not in self.seats.places)


@dataclass(frozen=True, slots=True)
class SeatChange:
    """What to change of a plan, one after another as it stands here.

    clear: nobody has a seat; size: rows and columns; fill: everybody in this order; stand: roll numbers of who loses
    the seat; sit: places by roll number, and who sat there takes the seat that becomes free.
    """

    clear: bool = False
    size: tuple[int, int] | None = None
    fill: Order | None = None
    stand: tuple[str, ...] = ()
    sit: Mapping[str, Place] = field(default_factory=dict)


@guarded
def seating_plan(store: Store, class_code: str) -> SeatingPlan:
    """The seating plan of a class.  Raises NotFoundError."""
    with store.read() as db:
        return _plan(db, people.get_class(db, class_code))


@guarded
def save_seating(store: Store, class_code: str, seats: Seats) -> SeatingPlan:
    """Make this the plan of a class; who left it meanwhile gets no seat.  Raises NotFoundError."""
    with store.transaction() as db:
        school_class = people.get_class(db, class_code)
        stored.save_seats(db, school_class.id, seats)
        return _plan(db, school_class)


@guarded
def change_seats(store: Store, class_code: str, change: SeatChange) -> SeatingPlan:
    """Change the plan of a class: all that is asked for, or nothing.

    Raises NotFoundError, InputError for a size or place that cannot be and for who does not come to the class.
    """
    with store.transaction() as db:
        before = _plan(db, people.get_class(db, class_code))
        stored.save_seats(db, before.school_class.id, _changed(before, change))
        return _plan(db, before.school_class)


def ordered(students: tuple[Student, ...], order: Order) -> list[int]:
    """The numbers of the students by roll number or name."""
    text = {one.id: one.roll if order == "roll" else one.name for one in students}
    return sorted(text, key=lambda one: natural_order(text[one]))


def _changed(plan: SeatingPlan, change: SeatChange) -> Seats:
    seats = plan.seats
    if change.clear:
        seats = seats.only(())
    if change.size is not None:
        seats = seats.resized(*change.size)
    if change.fill is not None:
        seats = seats.filled(ordered(plan.students, change.fill))
    seats = seats.without([_numbered(plan, roll) for roll in change.stand])
    for roll, place in change.sit.items():
        seats = seats.put(_numbered(plan, roll), place)
    return seats


def _numbered(plan: SeatingPlan, roll: str) -> int:
    wanted = key_of(clean_text(roll))
    found = next((one.id for one in plan.students if key_of(one.roll) == wanted), None)
    if found is None:
        raise InputError(f"Nobody with the roll number “{clean_text(roll, 40)}” comes to {plan.school_class.code}.")
    return found


def _plan(db: Session, school_class: SchoolClass) -> SeatingPlan:
    students = tuple(one for one in people.roster(db, school_class.id) if one.active)
    seats = stored.seats_of(db, school_class.id)
    return SeatingPlan(school_class, students, seats or empty_seats(len(students)), seats is not None)
