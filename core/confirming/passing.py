"""A device that is passed round: a teacher starts it with the PIN, students confirm one by one, the PIN ends it.

Whoever holds the device is nobody: it can do only what is here, in this one lesson, until the lesson is over.  Each
device one student does not apply, so a selfie is compared as those of phones are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from core import audit, clock
from core.access import check, guarded, own_classes
from core.accounts import login
from core.actor import MACHINE, acting
from core.confirming import frames
from core.confirming.accepting import MOST_WAITING, NO_CONSENT, PLAIN, keep
from core.confirming.challenge import new_challenge
from core.confirming.lessons import About, about
from core.errors import ConflictError, CrowdError, InputError, LoginError, NotFoundError
from core.expected import expected_students
from core.networks.weights import eyes_file
from core.records import Student
from core.settings import Settings
from core.store import accounts, confirmations, kiosks, people, samples, sessions
from core.store.confirmations import CONFIRMED, Confirmation, State
from core.store.database import Store
from core.store.kiosks import Kiosk
from core.store.phone_marks import is_there
from core.store.sessions import OPEN, SessionRow
from core.store.text import clean_text, key_of
from core.timetable import lessons_of_today

LASTS = timedelta(minutes=3)
"""From the name until the selfie is there."""
FORGET_AFTER = timedelta(days=1)
MOST_TRIES = 5
"""Selfies of one student on one device."""
LEAST_LETTERS = 3
"""Of a name; with fewer somebody could look who is in the class."""
NO_FACES = "has no stored faces to compare with; say whether they are here"
OVER = "This lesson is over, or your teacher has ended it here. Give the device back to your teacher."
NO_LESSON = "No lesson of yours is open now. Open one first, then start this again."
NOBODY = "Nobody in this lesson has this number or name. Look once more, or type your roll number."
SEVERAL = "More than one student has this name. Type your roll number."


@dataclass(frozen=True, slots=True)
class Started:
    """A device that is passed round now.  token: what its cookie has to hold, "" where a lesson must be chosen first.

    lessons: those that can be chosen, or the one that was.
    """

    token: str
    lessons: tuple[About, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the device shows.  student: who is before it; challenge: of the selfie that is asked for, None without one.

    takes_picture: whether they can take one at all.  state: of what they confirmed, None before that; marked: the
    register says that they are there.
    """

    about: About
    student: Student | None
    challenge: tuple[str, ...] | None
    takes_picture: bool
    state: State | None
    marked: bool


@guarded
def start(
    store: Store, settings: Settings, name: str, pin: str, session_id: int | None = None, *, address: str | None = None
) -> Started:
    """Have a device passed round in an open lesson of who has this PIN.

    session_id: None for the only one that is open.  Raises LoginError as :func:`core.accounts.login.check_pin`,
    AccessError for another's lesson, ConflictError where none is open.
    """
    account = login.check_pin(store, name, pin, address=address)
    with acting(account.actor()), store.transaction() as db:
        if session_id is None:
            found = _open_lessons(db, settings)
            if not found:
                raise ConflictError(NO_LESSON)
            if len(found) > 1:
                return Started("", tuple(about(db, one) for one in found))
            session_id = found[0].id
        check(db, account.actor(), "phones.mode", session_id=session_id)
        session = sessions.get_session(db, session_id)
        if not _goes_on(session):
            raise ConflictError(NO_LESSON)
        kiosks.forget_kiosks(db, clock.now() - FORGET_AFTER)
        made, token = kiosks.add_kiosk(db, session_id, account.id)
        audit.record(db, account.actor(), "kiosk.start", session_id=session_id, subject=f"kiosk:{made.id}")
        return Started(token, (about(db, session),))


def _open_lessons(db: Session, settings: Settings) -> list[SessionRow]:
    """Those of who acts that go on now."""
    found = (one.session for one in lessons_of_today(db, settings, own_classes(db))[1])
    return [one for one in found if one is not None and _goes_on(one)]


def _goes_on(session: SessionRow) -> bool:
    return session.state == OPEN and clock.now() < session.ends_at


@guarded
def shown(store: Store, token: str) -> Shown | None:
    """What the device with this cookie shows; None for one that is not passed round any more."""
    with store.read() as db:
        found = _running(db, token)
        if found is None:
            return None
        kiosk, session = found
        lesson = about(db, session)
        student = _before_it(db, kiosk)
        if student is None:
            return Shown(lesson, None, None, False, None, False)
        own = None if kiosk.challenge is not None else _own(db, session.id, student.id)
        state, there = None if own is None else own.state, is_there(db, session.id, student.id)
        return Shown(lesson, student, kiosk.challenge, _picture_helps(db, student), state, there)


def _before_it(db: Session, kiosk: Kiosk) -> Student | None:
    """Who stands before the device; whoever took too long, or was deleted meanwhile, does not."""
    late = kiosk.asked_until is not None and clock.now() >= kiosk.asked_until
    try:
        return None if kiosk.student_id is None or late else people.get_student_by_id(db, kiosk.student_id)
    except NotFoundError:
        return None


def _running(db: Session, token: str) -> tuple[Kiosk, SessionRow] | None:
    kiosk = kiosks.find_kiosk(db, token)
    if kiosk is None or kiosk.ended:
        return None
    account, session = accounts.account_by_id(db, kiosk.account_id), sessions.get_session(db, kiosk.session_id)
    return (kiosk, session) if account is not None and account.active and _goes_on(session) else None


def _own(db: Session, session_id: int, student_id: int) -> Confirmation | None:
    sent = confirmations.confirmations_of(db, [session_id])
    return next((one for one in sent if one.student_id == student_id), None)


def _picture_helps(db: Session, student: Student) -> bool:
    """Without consent none may be taken, without stored faces none is worth taking."""
    return bool(student.consent) and samples.count_by_student(db, [student.id])[student.id] > 0


@guarded
def come(store: Store, token: str, typed: str) -> None:
    """Somebody says who they are, by roll number or name.

    Raises NotFoundError for nobody of this lesson, InputError for a name of several, ConflictError for who has
    confirmed already and when the lesson is over.
    """
    with store.transaction() as db:
        kiosk, session = _needed(db, token)
        student = _named(expected_students(db, session), typed)
        own = _own(db, session.id, student.id)
        if own is not None and not _may_repeat(own):
            raise ConflictError(CONFIRMED)
        if kiosk.tries.get(student.id, 0) >= MOST_TRIES:
            raise ConflictError("You have tried this often enough. Please see your teacher.")
        kiosks.ask_student(db, kiosk.id, student.id, new_challenge(blink=eyes_file() is not None), clock.now() + LASTS)


def _needed(db: Session, token: str) -> tuple[Kiosk, SessionRow]:
    found = _running(db, token)
    if found is None:
        raise ConflictError(OVER)
    return found


def _may_repeat(own: Confirmation) -> bool:
    """Who typed another's number must not keep that one from confirming."""
    return own.how == "kiosk" and own.state == "review" and own.decided_by is None


def _named(expected: Sequence[Student], typed: str) -> Student:
    """The one student that is meant; nobody learns of others from the answer."""
    wanted = key_of(clean_text(typed))
    for one in expected:
        if key_of(one.roll) == wanted:
            return one
    whole = [one for one in expected if key_of(one.name) == wanted]
    words = wanted.split()
    letters = sum(len(word) for word in words)
    found = whole or [one for one in expected if letters >= LEAST_LETTERS and _begins(key_of(one.name).split(), words)]
    if len(found) > 1:
        raise InputError(SEVERAL)
    if not found:
        raise NotFoundError(NOBODY)
    return found[0]


def _begins(name: Sequence[str], words: Sequence[str]) -> bool:
    """Whether each word begins another part of the name."""
    left = list(name)
    for word in words:
        part = next((one for one in left if one.startswith(word)), None)
        if part is None:
            return False
        left.remove(part)
    return bool(words)


@guarded
def take(store: Store, token: str, pictures: Sequence[bytes], *, plain: bool = False) -> Confirmation:
    """Take the selfie of who is before the device; it is judged afterwards, as those of phones are.

    plain: without any, as for whom none is taken; then the teacher decides.  Of many calls one succeeds.  Raises
    InputError for the pictures, ConflictError when nobody is asked or the lesson is over, CrowdError while too many
    selfies wait.
    """
    with store.transaction() as db:
        kiosk, session = _needed(db, token)
        student = _before_it(db, kiosk)
        if student is None or kiosk.challenge is None:
            raise ConflictError("The time for this is over. Type your roll number once more.")
        wanted = not plain and _picture_helps(db, student)
        packed = frames.pack(pictures) if wanted else b""
        if packed and confirmations.count_waiting(db) >= MOST_WAITING:
            raise CrowdError("Too many selfies wait at this moment. Wait a minute and try again.")
        reason = "" if packed else NO_CONSENT if not student.consent else PLAIN if plain else NO_FACES
        kiosks.retract(db, session.id, student.id)
        made = keep(
            db,
            session_id=session.id,
            student=student,
            device_id=None,
            how="kiosk",
            challenge=kiosk.challenge,
            packed=packed,
            reason=reason,
        )
        kiosks.count_try(db, kiosk, student.id)
        kiosks.answered(db, kiosk.id, student.id)
        subject = f"kiosk:{kiosk.id}"
        audit.record(db, MACHINE, "phones.confirmed", session_id=session.id, student_id=student.id, subject=subject)
        return made


@guarded
def next_student(store: Store, token: str) -> None:
    """Whoever was before the device has gone; nothing of them is shown any more.  Raises ConflictError when over."""
    with store.transaction() as db:
        kiosk, _session = _needed(db, token)
        kiosks.next_one(db, kiosk.id)


@guarded
def leave(store: Store, token: str, pin: str, *, address: str | None = None) -> None:
    """End it with the PIN of who started it.  Raises LoginError; wrong ones are counted and slowed down."""
    with store.read() as db:
        kiosk = kiosks.find_kiosk(db, token)
        account = None if kiosk is None else accounts.account_by_id(db, kiosk.account_id)
    if kiosk is None or account is None:
        raise LoginError(login.WRONG_PIN)
    login.check_pin(store, account.name, pin, address=address)
    with store.transaction() as db:
        kiosks.end_kiosk(db, kiosk.id)
        subject = f"kiosk:{kiosk.id}"
        audit.record(db, account.actor(), "kiosk.end", session_id=kiosk.session_id, subject=subject)
