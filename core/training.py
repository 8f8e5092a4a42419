"""Face samples in, a classifier out: re-embed what other weights made, calibrate, fit, keep as a version."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from core.access import guarded
from core.engine import Engine
from core.errors import ClassifierError
from core.recognition.calibration import HeldOut, figures_of, thresholds_from
from core.recognition.classifier import Integers, fit
from core.recognition.held_out import score_held_out
from core.recognition.lookalikes import with_cautions
from core.records import Floats, Image, Progress, ProgressSink, SchoolClass, Student, no_progress
from core.store import people, rejections, samples
from core.store.database import Store
from core.versions import NEWEST_SAMPLE, TRAINED_TO, keep_version

EMBED_BATCH = 32


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a training came to.

    look_alikes: between them the teacher is asked.  without_faces: students of the roster who have no sample yet.
    without_consent: students of the roster whose face may not be used, so it was not.
    """

    run_id: int
    class_code: str
    students: int
    samples: int
    seconds: float
    held_out: HeldOut
    look_alikes: tuple[tuple[Student, Student], ...]
    without_faces: tuple[Student, ...]
    without_consent: tuple[Student, ...]
    model_key: str


@guarded
def train(store: Store, engine: Engine, class_code: str, progress: ProgressSink = no_progress) -> TrainingResult:
    """Train the class's classifier on those of its active roster whose consent stands.

    Raises NotFoundError for an unknown class, ClassifierError when there is too little to train on.
    """
    started = time.monotonic()
    school_class, everybody = active_roster(store, class_code)
    roster = [one for one in everybody if one.recognisable]
    ids = [student.id for student in roster]
    refresh_embeddings(store, engine, ids, progress)
    with store.read() as db:
        labels, embeddings, sample_ids = samples.load_embeddings(db, ids, engine.model_key)
        rejected_of, rejected = rejections.load_embeddings(db, ids, engine.model_key)
    if not len(labels):
        raise _nothing_to_train(school_class.code, roster)
    progress(Progress(0, None, "training"))
    scores = score_held_out(embeddings, labels, cohort(store, ids, engine.model_key), engine.model_key)
    thresholds = thresholds_from(scores)
    machine = fit(embeddings, labels, thresholds, engine.model_key, rejected, rejected_of)
    classifier = with_cautions(machine, scores)
    held_out = figures_of(scores, thresholds)
    # Who watches may raise here: nothing is stored yet.
    progress(Progress(0, None, "training"))
    seconds = time.monotonic() - started
    newest = int(sample_ids.max())
    figures = {**held_out.as_json(), NEWEST_SAMPLE: newest, TRAINED_TO: newest}
    run = keep_version(store, school_class, classifier, figures=figures, samples=len(labels), seconds=seconds)
    covered = {int(one) for one in classifier.student_ids}
    return TrainingResult(
        run_id=run.id,
        class_code=school_class.code,
        students=len(covered),
        samples=len(labels),
        seconds=seconds,
        held_out=held_out,
        look_alikes=_pairs(classifier.alike, roster),
        without_faces=tuple(student for student in roster if student.id not in covered),
        without_consent=tuple(student for student in everybody if not student.recognisable),
        model_key=engine.model_key,
    )


def _nothing_to_train(code: str, roster: Sequence[Student]) -> ClassifierError:
    if not roster:
        return ClassifierError(f"Nobody in {code} has a recorded consent. Record one: app.py consent give ROLL TEXT")
    return ClassifierError(f"Nobody in {code} has a face sample yet. Enrol photos: app.py enrol {code} FOLDER")


def _pairs(alike: Integers, roster: Sequence[Student]) -> tuple[tuple[Student, Student], ...]:
    by_id = {student.id: student for student in roster}
    return tuple((by_id[int(one)], by_id[int(other)]) for one, other in alike)


def active_roster(store: Store, class_code: str) -> tuple[SchoolClass, list[Student]]:
    """The class and who is in it now.  Raises NotFoundError for an unknown class, ClassifierError for an empty one."""
    with store.read() as db:
        school_class = people.get_class(db, class_code)
        roster = [student for student in people.roster(db, school_class.id) if student.active]
    if not roster:
        code = school_class.code
        raise ClassifierError(f"The class {code} has no students yet. Enrol some: app.py enrol {code} FOLDER")
    return school_class, roster


def refresh_embeddings(store: Store, engine: Engine, student_ids: list[int], progress: ProgressSink) -> int:
    """Embed again the samples that other weights embedded; embeddings of two networks are never mixed.

    The faces that were said not to be these students go the same way.  Returns how many of both there were.
    """
    with store.read() as db:
        own = samples.stale_samples(db, student_ids, engine.model_key)
        rejected = rejections.stale_rejections(db, student_ids, engine.model_key)
    return _embed_again(store, engine, own, samples.replace_embedding, progress) + _embed_again(
        store, engine, rejected, rejections.replace_embedding, progress
    )


def _embed_again(
    store: Store,
    engine: Engine,
    stale: list[tuple[int, Image]],
    replace: Callable[[Session, int, Floats, str], None],
    progress: ProgressSink,
) -> int:
    for start in range(0, len(stale), EMBED_BATCH):
        batch = stale[start : start + EMBED_BATCH]
        fresh = engine.embedder.represent(np.stack([crop for _, crop in batch]))
        with store.transaction() as db:
            for (row_id, _), embedding in zip(batch, fresh, strict=True):
                replace(db, row_id, embedding, engine.model_key)
        progress(Progress(start + len(batch), len(stale), "renewing stored samples for the new network"))
    return len(stale)


def cohort(store: Store, roster_ids: list[int], model_key: str) -> Floats | None:
    """Embeddings ``(c, 512)`` of students of other classes: strangers to this one.  Who has no consent is none."""
    with store.read() as db:
        others = sorted({student.id for student in people.list_students(db) if student.consent} - set(roster_ids))
        if not others:
            return None
        _, embeddings, _ = samples.load_embeddings(db, others, model_key)
    return embeddings if len(embeddings) else None
