"""Where frames come from: a video file, a folder of photos, one photo, a webcam or a network camera.

All of them are context managers that yield :class:`core.records.Frame` in order, so that whoever looks at frames
never knows which it is.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

import cv2
import numpy as np

from core.errors import InputError
from core.records import Frame
from core.vision.decoding import MAX_PIXELS
from core.vision.devices import CAMERA, opened_address, retrieved
from core.vision.images import IMAGE_SUFFIXES, checked_file, read_image, shown_name

if TYPE_CHECKING:
    from core.vision.feed import LiveOptions

VIDEO_SUFFIXES = frozenset(
    {".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".ts", ".mts", ".wmv", ".3gp", ".flv"}
)
ADDRESS = re.compile(r"(rtsps?|https?)://", re.IGNORECASE)
USUAL_FPS = 25.0
WAITS_S = 15.0
"""A camera that ends for good when it is silent is waited for longer than one that is opened again."""
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_source(spec: str | Path, options: "LiveOptions | None" = None) -> Source:
    """Open a source by what the user wrote.  options: for a camera; without them its frames end when it drops out.

    Waits until a camera shows a picture.  Raises InputError with a sentence when the source cannot be used.
    """
    text = str(spec)
    try:
        path = _path(text)
        if is_camera(text):
            return _open_camera(text, options)
        if not path.exists():
            raise InputError(f"{text} does not exist. Check the spelling.")
        if path.is_dir():
            return _Photos(SourceInfo("photos", shown_name(path.resolve())), paths=_photos_of(path))
    except OSError as error:
        raise InputError(f"{text} cannot be read ({error.strerror}). Check the name and its permissions.") from error
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return _Photos(SourceInfo("image", shown_name(path), frames=1), paths=[path])
    return _open_video(path)


def is_camera(spec: str) -> bool:
    """Whether what the user wrote is a camera, or what stands in for one.  Raises OSError for a path of nonsense."""
    return bool(ADDRESS.match(spec)) or (names_camera(spec) and not _path(spec).exists())


def names_camera(spec: str) -> bool:
    """Whether it is written as a camera is; a file can be called so, too."""
    return bool(ADDRESS.match(spec) or CAMERA.fullmatch(spec))


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
    name = check_video(path)
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        capture.release()
        raise InputError(
            f"{name} is not a video that can be read, or it was cut off. Copy it again, or convert it to MP4."
        )
    info = _described(capture, name)
    if info.width * info.height > MAX_PIXELS:
        capture.release()
        raise InputError(f"{name} is too large ({info.width} x {info.height} pixels). Convert it to a smaller MP4.")
    return _Video(info, capture=capture)


def check_video(path: Path) -> str:
    """The name of a video file for people.  Raises InputError when it cannot be one."""
    name = shown_name(path)
    if path.suffix.lower() not in VIDEO_SUFFIXES:
        raise InputError(f"{name} is neither a photo nor a video. Use JPEG, PNG, HEIC, MP4, MOV or AVI.")
    checked_file(path, name)
    if not _is_container(_head(path, name)):
        raise InputError(f"{name} is not a video that can be read. Copy it again, or convert it to MP4.")
    if name != path.name:
        raise InputError(f"{name} has letters in its name that cannot be read. Give the file another name.")
    return name


def _head(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(2048)
    except OSError as error:
        raise InputError(f"{name} cannot be read ({error.strerror}). Check its permissions.") from error


def _is_container(head: bytes) -> bool:
    """Whether a file begins as videos do.  FFmpeg knows play lists too, whatever they are called, and opens all that
    they name.
    """
    if head.startswith((b"\x1aE\xdf\xa3", b"FLV\x01", b"0&\xb2u\x8ef\xcf\x11", b"\0\0\1", b"OggS")):
        return True
    if head[:4] == b"RIFF" or head[4:8] in (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"uuid"):
        return True
    # Packets of a transport stream, those of cameras with four bytes before each.
    return any(len(head) > at + step and head[at] == head[at + step] == 0x47 for at, step in ((0, 188), (4, 192)))


def _described(capture: cv2.VideoCapture, label: str) -> SourceInfo:
    fps = float(capture.get(cv2.CAP_PROP_FPS))
    fps = fps if np.isfinite(fps) and 0.5 <= fps <= 1000 else USUAL_FPS
    count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
    frames = int(count) if np.isfinite(count) and 0 < count < 1e9 else None
    width, height = (int(capture.get(one)) for one in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    return SourceInfo("video", label, frames, frames / fps if frames else None, fps, width, height)


def _open_camera(spec: str, options: "LiveOptions | None") -> Source:
    # Only here, because most commands need no processes.
    from core.vision.feed import LiveOptions
    from core.vision.live import start_camera

    live = start_camera(spec, options or LiveOptions(silent_s=WAITS_S))
    try:
        state = live.wait_opened()
    except BaseException:
        live.close()
        raise
    if state.shows:
        return live
    live.close()
    if state.kind == "recording":
        return _open_recording(spec)
    raise InputError(state.text)


def _open_recording(address: str) -> Source:
    """A recording of the web: it has an end and is read frame by frame."""
    capture = opened_address(address)
    if not capture.isOpened():
        capture.release()
        raise InputError(f"The recording at {masked(address)} cannot be read. Check its address and the network.")
    return _Video(_described(capture, masked(address)), capture=capture)


def masked(address: str) -> str:
    """An address without user name, password and query, fit for the register and for messages.

    Passwords may hold any letter, unescaped ones too, so everything up to the last ``@`` goes; some cameras want them
    in the path (``/user=admin&password=…``), so parts with ``=`` go as well.
    """
    scheme, _, rest = address.partition("://")
    place = re.split(r"[?#]", rest.rpartition("@")[2])[0]
    return f"{scheme.lower()}://{'/'.join(part for part in place.split('/') if '=' not in part)}"
