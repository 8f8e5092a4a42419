"""Students, classes, rosters, consent and erasing."""

from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from core.errors import ConflictError, ConsentError, InputError, NotFoundError
from core.paths import Home
from core.store import people, register, samples
from core.store.database import Store, open_store
from core.store.register import FaceEvidence, SightingDraft
from tests.store_support import begin_session

WHEN = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
MODEL = "20180402-114759"
NAMES = [
    "=1+1",
    "../../x",
    "CON",
    "a/b",
    "Zoë 👩‍🔬",
    "محمد بن علي",
    "דוד",
    "'; DROP TABLE students; --",
    "%_",
    "x" * 300,
]


def test_weird_names_come_back_as_they_were(store: Store) -> None:
    with store.transaction() as db:
        for number, name in enumerate(NAMES):
            people.add_student(db, f"R{number}", name)
            people.add_class(db, f"C{number}", name, name)
    with store.read() as db:
        assert [one.name for one in people.list_students(db)] == NAMES
        assert [(one.name, one.teacher) for one in people.list_classes(db)] == [(name, name) for name in NAMES]


@pytest.mark.parametrize("roll", [*NAMES[:-1], "007", "٣", "x" * 100])
def test_weird_roll_numbers_are_found_again(db: Session, roll: str) -> None:
    assert people.add_student(db, f" {roll}\n", "Ada").roll == roll
    assert people.get_student(db, roll).roll == roll
    assert people.find_student(db, roll + "0") is None


def test_a_class_and_its_code(db: Session) -> None:
    made = people.add_class(db, " CS101 ", "Programming  1", " Grace  Hopper ")
    assert (made.code, made.name, made.teacher) == ("CS101", "Programming 1", "Grace Hopper")
    assert people.get_class(db, "cs101") == made
    assert people.get_class_by_id(db, made.id) == made
    with pytest.raises(ConflictError, match="CS101 exists already"):
        people.add_class(db, "Cs101", "Other")
    for code, name in (("", "x"), ("x" * 41, "x"), ("a\x00", "x"), ("B", " ")):
        with pytest.raises(InputError):
            people.add_class(db, code, name)
    assert people.list_classes(db) == [made]


def test_a_missing_class_names_those_there_are(db: Session) -> None:
    with pytest.raises(NotFoundError, match="none at all yet"):
        people.get_class(db, "CS101")
    for number in range(22):
        people.add_class(db, f"C{number}", "x")
    with pytest.raises(NotFoundError, match=r"“CS101”. The classes are C0, C1, C2, .*C19 and 2 more\."):
        people.get_class(db, "CS101")


def test_one_roll_number_is_one_person(db: Session) -> None:
    ada = people.add_student(db, "R001", "Ada Lovelace")
    assert people.find_or_add_student(db, "r001", "ada  LOVELACE") == ada
    assert people.check_student(db, " R001 ", "Ada Lovelace") == ("R001", "Ada Lovelace")
    with pytest.raises(ConflictError, match=r"R001 belongs to “Ada Lovelace”.*“Grace Hopper”"):
        people.check_student(db, "R001", "Grace Hopper")
    with pytest.raises(ConflictError, match="Grace Hopper"):
        people.find_or_add_student(db, "r001", "Grace Hopper")
    with pytest.raises(ConflictError, match="exists already"):
        people.add_student(db, "R001", "Ada Lovelace")
    assert people.find_or_add_student(db, "R1", "Ada Lovelace") != ada
    with pytest.raises(InputError):
        people.check_student(db, "R002", " ")


def test_rosters_are_in_natural_order(db: Session) -> None:
    first, second = people.add_class(db, "A", "x"), people.add_class(db, "B", "x")
    for roll in ("R10", "R2", "r1"):
        student = people.add_student(db, roll, roll)
        for _ in range(2):
            people.add_to_roster(db, first.id, student.id)
    people.add_to_roster(db, second.id, student.id)
    assert [one.roll for one in people.roster(db, first.id)] == ["r1", "R2", "R10"]
    assert people.roster(db, second.id) == [people.get_student(db, "R1")]
    assert people.classes_of(db, student.id) == [first, second]
    assert people.roster(db, 99) == []


def test_consent(db: Session) -> None:
    ada = people.add_student(db, "R001", "Ada")
    assert ada.consent is None
    people.record_consent(db, ada.id, " paper form,\n2026-11 ", WHEN)
    assert people.get_student(db, "R001").consent == "paper form, 2026-11"
    people.record_consent(db, ada.id, "withdrawn and given again", WHEN)
    assert people.get_student(db, "R001").consent == "withdrawn and given again"
    with pytest.raises(ConsentError, match="empty"):
        people.record_consent(db, ada.id, " \n", WHEN)
    with pytest.raises(NotFoundError):
        people.record_consent(db, 99, "paper", WHEN)
    with pytest.raises(StatementError, match="aware"):
        people.record_consent(db, ada.id, "paper", WHEN.replace(tzinfo=None))


def full_student(db: Session, roll: str, class_id: int, session_id: int, seed: int) -> int:
    """A student with a sample, a mark and a sighting; returns the id."""
    rng = np.random.default_rng(seed)
    student = people.add_student(db, roll, f"Student {roll}")
    people.add_to_roster(db, class_id, student.id)
    samples.add_sample(
        db,
        student.id,
        crop=rng.integers(0, 255, (160, 160, 3), dtype=np.uint8),
        embedding=rng.normal(size=512).astype(np.float32),
        model_key=MODEL,
        quality=1,
        sharpness=1,
        brightness=1,
        face_px=50,
        source="a.jpg",
    )
    register.merge_face_marks(db, session_id, {student.id: FaceEvidence(0.9, WHEN, WHEN)}, [student.id])
    draft = SightingDraft(kind="review", reason="half a face", student_id=student.id, thumbnail=b"thumbnail of " * 9)
    register.replace_sightings(db, session_id, roll, [draft])
    return student.id


def test_erasing_takes_everything_and_spares_the_others(store: Store) -> None:
    with store.transaction() as db:
        made = people.add_class(db, "CS101", "x")
        session = begin_session(db, made.id, WHEN, source="a", model_key=MODEL)
        stays = full_student(db, "R001", made.id, session.id, 1)
        goes = full_student(db, "R002", made.id, session.id, 2)
    with store.transaction() as db:
        assert people.delete_student(db, "r002") == people.Erased(samples=1, marks=1, sightings=1, rosters=1)
        with pytest.raises(NotFoundError, match="R002"):
            people.delete_student(db, "R002")
    with store.read() as db:
        for table in ("samples", "marks", "sightings", "rosters"):
            assert db.scalars(text(f"SELECT student_id FROM {table}")).all() == [stays]
    with store.transaction() as db:
        assert people.add_student(db, "R003", "New").id > goes, "an erased student's id must never name somebody else"


def test_an_erased_face_is_not_on_the_disk(home: Home) -> None:
    with open_store(home) as store:
        with store.transaction() as db:
            made = people.add_class(db, "CS101", "x")
            session = begin_session(db, made.id, WHEN, source="a", model_key=MODEL)
            student_id = full_student(db, "R001", made.id, session.id, 1)
            (sample,) = samples.samples_of(db, [student_id])
            sealed = bytes(db.scalar(text("SELECT embedding FROM samples")))
        template = sample.embedding.astype("<f4").tobytes()
    content = home.database.read_bytes()
    assert not any(template[start : start + 64] in content for start in range(0, len(template), 64))
    # A row may be split over two pages, so look for pieces.
    pieces = [sealed[start : start + 64] for start in range(0, len(sealed), 64)]
    assert sum(piece in content for piece in pieces) > 25
    with open_store(home) as store, store.transaction() as db:
        people.delete_student(db, "R001")
    content = home.database.read_bytes()
    assert not any(piece in content for piece in pieces)
    assert b"thumbnail of " not in content


def test_no_piece_of_an_erased_picture_is_in_any_file(home: Home) -> None:
    with open_store(home) as store, store.transaction() as db:
        made = people.add_class(db, "CS101", "x")
        session = begin_session(db, made.id, WHEN, source="a", model_key=MODEL)
        full_student(db, "R001", made.id, session.id, 1)
        png = bytes(db.scalar(text("SELECT crop FROM samples")))
    pieces = {png[start : start + 48] for start in range(64, len(png) - 64, 48)}

    def left() -> int:
        content = b"".join(one.read_bytes() for one in home.data.rglob("*") if one.is_file())
        return sum(piece in content for piece in pieces)

    assert left() > 0
    with open_store(home) as store, store.transaction() as db:
        people.delete_student(db, "R001")
    assert left() == 0
