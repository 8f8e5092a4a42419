"""The shared parts: tables, forms, questions, colours, words."""

import itertools
import re
import tkinter as tk
import tkinter.ttk
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import ttkbootstrap as ttk

from core.languages.language import without_command
from core.paths import Home
from core.records import Progress
from core.store import people
from core.store.database import Store
from gui import theme
from gui.dialogs import ask
from gui.dialogs.progress import time_left
from gui.preferences import Preferences, save_preferences
from gui.widgets.form import Form, not_empty
from gui.widgets.small import EmptyState, keep_focus_in_sight
from gui.widgets.table import PAGE, Column, Table
from tests.gui.driver import Driver

Window = Callable[..., Driver]


@dataclass(frozen=True)
class Person:
    roll: str
    name: str
    age: int


COLUMNS = (
    Column[Person]("Roll", lambda one: one.roll, 80),
    Column[Person]("Name", lambda one: one.name, 200, stretch=True),
    Column[Person]("Age", lambda one: str(one.age), 60, order=lambda one: one.age, align="end"),
)
MANY = [Person(f"R{number:04}", f"Student {number}", number % 97) for number in range(5000)]


@pytest.fixture
def driver(window: Window, store: Store) -> Driver:
    with store.transaction() as db:
        people.add_class(db, "CS101", "Programming 1")
    return window()


@pytest.fixture
def table(driver: Driver) -> Table[Person]:
    for old in driver.screen.winfo_children():
        old.destroy()
    table = Table(driver.screen, COLUMNS, key=lambda one: one.roll)
    table.pack(fill="both", expand=True)
    return table


def test_a_long_table_is_drawn_by_pages_and_searched_whole(driver: Driver, table: Table[Person]) -> None:
    table.set_rows(MANY)
    driver.pump()
    assert len(table.tree.get_children()) <= PAGE * 2
    assert table.box is not None
    driver.type_into(table.box, "student 4999")
    driver.wait_for(lambda: len(table.shown()) == 1)
    assert table.shown()[0].roll == "R4999"
    driver.press("<Escape>", table.box)
    driver.wait_for(lambda: len(table.shown()) == 5000)


def test_the_end_key_reaches_the_last_row(driver: Driver, table: Table[Person]) -> None:
    table.set_rows(MANY)
    driver.press("<End>", table.tree)
    assert [one.roll for one in table.selected()] == ["R4999"]
    driver.pump()
    assert len(table.tree.get_children()) <= PAGE * 2
    driver.press("<Up>", table.tree)
    assert [one.roll for one in table.selected()] == ["R4998"]
    driver.press("<Home>", table.tree)
    assert [one.roll for one in table.selected()] == ["R0000"]


def test_scrolling_up_from_the_end_skips_no_row(driver: Driver, table: Table[Person]) -> None:
    table.set_rows(MANY)
    driver.press("<End>", table.tree)
    driver.pump()
    shown = int(table.tree.identify_row(60)[1:])
    while shown > 4300:
        table.tree.yview_scroll(-15, "units")
        driver.pump()
        before, shown = shown, int(table.tree.identify_row(60)[1:])
        assert shown == before - 15
    drawn = list(table.tree.get_children())
    assert drawn == [one.roll for one in MANY[-len(drawn) :]]
    assert len(drawn) < 1500


def test_a_narrow_table_scrolls_sideways(driver: Driver) -> None:
    for old in driver.screen.winfo_children():
        old.destroy()
    place = theme.ttk.Frame(driver.screen, width=250, height=300)
    place.pack_propagate(False)
    place.pack()
    table = Table(place, COLUMNS, key=lambda one: one.roll)
    table.pack(fill="both", expand=True)
    table.set_rows(MANY[:9])
    driver.wait_for(lambda: bool(table._across.winfo_ismapped()), "the bar")
    assert table._across.winfo_height() >= 8
    assert table._bar.winfo_width() >= 8
    table.select(["R0000"])
    driver.press("<Right>", table.tree)
    driver.press("<Right>", table.tree)
    driver.wait_for(lambda: table.tree.xview()[1] == 1.0, "the last column")
    place.configure(width=800)
    driver.wait_for(lambda: not table._across.winfo_ismapped(), "no bar")


def test_a_table_sorts_numbers_as_numbers_and_keeps_what_is_selected(driver: Driver, table: Table[Person]) -> None:
    table.set_rows([Person("1", "Bo", 9), Person("2", "Al", 10), Person("3", "Cy", 1)])
    table.select(["2"])
    table.sort(2)
    assert [one.age for one in table.shown()] == [1, 9, 10]
    table.set_rows([*table.shown(), Person("4", "Di", 5)])
    assert [one.roll for one in table.selected()] == ["2"]
    assert [one.age for one in table.shown()] == [1, 5, 9, 10]


def test_hostile_words_are_shown_as_they_are(driver: Driver, table: Table[Person]) -> None:
    names = ["{a} [exit] $x", "=cmd()", "أحمد", 'a\\b "c"', "🎓"]
    table.set_rows([Person(name, name, 1) for name in names])
    assert [table.tree.set(key, "1") for key in table.tree.get_children()] == names


def test_an_empty_table_says_what_to_do(driver: Driver, table: Table[Person]) -> None:
    table.show_when_empty(EmptyState(table.tree, "people", "No students yet", "Import a list.", "Import", lambda: None))
    driver.pump()
    assert driver.shows("No students yet")
    table.set_rows(MANY[:1])
    driver.pump()
    assert not driver.shows("No students yet")


def test_a_form_says_beside_the_field_what_is_wrong(driver: Driver) -> None:
    form = Form(driver.screen)
    form.pack()
    field = form.add_text("name", "Name", check=not_empty)
    box = form.add_choice("role", "Role", [("a", "Admin"), ("t", "Teacher")], value="t")
    assert not form.check()
    driver.pump()
    assert driver.shows("Please fill this in.")
    driver.type_into(field, "Ada")
    assert not driver.shows("Please fill this in.")
    assert form.check()
    assert form.is_changed
    assert box.get() == "Teacher"
    assert form.values() == {"name": "Ada", "role": "t"}


def test_what_is_wrong_with_a_field_hides_nothing_and_tab_goes_from_field_to_field(driver: Driver) -> None:
    place = ttk.ScrolledFrame(driver.screen)
    place.pack(fill="both", expand=True)
    form = Form(place)
    form.pack()
    first, last = (form.add_text(one, one.title(), check=not_empty, hint="Said beside it.") for one in ("name", "town"))
    keep_focus_in_sight(place, form)
    assert not form.check()
    driver.pump()
    seen = [one for one in form.winfo_children() if one.winfo_ismapped() and one.winfo_height() > 1]
    seen.sort(key=lambda one: one.winfo_y())
    for above, below in itertools.pairwise(seen):
        assert above.winfo_y() + above.winfo_height() <= below.winfo_y()
    driver.press("<Tab>", first)
    assert driver.root.focus_get() is last


def test_questions_are_answered_by_keys(driver: Driver) -> None:
    heard: list[object] = []
    ask.yes_no(driver.app, "Really?", lambda: heard.append("yes"))
    driver.wait_for_dialog()
    driver.press("<Return>")
    dialog = ask.reason(driver.app, "Ada becomes absent.", heard.append)
    driver.wait_for_dialog()
    driver.press("<Return>")
    assert driver.app.dialogs == [dialog]
    driver.type_into(dialog.form._fields["text"], "ill")
    driver.press("<Return>")
    ask.choice(driver.app, "Which?", [("x", "This"), ("y", "That")], heard.append)
    driver.wait_for_dialog()
    driver.press("<Escape>")
    assert heard == ["yes", "ill"]
    assert driver.app.dialogs == []
    assert not [one for one in driver.walk() if isinstance(one, tk.Toplevel)]


def test_how_long_it_still_takes() -> None:
    assert time_left(1.0, Progress(1, 100, "")) == " "
    assert time_left(10.0, Progress(1, None, "")) == " "
    assert time_left(10.0, Progress(5, 10, "")) == "less than a minute left"
    assert time_left(60.0, Progress(1, 4, "")) == "about 3 minutes left"


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_everything_can_be_read(window: Window, store: Store, home: Home, mode: str) -> None:
    save_preferences(home, Preferences(mode=mode))  # type: ignore[arg-type]
    driver = window()

    weak = [
        f"{style} {state}: {ink} on {ground} {theme.contrast(ink, ground):.1f}"
        for style, state, ink, ground in _pairs(driver)
        if theme.contrast(ink, ground) < theme.LEAST_CONTRAST
    ]
    assert weak == []


def _pairs(driver: Driver) -> list[tuple[str, str, str, str]]:
    """Letters and ground of every style there is a widget of, in the states a person can see."""
    ttk = theme.ttk
    frame = driver.screen
    for look in ("primary", "neutral", "danger", "success", "outline", "link"):
        ttk.Button(frame, bootstyle=look)
    ttk.Treeview(frame, bootstyle="table"), ttk.Entry(frame), ttk.Combobox(frame), ttk.Checkbutton(frame)
    driver.pump()
    style = driver.root.style
    used = {str(one.cget("style")) or one.winfo_class() for one in driver.walk() if isinstance(one, tkinter.ttk.Widget)}
    used |= {f"{name}.TLabel" for name in ("Heading", "Title", "Muted", "Small", "Problem", "Card", "CardMuted")}
    used |= {"Table.Treeview", "Table.Treeview.Heading"}
    found = []
    for name in sorted(used):
        for state in ((), ("active",), ("focus",), ("selected",)):
            ink, ground = (style.lookup(name, option, state) for option in ("foreground", "background"))
            if re.fullmatch(r"#[0-9a-f]{6}", f"{ink}") and re.fullmatch(r"#[0-9a-f]{6}", f"{ground}"):
                found.append((name, " ".join(state), ink, ground))
    assert len(found) > 20
    return found


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_what_cannot_be_pressed_can_be_read(window: Window, store: Store, home: Home, mode: str) -> None:
    save_preferences(home, Preferences(mode="light"))
    driver = window()
    driver.app.change_preferences(Preferences(mode=mode))  # type: ignore[arg-type]
    style = driver.root.style
    for look in theme.BUTTONS:
        name = str(theme.ttk.Button(driver.screen, bootstyle=look, state="disabled").cget("style"))
        ink, ground = (style.lookup(name, option, ["disabled"]) for option in ("foreground", "background"))
        assert theme.contrast(ink, ground) >= theme.DISABLED_CONTRAST, (look, ink, ground)


def test_letters_and_distances_grow_together_and_shrink_again(window: Window, home: Home) -> None:
    sizes = {}
    for turn, percent in enumerate((100, 200, 100)):
        save_preferences(home, Preferences(font_percent=percent))
        driver = window()
        height = theme.tkfont.nametofont(theme.font("Body"), driver.root).metrics("linespace")
        sizes[turn] = height, theme.pixels(driver.root, 100)
        driver.close()
    assert sizes[0] == sizes[2]
    assert sizes[1] == tuple(pytest.approx(2 * one, rel=0.1) for one in sizes[0])


def test_contrast_is_that_of_the_standard() -> None:
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert theme.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_sentences_lose_the_command_they_end_with() -> None:
    assert without_command("The class C has not been trained yet. Train it first: app.py train C") == (
        "The class C has not been trained yet. Train it first."
    )
    assert without_command("The networks are damaged. Run: python app.py setup") == "The networks are damaged."
    assert without_command("Enrol photos of them, then: app.py train C") == "Enrol photos of them."
    assert without_command("Lessons to come are not counted: give --to to count them.") == (
        "Lessons to come are not counted."
    )
    assert without_command("Say which are which, for example: --map roll=Number") == "Say which are which."
    assert without_command("Next: app.py train C") == "Next: app.py train C"
    assert without_command("The file is open in Excel: close it.") == "The file is open in Excel: close it."
