"""Calendar and register on the command line: a teacher sees and changes their own, and each change is recorded."""

import json
from datetime import timedelta

import pytest

from core import audit, clock
from core.actor import acting
from core.commands.context import ACCOUNT
from core.commands.context import PASSWORD as PASSWORD_VARIABLE
from core.correcting import set_marks, undo
from core.errors import AccessError
from core.paths import Home
from core.registers import register_of
from core.settings import Settings
from core.store.database import open_store
from core.store.marks import MarkState, Wish, marks_of
from tests.account_support import ADMIN_NAME, PASSWORD, School, make_school, quick
from tests.cli_support import Cli

__all__ = ["quick"]

MONDAY = "2026-11-23"


@pytest.fixture
def school(home: Home, quick: None) -> School:
    with open_store(home) as store:
        return make_school(store)


@pytest.fixture
def office(home: Home, school: School, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The admin, with a lesson on Mondays of each class."""
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    monkeypatch.setenv(ACCOUNT, ADMIN_NAME)
    cli = Cli(home, capsys)
    for code in ("OWN", "FOREIGN"):
        assert cli("timetable", "add", code, "Mon", "09:00", "--from", MONDAY) == 0, cli.said
    return cli


@pytest.fixture
def teacher(office: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.delenv(PASSWORD_VARIABLE)
    monkeypatch.setenv(ACCOUNT, "Grace Hopper")
    return office


def test_lists_show_a_teacher_only_their_own(teacher: Cli) -> None:
    assert [one["class"] for one in teacher.json("timetable", "list")] == ["OWN"]
    assert [one["class"] for one in teacher.json("session", "list", "--from", MONDAY)] == ["OWN"]
    assert [one["roll"] for one in teacher.json("absence", "list")] == ["R1"]
    made = teacher.json("session", "list", "--from", "2026-01-01", "--to", "2026-12-31")
    assert {one["class"] for one in made} == {"OWN"}
    for command in ("timetable", "session", "absence"):
        assert teacher(command, "list") == 0
        assert "FOREIGN" not in teacher.printed
        assert "R2" not in teacher.printed


def test_an_admin_sees_all(office: Cli) -> None:
    assert [one["class"] for one in office.json("timetable", "list")] == ["OWN", "FOREIGN"]
    assert {one["class"] for one in office.json("session", "list", "--from", MONDAY)} == {"OWN", "FOREIGN"}
    assert [one["roll"] for one in office.json("absence", "list")] == ["R1", "R2"]


def test_everybody_sees_holidays_and_statuses(teacher: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Grace Hopper", "Door"):
        monkeypatch.setenv(ACCOUNT, name)
        assert teacher("holiday", "list") == 0, teacher.said
        assert teacher("status", "list") == 0, teacher.said


@pytest.mark.parametrize(
    "line",
    [
        "timetable list FOREIGN",
        f"session list FOREIGN --from {MONDAY}",
        "session show FOREIGN",
        "session open FOREIGN --new",
        "session lock FOREIGN",
        "session close FOREIGN",
        f"session cancel FOREIGN --at {MONDAY}T09:00",
        f"session move FOREIGN --at {MONDAY}T09:00 --to {MONDAY}T10:00",
        "set FOREIGN R2 P",
        "all-present FOREIGN",
        "undo FOREIGN",
        "absence add R2 today --reason ill",
        "absence add R1 today --reason ill --class FOREIGN",
        "absence delete 2",
    ],
)
def test_what_is_of_a_foreign_class_is_refused(teacher: Cli, line: str) -> None:
    said = teacher.refused(*line.split())
    assert "Grace Hopper teaches OWN" in said
    assert "R2" not in said
    assert "Student" not in said


@pytest.mark.parametrize("line", ["timetable list NONE", "absence add R9 today --reason ill", "absence delete 99"])
def test_what_does_not_exist_looks_the_same(teacher: Cli, line: str) -> None:
    assert "Grace Hopper teaches OWN" in teacher.refused(*line.split())


@pytest.mark.parametrize("roll", ["R2", "R9"])
def test_a_foreign_student_cannot_be_found_out_through_an_own_register(teacher: Cli, roll: str) -> None:
    said = teacher.refused("set", "OWN", roll, "P")
    assert "Grace Hopper teaches OWN" in said
    assert "Student R2" not in said


@pytest.mark.parametrize(
    "line", ["timetable end 1 2026-12-24", "timetable delete 1", "holiday add 2026-12-24 Winter", "mail password"]
)
def test_the_calendar_of_the_school_is_the_offices(teacher: Cli, line: str) -> None:
    assert ", a teacher, may not " in teacher.refused(*line.split())


def test_a_register_by_its_number_is_judged_too(home: Home, school: School) -> None:
    with open_store(home) as store, acting(school.actors["teacher"]):
        assert [one.roll for one in register_of(store, school.own.session_id).rows] == ["R1"]
        with pytest.raises(AccessError):
            register_of(store, school.foreign.session_id)


def test_closing_what_is_over_names_only_own_lessons(teacher: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    later = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    closed = teacher.json("session", "close", "--due")
    assert [one["class"] for one in closed] == ["OWN"]


def test_an_act_on_foreign_lessons_too_is_not_undone_by_a_teacher(home: Home, school: School) -> None:
    both = [Wish(one.session_id, one.student_id, MarkState("P")) for one in (school.own, school.foreign)]
    with open_store(home) as store:
        with acting(school.actors["admin"]):
            set_marks(store, Settings(), school.actors["admin"], both)
        with acting(school.actors["teacher"]), pytest.raises(AccessError):
            undo(store, Settings(), school.actors["teacher"], school.own.session_id)
        with store.read() as db:
            assert len(marks_of(db, [one.session_id for one in both])) == 2


CHANGES = [
    ("timetable add OWN Tue 10:00 --from 2026-11-24 --title Mia", "timetable.add"),
    ("timetable edit 1 --from 2026-12-07 --minutes 60", "timetable.change"),
    ("timetable edit 3 --from 2026-12-14 --title Noah", "timetable.change"),
    ("timetable end 3 2026-12-24", "timetable.change"),
    ("timetable delete 2", "timetable.delete"),
    ("holiday add 2026-12-24 Winter --until 2027-01-06 --class OWN", "holidays.add"),
    ("holiday delete 1", "holidays.delete"),
    ("absence add R1 2026-12-01 --until 2026-12-02 --reason hospital", "absences.add"),
    ("absence delete 3", "absences.delete"),
    ("status add M Medical --counts-as excused", "statuses.change"),
    ("status edit M --retire", "statuses.change"),
]


def test_each_change_leaves_one_row_with_what_was_and_is(office: Cli, home: Home, school: School) -> None:
    found = []
    for line, action in CHANGES:
        with open_store(home) as store, acting(school.actors["admin"]):
            last = audit.entries(store, limit=1)[0].id
        assert office(*line.split()) == 0, office.said
        with open_store(home) as store, acting(school.actors["admin"]):
            rows = [one for one in audit.entries(store) if one.id > last and one.action not in ("login", "data.backup")]
        assert [(one.action, one.who) for one in rows] == [(action, ADMIN_NAME)], line
        found += rows
    add, edit, title, end, delete, _, free, absent, back = found[:9]
    assert (add.class_id, add.subject, add.before) == (school.own.class_id, "schedule:3", None)
    assert add.after["weekdays"] == [1]
    assert (edit.before["schedule"], edit.before["minutes"], edit.before["to"]) == (1, 45, None)
    assert (edit.after["schedule"], edit.after["minutes"], edit.after["from"]) == (4, 60, "2026-12-07")
    assert title.after["title"] == "changed"
    assert (end.before["to"], end.after["to"]) == ("2026-12-13", "2026-12-24")
    assert (delete.class_id, delete.after) == (school.foreign.class_id, None)
    assert free.before == {"from": "2026-12-24", "to": "2027-01-06"}
    assert absent.student_id == back.student_id == school.own.student_id
    assert absent.after == back.before == {"from": "2026-12-01", "to": "2026-12-02", "status": "E"}
    kept = json.dumps([(one.before, one.after, one.subject, one.why) for one in found])
    assert not any(word in kept for word in ("Mia", "Noah", "hospital", "Student R1", "Winter"))
    assert office("audit", "verify") == 0, office.printed


def test_a_change_that_fails_leaves_no_row(office: Cli, home: Home, school: School) -> None:
    for line in (
        "timetable delete 9",
        "holiday delete 9",
        "absence delete 9",
        "mail cancel 9",
        "timetable add OWN Mon 9",
    ):
        office.refused(*line.split())
    with open_store(home) as store, acting(school.actors["admin"]):
        assert [one.action for one in audit.entries(store, audit.Filter(action="timetable"))] == ["timetable.add"] * 2
        assert audit.entries(store, audit.Filter(action="holidays")) == []
        assert audit.entries(store, audit.Filter(action="mail")) == []
