"""Selfies of real people: a filmed head that turns, press photos, and the people of a small school."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from core.engine import Engine
from core.recognition.school import SchoolIndex, build
from core.records import Floats, Image
from core.vision.embedder import crop_face
from tests.phone_support import jpeg

FILM = "pyfeat_WolfgangLanger_Pexels.mp4"
AHEAD, LEFT, UP = (64, 70, 76), (354, 360, 374), (214, 218, 222)
"""Pictures of the film in which she looks ahead (with her eyes closed), to her left, and up."""
OPEN, BLINK = (268, 280, 285), AHEAD
"""She looks ahead with open eyes, and closes them."""
BETWEEN = (207, 216, 232, 240, 250, 262, 30, 46)
"""Others, by which she is enrolled."""
TURNED = ("left", "up")
"""What her pictures answer, ahead first."""
HER, GATES, POWELL = 1, 2, 3
OTHERS = ("Bill_Gates", "Colin_Powell", "Hans_Blix", "Howard_Dean", "Nicole_Kidman", "Richard_Gere")
"""Students 2 to 7."""
PRINT, TABLET, GENUINE = 8, 9, 10
SPOOF = {PRINT: "fake/minivision_F1.jpg", TABLET: "fake/minivision_F2.jpg", GENUINE: "real/minivision_T1.jpg"}
"""Who is in the two attacks and in the genuine picture; they are enrolled by the same pictures, mirrored."""
ENROLLED_PHOTOS = 5
FLAT = ("y", 1e7)
"""Not bent: rolled by more than can be seen."""


@cache
def film(faces: Path) -> dict[int, Image]:
    """Some pictures of the film by their number."""
    wanted, found = {*AHEAD, *LEFT, *UP, *OPEN, *BETWEEN}, {}
    video = cv2.VideoCapture(str(faces / "videos" / FILM))
    for number in range(1, max(wanted) + 1):
        done, image = video.read()
        assert done
        if number in wanted:
            found[number] = image
    video.release()
    return found


def turning(faces: Path, *parts: Sequence[int], mirrored: bool = False) -> list[bytes]:
    """The pictures of a selfie out of the film; mirrored: her left is her right."""
    shown = [film(faces)[number] for part in parts for number in part]
    return [jpeg(np.ascontiguousarray(one[:, ::-1]) if mirrored else one) for one in shown]


def photos(faces: Path, name: str, kind: str = "known") -> list[Image]:
    """Press photos of somebody, as large as a telephone's."""
    found = [cv2.imread(str(one)) for one in sorted((faces / kind / name).glob("*.jpg"))]
    return [cv2.resize(one, (480, 480), interpolation=cv2.INTER_CUBIC) for one in found]


def spoof_photo(faces: Path, who: int) -> Image:
    """The attack with a print or a tablet, or the genuine picture."""
    return cv2.imread(str(faces / "spoof" / SPOOF[who]))


def held(image: Image, yaw: float, pitch: float, roll: float, distance: float, bend: tuple[str, float] = FLAT) -> Image:
    """A photo held before a camera, degrees; distance: in widths of the photo.

    bend: rolled around its ``y`` or ``x`` axis, and by what radius in pixels, below 0 to the other side.
    """
    height, width = image.shape[:2]
    focal, (axis, radius) = distance * width, bend
    across, down = np.meshgrid(np.arange(width) - width / 2, np.arange(height) - height / 2)
    y, x, z = np.radians([yaw, pitch, roll])
    turn = cv2.Rodrigues(np.array([0, 0, z]))[0] @ cv2.Rodrigues(np.array([x, 0, 0]))[0]
    turn = turn @ cv2.Rodrigues(np.array([0, y, 0]))[0]
    # Lines of sight as the photo sees them; it lies around its own middle.
    sight = np.stack([across / focal, down / focal, np.ones(across.shape)], -1) @ turn
    eye = np.array([0, 0, -focal]) @ turn
    side = 0 if axis == "y" else 1
    a = sight[..., side] ** 2 + sight[..., 2] ** 2
    b = eye[side] * sight[..., side] + (eye[2] - radius) * sight[..., 2]
    root = b**2 - a * (eye[side] ** 2 + (eye[2] - radius) ** 2 - radius**2)
    far = (-b - np.sign(radius) * np.sqrt(np.maximum(root, 0))) / a
    place = (eye + far[..., None] * sight)[..., :2]
    depth = eye[2] + far * sight[..., 2]
    place[..., side] = (
        radius * np.arctan2(place[..., side], radius - depth)
        if radius > 0
        else (-radius * np.arctan2(place[..., side], depth - radius))
    )
    from_ = (place + np.array([width / 2, height / 2])).astype(np.float32)
    from_[root < 0] = -1e4
    grey = (110, 110, 110)
    return cv2.remap(image, from_[..., 0], from_[..., 1], cv2.INTER_LINEAR, borderValue=grey)


@dataclass(frozen=True, eq=False)
class Known:
    """Crops and embeddings of the enrolled by their numbers."""

    crops: dict[int, list[Image]]
    embeddings: dict[int, Floats]

    def index(self, key: str, *, without: Sequence[int] = ()) -> SchoolIndex:
        """Everybody but some."""
        there = {number: found for number, found in self.embeddings.items() if number not in without}
        labels = np.repeat(list(there), [len(one) for one in there.values()])
        return build(np.concatenate(list(there.values())), labels, key)

    def and_also(self, number: int, embeddings: Floats) -> "Known":
        """Somebody more is enrolled."""
        return replace(self, embeddings={**self.embeddings, number: embeddings})


def known_people(engine: Engine, faces: Path, only: Collection[int] = ()) -> Known:
    """Everybody enrolled, or some of them."""
    shown = {HER: [film(faces)[number] for number in BETWEEN]}
    shown |= {2 + place: photos(faces, name)[:ENROLLED_PHOTOS] for place, name in enumerate(OTHERS)}
    shown |= {who: [np.ascontiguousarray(spoof_photo(faces, who)[:, ::-1])] for who in SPOOF}
    crops = {
        number: [crop_face(one, max(found, key=lambda face: face.size)) for one in images
                 if (found := engine.detector.detect(one))]
        for number, images in shown.items()
        if not only or number in only
    }  # fmt: skip
    return Known(crops, {number: engine.embedder.represent(np.stack(found)) for number, found in crops.items()})
