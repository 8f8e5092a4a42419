"""Where frames come from: a video file, a folder of photos, one photo, a webcam or a network camera.

All of them are context managers that yield :class:`core.records.Frame` in order, so that whoever looks at frames
never knows which it is.
"""

import math
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Literal

import cv2
import numpy as np

from core.errors import InputError
from core.records import Frame
from core.vision.cameras import LiveReader, retrieved
from core.vision.images import IMAGE_SUFFIXES, read_image, shown_name

VIDEO_SUFFIXES = frozenset(
    {".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".ts", ".mts", ".wmv", ".3gp", ".flv"}
)
ADDRESS = re.compile(r"(rtsps?|https?)://", re.IGNORECASE)
USUAL_FPS = 25.0
OPEN_TIMEOUT_MS = 5000
"""A camera that is silent for this long cannot be opened; OpenCV's own limit is 30 s."""
HIGHEST_CAMERA = 99
LONGEST_STEP_S = 60.0
"""A larger step between the time stamps of two frames is no time but an error of the recording."""
WHOLE = 0.9
"""A video of which less than this share can be read was cut off; stated lengths are often a little wrong."""
IGNORED = {"thumbs.db", "desktop.ini", ".ds_store"}

Kind = Literal["video", "photos", "image", "camera", "stream"]


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known before the first frame.  label: for people and the register; holds no folder and no password."""

    kind: Kind
    label: str
    frames: int | None = None
    seconds: float | None = None
    fps: float | None = None
    width: int = 0
    height: int = 0


@dataclass(slots=True)
class Source:
    """A source in use.  frames_read, seconds_read: how far it was read; problems: sentences to tell afterwards."""

    info: SourceInfo
    frames_read: int = 0
    seconds_read: float = 0.0
    problems: list[str] = field(default_factory=list)

    @property
    def continuous(self) -> bool:
        """Whether frames follow one another in time, so that faces can be followed."""
        return self.info.kind not in ("photos", "image")

    @property
    def live(self) -> bool:
        return self.info.kind in ("camera", "stream")

    def frames(self, every_s: float = 0.0) -> Iterator[Frame]:
        """Frames about ``every_s`` seconds apart (0: all); the others are passed over without being turned to pixels.

        A live camera gives the newest frame, however long the last one took.  A video and a camera can be read once.
        Raises InputError when nothing at all can be read.
        """
        raise NotImplementedError

    def late_s(self, frame: Frame) -> float:
        """How many seconds ago a live source showed ``frame``; 0 for recordings, which wait."""
        return 0.0

    def close(self) -> None:
        """Let go of the file or device."""

    def __enter__(self) -> "Source":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_source(spec: str | Path) -> Source:
    """Open a source by what the user wrote.  Raises InputError with a sentence when it cannot be used."""
    text = str(spec)
    try:
        if ADDRESS.match(text):
            return _open_address(text)
        path = _path(text)
        if text.isdecimal() and not path.exists():
            return _open_camera(text)
        if not path.exists():
            raise InputError(f"{text} does not exist. Check the spelling.")
        if path.is_dir():
            return _Photos(SourceInfo("photos", shown_name(path.resolve())), paths=_photos_of(path))
    except OSError as error:
        raise InputError(f"{text} cannot be read ({error.strerror}). Check the name and its permissions.") from error
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return _Photos(SourceInfo("image", shown_name(path), frames=1), paths=[path])
    return _open_video(path)


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:  # ~ with the name of nobody
        return Path(text)


def media_files(folder: Path) -> list[Path]:
    """Photos and videos of a folder in natural order (2 before 10); other files are passed over."""
    wanted = IMAGE_SUFFIXES | VIDEO_SUFFIXES
    files = [one for one in folder.iterdir() if one.is_file() and one.suffix.lower() in wanted]
    return sorted((one for one in files if not _hidden(one)), key=_natural)


def _hidden(path: Path) -> bool:
    return path.name.startswith(".") or path.name.lower() in IGNORED


def _natural(path: Path) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", path.name.casefold())]


def _photos_of(folder: Path) -> list[Path]:
    files = media_files(folder)
    name = shown_name(folder.resolve())
    photos = [one for one in files if one.suffix.lower() in IMAGE_SUFFIXES]
    if photos:
        return photos
    if files:
        raise InputError(f"{name} holds videos but no photos. Give one of the videos itself.")
    inside = sorted((one for one in folder.iterdir() if one.is_dir() and not _hidden(one)), key=_natural)
    if inside:
        raise InputError(
            f"{name} holds only sub-folders. Give the one with the photos, such as {folder / inside[0].name}."
        )
    raise InputError(f"{name} holds no photos. Put JPEG, PNG or HEIC files into it.")


@dataclass(slots=True)
class _Photos(Source):
    """Photos, each a frame of its own; an unreadable one is a problem, not the end."""

    paths: list[Path] = field(kw_only=True)

    def __post_init__(self) -> None:
        self.info = replace(self.info, frames=len(self.paths))

    def frames(self, every_s: float = 0.0) -> Iterator[Frame]:
        self.frames_read, self.problems = 0, []
        for index, path in enumerate(self.paths):
            try:
                image = read_image(path)
            except InputError as error:
                if len(self.paths) == 1:
                    raise
                self.problems.append(str(error))
                continue
            finally:
                self.frames_read += 1
            yield Frame(image, index, 0.0, shown_name(path))
        if len(self.problems) == len(self.paths):
            raise InputError(f"None of the photos in {self.info.label} can be read. {self.problems[0]}")


@dataclass(slots=True)
class _Video(Source):
    """A recorded video, read by OpenCV."""

    capture: cv2.VideoCapture = field(kw_only=True)

    def frames(self, every_s: float = 0.0) -> Iterator[Frame]:
        frame_s = 1.0 / (self.info.fps or USUAL_FPS)
        clock, due = _Clock(frame_s), 0.0
        while self.capture.grab():
            index = self.frames_read
            self.frames_read += 1
            now = self.seconds_read = clock.tick(self.capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0)
            # Half a frame of slack: 0.25 s at 25 fps must not become 0.28 s by rounding.
            if now + frame_s / 2 < due:
                continue
            due = now + every_s
            image = retrieved(self.capture)
            if image is not None:
                yield Frame(image, index, now)
        self._judge_end(self.seconds_read + frame_s)

    def _judge_end(self, reached_s: float) -> None:
        label, frames, seconds = self.info.label, self.info.frames, self.info.seconds
        if not self.frames_read:
            raise InputError(f"{label} holds no picture that can be read. Copy it again, or convert it to MP4.")
        # Both, because the number of frames is a guess from the length where the frame rate varies.
        if frames and seconds and self.frames_read < WHOLE * frames and reached_s < WHOLE * seconds:
            self.problems.append(
                f"{label} is damaged: only the first {reached_s:.1f} of {seconds:.1f} seconds could be read."
            )

    def close(self) -> None:
        self.capture.release()


@dataclass(slots=True)
class _Live(Source):
    """A webcam or a network camera."""

    capture: cv2.VideoCapture = field(kw_only=True)
    reader: LiveReader | None = None

    def frames(self, every_s: float = 0.0) -> Iterator[Frame]:
        if self.reader is not None:
            raise ValueError("a camera can be read once")
        self.reader = reader = LiveReader(self.capture)
        while (frame := reader.next()) is not None:
            self.frames_read, self.seconds_read = frame.index + 1, frame.time_s
            yield frame
            time.sleep(max(0.0, frame.time_s + every_s - reader.seconds()))
        if not self.frames_read:
            raise InputError(f"{self.info.label} opens but shows no picture. Check that no other program uses it.")
        self.problems.append(f"{self.info.label} stopped sending pictures; what it showed until then was used.")

    def late_s(self, frame: Frame) -> float:
        return self.reader.seconds() - frame.time_s if self.reader is not None else 0.0

    def close(self) -> None:
        if self.reader is not None:
            self.reader.close()
        self.capture.release()


class _Clock:
    """Seconds of each frame from the container's time stamps, so that a varying frame rate is followed.

    Only steps between neighbours count: stamps that start anywhere, jump back, stand still or are missing do no harm,
    a frame then lasts as long as the frame rate says.
    """

    def __init__(self, frame_s: float) -> None:
        self._frame_s, self._stated, self._now = frame_s, math.nan, -frame_s

    def tick(self, stated: float) -> float:
        """The time of the next frame, whose stamp is ``stated`` seconds."""
        step = stated - self._stated
        self._now += step if 0 < step <= LONGEST_STEP_S else self._frame_s
        self._stated = stated
        return self._now


def _open_video(path: Path) -> Source:
    name = shown_name(path)
    if path.suffix.lower() not in VIDEO_SUFFIXES:
        raise InputError(f"{name} is neither a photo nor a video. Use JPEG, PNG, HEIC, MP4, MOV or AVI.")
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise InputError(f"{name} cannot be read ({error.strerror}). Check its permissions.") from error
    if empty:
        raise InputError(f"{name} is empty (0 bytes). Copy it again from where it came.")
    if name != path.name:
        raise InputError(f"{name} has letters in its name that cannot be read. Give the file another name.")
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        capture.release()
        raise InputError(
            f"{name} is not a video that can be read, or it was cut off. Copy it again, or convert it to MP4."
        )
    return _Video(_described(capture, "video", name), capture=capture)


def _described(capture: cv2.VideoCapture, kind: Kind, label: str) -> SourceInfo:
    fps = float(capture.get(cv2.CAP_PROP_FPS))
    fps = fps if np.isfinite(fps) and 0.5 <= fps <= 1000 else USUAL_FPS
    count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
    frames = int(count) if kind == "video" and np.isfinite(count) and 0 < count < 1e9 else None
    width, height = (int(capture.get(one)) for one in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    return SourceInfo(kind, label, frames, frames / fps if frames else None, fps, width, height)


def _open_camera(text: str) -> Source:
    number = int(text) if len(text) < 10 else HIGHEST_CAMERA + 1
    capture = cv2.VideoCapture(number) if number <= HIGHEST_CAMERA else cv2.VideoCapture()
    if not capture.isOpened():
        capture.release()
        raise InputError(
            f"Camera {text} cannot be opened. Check that it is plugged in and that no other program uses it."
        )
    return _Live(_described(capture, "camera", f"camera {number}"), capture=capture)


def _open_address(address: str) -> Source:
    label = masked(address)
    # The time limits are ignored unless FFmpeg is named as the reader.
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, OPEN_TIMEOUT_MS]
    capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, limits) if _is_text(address) else cv2.VideoCapture()
    if not capture.isOpened():
        capture.release()
        raise InputError(f"The camera at {label} does not answer. Check its address, its password and the network.")
    video = _described(capture, "video", label)
    # A web address may be a recording, which has an end and must be read frame by frame.
    if video.frames and address.lower().startswith("http"):
        return _Video(video, capture=capture)
    return _Live(_described(capture, "stream", label), capture=capture)


def _is_text(address: str) -> bool:
    """Whether it can be written in UTF-8; OpenCV crashes on anything else."""
    return address.encode("utf-8", "replace").decode("utf-8") == address


def masked(address: str) -> str:
    """An address without user name, password and query, fit for the register and for messages.

    Passwords may hold any letter, unescaped ones too, so everything up to the last ``@`` goes; some cameras want them
    in the path (``/user=admin&password=…``), so parts with ``=`` go as well.
    """
    scheme, _, rest = address.partition("://")
    place = re.split(r"[?#]", rest.rpartition("@")[2])[0]
    return f"{scheme.lower()}://{'/'.join(part for part in place.split('/') if '=' not in part)}"
