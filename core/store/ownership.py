"""Whose a class, session or student is."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.store.tables import ClassTable, ClassTeacherTable, RosterTable, SessionTable, TeacherTable
from core.store.text import clean_text, key_of


def taught_by(db: Session, teacher_id: int | None) -> set[int]:
    """Ids of the classes this teacher teaches."""
    if teacher_id is None:
        return set()
    return set(db.scalars(select(ClassTeacherTable.class_id).filter_by(teacher_id=teacher_id)))


def teacher_named(db: Session, name: str) -> int | None:
    """Id of the teacher of this name, upper or lower case; None for nobody."""
    return db.scalar(select(TeacherTable.id).filter_by(name_key=key_of(clean_text(name))))


def class_of_session(db: Session, session_id: int) -> int | None:
    """Id of the session's class; None for no session."""
    return db.scalar(select(SessionTable.class_id).filter_by(id=session_id))


def is_on_rosters(db: Session, student_id: int, class_ids: set[int]) -> bool:
    """Whether the student is on the roster of one of these classes."""
    found = db.scalars(select(RosterTable.class_id).filter_by(student_id=student_id))
    return not class_ids.isdisjoint(found)


def codes_of(db: Session, class_ids: set[int]) -> list[str]:
    """The codes of these classes in order."""
    return sorted(db.scalars(select(ClassTable.code).where(ClassTable.id.in_(class_ids))))
