"""The child process that reads a camera, and what it and its parent say to each other.

The newest frame lies in shared memory; only short messages go through the link.  The child writes a frame only when
it was asked for one, and is asked again only after the last one was taken out: so one place is enough, nothing is ever
half old and half new, and pictures nobody wants are not even turned into pixels.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from typing import Literal, Protocol

import cv2
import numpy as np

from core.records import Image
from core.vision.devices import Capture, NoCameraError, Trouble, retrieved

LOOK_S = 0.5
"""How often it is looked whether there is a picture at all; each look tells the parent that the camera lives."""
CELL = 16
"""Every so many-th pixel tells whether a picture is black or the same as before."""
BLACK = 16
"""No grey level of a black picture is above this."""
FROZEN_S = 10.0
NOTHING_S = 0.01
WANTED = "wanted"
"""What the parent sends to get the next frame."""

Look = Literal["good", "black", "frozen"]


class Openable(Protocol):
    """A camera that can be opened, in another process."""

    def open(self) -> Capture: ...
    def why_ended(self) -> Trouble: ...


@dataclass(frozen=True, slots=True)
class Opened:
    """It answers; no picture yet.  fps: as it says, 0 if it does not."""

    fps: float


@dataclass(frozen=True, slots=True)
class Size:
    """Frames are so large from now on; the parent is asked for memory."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Memory:
    """The parent's answer: where to write frames of this size."""

    name: str
    size: Size


@dataclass(frozen=True, slots=True)
class Alive:
    """There are pictures.  grabbed: how many were taken so far."""

    look: Look
    grabbed: int


@dataclass(frozen=True, slots=True)
class Shot:
    """A frame lies in the memory.  index: its number.  at_s: when it was grabbed, on the monotonic clock, which all
    processes of a computer share.
    """

    index: int
    at_s: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The last message: no more pictures."""

    trouble: Trouble


def serve(link: Connection, device: Openable) -> None:
    """Open a camera and read it until the link is closed."""
    try:
        capture = device.open()
    except NoCameraError as error:
        link.send(Failed(error.trouble))
        return
    fps = float(capture.get(cv2.CAP_PROP_FPS))
    link.send(Opened(fps if np.isfinite(fps) and 0.5 <= fps <= 1000 else 0.0))
    reader = _Reader(link, capture)
    try:
        reader.read()
        link.send(Failed(device.why_ended() if reader.index >= 0 else "nothing"))
    finally:
        reader.close()


class _Reader:
    def __init__(self, link: Connection, capture: Capture) -> None:
        self._link, self._capture = link, capture
        self.index = -1
        self._wanted = False
        self._size: Size | None = None
        self._memory: SharedMemory | None = None
        self._look_due = 0.0
        self._judge: Callable[[Image, float], Look] = _Judge()

    def read(self) -> None:
        """Until the camera ends, or EOFError and OSError when the parent closes the link."""
        while self._capture.grab():
            now = time.monotonic()
            self.index += 1
            while self._link.poll():
                self._hear(self._link.recv())
            if not self._wanted and now < self._look_due:
                continue
            image = retrieved(self._capture)
            if image is None:
                time.sleep(NOTHING_S)
                continue
            if now >= self._look_due:
                self._look_due = now + LOOK_S
                self._link.send(Alive(self._judge(image, now), self.index + 1))
            self._hand_over(image, now)

    def _hear(self, word: str | Memory) -> None:
        if not isinstance(word, Memory):
            self._wanted = True
        elif word.size == self._size:
            # Gone again if the size changes quickly; the next answer is under way then.
            with suppress(FileNotFoundError):
                self._memory = SharedMemory(word.name)

    def _hand_over(self, image: Image, at_s: float) -> None:
        size = Size(image.shape[1], image.shape[0])
        if self._size != size:
            # This frame is passed over, since waiting for the memory would take as long as waiting for the next.
            self._size = size
            self._close_memory()
            self._link.send(size)
        elif self._wanted and self._memory is not None:
            np.ndarray(image.shape, np.uint8, self._memory.buf)[:] = image
            self._wanted = False
            self._link.send(Shot(self.index, at_s))

    def _close_memory(self) -> None:
        if self._memory is not None:
            self._memory.close()
            self._memory = None

    def close(self) -> None:
        self._close_memory()
        self._capture.release()


class _Judge:
    """Looks at a picture now and then: is it black, is it still the same?"""

    def __init__(self) -> None:
        self._last: Image | None = None
        self._since_s = 0.0

    def __call__(self, image: Image, now: float) -> Look:
        cells = image[::CELL, ::CELL].copy()
        if self._last is None or not np.array_equal(cells, self._last):
            self._last, self._since_s = cells, now
        if cells.max() <= BLACK:
            return "black"
        return "frozen" if now - self._since_s >= FROZEN_S else "good"
