"""The stored faces of students, looked at and sorted out by a person."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.access import guarded, own_classes
from core.engine import Engine
from core.erasure import NO_FACES, cut_out
from core.errors import NotFoundError
from core.extending import relearn
from core.records import Image, Student
from core.school import forget_school
from core.store import audit, people, samples, training_runs
from core.store.database import Store


@dataclass(frozen=True, slots=True, eq=False)
class StoredFace:
    """One stored face.

    crop: ``(160, 160, 3) uint8 BGR``; quality: 0-1; face_px: shorter side of the face where it was found, pixels;
    source: the file or camera it came from; stored_at: aware UTC.
    """

    id: int
    crop: Image
    quality: float
    face_px: float
    source: str
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class FacesDeleted:
    """How many faces went, are left; learned: codes of classes whose classifier follows; notes: sentences to tell."""

    gone: int
    left: int
    learned: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@guarded
def faces_of(store: Store, roll: str) -> tuple[StoredFace, ...]:
    """A student's stored faces, the oldest first.

    Raises NotFoundError, StoreError for a damaged picture, VaultError where the key of the faces is not there.
    """
    with store.read() as db:
        student = people.get_student(db, roll)
        found = samples.gallery_of(db, student.id)
    return tuple(StoredFace(*one) for one in found)


@guarded
def face_numbers(store: Store, roll: str) -> tuple[int, ...]:
    """The numbers of a student's stored faces, the oldest first.  Raises NotFoundError."""
    with store.read() as db:
        return tuple(sorted(samples.ids_of(db, people.get_student(db, roll).id)))


@guarded
def face_of(store: Store, roll: str, number: int) -> Image:
    """One of a student's stored faces, ``(160, 160, 3) uint8 BGR``.  Raises as :func:`faces_of`."""
    with store.read() as db:
        return samples.crop_of(db, people.get_student(db, roll).id, number)


@guarded
def portraits(store: Store, rolls: Collection[str]) -> dict[str, Image]:
    """Roll number -> the best stored face, ``(160, 160, 3) uint8 BGR``, of those who have any; others are left out.

    A teacher gets those of own classes.  Raises VaultError where the key of the faces is not there.
    """
    with store.read() as db:
        known = people.rolls_by_id(db, rolls, own_classes(db))
        return {known[number]: crop for number, crop in samples.best_crops(db, list(known)).items()}


@guarded
def delete_faces(store: Store, roll: str, sample_ids: Sequence[int], engine: Callable[[], Engine]) -> FacesDeleted:
    """Delete some of a student's stored faces: all that are named or none.

    The classifiers in use learn the student anew from the faces that are left; without any the student is cut out of
    every version.  Older versions keep what they learned until they go.  engine: loads the networks, called only where
    there is such a classifier.  Raises NotFoundError for the student and for a face that is not theirs, NetworksError,
    VaultError where the key of the faces is not there.
    """
    with store.read() as db:
        student = people.get_student(db, roll)
        trained = [
            one.code for one in people.classes_of(db, student.id) if training_runs.run_in_use(db, one.id) is not None
        ]
    # Before anything is written: without networks or the key nothing may be half done.
    networks = engine() if trained else None
    store.vault.unlock()
    with store.transaction() as db:
        _check_theirs(db, student, sample_ids)
        gone = samples.delete_samples(db, sample_ids)
        left = samples.count_by_student(db, [student.id])[student.id]
        audit.record(db, None, "faces.delete", student_id=student.id, before={"samples": gone}, after={"left": left})
        runs = [(one.code, run) for one in people.list_classes(db) for run in training_runs.list_runs(db, one.id)]
    forget_school(store.home)
    if not left:
        for code, run in runs:
            cut_out(store, run.file, code, student.id, NO_FACES)
        return FacesDeleted(gone, left)
    if networks is None:
        return FacesDeleted(gone, left)
    done = [relearn(store, networks, code, [student.id]) for code in trained]
    return FacesDeleted(
        gone,
        left,
        tuple(one.class_code for one in done if one.run is not None),
        tuple(one.obstacle for one in done if one.obstacle is not None),
    )


def _check_theirs(db: "people.Session", student: Student, sample_ids: Sequence[int]) -> None:
    strange = set(sample_ids) - samples.ids_of(db, student.id)
    if strange:
        raise NotFoundError(
            f"A face that was chosen is not one of {student.roll} {student.name} any more. "
            "Look at the faces again; nothing was deleted."
        )
