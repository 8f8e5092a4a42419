"""Live cameras: read in a child process that is killed when it hangs, told in words, opened again; nothing is left."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from itertools import pairwise
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.doctor import _cameras
from core.errors import InputError
from core.paths import PROJECT, Home
from core.rooms import shown
from core.vision import cameras, devices, feed
from core.vision.camera_child import BLACK, FROZEN_S, _Judge
from core.vision.cameras import Camera, describe_cameras, list_cameras, matching
from core.vision.child import answer_of
from core.vision.devices import Device, asks_for_password
from core.vision.live import LiveSource, fitted, preview, start_camera
from core.vision.player import Player
from core.vision.sources import open_source
from core.waits import Share, Waits
from tests.camera_support import FPS, HEIGHT, WIDTH, Fake, NetworkCamera, States, film, quick, rising, silent_peer
from tests.ports import free_ports
from tests.steady import steady_s

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def started(fake: Fake, states: States | None = None, **more: object) -> LiveSource:
    return start_camera("7", quick(states, **more), device=fake)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not Path(f"/proc/{pid}/stat").exists() or Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


def gone(pid: int, seconds: float = 60.0) -> bool:
    until = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    return not alive(pid)


def test_frames_come_whole_in_order_and_as_the_camera_made_them() -> None:
    with closing(started(Fake("moving"))) as source:
        assert source.wait_opened().kind == "showing"
        assert (source.info.width, source.info.height, source.info.label, source.live) == (
            WIDTH,
            HEIGHT,
            "camera 7",
            True,
        )
        frames = source.frames()
        found = [next(frames) for _ in range(20)]
        assert rising([one.index for one in found])
        assert [one.time_s for one in found] == sorted(one.time_s for one in found)
        # Each picture is of one grey: a half-written one would have two.  None changes after it was handed out.
        levels = [np.unique(one.image).tolist() for one in found]
        assert all(len(one) == 1 for one in levels)
        assert all(one != other for one, other in pairwise(levels))
        assert source.late_s(found[-1]) >= 0
        with pytest.raises(ValueError, match="once"):
            next(source.frames())


def test_frames_between_are_passed_over() -> None:
    with closing(started(Fake("moving"))) as source:
        frames = source.frames(0.2)
        found = [next(frames) for _ in range(4)]
        assert all(second.time_s - first.time_s >= 0.19 for first, second in pairwise(found))
        assert found[-1].index > len(found)
        assert source.frames_read == found[-1].index + 1


def test_the_newest_picture_is_there_without_waiting_while_frames_are_read() -> None:
    with closing(started(Fake("moving"))) as source:
        assert preview(source, 32, 32) is None
        frames = source.frames()
        first = next(frames)
        shown_now = preview(source, 32, 32)
        assert shown_now is not None
        number, picture = shown_now
        assert picture.shape == (24, 32, 3)
        assert picture[0, 0, 0] == first.image[0, 0, 0]
        # The next one was asked for, and may have come by now.
        assert preview(source, 32, 32, after=number + 100) is None
        next(frames)
        assert preview(source, 32, 32, after=number) is not None


def test_pictures_keep_their_proportions() -> None:
    wide = np.zeros((1080, 1920, 3), np.uint8)
    assert fitted(wide, 640, 640).shape == (360, 640, 3)
    assert fitted(wide, 640, 90).shape == (90, 160, 3)
    assert fitted(np.zeros((10, 1000, 3), np.uint8), 20, 20).shape == (1, 20, 3)
    assert fitted(np.zeros((48, 64, 3), np.uint8), 640, 640).shape == (480, 640, 3)


def test_a_size_that_changes_is_followed(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    with closing(started(Fake("grows", after=seen))) as source:
        sizes: list[tuple[int, ...]] = []
        for frame in source.frames():
            assert len(np.unique(frame.image)) == 1
            sizes.append(frame.image.shape[:2])
            seen.touch()
            if sizes[-1] != sizes[0] or len(sizes) == 1000:
                break
        assert sizes[0] == (HEIGHT, WIDTH)
        assert sizes[-1] == (2 * HEIGHT, 2 * WIDTH)


@pytest.mark.parametrize(
    ("how", "kind", "words"),
    [
        ("busy", "busy", "The camera is used by another program. Close it, then Retry."),
        ("password", "password", "refuses its user name or password"),
        ("missing", "missing", "Camera 7 cannot be opened. Check that it is plugged in."),
        ("none", "nothing", "opens but shows no picture"),
        ("empty", "nothing", "opens but shows no picture"),
        ("ends", "unplugged", "Camera 7 was unplugged. Plug it in again."),
        ("hangs", "silent", "Camera 7 does not answer"),
        ("bursts", "large", "too large"),
        ("dies", "silent", "Camera 7 does not answer"),
        ("opening hangs", "silent", "Camera 7 does not answer"),
        ("opening dies", "silent", "Camera 7 does not answer"),
    ],
)
def test_trouble_is_told_in_words_and_mended_by_itself(how: str, kind: str, words: str, tmp_path: Path) -> None:
    """The first opening has the trouble; the camera is all right when it is opened again."""
    states = States()
    once = str(tmp_path / "opened")
    # Short only where the trouble is that nothing comes: else a busy machine would seem to be the trouble.
    no_picture = {"open_s": 6.0, "silent_s": 5.0}
    limits = {"hangs": {"silent_s": 0.6}, "opening hangs": no_picture, "none": no_picture, "empty": no_picture}
    with closing(started(Fake(how, once=once), states, **limits.get(how, {}))) as source:
        told = states.wait(kind)
        assert words in told.text
        assert told.wait_s is not None
        assert told.text.endswith(" s.")
        healthy = states.wait_after(told, "showing")
        assert healthy.text == f"Camera 7 shows its picture of {WIDTH} × {HEIGHT}."
        assert next(source.frames()).image.shape == (HEIGHT, WIDTH, 3)
    assert states.kinds[0] == "opening"
    assert states.kinds[-1] == "closed"


def test_without_reconnecting_the_frames_end(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    with closing(started(Fake("ends", after=seen), reconnect=False)) as source:
        for _ in source.frames():
            seen.touch()
        assert source.problems == ["camera 7 stopped sending pictures; what it showed until then was used."]
    with pytest.raises(InputError, match="cannot be opened"):
        open_source("98", quick(reconnect=True))  # Nobody sits before it who could plug it in.
    with closing(started(Fake("busy"), reconnect=False)) as source, pytest.raises(InputError, match="another program"):
        list(source.frames())


def test_a_camera_that_ends_before_its_first_picture_is_taken_tells_why(monkeypatch: pytest.MonkeyPatch) -> None:
    class Late(SharedMemory):
        def __init__(self, *args: object, **more: object) -> None:
            for child in multiprocessing.active_children():
                child.join(60)
            super().__init__(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(feed, "SharedMemory", Late)
    with closing(started(Fake("ends"), reconnect=False)) as source, pytest.raises(InputError, match="was unplugged"):
        list(source.frames())


def test_frames_go_on_counting_after_a_drop_out(tmp_path: Path) -> None:
    with closing(started(Fake("ends", frames=20, once=str(tmp_path / "x")))) as source:
        found = []
        for frame in source.frames():
            found.append(frame)
            if frame.index > 40:
                break
    assert rising([one.index for one in found])
    assert rising([int(1000 * one.time_s) for one in found])


def test_black_and_frozen_pictures_are_told() -> None:
    states = States()
    with closing(started(Fake("black"), states)):
        assert "only black" in states.wait("black").text
    judge = _Judge()
    still = np.full((48, 64, 3), 90, np.uint8)
    assert [judge(still, at) for at in (0.0, FROZEN_S - 0.1, FROZEN_S)] == ["good", "good", "frozen"]
    assert judge(still + 1, FROZEN_S + 1) == "good"
    assert judge(np.full((48, 64, 3), BLACK, np.uint8), FROZEN_S + 2) == "black"
    assert judge(np.full((48, 64, 3), BLACK + 1, np.uint8), FROZEN_S + 3) == "good"


def test_a_try_is_not_waited_for_when_somebody_asks(tmp_path: Path) -> None:
    states = States()
    with closing(started(Fake("busy", once=str(tmp_path / "x")), states, first_wait_s=1000.0)) as source:
        assert states.wait("busy").wait_s > 10  # type: ignore[operator]
        source.retry()
        states.wait("showing")


def test_waits_grow_and_are_bounded() -> None:
    waits = Waits()
    found = [waits.next_s() for _ in range(8)]
    for got, aimed in zip(found, (1, 2, 4, 8, 16, 30, 30, 30), strict=True):
        assert 0.8 * aimed <= got <= min(30, 1.2 * aimed)
    waits.rewarded()
    assert waits.next_s() < 1.3
    assert len({Waits().next_s() for _ in range(20)}) > 1


def test_what_takes_a_share_of_the_time_may_take_some_of_it_ahead_and_no_more_in_the_long_run() -> None:
    share, now_s, took_s = Share(10.0, 2.0, 0.0), 0.0, 0.0
    waits = []
    while now_s < 600:
        now_s, took_s = now_s + 0.5, took_s + 0.5
        waits.append(max(0.0, share.rest(0.5, now_s)))
        now_s += max(0.5, waits[-1])
    assert waits[:4] == [0.0] * 4
    assert waits[-1] == pytest.approx(4.5, abs=0.6)
    assert took_s <= 2.5 + now_s / 10
    # An hour of rest does not save up more than at the start.
    waits = [share.rest(0.5, now_s + 3600 + step) for step in range(8)]
    assert [wait > 0 for wait in waits] == [False] * 4 + [True] * 4


@POSIX
@pytest.mark.parametrize("state", ["showing", "opening hangs", "stopped", "waiting"])
def test_closing_is_quick_in_every_state(state: str) -> None:
    states = States()
    fake = Fake({"showing": "moving", "stopped": "moving", "waiting": "busy"}.get(state, state))
    source = started(fake, states, first_wait_s=1000.0, silent_s=1000.0)
    pid = source.feed.pid
    if state in ("showing", "stopped"):
        source.wait_opened()
        pid = source.feed.pid
        assert pid is not None
    if state == "stopped":
        os.kill(pid, signal.SIGSTOP)  # type: ignore[arg-type]
    if state == "waiting":
        states.wait("busy")
    began_s = steady_s()
    source.stop()
    source.close()
    # Of all that hangs here nothing ends within a minute; the promise is two seconds, on a machine that is not busy.
    assert steady_s() - began_s < 30
    source.feed._thread.join(60)
    assert source.feed.ended
    assert pid is None or gone(pid)
    assert source.feed._memory is None


@POSIX
def test_a_process_that_stands_still_is_replaced() -> None:
    states = States()
    with closing(started(Fake("moving"), states, silent_s=3.0)) as source:
        frames = source.frames()
        last = next(frames)
        stopped = source.feed.pid
        assert stopped is not None
        os.kill(stopped, signal.SIGSTOP)
        # At most one frame was under way when it was stopped.
        later = [next(frames), next(frames)]
        assert rising([last.index, *(one.index for one in later)])
        assert source.feed.pid != stopped
        assert gone(stopped)
        assert "silent" in states.kinds


def test_a_network_camera_that_hangs_up_and_comes_back() -> None:
    states = States()
    camera = NetworkCamera(frames=40)
    with camera.running(), closing(start_camera(camera.address, quick(states))) as source:
        assert source.info.kind == "stream"
        found = []
        for frame in source.frames():
            found.append(frame.index)
            if camera.asked >= 2 and frame.index > 80:
                break
        assert rising(found)
    assert states.kinds.count("showing") >= 2
    assert any(one.kind in ("ended", "silent") and one.wait_s for one in states.all)


def test_a_network_camera_that_is_switched_off_and_on() -> None:
    states = States()
    camera = NetworkCamera(frames=30, port=free_ports())
    with camera.running():
        source = start_camera(camera.address, quick(states))
        states.wait("showing")
    with closing(source):
        states.wait("silent")
        with camera.running():
            assert source.feed.next(60) is not None
            states.wait("showing", states.kinds.count("showing"))


def test_a_peer_that_says_nothing_is_told_and_no_password_is_shown() -> None:
    states = States()
    with silent_peer() as address, closing(start_camera(address, quick(states, open_s=1.5))) as source:
        told = states.wait("silent")
        assert "does not answer" in told.text
        assert source.info.label == address.replace("admin:secret@", "")
        assert "secret" not in " ".join(one.text for one in states.all)


def test_a_wrong_password_is_told() -> None:
    with NetworkCamera(password=True).running() as camera:
        address = camera.address.replace("//", "//admin:wrong@")
        assert asks_for_password(address)
        with pytest.raises(InputError, match="refuses its user name or password") as caught:
            open_source(address)
        assert "wrong@" not in str(caught.value)
    with NetworkCamera().running() as camera:
        assert not asks_for_password(camera.address)
    assert not asks_for_password("rtsp://127.0.0.1:1/x")
    assert not asks_for_password("rtsp://[::1/x\r\n")


def test_the_camera_of_a_real_stream_is_opened_as_before() -> None:
    with NetworkCamera().running() as camera, open_source(camera.address) as source:
        assert source.live
        assert (source.info.width, source.info.height) == (WIDTH, HEIGHT)
        assert next(source.frames(0.1)).image.shape == (HEIGHT, WIDTH, 3)


def test_a_recording_stands_in_for_a_camera(tmp_path: Path) -> None:
    # A minute: a busy computer is seconds late.
    with open_source(f"play:{film(tmp_path / 'lesson.mp4', 60 * FPS)}") as source:
        assert (source.info.kind, source.info.label, source.info.frames) == ("camera", "lesson.mp4", None)
        frames = source.frames(0.5)
        found = [next(frames) for _ in range(3)]
        assert rising([one.index for one in found])
        assert found[-1].time_s > 0.9
        assert found[0].image.mean() < found[-1].image.mean()
    with open_source(f"loop:{film(tmp_path / 'short.mp4')}") as source:
        brightest = 0.0
        for frame in source.frames():
            brightest = max(brightest, float(frame.image.mean()))
            # Played twice: it grows darker again.
            if frame.image.mean() < brightest - 50:
                break
            assert frame.time_s < 60


def test_a_recording_is_played_in_its_own_time_to_its_end(tmp_path: Path) -> None:
    player = Player(str(film(tmp_path / "lesson.mp4")))
    began_s = time.monotonic()
    assert player.grab()
    time.sleep(0.4)
    # What came meanwhile is gone.
    assert player.grab()
    assert player.taken > 0.4 * FPS
    while player.grab():
        assert player.taken <= 30
    assert player.taken == 30
    assert time.monotonic() - began_s > 29 / FPS
    player.release()


@pytest.mark.parametrize("spec", ["play:nothing.mp4", "loop:notes.txt", "play:.", "100", "camera:3:Nobody's", "9" * 40])
def test_what_is_no_camera_is_a_sentence(spec: str) -> None:
    with pytest.raises(InputError) as caught:
        open_source(spec)
    assert str(caught.value).endswith(".")


def test_a_recording_of_the_web_is_read_frame_by_frame(tmp_path: Path) -> None:
    film(tmp_path / "lesson.mp4")
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", str(tmp_path), "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as server:
        try:
            assert server.stdout is not None
            port = server.stdout.readline().split("port ")[1].split()[0]
            with open_source(f"http://127.0.0.1:{port}/lesson.mp4") as source:
                assert source.info.kind == "video"
                assert len(list(source.frames())) == 30
        finally:
            server.kill()


def test_cameras_are_listed_in_time_and_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(list_cameras(60), list)
    found = [Camera(0, "HD Webcam"), Camera(2, "HD Webcam"), Camera(1, "Door")]
    assert matching(found, 2, "HD Webcam") == found[1]
    assert matching(found, 5, "HD Webcam") == found[0]
    assert matching(found, 5, "Door") == found[2]
    assert matching(found, 0, "Window") is None
    assert found[2].spec == "camera:1:Door"
    assert cameras._clean("Evil\r\n\x1b[31mName " + "x" * 300, 0) == ("Evil [31mName " + "x" * 300)[:100]
    assert cameras._clean(None, 3) == "camera 3"
    monkeypatch.setattr(cameras, "list_cameras", lambda: found[:1])
    assert describe_cameras() == ["0 HD Webcam"]


def test_a_listing_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch, home: Home) -> None:
    with pytest.raises(TimeoutError, match="did not answer"):
        answer_of(hanging, 1.0)
    with pytest.raises(TimeoutError, match="without an answer"):
        answer_of(dying, 60.0)
    monkeypatch.setattr(cameras, "_cameras", hanging)
    monkeypatch.setattr(cameras.list_cameras, "__defaults__", (1.0,))
    (finding,) = _cameras(home)
    assert not finding.ok
    assert "does not answer" in finding.text


def hanging() -> None:
    time.sleep(1000)


def dying() -> None:
    os._exit(3)


def test_a_camera_is_found_by_its_name_under_another_number(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []

    class Closed:
        def __init__(self, number: int, _: int) -> None:
            opened.append(number)

        def isOpened(self) -> bool:
            return False

        def release(self) -> None:
            pass

    monkeypatch.setattr(cv2, "VideoCapture", Closed)
    monkeypatch.setattr(devices, "listed_here", lambda: [Camera(2, "Door")])
    for spec, trouble in (("camera:0:Door", "busy"), ("camera:2:Window", "missing"), ("2", "busy"), ("3", "missing")):
        with pytest.raises(devices.NoCameraError, match=trouble):
            Device(spec).open()
    assert opened == [2, 2, 3]
    assert Device("camera:0:Door").why_ended() == "ended"
    assert Device("camera:2:Window").why_ended() == "unplugged"
    assert Device("1").why_ended() == "unplugged"
    assert Device("rtsp://door/1").why_ended() == "ended"


def test_a_size_is_asked_for_and_told_when_another_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[int, float] = {}

    class Webcam:
        def __init__(self, *_: int) -> None:
            self.set = asked.__setitem__

        def isOpened(self) -> bool:
            return True

    monkeypatch.setattr(cv2, "VideoCapture", Webcam)
    Device("0", (1280, 720)).open()
    assert (asked[cv2.CAP_PROP_FRAME_WIDTH], asked[cv2.CAP_PROP_FRAME_HEIGHT]) == (1280, 720)
    monkeypatch.undo()
    states = States()
    with closing(started(Fake("moving"), states, size=(1280, 720))):
        assert states.wait("showing").text.endswith(f"of {WIDTH} × {HEIGHT}. 1280 × 720 was asked for.")


def test_how_the_camera_of_a_room_is_shown() -> None:
    assert shown("camera:1:HD Webcam: left") == "HD Webcam: left (camera 1)"


def parent_of(stat: Path) -> str:
    """The number of a process's parent; none when the process has just gone."""
    with suppress(OSError):
        return stat.read_text().rpartition(")")[2].split()[1]
    return ""


@LINUX
def test_many_cameras_leave_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []

    class Noted(SharedMemory):
        def __init__(self, *args: object, **more: object) -> None:
            super().__init__(*args, **more)  # type: ignore[arg-type]
            names.append(self.name)

    def counted() -> tuple[int, int, int, int]:
        children = sum(parent_of(stat) == str(os.getpid()) for stat in Path("/proc").glob("[0-9]*/stat"))
        memory = sum(Path("/dev/shm", name).exists() for name in names)
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count(), children, memory

    monkeypatch.setattr(feed, "SharedMemory", Noted)

    def is_over(*most: int) -> bool:
        """Whether no more is left of any kind; children that were killed are reaped by asking for them."""
        multiprocessing.active_children()
        return all(now <= before for now, before in zip(counted(), most, strict=True))

    with closing(started(Fake("moving"))) as source:
        source.wait_opened()
    source.feed._thread.join(60)
    before = counted()
    for number in range(40):
        with closing(started(Fake("moving"))) as source:
            # Closed at once, opened, and while it shows.
            if number % 4 == 0:
                assert source.feed.next(60) is not None
            elif number % 4 == 1:
                source.wait_opened()
    assert len(names) >= 21
    until = time.monotonic() + 60
    while not is_over(*before):
        assert time.monotonic() < until, (counted(), before)
        time.sleep(0.05)


PARENT = """
import sys, time
from core.vision.live import start_camera
from tests.camera_support import Fake, quick
if __name__ == "__main__":
    source = start_camera("7", quick(), device=Fake(sys.argv[1], frames=10))
    source.wait_opened()
    print(source.feed.pid, source.feed._memory.name, flush=True)
    time.sleep(1000)
"""


@POSIX
@pytest.mark.parametrize("how", ["moving", "hangs"])
def test_no_child_outlives_a_parent_that_was_killed(how: str, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen(
        [sys.executable, str(script), how],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as parent:
        assert parent.stdout is not None
        pid, name = parent.stdout.readline().split()
        assert alive(int(pid))
        parent.kill()
        assert gone(int(pid))
    until = time.monotonic() + 60
    while Path("/dev/shm", name).exists() and time.monotonic() < until:
        time.sleep(0.05)
    with pytest.raises(FileNotFoundError):
        SharedMemory(name)


INTERRUPTED = """
import signal
from core.vision.live import start_camera
from tests.camera_support import Fake, quick
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    source = start_camera("7", quick(), device=Fake("moving"))
    frames = source.frames()
    next(frames)
    first = source.feed.pid
    try:
        print("ready", flush=True)
        while True:
            source.feed.next()
    except KeyboardInterrupt:
        shows = source.feed.next(20) is not None
    source.close()
    print(shows and source.feed.pid == first, flush=True)
"""


@POSIX
def test_control_c_is_left_to_the_parent(tmp_path: Path) -> None:
    """A terminal sends it to every process: the camera goes on until its parent closes it, and says nothing."""
    script = tmp_path / "parent.py"
    script.write_text(INTERRUPTED, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        start_new_session=True,
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        os.killpg(parent.pid, signal.SIGINT)
        assert parent.stdout.read() == "True\n"
    assert parent.returncode == 0


LOADED = """
import sys
from core.vision.camera_child import serve
sys.exit(any(one in sys.modules for one in ("tensorflow", "openvino", "sqlalchemy", "tkinter", "sklearn")))
"""


def test_the_child_loads_no_networks() -> None:
    assert subprocess.run([sys.executable, "-c", LOADED], cwd=PROJECT, check=False).returncode == 0
