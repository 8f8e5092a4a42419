"""Whether a camera works: one picture of it, or the sentence that says why there is none."""

import time
from dataclasses import dataclass
from threading import Event

from core.access import guarded
from core.errors import CancelledError
from core.records import Image
from core.store import rooms
from core.store.database import Store
from core.vision.feed import CameraState, LiveOptions
from core.vision.live import LiveSource, start_camera

SETTLE_S = 1.0
"""The first pictures of many webcams are black."""
_POLL_S = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """What a camera showed; picture: None where it showed nothing; sentence: how it is, for people."""

    picture: Image | None
    sentence: str


def try_camera(spec: str, cancelled: Event) -> Tried:
    """Open a camera, wait until its picture has settled, and close it.

    spec: as :func:`core.vision.live.start_camera` takes it.  Raises InputError for what cannot be a camera,
    CancelledError.
    """
    source = start_camera(spec, LiveOptions())
    try:
        return _tried(source, cancelled)
    finally:
        source.close()


@guarded
def try_room(store: Store, name: str, cancelled: Event) -> Tried:
    """:func:`try_camera` with that of a room, whose address nobody is shown.  Raises NotFoundError, InputError."""
    with store.read() as db:
        camera = rooms.camera_of(db, f"{rooms.IN_ROOM}{name}")
    return try_camera(camera, cancelled)


def _tried(source: LiveSource, cancelled: Event) -> Tried:
    state, until = source.state, None
    image: Image | None = None
    while True:
        if cancelled.is_set():
            raise CancelledError("The camera test was stopped.")
        state = source.state
        if _is_over(state):
            return Tried(image, state.text)
        found = source.newest()
        if found is not None:
            image = found.image
            until = until or time.monotonic() + SETTLE_S
        if until is not None and time.monotonic() > until:
            return Tried(image, state.text)
        time.sleep(_POLL_S)


def _is_over(state: CameraState) -> bool:
    return state.kind != "opening" and not state.shows
