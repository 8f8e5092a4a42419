"""Whether a face is a person or a picture of one: Minivision's two MiniFASNets, where a school has put them.

They are a signal, no proof: three attacks (print, tablet, laptop) were told from 74 genuine faces at 0.5, with five of
these refused.  Without the files nothing is judged, and nobody is said to have passed.
Source: Minivision AI, Silent-Face-Anti-Spoofing (Apache-2.0), as ONNX.
"""

import threading
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.paths import Home
from core.records import Face, Floats, Image

FOLDER = "antispoof"
SIDE = 80
LEAST_FACE_PX = 80.0
"""Below this the networks take persons for pictures."""
GENUINE = 0.5
REAL = 1
"""The class of real faces among the three."""
NETWORKS = {
    "2.7_80x80_MiniFASNetV2.onnx": (2.7, "3200932f39319f78c9c023eb3207e774d4ccf2f0041f4e4ab0a37018d88c93dc"),
    "4_0_0_80x80_MiniFASNetV1SE.onnx": (4.0, "f7adbec96b2f831b4f91d4464c72eafb315f0e556b2515dcc29a20bf6adb2fdb"),
}
"""File: how much wider than the face its crop is, and the SHA-256 without which it is not loaded."""


@dataclass(slots=True)
class SpoofSense:
    """The networks; one thread at a time runs them."""

    _nets: list[tuple[float, Any]]
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def load(cls, home: Home) -> "SpoofSense | None":
        """From ``models/antispoof``; None unless both files lie there unchanged."""
        nets = []
        for name, (scale, expected) in NETWORKS.items():
            path = home.models / FOLDER / name
            content = _content(path)
            if content is None or sha256(content).hexdigest() != expected:
                return None
            nets.append((scale, cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))))
        return cls(nets)

    @property
    def key(self) -> str:
        """Which networks they are: the beginnings of their SHA-256."""
        return "+".join(expected[:12] for _, expected in NETWORKS.values())

    def score(self, image: Image, face: Face) -> float | None:
        """How real it looks, 0-1, the mean of both; None for a face too small to say.

        image: ``(h, w, 3) uint8 BGR``; the networks take 0-255 as it is.
        """
        if face.size < LEAST_FACE_PX:
            return None
        with self._lock:
            return float(np.mean([_real(net, _around(image, face, scale)) for scale, net in self._nets]))


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _real(net: Any, crop: Image) -> float:  # noqa: ANN401 - OpenCV's network has no type
    net.setInput(cv2.dnn.blobFromImage(crop))
    # The softmax is part of these files.
    answers: Floats = net.forward()[0]
    return float(answers[REAL])


def _around(image: Image, face: Face, scale: float) -> Image:
    """The face with its surroundings, ``(80, 80, 3)``: moved into the picture rather than filled up, as trained."""
    height, width = image.shape[:2]
    scale = min(scale, (height - 1) / max(face.height, 1.0), (width - 1) / max(face.width, 1.0))
    wide, high = face.width * scale, face.height * scale
    middle = (face.box[:2] + face.box[2:]) / 2
    left = float(np.clip(middle[0] - wide / 2, 0, width - 1 - wide))
    top = float(np.clip(middle[1] - high / 2, 0, height - 1 - high))
    cut = image[int(top) : int(top + high) + 1, int(left) : int(left + wide) + 1]
    return np.asarray(cv2.resize(cut, (SIDE, SIDE)), dtype=np.uint8)
