"""How phones take part in a lesson, and what its teacher shows: the code and who has confirmed."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy.orm import Session

from core import audit
from core.access import guarded
from core.actor import Actor
from core.confirming import codes
from core.errors import ConflictError, InputError
from core.expected import expected_students
from core.records import Student
from core.settings import load_settings
from core.store import confirmations, marks, people, sessions, sightings
from core.store.confirmations import Confirmation, Mode, PhoneLesson
from core.store.database import Store
from core.store.phone_marks import follow_mode
from core.store.rooms import get_room_by_id
from core.store.sessions import OPEN, PLANNED, SessionRow
from core.store.statuses import status_set

MODES: tuple[Mode, ...] = ("off", "evidence", "required")
Place = Literal["face", "phone", "both", "review", "missing"]


@dataclass(frozen=True, slots=True)
class About:
    """What lesson it is, as it is shown above a code and on a phone.  Times aware UTC."""

    session_id: int
    class_code: str
    class_name: str
    title: str | None
    room: str | None
    teacher: str | None
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class ShownCode:
    """The code of this moment.  path: of the page it opens, from the address on; seconds: until the next one."""

    about: About
    path: str
    typed: str
    seconds: float
    confirmed: int
    expected: int


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A student expected in the lesson.

    status: code of the mark, "" for none; face: a camera saw them in this lesson; phone: their confirmation, if any.
    """

    student: Student
    status: str
    face: bool
    phone: Confirmation | None

    @property
    def by_phone(self) -> bool:
        """Whether the phone counts."""
        return self.phone is not None and self.phone.state == "accepted"

    @property
    def is_declined(self) -> bool:
        """Whether a teacher said no to their phone."""
        return self.phone is not None and self.phone.state == "refused"

    @property
    def place(self) -> Place:
        """Under what the student is counted; each under one."""
        if self.face and self.by_phone:
            return "both"
        if self.by_phone:
            return "phone"
        if self.phone is not None and self.phone.state in ("waiting", "review"):
            return "review"
        return "face" if self.face else "missing"


@dataclass(frozen=True, slots=True)
class Board:
    """Who is there by face, by phone, by both, and who is missing, as of now."""

    about: About
    mode: Mode
    is_on: bool
    rows: tuple[BoardRow, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many students are in each place: each is counted once."""
        found: dict[str, int] = dict.fromkeys(get_args(Place), 0)
        for one in self.rows:
            found[one.place] += 1
        return found


@guarded
def set_mode(store: Store, actor: Actor, session_id: int, mode: str) -> PhoneLesson:
    """Say how phones take part in a lesson: ``off``, ``evidence``, or ``required`` together with the face.

    Every call makes new codes.  Marks that cameras and phones made follow; what a person decided stays.
    Raises InputError for another word, NotFoundError for the session, ConflictError for one that is locked or over.
    """
    wanted = next((one for one in MODES if one == mode), None)
    if wanted is None:
        raise InputError(f"Phones are off, evidence or required in a lesson, not “{mode[:20]}”.")
    with store.transaction() as db:
        session = sessions.get_session(db, session_id)
        if wanted != "off" and session.state not in (OPEN, PLANNED):
            raise ConflictError(f"This lesson is {session.state}, so no phones are taken. Open it again first.")
        if wanted != "off":
            sessions.begin_session(db, session)
        before = confirmations.lesson_of(db, session_id)
        key = None if wanted == "off" else secrets.token_bytes(codes.KEY_BYTES)
        made = confirmations.set_lesson(db, session_id, wanted, key)
        if "required" in {wanted, None if before is None else before.mode}:
            follow_mode(db, session_id, load_settings(store.home).late_after_minutes)
        old = None if before is None else {"mode": before.mode}
        audit.record(db, actor, "phones.mode", session_id=session_id, before=old, after={"mode": wanted})
        return made


@guarded
def show_code(store: Store, session_id: int) -> ShownCode:
    """The code to show at this moment.  Raises NotFoundError, ConflictError while no codes are taken."""
    with store.read() as db:
        session = sessions.get_session(db, session_id)
        lesson = confirmations.lesson_of(db, session_id)
        if lesson is None or lesson.key is None or not takes_phones(session, lesson):
            raise ConflictError("This lesson takes no phones now. Switch them on, or open the lesson again.")
        step = codes.step_now()
        expected = expected_students(db, session)
        confirmed = confirmations.confirmations_of(db, [session_id], ["accepted"])
        return ShownCode(
            about(db, session),
            f"/c/{codes.make_code(lesson.key, session_id, step)}",
            codes.make_typed(lesson.key, session_id, step),
            codes.seconds_left(),
            len(confirmed),
            len(expected),
        )


@guarded
def board(store: Store, session_id: int) -> Board:
    """Who is there, by what.  Raises NotFoundError."""
    with store.read() as db:
        return _board(db, session_id, confirmations.lesson_of(db, session_id))


@guarded
def board_if_used(store: Store, session_id: int) -> Board | None:
    """As :func:`board`; None, and quickly, for a lesson in which phones were never on."""
    with store.read() as db:
        lesson = confirmations.lesson_of(db, session_id)
        return None if lesson is None else _board(db, session_id, lesson)


def _board(db: Session, session_id: int, lesson: PhoneLesson | None) -> Board:
    session = sessions.get_session(db, session_id)
    phones = {one.student_id: one for one in confirmations.confirmations_of(db, [session_id])}
    seen = {one.student_id for one in sightings.sightings_of(db, session_id, ["present"])}
    known = {student: mark for (_, student), mark in marks.marks_of(db, [session_id]).items()}
    there = {code for code, one in status_set(db).items() if one.in_room}
    by_hand = {one for one, mark in known.items() if mark.state.source not in marks.BY_MACHINE}
    rows = tuple(
        BoardRow(
            one,
            known[one.id].status if one.id in known else "",
            # Whom a teacher marked present needs no face.
            one.id in seen or (one.id in by_hand and known[one.id].status in there),
            phones.get(one.id),
        )
        for one in expected_students(db, session)
    )
    mode: Mode = "off" if lesson is None else lesson.mode
    return Board(about(db, session), mode, lesson is not None and takes_phones(session, lesson), rows)


@dataclass(frozen=True, slots=True)
class OpenLesson:
    """A lesson that takes phones now, for one student.  confirmation: what they have sent already."""

    about: About
    confirmation: Confirmation | None


@guarded
def open_for(store: Store, student_id: int) -> tuple[OpenLesson, ...]:
    """The lessons of a student that take phones at this moment."""
    found = []
    with store.read() as db:
        for lesson in confirmations.lessons_on(db):
            session = sessions.get_session(db, lesson.session_id)
            if takes_phones(session, lesson) and student_id in {one.id for one in expected_students(db, session)}:
                sent = confirmations.confirmations_of(db, [session.id])
                own = next((one for one in sent if one.student_id == student_id), None)
                found.append(OpenLesson(about(db, session), own))
    return tuple(found)


def takes_phones(session: SessionRow, lesson: PhoneLesson) -> bool:
    """Whether codes of this lesson are taken: locking and closing it end them."""
    return lesson.is_on and session.state == OPEN


def about(db: Session, session: SessionRow) -> About:
    """What is shown of a lesson."""
    school_class = people.get_class_by_id(db, session.class_id)
    teachers, room_id = school_class.teachers, session.room_id or school_class.room_id
    return About(
        session.id,
        school_class.code,
        school_class.name,
        session.title,
        None if room_id is None else get_room_by_id(db, room_id).name,
        session.teacher or (teachers[0] if teachers else None),
        session.starts_at,
        session.ends_at,
    )
