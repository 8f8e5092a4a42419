"""The live picture: opens the source for the marking, and draws what is newest, with names, in a thread of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PIL import Image as Pictures

from core.errors import RollcallError
from gui.widgets.live import LivePainter

if TYPE_CHECKING:
    from core.marking_live import Control, Picture, ShownFace
    from core.records import Image
    from core.vision.feed import CameraState
    from core.vision.live import LiveSource
    from core.vision.sources import Source
    from gui.background import Latest, Task
    from gui.widgets.picture import Picture as PictureWidget

STALE_S = 1.5
"""Boxes of a search that is longer ago are not drawn: the faces have moved."""


@dataclass
class Eye(LivePainter):
    """One marking's pictures.  slot, states: where they and the states of a camera go; space: of the widget."""

    fps = 22
    control: Control
    place: PictureWidget
    slot: Latest[Pictures.Image]
    states: Latest[CameraState]
    task: Task | None = None
    """The marking, which waits for a camera only as long as it is not cancelled."""
    live: LiveSource | None = field(default=None, init=False)
    is_ready: bool = field(default=False, init=False)
    """Whether the networks are loaded, so that somebody looks at the pictures."""
    _seen: Picture | None = field(default=None, init=False)
    _seen_s: float = field(default=0.0, init=False)
    _last: Picture | None = field(default=None, init=False)
    _number: int = field(default=-1, init=False)

    @contextmanager
    def beginning(self, address: str | None) -> Iterator[None]:
        """Begin to open a camera that is known already, and show it, while the networks are loaded; let go at the end.

        Raises InputError for what can be no camera.
        """
        from core.vision.sources import names_camera

        if address is not None and names_camera(address):
            self._begin(address)
        try:
            yield
        finally:
            self.stop()

    def open(self, address: str) -> Source:
        """Open what is marked, in the marking's thread: a camera comes back by itself, and can be tried again at once.

        Raises InputError for what is no source, CancelledError when it was stopped before it showed anything.
        """
        from core.vision.sources import names_camera, open_source

        return self._open_camera(address) if names_camera(address) else open_source(address)

    def retry(self) -> None:
        """Try a camera again now."""
        if self.live is not None:
            self.live.retry()

    def stop(self) -> None:
        """Let go of the camera without waiting."""
        if self.live is not None:
            self.live.stop()

    def take(self, picture: Picture) -> None:
        """A picture was searched; called by the marking thread."""
        self._seen_s = time.monotonic()
        self._seen = picture

    def newest(self) -> Pictures.Image | None:
        """Of a camera what is newest, of a recording what was searched."""
        live, seen = self.live, self._seen
        if live is not None:
            newest = live.newest(self._number)
            if newest is None:
                return None
            self._number = newest.number
            fresh = seen is not None and time.monotonic() - self._seen_s < STALE_S
            return self._drawn(newest.image, seen.faces if seen is not None and fresh else ())
        if seen is None or seen is self._last:
            return None
        self._last = seen
        return self._drawn(seen.image, seen.faces)

    def end(self) -> None:
        """A marking that is over does not mind; one whose window is closing must neither wait nor go on."""
        self.control.cancel()
        self.stop()

    def _begin(self, address: str) -> LiveSource:
        from core.vision.feed import LiveOptions
        from core.vision.live import start_camera

        self.live = live = start_camera(address, LiveOptions(reconnect=True, on_state=self.states.put))
        self.states.put(live.state)
        return live

    def _open_camera(self, address: str) -> Source:
        from core.vision.live import waited_for

        live = self.live or self._begin(address)
        try:
            source = waited_for(live, address, self._is_over)
        except RollcallError:
            self.live = None
            raise
        if source is not live:
            self.live = None
        return source

    def _is_over(self) -> bool:
        return self.control.stopped or (self.task is not None and self.task.is_cancelled)

    def _drawn(self, image: Image, faces: tuple[ShownFace, ...]) -> Pictures.Image:
        from core.marking_picture import drawn

        width, height = self.place.space
        return Pictures.fromarray(drawn(image, faces, max(1, width), max(1, height))[:, :, ::-1])
