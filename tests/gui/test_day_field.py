"""Choosing a day from the calendar and somebody from a list, by keys and by mouse, over a dialog and in a page."""

from collections.abc import Callable, Iterator
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from core import clock
from gui import texts
from gui.dialogs.ask import AskDialog
from gui.widgets.day_field import CELL_HEIGHT, CELL_WIDTH, Calendar, DayField
from gui.widgets.days import day_check, day_of, months_away, week_start, weeks_of, within
from gui.widgets.search_field import SearchField, fitting, meant
from tests.gui.driver import Driver

Window = Callable[..., Driver]
DAY = date(2026, 11, 18)
PEOPLE = [("R1", "R1  Anita Rao"), ("R2", "R2  Rana Anand"), ("R10", "R10  محمد =cmd()")]


@pytest.fixture
def english() -> Iterator[None]:
    """Whatever a test chose, the next one begins in English."""
    yield
    texts.use_language("en")


def asked(driver: Driver) -> tuple[AskDialog, dict[str, str]]:
    """A dialog with a day and a student, and the answers it is given."""
    answers: dict[str, str] = {}
    dialog = AskDialog(driver.app, "Absence", "", "Save", answers.update)
    dialog.form.add_day("day", "Day", ZoneInfo("UTC"), value=DAY.isoformat())
    dialog.form.add_search("roll", "Student", PEOPLE, must=True)
    dialog.open()
    driver.wait_for_dialog()
    return dialog, answers


def field_of(driver: Driver, dialog: AskDialog) -> DayField:
    [field] = [one for one in driver.walk(dialog) if isinstance(one, DayField)]
    return field


def search_of(driver: Driver, dialog: AskDialog) -> SearchField:
    [field] = [one for one in driver.walk(dialog) if isinstance(one, SearchField)]
    return field


def calendar_of(driver: Driver, field: DayField) -> Calendar:
    calendar = field.calendar
    assert calendar is not None
    driver.wait_for(lambda: driver.root.focus_get() is calendar.canvas, "the calendar")
    return calendar


def click_day(driver: Driver, calendar: Calendar, day: date) -> None:
    """With the mouse, where the day is drawn."""
    place = calendar._cells.index(day)
    row, column = place // 7 + 1, calendar._nth(place % 7)
    scale = calendar.canvas.winfo_width() / (7 * CELL_WIDTH)
    x, y = (column + 0.5) * CELL_WIDTH * scale, (row + 0.5) * CELL_HEIGHT * scale
    driver.click(calendar.canvas, round(x), round(y))


def test_a_day_is_chosen_by_keys_over_a_dialog(window: Window) -> None:
    driver = window()
    dialog, answers = asked(driver)
    field = field_of(driver, dialog)
    assert driver.shows("Wed, Nov 18, 2026")
    driver.press("<Down>", field.entry)
    calendar = calendar_of(driver, field)
    for key in ("<Right>", "<Down>", "<Next>", "<Up>", "<Control-Next>"):
        driver.press(key, calendar.canvas)
    # 18 → 19 → 26 November → 26 → 19 December → a year on
    driver.press("<Return>", calendar.canvas)
    assert field.variable.get() == "2027-12-19"
    assert driver.app.dialogs == [dialog]
    assert driver.root.grab_current() is dialog
    driver.press("<F4>", field.entry)
    driver.press("<Escape>", calendar_of(driver, field).canvas)
    assert field.variable.get() == "2027-12-19"
    search_of(driver, dialog).choose("R2")
    driver.press("<Return>", field.entry)
    assert answers == {"day": "2027-12-19", "roll": "R2"}


def test_a_day_is_chosen_by_mouse(window: Window) -> None:
    driver = window()
    dialog, _answers = asked(driver)
    field = field_of(driver, dialog)
    driver.click(field.button)
    calendar = calendar_of(driver, field)
    driver.click(calendar.after_month)
    click_day(driver, calendar, date(2026, 12, 4))
    assert field.variable.get() == "2026-12-04"
    assert field.calendar is None
    driver.click(field.button)
    calendar = calendar_of(driver, field)
    # A press elsewhere only closes it.
    calendar.event_generate("<Button>", x=-40, y=-40)
    driver.pump()
    assert field.calendar is None
    assert field.variable.get() == "2026-12-04"


def test_typing_stays_possible_and_is_understood(window: Window) -> None:
    driver = window()
    dialog, answers = asked(driver)
    field = field_of(driver, dialog)
    field.entry.delete(0, "end")
    driver.type_into(field.entry, "nonsense")
    driver.press("<Return>", field.entry)
    assert driver.shows("is no day")
    assert answers == {}
    driver.press("<Down>", field.entry)
    calendar = calendar_of(driver, field)
    assert calendar.day == clock.today(ZoneInfo("UTC"))
    driver.press("<Home>", calendar.canvas)
    driver.press("<space>", calendar.canvas)
    assert field.variable.get() == clock.today(ZoneInfo("UTC")).isoformat()


def test_the_calendar_goes_with_its_dialog(window: Window) -> None:
    driver = window()
    dialog, _answers = asked(driver)
    field = field_of(driver, dialog)
    driver.press("<Down>", field.entry)
    calendar = calendar_of(driver, field)
    dialog.put_away()
    driver.wait_for(lambda: not calendar.winfo_exists(), "the end of the calendar")
    assert driver.root.grab_current() is None


@pytest.mark.usefixtures("english")
def test_from_right_to_left_the_calendar_is_mirrored(window: Window) -> None:
    driver = window()
    dialog, _answers = asked(driver)
    texts.use_language("ar")
    field = field_of(driver, dialog)
    driver.press("<Down>", field.entry)
    calendar = calendar_of(driver, field)
    driver.press("<Left>", calendar.canvas)
    assert calendar.day == date(2026, 11, 19)
    click_day(driver, calendar, date(2026, 11, 20))
    assert field.variable.get() == "2026-11-20"


def test_somebody_is_found_by_a_part_of_the_name(window: Window) -> None:
    driver = window()
    dialog, answers = asked(driver)
    field = search_of(driver, dialog)
    driver.press("<Return>", dialog)
    assert driver.shows("Please fill this in")
    driver.type_into(field.entry, "ana")
    assert [key for key, _words in field.listed] == ["R2"]
    field.typed.set("")
    driver.type_into(field.entry, "an")
    assert [key for key, _words in field.listed] == ["R1", "R2"]
    driver.press("<Down>", field.entry)
    driver.press("<Return>", field.entry)
    assert field.typed.get() == "R2  Rana Anand"
    assert driver.app.dialogs == [dialog]
    driver.press("<Return>", field.entry)
    assert answers["roll"] == "R2"


def test_nobody_is_not_somebody(window: Window) -> None:
    driver = window()
    dialog, answers = asked(driver)
    field = search_of(driver, dialog)
    driver.type_into(field.entry, "zz")
    assert field.popup is None
    driver.press("<Return>", field.entry)
    assert driver.shows("choose one of the list")
    assert answers == {}


def test_the_list_is_used_with_the_mouse(window: Window) -> None:
    driver = window()
    dialog, _answers = asked(driver)
    field = search_of(driver, dialog)
    driver.press("<Down>", field.entry)
    box = field._list
    assert box is not None
    driver.wait_for(box.winfo_viewable, "the list")
    _x, y, _width, height = box.bbox(2)
    driver.click(box, 10, y + height // 2)
    assert field.variable.get() == "R10"
    assert field.popup is None


@pytest.mark.parametrize(
    ("typed", "found"),
    [("", ""), ("r1", "R1"), ("R1  anita rao", "R1"), ("rana", "R2"), ("an", None), ("zz", None), ("محمد", "R10")],
)
def test_what_is_typed_means_one_or_none(typed: str, found: str | None) -> None:
    assert meant(typed, PEOPLE) == found


def test_every_word_must_fit() -> None:
    assert [key for key, _words in fitting("rao r1", PEOPLE)] == ["R1"]
    assert fitting("rao r2", PEOPLE) == []


def test_months_keep_their_place() -> None:
    assert weeks_of(DAY, 6)[0][0] == date(2026, 11, 1)
    assert weeks_of(DAY, 0)[0][0] == date(2026, 10, 26)
    assert {len(weeks_of(date(2026, month, 1), 0)) for month in range(1, 13)} == {6}
    assert months_away(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_away(date(2200, 12, 31), 5) == date(2200, 12, 31)
    assert within(date(2201, 1, 1)) == date(2200, 12, 31)


@pytest.mark.usefixtures("english")
def test_weeks_begin_where_the_school_is() -> None:
    assert week_start(ZoneInfo("Asia/Kolkata")) == 6
    assert week_start(ZoneInfo("Europe/Berlin")) == 0
    assert week_start(ZoneInfo("Africa/Cairo")) == 5
    texts.use_language("ar")
    assert week_start(None) == 5


def test_checks_of_days() -> None:
    assert day_check(None)("2026-11-23") is None
    assert (day_check(None)("") or "").endswith(".")
    assert day_check(None, optional=True)(" ") is None
    assert day_of("31.12.", None) is None
