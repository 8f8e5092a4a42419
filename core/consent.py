"""Consents given, refused and withdrawn; who says no is erased from recognition at once and marked by other ways."""

from dataclasses import dataclass, replace

from core.access import guarded
from core.erasure import erase_face
from core.errors import ConsentError, InputError
from core.records import Student
from core.settings import load_settings
from core.store import consents, people
from core.store.consents import ConsentDraft, ConsentRecord
from core.store.database import Store
from core.store.face_erasure import FacesErased

__all__ = ["ConsentDraft", "ConsentRecord", "ConsentState", "give", "history", "refuse", "withdraw"]


@dataclass(frozen=True, slots=True)
class ConsentState:
    """A student with their records, newest first.

    erased: what of the face went, where something was erased.  removed: codes of the classes that must be trained
    again, for without the key of the faces their classifiers went whole.
    """

    student: Student
    records: tuple[ConsentRecord, ...]
    erased: FacesErased | None = None
    removed: tuple[str, ...] = ()


@guarded
def history(store: Store, roll: str) -> ConsentState:
    """What is recorded of a student.  Raises NotFoundError."""
    return _state(store, roll)


@guarded
def give(store: Store, roll: str, draft: ConsentDraft) -> ConsentState:
    """Record a consent; also of who said no before.

    Raises NotFoundError, ConsentError for an empty text and where a guardian has to sign and none is named.
    """
    named = (draft.guardian or "").strip()
    if named and draft.of_age:
        raise ConsentError("A student who is of age has no guardian who signs. Give only one of the two.")
    if not named and not draft.of_age and load_settings(store.home).guardian_signs:
        raise ConsentError("In this school a guardian signs. Add --guardian NAME, or --of-age if the student is adult.")
    with store.transaction() as db:
        consents.give(db, people.get_student(db, roll).id, draft)
    return _state(store, roll)


@guarded
def refuse(store: Store, roll: str, draft: ConsentDraft) -> ConsentState:
    """Record that a student's face may not be used, and erase what there is of it.

    Raises NotFoundError, ConsentError for an empty text.
    """
    with store.read() as db:
        student = people.get_student(db, roll)
    erased, removed = erase_face(
        store, student, lambda db: [consents.withdraw(db, student.id), consents.refuse(db, student.id, draft)]
    )
    return replace(_state(store, roll), erased=erased, removed=removed)


@guarded
def withdraw(store: Store, roll: str) -> ConsentState:
    """Withdraw a consent from now on, and erase all that is stored of the face.

    Raises NotFoundError, InputError where no consent is recorded.
    """
    with store.read() as db:
        student = people.get_student(db, roll)
        newest = next(iter(consents.records_of(db, student.id)), None)
    if newest is None:
        raise InputError(
            f"No consent of {student.roll} is recorded. "
            f"If they do not want it: app.py consent refuse {student.roll} TEXT"
        )
    erased, removed = erase_face(store, student, lambda db: consents.withdraw(db, student.id))
    return replace(_state(store, roll), erased=erased, removed=removed)


def _state(store: Store, roll: str) -> ConsentState:
    with store.read() as db:
        student = people.get_student(db, roll)
        return ConsentState(student, tuple(consents.records_of(db, student.id)))
