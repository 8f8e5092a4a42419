"""Days without lessons."""

from dataclasses import dataclass
from datetime import date

from core.access import guarded
from core.errors import InputError
from core.store import people, timetable
from core.store.database import Store
from core.store.timetable import Closure


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days without lessons; class_code None: for the whole school."""

    closure: Closure
    class_code: str | None


@guarded
def list_holidays(store: Store) -> list[Holiday]:
    """All days without lessons, by day."""
    with store.read() as db:
        codes = {one.id: one.code for one in people.list_classes(db)}
        found = timetable.list_closures(db)
    return [Holiday(one, None if one.class_id is None else codes[one.class_id]) for one in found]


@guarded
def add_holiday(store: Store, first: date, last: date, reason: str, class_code: str | None = None) -> Holiday:
    """Have no lessons from ``first`` to ``last``, both included, in this class (None: in all).

    Raises InputError for days in the wrong order or no reason, ConflictError when just these stand there already,
    NotFoundError for the class.
    """
    check_days(first, last)
    if not reason.strip():
        raise InputError("Say why there are no lessons, like: Winter holidays")
    with store.transaction() as db:
        school_class = None if class_code is None else people.get_class(db, class_code)
        made = timetable.add_closure(db, first, last, reason, None if school_class is None else school_class.id)
    return Holiday(made, None if school_class is None else school_class.code)


@guarded
def delete_holiday(store: Store, number: int) -> None:
    """Have lessons on these days again.  Raises NotFoundError."""
    with store.transaction() as db:
        timetable.delete_closure(db, number)


def check_days(first: date, last: date) -> None:
    """Raises InputError for days in the wrong order."""
    if last < first:
        raise InputError(f"The last day {last} is before the first day {first}. Correct one of them.")
