"""Single faces seen in a session, for a person to decide on, and the marks that follow from it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFoundError
from core.store.marks import BY_HAND, BY_MACHINE
from core.store.statuses import ABSENT, LATE, PRESENT
from core.store.tables import MarkTable, SightingTable

SAID_IS = "a person said that this is {}"
SAID_NOT = "a person said that this is not {}"
"""Reasons; the roll number comes in."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A stored sighting; columns as in :class:`core.store.tables.SightingTable`.  candidates: id and evidence."""

    id: int
    session_id: int
    student_id: int | None
    kind: str
    reason: str
    confidence: float | None
    first_seen: datetime | None
    last_seen: datetime | None
    source: str
    candidates: tuple[tuple[int, float], ...]
    thumbnail: bytes = field(repr=False)


def sightings_of(db: Session, session_id: int, kinds: Collection[str]) -> list[Sighting]:
    """The session's sightings of some kinds, in order of appearance."""
    rows = db.scalars(
        select(SightingTable)
        .where(SightingTable.session_id == session_id, SightingTable.kind.in_(list(kinds)))
        .order_by(SightingTable.first_seen, SightingTable.id)
    )
    return [_sighting(row) for row in rows]


def get_sighting(db: Session, sighting_id: int) -> Sighting:
    """The sighting with this id.  Raises NotFoundError."""
    row = db.get(SightingTable, sighting_id)
    if row is None:
        raise NotFoundError(
            f"There is no face number {sighting_id}; marking a lesson again gives new numbers. "
            "See those there are: app.py review CLASS"
        )
    return _sighting(row)


def crops_naming(db: Session, student_id: int) -> list[bytes]:
    """The pictures of all sightings that name a student."""
    return list(db.scalars(select(SightingTable.thumbnail).filter_by(student_id=student_id)))


def decide_sighting(db: Session, sighting_id: int, kind: str, student_id: int | None, reason: str) -> None:
    """Record what a person decided about a face."""
    changes = {"kind": kind, "student_id": student_id, "reason": reason}
    db.execute(update(SightingTable).where(SightingTable.id == sighting_id).values(changes))


def forget_roll(db: Session, roll: str) -> None:
    """Take a roll number that is erased out of the reasons that outlive its student."""
    said = update(SightingTable).where(SightingTable.reason == SAID_NOT.format(roll))
    db.execute(said.values(reason=SAID_NOT.format("a student who was deleted")))


def set_present(db: Session, seen: Sighting, student_id: int) -> None:
    """Mark a student present by hand, seen at least while this face was; an earlier "late" stays."""
    row = _mark(db, seen.session_id, student_id)
    if row is None:
        row = MarkTable(session_id=seen.session_id, student_id=student_id, status=PRESENT)
        db.add(row)
    row.status = LATE if row.status == LATE else PRESENT
    row.source = BY_HAND
    row.first_seen = min((one for one in (row.first_seen, seen.first_seen) if one), default=None)
    row.last_seen = max((one for one in (row.last_seen, seen.last_seen) if one), default=None)
    row.updated_at = clock.now()
    db.flush()


def take_back(db: Session, seen: Sighting, student_id: int) -> str | None:
    """Undo what a face that is not the student did to the register; the new status, None where it stays.

    Absent by hand, so that no marking undoes it; unless another face of the session shows the student too.  What
    somebody set by hand stays, but for what was set for this very face.
    """
    row = _mark(db, seen.session_id, student_id)
    theirs = row is not None and (row.source in BY_MACHINE or seen.reason.startswith(SAID_IS.format("")))
    if row is None or not theirs or row.status == ABSENT:
        return None
    others = [
        one
        for one in sightings_of(db, seen.session_id, ["present"])
        if one.student_id == student_id and one.id != seen.id
    ]
    if not others:
        row.status, row.source = ABSENT, BY_HAND
    row.confidence = max((one.confidence for one in others if one.confidence is not None), default=None)
    row.first_seen = min((one.first_seen for one in others if one.first_seen), default=None)
    row.last_seen = max((one.last_seen for one in others if one.last_seen), default=None)
    row.updated_at = clock.now()
    db.flush()
    return row.status


def _mark(db: Session, session_id: int, student_id: int) -> MarkTable | None:
    return db.scalar(select(MarkTable).filter_by(session_id=session_id, student_id=student_id))


def _sighting(row: SightingTable) -> Sighting:
    return Sighting(
        id=row.id,
        session_id=row.session_id,
        student_id=row.student_id,
        kind=row.kind,
        reason=row.reason,
        confidence=row.confidence,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        source=row.source,
        candidates=tuple((int(student), float(evidence)) for student, evidence in row.candidates or ()),
        thumbnail=row.thumbnail,
    )
