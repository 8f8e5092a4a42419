"""Sessions: one row for each lesson that was opened, marked, moved or cancelled."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFoundError
from core.records import SchoolClass
from core.store import audit
from core.store.parts import in_parts
from core.store.phone_erasure import erase_faces
from core.store.tables import SessionTable
from core.store.text import clean_text

PLANNED = "planned"
"""Of a lesson that was moved and not opened yet; others of the timetable have no row."""
OPEN = "open"
LOCKED = "locked"
CLOSED = "closed"
CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One lesson of a class.  Times aware UTC; other columns as in :class:`core.store.tables.SessionTable`."""

    id: int
    class_id: int
    starts_at: datetime
    ends_at: datetime
    day: date
    state: str
    source: str
    teacher: str | None
    model_key: str
    training_run_id: int | None
    group_id: int | None
    room_id: int | None
    schedule_id: int | None
    planned_day: date | None
    title: str | None
    opened_at: datetime
    taken_at: datetime | None
    reviewed_at: datetime | None
    closed_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SessionDraft:
    """A session about to be stored.  starts_at, ends_at: aware; zone: the school's, for the day."""

    class_id: int
    starts_at: datetime
    ends_at: datetime
    zone: tzinfo | None
    source: str = ""
    teacher: str | None = None
    model_key: str = ""
    training_run_id: int | None = None
    group_id: int | None = None
    room_id: int | None = None
    schedule_id: int | None = None
    planned_day: date | None = None
    title: str | None = None
    state: str = OPEN


def add_session(db: Session, draft: SessionDraft) -> SessionRow:
    """Begin a session.  Raises ValueError for an end before the start."""
    if draft.ends_at <= draft.starts_at:
        raise ValueError(f"a session cannot end at {draft.ends_at}, it starts at {draft.starts_at}")
    now = clock.now()
    row = SessionTable(
        class_id=draft.class_id,
        group_id=draft.group_id,
        room_id=draft.room_id,
        schedule_id=draft.schedule_id,
        planned_day=draft.planned_day,
        title=clean_text(draft.title or "") or None,
        day=clock.local(draft.starts_at, draft.zone).date(),
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
        state=draft.state,
        opened_at=now,
        source=clean_text(draft.source),
        teacher=clean_text(draft.teacher or "") or None,
        model_key=draft.model_key,
        training_run_id=draft.training_run_id,
        created_at=now,
    )
    db.add(row)
    db.flush()
    db.refresh(row)
    made = session_row(row)
    audit.record(db, None, "sessions.add", class_id=made.class_id, session_id=made.id, after=_states(made))
    return made


def change_session(db: Session, session_id: int, **columns: object) -> SessionRow:
    """Set columns of a session and give it as it is then.  Raises NotFoundError."""
    old = get_session(db, session_id)
    db.execute(update(SessionTable).where(SessionTable.id == session_id).values(**columns))
    made = get_session(db, session_id)
    before, after = _states(old), _states(made)
    if old.state != made.state:
        erase_faces(db, session_id)
    if before != after:
        audit.record(
            db, None, "sessions.change", class_id=made.class_id, session_id=made.id, before=before, after=after
        )
    return made


def _states(row: SessionRow) -> dict[str, str | None]:
    """What of a session the audit keeps."""
    reviewed = None if row.reviewed_at is None else row.reviewed_at.isoformat()
    times = {"starts_at": row.starts_at.isoformat(), "ends_at": row.ends_at.isoformat()}
    return {"state": row.state, **times, "opened_at": row.opened_at.isoformat(), "reviewed_at": reviewed}


def begin_session(db: Session, session: SessionRow) -> SessionRow:
    """The session, open if it was only planned."""
    if session.state != PLANNED:
        return session
    return change_session(db, session.id, state=OPEN, opened_at=clock.now())


def find_by_id(db: Session, session_id: int) -> SessionRow | None:
    """The session with this id, or None."""
    row = db.get(SessionTable, session_id, populate_existing=True)
    return None if row is None else session_row(row)


def get_session(db: Session, session_id: int) -> SessionRow:
    """The session with this id.  Raises NotFoundError."""
    found = find_by_id(db, session_id)
    if found is None:
        raise NotFoundError(f"There is no session number {session_id}. See those there are: app.py session list")
    return found


def sessions_by_id(db: Session, session_ids: Collection[int]) -> dict[int, SessionRow]:
    """Sessions by id; those that are gone are missing."""
    parts = in_parts(select(SessionTable), SessionTable.id, session_ids)
    return {row.id: session_row(row) for part in parts for row in db.scalars(part)}


def latest_session(db: Session, class_id: int) -> SessionRow | None:
    """The class's session that started last until now, else the next one; a lesson that was only moved is none yet."""
    here = select(SessionTable).where(
        SessionTable.class_id == class_id, SessionTable.state.not_in((PLANNED, CANCELLED))
    )
    begun = here.where(SessionTable.starts_at <= clock.now())
    newest = begun.order_by(SessionTable.starts_at.desc(), SessionTable.id.desc())
    row = db.scalar(newest.limit(1)) or db.scalar(here.order_by(SessionTable.starts_at, SessionTable.id).limit(1))
    return None if row is None else session_row(row)


def session_of_class(db: Session, school_class: SchoolClass, session_id: int) -> SessionRow:
    """The class's session with this id.  Raises NotFoundError."""
    found = find_by_id(db, session_id)
    if found is None or found.class_id != school_class.id:
        code = school_class.code
        raise NotFoundError(f"{code} has no session {session_id}. See all: app.py session list {code} --from DAY")
    return found


def sessions_between(db: Session, class_id: int, start: datetime, end: datetime) -> list[SessionRow]:
    """The class's sessions that start from ``start`` to ``end``, both included, oldest first; not the cancelled."""
    rows = db.scalars(
        select(SessionTable)
        .where(SessionTable.class_id == class_id, SessionTable.starts_at.between(start, end))
        .where(SessionTable.state != CANCELLED)
        .order_by(SessionTable.starts_at, SessionTable.id)
    )
    return [session_row(row) for row in rows]


def sessions_on(
    db: Session, first: date, last: date, class_ids: Collection[int] | None = None, *, cancelled: bool = False
) -> list[SessionRow]:
    """Sessions of some classes (None: of all) on the days from ``first`` to ``last``, both included, oldest first."""
    query = select(SessionTable).where(SessionTable.day.between(first, last))
    if class_ids is not None:
        query = query.where(SessionTable.class_id.in_(list(class_ids)))
    if not cancelled:
        query = query.where(SessionTable.state != CANCELLED)
    return [session_row(row) for row in db.scalars(query.order_by(SessionTable.starts_at, SessionTable.id))]


def planned_session(db: Session, schedule_id: int, planned_day: date) -> SessionRow | None:
    """The session that was made of this lesson of the timetable, a cancelled one too, or None."""
    row = db.scalar(select(SessionTable).filter_by(schedule_id=schedule_id, planned_day=planned_day))
    return None if row is None else session_row(row)


def planned_days(
    db: Session, first: date, last: date, schedule_ids: Collection[int] | None = None
) -> set[tuple[int, date]]:
    """The lessons of some timetable entries (None: of all) on these days, as (entry, day), of which a session was made.

    Moved ones are in it by the day they were planned for.
    """
    query = select(SessionTable.schedule_id, SessionTable.planned_day)
    if schedule_ids is not None:
        query = query.where(SessionTable.schedule_id.in_(list(schedule_ids)))
    rows = db.execute(query.where(SessionTable.planned_day.between(first, last), SessionTable.schedule_id.is_not(None)))
    return {(schedule_id, day) for schedule_id, day in rows if schedule_id is not None and day is not None}


def sessions_to_close(db: Session, ended_before: datetime) -> list[SessionRow]:
    """Open and locked sessions that ended, and were opened last, before this moment; oldest first."""
    rows = db.scalars(
        select(SessionTable)
        .where(SessionTable.state.in_((OPEN, LOCKED)), SessionTable.ends_at < ended_before)
        .where(SessionTable.opened_at < ended_before)
        .order_by(SessionTable.starts_at, SessionTable.id)
    )
    return [session_row(row) for row in rows]


def session_row(row: SessionTable) -> SessionRow:
    """The record of a row."""
    return SessionRow(
        id=row.id,
        class_id=row.class_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        day=row.day,
        state=row.state,
        source=row.source,
        teacher=row.teacher,
        model_key=row.model_key,
        training_run_id=row.training_run_id,
        group_id=row.group_id,
        room_id=row.room_id,
        schedule_id=row.schedule_id,
        planned_day=row.planned_day,
        title=row.title,
        opened_at=row.opened_at,
        taken_at=row.taken_at,
        reviewed_at=row.reviewed_at,
        closed_at=row.closed_at,
        created_at=row.created_at,
    )
