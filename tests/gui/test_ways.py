"""What all pages share for keyboard and eye: Space presses, Esc leads back, and large letters cut nothing off."""

import tkinter as tk
from collections.abc import Callable, Iterator
from datetime import time, timedelta

import pytest
import ttkbootstrap as ttk

from core import clock
from core.paths import Home
from core.settings import settings_file
from core.store import people
from core.store.database import Store, open_store
from core.store.timetable import Schedule, add_schedule
from gui.dialogs.ask import AskDialog
from gui.preferences import Preferences, save_preferences
from gui.screens.today import MOST_LESSONS
from gui.widgets.flow import Flow, rows
from gui.widgets.small import EmptyState
from tests.gui.driver import Driver
from tests.register_support import NAMES, ROLLS, fill

Window = Callable[..., Driver]


@pytest.fixture
def school(home: Home) -> Iterator[Store]:
    """A class whose students miss lessons, one of them with a hostile name."""
    settings_file(home).write_text('time_zone = "UTC"\n', encoding="utf-8")
    with open_store(home) as store:
        fill(store, "CS101", ROLLS, NAMES, starts=(0, 300, 24 * 60))
        yield store


def test_space_presses_links_and_buttons_and_esc_leads_back(window: Window, school: Store) -> None:
    driver = window()
    driver.wait_for(lambda: driver.shows("below 75%") and driver.is_ready, "the card")
    driver.press("<space>", driver.find("=cmd()", driver.screen))
    driver.wait_for(lambda: driver.screen.name == "student" and driver.is_ready)
    assert driver.shows("1e5 =cmd()")
    driver.press("<space>", driver.find("Edit", driver.screen))
    dialog = driver.wait_for_dialog()
    driver.press("<Escape>")
    driver.wait_for(lambda: not driver.app.dialogs)
    assert not dialog.winfo_exists()
    driver.press("<Escape>", driver.find("Edit", driver.screen))
    driver.wait_for(lambda: driver.screen.name == "students" and driver.is_ready)
    screen = driver.screen
    driver.type_into(screen.table.box, "nobody")
    driver.wait_for(lambda: driver.shows("No row has “nobody”."))
    # The first Esc forgets the search and stays.
    driver.press("<Escape>", screen.table.box)
    driver.wait_for(lambda: len(screen.table.shown()) == len(ROLLS))
    assert not driver.shows("Nothing found")
    for name, back in (("import_people", "students"), ("class", "classes"), ("register_upload", "register")):
        driver.open(name, "CS101" if name == "class" else None)
        driver.press("<Escape>", driver.screen)
        driver.wait_for(lambda wanted=back: driver.screen.name == wanted and driver.is_ready, back)


def test_a_sentence_about_a_field_stands_between_it_and_the_next(window: Window, school: Store) -> None:
    driver = window()
    driver.open("students").add()
    form = driver.wait_for_dialog().form
    driver.press("<Return>")
    driver.wait_for(lambda: driver.shows("Please fill this in."))
    problem, label = driver.find("Please fill this in.", form), driver.find("Full name", form)
    assert problem.winfo_y() + problem.winfo_height() <= label.winfo_y()


def test_every_page_is_reached_with_letters_twice_as_large(window: Window, home: Home, school: Store) -> None:
    save_preferences(home, Preferences("en", 200, "light"))
    driver = window((1366, 768))
    driver.wait_for(lambda: driver.is_ready and driver.app.shell is not None)
    shell = driver.app.shell
    assert shell is not None
    for name in ("help", "students"):
        button = shell._buttons[name]
        assert button.winfo_rooty() + button.winfo_height() <= shell.status.winfo_rooty()
        driver.click(button)
        driver.wait_for(lambda wanted=name: driver.screen.name == wanted and driver.is_ready, name)
    for words in ("Import photos", "Import a list", "Add a student"):
        button = driver.find(words, driver.screen)
        assert button.winfo_width() >= button.winfo_reqwidth()
    # Names on request, and gone again once one was chosen.
    driver.click(shell._names_button)
    driver.wait_for(lambda: shell._buttons["register"].winfo_width() > 200)
    driver.click(shell._buttons["register"])
    driver.wait_for(lambda: driver.screen.name == "register" and driver.is_ready)
    assert shell._buttons["register"].winfo_width() < 200


def test_a_page_that_is_too_low_scrolls_by_wheel_bar_and_keyboard(window: Window, home: Home, school: Store) -> None:
    driver = window()
    driver.open("mark")
    assert not driver.app.shell.place_of_page.scrolls
    driver.close()
    save_preferences(home, Preferences(font_percent=200))
    driver = window()
    screen = driver.open("mark")
    place = driver.app.shell.place_of_page
    assert place.scrolls
    driver.wait_for(lambda: screen.lessons.choice and screen.panel.empty.button.winfo_ismapped())

    def is_seen(widget: tk.Misc) -> bool:
        low = place.winfo_rooty() + place.winfo_height()
        inside = screen.panel.winfo_rooty() + screen.panel.winfo_height()
        return widget.winfo_rooty() + widget.winfo_height() <= min(low, inside)

    assert is_seen(screen.panel.empty.button)
    driver.click(screen.panel.empty.button)
    driver.wait_for(lambda: screen.session is not None and driver.is_ready, "the register")
    save = screen.panel.save
    for number, comes in ((4, False), (5, True), (4, False)):
        for _ in range(20):
            screen.title_line.event_generate(f"<Button-{number}>")
        driver.pump()
        assert is_seen(save) == comes
    driver.root.focus_set()
    save.focus_set()
    driver.wait_for(lambda: is_seen(save), "the button to come into sight")
    # Another page begins at its top.
    assert driver.open("help").winfo_rooty() == place.winfo_rooty()


def test_with_large_letters_no_sentence_and_no_button_is_cut(window: Window, home: Home, school: Store) -> None:
    save_preferences(home, Preferences(font_percent=200))
    driver = window()
    screen = driver.open("mark")
    driver.wait_for(lambda: screen.lessons.choice and driver.is_ready)
    pane = screen.pane
    driver.wait_for(lambda: pane.sentence.winfo_ismapped() and pane.sentence.winfo_width() > 1)
    driver.pump()
    assert pane.sentence.winfo_reqwidth() <= pane.picture.winfo_width()
    canvas = screen.strip.canvas
    left, top, right, low = canvas.bbox("all")
    assert min(left, top) >= -2
    assert right <= canvas.winfo_width() + 2
    assert low <= canvas.winfo_height() + 2
    # A form that is longer than the screen keeps its buttons in sight.
    dialog = AskDialog(driver.app, "Long", "", "Save", lambda _answers: None)
    for number in range(40):
        dialog.form.add_text(f"{number}", f"Field {number}")
    dialog.open()
    driver.wait_for(lambda: dialog.yes.winfo_ismapped())
    driver.pump()
    assert dialog.yes.winfo_rooty() + dialog.yes.winfo_height() <= dialog.winfo_screenheight()
    # The rest of it is reached by keyboard and by wheel.
    first, last = dialog.form._fields["0"], dialog.form._fields["39"]

    def is_seen(field: tk.Misc) -> bool:
        low = field.winfo_rooty() + field.winfo_height()
        return dialog.winfo_rooty() <= field.winfo_rooty() and low <= dialog.buttons.winfo_rooty()

    assert (is_seen(first), is_seen(last)) == (True, False)
    last.focus_force()
    driver.wait_for(lambda: is_seen(last), "the last field to come into sight")
    for _turn in range(200):
        last.event_generate("<Button-4>")
    driver.wait_for(lambda: is_seen(first), "the first field to come back")
    dialog.cancel()


def test_a_dialog_that_grows_beyond_the_screen_keeps_its_buttons_and_one_that_fits_has_no_bar(
    window: Window, school: Store
) -> None:
    driver = window()
    dialog = AskDialog(driver.app, "Growing", "", "Save", lambda _answers: None)
    dialog.form.add_text("first", "First")
    dialog.open()
    driver.wait_for(lambda: dialog.yes.winfo_ismapped())
    driver.pump()
    assert not dialog._place.scrolls
    assert not dialog._place.bar.winfo_ismapped()
    for number in range(40):
        dialog.form.add_text(f"{number}", f"Field {number}")
    driver.wait_for(lambda: dialog._place.bar.winfo_ismapped(), "the bar")
    driver.pump(0.1)
    assert dialog.winfo_rooty() >= 0
    assert dialog.yes.winfo_rooty() + dialog.yes.winfo_height() <= dialog.winfo_screenheight()
    dialog.cancel()


def test_what_has_no_room_beside_goes_below() -> None:
    wishes = [(100, 8), (50, 8), (60, 20), (400, 8)]
    assert rows(wishes, 618 + 28) == [[0, 1, 2, 3]]
    assert rows(wishes, 645) == [[0, 1, 2], [3]]
    assert rows(wishes, 160) == [[0, 1], [2], [3]]
    assert rows([], 10) == []


def test_words_that_grow_in_a_line_go_below(window: Window, school: Store) -> None:
    driver = window((1100, 768))
    line = Flow(driver.screen)
    line.pack(fill="x", side="bottom")
    first, second = ttk.Label(line, text="First"), ttk.Label(line)
    line.add(first)
    line.add(second, at_end=True)
    driver.pump(0.1)
    second.configure(text="Second")
    driver.wait_for(lambda: second.winfo_width() >= second.winfo_reqwidth() > 20)
    assert second.winfo_y() == first.winfo_y()
    assert second.winfo_x() + second.winfo_width() == line.winfo_width()
    first.configure(text="A very long first word " * 8)
    driver.wait_for(lambda: second.winfo_y() > first.winfo_y(), "the second row")
    assert line.winfo_height() >= second.winfo_y() + second.winfo_height()
    first.configure(text="Wider than the line " * 20)
    driver.wait_for(lambda: first.winfo_width() == line.winfo_width())


@pytest.mark.parametrize("page", ["register", "import_people", "seating"])
def test_with_large_letters_lines_of_controls_go_on_below(window: Window, home: Home, school: Store, page: str) -> None:
    save_preferences(home, Preferences(font_percent=200))
    driver = window((1100, 768))
    screen = driver.open(page, None if page == "import_people" else "CS101")
    driver.pump(0.3)
    parts = [part for one in driver.walk(screen) if isinstance(one, Flow) for part, _gap, _end in one._parts]
    assert len(parts) >= 2
    for part in parts:
        line = part.master
        assert part.winfo_width() >= part.winfo_reqwidth()
        assert part.winfo_rootx() + part.winfo_width() <= line.winfo_rootx() + line.winfo_width()
        assert part.winfo_y() + part.winfo_height() <= line.winfo_height()


def test_a_page_that_scrolls_by_itself_has_no_second_bar(window: Window, home: Home, school: Store) -> None:
    save_preferences(home, Preferences(font_percent=200))
    driver = window((1366, 768))
    assert driver.app.shell is not None
    for page, scrolls in (
        ("help", False),
        ("register", True),
        ("students", False),
        ("mail", False),
        ("reports", False),
    ):
        driver.open(page)
        driver.pump(0.1)
        assert driver.app.shell.place_of_page.bar.winfo_ismapped() == scrolls, page


def test_what_stands_in_an_empty_table_keeps_off_its_head(window: Window, store: Store) -> None:
    driver = window((1000, 640))
    screen = driver.open("import_photos")
    state = next(one for one in driver.walk(screen) if isinstance(one, EmptyState))
    assert state.winfo_y() > 0
    assert state.winfo_y() + state.winfo_height() <= screen.table.tree.winfo_height()
    # Nothing to import into: said, and no button that fails.
    assert driver.shows("There is no class yet.")
    driver.press("<Return>", screen.consent)
    assert driver.app.dialogs == []


def test_a_register_of_nothing_is_calm(window: Window, store: Store) -> None:
    driver = window()
    screen = driver.open("register")
    assert driver.shows("No class yet")
    assert screen.cover.winfo_width() == screen.sheet.winfo_width()
    assert screen.all_present.instate(["disabled"])


def test_of_many_lessons_those_that_come_next_are_shown_first(window: Window, home: Home) -> None:
    settings_file(home).write_text('time_zone = "UTC"\n', encoding="utf-8")
    day = clock.today(None)
    with open_store(home) as store, store.transaction() as db:
        for number in range(MOST_LESSONS + 4):
            made = people.add_class(db, f"C{number:02}", f"Class {number}")
            draft = Schedule(0, made.id, day - timedelta(days=1), None, tuple(range(7)), time(number), 30)
            add_schedule(db, draft)
    driver = window()
    screen = driver.screen
    driver.wait_for(lambda: len(screen.buttons) == MOST_LESSONS and driver.is_ready)
    primary = [one for one in screen.buttons if "Outline" not in str(one.cget("style"))]
    assert primary == screen.buttons[:1]
    driver.click(driver.find(f"Show all {MOST_LESSONS + 4} lessons"))
    driver.wait_for(lambda: len(screen.buttons) == MOST_LESSONS + 4)
    assert not driver.shows("Show all")


def test_today_asks_again_only_after_something_was_stored(window: Window, school: Store) -> None:
    driver = window()
    screen = driver.screen
    driver.wait_for(lambda: screen.cards._below is not None and driver.is_ready)
    known = screen.cards._below
    driver.open("help")
    driver.open("today")
    driver.wait_for(lambda: driver.is_ready)
    assert screen.cards._below is known
    with school.transaction() as db:
        people.set_active(db, people.get_student(db, "1e5").id, active=False)
    driver.open("help")
    driver.open("today")
    driver.wait_for(lambda: screen.cards._below is not known and driver.is_ready)
    assert not driver.shows("=cmd()")
