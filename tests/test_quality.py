"""Which faces are good enough to enrol, judged on real ones and on the same ones spoilt."""

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from core.engine import Engine
from core.records import Face, Image
from core.vision.embedder import crop_face
from core.vision.images import read_image
from core.vision.quality import TOO_BRIGHT, TOO_DARK, Quality, measure, refusal
from tests.cli_support import ASTRONAUT, HOPPER

FACE_PX = 100
"""Blurring is judged on faces of this size, because a blur of so many pixels means less on a larger one."""


@dataclass(frozen=True)
class Look:
    """A photo with its largest face."""

    image: Image
    face: Face

    def scaled(self, face_px: float) -> "Look":
        """The same look with a face of that many pixels."""
        factor = face_px / self.face.size
        method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
        image = cv2.resize(self.image, None, fx=factor, fy=factor, interpolation=method)
        return Look(image, Face(self.face.box * factor, self.face.landmarks * factor, self.face.score))

    def spoilt(self, image: Image) -> "Look":
        return Look(image, self.face)

    def quality(self) -> Quality:
        return measure(self.face, crop_face(self.image, self.face))

    def verdict(self) -> str | None:
        return refusal(self.quality())


def look(engine: Engine, image: Image) -> Look:
    return Look(image, max(engine.detector.detect(image), key=lambda face: face.size))


@pytest.fixture(scope="module")
def portraits(engine: Engine) -> list[Look]:
    """Two portraits that every computer has."""
    return [look(engine, read_image(path)) for path in (ASTRONAUT, HOPPER)]


@pytest.fixture(scope="module")
def people(engine: Engine, shared: pytest.TempPathFactory) -> list[Look]:
    """One press photo each of 40 people."""
    folders = sorted(one for one in (shared / "faces" / "known").iterdir() if one.is_dir())
    photos = [min(one for one in folder.iterdir() if one.is_file()) for folder in folders]
    assert len(photos) >= 20
    return [look(engine, read_image(photo)) for photo in photos]


def blurred(one: Look, sigma: float) -> Look:
    return one.spoilt(cv2.GaussianBlur(one.image, (0, 0), sigma))


def dragged(one: Look, length: int, axis: int) -> Look:
    """As a moving hand blurs: along one direction only."""
    return one.spoilt(cv2.blur(one.image, (length, 1) if axis == 1 else (1, length)))


def dimmed(one: Look, factor: float) -> Look:
    return one.spoilt(np.rint(one.image * factor).astype(np.uint8))


def test_good_portraits_pass(portraits: list[Look]) -> None:
    for one in portraits:
        assert one.verdict() is None
        assert one.quality().score > 0.5
        assert abs(one.quality().yaw) < 0.5


def test_nearly_all_press_photos_pass_and_their_spoilt_copies_do_not(people: list[Look]) -> None:
    assert np.mean([one.verdict() is None for one in people]) >= 0.95
    at_100 = [one.scaled(FACE_PX) for one in people]
    assert np.mean([one.verdict() is None for one in at_100]) >= 0.95
    assert np.mean([blurred(one, 5).verdict() == "the face is blurred" for one in at_100]) >= 0.95
    assert all(dimmed(one, 0.1).verdict() == "the face is too dark" for one in people)
    small = "the face is too small (30 pixels, at least 40)"
    assert all(one.scaled(30).verdict() == small for one in people)


def test_small_faces_that_are_large_enough_are_not_called_blurred(people: list[Look]) -> None:
    assert np.mean([one.scaled(42).verdict() is None for one in people]) >= 0.95


def test_blurred_faces_are_refused(portraits: list[Look]) -> None:
    for one in portraits:
        assert blurred(one.scaled(FACE_PX), 5).verdict() == "the face is blurred"


@pytest.mark.parametrize("axis", [0, 1])
def test_dragged_faces_are_refused(portraits: list[Look], axis: int) -> None:
    for one in portraits:
        assert dragged(one.scaled(FACE_PX), 21, axis).verdict() == "the face is blurred"


def test_more_blur_is_less_sharp(portraits: list[Look]) -> None:
    for one in portraits:
        at_100 = one.scaled(FACE_PX)
        seen = [at_100.quality(), *(blurred(at_100, sigma).quality() for sigma in (1, 2, 4, 8))]
        sharpness = [one.sharpness for one in seen]
        assert sharpness == sorted(sharpness, reverse=True)
        assert seen[0].score > seen[-1].score


def test_dark_and_bright_faces_are_refused(portraits: list[Look]) -> None:
    for one in portraits:
        assert dimmed(one, 0.1).verdict() == "the face is too dark"
        assert one.spoilt(255 - (255 - one.image) // 20).verdict() == "the face is too bright"


def test_noise_does_not_make_a_dark_face_good(portraits: list[Look]) -> None:
    """A camera in the dark turns up its noise, which looks like fine detail."""
    random = np.random.default_rng(3)
    for one in portraits:
        noisy = dimmed(one, 0.1).image + random.normal(0, 4, one.image.shape)
        assert one.spoilt(np.clip(noisy, 0, 255).astype(np.uint8)).verdict() == "the face is too dark"


def test_the_limit_of_the_size_is_the_callers_and_inclusive(portraits: list[Look]) -> None:
    quality = portraits[0].scaled(64).quality()
    assert quality.face_px == pytest.approx(64, abs=0.01)
    assert refusal(quality, quality.face_px) is None
    assert refusal(quality, 80) == "the face is too small (64 pixels, at least 80)"


@pytest.mark.parametrize(
    ("quality", "words"),
    [
        (Quality(40, 0.9, TOO_DARK, 0, 1), None),
        (Quality(40, 0.9, TOO_BRIGHT, 0, 1), None),
        (Quality(40, 0.0, TOO_DARK - 1, 0, 1), "too dark"),
        (Quality(40, 0.0, TOO_BRIGHT + 1, 0, 1), "too bright"),
        (Quality(39, 0.0, 0.0, 0, 1), "too small"),
        (Quality(40, 0.0, 120, 0, 1), "blurred"),
    ],
)
def test_the_first_reason_is_the_one_that_is_told(quality: Quality, words: str | None) -> None:
    """What the person can mend most easily: come nearer, then light, then hold still."""
    said = refusal(quality)
    assert said is None if words is None else words in str(said)


def test_looking_aside_counts_less_than_looking_straight(portraits: list[Look]) -> None:
    for one in portraits:
        crop = crop_face(one.image, one.face)
        left, right, nose, *mouth = one.face.landmarks
        scores = {}
        for share in (0.5, 0.75, 1.0):
            points = np.array([left, right, left + share * (right - left) + (0, nose[1] - left[1]), *mouth], np.float32)
            quality = measure(Face(one.face.box, points, 1.0), crop)
            scores[share] = quality.score
            assert -1 <= quality.yaw <= 1
        assert scores[0.5] > scores[0.75] > scores[1.0] > 0


def test_a_mirrored_face_looks_the_other_way_and_is_as_good(portraits: list[Look]) -> None:
    for one in portraits:
        width = one.image.shape[1] - 1
        turn = np.array([-1, 1], np.float32)
        points = (one.face.landmarks * turn + (width, 0))[[1, 0, 2, 4, 3]].astype(np.float32)
        x0, y0, x1, y1 = one.face.box
        box = np.array([width - x1, y0, width - x0, y1], np.float32)
        mirrored = measure(Face(box, points, 1.0), crop_face(one.image, one.face)[:, ::-1].copy())
        straight = one.quality()
        assert mirrored.yaw == pytest.approx(-straight.yaw, abs=1e-3)
        assert mirrored.sharpness == pytest.approx(straight.sharpness, abs=0.02)
        assert mirrored.score == pytest.approx(straight.score, rel=0.02)


@pytest.mark.parametrize("fill", [0, 127, 255])
def test_a_flat_crop_and_landmarks_on_one_point_give_numbers(fill: int) -> None:
    """A detector may say anything; the judgement must stay one."""
    face = Face(np.array([0, 0, 80, 80], np.float32), np.full((5, 2), 40, np.float32), 0.9)
    quality = measure(face, np.full((160, 160, 3), fill, np.uint8))
    assert all(np.isfinite([quality.sharpness, quality.brightness, quality.yaw, quality.score]))
    assert 0 <= quality.score < 0.3
    assert refusal(quality) is not None
