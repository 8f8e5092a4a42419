"""The screen Settings: what is saved, what is refused, and what must not be lost or shown."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from core import audit, backups
from core.accounts.admin import add, set_up
from core.accounts.login import use_code
from core.actor import acting
from core.office.rooms import list_rooms
from core.recognition.classifier import Thresholds
from core.settings import Settings, load_settings
from core.statuses import list_all
from core.store import people
from core.store.database import Store
from gui.preferences import Preferences, load_preferences
from gui.screens.settings import PAGES, Screen
from gui.screens.settings_parts.caution import CautionPage, Drawn, strangers_text, students_text
from gui.screens.settings_parts.forms import e_mail, time_zone
from gui.screens.settings_parts.keeping import BackupsPage, RetentionPage
from gui.screens.settings_parts.looks import LooksPage, preferred
from gui.screens.settings_parts.mail import host, one_address
from gui.screens.settings_parts.rooms import RoomDialog, RoomsPage
from gui.screens.settings_parts.statuses import StatusesPage, points
from gui.widgets.pages import Field, FieldsPage, check_of, is_word, typed
from tests.gui.driver import Driver
from tests.test_accuracy import clear, enrolled, trained

Window = Callable[..., Driver]
PASSWORD = "violet kettle 7 harbour"


@pytest.fixture
def school(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ROLLCALL_{name.upper()}", raising=False)
    with store.transaction() as db:
        people.add_class(db, "CS101", "Programming 1")
    return store


def _turn(driver: Driver, kind: type) -> object:
    screen = driver.open("settings")
    assert isinstance(screen, Screen)
    screen.turn_to(kind)
    driver.wait_for(lambda: driver.is_ready and isinstance(screen.page, kind), "the page")
    return screen.page


def test_checks_of_the_forms_are_plain_functions() -> None:
    late = Field("late_after_minutes", "Late", "whole")
    assert check_of(late)("15") is None
    for wrong in ("", "-1", "241", "ten", "1.5"):
        assert "0 to 240" in str(check_of(late)(wrong))
    assert typed(late, " 15 ") == 15
    port = Field("smtp_port", "Port", "whole", optional=True)
    assert (check_of(port)(""), typed(port, "")) == (None, None)
    assert check_of(port)("70000") is not None
    assert (time_zone("Asia/Kolkata"), time_zone("")) == (None, None)
    assert time_zone("../etc/passwd") is not None
    assert (e_mail(""), e_mail("a@b.org")) == (None, None)
    assert one_address("") is not None
    assert host("user:secret@smtp.school.org") is not None
    assert (points("-"), points("0.5")) == (None, None)
    assert points("2") is not None
    assert is_word("restore", "Restore ") is None
    assert is_word("restore", "yes") is not None
    assert preferred(Preferences(), {"language": "hi", "font": "150", "mode": "dark"}).font_percent == 150


def test_the_school_is_named_and_the_window_shows_it(window: Window, school: Store) -> None:
    driver = window()
    page = _turn(driver, PAGES[0])
    assert isinstance(page, FieldsPage)
    driver.type_into(page.form._fields["school"], "Green Hill")
    driver.click(driver.find("Save", page))
    driver.wait_for(lambda: driver.app.settings.school == "Green Hill" and driver.is_ready)
    assert driver.shows("Green Hill")
    assert load_settings(school.home).school == "Green Hill"
    assert [one.after for one in audit.entries(school, audit.Filter(action="settings"))] == [{"school": "Green Hill"}]


def test_a_wrong_number_is_told_beside_its_field_and_nothing_is_lost(window: Window, school: Store) -> None:
    driver = window()
    page = _turn(driver, PAGES[1])
    assert isinstance(page, FieldsPage)
    page.form.set_value("late_after_minutes", "999")
    page.save()
    driver.wait_for(lambda: driver.shows("0 to 240"))
    driver.app.open("today")
    driver.wait_for_dialog()
    assert driver.shows("not saved yet")
    driver.press("<Escape>")
    assert driver.screen.name == "settings"
    assert page.form.values()["late_after_minutes"] == "999"
    driver.app.open("today")
    driver.click(driver.wait_for_dialog().yes)  # type: ignore[attr-defined]
    driver.open("today")
    assert load_settings(school.home).late_after_minutes == 10


def test_every_page_opens(window: Window, school: Store) -> None:
    driver = window()
    for kind in PAGES:
        page = _turn(driver, kind)
        assert page.winfo_viewable()  # type: ignore[attr-defined]
        form = getattr(page, "form", None)
        if form is not None:
            driver.pump()
            cut = [
                one.cget("text")
                for one in form.winfo_children()
                if one.winfo_reqwidth() > form.winfo_width() and one.winfo_ismapped()
            ]
            assert cut == []


def test_tab_brings_the_last_field_into_sight(window: Window, school: Store) -> None:
    driver = window()
    page = _turn(driver, RetentionPage)
    driver.wait_for(lambda: driver.shows("Nothing is due."))
    assert isinstance(page, FieldsPage)
    last = page.form._fields["audit_days"]
    below = page.winfo_rooty() + page.winfo_height()
    assert last.winfo_rooty() > below
    last.focus_force()
    driver.wait_for(lambda: page.winfo_rooty() < last.winfo_rooty() < below - last.winfo_height(), "the field")


def test_a_room_gets_a_camera_and_its_password_is_never_shown(window: Window, school: Store) -> None:
    driver = window()
    page = _turn(driver, RoomsPage)
    assert isinstance(page, RoomsPage)
    driver.click(page.buttons[0])
    dialog = driver.wait_for_dialog()
    assert isinstance(dialog, RoomDialog)
    driver.type_into(dialog.name, "Lab 1")
    dialog.camera.choose("address")
    dialog.camera.address.set("rtsp://user:secret@10.0.0.9/one")
    dialog.accept()
    driver.wait_for(lambda: bool(page.table.shown()) and not driver.app.dialogs)
    assert [one.name for one in list_rooms(school)] == ["Lab 1"]
    driver.wait_for(lambda: driver.is_ready)
    assert "secret" not in str(page.table.tree.item(page.table.tree.get_children()[0]))
    page.table.select([str(page.table.shown()[0].id)])
    driver.pump()
    driver.click(page.buttons[1])
    changed = driver.wait_for_dialog()
    assert not driver.shows("secret")
    changed.form.set_value("name", "Lab 2")  # type: ignore[attr-defined]
    changed.accept()
    driver.wait_for(lambda: [one.name for one in list_rooms(school)] == ["Lab 2"])
    assert list_rooms(school)[0].camera is not None


def test_a_status_is_added(window: Window, school: Store) -> None:
    driver = window()
    page = _turn(driver, StatusesPage)
    assert isinstance(page, StatusesPage)
    page._ask(None)
    dialog = driver.wait_for_dialog()
    for name, value in (("letter", "T"), ("name", "On a trip"), ("counts_as", "excused"), ("points", "-")):
        dialog.form.set_value(name, value)  # type: ignore[attr-defined]
    dialog.accept()
    driver.wait_for(lambda: any(one.letter == "T" for one in page.table.shown()))
    made = next(one for one in list_all(school) if one.letter == "T")
    assert (made.name, made.counts_as, made.points) == ("On a trip", "excused", None)


def test_what_is_due_stands_beside_its_period(window: Window, school: Store) -> None:
    driver = window()
    _turn(driver, RetentionPage)
    driver.wait_for(lambda: driver.shows("Nothing is due."))


def test_a_copy_is_put_back_only_after_the_word(window: Window, school: Store) -> None:
    backups.back_up(school)
    with school.transaction() as db:
        people.add_class(db, "LATER", "Afterwards")
    driver = window()
    page = _turn(driver, BackupsPage)
    assert isinstance(page, BackupsPage)
    driver.wait_for(lambda: bool(page.table.shown()))
    by_hand = next(one for one in page.table.shown() if one.why == "by-hand")
    page.table.select([by_hand.path.name])
    driver.pump()
    driver.click(page.buttons[1])
    dialog = driver.wait_for_dialog()
    dialog.accept()
    driver.wait_for(lambda: driver.shows("This is not the word"))
    driver.press("<Escape>")
    with school.read() as db:
        assert len(people.list_classes(db)) == 2
    driver.click(page.buttons[1])
    dialog = driver.wait_for_dialog()
    dialog.form.set_value("word", "restore")  # type: ignore[attr-defined]
    dialog.accept()
    driver.wait_for(lambda: driver.app.is_closed, "the window to begin anew")
    assert driver.app.restarts
    assert driver.app.actor is None
    with school.read() as db:
        assert [one.code for one in people.list_classes(db)] == ["CS101"]


def test_a_teacher_sees_only_the_looks(window: Window, school: Store) -> None:
    ada = set_up(school, "ada", PASSWORD)
    with acting(ada.actor()):
        code = add(school, "bob", "teacher").code
    bob = use_code(school, "bob", code, "copper lantern 4 meadow")
    driver = window(actor=bob.actor())
    screen = driver.open("settings")
    assert isinstance(screen, Screen)
    assert screen.open_pages == [LooksPage]


def test_dark_is_used_at_once(window: Window, school: Store) -> None:
    driver = window()
    page = _turn(driver, LooksPage)
    assert isinstance(page, LooksPage)
    assert page._form is not None
    page._form.set_value("mode", "dark")
    page._use()
    driver.pump(0.1)
    assert driver.app.preferences.mode == "dark"
    assert load_preferences(school.home).mode == "dark"


def test_the_example_changes_with_the_choice_and_is_saved(window: Window, school: Store) -> None:
    enrolled(school, clear())
    trained(school)
    driver = window()
    page = _turn(driver, CautionPage)
    assert isinstance(page, CautionPage)
    driver.wait_for(lambda: page.drawn is not None and driver.is_ready, "the example")
    assert len(page.badges) == 3
    before = [str(one.cget("text")) for one in page.badges]
    assert "marked" in before[0]
    assert page.drawn is not None
    assert page.drawn.example is not None
    page.drawn = Drawn(replace(page.drawn.example, cuts=Thresholds(9.0, 9.0, 8.5, 0.5)))
    assert page.form is not None
    page.form.set_value("caution", "strict")
    driver.pump()
    assert {str(one.cget("text")) for one in page.badges} <= {"– unknown", "? you are asked"}
    page.save()
    driver.wait_for(lambda: driver.is_ready and load_settings(school.home).caution == "strict", "the setting")


def test_without_a_trained_class_the_choice_is_explained(window: Window, school: Store) -> None:
    driver = window()
    _turn(driver, CautionPage)
    driver.wait_for(lambda: driver.shows("Once a class is trained"), "the sentence")


def test_sentences_of_the_example() -> None:
    assert "3 to ask" in students_text(Counter({"marked": 90, "asked": 3, "unknown": 1}))
    assert strangers_text(Counter()) == ""
    assert "2 would get" in strangers_text(Counter({"marked": 2, "unknown": 5}))
