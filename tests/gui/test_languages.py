"""The window in Hindi and Arabic: every screen opens and speaks the language; from right to left it is mirrored."""

import re
import tkinter as tk
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.paths import Home
from core.reports.cells import cell_text
from core.reports.result import Column
from core.store import people
from core.store.database import Store
from gui import letters, texts
from gui.letters import broken, drawn
from gui.preferences import Preferences, save_preferences
from gui.screen import list_screens
from tests.gui.driver import Driver

Window = Callable[..., Driver]
AHMAD = "أحمد علي"


@pytest.fixture
def school(store: Store) -> Store:
    with store.transaction() as db:
        made = people.add_class(db, "CS101", "Programming 1")
        for roll, name in (("R1", AHMAD), ("R2", "Ada Lovelace"), ("R3", "निशा")):
            people.add_to_roster(db, made.id, people.add_student(db, roll, name).id)
    return store


@pytest.fixture
def speaking(window: Window, home: Home, english_afterwards: object) -> Callable[[str], Driver]:
    def open_window(language: str) -> Driver:
        save_preferences(home, replace(Preferences(), language=language))
        return window()

    return open_window


@pytest.mark.parametrize("language", ["hi", "ar"])
def test_every_screen_opens_and_its_title_is_translated(
    speaking: Callable[[str], Driver], school: Store, language: str, tmp_path: Path
) -> None:
    driver = speaking(language)
    for info in list_screens():
        driver.open(info.name)
        assert driver.screen.winfo_viewable()
        if info.order:
            assert driver.app.shell is not None
            assert driver.app.shell._buttons[info.name].cget("text") == texts._(info.title) != info.title
    assert driver.photograph(tmp_path / "window.png").stat().st_size > 5000


def test_from_right_to_left_the_window_is_mirrored(speaking: Callable[[str], Driver], school: Store) -> None:
    driver = speaking("ar")
    shell, middle = driver.app.shell, driver.root.winfo_width() / 2
    assert shell is not None
    assert shell._buttons["today"].winfo_rootx() > middle > shell.content.winfo_rootx()
    driver.open("students")
    tree = next(one for one in driver.walk(driver.screen) if one.winfo_class() == "Treeview")
    assert [str(one) for one in tree.cget("displaycolumns")] == [str(one) for one in tree.cget("columns")][::-1]
    driver.open("student", "R1")
    book = next(one for one in driver.walk(driver.screen) if one.winfo_class() == "TNotebook")
    assert book.index("current") == 0
    book.select(1)
    assert book.index("current") == 1
    driver.wait_for(lambda: driver.is_ready)
    # The first page has the rightmost tab.
    assert book.tabs().index(book.select()) == len(book.tabs()) - 2
    # The key of the month before points where the line begins.
    register = driver.open("register", "CS101")
    month = register.day
    driver.press("<Control-Right>", register.classes)
    assert register.day < month


def test_what_core_says_in_cells_and_refusals_is_translated(arabic: None) -> None:
    assert texts.arrow() == "←"
    cell = Column("Source", "source")
    assert cell_text(cell, "face", texts._) == texts._("Recognised by the camera") != "Recognised by the camera"
    assert cell_text(cell, "lab.mp4", texts._) == "lab.mp4"
    assert cell_text(Column("Name"), "face", texts._) == "face"
    for said in (
        "Ruth may not set marks. Ask an admin of the school.",
        "Only one photo, so it could not be tested",
        "The timetable has no last day, so lessons after 2026-11-18 are not counted: give --to to count them.",
    ):
        assert not re.search("[a-z]{3}", texts.told(said).replace("Ruth", "")), texts.told(said)


def test_columns_of_a_grid_count_from_the_right(speaking: Callable[[str], Driver], school: Store) -> None:
    driver = speaking("ar")
    frame = tk.Frame(driver.root)
    frame.place(x=0, y=0)
    first, second, whole = (tk.Label(frame, text=text) for text in ("one", "two", "all of it"))
    first.grid(row=0, column=0, padx=(30, 0))
    second.grid(row=0, column=1)
    whole.grid(row=1, columnspan=2)
    driver.pump()
    assert first.winfo_x() > second.winfo_x()
    assert frame.winfo_width() - first.winfo_x() - first.winfo_width() == 30
    whole.grid_remove()
    whole.grid()
    driver.pump()
    assert whole.winfo_x() < first.winfo_x()


def test_a_name_in_arabic_is_drawn_right_and_read_back_as_it_is(
    speaking: Callable[[str], Driver], school: Store
) -> None:
    driver = speaking("en")
    driver.open("students")
    tree = next(one for one in driver.walk(driver.screen) if one.winfo_class() == "Treeview")
    rows = [tree.item(one, "values") for one in tree.get_children()]
    assert AHMAD in [value for row in rows for value in row]
    if driver.root.tk.call("tk", "windowingsystem") != "x11":
        pytest.skip("other systems order letters by themselves")
    real = driver.root.tk._real
    seen = [str(real.call(str(tree), "item", one, "-values")) for one in tree.get_children()]
    assert any(drawn(AHMAD, False) in one for one in seen)
    assert not any(AHMAD in one for one in seen)


def test_typing_and_choosing_keep_what_is_stored(speaking: Callable[[str], Driver], school: Store) -> None:
    driver = speaking("ar")
    entry, value = tk.Entry(driver.root), tk.StringVar(driver.root, AHMAD)
    entry.configure(textvariable=value)
    assert entry.get() == value.get() == AHMAD
    label = tk.Label(driver.root, text=AHMAD)
    assert label.cget("text") == AHMAD
    box = tk.ttk.Combobox(driver.root, state="readonly", values=[AHMAD, "Ada"])
    box.current(0)
    assert box.get() == AHMAD


@pytest.mark.parametrize(
    ("written", "from_right", "shown"),
    [
        ("Ada Lovelace", True, "Ada Lovelace"),
        ("دانيال", False, "ﻝﺎﻴﻧﺍﺩ"),
        ("דניאל", False, "לאינד"),
        ("לו (ב)", True, "(ב) ול"),
        ("לו 2026-11-21, 9:00", True, "9:00 ,2026-11-21 ול"),
        ("לו /home/x.csv", True, "/home/x.csv ול"),
        ("לו CS101 (3)", True, "CS101 (3) ול"),
        ("There is no class for לו here.", True, "There is no class for ול here."),
        ("हिन्दी", False, "िहन्दी"),
        ("\u202eאב\u2066", True, "בא"),
        ("לו \u0378", True, "\ufffd ול"),
        ("לו ٣٤", True, "٣٤ ול"),
    ],
)
def test_a_line_as_it_is_drawn(written: str, from_right: bool, shown: str) -> None:
    assert drawn(written, from_right) == shown


def test_the_first_words_of_a_paragraph_stay_in_its_first_line() -> None:
    assert broken("אב גד הו\nזח", 5, len, True) == "דג בא\nוה\nחז"
    assert broken("אבגדהוזחט", 3, len, True) == "טחזוהדגבא"


def test_what_is_not_drawn_by_tk_on_x11_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    root = tk.Tk.__new__(tk.Tk)

    class Windows:
        def call(self, *_args: object) -> str:
            return "win32"

    root.tk = Windows()
    monkeypatch.setattr(letters, "is_right_to_left", lambda: False)
    letters.install(root)
    assert isinstance(root.tk, Windows)
