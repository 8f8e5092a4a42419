"""Which faces of a lesson are still asked about, after several markings of it."""

from datetime import timedelta

import pytest

from core.recognition.decision import TOO_ALIKE
from core.review import open_items, undecided
from core.store import people, run_marks
from core.store.database import Store
from core.store.marks import MarkState, Wish, write_marks
from core.store.register import SightingDraft
from tests.store_support import NINE, TEACHER, begin_session

UNCLEAR = "looks like this student, but not clearly enough"


@pytest.fixture
def lesson(store: Store) -> Store:
    """A class of three (1, 2, 3) in its first lesson."""
    with store.transaction() as db:
        school_class = people.add_class(db, "CS101", "Programming 1")
        for number in (1, 2, 3):
            student = people.add_student(db, f"R{number}", f"Student {number}")
            people.add_to_roster(db, school_class.id, student.id)
        begin_session(db, school_class.id)
    return store


def seen(store: Store, who: int | None, minute: int, confidence: float = 0.5, reason: str = UNCLEAR) -> int:
    """A face that was in the room for a minute; None for a stranger."""
    first = NINE + timedelta(minutes=minute)
    kind = "unknown" if who is None else "review"
    candidates = ((who or 1, 2.0), (2 if who != 2 else 3, 1.9))
    draft = SightingDraft(kind, reason, who, confidence, first, first + timedelta(minutes=1), candidates=candidates)
    with store.transaction() as db:
        return run_marks.add_sighting(db, 1, "camera", draft)


def say(store: Store, status: str | None, *students: int) -> None:
    with store.transaction() as db:
        write_marks(db, TEACHER, [Wish(1, one, MarkState(status) if status else None) for one in students])


def asked(store: Store) -> list[int]:
    return [one.id for one in undecided(store, 1)]


def test_a_face_of_somebody_who_is_there_is_asked_about_only_while_they_are(lesson: Store) -> None:
    face, stranger = seen(lesson, 1, 0), seen(lesson, None, 1)
    assert asked(lesson) == [face, stranger]
    say(lesson, "P", 1)
    assert asked(lesson) == [stranger]
    assert [one.id for one in open_items(lesson, 1)] == [face, stranger], "nothing is deleted"
    say(lesson, "A", 1)
    assert asked(lesson) == [face, stranger]


def test_of_two_who_look_alike_both_must_be_there(lesson: Store) -> None:
    face = seen(lesson, 1, 0, reason=TOO_ALIKE)
    say(lesson, "P", 1)
    assert asked(lesson) == [face]
    say(lesson, "P", 2)
    assert asked(lesson) == []


def test_the_same_face_of_several_markings_is_asked_about_once(lesson: Store) -> None:
    seen(lesson, 1, 0, 0.4)
    surest, other = seen(lesson, 1, 10, 0.6), seen(lesson, 2, 10)
    seen(lesson, 1, 20, 0.5)
    beside = seen(lesson, 1, 10, 0.3)
    # At the same time there cannot be twice the same person.
    assert asked(lesson) == [surest, other, beside]


def test_where_everybody_is_there_no_face_can_change_anything(lesson: Store) -> None:
    seen(lesson, None, 0)
    say(lesson, "P", 1, 2)
    assert len(asked(lesson)) == 1
    say(lesson, "L", 3)
    assert asked(lesson) == []
