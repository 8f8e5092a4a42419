"""What a camera that runs all day needs beside its pictures: the moment of each, and patience when it drops out."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event

from core.errors import InputError
from core.records import Frame
from core.vision.sources import Source, open_source
from core.waits import FIRST_S, Waits

POLL_S = 0.2
"""Waiting is cut into pieces, so that it can be stopped."""


def steady_s() -> float:
    """Seconds on a clock that nobody can set and that goes on while the computer sleeps."""
    for name in ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC"):
        if hasattr(time, name):
            return float(time.clock_gettime(getattr(time, name)))
    return time.monotonic()


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment twice: ``at`` on the clock (aware UTC), ``steady_s`` on one that cannot be moved."""

    at: datetime
    steady_s: float


class Moments:
    """When a second of a source was: of a recording counted from its start, of a live camera from the clock."""

    def __init__(self, start: datetime | None, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """start: of the recording; None for a live camera."""
        self._start, self._now = start, now
        self._wall, self._steady_s, self._at_s = now(), steady_s(), 0.0

    def shown(self, source: Source, frame: Frame) -> None:
        """Set the clocks by a frame that has just been looked at."""
        if self._start is None:
            self._wall, self._steady_s = self._now(), steady_s()
            self._at_s = frame.time_s + source.late_s(frame)

    def stamp(self, time_s: float) -> Stamp:
        """The moment ``time_s`` seconds from the start of the source."""
        if self._start is not None:
            return Stamp(self._start + timedelta(seconds=time_s), time_s)
        ago = self._at_s - time_s
        return Stamp(self._wall - timedelta(seconds=ago), self._steady_s - ago)


@dataclass(slots=True)
class Stoppable(Source):
    """A source that ends when somebody says so."""

    inner: Source = field(kw_only=True)
    stop: Event = field(kw_only=True)

    def frames(self, every_s: float = 0.0) -> Iterator[Frame]:
        for frame in self.inner.frames(every_s):
            self._copy()
            if self.stop.is_set():
                return
            yield frame
        self._copy()

    def _copy(self) -> None:
        inner = self.inner
        self.frames_read, self.seconds_read, self.problems = inner.frames_read, inner.seconds_read, inner.problems

    def late_s(self, frame: Frame) -> float:
        return self.inner.late_s(frame)

    def close(self) -> None:
        self.inner.close()


def stoppable(source: Source, stop: Event) -> Stoppable:
    """``source``, ended by ``stop``; its problems stay its own."""
    return Stoppable(source.info, problems=source.problems, inner=source, stop=stop)


class Patience:
    """Tries to open a camera until it answers, waiting longer each time until it has shown something."""

    def __init__(self, opened: Callable[[str], Source] = open_source, first_s: float = FIRST_S) -> None:
        self.open, self._waits = opened, Waits(first_s)

    def open_again(self, spec: str, over: Callable[[], bool]) -> Source | None:
        """The camera, opened; None when ``over`` before that."""
        while not over():
            until = time.monotonic() + self._waits.next_s()
            while (left := until - time.monotonic()) > 0:
                if over():
                    return None
                time.sleep(min(POLL_S, left))
            with suppress(InputError):
                return self.open(spec)
        return None

    def rewarded(self) -> None:
        """The camera shows something: next time it is tried at once again."""
        self._waits.rewarded()
