"""Cameras that a test machine does not have: devices that fail in every way, and network cameras on loopback."""

import http.server
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from core.records import Image
from core.vision.devices import NoCameraError, Trouble
from core.vision.feed import CameraState, LiveOptions

WIDTH, HEIGHT = 64, 48
FPS = 25
"""Of :func:`film`."""


@dataclass
class Fake:
    """A device opened in the child.

    how: ``moving``, ``equal``, ``black``, ``empty`` (0×0), ``none``; ``ends``, ``hangs``, ``dies``, ``grows``,
    ``bursts`` (each after ``frames`` pictures); a trouble that opening tells; ``opening hangs``, ``opening dies``.
    once: a file that is made at the first opening; afterwards the device is ``moving``.
    after: it waits with what it does after ``frames`` pictures until there is this file, which whoever looks makes:
    how soon somebody looks is up to how busy the computer is.
    """

    how: str
    frames: int = 5
    once: str | None = None
    after: Path | None = None
    size: tuple[int, int] = (WIDTH, HEIGHT)
    taken: int = field(default=0, init=False)

    def open(self) -> "Fake":
        if self.once is not None:
            if Path(self.once).exists():
                self.how = "moving"
            Path(self.once).touch()
        if self.how in ("busy", "password", "missing"):
            raise NoCameraError(self.how)  # type: ignore[arg-type]
        if self.how == "opening hangs":
            time.sleep(1000)
        if self.how == "opening dies":
            os._exit(3)
        return self

    def why_ended(self) -> Trouble:
        return "unplugged"

    def get(self, _: int) -> float:
        return float("nan")

    def grab(self) -> bool:
        time.sleep(0.02)
        self.taken += 1
        if self.taken > self.frames and (self.after is None or self.after.exists()):
            if self.how == "ends":
                return False
            if self.how == "hangs":
                time.sleep(1000)
            if self.how == "dies":
                os._exit(3)
            if self.how == "grows":
                self.size = (2 * WIDTH, 2 * HEIGHT)
            if self.how == "bursts":
                self.size = (10_000, 6_000)
        return True

    def retrieve(self) -> tuple[bool, Image | None]:
        width, height = self.size
        if self.how == "none":
            return False, None
        if self.how == "empty":
            return True, np.zeros((0, 0, 3), np.uint8)
        level = {"black": 3, "equal": 90}.get(self.how, 40 + self.taken % 200)
        # Takes no memory, however large.
        return True, np.broadcast_to(np.uint8(level), (height, width, 3))

    def release(self) -> None:
        pass


class States:
    """Takes the states of a camera; ``wait`` waits for one."""

    def __init__(self) -> None:
        self.all: list[CameraState] = []
        self._changed = threading.Condition()

    def __call__(self, state: CameraState) -> None:
        with self._changed:
            self.all.append(state)
            self._changed.notify_all()

    @property
    def kinds(self) -> list[str]:
        return [one.kind for one in self.all]

    def wait(self, kind: str, times: int = 1, seconds: float = 60.0) -> CameraState:
        """The state told for the ``times``-th time."""
        with self._changed:
            found = self._changed.wait_for(lambda: self.kinds.count(kind) >= times, seconds)
            assert found, f"{kind} was not told: {self.all}"
            return [one for one in self.all if one.kind == kind][times - 1]

    def wait_after(self, told: CameraState, kind: str, seconds: float = 60.0) -> CameraState:
        """The first such state after ``told``; it may have come before anybody asks."""
        with self._changed:
            at = next(number for number, one in enumerate(self.all) if one is told)
            self._changed.wait_for(lambda: kind in self.kinds[at:], seconds)
            found = [one for one in self.all[at:] if one.kind == kind]
            assert found, f"{kind} was not told afterwards: {self.all}"
            return found[0]


def quick(states: States | None = None, **more: object) -> LiveOptions:
    """Options that lose no time, and give a busy machine some."""
    asked = {"reconnect": True, "open_s": 60.0, "silent_s": 30.0, "first_wait_s": 0.05, **more}
    return LiveOptions(on_state=states, **asked)  # type: ignore[arg-type]


@dataclass
class NetworkCamera:
    """A camera that sends JPEG pictures over HTTP, on a port of its own.

    port: 0 for any that is free.  One that is switched on again needs its own, which nobody takes meanwhile.
    frames: so many for each who asks, then it hangs up.  password: whether it wants one, and never takes it.
    """

    frames: int = 10**6
    password: bool = False
    asked: int = 0
    port: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @contextmanager
    def running(self) -> Iterator["NetworkCamera"]:
        camera = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera.asked += 1
                if camera.password:
                    self.send_error(401)
                    return
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
                self.end_headers()
                try:
                    for number in range(camera.frames):
                        picture = np.full((HEIGHT, WIDTH, 3), 20 + number % 200, np.uint8)
                        data = cv2.imencode(".jpg", picture)[1].tobytes()
                        head = f"--next\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
                        self.wfile.write(head.encode() + data + b"\r\n")
                        time.sleep(0.02)
                except OSError:
                    return

            def log_message(self, *_: object) -> None:
                """The test's output stays clean."""

        with http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler) as server:
            self.port = server.server_port
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()


@contextmanager
def silent_peer() -> Iterator[str]:
    """The address of somebody who takes the call and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"rtsp://admin:secret@127.0.0.1:{server.getsockname()[1]}/stream"


def film(path: Path, frames: int = 30) -> Path:
    """A film of growing brightness."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, (320, 240))
    for level in np.linspace(40, 200, frames):
        writer.write(np.full((240, 320, 3), int(level), np.uint8))
    writer.release()
    return path


def rising(values: list[int]) -> bool:
    """Whether each is above the one before."""
    return all(one < other for one, other in pairwise(values))
