"""The cards of the page Today in the real window: who is below the minimum, who came last, everybody on site."""

from collections.abc import Callable, Iterator
from datetime import UTC, timedelta

import pytest

from core import clock
from core.accounts.admin import set_up
from core.paths import Home
from core.settings import Settings, settings_file
from core.store import accounts, passages, people
from core.store.database import Store, open_store
from core.store.passages import Direction, Seen
from core.store.tables import ClassTeacherTable
from core.store.teachers import list_teachers
from gui.screens.today_parts.cards import HouseDialog
from tests.gui.driver import Driver
from tests.register_support import NAMES, ROLLS, fill

Window = Callable[..., Driver]
PASSWORD = "violet kettle 7 harbour"
LONG = "Wilhelmina " * 27


@pytest.fixture
def school(home: Home) -> Iterator[Store]:
    """CS101 and ZZ9, where students miss lessons; some came by the gate a while ago."""
    settings_file(home).write_text('time_zone = "UTC"\n', encoding="utf-8")
    with open_store(home) as store:
        fill(store, "CS101", ROLLS, NAMES, starts=(0, 300, 24 * 60))
        fill(store, "ZZ9", ("Z-1", "Z-2"), ("Somebody Else", LONG), starts=(0, 60), letters="AA")
        yield store


def _came(store: Store, roll: str, direction: Direction = "in") -> None:
    with store.transaction() as db:
        who = people.get_student(db, roll).id
        seen = Seen(who, clock.now() - timedelta(seconds=1), "gate", direction, 0.9, b"")
        passages.record_sighting(db, seen, 0, UTC)


def _loaded(window: Window, **options: object) -> Driver:
    driver = window(**options)
    driver.wait_for(lambda: driver.is_ready and not driver.app.background.running, "the cards")
    return driver


def test_students_below_open_their_card_and_the_report(window: Window, school: Store) -> None:
    driver = _loaded(window)
    minimum = Settings().minimum_percent
    assert driver.shows(f"5 students below {minimum:g}%")
    assert driver.shows("ZZ9  ·  0%")
    # A school without cameras at its doors sees no empty cards for them.
    assert not driver.shows("Last arrivals")
    assert not driver.shows("on site")
    driver.click(driver.find("Show the report"))
    driver.wait_for(lambda: driver.screen.name == "reports" and driver.screen.result is not None, "the report")
    assert driver.shows("5 students are below")
    driver.open("today")
    driver.wait_for(lambda: driver.shows("Somebody Else"))
    driver.press("<Return>", driver.find("Somebody Else", driver.screen))
    driver.wait_for(lambda: driver.screen.name == "student" and driver.is_ready)
    assert driver.screen.roll == "Z-1"


def test_who_came_and_everybody_on_site(window: Window, school: Store) -> None:
    for roll in (*ROLLS, "Z-1", "Z-2"):
        _came(school, roll)
    _came(school, "Z-1", "out")
    driver = _loaded(window)
    assert driver.shows("Last arrivals")
    assert driver.shows("5 people on site")
    arrivals = driver.find("Last arrivals").master
    # Who left again did come; the newest stand first.
    assert driver.find("Somebody Else", arrivals).winfo_viewable()
    assert driver.find("Wilhelmina", arrivals).winfo_y() < driver.find("Somebody Else", arrivals).winfo_y()
    driver.click(driver.find("Show everybody"))
    dialog = driver.wait_for_dialog()
    assert isinstance(dialog, HouseDialog)
    assert {one.roll for one in dialog.table.shown()} == {*ROLLS, "Z-2"}
    dialog.table.select([str(dialog.table.shown()[0].student_id)])
    driver.press("<Return>", dialog.table.tree)
    driver.wait_for(lambda: driver.screen.name == "student" and driver.is_ready)
    assert driver.app.dialogs == []


def test_a_teacher_sees_what_their_rights_give(window: Window, school: Store) -> None:
    for roll in (ROLLS[0], "Z-1"):
        _came(school, roll)
    set_up(school, "ada", PASSWORD)
    with school.transaction() as db:
        who = next(one for one in list_teachers(db) if one.name == "Ms. Rao")
        db.query(ClassTeacherTable).filter_by(class_id=2).delete()
        made = accounts.add_account(db, "rao", "teacher", teacher_id=who.id)
    driver = _loaded(window, actor=made.actor())
    assert driver.shows("3 students below")
    assert not driver.shows("ZZ9  ·  0%")
    assert not driver.shows("Last arrivals")
    assert driver.shows("2 people on site")
    # For the case of fire the whole school is shown; cards open of the teacher's own students only.
    assert driver.find("Somebody Else").winfo_class() == "TLabel"
    driver.click(driver.find("Show the report"))
    driver.wait_for(lambda: driver.screen.name == "reports" and driver.screen.result is not None, "the report")
    assert driver.screen.form.values()["class"] == "CS101"
