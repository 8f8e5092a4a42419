"""Two entries of one student made one, and what deleting a student takes along."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor, acting
from core.engine import Engine
from core.erasure import erase_student
from core.errors import ConflictError, InputError, NotFoundError
from core.extending import extend
from core.office.merging import merge_students
from core.office.students import edit_student
from core.paths import Home
from core.recognition.files import load_classifier
from core.records import Image
from core.seats import Place, Seats
from core.settings import Settings
from core.store import (
    accounts,
    groups,
    marks,
    people,
    register,
    rejections,
    samples,
    sightings,
    timetable,
    training_runs,
)
from core.store.database import Store, open_store
from core.store.marks import BY_FACE, BY_HAND, MarkState, Wish
from core.store.register import SightingDraft
from core.store.seats import save_seats
from core.store.sessions import change_session
from core.store.sightings import SAID_IS, SAID_NOT
from core.store.tables import Base, MailTable, PassageTable
from core.store.timetable import PlannedAbsence
from core.training import train
from tests.phone_support import everything, noise, open_lesson
from tests.store_support import ADMIN, NINE, TEACHER, begin_session
from tests.test_extending import enrolled
from tests.test_recognition import faces

UTC_SCHOOL = Settings(time_zone="UTC", lock_after_days=3650)


def no_engine() -> Engine:
    raise AssertionError("no classifier has to be brought up to date, so no networks are needed")


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with open_store(home) as store:
        with store.transaction() as db:
            one = people.add_class(db, "C", "Class")
            for roll, name in [("R1", "Ada"), ("R2", "Ada L."), ("R3", "Bob")]:
                people.add_to_roster(db, one.id, people.add_student(db, roll, name).id)
        yield store


def ids(db: Session) -> tuple[int, int]:
    return people.get_student(db, "R1").id, people.get_student(db, "R2").id


def merge(store: Store, actor: Actor = TEACHER, kept: str = "R1", gone: str = "R2") -> int:
    return merge_students(store, UTC_SCHOOL, actor, kept, gone, no_engine).changed


def picture(number: int) -> Image:
    return np.random.default_rng(number).integers(0, 255, (160, 160, 3), np.uint8)


def add_sample(db: Session, student: int, number: int) -> None:
    samples.add_sample(
        db, student, crop=picture(number), embedding=faces(number + 1, 1)[0], model_key="key", quality=0.9,
        sharpness=0.5, brightness=100, face_px=90, source="a.png",
    )  # fmt: skip


def seen(student: int | None, **more: object) -> SightingDraft:
    return SightingDraft(kind="present", reason="", student_id=student, **more)  # type: ignore[arg-type]


def test_everything_of_the_second_goes_to_the_first(store: Store) -> None:
    with store.transaction() as db:
        first, second = ids(db)
        other = people.add_class(db, "D", "Other")
        people.add_to_roster(db, other.id, second)
        lab = groups.add_group(db, other.id, "Lab")
        groups.add_member(db, lab, second)
        people.edit_student(db, second, email="ada@school.org", parents_email="p@home.org")
        people.edit_student(db, first, email="first@school.org")
        people.record_consent(db, second, "form", datetime(2026, 1, 1, tzinfo=UTC))
        people.set_active(db, first, False)
        for student, number in [(first, 1), (second, 1), (second, 2)]:
            add_sample(db, student, number)
        session = begin_session(db)
        marks.write_marks(db, TEACHER, [Wish(session.id, second, MarkState("L", 5, "bus"))], why="came")
        register.replace_sightings(
            db, session.id, "cam", [seen(second, candidates=((second, 2.0), (first, 1.0), (99, 0.5)))]
        )
        for student in (first, second):
            absence = PlannedAbsence(0, student, None, date(2026, 12, 1), date(2026, 12, 2), "E", "trip", "")
            timetable.add_absence(db, TEACHER, absence)
        db.add(
            PassageTable(student_id=second, day=date(2026, 11, 21), first_at=NINE, last_at=NINE, camera="door",
                         direction="in", confidence=0.9, picture=b"x", last_picture=b"y")
        )  # fmt: skip
    assert merge(store) == 0
    with store.read() as db:
        with pytest.raises(NotFoundError):
            people.get_student(db, "R2")
        ada = people.get_student(db, "R1")
        assert (ada.id, ada.email, ada.parents_email) == (first, "first@school.org", "p@home.org")
        assert (ada.consent, ada.active, ada.name) == ("form", True, "Ada")
        assert [one.code for one in people.classes_of(db, first)] == ["C", "D"]
        assert [one.name for one in groups.groups_of(db, first)] == ["Lab"]
        assert samples.count_by_student(db, [first]) == {first: 2}
        (row,) = register.register_rows(db, session.id)
        assert (row.roll, row.status, row.minutes_late, row.reason) == ("R1", "L", 5, "bus")
        assert [one.student_id for one in marks.changes_of(db, session_id=session.id)] == [first]
        (sighting,) = sightings.sightings_of(db, session.id, ["present"])
        assert (sighting.student_id, sighting.candidates) == (first, ((first, 2.0), (99, 0.5)))
        assert [one.student_id for one in timetable.list_absences(db)] == [first]
        assert list(db.scalars(select(PassageTable.student_id))) == [first]


@pytest.mark.parametrize(
    ("first", "second", "left"),
    [
        (MarkState("A", source=BY_FACE), MarkState("P", source=BY_FACE), "P"),
        (MarkState("P", source=BY_FACE), MarkState("A", source=BY_FACE), "P"),
        (MarkState("P", source=BY_FACE), MarkState("A", source=BY_HAND), "A"),
        (MarkState("A", source=BY_HAND), MarkState("P", source=BY_FACE), "A"),
        (MarkState("A", source=BY_HAND), MarkState("E", source=BY_HAND), "E"),
        (MarkState("L", 5, source=BY_HAND), MarkState("P", source=BY_HAND), "P"),
    ],
)
def test_the_better_of_two_marks_stays(store: Store, first: MarkState, second: MarkState, left: str) -> None:
    with store.transaction() as db:
        one, other = ids(db)
        session = begin_session(db)
        marks.write_marks(db, TEACHER, [Wish(session.id, one, first), Wish(session.id, other, second)])
        for who, minutes in [(one, 10), (other, 20)]:
            marks.set_times(db, session.id, who, NINE + timedelta(minutes=minutes), NINE + timedelta(hours=1), 0.5)
    changed = merge(store)
    with store.read() as db:
        ((key, mark),) = marks.marks_of(db, [session.id]).items()
        assert (key, mark.status) == ((session.id, one), left)
        last = marks.changes_of(db, student_id=one, limit=1)[0]
        if left != first.status:
            assert changed == 1
            assert (last.before, last.after) == (first, second)
            assert (last.by, last.why) == (TEACHER.name, "R2 Ada L. is the same student")
        else:
            assert changed == 0
        if left in "PL":
            assert mark.first_seen == NINE + timedelta(minutes=10)


def test_a_denied_face_of_the_other_entry_is_denied_no_more(store: Store) -> None:
    with store.transaction() as db:
        first, second = ids(db)
        add_sample(db, second, 1)
        for student, number in [(first, 1), (first, 2), (second, 3)]:
            rejections.add_rejection(
                db, student, crop=picture(number), embedding=faces(2, 1)[0], model_key="key", source="a"
            )
    merge(store)
    with store.read() as db:
        assert rejections.count_rejections(db, [first]) == 2


def test_what_people_said_names_the_roll_number_there_is_now(store: Store) -> None:
    with store.transaction() as db:
        session = begin_session(db)
        register.replace_sightings(
            db, session.id, "cam", [seen(ids(db)[1]), SightingDraft(kind="unknown", reason=SAID_NOT.format("R2"))]
        )
        (one,) = sightings.sightings_of(db, session.id, ["present"])
        sightings.decide_sighting(db, one.id, "present", ids(db)[1], SAID_IS.format("R2"))

    def reasons() -> list[str]:
        with store.read() as db:
            return [one.reason for one in sightings.sightings_of(db, session.id, ["present", "unknown"])]

    edit_student(store, "R2", new_roll="R20")
    assert reasons() == [SAID_IS.format("R20"), SAID_NOT.format("R20")]
    merge(store, gone="R20")
    assert reasons() == [SAID_IS.format("R1"), SAID_NOT.format("R1")]


def test_merging_oneself_or_nobody_is_refused(store: Store) -> None:
    for gone, error in [("r1", InputError), ("R9", NotFoundError)]:
        with pytest.raises(error):
            merge(store, gone=gone)


def test_an_old_mark_is_changed_by_an_admin_only(store: Store) -> None:
    with store.transaction() as db:
        long_ago = clock.now() - timedelta(days=4000)
        session = begin_session(db, starts_at=long_ago)
        change_session(db, session.id, created_at=long_ago, opened_at=long_ago)
        wishes = [
            Wish(session.id, who, MarkState(code, source=BY_FACE)) for who, code in zip(ids(db), "AP", strict=True)
        ]
        marks.write_marks(db, TEACHER, wishes)
    with pytest.raises(ConflictError, match="only an admin"):
        merge(store)
    with store.read() as db:
        assert people.get_student(db, "R2").name == "Ada L."
    assert merge(store, ADMIN) == 1


def test_no_table_names_a_student_who_was_deleted(store: Store) -> None:
    everything(store, "R1", open_lesson(store, 1), noise(1))
    with store.transaction() as db:
        first, _ = ids(db)
        session = begin_session(db)
        one = people.get_class(db, "C")
        groups.add_member(db, groups.add_group(db, one.id, "Lab"), first)
        add_sample(db, first, 1)
        rejections.add_rejection(db, first, crop=picture(1), embedding=faces(2, 1)[0], model_key="key", source="a")
        register.replace_sightings(db, session.id, "cam", [seen(first)])
        timetable.add_absence(
            db, TEACHER, PlannedAbsence(0, first, None, date(2026, 12, 1), date(2026, 12, 2), "E", "trip", "")
        )
        db.add(
            PassageTable(student_id=first, day=date(2026, 11, 21), first_at=NINE, last_at=NINE, camera="door",
                         direction="in", confidence=0.9, picture=b"x", last_picture=b"y")
        )  # fmt: skip
        db.add(
            MailTable(event_key="k", kind="absent", student_id=first, recipient_role="parent", recipient="p@home.org",
                      subject="s", text="t", html="h", message_id="m", next_try_at=NINE, created_at=NINE)
        )  # fmt: skip
        accounts.add_account(db, "Student", "student", student_id=first)
        people.record_consent(db, first, "paper form", NINE)
        save_seats(db, session.class_id, Seats(1, 1, {first: Place(1, 1)}))
    # The audit keeps the number, which names nobody any more.
    naming = [table for table in Base.metadata.sorted_tables if "student_id" in table.c and table.name != "audit"]
    assert len(naming) > 8

    def count() -> dict[str, int]:
        with store.read() as db:
            query = {one.name: select(func.count()).select_from(one).where(one.c.student_id == first) for one in naming}
            return {name: db.scalar(one) or 0 for name, one in query.items()}

    assert min(count().values()) >= 1, count()
    with store.transaction() as db:
        office = accounts.add_account(db, "Office", "admin").actor()
    with acting(office):
        gone, _ = erase_student(store, "R1")
    assert (gone.passages, gone.mails, gone.marks) == (1, 1, 1)
    assert set(count().values()) == {0}


def test_the_account_of_the_second_entry_becomes_the_first_ones(store: Store) -> None:
    with store.transaction() as db:
        first, second = ids(db)
        account = accounts.add_account(db, "Student", "student", student_id=second)
        office = accounts.add_account(db, "Office", "admin").actor()
    merge_students(store, UTC_SCHOOL, office, "R1", "R2", lambda: pytest.fail("no networks are needed"))
    with store.read() as db:
        kept = accounts.account_by_id(db, account.id)
    assert kept is not None
    assert kept.student_id == first


def test_classifiers_know_the_first_by_the_faces_of_the_second(home: Home, engine: Engine) -> None:
    with open_store(home) as store:
        enrolled(store, engine, range(1, 9))
        with store.transaction() as db:
            one = people.get_class(db, "C")
            double = people.add_student(db, "R80", "Student 8, again")
            people.record_consent(db, double.id, "form", clock.now())
            people.add_to_roster(db, one.id, double.id)
        train(store, engine, "C")
        # Photos of student 8 that came to the other entry, then taken into the classifier as somebody of its own.
        with store.transaction() as db:
            for number, embedding in enumerate(faces(8, 3, seed=9)):
                samples.add_sample(
                    db, double.id, crop=picture(500 + number), embedding=embedding, model_key=engine.model_key,
                    quality=0.9, sharpness=0.6, brightness=120, face_px=90, source="b.png",
                )  # fmt: skip
        extend(store, engine, "C", ["R80"])
        loaded = []
        done = merge_students(store, UTC_SCHOOL, TEACHER, "R8", "R80", lambda: loaded.append(1) or engine)
        assert (loaded, done.samples, done.learned, done.notes) == ([1], 3, ("C",), ())
        with store.read() as db:
            runs = training_runs.list_runs(db, one.id)
            kept = people.get_student(db, "R8").id
        for run in runs:
            assert double.id not in load_classifier(home.models / run.file, "C", store.vault).student_ids
        newest = load_classifier(home.models / runs[0].file, "C", store.vault)
        assert int(newest.student_ids[newest.evidence(faces(8, 1, seed=77))[0].argmax()]) == kept


def test_a_first_without_faces_is_known_by_those_of_the_second(home: Home, engine: Engine) -> None:
    with open_store(home) as store:
        enrolled(store, engine, range(1, 9))
        train(store, engine, "C")
        with store.transaction() as db:
            fresh = people.add_student(db, "N1", "Student 8, under a new number")
        done = merge_students(store, UTC_SCHOOL, TEACHER, "N1", "R8", lambda: engine)
        assert done.learned == ("C",)
        with store.read() as db:
            run = training_runs.run_in_use(db, 1)
        assert run is not None
        newest = load_classifier(home.models / run.file, "C", store.vault)
        assert int(newest.student_ids[newest.evidence(faces(8, 1, seed=77))[0].argmax()]) == fresh.id
