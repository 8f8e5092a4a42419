"""Who teaches which class."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from core.store.tables import ClassTeacherTable, TeacherTable
from core.store.text import clean_name, key_of


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
    if row is None:
        row = TeacherTable(name=name, name_key=key_of(name), active=True)
        db.add(row)
        db.flush()
    return Teacher(row.id, row.name, row.email, row.active)


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
        found[class_id] = (*found.get(class_id, ()), Teacher(row.id, row.name, row.email, row.active))
    return found
