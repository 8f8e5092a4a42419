"""Who is on site, the last events and one student's history, from the store and from the command line."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from sqlalchemy.orm import Session

from core import clock, presence
from core.errors import InputError, NotFoundError
from core.paths import Home
from core.settings import Settings
from core.store import marks, onsite, passages, people, sessions
from core.store.database import Store, open_store
from core.store.marks import MarkState, Wish
from core.store.onsite import OnSite
from core.store.passages import Direction, Seen
from core.store.register import FaceEvidence, merge_face_marks
from core.store.tables import ClassTable, GroupMemberTable, GroupTable, RoomTable
from core.vision.images import encode_png
from tests.cli_support import Cli
from tests.store_support import NINE, TEACHER, begin_session

DAY = NINE.date()
ON_UTC = Settings(time_zone="UTC")
NAMES = ("=cmd()|' /C calc'!A0", "../../Ada", "\u202eAda [red]", "A" * 300)


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    """Classes M (R1, R2, R10) in room 3 and P (R2, R3)."""
    with open_store(home) as store:
        with store.transaction() as db:
            fill(db)
        yield store


def fill(db: Session) -> None:
    people.add_class(db, "M", "Mathematics")
    people.add_class(db, "P", "Physics")
    for roll in ("R1", "R2", "R3", "R10", "R11"):
        people.add_student(db, roll, f"Student {roll}")
    for class_id, rolls in ((1, ("R1", "R2", "R10")), (2, ("R2", "R3"))):
        for roll in rolls:
            people.add_to_roster(db, class_id, people.get_student(db, roll).id)
    db.add(RoomTable(id=1, name="Room 3", name_key="room 3", camera="rtsp://user:secret@door/1"))
    db.flush()
    db.query(ClassTable).filter_by(id=1).update({"room_id": 1})
    db.add(GroupTable(id=1, class_id=1, name="Lab A", name_key="lab a"))
    db.flush()
    db.add(GroupMemberTable(group_id=1, student_id=1))


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def passed(db: Session, roll: str, minutes: float, direction: Direction = "both", camera: str = "gate") -> int:
    student = people.get_student(db, roll).id
    png = encode_png(np.full((8, 8, 3), int(minutes) % 250, np.uint8))
    return passages.record_sighting(db, Seen(student, at(minutes), camera, direction, 0.9, png), 5, UTC).passage.id


def seen_in(db: Session, session_id: int, roll: str, first: float, last: float) -> None:
    student = people.get_student(db, roll).id
    merge_face_marks(
        db, session_id, {student: FaceEvidence(0.9, at(first), at(last))}, [student], late_after_minutes=10
    )


def listed(db: Session, minutes: float) -> dict[str, OnSite]:
    return {one.roll: one for one in onsite.on_site(db, at(minutes), UTC)}


def test_everybody_who_came_and_is_not_known_to_have_left(store: Store) -> None:
    with store.transaction() as db:
        assert onsite.on_site(db, at(0), UTC) == []
        passed(db, "R10", -60, "in")
        passed(db, "R1", -50, "in")
        passed(db, "R2", -45, "both", "side door")
        passed(db, "R3", -40, "in")
        passed(db, "R3", -10, "out")
        passed(db, "R11", -30)
        found = onsite.on_site(db, at(0), UTC)
        # By class and roll number; who is in no class stands last.
        assert [one.roll for one in found] == ["R1", "R2", "R10", "R11"]
        assert [one.classes for one in found] == [("M",), ("M", "P"), ("M",), ()]
        assert [one.groups for one in found] == [("Lab A",), (), (), ()]
        assert found[1].where == "side door"
        assert not any(one.may_have_left for one in found)
        # Before a camera of both ways a second passage may be the way out: still listed, with a word.
        passed(db, "R2", 20)
        now = listed(db, 30)
        assert (now["R2"].may_have_left, now["R2"].arrived_at, now["R2"].last_seen) == (True, at(-45), at(20))
        passed(db, "R3", 25, "in")
        assert "R3" in listed(db, 30)
        assert onsite.on_site(db, at(24 * 60), UTC) == []


def test_a_lesson_lists_those_whom_no_camera_saw(store: Store) -> None:
    with store.transaction() as db:
        lesson = begin_session(db, 1)
        seen_in(db, lesson.id, "R1", 2, 30)
        marks.write_marks(
            db,
            TEACHER,
            [Wish(lesson.id, 2, MarkState("P")), Wish(lesson.id, people.get_student(db, "R10").id, MarkState("A"))],
        )
        now = listed(db, 40)
        assert set(now) == {"R1", "R2"}
        assert (now["R1"].where, now["R1"].last_seen, now["R1"].passage_id) == ("M, Room 3", at(30), None)
        assert not now["R1"].may_have_left
        # The lesson is over and nobody saw them since.
        assert listed(db, 91)["R1"].may_have_left
        # A camera of the way out saw R1 leave, but later a lesson had R1 again.
        passed(db, "R1", 95, "out")
        assert "R1" not in listed(db, 100)
        second = begin_session(db, 1, at(120))
        seen_in(db, second.id, "R1", 121, 122)
        assert listed(db, 130)["R1"].arrived_at == at(2)
        sessions.change_session(db, second.id, state=sessions.CANCELLED)
        assert "R1" not in listed(db, 130)


def test_a_mark_for_a_lesson_to_come_is_no_sign(store: Store) -> None:
    with store.transaction() as db:
        lesson = begin_session(db, 1, at(60))
        marks.write_marks(db, TEACHER, [Wish(lesson.id, 1, MarkState("P"))])
        assert listed(db, 0) == {}
        assert set(listed(db, 61)) == {"R1"}


def test_the_house_does_not_empty_at_midnight(store: Store) -> None:
    with store.transaction() as db:
        passed(db, "R1", 14 * 60, "in")
        passed(db, "R2", 0, "in")
        half_past_midnight = listed(db, 15.5 * 60)
        assert set(half_past_midnight) == {"R1"}
        # The clock was set back: who was seen in what is the future now is still there.
        assert set(listed(db, 13 * 60)) == {"R1", "R2"}
        assert listed(db, 24 * 60) == {}


def test_history_tells_lessons_days_and_who_changed_what(store: Store) -> None:
    with store.transaction() as db:
        lesson = begin_session(db, 1)
        seen_in(db, lesson.id, "R1", 12, 40)
        seen_in(db, lesson.id, "R2", 1, 88)
        second = begin_session(db, 1, at(120))
        marks.write_marks(db, TEACHER, [Wish(second.id, 1, MarkState("E", reason="dentist"))])
        for minutes in (-5, 100, 240):
            passed(db, "R1", minutes)
    found = presence.history(store, ON_UTC, "r1", DAY, DAY)
    assert (found.student.roll, found.classes) == ("R1", ("M",))
    late, excused = found.lessons
    assert (late.mark.status, late.mark.minutes_late, late.left_early_minutes) == ("L", 12, 50)
    assert (late.mark.source, late.mark.changed_by) == ("face", None)
    assert (excused.mark.status, excused.mark.reason, excused.mark.changed_by) == ("E", "dentist", TEACHER.name)
    assert excused.left_early_minutes is None
    [day] = found.days
    assert day.departure is not None
    assert (day.arrival.at, day.departure.at, day.present_s, day.passages) == (at(-5), at(240), 245 * 60, 3)
    assert found.early_leave(DAY) == 50
    assert presence.history(store, ON_UTC, "R1", DAY + timedelta(1), DAY + timedelta(9)).lessons == ()
    # R2 was there until two minutes before the end, which is within what the school allows.
    assert [one.left_early_minutes for one in presence.history(store, ON_UTC, "R2", DAY, DAY).lessons] == [None]


def test_leaving_early_is_told_only_where_it_is_known(store: Store) -> None:
    def left() -> int | None:
        [one] = presence.history(store, ON_UTC, "R1", DAY, DAY).lessons
        return one.left_early_minutes

    with store.transaction() as db:
        lesson = begin_session(db, 1)
        # One photo at the start: nobody was seen later, so nobody left early.
        for roll in ("R1", "R2"):
            seen_in(db, lesson.id, roll, 2, 2)
    assert left() is None
    with store.transaction() as db:
        passed(db, "R1", 30, "out")
    assert left() == 60
    with store.transaction() as db:
        passed(db, "R1", 40, "in")
    assert left() is None
    with store.transaction() as db:
        passed(db, "R1", 85, "out")
    assert left() is None


def test_days_in_the_wrong_order_and_strangers_are_sentences(store: Store) -> None:
    with pytest.raises(InputError, match="earlier day first"):
        presence.history(store, ON_UTC, "R1", DAY, DAY - timedelta(1))
    with pytest.raises(NotFoundError, match="roll number"):
        presence.history(store, ON_UTC, "nobody")
    for count in (0, -1, 10**9):
        with pytest.raises(InputError, match="Between 1 and"):
            presence.last_events(store, count)
    assert presence.history(store, ON_UTC, "R1", last=date.min).first == date.min


def test_pictures_are_named_by_numbers(store: Store, tmp_path: Path) -> None:
    with store.transaction() as db:
        number = passed(db, "R1", 10)
        passed(db, "R1", 13)
    written = presence.write_pictures(store, tmp_path / "pictures", [number, 999])
    assert [path.name for path in written] == [f"{number}-first.png", f"{number}-last.png"]
    assert [int(cv2.imread(str(path))[0, 0, 0]) for path in written] == [10, 13]


def test_an_empty_school_is_told_in_plain_words(cli: Cli) -> None:
    assert cli.json("last") == {"events": []}
    assert "Nobody has passed" in cli.printed
    assert cli.json("onsite") == {"people": []}
    assert "Nobody is known" in cli.printed
    assert "There is no student" in cli.refused("history", "R1")
    assert "Between 1 and" in cli.refused("last", "0")


def test_the_commands_tell_the_same_as_their_json_whatever_the_names(cli: Cli, tmp_path: Path, noon: datetime) -> None:
    with open_store(cli.home) as store, store.transaction() as db:
        people.add_class(db, "C", "Class")
        for number, name in enumerate(NAMES, 1):
            student = people.add_student(db, f"R{number}", name)
            people.add_to_roster(db, 1, student.id)
            for minutes in (20, 2):
                when = noon - timedelta(minutes=minutes, seconds=-number)
                passages.record_sighting(db, Seen(student.id, when, "gate [1]", "both", 0.9, b"png"), 5, None)
    with open_store(cli.home) as store, store.read() as db:
        names = [one.name for one in people.list_students(db)]
    last = cli.json("last", "4", "--pictures", tmp_path / "faces")["events"]
    assert cli.printed.count(f"{clock.today(None)}") >= 2
    assert [one["roll"] for one in last] == ["R4", "R3", "R2", "R1"]
    assert [one["name"] for one in reversed(last)] == names
    assert last[0]["classes"] == ["C"]
    assert sorted(path.name for path in (tmp_path / "faces").iterdir()) == sorted(
        f"{one['number']}-{which}.png" for one in last for which in ("first", "last")
    )
    here = cli.json("onsite")["people"]
    assert [(one["roll"], one["may_have_left"]) for one in here] == [(f"R{i}", True) for i in (1, 2, 3, 4)]
    assert "4 people, 4 of whom may have left." in cli.printed
    told = cli.json("history", "r2", "--from", "yesterday", "--to", "today", "--pictures", tmp_path / "faces")
    assert (told["name"], told["classes"], told["lessons"]) == (names[1], ["C"], [])
    assert sum(day["passages"] for day in told["days"]) == len(told["passages"]) == 2
    assert "is no day" in cli.refused("history", "R1", "--from", "soon")
