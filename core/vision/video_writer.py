"""Annotated videos that ordinary players open."""

from pathlib import Path
from typing import Self

from core.files import Written
from core.records import Image


class VideoWriter:
    """Writes H.264 video; use as a context manager.  size: (width, height).  After the block ``written`` is set."""

    written: Written | None = None

    def __init__(self, path: Path, fps: float, size: tuple[int, int], *, fallback: Path | None = None) -> None:
        raise NotImplementedError

    def write(self, image: Image) -> None:
        """Append one frame."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        raise NotImplementedError
