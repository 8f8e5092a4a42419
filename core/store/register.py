"""What recognition brings into the register, and who was seen.  The register is the truth; sheets are made from it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from core.actor import MACHINE
from core.records import MarkRow, SightingRow
from core.store.confirmations import unconfirmed
from core.store.marks import (
    BY_CLOSING,
    BY_FACE,
    BY_MACHINE,
    Mark,
    MarkState,
    Wish,
    marks_of,
    set_taken,
    set_times,
    write_marks,
)
from core.store.parts import in_parts
from core.store.sealed import THUMBNAIL, seal, unseal_to_show
from core.store.sessions import SessionRow, get_session
from core.store.statuses import ABSENT, LATE, PRESENT
from core.store.tables import MarkTable, SessionTable, SightingTable, StudentTable
from core.store.text import clean_text, natural_order
from core.store.timetable import PlannedAbsence, absences_on


@dataclass(frozen=True, slots=True)
class FaceEvidence:
    """Why a student counts as seen.  confidence: 0-1; times aware."""

    confidence: float
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class SightingDraft:
    """Somebody seen, about to be stored; columns as in :class:`core.store.tables.SightingTable`."""

    kind: str
    reason: str
    student_id: int | None = None
    confidence: float | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    looks: int = 0
    face_px: float | None = None
    frame_px: int | None = None
    candidates: tuple[tuple[int, float], ...] = ()
    thumbnail: bytes = field(repr=False, default=b"")


def merge_face_marks(
    db: Session,
    session_id: int,
    evidence: Mapping[int, FaceEvidence],
    roster_ids: Collection[int],
    *,
    late_after_minutes: int | None = None,
    found_there: datetime | None = None,
    expected_ids: Collection[int] | None = None,
    taken: bool = True,
) -> None:
    """Bring what recognition saw (student id -> evidence) into the register.

    Seen is present, or late when first seen more than ``late_after_minutes`` after the start.  found_there: when the
    first camera looked into the room; who was in it then is not late, for nobody knows when they came.  Not seen and no
    mark yet is absent, or excused where that was planned, for those of ``expected_ids`` (None: the whole roster).
    Marking again never makes a present student absent or late: it widens first and last seen and keeps the higher
    confidence.  Marks a person decided stay exactly as they are.  taken: the whole register, not only a passer-by.
    Where the session asks for a phone too, who is seen without one keeps the mark they have.

    Raises ValueError for evidence of somebody who is not on the roster, NotFoundError for the session.
    """
    if strangers := evidence.keys() - set(roster_ids):
        raise ValueError(f"evidence for students who are not on the roster: {sorted(strangers)}")
    session = get_session(db, session_id)
    old = {student: mark for (_, student), mark in marks_of(db, [session_id]).items()}
    held = unconfirmed(db, session_id, evidence)
    decided = held | {one for one, mark in old.items() if mark.state.source not in BY_MACHINE}
    ours = {one: seen for one, seen in evidence.items() if one not in decided}
    times = {one: _widened(old.get(one), seen) for one, seen in ours.items()}
    states = {one: arrived(session, times[one].first_seen, late_after_minutes, found_there=found_there) for one in ours}
    states |= {one: old[one].state for one in ours if one in old and old[one].status == PRESENT}
    excused = absences_on(db, session.class_id, session.day)
    missing = set(roster_ids if expected_ids is None else expected_ids) - old.keys() - evidence.keys()
    states |= {one: unseen(excused.get(one)) for one in missing}
    write_marks(db, MACHINE, [Wish(session_id, *one) for one in states.items()], why="seen by a camera")
    for student, seen in times.items():
        set_times(db, session_id, student, seen.first_seen, seen.last_seen, seen.confidence)
    if taken:
        set_taken(db, [session_id])


def _widened(mark: Mark | None, seen: FaceEvidence) -> FaceEvidence:
    if mark is None:
        return seen
    return FaceEvidence(
        confidence=max(float(seen.confidence), mark.confidence or 0.0),
        first_seen=min(seen.first_seen, mark.first_seen or seen.first_seen),
        last_seen=max(seen.last_seen, mark.last_seen or seen.last_seen),
    )


def arrived(
    session: SessionRow,
    first_seen: datetime,
    late_after_minutes: int | None,
    source: str = BY_FACE,
    found_there: datetime | None = None,
) -> MarkState:
    """Present, or late with the minutes since the start; late_after_minutes None: nobody is late."""
    looked_since = max(session.starts_at, found_there or session.starts_at)
    if late_after_minutes is None or first_seen - looked_since <= timedelta(minutes=late_after_minutes):
        return MarkState(PRESENT, source=source)
    minutes = int((first_seen - session.starts_at).total_seconds() // 60)
    return MarkState(LATE, minutes_late=minutes, source=source)


def unseen(planned: PlannedAbsence | None) -> MarkState:
    """What recognition makes of a student who was not seen: absent, or what was planned."""
    if planned is None:
        return MarkState(ABSENT, source=BY_FACE)
    return MarkState(planned.status, reason=planned.reason, source=BY_CLOSING)


def replace_sightings(db: Session, session_id: int, source: str, rows: Iterable[SightingDraft]) -> None:
    """Store who was seen in ``source``, instead of what an earlier marking of the same source stored."""
    db.execute(delete(SightingTable).filter_by(session_id=session_id, source=clean_text(source)))
    values = [sighting_values(db, session_id, source, one) for one in rows]
    if values:
        db.execute(insert(SightingTable), values)


def sighting_values(db: Session, session_id: int, source: str, one: SightingDraft) -> dict[str, Any]:
    """The columns of a sighting, its picture sealed."""
    return {
        "session_id": session_id,
        "student_id": one.student_id,
        "kind": one.kind,
        "reason": clean_text(one.reason),
        "confidence": None if one.confidence is None else float(one.confidence),
        "first_seen": one.first_seen,
        "last_seen": one.last_seen,
        "looks": int(one.looks),
        "source": clean_text(source),
        "face_px": None if one.face_px is None else float(one.face_px),
        "frame_px": one.frame_px,
        "candidates": [[int(student), float(evidence)] for student, evidence in one.candidates],
        "thumbnail": seal(db, THUMBNAIL, session_id, one.thumbnail),
    }


def register_rows(db: Session, session_id: int) -> list[MarkRow]:
    """The session's register by roll number, also of students who have left the roster since."""
    found = db.execute(
        select(MarkTable, StudentTable.roll, StudentTable.name)
        .join(StudentTable, StudentTable.id == MarkTable.student_id)
        .where(MarkTable.session_id == session_id)
    )
    rows = [
        MarkRow(
            roll=roll,
            name=name,
            status=mark.status,
            source=mark.source,
            confidence=mark.confidence,
            first_seen=mark.first_seen,
            last_seen=mark.last_seen,
            minutes_late=mark.minutes_late,
            reason=mark.reason,
            student_id=mark.student_id,
            changed_by=mark.changed_by,
        )
        for mark, roll, name in found
    ]
    return sorted(rows, key=lambda row: natural_order(row.roll))


def mark_counts(db: Session, session_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """How many marks of each status (by code) these sessions have."""
    query = select(MarkTable.session_id, MarkTable.status, func.count()).group_by(
        MarkTable.session_id, MarkTable.status
    )
    found: dict[int, dict[str, int]] = {}
    for part in in_parts(query, MarkTable.session_id, session_ids):
        for session_id, status, count in db.execute(part):
            found.setdefault(session_id, {})[status] = count
    return found


def sighting_rows(db: Session, session_id: int) -> list[SightingRow]:
    """Who was seen in the session and not simply marked (every kind but ``present``), in order of appearance.

    Without the key of the faces the thumbnails are empty: the register does not depend on it.
    """
    found = db.execute(
        select(SightingTable, StudentTable.roll, StudentTable.name)
        .outerjoin(StudentTable, StudentTable.id == SightingTable.student_id)
        .where(SightingTable.session_id == session_id, SightingTable.kind != "present")
        .order_by(SightingTable.first_seen, SightingTable.id)
    )
    return [
        SightingRow(
            kind=one.kind,
            reason=one.reason,
            student_roll=roll,
            student_name=name,
            confidence=one.confidence,
            first_seen=one.first_seen,
            last_seen=one.last_seen,
            thumbnail=unseal_to_show(db, THUMBNAIL, session_id, one.thumbnail),
        )
        for one, roll, name in found
    ]


def recent_face_sizes(db: Session, class_id: int, limit: int = 200) -> list[float]:
    """Sizes of the last ``limit`` students seen in the class, latest lesson first, as shares of their picture's side.

    Unknown faces do not count: they may be pictures on the wall.
    """
    sizes = db.execute(
        select(SightingTable.face_px, SightingTable.frame_px)
        .join(SessionTable, SessionTable.id == SightingTable.session_id)
        .where(SessionTable.class_id == class_id, SightingTable.face_px.is_not(None), SightingTable.frame_px > 0)
        .where(SightingTable.kind.in_(("present", "review")))
        .order_by(SessionTable.starts_at.desc(), SessionTable.id.desc(), SightingTable.id.desc())
        .limit(limit)
    )
    return [face / frame for face, frame in sizes if face and frame]
