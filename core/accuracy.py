"""How well a class is recognised, in figures a teacher can act on: who is missed, who is confused, who needs photos.

Everything rests on photos that were held out (:mod:`core.recognition.held_out`), each judged alone at the cut for a
single photo, as ``train`` does.  That is the hardest case: in a video several looks at a face are judged together.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from core import clock
from core.access import guarded
from core.accuracy_advice import Advice, advise
from core.errors import ClassifierError
from core.recognition.caution import with_caution
from core.recognition.classifier import Thresholds
from core.recognition.files import load_classifier
from core.recognition.held_out import HeldOutScores, StudentProbe, score_held_out
from core.records import Progress, ProgressSink, SchoolClass, Student, no_progress
from core.settings import Caution
from core.store import samples, training_runs
from core.store.database import Store
from core.store.samples import Measure
from core.store.training_runs import TrainingRun
from core.training import active_roster, cohort

SHIFTS = (-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3)
"""The rows of the threshold table, added to the cut in use."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """Photos of ``student`` that came near ``other``.

    wrong: how many were given the other's name.  close: how many were not, but so nearly that Rollcall would ask.
    photos: how many were tested in all.  nearest: the smallest lead of the student's evidence, below 0 where the other
    one was ahead.
    """

    student: Student
    other: Student
    wrong: int
    close: int
    photos: int
    nearest: float


@dataclass(frozen=True, slots=True)
class StudentAccuracy:
    """One student.  evidence: of each tested photo for the student.  taken: strangers who were given this name."""

    student: Student
    photos: int
    right: int
    wrong: int
    refused: int
    evidence: tuple[float, ...]
    taken: int
    advice: tuple[Advice, ...]

    @property
    def typical(self) -> float | None:
        """The middle one of the evidence, or None where nothing could be tested."""
        return median(self.evidence) if self.evidence else None


@dataclass(frozen=True, slots=True)
class CutRow:
    """What a cut would do.  missed: photos of students not given their name (wrong ones among them)."""

    cut: float
    missed: int
    wrong: int
    strangers_named: int


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The accuracy sheet of a class.

    tested = right + wrong + refused photos.  asked: of those with a name, how many Rollcall would rather ask about,
    because two students are close.  untested: photos of students who have no other photo.  strangers: photos of
    people the classifier did not know; strangers_evidence: their best evidence.
    """

    school_class: SchoolClass
    run: TrainingRun
    checked_at: datetime
    cuts: Thresholds
    tested: int
    right: int
    wrong: int
    refused: int
    asked: int
    untested: int
    strangers_named: int
    strangers_evidence: tuple[float, ...]
    students: tuple[StudentAccuracy, ...]
    confusions: tuple[Confusion, ...]
    probes: tuple[StudentProbe, ...]

    @property
    def strangers(self) -> int:
        return len(self.strangers_evidence)

    @property
    def table(self) -> tuple[CutRow, ...]:
        """What moving the cut would do."""
        return tuple(self.at(self.cuts.sure_single + shift) for shift in SHIFTS)

    def at(self, cut: float) -> CutRow:
        """Count again with another cut."""
        named = [one for one in self.probes if one.best >= cut]
        right = sum(one.best_id == one.student_id for one in named)
        taken = sum(best >= cut for best in self.strangers_evidence)
        return CutRow(cut, self.tested - right, len(named) - right, taken)


@guarded
def check(
    store: Store,
    class_code: str,
    model_key: str | None = None,
    progress: ProgressSink = no_progress,
    caution: Caution = "usual",
) -> Accuracy:
    """Test a trained class on its own photos, judged as carefully as its lessons are.

    model_key: the network in use, None where it is not known.

    Raises NotFoundError for an unknown class, ClassifierError where there is nothing to test.
    """
    school_class, everybody = active_roster(store, class_code)
    roster = [one for one in everybody if one.recognisable]
    run = _run_in_use(store, school_class, roster, model_key)
    classifier = load_classifier(store.home.models / run.file, school_class.code, store.vault)
    ids = [one.id for one in roster]
    with store.read() as db:
        labels, embeddings, _ = samples.load_embeddings(db, ids, run.model_key)
        measures = samples.measures(db, ids, run.model_key)
    progress(Progress(0, None, "testing on held-out photos"))
    scores = score_held_out(embeddings, labels, cohort(store, ids, run.model_key), run.model_key)
    # A student whose only photo is held out cannot be recognised by anything: that is no test.
    probes = tuple(one for one in scores.students if one.own is not None)
    if not probes:
        code = school_class.code
        raise ClassifierError(
            f"The students of {code} have too few photos to test with: hold one back and nothing is left to recognise "
            f"them by. Enrol at least five photos of each: app.py enrol {code} FOLDER"
        )
    trained = {int(one) for one in classifier.student_ids}
    cuts = with_caution(classifier.thresholds, caution)
    students = _students(roster, probes, scores, cuts, measures, trained)
    return _summed_up(school_class, roster, run, cuts, scores, probes, students)


def _summed_up(
    school_class: SchoolClass,
    roster: Sequence[Student],
    run: TrainingRun,
    cuts: Thresholds,
    scores: HeldOutScores,
    probes: tuple[StudentProbe, ...],
    students: tuple[StudentAccuracy, ...],
) -> Accuracy:
    named = [one for one in probes if one.best >= cuts.sure_single]
    return Accuracy(
        school_class=school_class,
        run=run,
        checked_at=clock.now(),
        cuts=cuts,
        tested=len(probes),
        right=sum(one.right for one in students),
        wrong=sum(one.wrong for one in students),
        refused=sum(one.refused for one in students),
        asked=sum(one.best - one.second < cuts.gap for one in named),
        untested=len(scores.students) - len(probes),
        strangers_named=sum(one.best >= cuts.sure_single for one in scores.strangers),
        strangers_evidence=tuple(one.best for one in scores.strangers),
        students=students,
        confusions=_confusions(roster, probes, cuts),
        probes=probes,
    )


def _run_in_use(
    store: Store, school_class: SchoolClass, roster: Sequence[Student], model_key: str | None
) -> TrainingRun:
    code = school_class.code
    with store.read() as db:
        run = training_runs.run_in_use(db, school_class.id)
        counts = samples.count_by_student(db, [one.id for one in roster])
    with_photos = sum(count > 0 for count in counts.values())
    if not with_photos:
        raise ClassifierError(f"Nobody in {code} has a face sample yet. Enrol photos: app.py enrol {code} FOLDER")
    if with_photos == 1:
        raise ClassifierError(
            f"Only one student of {code} has photos, and one alone cannot be confused with anybody. "
            f"Enrol another student: app.py enrol {code} FOLDER"
        )
    if run is None:
        raise ClassifierError(f"The class {code} has not been trained yet. Train it first: app.py train {code}")
    if model_key is not None and run.model_key != model_key:
        raise ClassifierError(f"The class {code} was trained with another network. Train it again: app.py train {code}")
    return run


def _students(
    roster: Sequence[Student],
    probes: Sequence[StudentProbe],
    scores: HeldOutScores,
    cuts: Thresholds,
    measures: dict[int, list[Measure]],
    trained: set[int],
) -> tuple[StudentAccuracy, ...]:
    taken = Counter(one.best_id for one in scores.strangers if one.best >= cuts.sure_single)
    names = {one.id: one for one in roster}
    lines = []
    for student in roster:
        own = [one for one in probes if one.student_id == student.id]
        named = [one for one in own if one.best >= cuts.sure_single]
        mistaken = [names[one.best_id] for one in named if one.best_id != student.id]
        lines.append(
            StudentAccuracy(
                student=student,
                photos=len(measures.get(student.id, [])),
                right=len(named) - len(mistaken),
                wrong=len(mistaken),
                refused=len(own) - len(named),
                evidence=tuple(one.own for one in own if one.own is not None),
                taken=taken[student.id],
                advice=advise(
                    measures.get(student.id, []), len(own), mistaken, len(own) - len(named), student.id in trained
                ),
            )
        )
    return tuple(lines)


def _confusions(roster: Sequence[Student], probes: Sequence[StudentProbe], cuts: Thresholds) -> tuple[Confusion, ...]:
    """Pairs of which one came near the other where it matters: above the cut for review."""
    names = {one.id: one for one in roster}
    photos = Counter(one.student_id for one in probes)
    wrong: Counter[tuple[int, int]] = Counter()
    close: Counter[tuple[int, int]] = Counter()
    nearest: dict[tuple[int, int], float] = {}
    for one in probes:
        mistaken = one.best_id != one.student_id
        lead = (one.own or 0.0) - one.best if mistaken else one.best - one.second
        if one.best < cuts.review or lead >= cuts.gap:
            continue
        pair = (one.student_id, one.best_id if mistaken else one.second_id)
        nearest[pair] = min(lead, nearest.get(pair, lead))
        (wrong if mistaken and one.best >= cuts.sure_single else close)[pair] += 1
    found = [
        Confusion(names[pair[0]], names[pair[1]], wrong[pair], close[pair], photos[pair[0]], lead)
        for pair, lead in nearest.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.wrong, -one.close, one.nearest)))
