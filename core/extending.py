"""After enrolling: the few students who are new or have new photos are fitted into the classifier in use.

Each student is one hyperplane against everybody else, so a new one costs one fit.  The others' hyperplanes have not
seen the new faces, and the cuts were calibrated without them; that is why a whole training is asked for once more than
:data:`MOST_CHANGED` of the class changed since the last one.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from core.access import guarded
from core.engine import Engine
from core.errors import ClassifierError
from core.recognition.classifier import Classifier, Integers, renewed
from core.recognition.files import load_classifier
from core.records import Floats, Progress, ProgressSink, SchoolClass, Student, no_progress
from core.store import people, rejections, samples, training_runs
from core.store.database import Store
from core.store.training_runs import TrainingRun
from core.training import refresh_embeddings
from core.versions import EXTENDED_FROM, NEWEST_SAMPLE, TRAINED_TO, keep_version

MOST_CHANGED = 0.25
"""Share of the roster that may differ from the last whole training."""


@dataclass(frozen=True, slots=True)
class Extension:
    """What enrolling came to for a class.

    usable: everybody who was enrolled can be recognised.  renewed: who can be from now on, or by new photos.  obstacle:
    why not, and what to do, or None.  run: the new version, if one was made.
    """

    class_code: str
    usable: bool
    renewed: tuple[Student, ...] = ()
    obstacle: str | None = None
    run: TrainingRun | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """The class as it is now.

    roster: its active students; labels, embeddings, sample_ids: of those whose consent stands, row by row; rejected,
    rejected_of: faces that they are not.
    """

    school_class: SchoolClass
    roster: Mapping[int, Student]
    run: TrainingRun
    classifier: Classifier
    labels: Integers
    embeddings: Floats
    sample_ids: Integers
    rejected: Floats
    rejected_of: Integers

    def missing(self) -> set[int]:
        """Students with photos whom the classifier does not know."""
        return {int(one) for one in self.labels} - {int(one) for one in self.classifier.student_ids}

    def changed_since(self, mark: str, enrolled: set[int]) -> set[int]:
        """Students with samples newer than the run's figure ``mark``; who was enrolled now, where it has none."""
        newest = self.run.figures.get(mark)
        changed = enrolled if newest is None else {int(one) for one in self.labels[self.sample_ids > newest]}
        return (changed | self.missing()) & {int(one) for one in self.labels}


@guarded
def extend(
    store: Store, engine: Engine, class_code: str, rolls: Iterable[str], progress: ProgressSink = no_progress
) -> Extension:
    """Make students who were just enrolled recognisable in a class, where that can be done without a training.

    rolls: of those who have samples.  Raises NotFoundError for an unknown class or student.
    """
    started = time.monotonic()
    with store.read() as db:
        school_class = people.get_class(db, class_code)
        enrolled = {people.get_student(db, roll).id for roll in rolls}
    if not enrolled:
        return Extension(school_class.code, usable=False)
    try:
        state = _state(store, engine, school_class, progress)
        pending = state.changed_since(NEWEST_SAMPLE, enrolled)
        usable = all(one in state.roster and state.roster[one].recognisable for one in enrolled)
        if not pending:
            return Extension(school_class.code, usable)
        changed = state.changed_since(TRAINED_TO, enrolled) | pending
        _check_share(state, changed)
    except ClassifierError as obstacle:
        return Extension(school_class.code, usable=False, obstacle=str(obstacle))
    progress(Progress(0, None, "bringing the classifier up to date"))
    run = _keep(store, state, changed, started)
    told = pending & (enrolled | state.missing())
    fresh = tuple(student for student in state.roster.values() if student.id in told)
    return Extension(school_class.code, usable, fresh, run=run)


@guarded
def relearn(store: Store, engine: Engine, class_code: str, student_ids: Iterable[int]) -> Extension:
    """Fit students anew of whom a person said that a face is, or is not, theirs; whoever else waits goes on waiting.

    Raises NotFoundError for an unknown class.
    """
    started = time.monotonic()
    with store.read() as db:
        school_class = people.get_class(db, class_code)
    try:
        state = _state(store, engine, school_class, no_progress)
        known = (
            set(student_ids) & {int(one) for one in state.classifier.student_ids} & {int(one) for one in state.labels}
        )
        if not known:
            return Extension(school_class.code, usable=False)
        _check_others(state)
    except ClassifierError as obstacle:
        return Extension(school_class.code, usable=False, obstacle=str(obstacle))
    run = _keep_renewed(store, state, known, {}, started)
    fresh = tuple(student for student in state.roster.values() if student.id in known)
    return Extension(school_class.code, usable=True, renewed=fresh, run=run)


def _state(store: Store, engine: Engine, school_class: SchoolClass, progress: ProgressSink) -> _State:
    """Raises ClassifierError where there is no classifier that can be extended."""
    code = school_class.code
    with store.read() as db:
        roster = {one.id: one for one in people.roster(db, school_class.id) if one.active}
        without = {one.id for one in people.list_students(db) if not one.consent}
        run = training_runs.run_in_use(db, school_class.id)
    if run is None:
        raise ClassifierError(f"{code} is not trained yet. Next: app.py train {code}")
    classifier = load_classifier(store.home.models / run.file, code, store.vault)
    if classifier.model_key != engine.model_key:
        raise ClassifierError(f"{code} was trained with another network. Next: app.py train {code}")
    # What an older version still knew of them must not go on into the next.
    classifier = classifier.only(int(one) for one in classifier.student_ids if int(one) not in without)
    ids = [one.id for one in roster.values() if one.recognisable]
    refresh_embeddings(store, engine, ids, progress)
    with store.read() as db:
        labels, embeddings, sample_ids = samples.load_embeddings(db, ids, engine.model_key)
        rejected_of, rejected = rejections.load_embeddings(db, ids, engine.model_key)
    return _State(school_class, roster, run, classifier, labels, embeddings, sample_ids, rejected, rejected_of)


def _check_share(state: _State, changed: set[int]) -> None:
    code = state.school_class.code
    if len(changed) > MOST_CHANGED * len(state.roster):
        raise ClassifierError(
            f"More than a quarter of {code} is new or has new photos since the last training. Next: app.py train {code}"
        )
    _check_others(state)


def _check_others(state: _State) -> None:
    code = state.school_class.code
    if len(np.unique(state.labels)) < 2:
        raise ClassifierError(f"Nobody else of {code} has photos. Enrol another student, then: app.py train {code}")


def _keep(store: Store, state: _State, changed: set[int], started: float) -> TrainingRun:
    """Fit everybody who changed since the last whole training: the order in which they came then does not matter."""
    return _keep_renewed(store, state, changed, {NEWEST_SAMPLE: int(state.sample_ids.max())}, started)


def _keep_renewed(
    store: Store, state: _State, changed: set[int], figures: Mapping[str, int], started: float
) -> TrainingRun:
    machine = renewed(state.classifier, state.embeddings, state.labels, changed, state.rejected, state.rejected_of)
    since = {name: state.run.figures[name] for name in (NEWEST_SAMPLE, TRAINED_TO) if name in state.run.figures}
    return keep_version(
        store,
        state.school_class,
        machine,
        figures={EXTENDED_FROM: state.run.id, **since, **figures},
        samples=len(state.labels),
        seconds=time.monotonic() - started,
    )
