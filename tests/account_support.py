"""A school with accounts: two teachers, two classes, a student and a session of each."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import pytest
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from core.accounts import admin, login, passwords
from core.actor import MACHINE, Actor, acting
from core.store import confirmations, devices, people, questions, sightings, timetable
from core.store.accounts import Account
from core.store.database import Store
from core.store.register import SightingDraft, replace_sightings
from tests.store_support import begin_session

PASSWORD = "four words and a hat"
ADMIN_NAME = "The Office"
DAY = date(2026, 11, 23)


@contextmanager
def quickly() -> Iterator[None]:
    """Hashes that cost nothing: what is counted and answered does not depend on their strength."""
    passwords._dummy.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield
    passwords._dummy.cache_clear()


@pytest.fixture
def quick() -> Iterator[None]:
    """The same for a test."""
    with quickly():
        yield


@dataclass(frozen=True)
class Side:
    """What belongs to one teacher."""

    code: str
    roll: str
    class_id: int
    student_id: int
    session_id: int
    sighting_id: int
    absence_id: int
    confirmation_id: int
    query_id: int
    absence_asked: int


@dataclass(frozen=True)
class School:
    """own: of the teacher and the student of ``actors``; foreign: of nobody of them."""

    own: Side
    foreign: Side
    actors: dict[str, Actor]


def new_account(store: Store, office: Actor, name: str, role: str, password: str = PASSWORD, **links: str) -> Account:
    """An account that can log in."""
    with acting(office):
        made = admin.add(store, name, role, **links)
    return login.use_code(store, name, made.code, password)


def confirmation_of(db: Session, session_id: int, student_id: int) -> int:
    """A student's confirmation by phone, for the teacher to look at; its number."""
    device, _token = devices.known_or_new(db, None, "Android, Chrome")
    made = confirmations.add_confirmation(
        db,
        session_id=session_id,
        student_id=student_id,
        device_id=device.id,
        how="qr",
        state="review",
        reason="",
        challenge=(),
        frames=b"",
    )
    return made.id


def make_school(store: Store) -> School:
    """Accounts of every role, and objects that are theirs or not."""
    sides = []
    with store.transaction() as db:
        for code, teacher, roll in (("OWN", "Grace Hopper", "R1"), ("FOREIGN", "Ada Lovelace", "R2")):
            school_class = people.add_class(db, code, f"Class {code}", teacher)
            student = people.add_student(db, roll, f"Student {roll}")
            people.add_to_roster(db, school_class.id, student.id)
            session = begin_session(db, school_class.id)
            replace_sightings(db, session.id, "a", [SightingDraft("unknown", "nobody")])
            seen = sightings.sightings_of(db, session.id, ("unknown",))[0]
            planned = timetable.PlannedAbsence(0, student.id, None, DAY, DAY, "E", "hospital", "")
            absence = timetable.add_absence(db, MACHINE, planned)
            asked = (
                confirmation_of(db, session.id, student.id),
                questions.add_query(db, session.id, student.id, "Why late?").id,
                questions.add_absence_asked(db, student.id, DAY, DAY, "dentist").id,
            )
            sides.append(Side(code, roll, school_class.id, student.id, session.id, seen.id, absence.id, *asked))
    office = admin.set_up(store, ADMIN_NAME, PASSWORD).actor()
    actors = {
        "admin": office,
        "teacher": new_account(store, office, "Grace Hopper", "teacher").actor(),
        "student": new_account(store, office, "Student One", "student", roll="R1").actor(),
        "kiosk": new_account(store, office, "Door", "kiosk").actor(),
    }
    return School(sides[0], sides[1], actors)
