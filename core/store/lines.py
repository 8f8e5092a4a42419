"""Changes of marks with the names of what they are about, for people to read."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.store.marks import MarkState
from core.store.tables import ClassTable, MarkChangeTable, SessionTable, StudentTable
from core.store.tallies import Scope


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change of one mark.  at, starts_at: aware UTC; before, after: None for no mark; undone: was taken back."""

    at: datetime
    by: str
    role: str
    class_code: str
    session_id: int
    day: date
    starts_at: datetime
    roll: str
    name: str
    before: MarkState | None
    after: MarkState | None
    why: str | None
    undoes: bool
    undone: bool


def change_lines(
    db: Session,
    scope: Scope,
    *,
    session_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    by_machines: bool = False,
    limit: int = 1000,
) -> list[ChangeLine]:
    """Changes made from ``since`` to before ``until`` (aware), newest first; of the scope its classes and students."""
    columns = (ClassTable.code, SessionTable.day, SessionTable.starts_at, StudentTable.roll, StudentTable.name)
    query = (
        select(MarkChangeTable, *columns)
        .join(SessionTable, SessionTable.id == MarkChangeTable.session_id)
        .join(ClassTable, ClassTable.id == SessionTable.class_id)
        .join(StudentTable, StudentTable.id == MarkChangeTable.student_id)
    )
    if session_id is not None:
        query = query.where(MarkChangeTable.session_id == session_id)
    if since is not None:
        query = query.where(MarkChangeTable.at >= since)
    if until is not None:
        query = query.where(MarkChangeTable.at < until)
    if scope.class_ids is not None:
        query = query.where(SessionTable.class_id.in_(list(scope.class_ids)))
    if scope.student_ids is not None:
        query = query.where(MarkChangeTable.student_id.in_(list(scope.student_ids)))
    if not by_machines:
        query = query.where(MarkChangeTable.role != "machine")
    rows = db.execute(query.order_by(MarkChangeTable.id.desc()).limit(limit))
    return [_line(*row) for row in rows]


def _line(change: MarkChangeTable, code: str, day: date, starts_at: datetime, roll: str, name: str) -> ChangeLine:
    return ChangeLine(
        at=change.at,
        by=change.by,
        role=change.role,
        class_code=code,
        session_id=change.session_id,
        day=day,
        starts_at=starts_at,
        roll=roll,
        name=name,
        before=None if change.before is None else MarkState(**change.before),
        after=None if change.after is None else MarkState(**change.after),
        why=change.why,
        undoes=change.undoes is not None,
        undone=change.undone,
    )
