"""Mark Attendance in the real window: a recording stands in for the camera, and the register holds what is shown."""

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from core.demo import build_video
from core.errors import DiskFullError
from core.marking_record import Recorder, Saved
from core.paths import Home
from core.recognition.people import Person
from core.records import no_progress
from core.store import marks, people, register, run_marks
from core.store.database import Store, open_store
from core.store.register import SightingDraft
from core.vision import live
from core.vision.devices import NoCameraError
from core.vision.images import encode_png
from gui.background import Cancelled
from gui.dialogs.ask import AskDialog
from gui.screens.mark import Screen
from gui.screens.mark_parts import lesson
from tests.camera_support import Fake
from tests.cli_support import Cli
from tests.gui.driver import Driver
from tests.store_support import TEACHER

Window = Callable[..., Driver]


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eileen Collins and a stranger for six seconds."""
    path = tmp_path_factory.mktemp("video") / "lesson.mp4"
    build_video(path, no_progress)
    return path


@pytest.fixture
def trained(ready: Home, capsys: pytest.CaptureFixture[str]) -> Home:
    """Class C: R1 Eileen Collins, R2 the photographer."""
    Cli(ready, capsys).trained_class()
    return ready


@pytest.fixture
def roll_call(store: Store) -> Store:
    """A class of sixty without photos."""
    with store.transaction() as db:
        school_class = people.add_class(db, "CS101", "Programming 1")
        for number, name in enumerate([*HOSTILE, *(f"Student Number {one}" for one in range(55))], 1):
            student = people.add_student(db, f"R{number:02}", name)
            people.add_to_roster(db, school_class.id, student.id)
    return store


PNG = encode_png(np.full((160, 160, 3), 90, np.uint8))
HOSTILE = ("=cmd()", "X" * 300, "محمد بن موسى", "Zoë 😀 O’Neil", "A")


@dataclass
class Busy:
    """A camera that another program has until the second try."""

    fake: Fake

    def open(self) -> Fake:
        if not Path(self.fake.once or "").exists():
            Path(self.fake.once or "").touch()
            raise NoCameraError("busy")
        return self.fake.open()


def in_store(home: Home) -> dict[str, tuple[str, str]]:
    """Status and source by roll number, of the first session."""
    with open_store(home) as store, store.read() as db:
        return {one.roll: (one.status, one.source) for one in register.register_rows(db, 1)}


def on_screen(screen: Screen) -> dict[str, str]:
    return {one.roll: one.status for one in screen.board.model.seats.values()}


def opened(driver: Driver) -> Screen:
    """The screen with the register of the first class open."""
    screen = driver.open("mark")
    assert isinstance(screen, Screen)
    driver.wait_for(lambda: screen.lessons.choice)
    if screen.session is None:
        driver.click(screen.panel.empty.button)
    driver.wait_for(lambda: screen.session is not None and driver.is_ready, "the register")
    return screen


def test_a_recording_that_stands_in_for_a_camera(trained: Home, window: Window, recording: Path) -> None:
    driver = window()
    screen = opened(driver)
    assert on_screen(screen) == {"R1": "", "R2": ""}
    screen.sources.use(f"loop:{recording}", "Camera of the test")
    driver.click(screen.start_button)
    driver.wait_for(lambda: on_screen(screen)["R1"] == "P", "R1 to be recognised")
    assert in_store(trained)["R1"] == ("P", "face")
    driver.wait_for(lambda: screen.strip.tray.faces, "the stranger")
    # The stranger is said to be the second candidate, then all is stopped.
    driver.press("<Key-2>", screen.board.canvas)
    driver.wait_for(lambda: on_screen(screen)["R2"] == "P" and not screen.marks.is_saving, "R2 by hand")
    assert in_store(trained)["R2"] == ("P", "manual")
    assert screen.strip.tray.faces == ()
    driver.click(screen.stop_button)
    driver.wait_for(lambda: not screen.running.is_on and driver.is_ready, "the end")
    sheets = list(trained.attendance.rglob("*.xlsx"))
    assert len(sheets) == 1
    assert driver.shows(sheets[0].name)
    assert driver.shows("Show in folder")
    # A mark of the machine is changed with a reason, and the change undone.
    screen.board.select(1)
    driver.press("<Key-a>", screen.board.canvas)
    assert isinstance(driver.app.dialogs[0], AskDialog)
    driver.press("<Return>", driver.app.dialogs[0])
    driver.wait_for(lambda: not screen.marks.is_saving)
    assert in_store(trained)["R1"] == ("A", "manual")
    driver.press("<Control-z>", screen.board.canvas)
    driver.wait_for(lambda: on_screen(screen)["R1"] == "P" and not screen.marks.is_saving)
    assert in_store(trained)["R1"] == ("P", "face")
    # A guard against a window that froze; how long it really takes is measured by the benchmarks.
    assert driver.longest_s < 5.0


def test_saving_on_a_full_disk_waits_and_makes_nobody_absent_who_was_seen(
    trained: Home, window: Window, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, save = threading.Event(), Recorder.save

    def saved(recorder: Recorder, persons: Sequence[Person], *, final: bool = True) -> Saved:
        if not room.is_set():
            raise DiskFullError("The disk is full.")
        return save(recorder, persons, final=final)

    monkeypatch.setattr(Recorder, "save", saved)
    monkeypatch.setattr("core.marking_live.STORE_AGAIN_S", 0.1)
    driver = window()
    screen = opened(driver)
    screen.sources.use(f"loop:{recording}")
    driver.click(screen.start_button)
    driver.wait_for(lambda: driver.shows("The disk is full"), "the note")
    driver.press("<Control-s>", screen.board.canvas)
    driver.wait_for(lambda: screen.running.is_storing and driver.shows("R1 Eileen Collins"), "the names")
    screen.cancel()
    driver.press("<Escape>", screen.board.canvas)
    assert screen.running.is_on
    assert in_store(trained) == {}
    room.set()
    driver.wait_for(lambda: not screen.running.is_on and driver.is_ready, "the end")
    assert in_store(trained) == {"R1": ("P", "face"), "R2": ("A", "face")}
    driver.wait_for(lambda: screen.session is not None and screen.session.state == "closed", "the lesson to be closed")
    assert not driver.shows("The disk is full")
    assert driver.shows("The lesson is closed")


def test_a_window_closed_amid_marking_shows_afterwards_what_was_saved(
    trained: Home, window: Window, recording: Path
) -> None:
    driver = window()
    screen = opened(driver)
    screen.sources.use(f"loop:{recording}")
    driver.press("<F5>", screen.board.canvas)
    driver.wait_for(lambda: on_screen(screen)["R1"] == "P", "R1 to be recognised")
    driver.press("<Key-l>", screen.board.canvas)
    driver.press("<Escape>")
    driver.app.close()
    assert driver.app.is_closed
    assert in_store(trained) == {"R1": ("P", "face")}
    again = window()
    screen = opened(again)
    assert on_screen(screen) == {"R1": "P", "R2": ""}
    assert not screen.running.is_on
    # Saving makes absent who has no mark.
    again.press("<Control-s>", screen.board.canvas)
    again.wait_for(lambda: on_screen(screen)["R2"] == "A")
    assert list(trained.attendance.rglob("*.xlsx"))
    assert again.shows("Open")


def test_a_video_runs_to_its_end_with_progress(trained: Home, window: Window, recording: Path) -> None:
    driver = window()
    screen = opened(driver)
    screen.sources.use(str(recording))
    driver.click(screen.start_button)
    driver.wait_for(lambda: driver.shows("Cancel"), "the bar")
    driver.wait_for(lambda: not screen.running.is_on and driver.is_ready, "the end")
    assert in_store(trained) == {"R1": ("P", "face"), "R2": ("A", "face")}
    assert driver.shows("1 student is here.")
    # Dropping the stranger's face on R2 makes them present.
    driver.wait_for(lambda: screen.strip.tray.faces, "the stranger")
    [face] = screen.strip.tray.faces
    screen.board.select(2)
    canvas = screen.board.canvas
    place = screen.board._places[2]
    screen.marks.drop(face, canvas.winfo_rootx() + place.left + 9, canvas.winfo_rooty() + place.top + 9)
    driver.wait_for(lambda: on_screen(screen)["R2"] == "P" and not screen.marks.is_saving)
    # Whoever was taken for R1 was somebody else.
    screen.board.select(1)
    driver.press("<Key-n>", canvas)
    driver.wait_for(lambda: on_screen(screen)["R1"] == "A")


def test_a_camera_that_is_used_elsewhere_is_told_and_tried_again(
    trained: Home, window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = live.start_camera
    fake = Fake("busy", once=str(tmp_path / "tried"))
    monkeypatch.setattr(
        live, "start_camera", lambda spec, options: start(spec, replace(options, first_wait_s=60.0), device=Busy(fake))
    )
    driver = window()
    screen = opened(driver)
    screen.sources.use("camera:0:HD Webcam", "HD Webcam")
    driver.click(screen.start_button)
    driver.wait_for(lambda: driver.shows("used by another program"), "the sentence")
    driver.click(screen.pane.button)
    driver.wait_for(lambda: driver.shows("Looking"), "the picture")
    driver.click(screen.stop_button)
    driver.wait_for(lambda: not screen.running.is_on and driver.is_ready, "the end")


def test_start_takes_the_camera_of_the_room_though_the_register_was_not_open(
    ready: Home, window: Window, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = Cli(ready, capsys)
    cli.trained_class()
    assert cli("rooms", "add", "Lab 1", "--camera", "rtsp://127.0.0.1:9/none") == 0
    assert (
        cli("timetable", "add", "C", "Mon,Tue,Wed,Thu,Fri,Sat,Sun", "00:00", "--minutes", "1439", "--room", "Lab 1")
        == 0
    )
    monkeypatch.setattr(lesson, "load_cameras", lambda _use: [lesson.Source("HD Webcam", "camera:7:HD Webcam")])
    driver = window()
    screen = driver.open("mark")
    assert isinstance(screen, Screen)
    driver.wait_for(lambda: screen.lessons.choice and screen.sources.has_cameras and driver.is_ready)
    driver.click(screen.start_button)
    driver.wait_for(lambda: screen.running.is_on or driver.app.dialogs, "the start")
    assert not driver.app.dialogs
    assert screen.sources.spec is None, "the room's camera, which comes before that of the computer"
    assert "Lab 1" in screen.sources.get()
    screen.cancel()
    driver.wait_for(lambda: not screen.running.is_on and driver.is_ready, "the end")


def test_stopping_while_the_networks_load_lets_go_of_the_camera_that_shows_already(
    trained: Home, window: Window, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_load = threading.Event()
    monkeypatch.setattr("gui.screens.mark_parts.running.MarkNetworks.warm", lambda _self, _use: None)
    monkeypatch.setattr("gui.networks.load_networks", lambda use: wait_until(may_load, use.task.cancelled))
    driver = window()
    screen = opened(driver)
    screen.sources.use(f"loop:{recording}")
    driver.click(screen.start_button)
    driver.wait_for(lambda: screen.pane.picture._photo is not None, "the picture")
    assert screen.running.is_loading
    eye = screen.running._eye
    assert eye is not None
    assert eye.live is not None
    feed = eye.live.feed
    driver.press("<Escape>", screen.board.canvas)
    assert not screen.running.is_on
    assert driver.shows("Cancelled")
    driver.wait_for(lambda: feed.ended, "the camera to be let go")
    may_load.set()
    driver.wait_for(lambda: driver.is_ready, "the end")
    assert in_store(trained) == {}


def wait_until(done: threading.Event, cancelled: threading.Event) -> None:
    """Networks that are loaded when the test says so."""
    while not (done.wait(0.01) or cancelled.is_set()):
        pass
    raise Cancelled


def test_without_a_camera_the_sentence_says_so_and_stopping_is_quiet(trained: Home, window: Window) -> None:
    driver = window()
    screen = opened(driver)
    driver.click(screen.start_button)
    assert driver.shows("Choose what to look at")
    driver.press("<Return>")
    screen.sources.use("camera:7:Gone", "Gone")
    driver.click(screen.start_button)
    driver.wait_for(lambda: driver.shows("cannot be opened"), "the sentence")
    driver.press("<Escape>", screen.board.canvas)
    driver.wait_for(lambda: not screen.running.is_on and driver.is_ready, "the end")
    assert driver.app.dialogs == []
    assert in_store(trained) == {}


def test_a_long_path_and_an_empty_picture_give_way_where_there_is_no_room(
    roll_call: Store, home: Home, window: Window
) -> None:
    driver = window()
    screen = opened(driver)
    sheet = home.attendance / "CS101" / "CS101_2026-11-18_09-00.xlsx"
    screen.foot.show_sheet(sheet)
    saved, pane = screen.foot.saved, screen.pane
    driver.wait_for(lambda: saved.open.winfo_viewable(), "the line")
    for width, text in ((4000, str(sheet)), (1, f"…{os.sep}{sheet.name}")):
        saved._fit(width)
        assert str(saved.label.cget("text")) == f"Saved: {text}"
    screen.foot.show_sheet(sheet.with_name("another.xlsx"))
    assert str(saved.label.cget("text")).startswith("Saved: …"), "the next file is fitted, too"
    pane.idle()
    for height, is_shown in ((400, True), (20, False)):
        pane._fit(SimpleNamespace(width=600, height=height))  # type: ignore[arg-type]
        assert bool(pane._over.winfo_manager()) is is_shown
    pane.say("The camera is used by another program.", "Retry", driver.app.root.bell)
    assert pane._over.winfo_manager(), "a button stays to be pressed"


def test_marking_sixty_by_hand(roll_call: Store, home: Home, window: Window) -> None:
    driver = window()
    screen = opened(driver)
    canvas = screen.board.canvas
    for key in ("<Key-p>", "<Right>", "<Key-a>", "<Right>", "<Key-e>", "<Right>", "<space>", "<space>"):
        driver.press(key, canvas)
    driver.press("<Right>")
    driver.press("<Key-l>")
    minutes = driver.app.dialogs[0]
    assert isinstance(minutes, AskDialog)
    minutes.form.set_value("minutes", "soon")
    minutes.accept()
    driver.wait_for(lambda: driver.shows("Write minutes"), "the sentence")
    minutes.form.set_value("minutes", "7")
    minutes.accept()
    driver.wait_for(lambda: not screen.marks.is_saving and driver.is_ready)
    assert [in_store(home)[f"R{one:02}"][0] for one in range(1, 6)] == ["P", "A", "E", "L", "L"]
    with roll_call.read() as db:
        assert marks.marks_of(db, [1])[1, 5].state.minutes_late == 7
    # The minutes may be others, without another mark in between.
    driver.press("<Key-l>", canvas)
    minutes = driver.app.dialogs[0]
    assert isinstance(minutes, AskDialog)
    assert minutes.form.values()["minutes"] == "7"
    minutes.form.set_value("minutes", "9")
    minutes.accept()
    driver.wait_for(lambda: not screen.marks.is_saving and driver.is_ready)
    with roll_call.read() as db:
        assert marks.marks_of(db, [1])[1, 5].state.minutes_late == 9
    driver.click(screen.panel.all)
    driver.wait_for(lambda: "" not in on_screen(screen).values(), "all present")
    assert [one.number for one in screen.board.model.counts()] == [56, 2, 1, 1, 0]
    driver.press("<Control-z>", canvas)
    driver.wait_for(lambda: list(on_screen(screen).values()).count("") == 55, "the undo")
    screen.panel.set_view("list")
    driver.press("<End>", canvas)
    assert screen.board.seat is not None
    assert screen.board.seat.roll == "R60"
    driver.click(screen.panel.lock)
    driver.wait_for(lambda: screen.session is not None and screen.session.state == "locked", "the lock")
    driver.press("<F1>", canvas)
    driver.wait_for(lambda: driver.shows("The next status"), "the keys")


def settle(driver: Driver, screen: Screen) -> None:
    """Wait until all is saved and the register was read once more: what others do from then on is not shown."""
    driver.wait_for(lambda: not screen.marks.is_saving and screen._refreshing is None and driver.is_ready)


def test_a_mark_that_somebody_else_changed_meanwhile_is_asked_about(
    roll_call: Store, home: Home, window: Window
) -> None:
    driver = window()
    screen = opened(driver)
    canvas = screen.board.canvas
    # One's own marks, however fast they are typed, are nobody else's.
    for key in ("<Key-p>", "<Key-a>", "<Key-e>", "<Control-z>", "<Key-p>"):
        driver.press(key, canvas)
    settle(driver, screen)
    assert not driver.app.dialogs
    assert in_store(home)["R01"][0] == "P"
    # Nor those that are read anew while the minutes are asked for.
    driver.press("<Key-l>", canvas)
    driver.wait_for_dialog()
    screen.refresh()
    settle(driver, screen)
    driver.press("<Return>", driver.app.dialogs[0])
    settle(driver, screen)
    assert not driver.app.dialogs
    assert in_store(home)["R01"][0] == "L"
    screen.board.select(2)
    with roll_call.transaction() as db:
        marks.write_marks(db, TEACHER, [marks.Wish(1, 2, marks.MarkState("E", reason="ill"))])
    driver.press("<Key-a>", canvas)
    # What was typed after it is saved all the same.
    screen.board.select(3)
    driver.press("<Key-p>", canvas)
    driver.wait_for_dialog()
    assert driver.shows("was marked “Excused” meanwhile")
    driver.press("<Escape>", driver.app.dialogs[0])
    driver.wait_for(lambda: on_screen(screen)["R02"] == "E", "what is there")
    settle(driver, screen)
    assert [in_store(home)[one][0] for one in ("R02", "R03")] == ["E", "P"]
    with roll_call.transaction() as db:
        marks.write_marks(db, TEACHER, [marks.Wish(1, 2, None)])
    screen.board.select(2)
    driver.press("<Key-a>", canvas)
    driver.wait_for_dialog()
    assert driver.shows("was taken away meanwhile")
    driver.press("<Return>", driver.app.dialogs[0])
    driver.wait_for(lambda: on_screen(screen)["R02"] == "A")
    settle(driver, screen)
    assert in_store(home)["R02"] == ("A", "manual")
    # Where both wish the same nobody is asked.
    with roll_call.transaction() as db:
        marks.write_marks(db, TEACHER, [marks.Wish(1, 3, marks.MarkState("A"))], why="overlooked")
    screen.board.select(3)
    driver.press("<Key-a>", canvas)
    settle(driver, screen)
    assert not driver.app.dialogs


def test_keys_with_control_are_not_those_of_the_faces(roll_call: Store, window: Window) -> None:
    driver = window()
    screen = opened(driver)
    canvas = screen.board.canvas
    with roll_call.transaction() as db:
        for picture in (PNG, PNG, b""):
            stranger = SightingDraft("unknown", "nobody", candidates=((1, 2.0),), thumbnail=picture)
            run_marks.add_sighting(db, 1, "camera", stranger)
    screen.refresh()
    # Of a stranger who cannot be looked at nobody is asked.
    driver.wait_for(lambda: len(screen.strip.tray.faces) == 2, "the faces")
    driver.press("<Control-Key-1>", canvas)
    driver.wait_for(lambda: driver.screen.name == "today", "the page")
    driver.open("mark")
    driver.press("<Control-Key-u>", canvas)
    driver.press("<Alt-Key-n>", canvas)
    assert len(screen.strip.tray.faces) == 2
    assert set(on_screen(screen).values()) == {""}
    # Caps Lock makes no difference.
    driver.press("<Key-U>", canvas)
    assert len(screen.strip.tray.faces) == 1
    driver.press("<Control-Z>", canvas)
    driver.wait_for(lambda: len(screen.strip.tray.faces) == 2, "the face that is asked about again")
    assert not driver.app.dialogs


def test_a_person_who_left_meanwhile(roll_call: Store, window: Window) -> None:
    driver = window()
    screen = opened(driver)
    driver.app.open("today")
    driver.wait_for(lambda: driver.screen.name == "today")
    driver.open("mark")
    assert screen.session is not None
