"""Annotated videos that ordinary players open: H.264, 4:2:0, index at the front."""

import contextlib
import math
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import av
import cv2
import numpy as np
from av.container import OutputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from core.errors import InputError
from core.files import PendingFile, Written, is_disk_full, no_room
from core.records import Image

_FORMATS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}
# libx264 is in the wheels of PyAV; builds without it for licence reasons carry one of the others.
_ENCODERS = ("libx264", "libopenh264", "mpeg4")
_X264 = {"preset": "ultrafast", "crf": "23"}
_THREADS = 2
_BT601, _LIMITED_RANGE = 6, 1


def check_suffix(path: Path) -> None:
    """Raise InputError unless the suffix is one that can be written; worth calling before hours of work."""
    if path.suffix.lower() not in _FORMATS:
        raise InputError(f"A video cannot be saved as {path.name}. Choose a name that ends in .mp4, .mov or .mkv.")


class VideoWriter:
    """Writes a video as a context manager; the file appears under its name only when the block ends well.

    fps: frames a second, above 0.  size: ``(width, height)`` in pixels of the frames to come; odd sizes are
    padded to even ones, as H.264 wants, and frames of another size are fitted in with black bars.
    fallback: folder to use where that of ``path`` cannot be written.

    Afterwards ``written`` says where the file is (with a note if elsewhere than asked; ``path`` follows); it is None
    if no frame came.  A failure inside the block removes the temporary file.
    Raises InputError for an unknown suffix and DiskFullError when there is no room or no writable folder.
    """

    def __init__(self, path: Path, fps: float, size: tuple[int, int], *, fallback: Path | None = None) -> None:
        if not (math.isfinite(fps) and fps > 0 and min(size) > 0):
            raise ValueError(f"a video needs a positive rate and size, not {fps} and {size}")
        check_suffix(path)
        self.path = path
        self.frames = 0
        self.written: Written | None = None
        self._width, self._height = (side + side % 2 for side in size)
        self._pending = PendingFile(path, fallback=fallback, beside=True)
        try:
            self._container, self._stream = self._open(Fraction(fps).limit_denominator(1001))
        except BaseException:
            self._pending.discard()
            raise

    def _open(self, rate: Fraction) -> tuple[OutputContainer, VideoStream]:
        kind = _FORMATS[self.path.suffix.lower()]
        options = {"movflags": "+faststart"} if kind != "matroska" else {}
        container = av.open(str(self._pending.temporary), "w", format=kind, options=options)
        encoder = _encoder()
        options = _X264 if encoder == "libx264" else {}
        stream = cast(VideoStream, container.add_stream(encoder, rate=rate, options=options))
        context = cast(VideoCodecContext, stream.codec_context)
        context.width, context.height, context.pix_fmt = self._width, self._height, "yuv420p"
        context.thread_count = _THREADS
        # OpenCV converts by BT.601; without these tags players would take HD pictures for BT.709.
        context.colorspace, context.color_range = _BT601, _LIMITED_RANGE
        return container, stream

    def write(self, image: Image) -> None:
        """Append one ``(h, w, 3) uint8 BGR`` picture.  Raises DiskFullError when there is no room."""
        planes = np.asarray(cv2.cvtColor(self._fitted(image), cv2.COLOR_BGR2YUV_I420), np.uint8)
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts = self.frames
        self.frames += 1
        self._mux(frame)

    def _fitted(self, image: Image) -> Image:
        height, width = image.shape[:2]
        if (width, height) == (self._width, self._height):
            return image
        if 0 <= self._width - width <= 1 and 0 <= self._height - height <= 1:
            below, right = self._height - height, self._width - width
            return np.asarray(cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REPLICATE), np.uint8)
        scale = min(self._width / width, self._height / height)
        inner = (max(1, round(width * scale)), max(1, round(height * scale)))
        canvas = np.zeros((self._height, self._width, 3), np.uint8)
        left, top = (self._width - inner[0]) // 2, (self._height - inner[1]) // 2
        canvas[top : top + inner[1], left : left + inner[0]] = cv2.resize(image, inner, interpolation=cv2.INTER_AREA)
        return canvas

    def _mux(self, frame: av.VideoFrame | None) -> None:
        try:
            self._container.mux(self._stream.encode(frame))
        except av.error.FFmpegError as error:
            if is_disk_full(error):
                raise no_room(self.path) from error
            raise

    def _finish(self) -> None:
        self._mux(None)
        try:
            self._container.close()
        except av.error.FFmpegError as error:
            if is_disk_full(error):
                raise no_room(self.path) from error
            raise
        self.written = self._pending.commit()
        self.path = self.written.path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._pending:
            if error is None and self.frames:
                try:
                    self._finish()
                finally:
                    self._abandon()
            else:
                self._abandon()

    def _abandon(self) -> None:
        # Windows removes a file only after it is closed; what closing says about a lost file is of no use.
        with contextlib.suppress(av.error.FFmpegError, OSError):
            self._container.close()


def _encoder() -> str:
    for name in _ENCODERS:
        if name in av.codecs_available:
            return name
    raise InputError("Videos cannot be saved on this computer: its PyAV has no video encoder. Reinstall the packages.")
