"""The camera of the lesson's room, as the process that recognises looks through it."""

import time
from collections.abc import Callable

from core.marking_live import Control, Picture
from core.marking_picture import drawn
from core.vision.feed import CameraState, LiveOptions
from core.vision.images import encode_jpeg
from core.vision.live import LiveSource, start_camera, waited_for
from core.vision.sources import Source
from web.taking.messages import Lens, Told, View

WIDTH, HEIGHT = 800, 600
"""What is shown of it, in pixels at most; more would only make a phone's page slow."""
SHOW_EVERY_S = 0.9
"""Pages ask once a second."""


class RoomCamera:
    """While one lesson is marked: comes back by itself when it drops out; its state and what it shows are told."""

    def __init__(self, tell: Callable[[Told], None], control: Control) -> None:
        self._tell, self._control = tell, control
        self._live: LiveSource | None = None
        self._shown_s = 0.0
        self._is_troubled = False

    def open(self, address: str) -> Source:
        """Wait until it shows something.  Raises InputError for what is no camera, CancelledError."""
        self._live = start_camera(address, LiveOptions(reconnect=True, on_state=self._be))
        return waited_for(self._live, address, lambda: self._control.stopped)

    def show(self, picture: Picture) -> None:
        """A picture was searched."""
        now_s = time.monotonic()
        if now_s - self._shown_s >= SHOW_EVERY_S:
            self._shown_s = now_s
            self._tell(View(encode_jpeg(drawn(picture.image, picture.faces, WIDTH, HEIGHT))))

    def stop(self) -> None:
        """Look no more, also where it shows nothing at the moment; does not wait."""
        if self._live is not None:
            self._live.stop()

    def close(self) -> None:
        """Let go of it."""
        if self._live is not None:
            self._live.close()

    def _be(self, state: CameraState) -> None:
        if state.kind == "opening" and self._is_troubled:
            # It is tried again and again; what is wrong stays to be read until it shows something.
            return
        self._is_troubled = state.kind not in ("opening", "showing", "closed")
        self._tell(Lens("" if state.kind in ("showing", "closed") else state.text))
