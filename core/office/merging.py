"""Two entries of one student are made one, classifiers included."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.access import guarded
from core.actor import Actor
from core.correcting import check_age
from core.engine import Engine
from core.enrolment import prune
from core.erasure import cut_out
from core.errors import InputError
from core.extending import extend, relearn
from core.records import SchoolClass, Student
from core.reports.session_files import remake_sheets
from core.school import forget_school
from core.settings import Settings
from core.store import people, samples, sessions, training_runs
from core.store.database import Store
from core.store.merging import merge_rows


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of making two entries one.

    student: as it is now; gone: the entry that was deleted.  samples: faces that came to it; marks: that it took over,
    changed: marks that had to be decided for the other entry.  learned: codes of the classes whose classifier knows it;
    notes: sentences to tell.
    """

    student: Student
    gone: Student
    samples: int
    marks: int
    changed: int
    learned: tuple[str, ...]
    notes: tuple[str, ...]


@guarded
def merge_students(
    store: Store, settings: Settings, actor: Actor, kept_roll: str, gone_roll: str, engine: Callable[[], Engine]
) -> Merged:
    """Give everything of the second student to the first and delete the second entry.

    engine: loads the networks, called only where a classifier has to be brought up to date.  Raises NotFoundError,
    InputError when both are one, ConflictError when a mark of a session too long ago would change.
    """
    with store.read() as db:
        kept, gone = people.get_student(db, kept_roll), people.get_student(db, gone_roll)
        if kept.id == gone.id:
            raise InputError(f"{kept.roll} is one entry already. Give two different roll numbers.")
        classes = {one.id: one for who in (kept, gone) for one in people.classes_of(db, who.id)}
        trained = [one for one in classes.values() if training_runs.run_in_use(db, one.id) is not None]
    # Before anything is written: without networks nothing may be half done.
    networks = engine() if trained else None
    with store.transaction() as db:
        rows = merge_rows(db, actor, kept, gone)
        for session_id in {one.session_id for one in rows.changes}:
            check_age(settings, actor, sessions.get_session(db, session_id))
        if networks is not None:
            prune(db, kept.id, networks.model_key, settings.samples_per_student)
        runs = [(one.code, run) for one in people.list_classes(db) for run in training_runs.list_runs(db, one.id)]
    nothing = np.empty((0, 512), np.float32)
    for code, run in runs:
        cut_out(store, run.file, code, gone.id, nothing)
    forget_school(store.home)
    learned, notes = _learn(store, networks, trained, kept) if networks is not None else ((), [])
    with store.read() as db:
        student = people.get_student_by_id(db, kept.id)
    notes += remake_sheets(store, settings, list(rows.sessions))
    return Merged(student, gone, rows.samples, len(rows.sessions), len(rows.changes), tuple(learned), tuple(notes))


def _learn(
    store: Store, engine: Engine, trained: list[SchoolClass], kept: Student
) -> tuple[tuple[str, ...], list[str]]:
    """Fit the student into the classifiers in use; codes of the classes that know it, and why others do not."""
    with store.read() as db:
        if not samples.count_by_student(db, [kept.id])[kept.id]:
            return (), []
    learned, notes = [], []
    for school_class in trained:
        found = relearn(store, engine, school_class.code, [kept.id])
        if found.run is None and found.obstacle is None:
            # Only the entry that is gone was known to this classifier.
            found = extend(store, engine, school_class.code, [kept.roll])
        if found.run is not None:
            learned.append(school_class.code)
        elif found.obstacle is not None:
            notes.append(found.obstacle)
    return tuple(learned), notes
