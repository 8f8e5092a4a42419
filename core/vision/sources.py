"""Where frames come from: a video file, a folder of photos, one photo, a webcam or a network camera.

All of them are context managers that yield :class:`core.records.Frame` in order, so that whoever looks at frames
never knows which it is.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal
from urllib.parse import urlsplit

import cv2
import numpy as np

from core.errors import InputError
from core.records import Frame, Image
from core.vision.images import IMAGE_SUFFIXES, read_image

VIDEO_SUFFIXES = frozenset(
    {".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".ts", ".mts", ".wmv", ".3gp", ".flv"}
)
STREAM_SCHEMES = ("rtsp", "rtsps", "http", "https")
OPEN_TIMEOUT_MS = 5000
"""A camera that is silent for this long cannot be opened; OpenCV's own limit is 30 s."""
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
        """Frames at least ``every_s`` seconds apart; the others are passed over without being decoded to pixels."""
        raise NotImplementedError

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
    if text.isdecimal() and not Path(text).exists():
        return _open_camera(int(text))
    if urlsplit(text).scheme in STREAM_SCHEMES:
        return _open_stream(text)
    path = Path(text).expanduser()
    if not path.exists():
        raise InputError(f"{text} does not exist. Check the spelling.")
    if path.is_dir():
        return _Photos(SourceInfo("photos", path.name or text), _photos_of(path))
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return _Photos(SourceInfo("image", path.name, frames=1), [path])
    return _open_video(path)


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
    photos = [one for one in files if one.suffix.lower() in IMAGE_SUFFIXES]
    if photos:
        return photos
    if files:
        raise InputError(f"{folder.name} holds videos but no photos. Give one of the videos itself.")
    if any(one.is_dir() for one in folder.iterdir()):
        raise InputError(f"{folder.name} holds only sub-folders. Give the one with the photos.")
    raise InputError(f"{folder.name} holds no photos. Put JPEG, PNG or HEIC files into it.")


@dataclass(slots=True)
class _Photos(Source):
    """Photos, each a frame of its own; an unreadable one is a problem, not the end."""

    paths: list[Path] = field(default_factory=list)

    def __init__(self, info: SourceInfo, paths: list[Path]) -> None:
        self.info, self.paths = info, paths
        self.info = SourceInfo(info.kind, info.label, frames=len(paths))
        self.frames_read, self.seconds_read, self.problems = 0, 0.0, []

    def frames(self, every_s: float = 0.0) -> Iterator[Frame]:
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
            yield Frame(image, index, 0.0, path.name)
        if len(self.problems) == len(self.paths):
            raise InputError(f"None of the photos in {self.info.label} can be read. {self.problems[0]}")


@dataclass(slots=True)
class _Capture(Source):
    """A video file or a live camera, read by OpenCV."""

    capture: cv2.VideoCapture | None = None

    def __init__(self, info: SourceInfo, capture: cv2.VideoCapture) -> None:
        self.info, self.capture = info, capture
        self.frames_read, self.seconds_read, self.problems = 0, 0.0, []

    def frames(self, every_s: float = 0.0) -> Iterator[Frame]:
        """One decoder, so it can be read once."""
        capture = self.capture
        if capture is None:
            raise ValueError("the source is closed")
        began = time.monotonic()
        due = 0.0
        while capture.grab():
            index = self.frames_read
            self.frames_read += 1
            now = time.monotonic() - began if self.live else self._position(capture, index)
            self.seconds_read = max(self.seconds_read, now)
            # Half a frame of slack: 0.25 s at 25 fps must not become 0.28 s by rounding.
            if now + 0.5 / (self.info.fps or 25.0) < due:
                continue
            due = now + every_s
            done, image = capture.retrieve()
            if done and image is not None and image.size:
                yield Frame(_colour(image), index, now)
        self._judge_end()

    def _position(self, capture: cv2.VideoCapture, index: int) -> float:
        """Seconds of the frame just grabbed: the container's clock where it runs forward, else the frame number."""
        stated = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0
        if np.isfinite(stated) and stated > self.seconds_read:
            return float(stated)
        return index / (self.info.fps or 25.0) if index == 0 or stated <= 0 else self.seconds_read

    def _judge_end(self) -> None:
        label = self.info.label
        if not self.frames_read:
            raise InputError(f"{label} holds no picture that can be read. Copy it again, or convert it to MP4.")
        if self.live:
            self.problems.append(f"{label} stopped sending pictures; everything seen until then is in the register.")
        elif self.info.frames and self.frames_read < 0.9 * self.info.frames:
            self.problems.append(
                f"{label} is damaged: only {self.frames_read} of {self.info.frames} frames could be read."
            )

    def close(self) -> None:
        if self.capture is not None:
            self.capture.release()
            self.capture = None


def _colour(image: np.ndarray) -> Image:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image, dtype=np.uint8)


def _open_video(path: Path) -> Source:
    if path.suffix.lower() not in VIDEO_SUFFIXES:
        raise InputError(f"{path.name} is neither a photo nor a video. Use JPEG, PNG, HEIC, MP4, MOV or AVI.")
    try:
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except OSError as error:
        raise InputError(f"{path.name} cannot be read ({error.strerror}). Check its permissions.") from error
    if size == 0:
        raise InputError(f"{path.name} is empty (0 bytes). Copy it again from where it came.")
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        capture.release()
        raise InputError(
            f"{path.name} is not a video that can be read, or it was cut off. Copy it again, or convert it to MP4."
        )
    return _Capture(_described(capture, "video", path.name), capture)


def _described(capture: cv2.VideoCapture, kind: Kind, label: str) -> SourceInfo:
    fps = float(capture.get(cv2.CAP_PROP_FPS))
    fps = fps if np.isfinite(fps) and 0.5 <= fps <= 1000 else 25.0
    count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
    frames = int(count) if kind == "video" and np.isfinite(count) and 0 < count < 1e9 else None
    width, height = (int(capture.get(one)) for one in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    return SourceInfo(kind, label, frames, frames / fps if frames else None, fps, width, height)


def _open_camera(number: int) -> Source:
    capture = cv2.VideoCapture(number)
    if not capture.isOpened():
        capture.release()
        raise InputError(
            f"Camera {number} cannot be opened. Check that it is plugged in and that no other program uses it."
        )
    # One frame of delay at most: the newest picture is the one that counts.
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return _Capture(_described(capture, "camera", f"camera {number}"), capture)


def _open_stream(address: str) -> Source:
    label = masked(address)
    # The time limits are ignored unless FFmpeg is named as the reader.
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, OPEN_TIMEOUT_MS]
    capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, limits)
    if not capture.isOpened():
        capture.release()
        raise InputError(f"The camera at {label} does not answer. Check its address, its password and the network.")
    return _Capture(_described(capture, "stream", label), capture)


def masked(address: str) -> str:
    """An address without user name, password and query, fit for the register and for messages."""
    parts = urlsplit(address)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
