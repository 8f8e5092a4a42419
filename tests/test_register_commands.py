"""The register from the command line, as a teacher uses it on a day."""

from datetime import datetime, timedelta

import openpyxl
import pytest

from core import clock
from core.store import people
from core.store.database import open_store
from core.store.sessions import get_session
from tests.cli_support import Cli


@pytest.fixture
def school(cli: Cli) -> Cli:
    with open_store(cli.home) as store, store.transaction() as db:
        people.add_class(db, "CS101", "Programming", "Grace Hopper")
        for number in (1, 2, 3):
            name = "=cmd()" if number == 3 else f"Student [{number}]"
            people.add_to_roster(db, 1, people.add_student(db, f"R{number}", name).id)
    return cli


def told(cli: Cli, *arguments: str) -> str:
    """What a command that must succeed prints."""
    assert cli(*arguments) == 0, cli.said
    return cli.printed


def shown(cli: Cli) -> dict[str, tuple[str | None, str | None]]:
    rows = cli.json("session", "show", "CS101")["register"]
    return {row["roll"]: (row["status"], row["source"]) for row in rows}


def test_a_day_of_a_teacher(school: Cli, noon: datetime) -> None:
    opened = school.json("session", "open", "CS101", "--title", "Loops", "--minutes", "45")
    assert (opened["state"], opened["title"], opened["class"]) == ("open", "Loops", "CS101")
    assert school.json("session", "open", "cs101")["session"] == opened["session"]
    changed = school.json("set", "CS101", "r1", "late", "--minutes", "12", "--by", "Grace")
    assert changed["changes"][0]["after"] == {"status": "L", "minutes_late": 12, "reason": None, "source": "manual"}
    assert "--reason" in school.refused("set", "CS101", "R1", "P")
    assert "R1 Student [1]: L 12 min → P" in told(school, "set", "CS101", "R1", "p", "--reason", "was with me")
    assert "P → L 12 min" in told(school, "undo", "CS101")
    told(school, "absence", "add", "R2", "today", "--reason", "hospital", "--by", "The office")
    assert {one["roll"] for one in school.json("all-present", "CS101")["changes"]} == {"R2", "R3"}
    assert shown(school) == {"R1": ("L", "manual"), "R2": ("E", "manual"), "R3": ("P", "manual")}
    assert school.json("session", "lock", "CS101")["state"] == "locked"
    (closed,) = school.json("session", "close", "CS101")
    assert closed["absent"] == 0
    page = openpyxl.load_workbook(closed["sheets"][0]).worksheets[0]
    cells = {str(row[0].value): row[1].value for row in page.iter_rows() if row[0].value}
    assert (cells["R1"], cells["R3"]) == ("Student [1]", "=cmd()")
    assert school.json("session", "reviewed", "CS101")["reviewed_at"] is not None
    (lesson,) = school.json("session", "list")
    assert (lesson["state"], lesson["marks"]) == ("closed", {"L": 1, "E": 1, "P": 1})
    assert "[2]" in told(school, "session", "show", "CS101")


def test_the_timetable_makes_lessons_and_holidays_take_them(school: Cli) -> None:
    made = school.json(
        *("timetable", "add", "CS101", "Mon,Tue,Wed,Thu,Fri,Sat,Sun", "09:00"),
        *("--from", "2026-11-16", "--until", "2026-11-22", "--minutes", "60", "--title", "Loops"),
    )
    assert made["weekdays"] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    holiday = school.json("holiday", "add", "2026-11-17", "Festival", "--until", "2026-11-18")
    week = ("session", "list", "CS101", "--from", "2026-11-16", "--to", "2026-11-22")
    assert [one["day"][-2:] for one in school.json(*week)] == ["16", "19", "20", "21", "22"]
    opened = school.json("session", "open", "CS101", "--at", "2026-11-16T09:00")
    assert opened["ends_at"].startswith("2026-11-16T10:00")
    assert school.json("session", "cancel", "CS101", "--at", "2026-11-19T09:00")["state"] == "cancelled"
    told(school, "session", "move", "CS101", "--at", "2026-11-20T09:00", "--to", "2026-11-17T15:00")
    told(school, "holiday", "delete", str(holiday["id"]))
    assert [(one["day"][-2:], one["state"]) for one in school.json(*week)] == [
        *(("16", "open"), ("17", "planned"), ("17", "planned"), ("18", "planned")),
        *(("19", "cancelled"), ("21", "planned"), ("22", "planned")),
    ]
    assert "Festival" not in told(school, "holiday", "list")
    told(school, "timetable", "end", str(made["id"]), "2026-11-18")
    told(school, "timetable", "delete", str(made["id"]))
    assert [one["state"] for one in school.json(*week)] == ["open", "planned", "cancelled"]


def test_own_statuses(school: Cli) -> None:
    assert school.json("status", "add", "M", "Medical leave", "--counts-as", "excused")["points"] is None
    told(school, "status", "edit", "L", "--points", "0.5", "--name", "Tardy")
    assert [(one["letter"], one["points"]) for one in school.json("status", "list")] == [
        *(("P", 1.0), ("L", 0.5), ("E", None), ("A", 0.0), ("M", None))
    ]
    told(school, "session", "open", "CS101")
    told(school, "set", "CS101", "R1", "medical leave")
    assert shown(school)["R1"] == ("S1", "manual")
    told(school, "status", "edit", "M", "--retire")
    assert "is no status" in school.refused("set", "CS101", "R2", "M")
    assert shown(school)["R1"] == ("S1", "manual")
    told(school, "status", "edit", "M", "--name", "Ill")  # Still retired.
    assert "is no status" in school.refused("set", "CS101", "R2", "Ill")
    told(school, "status", "edit", "M", "--restore")
    told(school, "set", "CS101", "R2", "ill")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("session open NONE", "There is no class"),
        ("session open", "Say which class"),
        ("session show CS101", "No lesson of CS101"),
        ("session close CS101 --session 5", "CS101 has no session 5"),
        ("session open --session 5", "no session number 5"),
        ("session open CS101 --minutes 0", "minute"),
        ("session open CS101 --group X", "no group"),
        ("session open CS101 --at soon", "not a date and time"),
        ("session cancel CS101 --at 2026-11-19T09:00", "no lesson of CS101"),
        ("session list --from never", "no day"),
        ("session list --from 2026-11-19 --to 2026-11-18", "in order"),
        ("set CS101 R1 P", "No lesson of CS101"),
        ("undo CS101", "No lesson of CS101"),
        ("timetable add CS101 Moonday 09:00", "no days of the week"),
        ("timetable add CS101 Mon 25:00", "no time of day"),
        ("timetable add CS101 Mon 09:00 --minutes 0", "minute"),
        ("timetable add CS101 Mon 09:00 --from 2026-11-19 --until 2026-11-01", "before the first day"),
        ("timetable delete 9", "no timetable entry"),
        ("holiday add 2026-11-19 X --until 2026-11-01", "before the first day"),
        ("holiday delete 9", "no holiday"),
        ("absence add R9 today --reason x", "no student"),
        ("absence delete 9", "no planned absence"),
        ("status add PP Present --counts-as present", "letter or name"),
        ("status add X Far --counts-as somehow", "no meaning"),
        ("status edit P --points many", "no points"),
        ("session open CS101 --at 9999-12-31T23:30", "too far away"),
        ("session list --from 0001-01-01", "too far away"),
        ("timetable add CS101 Mon 09:00 --from 9999-12-30", "too far away"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(school: Cli, line: str, sentence: str) -> None:
    assert sentence.lower() in school.refused(*line.split()).lower()


def test_looking_closes_what_is_over(school: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    school.json("session", "open", "CS101", "--minutes", "1")
    monkeypatch.setenv("ROLLCALL_CLOSE_AFTER_MINUTES", "0")
    later = clock.now() + timedelta(days=365)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert shown(school) == {f"R{number}": ("A", "auto") for number in (1, 2, 3)}


def test_an_empty_school_is_told_what_to_do(cli: Cli) -> None:
    assert "app.py session open" in told(cli, "session", "list")
    assert "app.py timetable add" in told(cli, "timetable", "list")
    assert "app.py holiday add" in told(cli, "holiday", "list")
    assert "Nobody" in told(cli, "absence", "list")


def test_marks_never_come_into_the_register_of_another_day(school: Cli, noon: datetime) -> None:
    old = school.json("session", "open", "CS101", "--at", "2026-11-16T09:00")
    moved_at = "2100-01-04T09:00"
    school.json("timetable", "add", "CS101", "Mon", "9:00", "--from", "2026-11-23", "--until", "2026-11-23")
    school.json("session", "move", "CS101", "--at", "2026-11-23T09:00", "--to", moved_at)
    # A lesson that was moved to another day is not the latest one.
    assert school.json("session", "show", "CS101")["session"] == old["session"]
    assert "Session 1 of CS101, 2026-11-16 09:00" in told(school, "set", "CS101", "R1", "P")
    # While today's lesson goes on and is not open, nobody is marked in last week's.
    school.json("timetable", "add", "CS101", "Mon,Tue,Wed,Thu,Fri,Sat,Sun", "00:00", "--minutes", "1439")
    for command in (("set", "CS101", "R2", "P"), ("all-present", "CS101")):
        assert "is not open. Open it: app.py session open CS101" in school.refused(*command)
    told(school, "set", "CS101", "R2", "P", "--session", "1")
    today = school.json("session", "open", "CS101")
    assert school.json("set", "CS101", "R2", "P")["changes"][0]["session"] == today["session"]


def test_closing_all_that_is_over_tells_what_it_closed(school: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = school.json("session", "open", "CS101", "--minutes", "1")
    later = clock.now() + timedelta(hours=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    (closed,) = school.json("session", "close", "--due")
    assert (closed["session"], closed["absent"]) == (opened["session"], 3)
    assert "No session is over" in told(school, "session", "close", "--due")


def test_a_wrong_session_is_cancelled_by_its_number_and_opened_again(school: Cli) -> None:
    opened = school.json("session", "open", "CS101")
    number = str(opened["session"])
    assert school.json("session", "cancel", "CS101", "--session", number)["state"] == "cancelled"
    assert "cancelled" in school.refused("set", "CS101", "R1", "P", "--session", number)
    again = school.json("session", "open", "--session", number)
    assert (again["session"], again["state"]) == (opened["session"], "open")


def test_opening_takes_the_title_and_minutes_that_are_asked_for(school: Cli) -> None:
    school.json("timetable", "add", "CS101", "Mon,Tue,Wed,Thu,Fri,Sat,Sun", "09:00", "--from", "2026-11-16")
    at = ("--at", "2026-11-16T09:00")
    first = school.json("session", "open", "CS101", *at, "--minutes", "60", "--title", "Loops")
    assert (first["title"], first["ends_at"][11:16]) == ("Loops", "10:00")
    again = school.json("session", "open", "CS101", *at, "--minutes", "75")
    assert (again["session"], again["title"], again["ends_at"][11:16]) == (first["session"], "Loops", "10:15")


def test_a_lesson_has_a_room_and_a_group(school: Cli) -> None:
    told(school, "rooms", "add", "=Lab [1]", "--camera", "0")
    told(school, "groups", "add", "CS101", "Blue")
    days = ("Mon,Tue,Wed,Thu,Fri,Sat,Sun", "09:00", "--from", "2026-11-16")
    made = school.json("timetable", "add", "CS101", *days, "--room", "=LAB [1]", "--group", "blue")
    assert (made["room"], made["group"]) == ("=Lab [1]", "Blue")
    assert "=Lab [1]" in told(school, "timetable", "list")
    assert "no room" in school.refused("session", "open", "CS101", "--room", "Nowhere")
    for arguments in (("--at", "2026-11-16T09:00"), ("--new", "--room", "=lab [1]")):
        number = school.json("session", "open", "CS101", *arguments)["session"]
        with open_store(school.home) as store, store.read() as db:
            assert get_session(db, number).room_id == 1
