"""Erasing a student: rows, pictures, embeddings, and what classifiers and backups still hold of the face."""

from dataclasses import replace
from pathlib import Path

from core import clock
from core.errors import ClassifierError
from core.recognition.files import load_classifier, save_classifier
from core.records import Floats
from core.school import forget_school
from core.store import outbox, people, rejections, sightings, training_runs
from core.store.database import Store
from core.store.faces import crop_in
from core.store.people import Erased
from core.versions import remove_unnamed_files

SAME_PICTURE = 0.999
"""Cosine of one picture with itself, rounding allowed for."""


def erase_student(store: Store, roll: str) -> Erased:
    """Delete a student everywhere in the home.  Raises NotFoundError.

    Classifiers stay usable for the others: the erased student's rows are cut out of every version.  The index
    over the school and copies of the database made before would still hold the face, so they go too.
    """
    with store.transaction() as db:
        student = people.get_student(db, roll)
        classes = people.list_classes(db)
        runs = [(one.code, run) for one in classes for run in training_runs.list_runs(db, one.id)]
        pictures = [crop_in(png) for png in sightings.crops_naming(db, student.id)]
        shown = rejections.delete_showing(db, [one for one in pictures if one is not None])
        sightings.forget_roll(db, student.roll)
        outbox.forget_names(db)
        gone = people.delete_student(db, roll)
    for code, run in runs:
        cut_out(store.home.models / run.file, code, student.id, shown)
    forget_school(store.home)
    for one in classes:
        # What a training that was killed left behind holds the face too.
        remove_unnamed_files(store, one.id)
    for picture in store.home.output.glob("check_*.png"):
        # The accuracy sheet names everybody of its class; it can be made again.
        picture.unlink(missing_ok=True)
    for copy in (store.home.data / "backups").glob("*.db*"):
        copy.unlink(missing_ok=True)
    return gone


def cut_out(path: Path, code: str, student_id: int, shown: Floats) -> None:
    """Save a classifier again without one student; one that cannot be read is removed instead.

    shown: ``(r, 512)`` faces of the student that were said not to be somebody else.
    """
    try:
        classifier = load_classifier(path, code)
    except ClassifierError:
        path.unlink(missing_ok=True)
        return
    others = [int(one) for one in classifier.student_ids if int(one) != student_id]
    strange = ~(classifier.rejected @ shown.T > SAME_PICTURE).any(axis=1)
    if len(others) == len(classifier.student_ids) and strange.all():
        return
    rest = replace(classifier, rejected=classifier.rejected[strange], rejected_of=classifier.rejected_of[strange])
    save_classifier(path, rest.only(others), class_code=code, samples=0, trained_at=clock.now(), held_out={})
