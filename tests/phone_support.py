"""A lesson that takes phones, and students who confirm it as their phones do."""

from dataclasses import dataclass
from datetime import timedelta

import cv2
import numpy as np

from core import clock, questions
from core.confirming import accepting, claims, lessons, phones
from core.paths import Home
from core.records import Image
from core.settings import Settings
from core.store import marks
from core.store.confirmations import Confirmation, Mode
from core.store.database import Store
from core.store.marks import MarkState, Wish
from tests.store_support import TEACHER, begin_session

UTC_SCHOOL = Settings(time_zone="UTC")


@dataclass(frozen=True)
class Phone:
    """A browser by its cookie, and whose it is."""

    student_id: int
    cookie: str


def jpeg(image: Image, quality: int = 92) -> bytes:
    """A picture as a phone sends it."""
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def noise(seed: int, side: int = 160) -> bytes:
    """A JPEG that shows nobody and that nothing else equals."""
    return jpeg(np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8))


def held(home: Home) -> bytes:
    """Every byte of a home but those of the key."""
    return b"\0".join(path.read_bytes() for path in sorted(home.root.rglob("*")) if path.is_file() and path != home.key)


def open_lesson(store: Store, class_id: int, mode: Mode = "evidence") -> int:
    """A lesson of a class that is open now and takes phones."""
    with store.transaction() as db:
        session = begin_session(db, class_id, clock.now())
    lessons.set_mode(store, TEACHER, session.id, mode)
    return session.id


def paired(store: Store, roll: str) -> Phone:
    """The student's phone."""
    code = phones.new_pairing(store, TEACHER, roll)
    made = phones.pair(store, None, code.code, "Android, Chrome")
    return Phone(made.student_id, made.device)


def open_claim(store: Store, phone: Phone, session_id: int) -> claims.Opened:
    """The code on the wall, opened by a phone."""
    code = lessons.show_code(store, session_id).path.removeprefix("/c/")
    return claims.open_code(store, code, phone.cookie, "Android, Chrome")


def confirm(store: Store, phone: Phone, session_id: int, *pictures: bytes) -> Confirmation:
    """A selfie of this student, sent by their phone."""
    opened = open_claim(store, phone, session_id)
    return accepting.confirm(store, opened.claim, phone.cookie, None, pictures)


def everything(store: Store, roll: str, session_id: int, *pictures: bytes) -> Confirmation:
    """A row about the student in each table of the portal."""
    phone = paired(store, roll)
    made = confirm(store, phone, session_id, *pictures)
    phones.new_pairing(store, TEACHER, roll)
    today = clock.today(clock.school_zone(UTC_SCHOOL))
    with store.transaction() as db:
        if (session_id, phone.student_id) not in marks.marks_of(db, [session_id]):
            marks.write_marks(db, TEACHER, [Wish(session_id, phone.student_id, MarkState("A"))])
    questions.ask_about_mark(store, TEACHER, phone.student_id, session_id, "I was there")
    tomorrow = today + timedelta(days=1)
    questions.ask_for_absence(store, UTC_SCHOOL, TEACHER, phone.student_id, today, tomorrow, f"Trip of {roll}")
    return made
