"""Face samples in, a classifier out: re-embed what other weights made, calibrate, fit, save, record."""

import time
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from core import clock
from core.engine import Engine
from core.errors import ClassifierError
from core.recognition.calibration import HeldOut, calibrate
from core.recognition.classifier import Classifier, fit
from core.recognition.files import save_classifier
from core.records import Floats, Progress, ProgressSink, SchoolClass, Student, no_progress
from core.store import people, samples, training_runs
from core.store.database import Store
from core.store.training_runs import TrainingRun

EMBED_BATCH = 32


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a training came to.  without_faces: students of the roster who have no sample yet."""

    run_id: int
    class_code: str
    students: int
    samples: int
    seconds: float
    held_out: HeldOut
    without_faces: tuple[Student, ...]
    model_key: str


def train(store: Store, engine: Engine, class_code: str, progress: ProgressSink = no_progress) -> TrainingResult:
    """Train the class's classifier on its active roster.

    Raises NotFoundError for an unknown class, ClassifierError when there is too little to train on.
    """
    started = time.monotonic()
    school_class, roster = _roster(store, class_code)
    ids = [student.id for student in roster]
    refresh_embeddings(store, engine, ids, progress)
    with store.read() as db:
        labels, embeddings, _ = samples.load_embeddings(db, ids, engine.model_key)
    if not len(labels):
        code = school_class.code
        raise ClassifierError(f"Nobody in {code} has a face sample yet. Enrol photos: app.py enrol {code} FOLDER")
    progress(Progress(0, None, "training"))
    thresholds, held_out = calibrate(embeddings, labels, _cohort(store, set(ids), engine.model_key), engine.model_key)
    classifier = fit(embeddings, labels, thresholds, engine.model_key)
    seconds = time.monotonic() - started
    run = _keep(store, school_class, classifier, held_out, len(labels), seconds)
    covered = {int(one) for one in classifier.student_ids}
    return TrainingResult(
        run_id=run.id,
        class_code=school_class.code,
        students=len(covered),
        samples=len(labels),
        seconds=seconds,
        held_out=held_out,
        without_faces=tuple(student for student in roster if student.id not in covered),
        model_key=engine.model_key,
    )


def _roster(store: Store, class_code: str) -> tuple[SchoolClass, list[Student]]:
    with store.read() as db:
        school_class = people.get_class(db, class_code)
        roster = [student for student in people.roster(db, school_class.id) if student.active]
    if not roster:
        code = school_class.code
        raise ClassifierError(f"The class {code} has no students yet. Enrol some: app.py enrol {code} FOLDER")
    return school_class, roster


def _keep(
    store: Store, school_class: SchoolClass, classifier: Classifier, held_out: HeldOut, count: int, seconds: float
) -> TrainingRun:
    """Write the classifier's files, then record them: a row never points to a file that is not there."""
    trained_at = clock.now()
    path = store.home.classifiers / str(school_class.id) / f"{_stamp(trained_at)}.npz"
    figures = held_out.as_json()
    manifest = save_classifier(
        path, classifier, class_code=school_class.code, samples=count, trained_at=trained_at, held_out=figures
    )
    with store.transaction() as db:
        return training_runs.add_run(
            db,
            class_id=school_class.id,
            file=path.relative_to(store.home.models).as_posix(),
            sha256=manifest.sha256,
            model_key=classifier.model_key,
            students=len(classifier.student_ids),
            samples=count,
            seconds=seconds,
            figures=figures,
            created_at=trained_at,
        )


def refresh_embeddings(store: Store, engine: Engine, student_ids: list[int], progress: ProgressSink) -> int:
    """Embed again the samples that other weights embedded; embeddings of two networks are never mixed."""
    with store.read() as db:
        stale = samples.stale_samples(db, student_ids, engine.model_key)
    for start in range(0, len(stale), EMBED_BATCH):
        batch = stale[start : start + EMBED_BATCH]
        fresh = engine.embedder.embed(np.stack([crop for _, crop in batch]))
        with store.transaction() as db:
            for (sample_id, _), embedding in zip(batch, fresh, strict=True):
                samples.replace_embedding(db, sample_id, embedding, engine.model_key)
        progress(Progress(start + len(batch), len(stale), "renewing stored samples for the new network"))
    return len(stale)


def _cohort(store: Store, roster_ids: set[int], model_key: str) -> Floats | None:
    """Embeddings of students of other classes: strangers to this one."""
    with store.read() as db:
        others = [student.id for student in people.list_students(db) if student.id not in roster_ids]
        if not others:
            return None
        _, embeddings, _ = samples.load_embeddings(db, others, model_key)
    return embeddings if len(embeddings) else None


def _stamp(moment: datetime) -> str:
    """A file name that sorts by time; the run's own row tells which is in use."""
    return f"{moment:%Y%m%dT%H%M%S}-{time.monotonic_ns() % 1_000_000:06d}"
