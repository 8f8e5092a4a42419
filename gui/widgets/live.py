"""Live pictures: drawn in a thread of their own, whatever searching and storing take; the newest wins."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from PIL import Image as Pictures

    from gui.background import Latest, Task

POLL_S = 0.01


class LivePainter(ABC):
    """fps: more pictures a second are not drawn.  slot: where they go."""

    fps: ClassVar[int]
    slot: Latest[Pictures.Image]
    is_drawn = True
    """Whether the window has drawn what it got last.  It gets no more before: else a slow computer would do nothing
    but take pictures, and never come to draw.
    """

    @abstractmethod
    def newest(self) -> Pictures.Image | None:
        """What is to be shown now; None while that is what was shown last."""

    @abstractmethod
    def end(self) -> None:
        """The window shows no more."""

    def paint(self, task: Task) -> None:
        """Draw until the task is cancelled."""
        try:
            while not task.cancelled.wait(POLL_S):
                began_s = time.monotonic()
                picture = self.newest() if self.is_drawn else None
                if picture is not None:
                    self.is_drawn = False
                    self.slot.put(picture)
                    task.cancelled.wait(max(0.0, 1 / self.fps - (time.monotonic() - began_s)))
        finally:
            self.end()
