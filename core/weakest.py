"""Who is below the school's minimum, at a glance: how many, and the weakest of them.

The report of the same name says much more, and walks through the whole timetable for it.
"""

from dataclasses import dataclass

from core.access import guarded, own_classes
from core.settings import Settings
from core.store import people, tallies
from core.store.database import Store
from core.store.tallies import Scope


@dataclass(frozen=True, slots=True)
class Weak:
    """A student in a class; percent: attendance over the lessons held, 0-100."""

    roll: str
    name: str
    class_code: str
    percent: float


@dataclass(frozen=True, slots=True)
class BelowMinimum:
    """students: how many, each counted once; weakest: entries of a student in a class, the weakest first."""

    students: int
    weakest: tuple[Weak, ...]


@guarded
def below_minimum(store: Store, settings: Settings, most: int) -> BelowMinimum:
    """Of a teacher those in the classes they teach, of others all; ``most`` entries are named.  Raises StoreError."""
    with store.read() as db:
        own = own_classes(db)
        marked = tallies.by_class(db, Scope(class_ids=own))
        found = []
        for one in tallies.memberships(db, own):
            tally = marked.get((one.student_id, one.class_id))
            share = None if tally is None else tally.percent
            if share is not None and share < settings.minimum_percent:
                found.append((share, one.student_id, one.class_id))
        named = sorted(found)[:most]
        names = tallies.names_of(db, {student_id for _share, student_id, _class_id in named})
        codes = {one.id: one.code for one in people.list_classes(db)}
    weakest = tuple(Weak(*names[student_id], codes[class_id], share) for share, student_id, class_id in named)
    return BelowMinimum(len({student_id for _share, student_id, _class_id in found}), weakest)
