"""Single faces seen in a session, for a person to decide on, and the marks that follow from it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.actor import Actor
from core.errors import NotFoundError
from core.store.marks import BY_FACE, BY_HAND, BY_MACHINE, Mark, MarkState, Wish, marks_of, set_times, write_marks
from core.store.register import arrived, unseen
from core.store.sealed import THUMBNAIL, unseal, unseal_or_empty
from core.store.sessions import SessionRow, get_session
from core.store.statuses import PRESENT, status_set
from core.store.tables import SightingTable
from core.store.timetable import absences_on

SAID_IS = "a person said that this is {}"
SAID_NOT = "a person said that this is not {}"
"""Reasons; the roll number comes in."""
ASKED_AGAIN = "a person took back who this is"
CONFIRMED = "confirmed in review"
"""Why a mark was changed for a face that a person named."""


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
    return [_sighting(db, row) for row in rows]


def get_sighting(db: Session, sighting_id: int) -> Sighting:
    """The sighting with this id.  Raises NotFoundError."""
    row = db.get(SightingTable, sighting_id)
    if row is None:
        raise NotFoundError(
            f"There is no face number {sighting_id}; marking a lesson again gives new numbers. "
            "See those there are: app.py review CLASS"
        )
    return _sighting(db, row)


def crops_naming(db: Session, student_id: int) -> list[bytes]:
    """The pictures of all sightings that name a student; damaged ones are left out."""
    rows = db.execute(select(SightingTable.session_id, SightingTable.thumbnail).filter_by(student_id=student_id))
    found = (unseal_or_empty(db, THUMBNAIL, session_id, sealed) for session_id, sealed in rows)
    return [one for one in found if one]


def decide_sighting(db: Session, sighting_id: int, kind: str, student_id: int | None, reason: str) -> None:
    """Record what a person decided about a face."""
    changes = {"kind": kind, "student_id": student_id, "reason": reason}
    db.execute(update(SightingTable).where(SightingTable.id == sighting_id).values(changes))


def forget_roll(db: Session, roll: str) -> None:
    """Take a roll number that is erased out of the reasons that outlive its student."""
    said = update(SightingTable).where(SightingTable.reason == SAID_NOT.format(roll))
    db.execute(said.values(reason=SAID_NOT.format("a student who was deleted")))


def set_present(
    db: Session, actor: Actor, seen: Sighting, student_id: int, late_after_minutes: int | None = None
) -> MarkState:
    """Mark a student present by hand, seen at least while this face was, or late by when; what the mark is then.

    What a person said before of a student who is in the room stays.
    """
    old = _mark(db, seen.session_id, student_id)
    first = _earliest((None if old is None else old.first_seen, seen.first_seen))
    last = _latest((None if old is None else old.last_seen, seen.last_seen))
    said = old is not None and old.state.source not in BY_MACHINE and status_set(db)[old.status].in_room
    if old is not None and said:
        state = old.state
    elif first is None or (old is not None and old.status == PRESENT):
        state = MarkState(PRESENT, source=BY_HAND)
    else:
        session = get_session(db, seen.session_id)
        state = arrived(session, first, late_after_minutes, BY_HAND, _found_there(db, session, late_after_minutes))
    write_marks(db, actor, [Wish(seen.session_id, student_id, state)], why=CONFIRMED)
    set_times(db, seen.session_id, student_id, first, last, None if old is None else old.confidence)
    return state


def take_back(
    db: Session, actor: Actor, seen: Sighting, student_id: int, late_after_minutes: int | None = None
) -> MarkState | None:
    """Undo what a face that is not the student did to the register; what the mark is then, None where it stays.

    Absent by hand, or excused where that was planned, so that no marking undoes it; unless another face of the session
    shows the student too.  What somebody set by hand stays, but for what was set for this very face.
    """
    old = _mark(db, seen.session_id, student_id)
    theirs = old is not None and (old.state.source in BY_MACHINE or seen.reason.startswith(SAID_IS.format("")))
    if old is None or not theirs or not status_set(db)[old.status].in_room:
        return None
    others = [one for one in _faces_of(db, seen.session_id, student_id) if one.id != seen.id]
    session = get_session(db, seen.session_id)
    first = _earliest(one.first_seen for one in others)
    if not others:
        state = replace(unseen(absences_on(db, session.class_id, session.day).get(student_id)), source=BY_HAND)
    elif first is None or old.first_seen == first:
        state = old.state
    else:
        state = arrived(session, first, late_after_minutes, old.state.source)
    write_marks(db, actor, [Wish(seen.session_id, student_id, state)], why="not this person, said in review")
    _set_times_by(db, seen.session_id, student_id, others)
    return state


def _found_there(db: Session, session: SessionRow, late_after_minutes: int | None) -> datetime | None:
    """When the first camera of the lesson found its students there, as far as the register tells; None where it does
    not.  Whom it found present although the lesson had begun long ago is not later than others it showed then.
    """
    if late_after_minutes is None:
        return None
    latest = session.starts_at + timedelta(minutes=late_after_minutes)
    seen = [
        one.first_seen
        for one in marks_of(db, [session.id]).values()
        if one.first_seen and one.status == PRESENT and one.state.source == BY_FACE
    ]
    return _earliest(one for one in seen if one > latest)


def reopen_confirmed(db: Session, session_id: int, student_id: int, roll: str) -> None:
    """Ask again about the faces that a person called this student: that was taken back."""
    for one in _faces_of(db, session_id, student_id):
        if one.reason == SAID_IS.format(roll):
            ask_again(db, one, student_id)


def ask_again(db: Session, seen: Sighting, student_id: int) -> None:
    """What a person decided about a face was taken back; it may be this student."""
    if seen.thumbnail:
        decide_sighting(db, seen.id, "review", student_id, ASKED_AGAIN)
    else:
        decide_sighting(db, seen.id, "unknown", None, ASKED_AGAIN)


def restore_times(db: Session, session_id: int, student_id: int) -> None:
    """Give a mark that was made anew the times at which its student was seen, if any."""
    _set_times_by(db, session_id, student_id, _faces_of(db, session_id, student_id))


def _faces_of(db: Session, session_id: int, student_id: int) -> list[Sighting]:
    return [one for one in sightings_of(db, session_id, ["present"]) if one.student_id == student_id]


def _set_times_by(db: Session, session_id: int, student_id: int, faces: Sequence[Sighting]) -> None:
    first, last = _earliest(one.first_seen for one in faces), _latest(one.last_seen for one in faces)
    confidence = max((one.confidence for one in faces if one.confidence is not None), default=None)
    set_times(db, session_id, student_id, first, last, confidence)


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((one for one in moments if one), default=None)


def _latest(moments: Iterable[datetime | None]) -> datetime | None:
    return max((one for one in moments if one), default=None)


def _mark(db: Session, session_id: int, student_id: int) -> Mark | None:
    return marks_of(db, [session_id]).get((session_id, student_id))


def _sighting(db: Session, row: SightingTable) -> Sighting:
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
        thumbnail=unseal(db, THUMBNAIL, row.session_id, row.thumbnail, what=f"of sighting {row.id}"),
    )
