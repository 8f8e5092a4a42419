"""What recognition brings into the register, and who was seen.  The register is the truth; sheets are made from it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from core import clock
from core.records import MarkRow, SightingRow
from core.store.marks import BY_FACE, BY_MACHINE
from core.store.statuses import ABSENT, PRESENT
from core.store.tables import MarkTable, SessionTable, SightingTable, StudentTable
from core.store.text import clean_text, natural_order


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
    db: Session, session_id: int, evidence: Mapping[int, FaceEvidence], roster_ids: Collection[int]
) -> None:
    """Bring what recognition saw (student id -> evidence) into the register; every student of the roster has a row.

    Seen is present, not seen and no row yet is absent.  Marking again never makes a present student absent: it
    widens first and last seen and keeps the higher confidence.  Rows a person decided stay exactly as they are.

    Raises ValueError for evidence of somebody who is not on the roster.
    """
    strangers = evidence.keys() - set(roster_ids)
    if strangers:
        raise ValueError(f"evidence for students who are not on the roster: {sorted(strangers)}")
    rows = {row.student_id: row for row in db.scalars(select(MarkTable).filter_by(session_id=session_id))}
    now = clock.now()
    for student_id in roster_ids:
        row, seen = rows.get(student_id), evidence.get(student_id)
        if row is None:
            db.add(_new_mark(session_id, student_id, seen, now))
        elif seen is not None and row.source in BY_MACHINE:
            _widen(row, seen)
            row.updated_at = now
    db.flush()


def _new_mark(session_id: int, student_id: int, seen: FaceEvidence | None, now: datetime) -> MarkTable:
    return MarkTable(
        session_id=session_id,
        student_id=student_id,
        status=ABSENT if seen is None else PRESENT,
        source=BY_FACE,
        confidence=None if seen is None else float(seen.confidence),
        first_seen=None if seen is None else seen.first_seen,
        last_seen=None if seen is None else seen.last_seen,
        updated_at=now,
    )


def _widen(row: MarkTable, seen: FaceEvidence) -> None:
    if row.status == ABSENT:
        row.status = PRESENT
    row.confidence = max(float(seen.confidence), row.confidence or 0.0)
    row.first_seen = min(seen.first_seen, row.first_seen or seen.first_seen)
    row.last_seen = max(seen.last_seen, row.last_seen or seen.last_seen)


def replace_sightings(db: Session, session_id: int, source: str, rows: Iterable[SightingDraft]) -> None:
    """Store who was seen in ``source``, instead of what an earlier marking of the same source stored."""
    source = clean_text(source)
    db.execute(delete(SightingTable).filter_by(session_id=session_id, source=source))
    values = [
        {
            "session_id": session_id,
            "student_id": one.student_id,
            "kind": one.kind,
            "reason": clean_text(one.reason),
            "confidence": None if one.confidence is None else float(one.confidence),
            "first_seen": one.first_seen,
            "last_seen": one.last_seen,
            "looks": int(one.looks),
            "source": source,
            "face_px": None if one.face_px is None else float(one.face_px),
            "frame_px": one.frame_px,
            "candidates": [[int(student), float(evidence)] for student, evidence in one.candidates],
            "thumbnail": one.thumbnail,
        }
        for one in rows
    ]
    if values:
        db.execute(insert(SightingTable), values)


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
        )
        for mark, roll, name in found
    ]
    return sorted(rows, key=lambda row: natural_order(row.roll))


def sighting_rows(db: Session, session_id: int) -> list[SightingRow]:
    """Who was seen in the session and not simply marked (every kind but ``present``), in order of appearance."""
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
            thumbnail=one.thumbnail,
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
