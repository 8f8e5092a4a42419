"""A claim becomes a confirmation; the selfie is stored with it and judged afterwards, so that nobody waits in line."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from core import audit
from core.access import guarded
from core.actor import MACHINE, Actor
from core.confirming import frames
from core.confirming.claims import check_student, identified, valid_claim
from core.confirming.lessons import takes_phones
from core.correcting import check_may_mark
from core.errors import ConflictError, CrowdError, LoginError, NotFoundError, VaultError
from core.records import Student
from core.settings import Settings
from core.store import confirmations, devices, sessions
from core.store.confirmations import CONFIRMED, Confirmation, How, State
from core.store.database import Store
from core.store.phone_marks import is_there, merge_phone_mark, withdraw_phone_mark

MOST_WAITING = 300
"""So many selfies wait at most; more come from a flood, not from a school."""
NO_CONSENT = "has not agreed to face comparison; say whether they are here"
PLAIN = "wanted no picture to be taken; say whether they are here"
LOCKED = "sent a selfie that could not be kept, because the key of the faces is not there; say whether they are here"


@dataclass(frozen=True, slots=True)
class Status:
    """What a student sees of their confirmation.  marked: the register says that they are there, by whatever means."""

    state: State
    marked: bool


@guarded
def confirm(
    store: Store,
    claim: str,
    device: str,
    student_id: int | None,
    pictures: Sequence[bytes],
    *,
    plain: bool = False,
) -> Confirmation:
    """Use a claim for who is logged in (``student_id``), or for whose phone it is.

    pictures: the selfie, JPEG, PNG or WebP files in the order they were taken.  plain: without any; so it is, too, for
    who has not agreed to face comparison.  Then the teacher decides.  Of many calls with one claim one succeeds.
    Raises InputError for the claim or the pictures, LoginError while nobody knows who it is, ConflictError for who
    cannot confirm or has done so, CrowdError while too many selfies wait.
    """
    with store.transaction() as db:
        found, phone = valid_claim(db, claim, device)
        who = identified(db, phone, student_id)
        if who is None:
            raise LoginError("Log in, or pair this phone with a code from your teacher.")
        check_student(db, found, phone, who)
        packed = b"" if plain or not who.consent else frames.pack(pictures)
        if packed and confirmations.count_waiting(db) >= MOST_WAITING:
            raise CrowdError("Too many phones confirm at this moment. Wait a minute and try again.")
        if not confirmations.use_claim(db, found.id):
            raise ConflictError(CONFIRMED)
        made = keep(
            db,
            session_id=found.session_id,
            student=who,
            device_id=phone.id,
            how=found.how,
            challenge=found.challenge,
            packed=packed,
            reason="" if packed else PLAIN if who.consent else NO_CONSENT,
        )
        subject = f"device:{phone.id}"
        audit.record(db, MACHINE, "phones.confirmed", session_id=found.session_id, student_id=who.id, subject=subject)
        return made


def keep(
    db: Session,
    *,
    session_id: int,
    student: Student,
    device_id: int | None,
    how: How,
    challenge: Sequence[str],
    packed: bytes,
    reason: str,
) -> Confirmation:
    """Store a confirmation to be judged, or to be decided by the teacher where there is no selfie or no key for it.

    packed: of :func:`core.confirming.frames.pack`, or empty; reason: why it is.  Raises ConflictError for who has
    confirmed already.
    """

    def add(state: State, reason: str, frames: bytes) -> Confirmation:
        return confirmations.add_confirmation(
            db,
            session_id=session_id,
            student_id=student.id,
            device_id=device_id,
            how=how,
            state=state,
            reason=reason,
            challenge=challenge,
            frames=frames,
        )

    try:
        return add("waiting" if packed else "review", reason, packed)
    except VaultError:
        return add("review", LOCKED, b"")


@guarded
def status_of(store: Store, confirmation_id: int, device: str) -> Status:
    """What became of a confirmation made by this browser.  Raises NotFoundError for any other."""
    with store.read() as db:
        found = confirmations.get_confirmation(db, confirmation_id)
        phone = devices.find_device(db, device)
        if phone is None or found.device_id != phone.id:
            raise NotFoundError("This confirmation is not there any more. Scan the code again.")
        return Status(found.state, is_there(db, found.session_id, found.student_id))


@guarded
def settle_phone(
    store: Store, settings: Settings, actor: Actor, confirmation_id: int, *, accepted: bool, reason: str = ""
) -> bool:
    """A teacher says of a confirmation whether the student is there; whether the student is marked so now.

    Raises NotFoundError, ConflictError where the actor may not mark in this lesson any more.
    """
    with store.transaction() as db:
        found = confirmations.get_confirmation(db, confirmation_id)
        check_may_mark(settings, actor, sessions.get_session(db, found.session_id))
        state: State = "accepted" if accepted else "refused"
        confirmations.decide(db, confirmation_id, state, actor.name, reason or found.reason)
        _record(db, actor, found, state)
        if not accepted:
            withdraw_phone_mark(db, found.session_id, found.student_id, settings.late_after_minutes)
            return False
        return merge_phone_mark(db, found.session_id, found.student_id, found.at, settings.late_after_minutes)


@guarded
def let_confirm_again(store: Store, settings: Settings, actor: Actor, confirmation_id: int) -> None:
    """A teacher takes back a confirmation that was declined, so that the student may scan and send another one.

    Raises NotFoundError, ConflictError for one that was not declined, where the lesson takes no phones any more, and as
    :func:`settle_phone`.
    """
    with store.transaction() as db:
        found = confirmations.get_confirmation(db, confirmation_id)
        session, lesson = sessions.get_session(db, found.session_id), confirmations.lesson_of(db, found.session_id)
        check_may_mark(settings, actor, session)
        if found.state != "refused":
            raise ConflictError("This confirmation is not declined any more. Look at the lesson again.")
        if lesson is None or not takes_phones(session, lesson):
            raise ConflictError("This lesson takes no phones now. Mark the student by hand.")
        confirmations.remove(db, confirmation_id)
        _record(db, actor, found, "again")


def _record(db: Session, actor: Actor, found: Confirmation, state: str) -> None:
    """What a teacher decided about a confirmation, as it was before."""
    before, after = {"state": found.state}, {"state": state}
    who, lesson = found.student_id, found.session_id
    audit.record(db, actor, "phones.decided", session_id=lesson, student_id=who, before=before, after=after)
