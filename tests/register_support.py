"""A class with sessions and marks, as the tests of registers need it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from core.actor import Actor
from core.paths import Home
from core.settings import Settings
from core.store import people, sessions
from core.store.database import Store, open_store
from core.store.marks import MarkState, Wish, marks_of, write_marks
from core.store.sessions import SessionDraft

RAO = Actor("Ms. Rao", "admin")
MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SCHOOL = Settings(school="Lakeside School", time_zone="UTC")
NAMES = ("Ada Lovelace", "عائشة محمد", "=cmd()", "Zoë & <b>")
ROLLS = ("007", "R-2", "1e5", "=R4")


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    """Class CS101 (id 1) with four students and three sessions, two of them on one day; the last is half marked."""
    with open_store(home) as store:
        fill(store, "CS101", ROLLS, NAMES, starts=(0, 300, 24 * 60))
        yield store


def fill(
    store: Store, code: str, rolls: Sequence[str], names: Sequence[str], starts: Sequence[int], letters: str = "PLEA"
) -> None:
    """A class with sessions so many minutes after Monday, 9:00; the last session has marks for half of the class."""
    with store.transaction() as db:
        class_id = people.add_class(db, code, f"Class {code}", "Ms. Rao").id
        ids = [people.add_student(db, roll, name).id for roll, name in zip(rolls, names, strict=True)]
        for one in ids:
            people.add_to_roster(db, class_id, one)
        wishes = []
        for place, minutes in enumerate(starts):
            begin = MONDAY + timedelta(minutes=minutes)
            title = "Lab" if minutes % (24 * 60) else None
            draft = SessionDraft(class_id, begin, begin + timedelta(minutes=50), UTC, title=title)
            session = sessions.add_session(db, draft)
            for number, student in enumerate(ids):
                if place == len(starts) - 1 and number >= len(ids) / 2:
                    break
                code_of = letters[(number + place) % len(letters)]
                minutes_late = 7 if code_of == "L" else None
                wishes.append(Wish(session.id, student, MarkState(code_of, minutes_late, source="face")))
        write_marks(db, Actor("Rollcall", "machine"), wishes)


def letters_of(store: Store, *session_ids: int) -> dict[tuple[int, str], str]:
    """The status of every mark by (session id, roll)."""
    with store.read() as db:
        rolls = {one.id: one.roll for one in people.list_students(db)}
        marks = marks_of(db, session_ids)
    return {(session, rolls[student]): mark.status for (session, student), mark in marks.items()}
