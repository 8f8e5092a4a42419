"""From a scanned or typed code to a claim: one browser, one use, three minutes."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from core import clock
from core.access import guarded
from core.confirming import codes
from core.confirming.challenge import new_challenge
from core.confirming.lessons import About, about, takes_phones
from core.errors import ConflictError, InputError, NotFoundError
from core.expected import expected_students
from core.networks.weights import eyes_file
from core.records import Student
from core.store import confirmations, devices, people, sessions
from core.store.confirmations import CONFIRMED, SOMEBODY_ELSE, Claim, How
from core.store.database import Store
from core.store.devices import Device
from core.store.tokens import new_token

LASTS = timedelta(minutes=3)
"""From the scan until it is known who it is, and again from then on until the selfie is there."""
FORGET_AFTER = timedelta(days=1)
TOO_OLD = "This code is too old. Scan the one that is on the screen now."
WRONG = "This is no code of a lesson that takes phones now. Scan the one on your teacher’s screen."
WRONG_TYPED = "This code is wrong or too old. Type the one that is on the screen now."
ELSEWHERE = (
    "This code was opened in another browser, or this one keeps no cookies. Allow cookies and scan it once more."
)
ENDED = "The time for this is over. Scan the code on the screen again."


@dataclass(frozen=True, slots=True)
class Opened:
    """A claim that was just made.  claim, device: what the page's address and the browser's cookie hold."""

    claim: str
    device: str
    about: About


@dataclass(frozen=True, slots=True)
class ClaimPage:
    """What the page of a claim shows.  student: who would confirm, None while nobody knows; used: it is done.

    confirmation_id: what this browser has confirmed in the lesson, None for nothing.
    """

    about: About
    student: Student | None
    challenge: tuple[str, ...]
    used: bool
    confirmation_id: int | None


@guarded
def open_code(store: Store, code: str, device: str | None, kind: str) -> Opened:
    """Swap a scanned code for a claim.

    device: what the browser's cookie holds, None for a new one; kind: what it is, as it is shown.  Raises InputError
    with what to do for a code that is wrong, too old or of a lesson that takes no phones.
    """
    said = codes.read_code(code)
    with store.transaction() as db:
        lesson = None if said is None else confirmations.lesson_of(db, said.session_id)
        if said is None or lesson is None or lesson.key is None or not codes.is_genuine(lesson.key, said):
            raise InputError(WRONG)
        if not takes_phones(sessions.get_session(db, said.session_id), lesson):
            raise InputError(WRONG)
        if not codes.is_in_time(said, codes.step_now()):
            raise InputError(TOO_OLD)
        return _opened(db, said.session_id, device, kind, "qr")


@guarded
def open_typed(store: Store, typed: str, device: str | None, kind: str) -> Opened:
    """As :func:`open_code`, for a code that somebody typed."""
    now = codes.step_now()
    with store.transaction() as db:
        for lesson in confirmations.lessons_on(db):
            right = lesson.key is not None and codes.is_typed(lesson.key, lesson.session_id, typed, now)
            if right and takes_phones(sessions.get_session(db, lesson.session_id), lesson):
                return _opened(db, lesson.session_id, device, kind, "typed")
    raise InputError(WRONG_TYPED)


def _opened(db: Session, session_id: int, device: str | None, kind: str, how: How) -> Opened:
    found, token = devices.known_or_new(db, device, kind)
    claim, now = new_token(), clock.now()
    confirmations.forget_claims(db, now - FORGET_AFTER)
    confirmations.add_claim(
        db, claim, session_id, found.id, how, new_challenge(blink=eyes_file() is not None), now + LASTS
    )
    return Opened(claim, token, about(db, sessions.get_session(db, session_id)))


@guarded
def claim_page(store: Store, claim: str, device: str, student_id: int | None) -> ClaimPage:
    """What to show of a claim.  student_id: of who is logged in, None for whoever the phone belongs to.

    When it is known first who it is, the claim gets its time anew.  Raises InputError for a claim that is none, of
    another browser, or over; ConflictError for who cannot confirm with it.
    """
    with store.transaction() as db:
        found, phone = valid_claim(db, claim, device, may_be_used=True)
        who = identified(db, phone, student_id)
        if who is not None:
            check_student(db, found, phone, who)
            if not found.used:
                confirmations.extend_claim(db, found.id, clock.now() + LASTS)
        # While nobody knows who asks, what somebody else did with this phone says nothing of them.
        known = who is not None or found.used
        own = confirmations.device_confirmed(db, found.session_id, phone.id) if known else None
        return ClaimPage(about(db, sessions.get_session(db, found.session_id)), who, found.challenge, found.used, own)


def valid_claim(db: Session, claim: str, device: str, *, may_be_used: bool = False) -> tuple[Claim, Device]:
    """The claim and its browser.  Raises InputError as :func:`claim_page`, ConflictError for one that was used."""
    found, phone = confirmations.find_claim(db, claim), devices.find_device(db, device)
    if found is None:
        raise InputError(WRONG)
    if phone is None or found.device_id != phone.id:
        raise InputError(ELSEWHERE)
    if found.used:
        if may_be_used:
            return found, phone
        raise ConflictError(CONFIRMED)
    lesson = confirmations.lesson_of(db, found.session_id)
    if lesson is None or not takes_phones(sessions.get_session(db, found.session_id), lesson):
        raise InputError("Your teacher has ended this. Talk to your teacher if you were in the room.")
    # Before it began means that the computer was started anew since.
    if not 0 <= clock.running() - found.tick < LASTS.total_seconds():
        raise InputError(ENDED)
    return found, phone


def identified(db: Session, phone: Device, student_id: int | None) -> Student | None:
    """Who confirms: who is logged in, else whose phone it is; None for nobody."""
    if student_id is None and phone.active:
        student_id = phone.student_id
    try:
        return None if student_id is None else people.get_student_by_id(db, student_id)
    except NotFoundError:
        return None


def check_student(db: Session, claim: Claim, phone: Device, student: Student) -> None:
    """Raises ConflictError for who cannot confirm this lesson with this phone."""
    session = sessions.get_session(db, claim.session_id)
    if student.id not in {one.id for one in expected_students(db, session)}:
        raise ConflictError("You are not on the list of this lesson. Talk to your teacher.")
    if phone.student_id not in (None, student.id) or not phone.active:
        raise ConflictError("This phone cannot confirm for you. Take your own, or talk to your teacher.")
    for one in confirmations.confirmed_by(db, session.id, student.id, phone.id):
        if one.student_id != student.id:
            raise ConflictError(SOMEBODY_ELSE)
        if one.device_id != phone.id:
            raise ConflictError("You have confirmed this lesson already, with another phone.")
