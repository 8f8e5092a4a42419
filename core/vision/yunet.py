"""YuNet (Wu et al. 2023) through OpenCV: many times faster than the cascade, from one file that the school provides.

The network finds faces of about 10 to 300 pixels; a larger face falls apart into wrong ones.  So a picture is searched
at the scale where the smallest wanted face is ``SMALLEST_SEEN`` pixels, and again at a quarter of it, and so on, and
each search answers only for the sizes it is good at.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from core.errors import NetworksError
from core.networks.weights import sha256_of
from core.paths import Home
from core.records import Face, Floats, Image
from core.vision.detector import check_image

FILES = "face_detection_yunet*.onnx"
KNOWN_SHA256 = {
    "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4": "face_detection_yunet_2023mar.onnx",
    "ebafce4e3c118d6554634be5c27ab333b4c047a9a8c3faf1d7cf93101c22f0f0": "face_detection_yunet_2026may.onnx",
}
"""OpenCV Zoo, models/face_detection_yunet.  The first as its LFS pointer states it, and byte for byte the author's own
``yunet_s_640_640.onnx``; the second is the same network exported for pictures of any size."""

CUT, OVERLAP = 0.8, 0.3
"""Least score: of 302 portraits shrunk to a face of 24 pixels all pass, of 20 pixels 97 in 100, of 17 pixels 84; what
is no face stays below nearly always.  Overlap (intersection over union) above which one search keeps one box."""
MOST_PROPOSALS = 5000
SMALLEST_SEEN = 24
"""What the smallest wanted face is shrunk to, pixels.  Less would be faster, but see ``CUT``."""
LARGEST_SIDE = 4096
"""No search is larger, whatever was asked for."""
STEP, COARSEST = 4, 320
"""Each search is this much smaller than the one before, until the longer side is at most ``COARSEST``."""
LARGEST_SEEN, LEAST_COARSE = 200, 40
"""Sizes in its own pixels that a search leaves to the next, or left to the one before.  The overlap (160 to 200 of the
finer one) is for faces that both see a little differently."""
SAME_FACE = 0.7
"""Share of the smaller box inside a more certain one above which both are one face, as in the cascade."""
TINY = 10


@dataclass(slots=True)
class YunetDetector:
    """Safe for use from several threads at once: each has a network of its own, since OpenCV's keeps state."""

    min_face_px: int
    network: bytes = field(repr=False)
    _own: threading.local = field(default_factory=threading.local, init=False, repr=False)

    @classmethod
    def load(cls, home: Home, min_face_px: int = 20) -> "YunetDetector":
        """Load the file that lies in ``models/``.  Raises NetworksError when there is none or it is another."""
        path = find_file(home)
        try:
            detector = cls(min_face_px, path.read_bytes())
            detector._search()
        except (OSError, cv2.error) as error:
            raise NetworksError(
                f"{path} cannot be used. Put the file there again, or choose the detector mtcnn in the settings."
            ) from error
        return detector

    def detect(self, image: Image, *, quick: bool = False) -> list[Face]:
        """See :class:`core.vision.detector.Detector`.  Raises ValueError for anything but ``(h, w, 3) uint8``."""
        check_image(image)
        height, width = image.shape[:2]
        if min(height, width) < TINY:
            return []
        found = np.concatenate([self._at(image, *each) for each in _searches(max(height, width), self.min_face_px)])
        found = found[np.minimum(found[:, 2], found[:, 3]) >= self.min_face_px]
        limit = np.array([width, height, width, height], dtype=np.float32) - 1
        boxes = np.clip(np.column_stack([found[:, :2], found[:, :2] + found[:, 2:4]]), 0, limit)
        return [
            # YuNet begins with the person's own right eye: the left one in the picture, as a Face does.
            Face(boxes[i], found[i, 4:14].reshape(5, 2), min(1.0, float(found[i, 14])))
            for i in _different(boxes, found[:, 14])
        ]

    def warm(self) -> None:
        """See :class:`core.vision.detector.Detector`; each thread still makes a network of its own, which is quick."""
        self.detect(np.zeros((COARSEST, COARSEST, 3), dtype=np.uint8))

    def _at(self, image: Image, scale: float, least: float, most: float) -> Floats:
        """Rows ``(n, 15)`` (xywh, landmarks, score) in the image's pixels, of sizes in the search's own pixels."""
        size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
        small = np.ascontiguousarray(image) if scale == 1 else _shrunk(image, size)
        search = self._search()
        search.setInputSize(size)
        rows = search.detect(small)[1]
        if rows is None:
            return np.empty((0, 15), dtype=np.float32)
        sides = np.minimum(rows[:, 2], rows[:, 3])
        rows = rows[np.isfinite(rows).all(axis=1) & (sides >= least) & (sides <= most)]
        factors = np.tile(np.array(image.shape[1::-1], dtype=np.float32) / size, 7)
        return np.asarray(rows * np.append(factors, 1), dtype=np.float32)

    def _search(self) -> cv2.FaceDetectorYN:
        """The network of the calling thread."""
        search = getattr(self._own, "search", None)
        if search is None:
            search = self._own.search = _create(self.network)
        return cast(cv2.FaceDetectorYN, search)


def find_file(home: Home) -> Path:
    """The file in ``models/`` whose contents are known.  Raises NetworksError with what to do."""
    first = next(iter(KNOWN_SHA256.values()))
    otherwise = f"Put {first} of the OpenCV Zoo into {home.models}, or choose the detector mtcnn in the settings."
    paths = sorted(home.models.glob(FILES))
    if not paths:
        raise NetworksError(f"The detector yunet has no file yet. {otherwise}")
    try:
        known = [path for path in paths if sha256_of(path) in KNOWN_SHA256]
    except OSError as error:
        raise NetworksError(f"{paths[0].name} cannot be read ({error.strerror}). {otherwise}") from error
    if not known:
        raise NetworksError(f"{paths[0].name} is not the file that Rollcall knows; it will not be used. {otherwise}")
    return known[0]


def _create(network: bytes) -> cv2.FaceDetectorYN:
    # From memory, so that what was checked is what is used, and a folder may have any name.
    contents, nothing = np.frombuffer(network, dtype=np.uint8), np.empty(0, dtype=np.uint8)
    level = cv2.utils.logging.getLogLevel()
    # OpenCV 5 warns at every creation that its new engine knows no targets; nobody asked for one.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    try:
        return cv2.FaceDetectorYN.create("onnx", contents, nothing, (COARSEST, COARSEST), CUT, OVERLAP, MOST_PROPOSALS)
    finally:
        cv2.utils.logging.setLogLevel(level)


def _searches(longest: int, min_face_px: int) -> Iterator[tuple[float, float, float]]:
    """Scale, least and largest size of each search, fine to coarse; the first and the last are open at their ends."""
    scale, least = min(1.0, SMALLEST_SEEN / min_face_px, LARGEST_SIDE / longest), 0.0
    while longest * scale > COARSEST:
        yield scale, least, LARGEST_SEEN
        scale, least = scale / STEP, LEAST_COARSE
    yield scale, least, float("inf")


def _shrunk(image: Image, size: tuple[int, int]) -> Image:
    return np.asarray(cv2.resize(np.ascontiguousarray(image), size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _different(boxes: Floats, scores: Floats) -> list[int]:
    """Positions, most certain first, of boxes with an area that do not lie in a more certain one."""
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    kept: list[int] = []
    for i in np.argsort(-scores, kind="stable"):
        if (boxes[i, 2:] - boxes[i, :2]).min() < 1:
            continue
        low, high = np.maximum(boxes[kept, :2], boxes[i, :2]), np.minimum(boxes[kept, 2:], boxes[i, 2:])
        shared = np.prod(np.maximum(high - low, 0), axis=1)
        if not (shared > SAME_FACE * np.minimum(area[kept], area[i])).any():
            kept.append(int(i))
    return kept
