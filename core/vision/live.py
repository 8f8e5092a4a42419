"""A live camera as a source: a webcam, a network camera, or a recording that stands in for one.

It is read in a process of its own, because a driver can hang for ever: that process is killed then, and this program
goes on.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from core.errors import CancelledError, InputError
from core.records import Frame, Image
from core.vision.camera_child import Openable, Size
from core.vision.devices import NAMED, PLAYED, Device
from core.vision.feed import CameraState, Feed, LiveOptions, Picture, StateKind
from core.vision.sources import ADDRESS, Source, SourceInfo, check_video, masked, open_source

HIGHEST_CAMERA = 99
LINEAR_ABOVE = 0.5
LOOK_S = 0.05

_AT = "The camera at {address}"
_SENTENCES: dict[StateKind, str] = {
    "opening": "{camera} is being opened.",
    "showing": "{camera} shows its picture.",
    "closed": "{camera} is closed.",
    "busy": "The camera is used by another program. Close it, then Retry.",
    "forbidden": "{camera} may not be used by you. Ask whoever looks after this computer.",
    "missing": "{camera} cannot be opened. Check that it is plugged in.",
    "unplugged": "{camera} was unplugged. Plug it in again.",
    "password": "{camera} refuses its user name or password. Check the address.",
    "recording": "{camera} is a recording, not a camera.",
    "large": "{camera} sends pictures that are too large. Choose a smaller size in its own settings.",
    "silent": "{camera} does not answer. Check how it is connected.",
    "nothing": "{camera} opens but shows no picture. Check that no other program uses it.",
    "ended": "{camera} stopped sending pictures.",
    "black": "{camera} shows only black pictures. Open its lid or switch on the light.",
    "frozen": "{camera} stands still: the same picture for 10 s.",
}


@dataclass(slots=True)
class LiveSource(Source):
    """A camera in use from the moment it is asked for; ``state`` and ``LiveOptions.on_state`` tell how it is."""

    feed: Feed = field(kw_only=True)
    reading: bool = field(default=False, init=False)
    began_s: float = field(default_factory=time.monotonic, init=False)

    def frames(self, every_s: float = 0.0) -> Iterator[Frame]:
        if self.reading:
            raise ValueError("a camera can be read once")
        self.reading, self.began_s = True, time.monotonic()
        first = self.feed.grabbed
        while (picture := self.feed.next()) is not None:
            frame = self._frame(picture, first)
            self.frames_read, self.seconds_read = frame.index + 1, frame.time_s
            yield frame
            self.feed.rest(picture.at_s + every_s - time.monotonic())
        if self.feed.stopped:
            return
        if not self.frames_read:
            raise InputError(self.state.text)
        self.problems.append(f"{self.info.label} stopped sending pictures; what it showed until then was used.")

    def late_s(self, frame: Frame) -> float:
        return time.monotonic() - self.began_s - frame.time_s

    @property
    def state(self) -> CameraState:
        """How the camera is now."""
        return self.feed.state

    def newest(self, after: int = -1) -> Picture | None:
        """The newest picture without waiting, for showing; None when its ``number`` is not above ``after``.

        Each call asks for the next one, so pictures come as often as this is called; ``frames`` may run meanwhile.
        """
        return self.feed.newest(after)

    def wait_opened(self) -> CameraState:
        """Wait until it shows a picture, or until the first trouble; sets the size in ``info``."""
        state, size = self.feed.wait_opened(), self.feed.size
        self.info = replace(self.info, width=size.width, height=size.height, fps=self.feed.fps or None)
        return state

    def retry(self) -> None:
        """Try again now instead of after the wait."""
        self.feed.retry()

    def stop(self) -> None:
        """End at once without waiting; for a window, whose closing may not wait for a camera."""
        self.feed.stop()

    def close(self) -> None:
        self.feed.close()

    def _frame(self, picture: Picture, first: int) -> Frame:
        return Frame(picture.image, max(0, picture.index - first), max(0.0, picture.at_s - self.began_s))


def start_camera(spec: str, options: LiveOptions | None = None, *, device: Openable | None = None) -> LiveSource:
    """Begin to open a camera and return at once; how it goes is told by its state.

    spec: a number, ``Camera.spec``, an address, ``play:FILE`` or ``loop:FILE``.  device: what is opened instead of what
    ``spec`` says; it is sent to the child.  Without options it reconnects by itself.
    Raises InputError when ``spec`` cannot be a camera at all.
    """
    options = options or LiveOptions(reconnect=True)
    label = label_of(spec)
    info = SourceInfo("stream" if ADDRESS.match(spec) else "camera", label)
    feed = Feed(device or Device(spec, options.size), _Teller(label, options.size), options)
    return LiveSource(info, feed=feed)


def waited_for(live: LiveSource, spec: str, is_over: Callable[[], bool]) -> Source:
    """A camera that comes back by itself, once it shows a picture; where ``spec`` turns out a recording, that one.

    Otherwise it is closed, and it raises InputError when it ended, CancelledError as soon as ``is_over`` says so.
    """
    try:
        while not (live.state.shows and live.feed.size.width):
            if live.state.kind == "recording":
                live.close()
                return open_source(spec)
            if is_over():
                raise CancelledError("Marking was stopped before a picture was seen, so nobody was marked.")
            if live.feed.ended:
                raise InputError(live.state.text)
            time.sleep(LOOK_S)
    except BaseException:
        live.close()
        raise
    live.wait_opened()
    return live


def label_of(spec: str) -> str:
    """What a camera is called for people and in the register.  Raises InputError when it cannot be a camera."""
    if played := PLAYED.fullmatch(spec):
        return check_video(Path(played[2]).expanduser())
    if named := NAMED.fullmatch(spec):
        return named[2].strip()
    if not spec.isdecimal():
        # OpenCV crashes on what cannot be written in UTF-8.
        if not ADDRESS.match(spec) or spec.encode("utf-8", "replace").decode("utf-8") != spec:
            raise InputError(f"The camera at {masked(spec)} does not answer. Check its address.")
        return masked(spec)
    if len(spec) > 9 or int(spec) > HIGHEST_CAMERA:
        raise InputError(f"Camera {spec} cannot be opened. The numbers of cameras are 0 to {HIGHEST_CAMERA}.")
    return f"camera {int(spec)}"


def preview(source: LiveSource, width: int, height: int, after: int = -1) -> tuple[int, Image] | None:
    """The newest picture, to be shown within ``width`` × ``height`` pixels, and its number; does not wait.

    None when nothing is newer than number ``after``.  Call it as often a second as pictures shall be shown.
    """
    picture = source.newest(after)
    return None if picture is None else (picture.number, fitted(picture.image, width, height))


def fitted(image: Image, width: int, height: int) -> Image:
    """``image`` scaled to fit into ``width`` × ``height`` pixels, its sides in proportion."""
    scale = min(width / image.shape[1], height / image.shape[0])
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    # By area what is made much smaller looks best; else it looks the same, takes six times as long, and upwards makes
    # squares.
    how = cv2.INTER_AREA if scale <= LINEAR_ABOVE else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=how), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class _Teller:
    """Makes the sentence of a state."""

    label: str
    asked: tuple[int, int] | None

    def __call__(self, kind: StateKind, size: Size) -> str:
        place = _AT.format(address=self.label) if ADDRESS.match(self.label) else self.label
        if place.startswith("camera "):
            place = place.capitalize()
        text = _SENTENCES[kind].format(camera=place)
        if kind == "showing":
            text = f"{text[:-1]} of {size.width} × {size.height}."
            if self.asked not in (None, (size.width, size.height)):
                text = f"{text} {self.asked[0]} × {self.asked[1]} was asked for."
        return text
