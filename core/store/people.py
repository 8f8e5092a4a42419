"""Students, classes and rosters.  Functions take the SQLAlchemy session and return records, never rows."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from core import clock
from core.errors import ConflictError, InputError, NotFoundError
from core.records import SchoolClass, Student
from core.store.tables import ClassTable, MarkTable, RosterTable, SampleTable, SightingTable, StudentTable

NAME_LENGTH, ROLL_LENGTH, CODE_LENGTH = 300, 100, 40
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Erased:
    """What went with a student."""

    samples: int
    marks: int


def clean(text: str, length: int) -> str:
    """One line of text as it is stored: NFC, no control characters or direction overrides, spaces collapsed, cut."""
    kept = [one for one in text if one not in BIDI_CONTROLS and (one.isspace() or unicodedata.category(one) != "Cc")]
    # Lone surrogates come from file names that are not valid UTF-8; no database takes them.
    whole = "".join(kept).encode("utf-8", "replace").decode("utf-8")
    return " ".join(unicodedata.normalize("NFC", whole).split())[:length].strip()


def key_of(text: str) -> str:
    """What two spellings of one roll number or class code have in common."""
    return text.casefold()


def add_class(db: Session, code: str, name: str, teacher: str | None = None) -> SchoolClass:
    """Raises InputError for an unusable code, ConflictError when it is taken."""
    code, name = clean(code, 1000), clean(name, NAME_LENGTH)
    if not code or len(code) > CODE_LENGTH:
        raise InputError(f"A class needs a code of 1 to {CODE_LENGTH} characters, for example CS101.")
    if not name:
        raise InputError(f"The class {code} needs a name, for example “Programming 1”.")
    existing = _class_row(db, code)
    if existing is not None:
        raise ConflictError(f"There is a class {existing.code} already ({existing.name}). Choose another code.")
    teacher = clean(teacher, NAME_LENGTH) or None if teacher else None
    row = ClassTable(code=code, code_key=key_of(code), name=name, teacher=teacher, created_at=clock.now())
    db.add(row)
    db.flush()
    return _class(row)


def get_class(db: Session, code: str) -> SchoolClass:
    """Raises NotFoundError that lists the classes there are."""
    row = _class_row(db, clean(code, 1000))
    if row is None:
        codes = ", ".join(one.code for one in list_classes(db)[:12])
        hint = f"There are: {codes}." if codes else "Add it first: app.py class add CODE NAME"
        raise NotFoundError(f"There is no class “{clean(code, CODE_LENGTH)}”. {hint}")
    return _class(row)


def get_class_by_id(db: Session, class_id: int) -> SchoolClass:
    return _class(db.get_one(ClassTable, class_id))


def list_classes(db: Session) -> list[SchoolClass]:
    return [_class(row) for row in db.scalars(select(ClassTable).order_by(ClassTable.code_key))]


def roster(db: Session, class_id: int) -> list[Student]:
    """The students of a class, by roll number."""
    query = (
        select(StudentTable).join(RosterTable).where(RosterTable.class_id == class_id).order_by(StudentTable.roll_key)
    )
    return [_student(row) for row in db.scalars(query)]


def classes_of(db: Session, student_id: int) -> list[SchoolClass]:
    query = (
        select(ClassTable).join(RosterTable).where(RosterTable.student_id == student_id).order_by(ClassTable.code_key)
    )
    return [_class(row) for row in db.scalars(query)]


def add_to_roster(db: Session, class_id: int, student_id: int) -> None:
    """Does nothing when the student is in the class already."""
    if db.get(RosterTable, (class_id, student_id)) is None:
        db.add(RosterTable(class_id=class_id, student_id=student_id))
        db.flush()


def check_student(db: Session, roll: str, name: str) -> tuple[str, str]:
    """The roll number and name as they would be stored.

    Raises InputError when one is empty, ConflictError when the roll number belongs to somebody with another name.
    """
    roll, name = clean(roll, ROLL_LENGTH), clean(name, NAME_LENGTH)
    if not roll or not name:
        raise InputError("A student needs a roll number and a name, for example R001 Ada Lovelace.")
    row = _student_row(db, roll)
    if row is not None and row.name.casefold() != name.casefold():
        raise ConflictError(
            f"The roll number {row.roll} belongs to {row.name}, not to {name}. Give one of them another roll number."
        )
    return roll, name


def find_or_add_student(db: Session, roll: str, name: str) -> Student:
    """The student with this roll number, added when there is none.  Raises like :func:`check_student`."""
    roll, name = check_student(db, roll, name)
    row = _student_row(db, roll)
    if row is None:
        row = StudentTable(roll=roll, roll_key=key_of(roll), name=name, active=True, created_at=clock.now())
        db.add(row)
        db.flush()
    return _student(row)


def get_student(db: Session, roll: str) -> Student:
    """Raises NotFoundError."""
    row = _student_row(db, clean(roll, ROLL_LENGTH))
    if row is None:
        raise NotFoundError(f"There is no student “{clean(roll, ROLL_LENGTH)}”. See them all: app.py students list")
    return _student(row)


def list_students(db: Session) -> list[Student]:
    return [_student(row) for row in db.scalars(select(StudentTable).order_by(StudentTable.roll_key))]


def record_consent(db: Session, student_id: int, consent: str, at: datetime) -> None:
    """Keep what the school holds as consent to this student's face being stored."""
    row = db.get_one(StudentTable, student_id)
    row.consent_text, row.consent_at = clean(consent, 500), at
    db.flush()


def delete_student(db: Session, roll: str) -> Erased:
    """Erase a student with all samples, marks and sightings.  Raises NotFoundError."""
    student = get_student(db, roll)

    def count(table: type[SampleTable] | type[MarkTable]) -> int:
        return db.scalar(select(func.count()).select_from(table).where(table.student_id == student.id)) or 0

    gone = Erased(count(SampleTable), count(MarkTable))
    db.execute(delete(SightingTable).where(SightingTable.student_id == student.id))
    db.execute(delete(StudentTable).where(StudentTable.id == student.id))
    return gone


def _student_row(db: Session, roll: str) -> StudentTable | None:
    return db.scalar(select(StudentTable).where(StudentTable.roll_key == key_of(roll)))


def _class_row(db: Session, code: str) -> ClassTable | None:
    return db.scalar(select(ClassTable).where(ClassTable.code_key == key_of(code)))


def _student(row: StudentTable) -> Student:
    return Student(row.id, row.roll, row.name, row.active, row.consent_text, row.email, row.parents_email)


def _class(row: ClassTable) -> SchoolClass:
    return SchoolClass(row.id, row.code, row.name, row.teacher)
