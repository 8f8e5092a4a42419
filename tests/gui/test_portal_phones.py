"""A student's phones and what students ask, in the real window."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from core import clock
from core.actor import Actor, acting
from core.confirming import phones
from core.errors import LoginError
from core.paths import Home
from core.questions import ask_about_mark, ask_for_absence, list_absences_asked, list_questions
from core.settings import Settings
from core.store import devices, people, timetable
from core.store.database import Store
from gui.dialogs.one_time import OneTimeDialog
from gui.screens.question_parts.inbox import Item
from gui.screens.questions import AnswerDialog
from gui.screens.questions import Screen as QuestionsScreen
from gui.screens.student import Screen as StudentScreen
from gui.screens.student_parts.phones import PhonesTab
from tests.gui.driver import Driver
from tests.register_support import NAMES, ROLLS, fill

Window = Callable[..., Driver]
ADA = Actor("ada", "student", student_id=1)
SETTINGS = Settings(time_zone="UTC")


@pytest.fixture
def school(home: Home, store: Store) -> Store:
    """CS101 with four students and three lessons."""
    fill(store, "CS101", ROLLS, NAMES, starts=(0, 300, 24 * 60))
    return store


@pytest.fixture
def asked(school: Store) -> Store:
    """Ada asks about a mark and to be excused, somebody with a hostile name too."""
    ask_about_mark(school, ADA, 1, 2, "I was there, in the last row.")
    ask_about_mark(school, ADA, 3, 2, f"=cmd() <b>{'x' * 490}")
    today = clock.today(clock.school_zone(SETTINGS))
    ask_for_absence(school, SETTINGS, ADA, 1, today + timedelta(1), today + timedelta(3), "A wedding")
    return school


def _phones(driver: Driver, roll: str) -> PhonesTab:
    screen = driver.open("student", roll)
    assert isinstance(screen, StudentScreen)
    tab = next(one for one in screen.tabs if isinstance(one, PhonesTab))
    screen.book.select(str(tab))
    driver.wait_for(lambda: driver.is_ready and hasattr(tab, "new"), "the phones")
    return tab


def test_a_phone_is_paired_with_a_code_and_taken_away(school: Store, window: Window) -> None:
    driver = window()
    tab = _phones(driver, "007")
    assert driver.shows("No phone is paired.")
    driver.click(tab.new)
    dialog = driver.wait_for_dialog()
    assert isinstance(dialog, OneTimeDialog)
    # Nobody reaches the portal yet, so where the code is typed says so.
    assert driver.shows("The portal is off now")
    paired = phones.pair(school, None, dialog.code, "Android phone")
    assert paired.student_id == 1
    with pytest.raises(LoginError):
        phones.pair(school, None, dialog.code, "another one")
    driver.press("<Return>", dialog)
    tab = _phones(driver, "007")
    driver.wait_for(lambda: driver.shows("Android phone, paired on"), "the phone")
    driver.press("<space>", tab.removing[0])
    driver.wait_for_dialog().accept()
    driver.wait_for(lambda: driver.shows("No phone is paired."), "its end")
    with school.read() as db:
        assert devices.devices_of(db, 1) == []
        found = devices.find_device(db, paired.device)
    assert found is not None
    assert not found.active


def _inbox(driver: Driver) -> QuestionsScreen:
    screen = driver.screen
    assert isinstance(screen, QuestionsScreen)
    return screen


def _item(screen: QuestionsScreen, start: str) -> Item:
    found = next(one for one in screen.table.shown() if one.text.startswith(start))
    screen.table.select([found.key])
    return found


def test_questions_are_counted_read_and_answered(asked: Store, window: Window) -> None:
    driver = window()
    driver.wait_for(lambda: driver.is_ready and driver.shows("3 questions of students"), "the count")
    driver.click(driver.find("3 questions of students"))
    driver.wait_for(lambda: driver.screen.name == "questions" and driver.is_ready, "the inbox")
    screen = _inbox(driver)
    assert len(screen.table.shown()) == 3
    _item(screen, "I was there")
    driver.pump()
    assert driver.shows("I was there, in the last row.")
    driver.click(screen.buttons[0])
    dialog = driver.wait_for_dialog()
    assert isinstance(dialog, AnswerDialog)
    dialog.accept()
    assert driver.app.dialogs == [dialog]  # Without words it is no answer.
    dialog.form.set_value("answer", "You are right, it is changed.")
    dialog.accept()
    driver.wait_for(lambda: len(screen.table.shown()) == 2 and driver.is_ready, "the answer")
    _item(screen, "A wedding")
    driver.pump()
    assert not screen.buttons[0].winfo_ismapped()
    driver.click(screen.buttons[1])
    driver.wait_for_dialog().accept()
    driver.wait_for(lambda: len(screen.table.shown()) == 1 and driver.is_ready, "the excuse")
    with acting(Actor("office", "admin")):
        answers = {one.query.question[:5]: one.query.answer for one in list_questions(asked)}
        assert answers == {"I was": "You are right, it is changed.", "=cmd(": None}
        assert [one.asked.accepted for one in list_absences_asked(asked)] == [True]
    with asked.read() as db:
        student = people.get_student(db, "007")
        assert [one.reason for one in timetable.list_absences(db) if one.student_id == student.id] == ["A wedding"]
    driver.click(screen.all)
    driver.wait_for(lambda: len(screen.table.shown()) == 3 and driver.is_ready, "the answered ones")
    _item(screen, "I was there")
    driver.pump()
    assert driver.shows("You are right, it is changed.")
    assert not screen.buttons[0].winfo_ismapped()
    driver.click(screen.buttons[3])
    driver.wait_for(lambda: driver.screen.name == "register" and driver.is_ready, "the register")
    driver.open("today")
    driver.wait_for(lambda: driver.shows("1 question of a student"), "the count")


def test_nothing_was_asked(school: Store, window: Window) -> None:
    driver = window()
    driver.wait_for(lambda: driver.is_ready)
    assert not driver.shows("of students")
    driver.open("questions")
    assert driver.shows("Nothing waits for you")
