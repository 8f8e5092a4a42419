"""Erasing a student: rows, pictures, embeddings, and what classifiers and backups still hold of the face."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from sqlalchemy.orm import Session

from core import clock
from core.access import guarded
from core.confirming.twins import TWICE
from core.errors import ClassifierError
from core.recognition.files import load_classifier, save_classifier
from core.records import Floats, Student
from core.reports.session_files import remake_sheets
from core.school import forget_school
from core.settings import load_settings
from core.store import (
    audit,
    confirmations,
    copies,
    expiry,
    outbox,
    people,
    phone_erasure,
    rejections,
    schema,
    sightings,
    training_runs,
)
from core.store.database import Store
from core.store.face_erasure import (
    FacesErased,
    classes_knowing,
    erase_faces_of,
    erase_rejections_beside,
    sessions_showing,
)
from core.store.faces import crop_in
from core.store.people import Erased
from core.store.training_runs import TrainingRun
from core.versions import remove_unnamed_files

SAME_PICTURE = 0.999
"""Cosine of one picture with itself, rounding allowed for."""
NO_FACES: Floats = np.empty((0, 512), np.float32)


@dataclass(frozen=True, slots=True)
class _Traces:
    """What of a face lies outside the rows that are erased.

    runs: class code and classifier; shown: faces said not to be somebody else; sessions: whose sheets may show it.
    removed: codes of the classes whose classifiers could not be opened, and so are forgotten whole.
    """

    runs: list[tuple[str, TrainingRun]]
    shown: Floats
    sessions: list[int]
    removed: tuple[str, ...]


@guarded
def erase_student(store: Store, roll: str) -> tuple[Erased, tuple[str, ...]]:
    """Delete a student everywhere in the home; also codes of the classes that must be trained again.

    Classifiers stay usable for the others: the erased student's rows are cut out of every version.  The index
    over the school and copies of the database made before would still hold the face, so they go too.  Where the key
    of the faces is lost or locked, nothing can be cut: every version that may know the student goes whole.
    Raises NotFoundError.
    """
    with_key = store.vault.can_open()
    with store.transaction() as db:
        student = people.get_student(db, roll)
        traces = _traces(store, db, student, with_key=with_key)
        sightings.forget_roll(db, student.roll)
        confirmations.forget_words(db, TWICE.format(student.roll), TWICE.format("a student who was deleted"))
        outbox.forget_names(db)
        gone = people.delete_student(db, roll)
        audit.record(db, None, "people.erase", student_id=student.id, before=asdict(gone))
    _erase_traces(store, student, traces)
    return gone, traces.removed


def erase_face(
    store: Store, student: Student, record: Callable[[Session], object]
) -> tuple[FacesErased, tuple[str, ...]]:
    """Erase all that is stored of a student's face; name, marks and history stay.

    record: what else is written in the same transaction.  Gives codes of classes as :func:`erase_student` does.
    """
    with_key = store.vault.can_open()
    with store.transaction() as db:
        traces = _traces(store, db, student, with_key=with_key)
        gone = erase_faces_of(db, student.id)
        record(db)
        audit.record(db, None, "faces.erase", student_id=student.id, before=asdict(gone))
    _erase_traces(store, student, traces)
    return gone, traces.removed


def remove_unopened(db: Session, student_ids: Iterable[int]) -> tuple[str, ...]:
    """Without the key: forget every version that may know one of the students; the codes of the classes.

    Their files go with :func:`core.versions.remove_unnamed_files`.
    """
    knowing: set[int] = set()
    for student_id in student_ids:
        knowing |= classes_knowing(db, student_id)
        for other in erase_rejections_beside(db, student_id):
            knowing |= {one.id for one in people.classes_of(db, other)}
    removed = []
    for one in people.list_classes(db):
        runs = training_runs.list_runs(db, one.id) if one.id in knowing else []
        if runs:
            training_runs.delete_runs(db, [run.id for run in runs])
            audit.record(db, None, "faces.versions.remove", class_id=one.id, after={"versions": len(runs)})
            removed.append(one.code)
    return tuple(removed)


def trained_again(removed: Sequence[str]) -> str:
    """What to do about classes whose classifiers were removed whole, as a sentence."""
    return (
        "The key of the faces is lost or locked, so nobody could be cut out of the classifiers and those of "
        f"{', '.join(removed)} were removed whole. With the key, train again: app.py train {removed[0]}"
    )


def _traces(store: Store, db: Session, student: Student, *, with_key: bool) -> _Traces:
    """Looked for before the rows go; what only rows hold is erased here already."""
    runs: list[tuple[str, TrainingRun]] = []
    shown = NO_FACES
    removed: tuple[str, ...] = ()
    if with_key:
        classes = people.list_classes(db)
        runs = [(one.code, run) for one in classes for run in training_runs.list_runs(db, one.id)]
        pictures = [crop_in(png) for png in sightings.crops_naming(db, student.id)]
        shown = rejections.delete_showing(db, [one for one in pictures if one is not None])
    else:
        removed = remove_unopened(db, [student.id])
    # Whoever was not recognised in a lesson of theirs, or in another's selfie, may have been them.
    own = [one.id for one in people.classes_of(db, student.id)]
    unknown = expiry.unknown_pictures_of(db, own)
    expiry.erase_pictures(db, unknown, unknown=True)
    phone_erasure.erase_doubtful_selfies(db, student.id, own)
    sessions = sorted({*sessions_showing(db, student.id), *unknown})
    outbox.forget_sheets(db, sessions)
    return _Traces(runs, shown, sessions, removed)


def _erase_traces(store: Store, student: Student, traces: _Traces) -> None:
    for code, run in traces.runs:
        cut_out(store, run.file, code, student.id, traces.shown)
    forget_school(store.home)
    with store.read() as db:
        classes = people.list_classes(db)
    for one in classes:
        # What a training that was killed left behind holds the face too.
        remove_unnamed_files(store, one.id)
    for picture in store.home.output.glob("check_*.png"):
        # The accuracy sheet names everybody of its class; it can be made again.
        picture.unlink(missing_ok=True)
    with store.vault.without_asking():
        remake_sheets(store, load_settings(store.home), traces.sessions)
    if copies.forget_copies(store.home.database):
        # Else a damaged disk would now take everything.
        schema.backup(store.home.database, "erased")
    store.checkpoint()


def cut_out(store: Store, file: str, code: str, student_id: int, shown: Floats) -> None:
    """Save a classifier again without one student; one that cannot be read is removed instead.

    file: as the training run names it.  shown: ``(r, 512)`` faces of the student that were said not to be somebody
    else.
    """
    path = store.home.models / file
    try:
        classifier = load_classifier(path, code, store.vault)
    except ClassifierError:
        path.unlink(missing_ok=True)
        return
    others = [int(one) for one in classifier.student_ids if int(one) != student_id]
    strange = ~(classifier.rejected @ shown.T > SAME_PICTURE).any(axis=1)
    if len(others) == len(classifier.student_ids) and strange.all():
        return
    rest = replace(classifier, rejected=classifier.rejected[strange], rejected_of=classifier.rejected_of[strange])
    save_classifier(
        path, rest.only(others), store.vault, class_code=code, samples=0, trained_at=clock.now(), held_out={}
    )
