"""Confirming by phone: how a lesson takes part, opened codes, and what was confirmed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import ConflictError, NotFoundError
from core.records import Floats
from core.store.embeddings import embedding_bytes, embedding_from
from core.store.phone_erasure import IS_ON, erase_faces
from core.store.sealed import (
    SELFIE_FACE,
    SELFIE_FRAMES,
    SELFIE_PICTURE,
    seal,
    unseal,
    unseal_or_empty,
    unseal_to_show,
)
from core.store.tables import ClaimTable, ConfirmationTable, PhoneLessonTable
from core.store.text import clean_text
from core.store.tokens import token_hash

Mode = Literal["off", "evidence", "required"]
How = Literal["qr", "typed", "kiosk"]
State = Literal["waiting", "accepted", "review", "refused"]
CONFIRMED = "You have confirmed this lesson already. You need not do it again."
SOMEBODY_ELSE = (
    "Somebody else has confirmed this lesson with this phone. Each student takes their own; ask your teacher."
)


@dataclass(frozen=True, slots=True)
class PhoneLesson:
    """How phones take part in a session; columns as in :class:`core.store.tables.PhoneLessonTable`."""

    session_id: int
    mode: Mode
    key: bytes | None = field(repr=False)
    begun_at: datetime
    ended_at: datetime | None

    @property
    def is_on(self) -> bool:
        """Whether codes are taken."""
        return self.mode != "off" and self.key is not None


@dataclass(frozen=True, slots=True)
class Claim:
    """A code that was opened in time; columns as in :class:`core.store.tables.ClaimTable`."""

    id: int
    session_id: int
    device_id: int
    how: How
    challenge: tuple[str, ...]
    tick: float
    used: bool


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A student's confirmation; columns as in :class:`core.store.tables.ConfirmationTable`, without the pictures.

    has_picture: whether the face is kept for the teacher.
    """

    id: int
    session_id: int
    student_id: int
    device_id: int | None
    how: How
    at: datetime
    state: State
    reason: str
    challenge: tuple[str, ...]
    decided_by: str | None
    has_picture: bool


def lesson_of(db: Session, session_id: int) -> PhoneLesson | None:
    """How phones take part in a session; None where nobody ever said."""
    row = db.get(PhoneLessonTable, session_id, populate_existing=True)
    return None if row is None else _lesson(row)


def lessons_on(db: Session) -> list[PhoneLesson]:
    """Every session whose codes are taken."""
    return [_lesson(row) for row in db.scalars(select(PhoneLessonTable).where(IS_ON))]


def set_lesson(db: Session, session_id: int, mode: Mode, key: bytes | None) -> PhoneLesson:
    """Say how phones take part; without a key no code is taken."""
    now = clock.now()
    row = db.get(PhoneLessonTable, session_id)
    if row is None:
        row = PhoneLessonTable(session_id=session_id, mode=mode, key=key, begun_at=now)
        db.add(row)
    row.mode, row.key = mode, key
    row.ended_at = now if key is None else None
    db.flush()
    erase_faces(db, session_id)
    return _lesson(row)


def unconfirmed(db: Session, session_id: int, student_ids: Iterable[int]) -> set[int]:
    """Those of these students whom the session asks for a phone that has not confirmed them."""
    lesson = lesson_of(db, session_id)
    if lesson is None or lesson.mode != "required":
        return set()
    return set(student_ids) - {one.student_id for one in confirmations_of(db, [session_id], ["accepted"])}


def add_claim(
    db: Session, token: str, session_id: int, device_id: int, how: How, challenge: Sequence[str], until: datetime
) -> Claim:
    """Remember an opened code by what its page holds."""
    row = ClaimTable(
        token_hash=token_hash(token),
        session_id=session_id,
        device_id=device_id,
        how=how,
        challenge=list(challenge),
        opened_at=clock.now(),
        tick=clock.running(),
        until=until,
    )
    db.add(row)
    db.flush()
    return _claim(row)


def find_claim(db: Session, token: str) -> Claim | None:
    """The claim with this token, used, old or not."""
    row = db.scalar(select(ClaimTable).filter_by(token_hash=token_hash(token)))
    return None if row is None else _claim(row)


def extend_claim(db: Session, claim_id: int, until: datetime) -> bool:
    """Have a claim's time begin anew; False when it did so already."""
    here = update(ClaimTable).where(ClaimTable.id == claim_id, ClaimTable.extended.is_(False))
    begun = {"tick": clock.running(), "until": until, "extended": True}
    return bool(db.execute(here.values(**begun)).rowcount)  # type: ignore[attr-defined]


def use_claim(db: Session, claim_id: int) -> bool:
    """Use it up; False when it was already: of many at the same moment one gets True."""
    here = update(ClaimTable).where(ClaimTable.id == claim_id, ClaimTable.used_at.is_(None))
    return bool(db.execute(here.values(used_at=clock.now())).rowcount)  # type: ignore[attr-defined]


def forget_claims(db: Session, before: datetime) -> None:
    """Remove what ended long ago."""
    db.execute(delete(ClaimTable).where(ClaimTable.until < before))


def add_confirmation(
    db: Session,
    *,
    session_id: int,
    student_id: int,
    device_id: int | None,
    how: How,
    state: State,
    reason: str,
    challenge: Sequence[str] = (),
    frames: bytes = b"",
) -> Confirmation:
    """Store a confirmation.  frames: the selfie as it came; sealed here.

    Raises ConflictError where the student, or the device, has one for this session; VaultError without the key.
    """
    here = select(ConfirmationTable).filter_by(session_id=session_id)
    if db.scalar(here.filter_by(student_id=student_id)) is not None:
        raise ConflictError(CONFIRMED)
    if device_id is not None and db.scalar(here.filter_by(device_id=device_id)) is not None:
        raise ConflictError(SOMEBODY_ELSE)
    row = ConfirmationTable(
        session_id=session_id,
        student_id=student_id,
        device_id=device_id,
        how=how,
        at=clock.now(),
        state=state,
        reason=clean_text(reason),
        challenge=list(challenge),
        picture=b"",
        frames=seal(db, SELFIE_FRAMES, student_id, frames),
        face=b"",
    )
    db.add(row)
    db.flush()
    return _confirmation(row)


def get_confirmation(db: Session, confirmation_id: int) -> Confirmation:
    """Raises NotFoundError."""
    row = db.get(ConfirmationTable, confirmation_id, populate_existing=True)
    if row is None:
        raise NotFoundError("This confirmation is not there any more. Look at the list again.")
    return _confirmation(row)


def confirmations_of(
    db: Session, session_ids: Collection[int], states: Collection[State] | None = None
) -> list[Confirmation]:
    """The confirmations of some sessions in the order they came; of all states unless some are named."""
    query = select(ConfirmationTable).where(ConfirmationTable.session_id.in_(list(session_ids)))
    if states is not None:
        query = query.where(ConfirmationTable.state.in_(list(states)))
    return [_confirmation(row) for row in db.scalars(query.order_by(ConfirmationTable.id))]


def confirmed_by(db: Session, session_id: int, student_id: int, device_id: int) -> list[Confirmation]:
    """What a student, or a device, has confirmed in a session."""
    query = select(ConfirmationTable).where(
        ConfirmationTable.session_id == session_id,
        or_(ConfirmationTable.student_id == student_id, ConfirmationTable.device_id == device_id),
    )
    return [_confirmation(row) for row in db.scalars(query)]


def device_confirmed(db: Session, session_id: int, device_id: int) -> int | None:
    """The number of what a device has confirmed in a session; None for nothing."""
    return db.scalar(select(ConfirmationTable.id).filter_by(session_id=session_id, device_id=device_id))


def first_waiting(db: Session) -> int | None:
    """The oldest confirmation whose selfie waits."""
    return db.scalar(select(func.min(ConfirmationTable.id)).where(ConfirmationTable.state == "waiting"))


def open_waiting(db: Session, confirmation_id: int) -> tuple[Confirmation, bytes]:
    """A confirmation whose selfie waits, and the selfie as it came.

    Raises NotFoundError for one that waits no more, VaultError without the key, StoreError for one that was changed.
    """
    row = db.get(ConfirmationTable, confirmation_id, populate_existing=True)
    if row is None or row.state != "waiting":
        raise NotFoundError("This selfie does not wait any more.")
    frames = unseal(db, SELFIE_FRAMES, row.student_id, row.frames, what=f"of confirmation {row.id}")
    return _confirmation(row), frames


def begin_judging(db: Session, confirmation_id: int) -> int:
    """Remember that a selfie that waits is opened; how often it was."""
    row = db.get_one(ConfirmationTable, confirmation_id, populate_existing=True)
    tries = int((row.scores or {}).get("tries", 0)) + 1
    row.scores = {"tries": tries}
    db.flush()
    return tries


def put_off_judging(db: Session, confirmation_id: int) -> None:
    """Forget that a selfie that waits was opened."""
    here = update(ConfirmationTable).where(ConfirmationTable.id == confirmation_id)
    db.execute(here.where(ConfirmationTable.state == "waiting").values(scores=None))


def count_waiting(db: Session) -> int:
    """How many selfies wait."""
    query = select(func.count()).select_from(ConfirmationTable).where(ConfirmationTable.state == "waiting")
    return db.scalar(query) or 0


def judge(
    db: Session,
    confirmation_id: int,
    state: State,
    reason: str,
    scores: dict[str, Any],
    picture: bytes,
    face: Floats | None = None,
) -> bool:
    """Store what became of a selfie that waits, which goes.

    picture: PNG for the teacher; face: what it looks like, ``(512,)`` of length 1, kept while its lesson takes phones;
    both are sealed here.  False, and nothing is stored, when somebody decided meanwhile.
    """
    row = db.get(ConfirmationTable, confirmation_id, populate_existing=True)
    if row is None or row.state != "waiting":
        return False
    row.state, row.reason, row.scores = state, clean_text(reason), scores
    row.picture = seal(db, SELFIE_PICTURE, row.student_id, picture)
    row.face = b"" if face is None else seal(db, SELFIE_FACE, row.student_id, embedding_bytes(face))
    row.frames, row.judged_at = b"", clock.now()
    db.flush()
    erase_faces(db, row.session_id)
    return True


def faces_of(db: Session, session_id: int) -> dict[int, Floats]:
    """Student id -> the face of their selfie in a session, the first one first; without those that were refused."""
    rows = db.execute(
        select(ConfirmationTable.student_id, ConfirmationTable.face)
        .filter_by(session_id=session_id)
        .where(func.length(ConfirmationTable.face) > 0, ConfirmationTable.state != "refused")
        .order_by(ConfirmationTable.id)
    )
    opened = ((student_id, unseal_or_empty(db, SELFIE_FACE, student_id, face)) for student_id, face in rows)
    return {student_id: embedding_from(face, "a selfie") for student_id, face in opened if face}


def decide(db: Session, confirmation_id: int, state: State, by: str, reason: str) -> None:
    """A person decided; what waits of the selfie goes."""
    values = {"state": state, "decided_by": clean_text(by), "reason": clean_text(reason), "frames": b""}
    db.execute(update(ConfirmationTable).where(ConfirmationTable.id == confirmation_id).values(**values))
    erase_faces(db, get_confirmation(db, confirmation_id).session_id)


def remove(db: Session, confirmation_id: int) -> None:
    """As if it had never been sent."""
    db.execute(delete(ConfirmationTable).where(ConfirmationTable.id == confirmation_id))


def forget_words(db: Session, words: str, instead: str) -> None:
    """Replace words in all reasons, such as those that name a student who is erased."""
    said = update(ConfirmationTable).where(ConfirmationTable.reason.contains(words, autoescape=True))
    db.execute(said.values(reason=func.replace(ConfirmationTable.reason, words, instead)))


def picture_of(db: Session, confirmation_id: int) -> bytes:
    """PNG of the selfie's face; empty where none is kept or it cannot be opened."""
    row = db.get(ConfirmationTable, confirmation_id)
    return b"" if row is None else unseal_to_show(db, SELFIE_PICTURE, row.student_id, row.picture)


def _lesson(row: PhoneLessonTable) -> PhoneLesson:
    mode: Any = row.mode
    return PhoneLesson(row.session_id, mode, row.key, row.begun_at, row.ended_at)


def _claim(row: ClaimTable) -> Claim:
    how: Any = row.how
    challenge = tuple(str(one) for one in row.challenge)
    return Claim(row.id, row.session_id, row.device_id, how, challenge, row.tick, row.used_at is not None)


def _confirmation(row: ConfirmationTable) -> Confirmation:
    how, state = row.how, row.state
    known: Any = {"how": how, "state": state}
    return Confirmation(
        id=row.id,
        session_id=row.session_id,
        student_id=row.student_id,
        device_id=row.device_id,
        at=row.at,
        reason=row.reason,
        challenge=tuple(str(one) for one in row.challenge or ()),
        decided_by=row.decided_by,
        has_picture=bool(row.picture),
        **known,
    )
