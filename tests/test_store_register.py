"""Sessions, the merging of marks, sightings, and which training run is in use."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from core.errors import NotFoundError
from core.paths import Home
from core.records import MarkRow
from core.store import people, register, run_marks, sessions, sightings, training_runs
from core.store.database import Store, open_store
from core.store.register import FaceEvidence, SightingDraft
from core.store.sessions import SessionRow
from core.store.tables import MarkTable
from tests.store_support import NINE, TEACHER, begin_session


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with open_store(home) as store:
        with store.transaction() as db:
            people.add_class(db, "CS101", "Programming")
            people.add_class(db, "CS102", "Other")
            for number in (1, 2, 3):
                people.add_to_roster(db, 1, people.add_student(db, f"R{number}", f"Student {number}").id)
        yield store


def begin(db: Session, starts_at: datetime = NINE, class_id: int = 1) -> SessionRow:
    return begin_session(db, class_id, starts_at, source="lesson.mp4", teacher="Grace", model_key="k")


def seen(minute: float, until: float, confidence: float = 0.9) -> FaceEvidence:
    return FaceEvidence(confidence, NINE + timedelta(minutes=minute), NINE + timedelta(minutes=until))


def marks(db: Session, session: SessionRow) -> dict[str, MarkRow]:
    return {row.roll: row for row in register.register_rows(db, session.id)}


def by_hand(db: Session, student_id: int, status: str) -> None:
    db.execute(update(MarkTable).where(MarkTable.student_id == student_id).values(status=status, source="manual"))


def test_times_are_utc_whatever_zone_they_came_in(store: Store) -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    with store.transaction() as db:
        session = begin(db, NINE.astimezone(india))
    assert session.starts_at == NINE
    assert session.starts_at.utcoffset() == timedelta(0)
    with store.read() as db:
        assert sessions.get_session(db, session.id) == session
        assert db.scalar(text("SELECT starts_at FROM sessions")) == "2026-11-21 09:00:00.000000"
        assert sessions.sessions_between(db, 1, NINE.astimezone(india), NINE) == [session]


def test_naive_times_are_bugs(store: Store) -> None:
    with pytest.raises(StatementError, match="aware"), store.transaction() as db:
        begin(db, NINE.replace(tzinfo=None))


def test_finding_sessions(db: Session) -> None:
    early, nine, again = begin(db, NINE - timedelta(hours=1)), begin(db), begin(db)
    late, other = begin(db, NINE + timedelta(hours=1)), begin(db, class_id=2)
    assert sessions.sessions_between(db, 1, NINE, NINE)[-1] == again
    assert sessions.sessions_between(db, 2, NINE, NINE) == [other]
    assert sessions.sessions_between(db, 1, NINE + timedelta(seconds=1), NINE + timedelta(seconds=1)) == []
    assert sessions.sessions_between(db, 1, early.starts_at, late.starts_at) == [early, nine, again, late]
    assert sessions.sessions_between(db, 1, NINE, NINE) == [nine, again]
    with pytest.raises(NotFoundError):
        sessions.get_session(db, 99)


def test_everybody_on_the_roster_has_a_row(db: Session) -> None:
    session = begin(db)
    register.merge_face_marks(db, session.id, {2: seen(1, 5)}, [3, 1, 2])
    rows = register.register_rows(db, session.id)
    assert [(row.roll, row.name, row.status, row.source) for row in rows] == [
        ("R1", "Student 1", "A", "face"),
        ("R2", "Student 2", "P", "face"),
        ("R3", "Student 3", "A", "face"),
    ]
    assert (rows[0].confidence, rows[0].first_seen, rows[0].last_seen) == (None, None, None)
    assert (rows[1].confidence, rows[1].first_seen, rows[1].last_seen) == (
        0.9,
        NINE + timedelta(minutes=1),
        NINE + timedelta(minutes=5),
    )


def test_marking_again_adds_and_never_takes_away(db: Session) -> None:
    session = begin(db)
    register.merge_face_marks(db, session.id, {1: seen(10, 20, 0.8), 2: seen(1, 2)}, [1, 2, 3])
    register.merge_face_marks(db, session.id, {1: seen(15, 30, 0.6), 3: seen(40, 41)}, [1, 2, 3])
    found = marks(db, session)
    assert {roll: row.status for roll, row in found.items()} == {"R1": "P", "R2": "P", "R3": "P"}
    assert (found["R1"].first_seen, found["R1"].last_seen, found["R1"].confidence) == (
        NINE + timedelta(minutes=10),
        NINE + timedelta(minutes=30),
        0.8,
    )
    assert found["R2"].last_seen == NINE + timedelta(minutes=2)
    register.merge_face_marks(db, session.id, {1: seen(5, 6, 0.95)}, [1, 2, 3])
    widened = marks(db, session)["R1"]
    assert (widened.first_seen, widened.last_seen, widened.confidence) == (
        NINE + timedelta(minutes=5),
        NINE + timedelta(minutes=30),
        0.95,
    )


def test_what_a_person_decided_stays(db: Session) -> None:
    session = begin(db)
    register.merge_face_marks(db, session.id, {1: seen(1, 2)}, [1, 2, 3])
    by_hand(db, 1, "A")
    by_hand(db, 2, "P")
    db.expire_all()
    before = marks(db, session)
    register.merge_face_marks(db, session.id, {1: seen(0, 9)}, [1, 2, 3])
    assert marks(db, session) == before


def test_a_student_who_came_or_went_between_two_markings(db: Session) -> None:
    session = begin(db)
    register.merge_face_marks(db, session.id, {1: seen(1, 2)}, [1, 2])
    register.merge_face_marks(db, session.id, {}, [2, 3])
    assert {roll: row.status for roll, row in marks(db, session).items()} == {"R1": "P", "R2": "A", "R3": "A"}


def test_evidence_for_others_is_a_bug(db: Session) -> None:
    session = begin(db)
    with pytest.raises(ValueError, match=r"\[3\]"):
        register.merge_face_marks(db, session.id, {3: seen(1, 2)}, [1, 2])
    assert register.register_rows(db, session.id) == []


def test_one_mark_for_a_student_and_session(store: Store) -> None:
    with store.transaction() as db:
        session = begin(db)
        register.merge_face_marks(db, session.id, {}, [1])
    with pytest.raises(IntegrityError), store.transaction() as db:
        db.add(MarkTable(session_id=session.id, student_id=1, status="P", source="face", updated_at=NINE))


LOOKS = st.tuples(st.integers(0, 60), st.integers(0, 30), st.floats(0, 1)).map(
    lambda parts: seen(parts[0], parts[0] + parts[1], parts[2])
)


@settings(max_examples=30)
@given(st.permutations(range(4)), st.lists(st.dictionaries(st.sampled_from([1, 2, 3]), LOOKS), min_size=4, max_size=4))
def test_the_order_of_markings_does_not_matter(
    store: Store, order: list[int], markings: list[dict[int, FaceEvidence]]
) -> None:
    with store.transaction() as db:
        straight, shuffled = begin(db), begin(db)
        for number in range(4):
            register.merge_face_marks(db, straight.id, markings[number], [1, 2, 3])
            register.merge_face_marks(db, shuffled.id, markings[order[number]], [1, 2, 3])
        assert marks(db, straight) == marks(db, shuffled)


def test_sightings_of_a_source_are_replaced(db: Session) -> None:
    session, other = begin(db), begin(db)
    unknown = SightingDraft(kind="unknown", reason="nobody", confidence=0.2, first_seen=NINE, thumbnail=b"png")
    review = SightingDraft(kind="review", reason="half a face", student_id=2, confidence=0.5, first_seen=NINE, looks=3)
    present = SightingDraft(kind="present", reason="", student_id=1, first_seen=NINE)
    register.replace_sightings(db, session.id, "a.mp4", [unknown, review, present])
    register.replace_sightings(db, session.id, "b.mp4", [unknown])
    register.replace_sightings(db, other.id, "a.mp4", [unknown])
    rows = register.sighting_rows(db, session.id)
    assert [(row.kind, row.student_roll, row.student_name, row.thumbnail) for row in rows] == [
        ("unknown", None, None, b"png"),
        ("review", "R2", "Student 2", b""),
        ("unknown", None, None, b"png"),
    ]
    assert rows[0].first_seen == NINE
    register.replace_sightings(db, session.id, "a.mp4", [review])
    assert [row.kind for row in register.sighting_rows(db, session.id)] == ["unknown", "review"]
    register.replace_sightings(db, session.id, "a.mp4", [])
    assert [row.kind for row in register.sighting_rows(db, session.id)] == ["unknown"]
    assert len(register.sighting_rows(db, other.id)) == 1


def test_training_runs(db: Session) -> None:
    def run(class_id: int, file: str, figures: dict[str, object]) -> training_runs.TrainingRun:
        return training_runs.add_run(
            db,
            class_id=class_id,
            file=file,
            sha256="0" * 64,
            model_key="k",
            students=3,
            samples=30,
            seconds=1.5,
            figures=figures,
            created_at=NINE,
        )

    assert training_runs.run_in_use(db, 1) is None
    first = run(1, "classifiers/1/a.npz", {"missed": 0.01, "people": [1, 2]})
    second, other = run(1, "classifiers/1/b.npz", {}), run(2, "classifiers/2/a.npz", {})
    db.expire_all()
    assert training_runs.run_in_use(db, 1) == second
    assert training_runs.list_runs(db, 1) == [second, first]
    assert training_runs.list_runs(db, 1)[1].figures == {"missed": 0.01, "people": [1, 2]}
    assert training_runs.list_runs(db, 2) == [other]
    assert first.created_at == NINE


def sizes(db: Session, session: SessionRow, source: str, *face_px: float | None) -> None:
    """Store one sighting a size."""
    register.replace_sightings(
        db, session.id, source, [SightingDraft("present", "", face_px=px, frame_px=100) for px in face_px]
    )


def test_recent_face_sizes_are_of_the_class_and_latest_lesson_first(db: Session) -> None:
    early, late, other = begin(db, NINE - timedelta(days=1)), begin(db), begin(db, class_id=2)
    sizes(db, late, "a.mp4", 41, 42.5)
    sizes(db, early, "b.mp4", 31, None, 32)
    sizes(db, other, "c.mp4", 99)
    assert register.recent_face_sizes(db, 1) == pytest.approx([0.425, 0.41, 0.32, 0.31])
    assert register.recent_face_sizes(db, 2) == pytest.approx([0.99])
    assert register.recent_face_sizes(db, 3) == []


def test_recent_face_sizes_leave_strangers_out(db: Session) -> None:
    seen = [SightingDraft(kind, "", face_px=50, frame_px=100) for kind in ("unknown", "elsewhere", "review", "present")]
    register.replace_sightings(db, begin(db).id, "a.mp4", seen)
    assert register.recent_face_sizes(db, 1) == [0.5, 0.5]


def test_recent_face_sizes_stop_at_the_limit_and_old_rows_do_not_count(db: Session) -> None:
    sizes(db, begin(db), "a.mp4", *(None,) * 5, *range(1, 6), *(None,) * 5)
    assert register.recent_face_sizes(db, 1, limit=3) == pytest.approx([0.05, 0.04, 0.03])
    assert len(register.recent_face_sizes(db, 1)) == 5


@pytest.mark.parametrize(("minute", "expected"), [(11, ("P", None)), (20, ("P", None)), (22, ("L", 22))])
def test_a_face_that_a_person_names_is_as_late_as_those_the_camera_found(
    store: Store, minute: int, expected: tuple[str, int | None]
) -> None:
    """The camera begins eleven minutes into the lesson: who is there then is not late, whoever names them."""
    began = NINE + timedelta(minutes=11)
    with store.transaction() as db:
        session = begin(db)
        found = {1: seen(11, 12)}
        register.merge_face_marks(db, session.id, found, [1, 2, 3], late_after_minutes=10, found_there=began)
        at = NINE + timedelta(minutes=minute)
        number = run_marks.add_sighting(db, session.id, "camera", SightingDraft("unknown", "nobody", first_seen=at))
        sightings.set_present(db, TEACHER, sightings.get_sighting(db, number), 2, 10)
        row = marks(db, session)["R2"]
    assert marks_state(row) == expected


def marks_state(row: MarkRow) -> tuple[str, int | None]:
    return row.status, row.minutes_late
