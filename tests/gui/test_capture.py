"""Create data set in the window: a film stands in for the camera, the faces arrive in the store."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL.Image import Image

from core.actor import Actor, acting
from core.capturing import CaptureControl, Look, Taken
from core.office.classes import RosterLine
from core.paths import Home
from core.records import Student
from core.store import people, samples
from core.store.database import Store, open_store
from core.vision.live import start_camera
from gui.background import Task
from gui.dialogs.ask import AskDialog
from gui.dialogs.sources import address_check
from gui.screens.capture import Screen
from gui.screens.capture_parts.choosing import LONGEST, Source, in_order, next_after, student_title
from gui.screens.capture_parts.consent import ConsentDialog
from gui.screens.capture_parts.learning import Learner
from gui.screens.capture_parts.showing import HELD_S, Advice, Held, Painter, SteadyBox, advice
from gui.texts import shortened
from tests.capture_support import add_pupil, film, photos, swaying
from tests.gui.driver import Driver

Window = Callable[..., Driver]


def line(roll: str, count: int, *, consent: str | None = "paper", active: bool = True) -> RosterLine:
    return RosterLine(Student(int(roll[1:]), roll, f"Name {roll}", active, consent), count, None)


def look(**more: object) -> Look:
    given = {"image": None, "box": None, "problem": None, "pose": None, "asked": "front", "taken": Taken({})}
    return Look(**{**given, **more})  # type: ignore[arg-type]


def test_who_has_no_face_comes_first_and_next() -> None:
    lines = [line("R1", 4), line("R2", 0), line("R3", 0, active=False), line("R4", 0, consent=None), line("R5", 7)]
    assert [one.student.roll for one in in_order(lines)] == ["R2", "R4", "R1", "R5"]
    found = {roll: next_after(lines, roll) for roll in ("R1", "R2", "R4", "R5")}
    assert {roll: one and one.student.roll for roll, one in found.items()} == {
        "R1": "R2",
        "R2": "R4",
        "R4": "R2",
        "R5": "R2",
    }
    assert next_after([line("R1", 4)], "R1") is None
    assert [student_title(one).rpartition("·")[2].strip() for one in lines] == [
        "4 faces",
        "no face yet",
        "no face yet",
        "consent missing",
        "7 faces",
    ]
    assert len(shortened("x" * 300, LONGEST)) == 60


def test_one_hint_at_a_time() -> None:
    assert advice(look(problem="too far")).words == "Come closer."
    assert advice(look()).words == "Look straight into the camera."
    assert advice(look(asked="left", pose="front")).words == "Turn a little to your left."
    alike = Taken({}, said="too much like the pictures before")
    assert advice(look(pose="front", taken=alike)).words == "Move your head a little."
    double = Taken({}, said="this face is already enrolled as R1 Ada")
    assert advice(look(pose="front", taken=double)).words == "This face is already enrolled as R1 Ada."
    assert advice(look(asked=None)).words == "Done. Thank you!"
    assert address_check("rtsp://10.0.0.2/1") is None
    assert address_check("10.0.0.2") is not None


def test_a_sentence_stays_long_enough_to_be_read() -> None:
    held, near, still = Held(), Advice("Come closer.", "red"), Advice("Hold still.", "red")
    assert held.take(near, 1.0) == near
    assert held.take(still, 1.1) == near
    assert held.take(still, 1.0 + HELD_S) == still


def test_the_box_follows_without_trembling() -> None:
    box, here, there = (
        SteadyBox(),
        np.array([100, 100, 200, 240], np.float32),
        np.array([150, 90, 250, 230], np.float32),
    )
    drawn = [box.step(here + shift, 0.04 * number) for number, shift in enumerate((0, 2, -3, 1, 0))]
    assert all(one is not None and np.array_equal(one, here) for one in drawn)
    way = [box.step(there, 0.2 + 0.04 * number) for number in range(20)]
    lefts = [float(one[0]) for one in way if one is not None]
    assert lefts == sorted(lefts)
    assert 100 < lefts[0] < 150
    assert lefts[-1] == pytest.approx(150, abs=2)
    far = here + 400
    assert np.array_equal(box.step(far, 1.1), far), "another face"
    assert box.step(None, 1.2) is not None, "it does not flicker"
    assert box.step(None, 2.0) is None


class Kept(list[Image]):
    """A window that has drawn each picture at once."""

    painter: Painter

    def put(self, picture: Image) -> None:
        self.append(picture)
        self.painter.is_drawn = True


def test_pictures_are_shown_while_nothing_is_looked_at(camera: Source) -> None:
    control, kept, task = CaptureControl(), Kept(), Task("painting")
    kept.painter = Painter(control, kept, lambda: (320, 200), mirrored=True)  # type: ignore[arg-type]
    with start_camera(camera.spec) as live:
        control.use(live)
        thread = threading.Thread(target=kept.painter.paint, args=(task,))
        thread.start()
        try:
            live.wait_opened()
            until = time.monotonic() + 60
            while len(kept) < 5 and time.monotonic() < until:
                time.sleep(0.01)
        finally:
            task.cancel()
            thread.join(60)
    assert len(kept) >= 5
    assert {one.size for one in kept} == {(267, 200)}
    assert control.stopped, "who closes the window ends the capture"


@pytest.fixture
def school(ready: Home) -> Iterator[Store]:
    with open_store(ready) as store, acting(Actor("Ada", "admin")):
        add_pupil(store, "R1", "Hans Blix")
        add_pupil(store, "R2", "=cmd('calc') " + "x" * 250, consent=None)
        add_pupil(store, "R3", "محمد بن علي 👩‍🔬")
        yield store


@pytest.fixture
def camera(shared: Path, tmp_path: Path) -> Source:
    path = film(tmp_path / "me.mp4", swaying(photos(shared, "Hans_Blix", 6)))
    return Source("Webcam", f"loop:{path}")


def opened(window: Window, camera: Source | None = None) -> tuple[Driver, Screen]:
    driver = window()
    screen = driver.open("capture")
    assert isinstance(screen, Screen)
    driver.wait_for(lambda: screen.bar.roll is not None and driver.is_ready, "the students")
    if camera is not None:
        screen.bar.source.use(camera)
    return driver, screen


def stored(store: Store) -> dict[str, int]:
    with store.read() as db:
        students = people.list_students(db)
        counts = samples.count_by_student(db, [one.id for one in students])
    return {one.roll: counts[one.id] for one in students}


def test_faces_are_taken_and_cleaned_up(window: Window, school: Store, camera: Source) -> None:
    driver, screen = opened(window, camera)
    assert screen.bar.roll == "R1"
    driver.click(screen.bar.start)
    driver.wait_for(lambda: stored(school)["R1"] >= 3, "faces in the store")
    assert driver.shows("Stop (q)")
    ring = screen.live.ring
    driver.wait_for(lambda: ring.share("front") + ring.share("left") + ring.share("right") > 0, "the ring")
    driver.press("<space>", screen.live.picture)
    driver.wait_for(lambda: driver.shows("Paused"))
    driver.press("<space>")
    driver.press("q")
    driver.wait_for(lambda: not screen.is_running and driver.is_ready, "the end")
    count = stored(school)["R1"]
    driver.wait_for(lambda: len(screen.faces.gallery.items) == count, "the gallery")
    assert "Hans Blix" in str(screen.bar.said.cget("text"))
    driver.wait_for(lambda: driver.shows("R1 is stored. Train C next"), "what was learned")
    gallery = screen.faces.gallery
    gallery.select([one.key for one in gallery.items[:2]])
    driver.press("<Delete>", gallery.canvas)
    [dialog] = driver.app.dialogs
    assert isinstance(dialog, AskDialog)
    driver.click(dialog.yes)
    driver.wait_for(lambda: stored(school)["R1"] == count - 2, "the deletion")
    driver.wait_for(lambda: len(gallery.items) == count - 2, "the gallery without them")
    assert driver.shows("Next: R2 =cmd('calc')")
    driver.press("n", gallery.canvas)
    driver.wait_for(lambda: driver.app.dialogs, "the question for a consent of the next student")
    assert screen.bar.roll == "R2"


def test_who_is_captured_while_another_is_learned_waits_for_it(
    window: Window, school: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver, screen = opened(window)
    assert driver.app.shell is not None
    told: list[str] = []
    monkeypatch.setattr(driver.app.shell.status, "tell", told.append)
    learner = Learner(driver.app, screen._networks)
    for roll in ("R1", "R2", "R3"):
        learner.learn("C", roll)
    driver.wait_for(lambda: len(told) == 3, "all three")
    assert [one.split(" ", 1)[0] for one in told] == ["R1", "R2", "R3"]
    assert all("is stored. Train C next" in one for one in told), told


def test_by_hand_and_the_next_student(window: Window, school: Store, camera: Source) -> None:
    driver, screen = opened(window, camera)
    screen.live.auto.set(False)
    driver.click(screen.bar.start)
    driver.wait_for(lambda: driver.shows("0 / 30") and str(screen.live.hint.cget("text")) != "One moment …", "pictures")
    driver.pump(1.0)
    assert stored(school)["R1"] == 0, "nothing is taken by itself"
    for other in ("<Control-s>", "<Control-n>", "<Control-q>"):
        driver.press(other, screen.live.picture)
    driver.pump(1.0)
    assert screen.is_running
    assert stored(school)["R1"] == 0, "keys of other things take nothing and end nothing"
    driver.press("S", screen.live.picture)
    driver.wait_for(lambda: stored(school)["R1"] == 1, "the picture")
    driver.press("n")
    driver.wait_for(lambda: driver.app.dialogs, "the question for a consent")
    [dialog] = driver.app.dialogs
    assert isinstance(dialog, ConsentDialog)
    driver.press("<Return>", dialog.text)
    driver.wait_for(lambda: screen.is_running, "the next capture")
    with school.read() as db:
        assert people.get_student(db, "R2").consent == "paper form"
    screen.stop()
    driver.wait_for(lambda: not screen.is_running and driver.is_ready)
    assert stored(school)["R2"] == 0


def test_a_camera_that_is_not_there_is_told_with_retry(window: Window, school: Store) -> None:
    driver, screen = opened(window, Source("Old camera", "camera:7:Old camera"))
    driver.click(screen.bar.start)
    driver.wait_for(lambda: driver.shows("Old camera cannot be opened. Check that it is plugged in."), "the trouble")
    driver.click(screen.live.retry)
    driver.press("<Escape>", screen.live.picture)
    driver.wait_for(lambda: not screen.is_running and driver.is_ready, "the end")
    assert stored(school)["R1"] == 0


def test_closing_in_the_middle_keeps_what_was_taken(window: Window, school: Store, camera: Source) -> None:
    driver, screen = opened(window, camera)
    driver.click(screen.bar.start)
    driver.wait_for(lambda: stored(school)["R1"] >= 1, "a face in the store")
    driver.app.ask_to_close()
    assert driver.app.is_closed
    assert stored(school)["R1"] >= 1


def test_nobody_to_capture(window: Window, store: Store) -> None:
    with store.transaction() as db:
        people.add_class(db, "CS101", "Programming 1")
    driver = window()
    driver.open("capture")
    driver.wait_for(lambda: driver.shows("No students yet"))
