"""The register in the real window: looked at, changed with keys and mouse, taken back, saved and brought back."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from core.accounts.admin import set_up
from core.actor import Actor, acting
from core.paths import Home
from core.reports import register_files
from core.settings import Settings
from core.store import accounts, people
from core.store.database import Store, open_store
from core.store.marks import changes_of, marks_of
from gui import open_file
from gui.dialogs import files
from gui.dialogs.ask import AskDialog
from gui.dialogs.error import ErrorDialog
from gui.screens.register_parts.month import check_minutes, month_after, next_status, status_of_key
from tests.gui.driver import Driver
from tests.register_support import NAMES, ROLLS, fill, letters_of

Window = Callable[..., Driver]
MONTH = ("CS101", date(2026, 11, 1))


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    """CS101: four students, three lessons, of which the last has two marks; every mark is a machine's."""
    with open_store(home) as store:
        fill(store, "CS101", ROLLS, NAMES, starts=(0, 300, 24 * 60))
        yield store


def _open(window: Window, **options: object) -> Driver:
    driver = window(**options)
    driver.open("register", MONTH)
    driver.wait_for(lambda: driver.screen.month is not None and driver.is_ready)
    return driver


def _type(driver: Driver, keys: str) -> None:
    """With the cursor on the last lesson of the student it is on."""
    driver.type_into(driver.screen.sheet.canvas, keys)


def _go(driver: Driver, roll: str, lesson: int) -> None:
    """Put the cursor on the mark of a student, in a lesson counted from 0."""
    rows = [one.roll for one in driver.screen.month.students]
    driver.screen.sheet.move_to(rows.index(roll), lesson)


def _settle(driver: Driver) -> None:
    driver.wait_for(lambda: not driver.screen.saving.is_busy and driver.is_ready, "the marks to be saved")


def _answer(driver: Driver, **values: str) -> None:
    driver.wait_for(lambda: driver.app.dialogs, "a question")
    dialog = driver.app.dialogs[-1]
    assert isinstance(dialog, AskDialog)
    for name, value in values.items():
        dialog.form.set_value(name, value)
    dialog.accept()
    driver.pump()


def test_blank_marks_are_filled_with_letters_space_and_arrows(window: Window, store: Store) -> None:
    driver = _open(window)
    sheet = driver.screen.sheet
    assert driver.root.focus_get() is sheet.canvas
    _go(driver, ROLLS[2], 2)
    _type(driver, "a")
    driver.press("<Left>")
    driver.press("<Right>")
    driver.press("<Down>")
    driver.press("<Up>")
    _go(driver, ROLLS[3], 2)
    driver.press("<space>")
    _settle(driver)
    assert letters_of(store, 3) == {(3, roll): letter for roll, letter in zip(ROLLS, "EAAP", strict=True)}
    assert driver.app.dialogs == []


def test_a_machines_mark_is_changed_with_a_reason_that_the_line_below_tells(window: Window, store: Store) -> None:
    driver = _open(window)
    _go(driver, ROLLS[0], 0)
    driver.wait_for(lambda: driver.shows("Recognised by the camera:"))
    _type(driver, "e")
    _answer(driver, why="dentist")
    _settle(driver)
    with store.read() as db:
        (change,) = changes_of(db, session_id=1)
        mark = marks_of(db, [1])[1, change.student_id]
    assert (change.why, change.before.status if change.before else "") == ("dentist", "P")
    assert (mark.state.status, mark.state.reason) == ("E", "dentist")
    driver.wait_for(lambda: driver.shows("Present → Excused: dentist  Reason: dentist"), "the history")
    # What one set oneself a moment ago is corrected without a question, and the history still tells of it.
    _type(driver, "p")
    _settle(driver)
    assert letters_of(store, 1)[1, ROLLS[0]] == "P"
    assert driver.app.dialogs == []
    # Taken back twice it is the machine's again, and needs a reason again.
    for _ in range(2):
        driver.press("<Control-z>", driver.screen.sheet.canvas)
        _settle(driver)
    _type(driver, "a")
    driver.wait_for(lambda: driver.app.dialogs, "the question")
    driver.press("<Escape>", driver.app.dialogs[-1])


def test_a_question_that_is_cancelled_changes_nothing(window: Window, store: Store) -> None:
    driver = _open(window)
    before = letters_of(store, 1, 2, 3)
    _go(driver, ROLLS[0], 0)
    _type(driver, "a")
    driver.wait_for(lambda: driver.app.dialogs)
    driver.press("<Escape>", driver.app.dialogs[-1])
    driver.press("<Delete>", driver.screen.sheet.canvas)
    driver.wait_for(lambda: driver.app.dialogs)
    driver.press("<Escape>", driver.app.dialogs[-1])
    _settle(driver)
    assert letters_of(store, 1, 2, 3) == before


def test_late_asks_for_minutes_and_undo_takes_back_one_after_the_other(window: Window, store: Store) -> None:
    driver = _open(window)
    before = letters_of(store, 1, 2, 3)
    sheet = driver.screen.sheet
    _go(driver, ROLLS[2], 2)
    _type(driver, "l")
    _answer(driver, minutes="12")
    _go(driver, ROLLS[3], 2)
    _type(driver, "a")
    _settle(driver)
    with store.read() as db:
        assert {mark.state.minutes_late for mark in marks_of(db, [3]).values()} == {None, 12}
    driver.press("<Control-z>", sheet.canvas)
    _settle(driver)
    assert (3, ROLLS[3]) not in letters_of(store, 3)
    driver.press("<Control-z>", sheet.canvas)
    _settle(driver)
    assert letters_of(store, 1, 2, 3) == before
    # More than was done here is taken back only after a question.
    driver.press("<Control-z>", sheet.canvas)
    driver.wait_for(lambda: driver.app.dialogs)
    driver.press("<Escape>", driver.app.dialogs[-1])


def test_the_mouse_chooses_and_a_double_click_asks_for_all_of_a_mark(window: Window, store: Store) -> None:
    driver = _open(window)
    sheet = driver.screen.sheet
    x, y = sheet.place_of(3, 2)
    driver.click(sheet.canvas, x, y)
    assert sheet.cursor == (3, 2)
    _go(driver, ROLLS[3], 2)
    x, y = sheet.place_of(*sheet.cursor)
    driver.click(sheet.canvas, x, y)
    driver.click(sheet.canvas, x, y)
    _answer(driver, status="L", minutes="3", why="bus")
    _settle(driver)
    with store.read() as db:
        found = [one.state for one in marks_of(db, [3]).values() if one.state.status == "L"]
    assert [(one.minutes_late, one.reason) for one in found] == [(3, "bus")]


def test_all_present_fills_the_blanks_and_is_one_act(window: Window, store: Store) -> None:
    driver = _open(window)
    _go(driver, ROLLS[0], 2)
    driver.click(driver.screen.all_present)
    _settle(driver)
    assert sorted(letters_of(store, 3).values()) == ["A", "E", "P", "P"]
    driver.press("<Control-z>", driver.screen.sheet.canvas)
    _settle(driver)
    assert sorted(letters_of(store, 3).values()) == ["A", "E"]


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(window: Window, store: Store) -> None:
    from core.correcting import set_mark

    driver = _open(window)
    with acting(Actor("Mr. Else", "admin")):
        set_mark(store, Settings(), Actor("Mr. Else", "admin"), 3, ROLLS[2], "E")
    _go(driver, ROLLS[2], 2)
    _type(driver, "a")
    driver.wait_for(lambda: driver.app.dialogs)
    assert isinstance(driver.app.dialogs[-1], ErrorDialog)
    assert "changed while you looked" in driver.app.dialogs[-1].sentence
    driver.press("<Escape>", driver.app.dialogs[-1])
    assert letters_of(store, 3)[3, ROLLS[2]] == "E"
    _type(driver, "p")
    driver.wait_for(lambda: driver.app.dialogs, "the reason that a mark of somebody else needs")
    driver.press("<Escape>", driver.app.dialogs[-1])
    key = driver.screen.sheet.key
    assert driver.screen.month.state(key).status == "E"


def test_months_turn_and_an_empty_one_says_so(window: Window, store: Store) -> None:
    driver = _open(window)
    driver.press("<Control-Right>", driver.screen.sheet.canvas)
    driver.wait_for(lambda: driver.shows("No lessons in December 2026"))
    _type(driver, "p")
    driver.press("<Control-Left>", driver.screen.sheet.canvas)
    driver.wait_for(lambda: driver.is_ready and driver.shows("November 2026") and driver.screen.empty is None)
    assert len(driver.screen.month.lessons) == 3


def test_a_school_without_classes_is_told_what_comes_here(window: Window, home: Home) -> None:
    driver = window()
    driver.open("register")
    assert driver.shows("No class yet")
    driver.screen._print()
    driver.screen._export()
    driver.press("<Control-Left>", driver.screen.sheet.canvas)
    assert driver.app.dialogs == []


def test_a_lesson_that_is_locked_for_this_person_is_not_changed(window: Window, store: Store) -> None:
    driver = _open(window)
    driver.screen.month.refused = {3: "too long ago"}
    _go(driver, ROLLS[2], 2)
    _type(driver, "a")
    driver.press("<Return>", driver.screen.sheet.canvas)
    assert driver.shows("This lesson is locked")
    assert driver.app.dialogs == []
    assert not driver.screen.saving.is_busy


def test_teachers_see_their_own_classes(window: Window, store: Store) -> None:
    set_up(store, "ada", "violet kettle 7 harbour")
    with store.transaction() as db:
        people.add_class(db, "ZZ9", "Somebody else's")
    with store.transaction() as db:
        from core.store.teachers import list_teachers

        who = next(one for one in list_teachers(db) if one.name == "Ms. Rao")
        made = accounts.add_account(db, "rao", "teacher", teacher_id=who.id)
    driver = window(actor=made.actor())
    driver.open("register", MONTH)
    driver.wait_for(lambda: driver.screen.month is not None)
    assert list(driver.screen.classes.cget("values")) == ["CS101   Class CS101"]


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_the_month_is_saved_where_one_says(
    window: Window, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    path = tmp_path / f"month.{ending}"
    monkeypatch.setattr(files.filedialog, "asksaveasfilename", lambda **_: str(path))
    driver = _open(window)
    driver.click(driver.find("Save as"))
    driver.wait_for(lambda: driver.shows("Saved: "))
    assert path.stat().st_size > 100
    assert driver.screen.saved.path == path


def test_a_page_to_print_is_made_and_opened(window: Window, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []
    monkeypatch.setattr(open_file, "open_file", opened.append)
    driver = _open(window)
    driver.click(driver.find("Print"))
    driver.wait_for(lambda: driver.shows("Saved: "), "the page")
    assert [one.name for one in opened] == ["CS101_2026-11.pdf"]
    assert opened[0].read_bytes().startswith(b"%PDF")


def test_an_edited_sheet_comes_back_with_its_conflicts(window: Window, store: Store, tmp_path: Path) -> None:
    from core.correcting import set_mark

    path = tmp_path / "edited.xlsx"
    with acting(Actor("Ms. Rao", "admin")):
        register_files.export_register(store, Settings(time_zone="UTC"), "CS101", path)
        set_mark(store, Settings(), Actor("Mr. Else", "admin"), 3, ROLLS[0], "A", reason="phone call")
    _edit(path, {(ROLLS[0], 2): "P", (ROLLS[3], 2): "P"})
    driver = window()
    driver.open("register_upload", "CS101")
    driver.screen.look_at(path)
    driver.wait_for(lambda: driver.screen.plan is not None and driver.is_ready)
    assert driver.shows("1 change  ·  1 conflict  ·  0 mistakes")
    assert not driver.screen.decisions[0].takes_file
    driver.click(next(one for one in driver.walk(driver.screen) if one.winfo_class() == "TNotebook"), 150, 12)
    driver.wait_for(lambda: driver.shows("Excused → Absent (phone call)  Reason: phone call"))
    driver.screen._turn(driver.screen.decisions[0])
    driver.screen.apply()
    driver.wait_for(lambda: driver.shows("2 marks were changed"))
    assert letters_of(store, 3) == {(3, ROLLS[0]): "P", (3, ROLLS[1]): "A", (3, ROLLS[3]): "P"}
    driver.click(driver.screen.undo)
    driver.wait_for(lambda: driver.shows("Bring back a sheet"))
    assert letters_of(store, 3) == {(3, ROLLS[0]): "A", (3, ROLLS[1]): "A"}


def test_mistakes_in_a_sheet_are_listed_and_keep_all_of_it_out(window: Window, store: Store, tmp_path: Path) -> None:
    path = tmp_path / "edited.xlsx"
    with acting(Actor("Ms. Rao", "admin")):
        register_files.export_register(store, Settings(time_zone="UTC"), "CS101", path)
    _edit(path, {(ROLLS[0], 0): "X", (ROLLS[3], 2): "P"})
    driver = window()
    driver.open("register_upload", "CS101")
    driver.screen.look_at(path)
    driver.wait_for(lambda: driver.screen.plan is not None and driver.is_ready)
    assert driver.shows("1 mistake")
    assert driver.screen.take.instate(["disabled"])


def _edit(path: Path, cells: dict[tuple[str, int], str]) -> None:
    """Type letters into the cells of students, by roll, and lessons, counted from 0."""
    book = load_workbook(path)
    page = book["Register"]
    head = next(cell.row for cell in page["A"] if cell.value == "Roll")
    first = next(cell.column for cell in page[head] if str(cell.value).startswith("#"))
    rows = {str(cell.value): cell.row for cell in page["A"]}
    for (roll, lesson), letter in cells.items():
        page.cell(rows[roll], first + lesson).value = letter
    book.save(path)


def test_rules_of_editing(store: Store) -> None:
    from core.statuses import list_all

    with acting(Actor("x", "admin")):
        statuses = list_all(store)
    known = [one.code for one in statuses]
    assert status_of_key("l", statuses, None).code == "L"
    assert status_of_key("x", statuses, None) is None
    assert status_of_key(" ", statuses, None) is None
    assert [next_status(statuses, code).code for code in (None, *known)] == [known[0], *known[1:], known[0]]
    assert month_after(date(2026, 12, 5), 1) == date(2027, 1, 1)
    assert month_after(date(2026, 1, 1), -1) == date(2025, 12, 1)
    assert [check_minutes(one) is None for one in ("", "0", "1440", "1441", "-1", "x")] == [
        *(True, True, True),
        *(False, False, False),
    ]
