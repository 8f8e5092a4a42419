"""The kiosk: a name for two seconds, a way without a face, and out by PIN only."""

import io
import wave
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core import clock
from core.accounts.admin import set_pin
from core.actor import acting
from core.errors import NotFoundError
from core.kiosk import TYPED, TypedRoll, ask_teacher, door_rooms
from core.paths import Home
from core.review import OpenItem, open_items
from core.settings import Settings
from core.store import marks, people, rooms, sessions
from core.store.database import Store, open_store
from gui import sound
from gui.screens.kiosk import Screen
from gui.screens.kiosk_parts import work
from gui.screens.kiosk_parts.door import MOST_WAITING, Door, unit_of
from gui.screens.kiosk_parts.keypad import BACK
from tests.account_support import School, make_school, quick
from tests.cli_support import ASTRONAUT, Cli, portrait
from tests.gui.driver import Driver
from tests.store_support import ADMIN, begin_session
from tests.walking import record_walks

Window = Callable[..., Driver]
__all__ = ["quick"]


@pytest.fixture
def asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """A camera that sees nobody, for what is not about recognising."""
    monkeypatch.setattr(work, "watch_door", lambda use, *_: use.task.cancelled.wait(60))


@pytest.fixture
def lesson(store: Store) -> int:
    """The session of class C with R1 that goes on now."""
    with store.transaction() as db:
        school_class = people.add_class(db, "C", "Class")
        student = people.add_student(db, "R1", "Eileen Collins")
        people.add_to_roster(db, school_class.id, student.id)
        return begin_session(db, school_class.id, starts_at=clock.now() - timedelta(minutes=5)).id


def started(driver: Driver, source: str = "door", code: str = "C") -> Door:
    screen = driver.open("kiosk")
    assert isinstance(screen, Screen)
    assert screen.form is not None
    if "camera" in screen.form.values():
        screen.form.set_value("camera", "")
    screen.form.set_value("address", source)
    screen.form.set_value("class", code)
    driver.click(screen.start)
    assert screen.door is not None
    driver.wait_for(screen.door.winfo_viewable, "the kiosk")
    return screen.door


def started_with_pin(window: Window, store: Store, pin: str) -> tuple[Driver, Door]:
    """A kiosk begun by an admin who has a PIN."""
    school: School = make_school(store)
    admin = school.actors["admin"]
    with acting(admin):
        set_pin(store, admin.name, pin)
    driver = window(actor=admin)
    return driver, started(driver, code="")


def asked_of(store: Store, session_id: int) -> list[OpenItem]:
    return [one for one in open_items(store, session_id) if one.reason == TYPED]


def test_a_typed_number_asks_the_teacher_once_and_marks_nobody(store: Store, lesson: int) -> None:
    typed = TypedRoll("r1", "door", "C")
    assert ask_teacher(store, Settings(), ADMIN, typed) == 1
    assert ask_teacher(store, Settings(), ADMIN, typed) == 1
    [item] = asked_of(store, lesson)
    assert item.student is not None
    assert item.student.roll == "R1"
    with store.read() as db:
        assert marks.marks_of(db, [lesson]) == {}
    with pytest.raises(NotFoundError):
        ask_teacher(store, Settings(), ADMIN, TypedRoll("R9", "door", "C"))
    # In no room with this camera there is a lesson.
    assert ask_teacher(store, Settings(), ADMIN, TypedRoll("R1", "another door")) == 0


@pytest.mark.usefixtures("asleep")
def test_the_way_without_a_face(window: Window, store: Store, lesson: int) -> None:
    driver = window()
    door = started(driver)
    assert not driver.root.winfo_viewable()
    driver.click(door.without)
    assert door.field is not None
    driver.type_into(door.field, "R9")
    driver.press("<Return>", door.field)
    driver.wait_for(lambda: driver.shows("Nobody has this number"))
    driver.type_into(door.field, "R1")
    driver.press("<Return>", door.field)
    driver.wait_for(lambda: driver.shows("Your teacher was asked"))
    assert not driver.shows("Eileen")
    assert len(asked_of(store, lesson)) == 1
    driver.press("<Escape>", door)
    driver.wait_for(lambda: driver.root.winfo_viewable() and not door.winfo_exists(), "the window again")


def test_without_a_camera_only_its_address_is_asked_for(window: Window, lesson: int) -> None:
    driver = window()
    screen = driver.open("kiosk")
    assert isinstance(screen, Screen)
    assert screen.choices is not None
    for cameras in ((), (("Door", "0"),)):
        screen._fill(replace(screen.choices, cameras=cameras))
        driver.pump()
        assert screen.form is not None
        assert ("camera" in screen.form.values()) == bool(cameras)
        assert driver.shows("Address of a camera") != bool(cameras)


@pytest.mark.usefixtures("asleep", "quick")
def test_only_the_pin_leads_out(window: Window, store: Store) -> None:
    driver, door = started_with_pin(window, store, "274951")
    driver.press("<Escape>", door)
    assert door.field is not None
    driver.type_into(door.field, "111111")
    driver.press("<Return>", door.field)
    driver.wait_for(lambda: driver.shows("The PIN does not fit"), "the refusal")
    assert not driver.root.winfo_viewable()
    driver.type_into(door.field, "274951")
    driver.press("<Return>", door.field)
    driver.wait_for(lambda: not door.winfo_exists() and driver.root.winfo_viewable(), "the way out")


@pytest.mark.usefixtures("asleep")
def test_a_number_is_typed_with_fingers_alone(window: Window, store: Store, lesson: int) -> None:
    driver = window()
    door = started(driver)
    driver.click(door.without)
    keypad = door.keypad
    assert keypad is not None
    for key in ("ABC", "R", "X", BACK, "123", "1", "Send"):
        driver.click(keypad.buttons[key])
    driver.wait_for(lambda: driver.shows("Your teacher was asked"))
    assert len(asked_of(store, lesson)) == 1
    driver.click(door.without)
    assert door.typed.get() == ""
    assert door.keypad is not None
    driver.click(door.keypad.buttons["Back"])
    assert driver.shows("Please look into the camera")
    assert not driver.root.winfo_viewable()
    driver.click(door.exit)
    driver.wait_for(lambda: not door.winfo_exists(), "the way out without a PIN")


@pytest.mark.usefixtures("asleep", "quick")
def test_a_pin_has_no_letters_and_stays_hidden(window: Window, store: Store) -> None:
    driver, door = started_with_pin(window, store, "2749")
    driver.click(door.exit)
    assert door.keypad is not None
    assert "ABC" not in door.keypad.buttons
    for key in "2749":
        driver.click(door.keypad.buttons[key])
    assert door.field is not None
    assert str(door.field.cget("show")) == "●"
    driver.click(door.keypad.buttons["Leave"])
    driver.wait_for(lambda: not door.winfo_exists() and driver.root.winfo_viewable(), "the way out")


@pytest.mark.usefixtures("asleep")
def test_a_camera_that_drops_out_leaves_the_way_without_a_face(window: Window, lesson: int) -> None:
    driver = window()
    door = started(driver)
    door._lost(lost=True)
    driver.pump()
    assert driver.shows("The camera is not running")
    assert not driver.shows("Try again")  # It is tried beneath.
    assert door.without.winfo_viewable()
    driver.click(door.without)
    door._lost(lost=False)
    assert door.field is not None  # Who types is not interrupted.
    driver.press("<Escape>", door)
    driver.wait_for(lambda: driver.shows("Please look into the camera"), "the first page")


@pytest.mark.usefixtures("asleep")
def test_hundreds_in_a_row_leave_nobody_on_the_screen(
    window: Window, lesson: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = window()
    door = started(driver)
    for number in range(300):
        door._recognised(f"Pupil {number}", clock.now())
    driver.pump()
    assert driver.shows("Pupil 0")
    assert len(door._waiting) == MOST_WAITING
    # Whoever is in the house long since is not greeted.
    monkeypatch.setattr("gui.screens.kiosk_parts.door.FRESH_S", -1.0)
    door._next()
    driver.pump()
    assert driver.shows("Please look into the camera")
    assert not door._waiting
    assert len(list(driver.walk(door))) < 20


@pytest.mark.parametrize("size", [(1080, 1920), (1366, 768), (1920, 1080), (800, 600)])
def test_everything_fits_upright_and_across(size: tuple[int, int]) -> None:
    unit = unit_of(*size)
    assert unit >= 16
    # Letters are the widest keypad, with the title, the field and the line at the foot the highest page.
    assert 7 * 1.1 * 1.25 * unit < size[0]
    assert (6 * 1.25 + 1 + 0.7 + 1.2 + 0.5 + 2) * unit < size[1]


def test_a_room_offers_its_camera_by_name(window: Window, store: Store, lesson: int) -> None:
    with store.transaction() as db:
        rooms.add_room(db, "Hall", "rtsp://admin:secret@10.0.0.9/door")
        rooms.add_room(db, "Attic")
    assert door_rooms(store) == ("Hall",)
    driver = window()
    screen = driver.open("kiosk")
    assert isinstance(screen, Screen)
    assert screen.choices is not None
    assert screen.choices.cameras[0] == ("Room Hall", "room:Hall")
    assert screen.form is not None
    assert screen.form.values()["camera"] == "room:Hall"
    assert not any("secret" in name + spec for name, spec in screen.choices.cameras)


def test_who_types_before_the_camera_of_a_room_is_asked_about_there(store: Store) -> None:
    with store.transaction() as db:
        room = rooms.add_room(db, "Hall", "7")
        school_class = people.add_class(db, "C", "Class", room=room.name)
        student = people.add_student(db, "R1", "Eileen Collins")
        people.add_to_roster(db, school_class.id, student.id)
        begin_session(db, school_class.id, starts_at=clock.now() - timedelta(minutes=5))
    assert ask_teacher(store, Settings(), ADMIN, TypedRoll("R1", "room:Hall")) == 1


def test_the_tick_is_short_and_silence_is_no_error(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with wave.open(io.BytesIO(sound.tick())) as file:
        seconds = file.getnframes() / file.getframerate()
        frames = file.readframes(file.getnframes())
    assert 0.1 < seconds < 0.5
    assert max(frames) > 0
    monkeypatch.setattr(sound.sys, "platform", "linux")
    monkeypatch.setattr(sound.shutil, "which", lambda _name: None)
    assert not sound.play_tick(home)
    assert (home.data / "window" / "tick.wav").is_file()


@pytest.mark.usefixtures("asleep")
def test_names_come_one_after_another_and_go(window: Window, store: Store, lesson: int) -> None:
    driver = window()
    door = started(driver)
    hostile = "=cmd() إدارة 🧪 " + "x" * 300
    door._recognised("Anita Rao", clock.now())
    door._recognised(hostile, clock.now())
    driver.wait_for(lambda: driver.shows("Anita Rao"), "the first one")
    assert not driver.shows("=cmd()")
    driver.wait_for(lambda: driver.shows("=cmd()"), "the next one")
    assert not driver.shows("Anita Rao")
    assert door.without.winfo_viewable()
    driver.wait_for(lambda: driver.shows("Please look into the camera"), "nobody")


def test_a_camera_that_is_not_there_is_said(window: Window, ready: Home, cli: Cli) -> None:
    cli.trained_class()
    driver = window()
    started(driver, "play:/nowhere.mp4")
    driver.wait_for(lambda: driver.shows("The camera is not running"), "the sentence")
    assert driver.shows("Try again")


def test_who_walks_by_is_greeted_and_marked(window: Window, ready: Home, cli: Cli, tmp_path: Path) -> None:
    cli.trained_class()
    with open_store(ready) as store:
        with store.transaction() as db:
            class_id = people.get_class(db, "C").id
            session = begin_session(db, class_id, starts_at=clock.now() - timedelta(minutes=2)).id
        record_walks(tmp_path / "door.mp4", [("R1", portrait(ASTRONAUT))])
        driver = window()
        started(driver, f"loop:{tmp_path / 'door.mp4'}")
        driver.wait_for(lambda: driver.shows("Eileen Collins"), "the name", 90)
        with store.read() as db:
            who = people.get_student(db, "R1").id
            assert marks.marks_of(db, [session])[session, who].state.status == "P"
            assert sessions.get_session(db, session).state == "open"
