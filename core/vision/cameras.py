"""Cameras: which ones this computer has, and a reader that never lags behind a live one."""

import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event

import cv2
import numpy as np

from core.records import Frame, Image

PROBED = 3
"""Numbers tried where the system does not list its cameras."""
SILENT_S = 15.0
"""A camera whose driver gives nothing for this long has stopped; OpenCV's own limits are 5 to 10 s."""
POLL_S = 0.2
"""Waiting is cut into pieces, because Windows does not hear Ctrl-C while a thread waits for another."""


def describe_cameras() -> list[str]:
    """Names of the cameras found, e.g. ``camera 0``."""
    if sys.platform.startswith("linux"):
        numbers = (path.name.removeprefix("video") for path in Path("/dev").glob("video*"))
        return [f"camera {number}" for number in sorted(int(one) for one in numbers if one.isdecimal())]
    found = []
    for number in range(PROBED):
        capture = cv2.VideoCapture(number)
        if capture.isOpened():
            found.append(f"camera {number}")
        capture.release()
    return found


class LiveReader:
    """Takes every frame of a live camera in a thread of its own, so that none waits in a buffer and grows old.

    Frames nobody asked for are dropped without being turned into pixels.  frames_read counts them all.
    """

    def __init__(self, capture: cv2.VideoCapture) -> None:
        self.frames_read = 0
        self._capture = capture
        self._wanted, self._stop = Event(), Event()
        self._shots: SimpleQueue[Frame | None] = SimpleQueue()
        self._began = time.monotonic()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="camera")
        self._reading: Future[None] = self._pool.submit(self._read)

    def next(self) -> Frame | None:
        """The next frame to arrive, ``time_s`` after this reader was made; None when the camera has stopped."""
        self._wanted.set()
        patience = time.monotonic() + SILENT_S
        while time.monotonic() < patience:
            try:
                frame = self._shots.get(timeout=POLL_S)
            except Empty:
                continue
            if frame is None:
                self._reading.result()  # what went wrong in the thread is a bug and goes on from here
            return frame
        return None

    def seconds(self) -> float:
        """Seconds since this reader was made, on the clock of ``time_s``."""
        return time.monotonic() - self._began

    def _read(self) -> None:
        try:
            while not self._stop.is_set() and self._capture.grab():
                self.frames_read += 1
                if self._wanted.is_set() and (image := retrieved(self._capture)) is not None:
                    self._wanted.clear()
                    self._shots.put(Frame(image, self.frames_read - 1, self.seconds()))
        finally:
            self._shots.put(None)

    def close(self) -> None:
        """Stop reading and let go of the camera."""
        self._stop.set()
        self._pool.shutdown()
        self._capture.release()


def retrieved(capture: cv2.VideoCapture) -> Image | None:
    """The frame grabbed last as ``(h, w, 3) uint8 BGR``, or None when it cannot be shown."""
    done, image = capture.retrieve()
    if not done or image is None or not image.size:
        return None
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image, dtype=np.uint8)
