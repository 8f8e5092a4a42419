"""A recording that stands in for a camera: played in real time, and frames nobody took are gone."""

import time

import cv2

from core.records import Image

USUAL_FPS = 25.0


class Player:
    """Plays a file as a camera would: ``grab`` waits for the frame that is due next and skips what came meanwhile.

    Made like OpenCV's own class, from which nothing can inherit: its objects are not made for Python's garbage
    collection, which crashes on them.
    """

    def __init__(self, path: str, *, loop: bool = False) -> None:
        self._file = cv2.VideoCapture(path, cv2.CAP_FFMPEG)
        self._loop = loop
        fps = float(self._file.get(cv2.CAP_PROP_FPS))
        self.fps = fps if 0.5 <= fps <= 1000 else USUAL_FPS
        self._began: float | None = None
        self.taken = 0
        """Frames of the file that are over."""

    def isOpened(self) -> bool:
        return self._file.isOpened()

    def get(self, prop: int) -> float:
        return self._file.get(prop)

    def grab(self) -> bool:
        """Take the frame that is due now; False at the end."""
        now = time.monotonic()
        if self._began is None:
            self._began = now
        due = max(self.taken, int((now - self._began) * self.fps))
        time.sleep(max(0.0, self._began + due / self.fps - now))
        while self.taken <= due:
            if not self._file.grab():
                return self.taken > 0 and self._loop and self._again()
            self.taken += 1
        return True

    def _again(self) -> bool:
        self._file.set(cv2.CAP_PROP_POS_FRAMES, 0)
        self.taken, self._began = 1, time.monotonic()
        return self._file.grab()

    def retrieve(self) -> tuple[bool, Image | None]:
        """The frame taken last."""
        return self._file.retrieve()  # type: ignore[return-value]

    def release(self) -> None:
        self._file.release()
