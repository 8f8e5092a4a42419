"""Where the time goes, by duty."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class Spent:
    """Seconds by duty, summed over the threads that did it (wall time: the networks run on threads of their own)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.seconds: dict[str, float] = {}

    @contextmanager
    def on(self, duty: str) -> Iterator[None]:
        """Count what is done inside to ``duty``."""
        started = time.perf_counter()
        try:
            yield
        finally:
            with self._lock:
                self.seconds[duty] = self.seconds.get(duty, 0.0) + time.perf_counter() - started

    def each(self, duty: str, items: Iterator[T]) -> Iterator[T]:
        """``items``, counting what it takes to get each to ``duty``."""
        done = object()
        while True:
            with self.on(duty):
                item = next(items, done)
            if item is done:
                return
            yield item  # type: ignore[misc]
