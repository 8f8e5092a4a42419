"""Opening a camera and finding out why it does not work.  All of this may hang in a driver: it runs in a child process.

Windows: cameras are opened by DirectShow, which is quick to open, knows virtual cameras and takes a size; its numbers
are not those of Media Foundation, so the same way lists them.  None of that could be tried without such a computer.
"""

import os
import re
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import urlsplit

import cv2
import numpy as np

from core.records import Image
from core.vision.cameras import LISTED_BY, Camera, listed_here, matching
from core.vision.player import Player

OPEN_TIMEOUT_MS = 5000
"""A camera that is silent for this long cannot be opened; OpenCV's own limit is 30 s."""
ASK_S = 3.0
"""How long a network camera may take to say why."""
CAMERA = re.compile(r"[0-9]+|camera:[0-9]{1,2}:.+|(play|loop):.+", re.DOTALL)
"""A number, a number with a name, or a recording that stands in for a camera."""
PLAYED = re.compile(r"(play|loop):(.+)", re.DOTALL)
NAMED = re.compile(r"camera:([0-9]{1,2}):(.+)", re.DOTALL)

Trouble = Literal[
    "busy", "forbidden", "missing", "unplugged", "password", "recording", "silent", "nothing", "ended", "large", "hangs"
]


class Capture(Protocol):
    """What of OpenCV's class is used."""

    def grab(self) -> bool: ...
    def retrieve(self) -> tuple[bool, Image | None]: ...
    def get(self, prop: int) -> float: ...
    def release(self) -> None: ...


class NoCameraError(Exception):
    """A camera that cannot be opened; ``trouble`` says why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble: Trouble = trouble


@dataclass(frozen=True, slots=True)
class Device:
    """A camera as the user named it, and how it is opened.

    spec: a number, ``camera:NUMBER:NAME``, an address, or ``play:FILE`` and ``loop:FILE`` for a recording that stands
    in for a camera.  size: ``(width, height)`` to ask a camera of this computer for, in pixels.
    """

    spec: str
    size: tuple[int, int] | None = None

    def open(self) -> Capture:
        """The camera, opened.  Raises NoCameraError."""
        if played := PLAYED.fullmatch(self.spec):
            player = Player(str(Path(played[2]).expanduser()), loop=played[1] == "loop")
            return player if player.isOpened() else _refuse(player, "silent")
        if self.spec.isdecimal() or NAMED.fullmatch(self.spec):
            return self._open_local()
        return self._open_address()

    def why_ended(self) -> Trouble:
        """Why a camera that showed pictures sends none any more."""
        found = self._local()
        if found is None:
            return "ended"
        number, listed = found
        return "ended" if listed is None or number in {one.index for one in listed} else "unplugged"

    def _local(self) -> tuple[int | None, list[Camera] | None] | None:
        """The number of a camera of this computer (None: it is not there), and all there are if that is known."""
        if self.spec.isdecimal():
            return int(self.spec), listed_here()
        named = NAMED.fullmatch(self.spec)
        if named is None:
            return None
        listed, number = listed_here(), int(named[1])
        if listed is None:
            return number, None
        camera = matching(listed, number, named[2])
        return (camera.index if camera else None), listed

    def _open_local(self) -> Capture:
        number, listed = self._local() or (None, None)
        if number is None:
            raise NoCameraError("missing")
        capture = cv2.VideoCapture(number, LISTED_BY)
        if not capture.isOpened():
            return _refuse(capture, _why_closed(number, listed))
        if self.size is not None:
            if LISTED_BY in (cv2.CAP_DSHOW, cv2.CAP_V4L2):
                # Uncompressed, USB has not the room for more than a few large pictures a second.
                capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, self.size[0])
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self.size[1])
        return capture  # type: ignore[return-value]

    def _open_address(self) -> Capture:
        capture = opened_address(self.spec)
        if not capture.isOpened():
            return _refuse(capture, "password" if asks_for_password(self.spec) else "silent")
        if self.spec.lower().startswith("http") and 0 < capture.get(cv2.CAP_PROP_FRAME_COUNT) < 1e9:
            # It has an end and must be read frame by frame.
            return _refuse(capture, "recording")
        return capture  # type: ignore[return-value]


def opened_address(address: str) -> cv2.VideoCapture:
    """What is at ``address``, opened or not."""
    # The time limits are ignored unless FFmpeg is named as the reader.
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, OPEN_TIMEOUT_MS]
    return cv2.VideoCapture(address, cv2.CAP_FFMPEG, limits)


def retrieved(capture: Capture | cv2.VideoCapture) -> Image | None:
    """The frame grabbed last as ``(h, w, 3) uint8 BGR``, or None when it cannot be shown."""
    done, image = capture.retrieve()
    if not done or image is None or not image.size:
        return None
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image, dtype=np.uint8)


def asks_for_password(address: str) -> bool:
    """Whether a network camera wants a user name and password; one that could not be opened with its own was wrong.

    OpenCV does not tell why it failed, so the camera is asked once more, without a password.
    """
    scheme, _, rest = address.partition("://")
    scheme, rest = scheme.lower(), rest.rpartition("@")[2]
    if scheme not in ("http", "rtsp") or any(one.isspace() for one in rest):
        return False
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        host, port = parts.hostname or "", parts.port or (80 if scheme == "http" else 554)
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        ask = f"GET {path} HTTP/1.0\r\nHost: {parts.netloc}\r\n\r\n"
        if scheme == "rtsp":
            ask = f"DESCRIBE rtsp://{rest} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n"
        with socket.create_connection((host, port), timeout=ASK_S) as link:
            link.sendall(ask.encode())
            return link.recv(64).split()[1:2] in ([b"401"], [b"403"])
    except (OSError, ValueError):
        return False


def _refuse(capture: Player | cv2.VideoCapture, trouble: Trouble) -> Capture:
    capture.release()
    raise NoCameraError(trouble)


def _why_closed(number: int, listed: list[Camera] | None) -> Trouble:
    if listed is not None and number not in {one.index for one in listed}:
        return "missing"
    device = Path(f"/dev/video{number}")
    if sys.platform.startswith("linux") and device.exists() and not os.access(device, os.R_OK | os.W_OK):
        return "forbidden"
    return "busy" if listed is not None else "silent"
