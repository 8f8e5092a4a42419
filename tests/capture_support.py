"""Films of one real person, and a school in which faces may be taken."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from core.records import Image
from core.store import consents, people
from core.store.consents import ConsentDraft
from core.store.database import Store
from core.vision.images import read_image

WIDTH, HEIGHT, FPS = 640, 480, 25
GREY = (90, 90, 90)


def photos(shared: Path, person: str, count: int) -> list[Image]:
    """The first photos of somebody, 250 × 250 pixels."""
    return [read_image(path) for path in sorted((shared / "faces" / "known" / person).iterdir())[:count]]


def before_camera(photo: Image, *, zoom: float = 1.7, angle: float = 0.0, at: float = 0.5) -> Image:
    """A photo as a camera would see it: zoomed, tilted by degrees, its middle at a share of the width."""
    height, width = photo.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, zoom)
    turn[:, 2] += [WIDTH * at - width / 2, HEIGHT / 2 - height / 2]
    picture = cv2.warpAffine(photo, turn, (WIDTH, HEIGHT), borderMode=cv2.BORDER_CONSTANT, borderValue=GREY)
    return np.asarray(picture, dtype=np.uint8)


def film(path: Path, pictures: Sequence[Image], each: int = 1) -> Path:
    """A film of pictures, each shown so often."""
    size = pictures[0].shape[1], pictures[0].shape[0]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, size)
    for one in pictures:
        for _ in range(each):
            writer.write(one)
    writer.release()
    return path


def swaying(shots: Sequence[Image], each: int = 25) -> list[Image]:
    """Somebody who moves a little before the camera, photo after photo."""
    return [
        before_camera(shot, zoom=1.5 + 0.4 * number / each, angle=-8 + 16 * number / each)
        for shot in shots
        for number in range(each)
    ]


def add_pupil(store: Store, roll: str, name: str, *, consent: str | None = "paper form", code: str = "C") -> int:
    """A student of a class (which is made with the first); their number."""
    with store.transaction() as db:
        if all(one.code != code for one in people.list_classes(db)):
            people.add_class(db, code, "Class")
        student = people.add_student(db, roll, name)
        people.add_to_roster(db, people.get_class(db, code).id, student.id)
        if consent is not None:
            consents.give(db, student.id, ConsentDraft(consent))
    return student.id
