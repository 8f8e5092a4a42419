"""The office's services: a teacher sees only their own, on every way there is, and every change is in the audit."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import audit
from core.actor import acting
from core.commands.context import ACCOUNT, PASSWORD
from core.office import classes, groups, rooms, students, teachers
from core.paths import Home
from core.store import consents, people, samples
from core.store import groups as stored_groups
from core.store import rooms as stored_rooms
from core.store.audit import AuditRow
from core.store.classes import RosterCount
from core.store.consents import ConsentDraft
from core.store.database import Store, open_store
from tests.account_support import ADMIN_NAME, School, make_school, quick
from tests.account_support import PASSWORD as GOOD
from tests.cli_support import Cli

__all__ = ["quick"]

SECRET = "rtsp://admin:p@ss@10.0.0.7/stream"
NAMES = ("Zoë Hidden", "Renamed Hidden", "hidden@home.org")
"""What of a student must not come into the audit."""


@pytest.fixture
def school(store: Store, quick: None) -> School:
    """As ``make_school``, with a group and a room for each class, and a face of the own student."""
    made = make_school(store)
    with store.transaction() as db:
        for side in (made.own, made.foreign):
            group = stored_groups.add_group(db, side.class_id, f"Lab of {side.code}")
            stored_groups.add_member(db, group, side.student_id)
            stored_rooms.add_room(db, f"Room {side.code}", SECRET)
            people.edit_class(db, side.class_id, room=f"Room {side.code}")
        gone = people.add_student(db, "R3", "Student R3")
        people.set_active(db, gone.id, False)
        people.add_to_roster(db, made.own.class_id, gone.id)
        consents.give(db, made.own.student_id, ConsentDraft("paper form"))
        crop, embedding = np.zeros((160, 160, 3), np.uint8), np.eye(1, 512, dtype=np.float32)[0]
        samples.add_sample(
            db, made.own.student_id, crop=crop, embedding=embedding, model_key="k",
            quality=1, sharpness=1, brightness=1, face_px=90, source="a photo",
        )  # fmt: skip
    return made


# ---- what a surface gets


def test_an_admin_sees_all_with_everything_that_a_list_shows(store: Store, school: School) -> None:
    with acting(school.actors["admin"]):
        found = {one.school_class.code: one for one in classes.list_classes(store)}
        assert found["OWN"].count == RosterCount(students=2, active=1, with_faces=1)
        assert found["FOREIGN"].count == RosterCount(students=1, active=1, with_faces=0)
        assert (found["OWN"].room, found["OWN"].school_class.teachers) == ("Room OWN", ("Grace Hopper",))
        lines = classes.roster(store, "own").lines
        assert [(one.student.roll, one.samples, one.joined_at is not None) for one in lines] == [
            ("R1", 1, True), ("R3", 0, True),
        ]  # fmt: skip
        assert [(one.student.roll, one.samples) for one in students.list_students(store)] == [
            ("R1", 1), ("R2", 0), ("R3", 0),
        ]  # fmt: skip
        card = students.card(store, "r1")
        assert ([one.code for one in card.classes], card.groups, card.samples) == (["OWN"], (("OWN", "Lab of OWN"),), 1)
        assert card.consent is not None
        assert card.consent.stands
        assert [(one.group.name, [who.roll for who in one.students]) for one in groups.list_groups(store)] == [
            ("Lab of OWN", ["R1"]), ("Lab of FOREIGN", ["R2"]),
        ]  # fmt: skip
        assert [(one.name, one.camera, one.classes) for one in rooms.list_rooms(store)] == [
            ("Room FOREIGN", "rtsp://10.0.0.7/stream", ("FOREIGN",)), ("Room OWN", "rtsp://10.0.0.7/stream", ("OWN",)),
        ]  # fmt: skip


def test_a_list_shows_a_teacher_only_what_is_their_own(store: Store, school: School) -> None:
    with acting(school.actors["teacher"]):
        assert [one.school_class.code for one in classes.list_classes(store)] == ["OWN"]
        assert [one.student.roll for one in students.list_students(store)] == ["R1", "R3"]
        assert [one.group.name for one in groups.list_groups(store)] == ["Lab of OWN"]
        assert {one.name: one.classes for one in rooms.list_rooms(store)} == {"Room OWN": ("OWN",), "Room FOREIGN": ()}
        assert {one.teacher.name: one.classes for one in teachers.list_teachers(store)} == {
            "Grace Hopper": ("OWN",), "Ada Lovelace": (),
        }  # fmt: skip


def test_lists_ask_the_database_equally_often_however_long_they_are(store: Store) -> None:
    def statements(work: Any) -> int:
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        seen: list[str] = []

        def count(*given: Any) -> None:
            seen.append(given[2])

        event.listen(Engine, "before_cursor_execute", count)
        try:
            work(store)
        finally:
            event.remove(Engine, "before_cursor_execute", count)
        return len(seen)

    listing = (
        classes.list_classes, groups.list_groups, rooms.list_rooms, students.list_students, teachers.list_teachers,
    )  # fmt: skip
    counts = []
    for first in (0, 1):
        with store.transaction() as db:
            for number in range(first, first + 1 + 30 * first):
                one = people.add_class(db, f"C{number}", "Class", f"Teacher {number}")
                who = people.add_student(db, f"R{number}", "Student")
                people.add_to_roster(db, one.id, who.id)
                stored_groups.add_member(db, stored_groups.add_group(db, one.id, "Lab"), who.id)
                stored_rooms.add_room(db, f"Room {number}")
        counts.append([statements(work) for work in listing])
    assert counts[0] == counts[1]


# ---- on the command line


@pytest.fixture
def as_teacher(home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, school: School) -> Cli:
    """The command line of Grace Hopper, who teaches OWN; R1 and R3 are in it, R2 is in FOREIGN."""
    monkeypatch.setenv(ACCOUNT, "Grace Hopper")
    return Cli(home, capsys)


def test_lists_on_the_command_line_hold_nothing_foreign(as_teacher: Cli) -> None:
    assert [one["class"] for one in as_teacher.json("class", "list")] == ["OWN"]
    assert [one["roll"] for one in as_teacher.json("students", "list")] == ["R1", "R3"]
    assert [one["group"] for one in as_teacher.json("groups", "list")] == ["Lab of OWN"]
    assert [one["rolls"] for one in as_teacher.json("groups", "list", "OWN")] == [["R1"]]
    assert len(as_teacher.json("class", "roster", "OWN")["students"]) == 2
    assert as_teacher.json("students", "show", "R1")["groups"] == ["OWN Lab of OWN"]
    for listing in (("class", "list"), ("students", "list"), ("groups", "list")):
        assert as_teacher(*listing) == 0
        assert "FOREIGN" not in as_teacher.printed
        assert "R2" not in as_teacher.printed
    assert len(as_teacher.json("rooms", "list")) == 2
    assert "FOREIGN" not in str([one["classes"] for one in as_teacher.json("teachers", "list")])


@pytest.mark.parametrize("code", ["FOREIGN", "NOWHERE"])
def test_what_is_named_and_foreign_is_refused_as_what_does_not_exist(as_teacher: Cli, code: str) -> None:
    roll = {"FOREIGN": "R2", "NOWHERE": "R99"}[code]
    own = "only in a class they teach"
    for command in (("class", "roster", code), ("groups", "list", code), ("students", "show", roll),
                    ("session", "show", code), ("review", code), ("consent", "show", roll)):  # fmt: skip
        said = as_teacher.refused(*command)
        assert own in said, command
        assert "Ada" not in said
        assert "Student R2" not in said


CHANGES = [
    ("class", "add", "X", "Y"), ("class", "edit", "OWN", "--name", "Z"), ("class", "delete", "OWN"),
    ("class", "join", "OWN", "R2"), ("class", "remove", "OWN", "R1"), ("class", "move", "R1", "OWN", "FOREIGN"),
    ("groups", "add", "OWN", "New"), ("groups", "join", "OWN", "Lab of OWN", "R3"),
    ("groups", "leave", "OWN", "Lab of OWN", "R1"), ("groups", "rename", "OWN", "Lab of OWN", "New"),
    ("groups", "remove", "OWN", "Lab of OWN"),
    ("students", "add", "R9", "New"), ("students", "edit", "R1", "--name", "X"),
    ("students", "deactivate", "R1"), ("students", "activate", "R3"), ("students", "merge", "R1", "R3"),
    ("students", "delete", "R1"),
    ("teachers", "add", "New"), ("teachers", "edit", "Grace Hopper", "--email", "a@b.org"),
    ("teachers", "remove", "Grace Hopper", "OWN"),
    ("rooms", "add", "New"), ("rooms", "edit", "Room OWN", "--camera", "0"), ("rooms", "delete", "Room OWN"),
]  # fmt: skip


def test_the_office_is_changed_by_admins_only(as_teacher: Cli, store: Store) -> None:
    before = rows_of(store)
    for change in CHANGES:
        assert ", a teacher, may not " in as_teacher.refused(*change), change
    assert rows_of(store) == before


# ---- the audit


def rows_of(store: Store) -> list[AuditRow]:
    """All rows, oldest first."""
    with store.read() as db:
        return audit.audit.rows(db, audit.Filter(), 1000)[::-1]


STEPS: list[tuple[tuple[str, ...], list[tuple[str, Any, Any]]]] = [
    (("rooms", "add", "Lab", "--camera", SECRET), [("rooms.add", None, {"name": "Lab", "camera": True})]),
    (("rooms", "edit", "Lab", "--camera", "0"),
     [("rooms.change", {"name": "Lab", "camera": True}, {"name": "Lab", "camera": True, "camera_changed": True})]),
    (("rooms", "edit", "lab", "--name", "Lab"), []),
    (("teachers", "add", "Alan", "--email", "alan@school.org"), [("teachers.add", None, None)]),
    (("teachers", "edit", "Alan", "--inactive"),
     [("teachers.change", {"active": True}, {"active": False, "changed": []})]),
    (("teachers", "edit", "Alan", "--name", "Alan T.", "--active"),
     [("teachers.change", {"active": False}, {"active": True, "changed": ["name"]})]),
    (("class", "add", "A", "One", "--teacher", "Alan T.", "--room", "Lab"),
     [("classes.add", None, {"code": "A", "name": "One", "teachers": [1], "room": 1})]),
    (("class", "add", "B", "Two", "--teacher", "Emmy"),
     [("teachers.add", None, None),
      ("classes.add", None, {"code": "B", "name": "Two", "teachers": [2], "room": None})]),
    (("class", "edit", "A", "--code", "A1", "--room", "", "--teacher", "Emmy"),
     [("classes.change", {"code": "A", "name": "One", "teachers": [1], "room": 1},
       {"code": "A1", "name": "One", "teachers": [2], "room": None})]),
    (("class", "edit", "A1", "--name", "One"), []),
    (("teachers", "remove", "Emmy", "A1"),
     [("classes.change", {"code": "A1", "name": "One", "teachers": [2], "room": None},
       {"code": "A1", "name": "One", "teachers": [], "room": None})]),
    (("students", "add", "R1", NAMES[0], "--class", "A1", "--parents-email", NAMES[2]),
     [("people.add", None, None), ("classes.join", None, None)]),
    (("students", "add", "R2", NAMES[0]), [("people.add", None, None)]),
    (("students", "edit", "R1", "--name", NAMES[1], "--email", NAMES[2]),
     [("people.change", None, {"changed": ["name", "email"]})]),
    (("students", "edit", "R1", "--name", NAMES[1]), []),
    (("students", "deactivate", "R1"), [("people.change", {"active": True}, {"active": False})]),
    (("students", "deactivate", "R1"), []),
    (("students", "activate", "R1"), [("people.change", {"active": False}, {"active": True})]),
    (("class", "join", "A1", "R1", "R2"), [("classes.join", None, None)]),
    (("groups", "add", "A1", "Lab", "R1"), [("groups.add", None, {"name": "Lab"}), ("groups.join", None, None)]),
    (("groups", "join", "A1", "Lab", "R1", "R2"), [("groups.join", None, None)]),
    (("groups", "leave", "A1", "Lab", "R1"), [("groups.leave", None, None)]),
    (("groups", "rename", "A1", "Lab", "Lab 2"), [("groups.change", {"name": "Lab"}, {"name": "Lab 2"})]),
    (("groups", "remove", "A1", "Lab 2"), [("groups.delete", {"name": "Lab 2"}, None)]),
    (("class", "move", "R1", "A1", "B"), [("people.move", {"class": 1}, {"class": 2})]),
    (("class", "remove", "A1", "R2"), [("classes.leave", None, None)]),
    (("class", "delete", "A1"),
     [("classes.delete", {"code": "A1", "name": "One", "teachers": [], "room": None}, None)]),
    (("rooms", "delete", "Lab"), [("rooms.delete", {"name": "Lab", "camera": True}, None)]),
]  # fmt: skip


def test_every_change_leaves_its_rows_and_the_audit_stays_whole(home: Home, cli: Cli) -> None:
    with open_store(home) as store:
        for command, expected in STEPS:
            before = len(rows_of(store))
            assert cli(*command) == 0, cli.said
            new = rows_of(store)[before:]
            assert [(one.action, one.before, one.after) for one in new] == expected, command
            for one in new:
                kind = one.action.partition(".")[0]
                assert (one.class_id is not None) == (kind in ("classes", "groups")), command
                if kind in ("rooms", "teachers", "groups"):
                    assert str(one.subject).startswith(f"{kind.removesuffix('s')}:")
                if kind == "people" or one.action.endswith((".join", ".leave")):
                    assert one.student_id in (1, 2)
        assert audit.verify(store).ok
        told = repr(rows_of(store))
    assert not [word for word in (*NAMES, "R1", "10.0.0.7", "p@ss", "alan@", "Alan") if word in told]
    assert cli("audit", "verify") == 0


def test_a_change_that_fails_leaves_nothing(home: Home, cli: Cli) -> None:
    with open_store(home) as store:
        cli("class", "add", "A", "One")
        cli("students", "add", "R1", "Ada", "--class", "A")
        before = rows_of(store)
        cli.refused("class", "remove", "A", "R1", "R9")
        cli.refused("class", "join", "A", "R1", "R9")
        cli.refused("students", "add", "R2", "Bob", "--class", "A", "--email", "no address")
        cli.refused("groups", "add", "A", "Lab", "R9")
        cli.refused("class", "edit", "A", "--name", "Two", "--room", "Nowhere")
        assert rows_of(store) == before
        assert [one.student.roll for one in classes.roster(store, "A").lines] == ["R1"]
        assert classes.list_classes(store)[0].school_class.name == "One"


def test_a_list_of_people_is_recorded_class_by_class(home: Home, cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("roll,name,class,group\n" + "".join(f"R{n},Hidden {n},A,Lab\n" for n in range(1, 41)), "utf-8")
    assert cli("import", "people", path, "--create-classes", "--apply") == 0, cli.said
    with open_store(home) as store:
        rows = rows_of(store)
        assert [one.action for one in rows] == [
            "classes.add", "groups.add", "classes.join", "groups.join", "people.import",
        ]  # fmt: skip
        assert rows[2].after == rows[3].after == {"students": list(range(1, 41))}
        assert rows[4].after == {"people": 40, "new": 40, "changed": 0}
        assert "Hidden" not in repr(rows)
        assert audit.verify(store).ok


def test_who_changed_something_stands_beside_it(
    store: Store, school: School, home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ACCOUNT, ADMIN_NAME)
    monkeypatch.setenv(PASSWORD, GOOD)
    assert Cli(home, capsys)("class", "edit", "OWN", "--name", "New") == 0
    newest = rows_of(store)[-1]
    assert (newest.action, newest.who, newest.role, newest.class_id) == (
        "classes.change", ADMIN_NAME, "admin", school.own.class_id,
    )  # fmt: skip
