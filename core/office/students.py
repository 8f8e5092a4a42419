"""Students: listed, shown, added and changed.  Two entries of one are made one by :mod:`core.office.merging`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from core.access import guarded, own_classes
from core.accuracy_advice import ENOUGH_PHOTOS
from core.records import SchoolClass, Student
from core.store import consents, groups, people, samples
from core.store.consents import ConsentRecord
from core.store.database import Store
from core.store.merging import rename_roll

Coverage = Literal["consent", "none", "few", "enough"]
"""What stands between a student and being recognised: a consent is missing, no face, few faces, nothing."""


def coverage_of(student: Student, samples: int) -> Coverage:
    """How well a student with so many stored faces can be recognised."""
    if not student.consent:
        return "consent"
    if samples < ENOUGH_PHOTOS:
        return "few" if samples else "none"
    return "enough"


@dataclass(frozen=True, slots=True)
class StudentLine:
    """A student in a list.  samples: stored faces; classes: codes of those that whoever asks may see."""

    student: Student
    samples: int
    classes: tuple[str, ...] = ()

    @property
    def coverage(self) -> Coverage:
        return coverage_of(self.student, self.samples)


@dataclass(frozen=True, slots=True)
class StudentCard:
    """All that the office knows of a student but for marks and faces.

    samples: stored faces; classes by code; groups: code of the class and name; consent: the newest record, also of a
    refusal or of what was withdrawn.
    """

    student: Student
    samples: int
    classes: tuple[SchoolClass, ...]
    groups: tuple[tuple[str, str], ...]
    consent: ConsentRecord | None


@dataclass(frozen=True, slots=True)
class NewStudent:
    """A student who was added, and the classes they came into."""

    student: Student
    classes: tuple[SchoolClass, ...]


@guarded
def list_students(store: Store) -> tuple[StudentLine, ...]:
    """The students by roll number, inactive ones too: those of a teacher's own classes, all for an admin."""
    with store.read() as db:
        own = own_classes(db)
        students = people.list_students(db, own)
        counts = samples.count_by_student(db, [one.id for one in students])
        codes = people.codes_by_student(db, own)
    return tuple(StudentLine(one, counts[one.id], codes.get(one.id, ())) for one in students)


@guarded
def card(store: Store, roll: str) -> StudentCard:
    """One student.  Raises NotFoundError."""
    with store.read() as db:
        return _card(db, people.get_student(db, roll))


@guarded
def card_of(store: Store, student_id: int) -> StudentCard:
    """As :func:`card`, for a surface that knows the student's number."""
    with store.read() as db:
        return _card(db, people.get_student_by_id(db, student_id))


def _card(db: Session, student: Student) -> StudentCard:
    classes = tuple(people.classes_of(db, student.id))
    codes = {one.id: one.code for one in classes}
    return StudentCard(
        student=student,
        samples=samples.count_by_student(db, [student.id])[student.id],
        classes=classes,
        groups=tuple((codes[one.class_id], one.name) for one in groups.groups_of(db, student.id)),
        consent=next(iter(consents.records_of(db, student.id)), None),
    )


@guarded
def add_student(
    store: Store,
    roll: str,
    name: str,
    class_codes: Sequence[str] = (),
    *,
    email: str | None = None,
    parents_email: str | None = None,
) -> NewStudent:
    """Add a student without photos to these classes.

    Raises NotFoundError for a class, ConflictError when the roll number is taken, InputError for what cannot be stored.
    """
    with store.transaction() as db:
        classes = tuple(people.get_class(db, code) for code in class_codes)
        made = people.add_student(db, roll, name, email=email, parents_email=parents_email)
        for one in classes:
            people.add_to_roster(db, one.id, made.id)
    return NewStudent(made, classes)


@guarded
def edit_student(
    store: Store,
    roll: str,
    *,
    new_roll: str | None = None,
    name: str | None = None,
    email: str | None = None,
    parents_email: str | None = None,
) -> Student:
    """Change what is given of a student; "" removes an address.

    Raises NotFoundError, ConflictError when the new roll number belongs to somebody else, InputError for what cannot
    be stored.
    """
    with store.transaction() as db:
        before = people.get_student(db, roll)
        after = people.edit_student(db, before.id, roll=new_roll, name=name, email=email, parents_email=parents_email)
        if after.roll != before.roll:
            rename_roll(db, before.roll, after.roll)
    return after


@guarded
def set_active(store: Store, roll: str, *, active: bool) -> Student:
    """Say whether a student still comes; whoever does not is neither recognised nor marked.  Raises NotFoundError."""
    with store.transaction() as db:
        return people.set_active(db, people.get_student(db, roll).id, active)
