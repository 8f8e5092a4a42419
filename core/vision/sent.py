"""A camera whose pictures are sent one by one: a browser that films the room."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from threading import Condition

from core.errors import CancelledError, InputError
from core.records import Frame, Image
from core.vision.sources import Source, SourceInfo

POLL_S = 0.1
"""Waiting is cut into pieces, so that it can be stopped."""
FIRST_S, SILENT_S = 30.0, 30.0
"""How long the first picture, and each after it, is waited for: a browser that was closed says nothing any more."""


@dataclass(slots=True)
class SentCamera(Source):
    """Gives the newest picture that was put; those nobody took are gone.

    taken: called with the number of a picture when it is taken, so that the next one can be sent.  over: whether it was
    ended from here.
    """

    taken: Callable[[int], None] = field(kw_only=True)
    over: Callable[[], bool] = field(kw_only=True)
    _changed: Condition = field(default_factory=Condition, init=False)
    _newest: tuple[int, Image, float] | None = field(default=None, init=False)
    _began_s: float = field(default=0.0, init=False)

    def put(self, number: int, image: Image) -> None:
        """Another picture arrived; from any thread."""
        with self._changed:
            self._newest = (number, image, time.monotonic())
            self._changed.notify_all()

    def opened(self) -> "SentCamera":
        """Wait for the first picture.  Raises InputError when none comes, CancelledError when it was ended before."""
        found = self._next(FIRST_S, take=False)
        if found is None:
            if self.over():
                raise CancelledError("Marking was stopped before a picture was seen, so nobody was marked.")
            raise InputError(f"{self.info.label} sent no picture. Allow the page to use the camera, and try again.")
        _number, image, self._began_s = found
        self.info = replace(self.info, height=image.shape[0], width=image.shape[1])
        return self

    def frames(self, every_s: float = 0.0) -> Iterator[Frame]:
        # Whoever sends paces themselves: the next picture comes when the last one was taken.
        while (found := self._next(SILENT_S, take=True)) is not None:
            number, image, at_s = found
            self.frames_read += 1
            self.seconds_read = max(0.0, at_s - self._began_s)
            self.taken(number)
            yield Frame(image, self.frames_read - 1, self.seconds_read)
        if not self.over():
            self.problems.append(f"{self.info.label} stopped sending pictures; what it showed until then was used.")

    def late_s(self, frame: Frame) -> float:
        return time.monotonic() - self._began_s - frame.time_s

    def _next(self, limit_s: float, *, take: bool) -> tuple[int, Image, float] | None:
        until = time.monotonic() + limit_s
        with self._changed:
            while self._newest is None and not self.over() and time.monotonic() < until:
                self._changed.wait(POLL_S)
            found = None if self.over() else self._newest
            if take:
                self._newest = None
            return found


def sent_camera(label: str, taken: Callable[[int], None], over: Callable[[], bool]) -> SentCamera:
    """A camera of this name that nothing was put into yet."""
    return SentCamera(SourceInfo("camera", label), taken=taken, over=over)
