"""Which lessons go on before a camera that runs all day."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from core.store.sessions import OPEN
from core.store.tables import ClassTable, GroupMemberTable, RoomTable, RosterTable, SessionTable


@dataclass(frozen=True, slots=True)
class OpenLesson:
    """A lesson that somebody before the camera belongs to."""

    session_id: int
    class_code: str


def open_lessons(
    db: Session, student_id: int, at: datetime, *, source: str, class_id: int | None, early_minutes: float
) -> list[OpenLesson]:
    """The open lessons at ``at`` (aware) whose roster, or group, has the student.

    Only lessons of the class, if one is given, or else in the rooms whose camera is ``source``.  early_minutes: so
    long before its start a lesson counts already; after its end none does, for people then only walk out.
    """
    room = func.coalesce(SessionTable.room_id, ClassTable.room_id)
    if class_id is None:
        here: ColumnElement[bool] = room.in_(select(RoomTable.id).where(func.trim(RoomTable.camera) == source.strip()))
    else:
        here = SessionTable.class_id == class_id
    member = exists().where(
        GroupMemberTable.group_id == SessionTable.group_id, GroupMemberTable.student_id == student_id
    )
    rows = db.execute(
        select(SessionTable.id, ClassTable.code)
        .join(ClassTable, ClassTable.id == SessionTable.class_id)
        .join(RosterTable, RosterTable.class_id == SessionTable.class_id)
        .where(SessionTable.state == OPEN, RosterTable.student_id == student_id, here)
        .where(SessionTable.starts_at <= at + timedelta(minutes=early_minutes), SessionTable.ends_at >= at)
        .where(or_(SessionTable.group_id.is_(None), member))
        .order_by(SessionTable.starts_at, SessionTable.id)
    )
    return [OpenLesson(*row) for row in rows]
