"""Who teaches which class."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from core.errors import ConflictError, NotFoundError
from core.store import audit
from core.store.addresses import clean_email
from core.store.tables import ClassTeacherTable, TeacherTable
from core.store.text import clean_name, clean_text, key_of


@dataclass(frozen=True, slots=True)
class Teacher:
    """Somebody who teaches."""

    id: int
    name: str
    email: str | None
    active: bool


def find_or_add_teacher(db: Session, name: str) -> Teacher:
    """The teacher of this name, added when new; upper and lower case are the same.  Raises InputError when empty."""
    name = clean_name(name, "teacher")
    row = db.scalar(select(TeacherTable).filter_by(name_key=key_of(name)))
    return _add(db, name, None) if row is None else _teacher(row)


def _add(db: Session, name: str, email: str | None) -> Teacher:
    row = TeacherTable(name=name, name_key=key_of(name), email=email, active=True)
    db.add(row)
    db.flush()
    audit.record(db, None, "teachers.add", subject=f"teacher:{row.id}")
    return _teacher(row)


def add_teacher(db: Session, name: str, email: str | None = None) -> Teacher:
    """Add a teacher.  Raises ConflictError when there is one of this name, InputError for a bad name or address."""
    name = clean_name(name, "teacher")
    if db.scalar(select(TeacherTable.id).filter_by(name_key=key_of(name))) is not None:
        raise ConflictError(f"The teacher “{name}” exists already. Change the address: app.py teachers edit NAME")
    return _add(db, name, _address(email or ""))


def _address(text: str) -> str | None:
    return clean_email(text) if text.strip() else None


def get_teacher(db: Session, name: str) -> Teacher:
    """The teacher of this name, upper or lower case.  Raises NotFoundError."""
    row = db.scalar(select(TeacherTable).filter_by(name_key=key_of(clean_text(name))))
    if row is None:
        raise NotFoundError(f"There is no teacher “{clean_text(name, 60)}”. See all: app.py teachers list")
    return _teacher(row)


def list_teachers(db: Session) -> list[Teacher]:
    """All teachers by name, inactive ones too."""
    return sorted((_teacher(row) for row in db.scalars(select(TeacherTable))), key=lambda one: key_of(one.name))


def edit_teacher(
    db: Session, teacher_id: int, *, name: str | None = None, email: str | None = None, active: bool | None = None
) -> Teacher:
    """Change what is given of a teacher; "" removes the address.

    Raises ConflictError when another teacher has the name, InputError for a bad name or address, NotFoundError.
    """
    row = db.get(TeacherTable, teacher_id, populate_existing=True)
    if row is None:
        raise NotFoundError(f"There is no teacher number {teacher_id}. See all: app.py teachers list")
    before = _teacher(row)
    if name is not None:
        name = clean_name(name, "teacher")
        other = db.scalar(select(TeacherTable.id).filter_by(name_key=key_of(name)))
        if other not in (None, teacher_id):
            raise ConflictError(f"There is another teacher called “{name}”. Tell them apart, like “{name} (Physics)”.")
        row.name, row.name_key = name, key_of(name)
    if email is not None:
        row.email = _address(email)
    if active is not None:
        row.active = active
    db.flush()
    after = _teacher(row)
    # A name and an address are told to have changed, not to what.
    changed = [one for one in ("name", "email") if getattr(before, one) != getattr(after, one)]
    if after != before:
        seen = {"active": after.active, "changed": changed}
        subject = f"teacher:{row.id}"
        audit.record(db, None, "teachers.change", subject=subject, before={"active": before.active}, after=seen)
    return after


def set_teachers(db: Session, class_id: int, names: Sequence[str]) -> None:
    """Say who teaches a class, the first of them first on the sheet.  Raises InputError for an empty name."""
    ids = dict.fromkeys(find_or_add_teacher(db, name).id for name in names)
    db.execute(delete(ClassTeacherTable).filter_by(class_id=class_id))
    values = [{"class_id": class_id, "teacher_id": one, "position": i} for i, one in enumerate(ids)]
    if values:
        db.execute(insert(ClassTeacherTable), values)


def teachers_by_class(db: Session, class_ids: Collection[int] | None = None) -> dict[int, tuple[Teacher, ...]]:
    """The teachers of each class in their order; of all classes without ``class_ids``."""
    query = select(ClassTeacherTable.class_id, TeacherTable).join(
        TeacherTable, TeacherTable.id == ClassTeacherTable.teacher_id
    )
    if class_ids is not None:
        query = query.where(ClassTeacherTable.class_id.in_(list(class_ids)))
    found: dict[int, tuple[Teacher, ...]] = {}
    for class_id, row in db.execute(query.order_by(ClassTeacherTable.class_id, ClassTeacherTable.position)):
        found[class_id] = (*found.get(class_id, ()), _teacher(row))
    return found


def _teacher(row: TeacherTable) -> Teacher:
    return Teacher(row.id, row.name, row.email, row.active)
