"""Students: who can be on a roster."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from core import clock
from core.errors import ConflictError, NotFoundError
from core.records import Student
from core.store import audit
from core.store.addresses import clean_email, clean_emails
from core.store.parts import computed_rows, in_parts
from core.store.phone_erasure import take_phones
from core.store.seats import leave_seats
from core.store.tables import (
    ConfirmationTable,
    DeviceTable,
    MailTable,
    MarkTable,
    PassageTable,
    RejectionTable,
    RosterTable,
    SampleTable,
    SightingTable,
    StudentTable,
)
from core.store.text import clean_name, clean_roll, clean_text, key_of, natural_order

_ERASED = (
    SampleTable,
    MarkTable,
    SightingTable,
    RosterTable,
    RejectionTable,
    PassageTable,
    MailTable,
    ConfirmationTable,
    DeviceTable,
)

_OF_A_RECORD = (
    StudentTable.id,
    StudentTable.roll,
    StudentTable.name,
    StudentTable.active,
    StudentTable.consent_text,
    StudentTable.email,
    StudentTable.parents_email,
    StudentTable.consent_at,
)
"""The columns that :func:`student_record` reads."""


@dataclass(frozen=True, slots=True)
class StudentDraft:
    """A student about to be stored with many others; columns as in :class:`core.store.tables.StudentTable`."""

    roll: str
    name: str
    email: str | None = None
    parents_email: str | None = None
    active: bool = True
    consent_text: str | None = None
    consent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows of a deleted student went, in the order of ``_ERASED``."""

    samples: int
    marks: int
    sightings: int
    rosters: int
    rejections: int = 0
    passages: int = 0
    mails: int = 0
    confirmations: int = 0
    phones: int = 0


def find_student(db: Session, roll: str) -> Student | None:
    """The student with this roll number, upper or lower case, or None."""
    row = _student_row(db, roll)
    return None if row is None else student_record(row)


def get_student(db: Session, roll: str) -> Student:
    """The student with this roll number.  Raises NotFoundError."""
    found = find_student(db, roll)
    if found is None:
        raise NotFoundError(
            f"There is no student with the roll number “{clean_text(roll, 40)}”. See all: app.py students list"
        )
    return found


def get_student_by_id(db: Session, student_id: int) -> Student:
    """The student with this id.  Raises NotFoundError."""
    return student_record(_row(db, student_id))


def list_students(db: Session, class_ids: Collection[int] | None = None) -> list[Student]:
    """All students by roll number, inactive ones too; with ``class_ids`` those on the rosters of these classes."""
    # Columns, not objects: a school of thousands is listed four times as fast.
    query = select(*_OF_A_RECORD)
    if class_ids is not None:
        here = select(RosterTable.student_id).where(RosterTable.class_id.in_(class_ids))
        query = query.where(StudentTable.id.in_(here))
    return students_by_roll(computed_rows(db, query))


def rolls_by_id(db: Session, rolls: Collection[str], class_ids: Collection[int] | None = None) -> dict[int, str]:
    """Student id -> roll number of those there are among ``rolls``, in upper or lower case; of all or these classes."""
    query = select(StudentTable.id, StudentTable.roll)
    if class_ids is not None:
        here = select(RosterTable.student_id).where(RosterTable.class_id.in_(class_ids))
        query = query.where(StudentTable.id.in_(here))
    keys = [key_of(clean_text(roll)) for roll in rolls]
    return {number: roll for part in in_parts(query, StudentTable.roll_key, keys) for number, roll in db.execute(part)}


def check_student(db: Session, roll: str, name: str) -> tuple[str, str]:
    """The roll number and name as they would be stored.

    Raises ConflictError when it belongs to another name (upper and lower case do not matter), InputError when the
    roll number or name cannot be stored.
    """
    roll, name = clean_roll(roll), clean_name(name)
    found = find_student(db, roll)
    if found is not None and key_of(found.name) != key_of(name):
        raise ConflictError(
            f"The roll number {found.roll} belongs to “{found.name}”, so it cannot be given to “{name}”. "
            "Correct the roll number or the name."
        )
    return roll, name


def add_student(
    db: Session, roll: str, name: str, *, email: str | None = None, parents_email: str | None = None
) -> Student:
    """Add a student.

    Raises ConflictError when the roll number is taken, InputError as :func:`check_student` and for bad addresses.
    """
    roll, name = check_student(db, roll, name)
    found = find_student(db, roll)
    if found is not None:
        raise ConflictError(f"The student {found.roll} {found.name} exists already.")
    row = StudentTable(
        roll=roll,
        roll_key=key_of(roll),
        name=name,
        email=_one_address(email or ""),
        parents_email=_addresses(parents_email or ""),
        active=True,
        created_at=clock.now(),
    )
    db.add(row)
    db.flush()
    audit.record(db, None, "people.add", student_id=row.id)
    return student_record(row)


def add_students(db: Session, drafts: Sequence[StudentDraft]) -> None:
    """Add many at once.  The caller has cleaned the texts and seen that no roll number is taken."""
    now = clock.now()
    values = [
        {**asdict(one), "roll_key": key_of(one.roll), "created_at": now, "left_at": None if one.active else now}
        for one in drafts
    ]
    if values:
        db.execute(insert(StudentTable), values)


def find_or_add_student(db: Session, roll: str, name: str) -> Student:
    """The student with this roll number and name, added when new.  Raises as :func:`check_student`."""
    roll, name = check_student(db, roll, name)
    return find_student(db, roll) or add_student(db, roll, name)


def edit_student(
    db: Session,
    student_id: int,
    *,
    roll: str | None = None,
    name: str | None = None,
    email: str | None = None,
    parents_email: str | None = None,
) -> Student:
    """Change what is given of a student; "" removes an e-mail address, parents may have several (``a@b.org, c@d.org``).

    Raises ConflictError when the roll number belongs to somebody else, InputError for what cannot be stored,
    NotFoundError for an unknown student.
    """
    row = _row(db, student_id)
    before = student_record(row)
    if roll is not None:
        roll = clean_roll(roll)
        other = find_student(db, roll)
        if other is not None and other.id != student_id:
            raise ConflictError(
                f"The roll number {other.roll} belongs to “{other.name}”. Give another one, "
                f"or make one of both: app.py students merge {other.roll} {row.roll}"
            )
        row.roll, row.roll_key = roll, key_of(roll)
    if name is not None:
        row.name = clean_name(name)
    if email is not None:
        row.email = _one_address(email)
    if parents_email is not None:
        row.parents_email = _addresses(parents_email)
    db.flush()
    after = student_record(row)
    # Which of them changed, not to what: the audit holds no names.
    changed = [one for one in ("roll", "name", "email", "parents_email") if getattr(before, one) != getattr(after, one)]
    if changed:
        audit.record(db, None, "people.change", student_id=student_id, after={"changed": changed})
    return after


def _one_address(text: str) -> str | None:
    return clean_email(text) if text.strip() else None


def _addresses(text: str) -> str | None:
    return ", ".join(clean_emails(text)) or None


def set_active(db: Session, student_id: int, active: bool) -> Student:
    """Say whether a student still comes; whoever does not is neither recognised nor marked, and keeps the history.

    Raises NotFoundError.
    """
    row = _row(db, student_id)
    before = row.active
    row.active = active
    row.left_at = None if active else row.left_at or clock.now()
    db.flush()
    if not active:
        leave_seats(db, student_id)
        take_phones(db, student_id)
    if before != active:
        seen = ({"active": before}, {"active": active})
        audit.record(db, None, "people.change", student_id=student_id, before=seen[0], after=seen[1])
    return student_record(row)


def delete_student(db: Session, roll: str) -> Erased:
    """Erase a student with everything that is about them (the tables follow).  Raises NotFoundError."""
    student = get_student(db, roll)
    gone = Erased(
        *(db.scalar(select(func.count()).select_from(table).filter_by(student_id=student.id)) or 0 for table in _ERASED)
    )
    db.execute(delete(StudentTable).where(StudentTable.id == student.id))
    return gone


def students_by_roll(rows: Iterable[StudentTable]) -> list[Student]:
    """The records of some rows in the order of their roll numbers."""
    return sorted((student_record(row) for row in rows), key=lambda one: natural_order(one.roll))


def _student_row(db: Session, roll: str) -> StudentTable | None:
    key = key_of(clean_text(roll))
    return db.scalar(select(StudentTable).where(StudentTable.roll_key == key).execution_options(populate_existing=True))


def _row(db: Session, student_id: int) -> StudentTable:
    row = db.get(StudentTable, student_id, populate_existing=True)
    if row is None:
        raise NotFoundError(f"There is no student number {student_id}. See all: app.py students list")
    return row


def student_record(row: StudentTable) -> Student:
    """The record of a row."""
    return Student(
        id=row.id,
        roll=row.roll,
        name=row.name,
        active=row.active,
        consent=row.consent_text,
        email=row.email,
        parents_email=row.parents_email,
        consent_at=row.consent_at,
    )
