"""Photos of people turned, bent, shifted and rolled before a camera, against every order of turns."""

from collections.abc import Iterator
from itertools import permutations, product
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.confirming.challenge import LENGTH
from core.engine import Engine
from core.records import Face, Image
from core.vision.liveness import LEAST_AHEAD, answer_to
from core.vision.pose import AHEAD, yaw_of
from tests.selfie_support import FLAT, held, photos

PEOPLE = ("Bill_Gates", "Colin_Powell", "George_W_Bush", "Hans_Blix")
ANGLES = (-45, -30, -15, 15, 30, 45)
TURNS = ("left", "right", "up")
RADII = (2, 3, 4)
"""Of bent photos, in widths of the face."""


@pytest.fixture(scope="module")
def faces(shared: Path) -> Path:
    return shared / "faces"


def largest(engine: Engine, image: Image) -> Face | None:
    return max(engine.detector.detect(image), key=lambda one: one.size, default=None)


def frontal(engine: Engine, faces: Path, name: str) -> tuple[Image, float]:
    """The first photo that looks ahead, its face in the middle, and how wide that is."""
    for image in photos(faces, name):
        face = largest(engine, image)
        if face is not None and abs(yaw_of(face)) < AHEAD / 2:
            moved = 240 - (face.box[:2] + face.box[2:]) / 2
            matrix = np.array([[1, 0, moved[0]], [0, 1, moved[1]]], np.float32)
            return cv2.warpAffine(image, matrix, (480, 480), borderMode=cv2.BORDER_REPLICATE), face.width
    raise AssertionError(name)


def ways(width: float) -> Iterator[tuple[float, float, float, tuple[str, float]]]:
    """Yaw, pitch, distance and bend of what is held before the camera."""
    for angle in ANGLES:
        yield angle, 0, 1.0, FLAT
        yield 0, angle, 1.0, FLAT
    for yaw, pitch in product((-40, 40), (-40, 40)):
        yield yaw, pitch, 2.0, FLAT
    for number, angle in enumerate(ANGLES):
        radius = RADII[number % len(RADII)] * width
        yield angle, 0, 1.5, ("y", radius)
        yield angle, 0, 1.5, ("y", -radius)
        yield 0, angle, 1.5, ("x", radius)


def shown(engine: Engine, image: Image, width: float, seed: int) -> list[Face | None]:
    """What is found of the photo, held in all ways and somewhere else each time."""
    random = np.random.default_rng(seed)
    found = []
    for yaw, pitch, distance, bend in ways(width):
        roll, moved = random.uniform(-12, 12), random.uniform(-40, 40, 2)
        scale = random.uniform(0.9, 1.3)
        matrix = np.array([[scale, 0, 240 * (1 - scale) + moved[0]], [0, scale, 240 * (1 - scale) + moved[1]]])
        there = cv2.warpAffine(held(image, yaw, pitch, roll, distance, bend), matrix, (480, 480))
        found.append(largest(engine, there))
    return found


def test_hardly_a_pair_of_ways_to_hold_a_photo_is_a_pair_of_turns(engine: Engine, faces: Path) -> None:
    """Each picture of one person for the first turn, with each for the second."""
    pairs, answered, pictures, seen = 0, 0, 0, 0
    for seed, name in enumerate(PEOPLE):
        image, width = frontal(engine, faces, name)
        ahead = [largest(engine, held(image, angle, 0, 0, 2.0)) for angle in (-3, 0, 3)]
        assert sum(one is not None and abs(yaw_of(one)) < AHEAD for one in ahead) >= LEAST_AHEAD, name
        found = shown(engine, image, width, seed)
        pictures, seen = pictures + len(found), seen + sum(one is not None for one in found)
        for challenge, first, second in product(permutations(TURNS, LENGTH), found, found):
            pairs += 1
            answered += answer_to(challenge, [*ahead, *[first] * 3, *[second] * 3]).verdict == "answered"
    # Who is not found does no turn; that would prove nothing.
    assert seen > 0.95 * pictures
    assert pairs > 25_000
    assert answered < pairs / 2000
