"""What phones brought, erased: selfies, whose phone is whose, codes that were opened."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from core import clock
from core.store.tables import (
    AbsenceAskedTable,
    ClaimTable,
    ConfirmationTable,
    DeviceTable,
    PairingTable,
    PhoneLessonTable,
    SessionTable,
)

NO_SELFIE = "the selfie was erased before it was judged; say whether they are here"
"""Why a teacher decides about a confirmation whose selfie is gone."""
HAS_FACE = func.length(ConfirmationTable.face) > 0
HAS_SELFIE = (func.length(ConfirmationTable.picture) + func.length(ConfirmationTable.frames) > 0) | HAS_FACE
"""Of confirmations."""
IS_ON = and_(PhoneLessonTable.key.is_not(None), PhoneLessonTable.mode != "off")
"""Of lessons: whether their codes are taken, while they are open."""
_DOUBTFUL = or_(ConfirmationTable.state.in_(["review", "refused"]), ConfirmationTable.decided_by.is_not(None))


def erase_selfies_of(db: Session, student_id: int) -> int:
    """Everything that a student's selfies held or were compared with; that they confirmed stays.  Of how many."""
    gone = _empty(db, ConfirmationTable.student_id == student_id)
    db.execute(update(ConfirmationTable).where(ConfirmationTable.student_id == student_id).values(scores=None))
    return gone


def erase_doubtful_selfies(db: Session, student_id: int, class_ids: Collection[int]) -> int:
    """Pictures of others' selfies in these classes that were not clearly theirs: one may show the student.

    How many.  One that waits is judged first.
    """
    lessons = select(SessionTable.id).where(SessionTable.class_id.in_(list(class_ids)))
    return _empty(
        db,
        ConfirmationTable.student_id != student_id,
        _DOUBTFUL,
        ConfirmationTable.frames == b"",
        ConfirmationTable.session_id.in_(lessons),
    )


def count_selfies(db: Session, before: datetime) -> int:
    """Selfies older than a moment (aware) that are still kept."""
    old = select(func.count()).select_from(ConfirmationTable).where(ConfirmationTable.at < before, HAS_SELFIE)
    return db.scalar(old) or 0


def erase_selfies(db: Session, before: datetime) -> int:
    """Those that :func:`count_selfies` counts; what nobody could judge so long a teacher decides without."""
    return _empty(db, ConfirmationTable.at < before)


def erase_faces(db: Session, session_id: int | None = None) -> int:
    """What selfies look like, where the lesson takes no phones any more and no other selfie of it waits; of how many.

    session_id: only of this lesson.
    """
    on = select(PhoneLessonTable.session_id).join(SessionTable).where(IS_ON, SessionTable.state == "open")
    waits = select(ConfirmationTable.session_id).where(ConfirmationTable.state == "waiting")
    here = () if session_id is None else (ConfirmationTable.session_id == session_id,)
    over = update(ConfirmationTable).where(
        *here, HAS_FACE, ConfirmationTable.session_id.not_in(on), ConfirmationTable.session_id.not_in(waits)
    )
    return _count(db.execute(over.values(face=b"")))


def take_phones(db: Session, student_id: int) -> None:
    """No phone is the student's any more, no code makes one theirs, and nothing they opened can be used."""
    db.execute(delete(DeviceTable).where(DeviceTable.student_id == student_id))
    db.execute(delete(PairingTable).where(PairingTable.student_id == student_id))


def erase_leftovers(db: Session, opened: datetime, seen: datetime) -> None:
    """Codes that ended before ``opened`` (aware), and before ``seen`` those for pairing, of which somebody may still
    have the card, and browsers that are nobody's phone and were not back since.
    """
    unowned = (DeviceTable.student_id.is_(None), DeviceTable.seen_at < seen)
    db.execute(delete(ClaimTable).where(ClaimTable.until < opened))
    db.execute(delete(PairingTable).where(PairingTable.until < seen))
    db.execute(delete(DeviceTable).where(*unowned))


def erase_asked(db: Session, before: datetime) -> int:
    """What students asked for days that are over since a moment (aware); how many."""
    return _count(db.execute(delete(AbsenceAskedTable).where(AbsenceAskedTable.last_day < before.date())))


def _empty(db: Session, *where: Any) -> int:  # noqa: ANN401 - SQLAlchemy's expressions
    waits = {"state": "review", "reason": NO_SELFIE, "judged_at": clock.now()}
    db.execute(update(ConfirmationTable).where(*where, ConfirmationTable.state == "waiting").values(waits))
    nothing = {"picture": b"", "frames": b"", "face": b""}
    return _count(db.execute(update(ConfirmationTable).where(*where, HAS_SELFIE).values(nothing)))


def _count(done: Any) -> int:  # noqa: ANN401 - what an order gives back
    return done.rowcount if isinstance(done, CursorResult) else 0
