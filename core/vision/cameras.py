"""Which cameras this computer has, by name."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import cv2

from core.vision.child import answer_of

LIST_S = 8.0
"""A driver that takes longer to list its cameras hangs."""
PROBED = 3
"""Numbers tried where the system does not list its cameras."""
LISTED_BY = {"win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION, "linux": cv2.CAP_V4L2}.get(
    sys.platform, cv2.CAP_ANY
)
"""The one way cameras are listed and opened: the same camera has another number in each."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera of this computer.  index: its number; it can change when cameras come and go, the name does not."""

    index: int
    name: str

    @property
    def spec(self) -> str:
        """How to give it to ``open_source`` and to a room, so that it is found under another number too."""
        return f"camera:{self.index}:{self.name}"


def list_cameras(limit_s: float = LIST_S) -> list[Camera]:
    """The cameras of this computer by number.  Raises TimeoutError when a driver does not answer in ``limit_s``."""
    return answer_of(_cameras, limit_s)


def describe_cameras() -> list[str]:
    """The cameras found for people, e.g. ``0 HD Webcam``.  Raises TimeoutError like :func:`list_cameras`."""
    return [f"{one.index} {one.name}" for one in list_cameras()]


def matching(cameras: Sequence[Camera], index: int, name: str) -> Camera | None:
    """The camera of this name: the one with this number, else the first."""
    named = [one for one in cameras if one.name == name]
    return next((one for one in named if one.index == index), named[0] if named else None)


def listed_here() -> list[Camera] | None:
    """The cameras, asked for in this process, which may hang; None where the system does not list them."""
    try:
        from cv2_enumerate_cameras import enumerate_cameras
    except ImportError:  # its part in C is not built for every kind of computer
        return None
    try:
        found = enumerate_cameras(LISTED_BY)
    except (NotImplementedError, OSError):
        return None
    cameras = [Camera(one.index, _clean(one.name, one.index)) for one in found]
    return sorted(cameras, key=lambda one: one.index)


def _clean(name: str | None, index: int) -> str:
    """A name made by whoever made the camera, as one line that can be shown."""
    shown = "".join(one if one.isprintable() else " " for one in name or "")
    return " ".join(shown.split())[:100] or f"camera {index}"


def _cameras() -> list[Camera]:
    listed = listed_here()
    return _probed() if listed is None else listed


def _probed() -> list[Camera]:
    found = []
    for number in range(PROBED):
        capture = cv2.VideoCapture(number, LISTED_BY)
        if capture.isOpened():
            found.append(Camera(number, f"camera {number}"))
        capture.release()
    return found
