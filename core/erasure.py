"""Erasing a student: rows, pictures, embeddings, and what classifiers and backups still hold of the face."""

from pathlib import Path

from core import clock
from core.errors import ClassifierError
from core.recognition.files import load_classifier, save_classifier
from core.school import forget_school
from core.store import people, training_runs
from core.store.database import Store
from core.store.people import Erased
from core.versions import remove_unnamed_files


def erase_student(store: Store, roll: str) -> Erased:
    """Delete a student everywhere in the home.  Raises NotFoundError.

    Classifiers stay usable for the others: the erased student's rows are cut out of every version.  The index
    over the school and copies of the database made before would still hold the face, so they go too.
    """
    with store.transaction() as db:
        student = people.get_student(db, roll)
        classes = people.list_classes(db)
        runs = [(one.code, run) for one in classes for run in training_runs.list_runs(db, one.id)]
        gone = people.delete_student(db, roll)
    for code, run in runs:
        _cut_out(store.home.models / run.file, code, student.id)
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


def _cut_out(path: Path, code: str, student_id: int) -> None:
    """Save a classifier again without one student; one that cannot be read is removed instead."""
    try:
        classifier = load_classifier(path, code)
    except ClassifierError:
        path.unlink(missing_ok=True)
        return
    others = [int(one) for one in classifier.student_ids if int(one) != student_id]
    if len(others) == len(classifier.student_ids):
        return
    save_classifier(path, classifier.only(others), class_code=code, samples=0, trained_at=clock.now(), held_out={})
