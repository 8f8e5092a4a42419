"""What a detector must do.  Each is a file of its own, ``detectors`` knows them, one contract test runs over all."""

from typing import Protocol

import numpy as np

from core.records import Face, Image


class Detector(Protocol):
    """Finds faces with five landmarks; ``detect`` may be called from several threads at once."""

    min_face_px: int
    """Faces whose shorter box side is smaller are not searched for, pixels."""

    def detect(self, image: Image, *, quick: bool = False) -> list[Face]:
        """All faces of an ``(h, w, 3) uint8 BGR`` image, most certain first; boxes lie inside the image.

        quick: for moving pictures; boxes may be a few pixels less exact where that saves time.
        An image without a face, or too small to hold one, gives an empty list.  Any number of threads may call this.
        Raises ValueError for an array of another kind.
        """
        ...

    def warm(self) -> None:
        """Do now what the first picture would wait for.  Raises NetworksError."""
        ...


def check_image(image: Image) -> None:
    """Raises ValueError for anything but ``(h, w, 3) uint8``."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(f"an image must be (h, w, 3) uint8, not {image.shape} {image.dtype}")
