"""A live picture judged for who stands before the camera: whose face it is about, and what is wrong with it."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from core.engine import Engine
from core.records import Face, Floats, Image
from core.vision.candidates import CLEARLY_LARGER
from core.vision.embedder import crop_face
from core.vision.pose import pitch_of
from core.vision.quality import BLURRED, TOO_BRIGHT, TOO_DARK, Quality, measure

SEARCHED_PX, LEAST_PX = 640, 48
"""Longer side at which a picture is searched, and the smallest face there: quick enough for every picture."""
NEAR, NEAR_SEARCHED_PX = 2.2, 160
"""Around the last face so many of its sides are searched, at this size: half the work of the whole picture."""
WHOLE_EVERY = 4
"""Every so many-th picture is searched whole all the same, so that somebody who steps in is seen."""
NEAR_PX = 80.0
"""Less of a face is worth less than coming closer (see :data:`core.vision.quality.GOOD_FACE_PX`)."""
LARGEST = 0.85
"""Share of the picture's height above which a face is too near."""
EDGE = 0.01
"""A face nearer to the edge than this share of the picture's side is cut off."""

Problem = Literal["no face", "two faces", "cut off", "too far", "too near", "too dark", "too bright", "blurred"]
HINTS: dict[Problem, str] = {
    "no face": "No face is seen. Look into the camera, from nearer.",
    "two faces": "Two faces are seen. One person at a time, please.",
    "cut off": "Move to the middle of the picture.",
    "too far": "Come closer.",
    "too near": "Go back a little.",
    "too dark": "It is too dark. Turn to the light.",
    "too bright": "It is too bright. Turn away from the light.",
    "blurred": "Hold still.",
}
USABLE: tuple[Problem, ...] = ("cut off", "too far", "too near")
"""Problems with which a face can be stored all the same when somebody insists."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What is to be seen of the person.

    box: ``(4,) xyxy`` pixels of the picture, of the face it is about; crop: ``(160, 160, 3) uint8 BGR``; pitch: see
    :func:`core.vision.pose.pitch_of`.  All None without a face.  problem: what is wrong, None when all is well.
    """

    problem: Problem | None
    box: Floats | None = None
    crop: Image | None = None
    quality: Quality | None = None
    pitch: float = 0.5


class Viewer:
    """Judges one picture after another of whoever stands before a camera."""

    def __init__(self, engine: Engine) -> None:
        """engine: one from :func:`viewing_engine`."""
        self._engine = engine
        self._last: Floats | None = None
        self._near_looks = 0

    def view(self, image: Image) -> View:
        """Judge the next picture ``(h, w, 3) uint8 BGR``."""
        faces = self._near(image)
        self._near_looks = 0 if faces is None else self._near_looks + 1
        if faces is None:
            faces = _faces(image, self._engine)
        self._last = faces[0].box if len(faces) == 1 else None
        return _judged(image, faces)

    def _near(self, image: Image) -> list[Face] | None:
        """The one face near the last one; None where the whole picture is to be searched."""
        if self._last is None or self._near_looks >= WHOLE_EVERY - 1:
            return None
        x0, y0, x1, y1 = (float(one) for one in self._last)
        half = NEAR * max(x1 - x0, y1 - y0) / 2
        left, top = max(0, round((x0 + x1) / 2 - half)), max(0, round((y0 + y1) / 2 - half))
        part = image[top : round((y0 + y1) / 2 + half), left : round((x0 + x1) / 2 + half)]
        corner = np.array([left, top], dtype=np.float32)
        faces = [
            Face(one.box + np.tile(corner, 2), one.landmarks + corner, one.score)
            for one in _searched(part, NEAR_SEARCHED_PX / (2 * half), self._engine)
        ]
        return faces if len(faces) == 1 else None


def view(image: Image, engine: Engine) -> View:
    """Judge a picture ``(h, w, 3) uint8 BGR`` by itself.  engine: one from :func:`viewing_engine`."""
    return _judged(image, _faces(image, engine))


def _judged(image: Image, faces: list[Face]) -> View:
    if not faces:
        return View(_unlit(image) or "no face")
    faces = sorted(faces, key=lambda face: -face.size)
    face = faces[0]
    crop = crop_face(image, face)
    quality = measure(face, crop)
    several = len(faces) > 1 and face.size < CLEARLY_LARGER * faces[1].size
    problem = "two faces" if several else _problem(image, face, quality)
    return View(problem, face.box, crop, quality, pitch_of(face))


def viewing_engine(engine: Engine) -> Engine:
    """The networks set to search what :func:`view` searches."""
    return engine.searching_from(LEAST_PX)


def _faces(image: Image, engine: Engine) -> list[Face]:
    return _searched(image, SEARCHED_PX / max(image.shape[:2]), engine)


def _searched(image: Image, scale: float, engine: Engine) -> list[Face]:
    """The faces of a picture that is searched so many times as large, never larger, in the pixels it has."""
    if scale >= 1:
        return engine.detector.detect(image)
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    back = np.array(image.shape[1::-1], dtype=np.float32) / np.array(size, dtype=np.float32)
    return [
        Face(np.multiply(one.box, np.tile(back, 2)), np.multiply(one.landmarks, back), one.score)
        for one in engine.detector.detect(small)
    ]


def _problem(image: Image, face: Face, quality: Quality) -> Problem | None:
    height, width = image.shape[:2]
    x0, y0, x1, y1 = face.box
    if face.height > LARGEST * height:
        return "too near"
    if x0 < EDGE * width or y0 < EDGE * height or x1 > (1 - EDGE) * width or y1 > (1 - EDGE) * height:
        return "cut off"
    if quality.face_px < NEAR_PX:
        return "too far"
    return _light(quality.brightness) or ("blurred" if quality.sharpness < BLURRED else None)


def _unlit(image: Image) -> Problem | None:
    """In the dark no face is found at all, and that is not what to tell."""
    return _light(float(image[::8, ::8].mean()))


def _light(level: float) -> Problem | None:
    """What is wrong with a mean grey level."""
    if level < TOO_DARK:
        return "too dark"
    return "too bright" if level > TOO_BRIGHT else None
