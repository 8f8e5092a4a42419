"""The register: sessions, one mark a student and session, and what the camera saw."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFoundError
from core.records import MarkRow, SightingRow
from core.store.tables import MarkTable, SessionTable, SightingTable, StudentTable

PRESENT, ABSENT = "P", "A"
BY_FACE = "face"


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session of a class.  starts_at is aware UTC."""

    id: int
    class_id: int
    starts_at: datetime
    source: str
    teacher: str | None
    model_key: str


@dataclass(frozen=True, slots=True)
class FaceEvidence:
    """That a student was surely seen, how sure (0-1) and when (aware UTC)."""

    confidence: float
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class SightingDraft:
    """A sighting to be stored; kind is ``present``, ``review`` or ``unknown``, thumbnail PNG bytes or empty."""

    kind: str
    student_id: int | None
    reason: str
    confidence: float
    first_seen: datetime
    last_seen: datetime
    looks: int
    thumbnail: bytes = field(repr=False, default=b"")


def add_session(
    db: Session,
    *,
    class_id: int,
    starts_at: datetime,
    source: str,
    teacher: str | None,
    model_key: str,
    training_run_id: int | None,
) -> SessionRow:
    """Open a session."""
    row = SessionTable(
        class_id=class_id,
        starts_at=starts_at,
        source=source[:500],
        teacher=teacher,
        model_key=model_key,
        training_run_id=training_run_id,
        created_at=clock.now(),
    )
    db.add(row)
    db.flush()
    return _session(row)


def get_session(db: Session, session_id: int) -> SessionRow:
    """Raises NotFoundError."""
    row = db.get(SessionTable, session_id)
    if row is None:
        raise NotFoundError(f"There is no session {session_id}.")
    return _session(row)


def find_session(db: Session, class_id: int, starts_at: datetime) -> SessionRow | None:
    """The newest session of a class that starts exactly then."""
    found = sessions_between(db, class_id, starts_at, starts_at)
    return found[-1] if found else None


def sessions_between(db: Session, class_id: int, start: datetime, end: datetime) -> list[SessionRow]:
    """Sessions of a class that start from ``start`` to ``end``, both included, oldest first."""
    query = select(SessionTable).where(
        SessionTable.class_id == class_id, SessionTable.starts_at >= start, SessionTable.starts_at <= end
    )
    return [_session(row) for row in db.scalars(query.order_by(SessionTable.starts_at, SessionTable.id))]


def merge_face_marks(
    db: Session, session_id: int, evidence: Mapping[int, FaceEvidence], roster_ids: Iterable[int]
) -> None:
    """Enter what a camera saw.

    A student seen becomes present; one not seen becomes absent only where no mark stands yet.  Marking again never
    takes a mark back, widens the times, and never touches the status of a mark that a person set.
    """
    query = select(MarkTable).where(MarkTable.session_id == session_id)
    standing = {row.student_id: row for row in db.scalars(query)}
    now = clock.now()
    for student_id in roster_ids:
        seen = evidence.get(student_id)
        row = standing.get(student_id)
        if row is None:
            row = MarkTable(session_id=session_id, student_id=student_id, status=ABSENT, source=BY_FACE, updated_at=now)
            db.add(row)
        if seen is not None:
            _enter(row, seen, now)
    db.flush()


def _enter(row: MarkTable, seen: FaceEvidence, now: datetime) -> None:
    if row.source == BY_FACE:
        row.status = PRESENT
    row.confidence = max(row.confidence or 0.0, seen.confidence)
    row.first_seen = min(row.first_seen or seen.first_seen, seen.first_seen)
    row.last_seen = max(row.last_seen or seen.last_seen, seen.last_seen)
    row.updated_at = now


def replace_sightings(db: Session, session_id: int, source: str, drafts: Sequence[SightingDraft]) -> None:
    """Store the sightings of one source; those of an earlier marking of the same source go."""
    source = source[:500]
    same = (SightingTable.session_id == session_id) & (SightingTable.source == source)
    db.execute(delete(SightingTable).where(same))
    for one in drafts:
        row = SightingTable(
            session_id=session_id,
            student_id=one.student_id,
            kind=one.kind,
            reason=one.reason[:300],
            confidence=one.confidence,
            first_seen=one.first_seen,
            last_seen=one.last_seen,
            looks=one.looks,
            source=source,
            thumbnail=one.thumbnail,
        )
        db.add(row)
    db.flush()


def register_rows(db: Session, session_id: int) -> list[MarkRow]:
    """The register of a session, by roll number."""
    query = (
        select(MarkTable, StudentTable)
        .join(StudentTable, StudentTable.id == MarkTable.student_id)
        .where(MarkTable.session_id == session_id)
        .order_by(StudentTable.roll_key)
    )
    return [
        MarkRow(student.roll, student.name, mark.status, mark.source, mark.confidence, mark.first_seen, mark.last_seen)
        for mark, student in db.execute(query)
    ]


def sighting_rows(db: Session, session_id: int) -> list[SightingRow]:
    """What the camera saw in a session, in order of time."""
    query = (
        select(SightingTable, StudentTable)
        .outerjoin(StudentTable, StudentTable.id == SightingTable.student_id)
        .where(SightingTable.session_id == session_id)
        .order_by(SightingTable.first_seen, SightingTable.id)
    )
    return [
        SightingRow(
            kind=one.kind,
            reason=one.reason,
            student_roll=student.roll if student else None,
            student_name=student.name if student else None,
            confidence=one.confidence,
            first_seen=one.first_seen,
            last_seen=one.last_seen,
            thumbnail=one.thumbnail,
        )
        for one, student in db.execute(query)
    ]


def _session(row: SessionTable) -> SessionRow:
    return SessionRow(row.id, row.class_id, row.starts_at, row.source, row.teacher, row.model_key)
