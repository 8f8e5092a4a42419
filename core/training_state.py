"""Which classes changed since they were trained: what a teacher is told, and what is trained again by itself."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from core.access import guarded, own_classes
from core.records import SchoolClass
from core.store import people, samples, training_runs
from core.store.database import Store
from core.store.training_runs import TrainingRun
from core.versions import EXTENDED_FROM, NEWEST_SAMPLE


@dataclass(frozen=True, slots=True)
class TrainingState:
    """A class and what its version in use (None: never trained) does not know yet.

    students: active ones whose consent stands; with_photos: those of them who have photos.  new_photos, of_students:
    photos that came after the version was made, and of how many.  gone_photos: photos it was made with that are there
    no more, also of students who left.  joined: more students with photos than it knows, below 0 fewer.  went_back:
    somebody chose a version that is not the newest.
    """

    school_class: SchoolClass
    run: TrainingRun | None
    students: int
    with_photos: int
    photos: int
    new_photos: int = 0
    of_students: int = 0
    gone_photos: int = 0
    joined: int = 0
    went_back: bool = False

    @property
    def is_changed(self) -> bool:
        """Whether a training would give another result."""
        return self.run is not None and bool(self.new_photos or self.gone_photos or self.joined)

    @property
    def can_be_trained(self) -> bool:
        return self.with_photos > 0


@guarded
def training_states(store: Store) -> tuple[TrainingState, ...]:
    """The classes by code: a teacher's own, all for an admin."""
    with store.read() as db:
        return tuple(_state(db, one) for one in people.list_classes(db, own_classes(db)))


def _state(db: Session, school_class: SchoolClass) -> TrainingState:
    ids = [one.id for one in people.roster(db, school_class.id) if one.recognisable]
    run = training_runs.run_in_use(db, school_class.id)
    newest = None if run is None else run.figures.get(NEWEST_SAMPLE)
    counts = samples.count_since(db, ids, newest or 0)
    total = sum(old + new for old, new in counts.values())
    if run is None or newest is None:
        return TrainingState(school_class, run, len(ids), len(counts), total)
    fresh = [new for _, new in counts.values() if new]
    # A version that was extended counts all photos there were, also those of students who went on waiting.
    known = total if EXTENDED_FROM in run.figures else total - sum(fresh)
    return TrainingState(
        school_class,
        run,
        len(ids),
        len(counts),
        total,
        new_photos=sum(fresh),
        of_students=len(fresh),
        gone_photos=max(0, run.samples - known),
        joined=len(counts) - run.students,
        went_back=run.id != training_runs.list_runs(db, school_class.id)[0].id,
    )
