"""The camera of a lesson's room, opened by the school's computer, watched and stopped from the teacher's page."""

import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from core import clock
from core.actor import acting
from core.locks import camera_lock
from core.marking_live import Control
from core.sessions import lock_session
from core.store import people, sessions
from core.vision.feed import CameraState, StateKind
from tests.take_support import ADA, Room, Teacher, wait_over
from web.taking.messages import Lens, Told
from web.taking.room import RoomCamera

LIMIT_S = 300.0
"""The networks are loaded first, on a computer that may be busy."""
DEAD = "rtsp://admin:secret@127.0.0.1:9/stream?key=open-sesame"


@pytest.fixture
def film(video: bytes, tmp_path: Path) -> str:
    """A recording that stands in for a camera, again and again."""
    path = tmp_path / "lab.mp4"
    path.write_bytes(video)
    return f"loop:{path}"


def begin(teacher: Teacher, lesson: int) -> str:
    begun = teacher.post(f"/teach/lesson/{lesson}/take/room")
    assert begun.status == 303, begun.words
    return (begun.place or "").rpartition("/")[2]


def look(teacher: Teacher, lesson: int, job: str, until: Callable[[dict], object]) -> dict:
    """Look as a page does, until it says what is looked for; that answer."""
    ends_s = time.monotonic() + LIMIT_S
    while not until(said := teacher.job(lesson, job)):
        assert time.monotonic() < ends_s, said
        assert not said["over"], said
        time.sleep(0.05)
    return said


def test_it_marks_while_nobody_looks_and_until_it_is_stopped(room: Room, film: str) -> None:
    grace, edith, ada = room.teacher(), room.teacher("Edith Clarke"), room.teacher(ADA)
    without, lesson = room.lesson_in("Library", None), room.lesson_in("Lab 1", film)
    button = "Start the room’s camera"
    assert button not in grace.get(f"/teach/lesson/{without}/take/").words
    refused = grace.post(f"/teach/lesson/{without}/take/room")
    assert (refused.status, "This lesson is in no room with a camera." in refused.words) == (400, True)
    page = f"/teach/lesson/{lesson}/take/"
    shown = grace.get(page).words
    assert button in shown
    assert "The room’s camera (Lab 1)" in shown
    assert ada.post(f"{page}room").status == 403
    job = begin(grace, lesson)
    said = look(grace, lesson, job, lambda one: one["names"] and one["view"])
    assert (said["names"], said["words"], said["lens"]) == (["Eileen Collins"], "1 of 2 seen", "")
    # In the register while the camera goes on; nobody is absent yet.
    assert room.statuses(lesson) == {"R1": "P"}
    view = grace.get(f"{page}jobs/{job}.jpg")
    assert (view.status, view.headers["Cache-Control"]) == (200, "no-store")
    assert cv2.imdecode(np.frombuffer(view.body, np.uint8), cv2.IMREAD_COLOR).shape[1] <= 800
    assert ada.get(f"{page}jobs/{job}.jpg").status == 403
    # Whoever comes back, or is another teacher of the class, finds the same one.
    back = grace.get(page)
    assert (f"{page}jobs/{job}" in back.text, button in back.words) == (True, False)
    assert "Eileen Collins" in grace.get(f"{page}jobs/{job}").words
    assert begin(edith, lesson) == job
    assert grace.call("POST", f"{page}live").status == 503
    assert edith.post(f"{page}jobs/{job}/end", what="stop").status == 303
    wait_over(room, lesson, job)
    assert grace.job(lesson, job)["words"] == "1 student is here."
    assert room.statuses(lesson) == {"R1": "P", "R2": "A"}
    assert grace.get(f"{page}jobs/{job}.jpg").status == 404
    with room.store.read() as db:
        assert sessions.get_session(db, lesson).source == "lab.mp4"


def test_it_ends_with_the_lesson_and_with_the_portal(room: Room, film: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.taking.desk.LOOK_S", 0.1)
    grace = room.teacher()
    over, locked, last = (room.lesson_in(name, film) for name in ("Lab 1", "Lab 2", "Lab 3"))
    job, waiting = begin(grace, over), begin(grace, locked)
    with acting(room.office):
        lock_session(room.store, locked)
    wait_over(room, locked, waiting)
    said = grace.job(locked, waiting)
    assert said["state"] == "cancelled"
    assert said["notes"][0].startswith("This lesson is locked, so that only people mark.")
    look(grace, over, job, lambda one: one["names"])
    with room.store.transaction() as db:
        sessions.change_session(db, over, ends_at=clock.now())
    wait_over(room, over, job)
    said = grace.job(over, job)
    assert said["state"] == "done"
    assert said["notes"][0].startswith("This lesson is over, and the camera of its room shows others by now.")
    assert "by hand" not in grace.get(f"/teach/lesson/{over}/take/jobs/{job}").words
    assert room.statuses(over) == {"R1": "P", "R2": "A"}
    assert "Start the room’s camera" not in grace.get(f"/teach/lesson/{over}/take/").words
    assert grace.post(f"/teach/lesson/{over}/take/room").status == 409
    assert room.statuses(locked) == {}

    job = begin(grace, last)
    look(grace, last, job, lambda one: one["view"])
    pids = processes(room.desk.pid)
    assert len(pids) == 2 or not Path("/proc").is_dir()
    found = room.desk.get(job, last)
    room.desk.close()
    assert found.state == "cancelled"
    assert "A" not in room.statuses(last).values()
    ends_s = time.monotonic() + LIMIT_S
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < ends_s, pids
        time.sleep(0.05)


def test_its_trouble_is_told_without_its_password_and_the_window_goes_first(room: Room, film: str) -> None:
    grace, lesson, other = room.teacher(), room.lesson_in("Lab 1", DEAD), room.lesson_in("Lab 2", film)
    with room.store.read() as db:
        lock = f"{people.get_class(db, 'C').id}-0"
    job = begin(grace, lesson)
    said = look(grace, lesson, job, lambda one: "does not answer" in one["lens"])
    assert said["lens"].startswith(
        "The camera at rtsp://127.0.0.1:9/stream does not answer. Check how it is connected."
    )
    page = grace.get(f"/teach/lesson/{lesson}/take/jobs/{job}")
    assert "does not answer" in page.words
    for secret in ("secret", "admin", "open-sesame"):
        assert secret not in page.text + str(said)
    grace.post(f"/teach/lesson/{lesson}/take/jobs/{job}/end", what="stop")
    wait_over(room, lesson, job)
    assert grace.job(lesson, job)["state"] == "cancelled"
    for held, words in (
        ((lock, "0"), "This lesson is being marked with a camera already."),
        (("77-0", film), "The camera is being used for another lesson."),
    ):
        # As the window, or the command line, holds it.
        with camera_lock(room.home, *held):
            job = begin(grace, other)
            wait_over(room, other, job)
        said = grace.job(other, job)
        assert said["state"] == "failed"
        assert said["words"].startswith(words)
    assert room.statuses(lesson) == room.statuses(other) == {}


def test_what_is_wrong_stays_to_be_read_while_the_camera_is_tried_again() -> None:
    said: list[Told] = []
    camera = RoomCamera(said.append, Control())
    kinds: tuple[StateKind, ...] = (
        "opening",
        "silent",
        "opening",
        "silent",
        "opening",
        "showing",
        "opening",
        "showing",
    )
    for kind in kinds:
        camera._be(CameraState(kind, kind))
    assert [one.text for one in said if isinstance(one, Lens)] == ["opening", "silent", "silent", "", "opening", ""]


def processes(pid: int | None) -> list[int]:
    """A process and those it began, where the system tells."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    return [pid, *(int(one) for path in children for one in path.read_text().split())] if pid else []
