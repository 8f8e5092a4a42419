"""The page Timetable: the week as it is planned, lessons that repeat, days off, absences."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest

from core import clock
from core.calendar.absences import list_absences
from core.calendar.entries import EntryRequest, add_entry, list_entries
from core.calendar.holidays import list_holidays
from core.calendar.lessons import list_lessons
from core.settings import load_settings
from core.store import groups, people, rooms
from core.store.database import Store
from gui.dialogs.ask import AskDialog, SaveDialog
from gui.dialogs.error import ErrorDialog
from gui.screens.timetable import Screen
from gui.screens.timetable_parts.checks import lanes, monday_of, number_check, time_check
from gui.screens.timetable_parts.forms import EntryDialog, WideDialog
from gui.screens.timetable_parts.week import hour_text
from gui.widgets.days import day_check
from tests.gui.driver import Driver

Window = Callable[..., Driver]
HOSTILE = "=cmd() \u202eإدارة 🧪 " + "x" * 80


@pytest.fixture
def monday(monkeypatch: pytest.MonkeyPatch) -> date:
    """The Monday of this week on the school's clock."""
    monkeypatch.setenv("ROLLCALL_TIME_ZONE", "UTC")
    return monday_of(clock.now().date())


@pytest.fixture
def school(store: Store, monday: date) -> Store:
    """Two classes, one with a hostile name, and lessons that overlap."""
    with store.transaction() as db:
        people.add_class(db, "CS101", "Programming 1")
        people.add_class(db, "X2", HOSTILE)
        people.add_student(db, "R1", "Anita Rao")
        rooms.add_room(db, "A1")
    first = monday - timedelta(days=7)
    add_entry(store, EntryRequest("CS101", (0, 2), time(9), 90, first, room="A1", title="Programming"))
    add_entry(store, EntryRequest("X2", (0,), time(9, 30), 45, first, title=HOSTILE))
    return store


def opened(driver: Driver, about: object = None) -> Screen:
    screen = driver.open("timetable", about)
    assert isinstance(screen, Screen)
    return screen


def press_yes(driver: Driver) -> None:
    dialog = driver.wait_for_dialog()
    assert isinstance(dialog, AskDialog | EntryDialog)
    driver.click(dialog.yes)
    driver.wait_for(lambda: not driver.app.dialogs and driver.is_ready, "the change")


def test_the_week_shows_each_lesson_and_weeks_turn_by_keys(window: Window, school: Store) -> None:
    driver = window()
    screen = opened(driver)
    assert len(screen.week.buttons) == 3
    assert any("CS101" in str(one.cget("text")) for one in screen.week.buttons)
    assert driver.shows(hour_text(15))
    assert [hour_text(9), hour_text(15)] == ["9:00\u202fAM", "3:00\u202fPM"]
    before = screen.monday
    driver.press("<Alt-Right>", screen.choice)
    driver.wait_for(lambda: driver.is_ready)
    assert screen.monday == before + timedelta(days=7)
    screen.choice.current(2)
    screen.choice.event_generate("<<ComboboxSelected>>")
    driver.wait_for(lambda: driver.is_ready and len(screen.week.buttons) == 1, "one class alone")


def test_a_lesson_is_added_by_keys(window: Window, school: Store) -> None:
    driver = window()
    screen = opened(driver)
    driver.click(screen.new)
    dialog = driver.wait_for_dialog()
    assert isinstance(dialog, EntryDialog)
    driver.press("<Return>")
    assert driver.shows("Choose at least one day")
    driver.press("<space>", dialog.days[4])
    dialog.fill("starts", "25:00")
    driver.press("<Return>", dialog.when)
    assert driver.shows("no time of day")
    dialog.fill("starts", "11:15")
    press_yes(driver)
    added = [one for one in list_entries(school) if one.schedule.starts == time(11, 15)]
    assert [(one.class_code, one.schedule.weekdays) for one in added] == [("CS101", (4,))]


def test_a_lesson_is_changed_from_a_day_on_ended_and_deleted(window: Window, school: Store, monday: date) -> None:
    driver = window()
    screen = opened(driver)
    screen.tabs.select(1)
    screen.entries.select([str(list_entries(school, "CS101")[0].schedule.id)])
    driver.press("<Return>", screen.entries.tree)
    dialog = driver.wait_for_dialog()
    assert isinstance(dialog, EntryDialog)
    dialog.fill("minutes", "60")
    dialog.fill("first", (monday + timedelta(days=7)).isoformat())
    press_yes(driver)
    old, new = list_entries(school, "CS101")
    assert (old.schedule.minutes, old.schedule.last_day) == (90, monday + timedelta(days=6))
    assert (new.schedule.minutes, new.room) == (60, "A1")
    screen.entries.select([str(new.schedule.id)])
    driver.press("<Delete>", screen.entries.tree)
    press_yes(driver)
    assert [one.schedule.id for one in list_entries(school, "CS101")] == [old.schedule.id]


def chosen(driver: Driver, screen: Screen, act: str) -> None:
    """Click the first lesson of the week and choose what is done with it."""
    driver.click(screen.week.buttons[0])
    dialog = driver.wait_for_dialog()
    assert isinstance(dialog, AskDialog)
    dialog.form.set_value("choice", act)
    driver.click(dialog.yes)


def lessons_on(store: Store, day: date) -> list[tuple[int, str]]:
    """Hour and state of the lessons of CS101."""
    found = list_lessons(store, load_settings(store.home), day, day, "CS101").rows
    return [(one.lesson.starts_at.hour, one.lesson.state) for one in found]


def test_one_lesson_is_moved_cancelled_and_held_after_all(window: Window, school: Store, monday: date) -> None:
    driver = window()
    screen = opened(driver, "CS101")
    driver.press("<Alt-Right>", screen.choice)
    driver.wait_for(lambda: driver.is_ready)
    day = monday + timedelta(days=7)
    chosen(driver, screen, "cancel")
    press_yes(driver)
    assert lessons_on(school, day) == [(9, "cancelled")]
    driver.wait_for(lambda: driver.is_ready and driver.shows("cancelled"), "the week")
    chosen(driver, screen, "hold")
    driver.wait_for(lambda: driver.is_ready and lessons_on(school, day) == [(9, "planned")], "the lesson again")
    chosen(driver, screen, "move")
    dialog = driver.wait_for_dialog()
    assert isinstance(dialog, SaveDialog)
    dialog.form.set_value("day", (day + timedelta(days=1)).isoformat())
    dialog.form.set_value("starts", "14:00")
    driver.click(dialog.yes)
    driver.wait_for(lambda: not driver.app.dialogs and driver.is_ready, "the move")
    assert lessons_on(school, day) == []
    assert lessons_on(school, day + timedelta(days=1)) == [(14, "planned")]


def test_group_weeks_and_end_are_changed_later(window: Window, school: Store, monday: date) -> None:
    with school.transaction() as db:
        groups.add_group(db, people.get_class(db, "CS101").id, "Lab A")
    driver = window()
    screen = opened(driver)
    screen.tabs.select(1)
    screen.entries.select([str(list_entries(school, "CS101")[0].schedule.id)])
    driver.pump()
    screen.change()
    dialog = driver.wait_for_dialog()
    assert isinstance(dialog, EntryDialog)
    first, last = monday - timedelta(days=7), monday + timedelta(days=60)
    for name, value in (("group", "Lab A"), ("weeks", "2"), ("last", str(last)), ("first", str(first))):
        dialog.fill(name, value)
    press_yes(driver)
    [entry] = list_entries(school, "CS101")
    assert (entry.group, entry.schedule.every_weeks, entry.schedule.last_day) == ("Lab A", 2, last)
    screen.change()
    dialog = driver.wait_for_dialog()
    assert isinstance(dialog, EntryDialog)
    for name in ("group", "last"):
        dialog.fill(name, "")
    dialog.fill("first", first.isoformat())
    press_yes(driver)
    [entry] = list_entries(school, "CS101")
    assert (entry.group, entry.schedule.last_day) == (None, None)


def test_what_core_refuses_leaves_the_dialog_with_what_was_typed(window: Window, school: Store) -> None:
    driver = window()
    screen = opened(driver, "CS101")
    driver.click(screen.new)
    dialog = driver.wait_for_dialog()
    assert isinstance(dialog, EntryDialog)
    driver.press("<space>", dialog.days[0])
    dialog.fill("title", "Twice at nine")
    driver.click(dialog.yes)
    driver.wait_for(lambda: driver.app.dialogs and isinstance(driver.app.dialogs[-1], ErrorDialog), "the sentence")
    driver.wait_for_dialog()
    driver.press("<Return>")
    assert driver.app.dialogs == [dialog]
    assert dialog.answers()["title"] == "Twice at nine"
    driver.press("<Escape>", dialog)


def test_nothing_is_offered_for_no_row(window: Window, school: Store) -> None:
    driver = window()
    screen = opened(driver)
    screen.tabs.select(1)
    driver.pump()
    end = driver.find("End", screen.entries.master)
    assert str(end.cget("state")) == "disabled"
    screen.entries.select([str(list_entries(school)[0].schedule.id)])
    driver.pump()
    assert str(end.cget("state")) == "normal"


def test_days_off_and_absences(window: Window, school: Store, monday: date) -> None:
    driver = window()
    screen = opened(driver)
    screen.add_holiday()
    dialog = driver.wait_for_dialog()
    assert isinstance(dialog, AskDialog)
    driver.press("<Return>")
    assert driver.shows("Please fill this in")
    for name, value in (("reason", "Sports day"), ("first", monday.isoformat())):
        dialog.form.set_value(name, value)
    press_yes(driver)
    assert [(one.closure.first_day, one.closure.last_day) for one in list_holidays(school)] == [(monday, monday)]
    driver.wait_for(lambda: len(screen.week.buttons) == 1, "a Monday without lessons")
    assert driver.shows("Sports day")
    screen.add_absence()
    dialog = driver.wait_for_dialog()
    assert isinstance(dialog, WideDialog)
    for name, value in (("roll", "R1"), ("reason", "hospital")):
        dialog.fill(name, value)
    press_yes(driver)
    [absence] = list_absences(school)
    assert (absence.student.roll, absence.planned.status, absence.planned.reason) == ("R1", "E", "hospital")


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (time_check, "9.05", "9h05"),
        (number_check(1, 52), " 2 ", "0"),
        (number_check(1, 52), "52", "²"),
        (day_check(None), "2026-11-23", "31.12."),
        (day_check(None, optional=True), "", "x"),
    ],
)
def test_fields_say_what_is_wrong(check: Callable[[str], str | None], good: str, bad: str) -> None:
    assert check(good) is None
    assert (check(bad) or "").endswith(".")


def test_lessons_at_one_time_stand_side_by_side() -> None:
    assert lanes([(9, 10), (9.5, 11), (10, 10.5), (12, 13)]) == [(0, 2), (1, 2), (0, 2), (0, 1)]
    assert lanes([]) == []
