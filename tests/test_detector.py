"""What every detector must do (one contract test), and what is peculiar to the cascade."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.paths import Home
from core.records import Face, Image
from core.vision import mtcnn
from core.vision.detector import Detector
from core.vision.images import read_image
from core.vision.mtcnn import MtcnnDetector
from tests.cli_support import ASTRONAUT, HOPPER
from tests.face_support import same, shared_area

DETECTORS = [MtcnnDetector]
"""A new detector is one more entry here."""


@pytest.fixture(scope="module", params=DETECTORS, ids=lambda kind: kind.__name__)
def detector(request: pytest.FixtureRequest, engine_home: Home) -> Detector:
    loaded: Detector = request.param.load(engine_home, min_face_px=20)
    return loaded


@pytest.fixture(scope="module")
def astronaut() -> Image:
    return read_image(ASTRONAUT)


@pytest.mark.parametrize("photo", [ASTRONAUT, HOPPER], ids=["astronaut", "hopper"])
def test_a_portrait_has_one_face_with_its_features_in_place(detector: Detector, photo: Path) -> None:
    (face,) = detector.detect(read_image(photo))
    left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
    assert face.score > 0.95
    assert (face.box[:2] < face.landmarks.min(axis=0)).all()
    assert (face.box[2:] > face.landmarks.max(axis=0)).all()
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


def test_faces_are_inside_the_image_and_most_certain_first(detector: Detector, shared: Path) -> None:
    image = read_image(shared / "faces" / "groups" / "linzaer_11.jpg")
    faces = detector.detect(image)
    assert len(faces) >= 20
    assert [face.score for face in faces] == sorted((face.score for face in faces), reverse=True)
    for face in faces:
        assert 0.5 < face.score <= 1.0
        assert face.box.dtype == face.landmarks.dtype == np.float32
        assert (face.box >= 0).all()
        assert face.box[2] < image.shape[1]
        assert face.box[3] < image.shape[0]
        assert face.size >= 1


def test_a_face_cut_by_the_edge_keeps_its_box_inside(detector: Detector, astronaut: Image) -> None:
    (whole,) = detector.detect(astronaut)
    left = int(whole.box[0] + 0.15 * whole.width)
    faces = detector.detect(astronaut[:, left:])
    assert [round(float(face.box[0])) for face in faces] == [0]


@pytest.mark.parametrize("shape", [(1, 1), (11, 500), (12, 12), (19, 19), (24, 24), (12, 20_000), (20_000, 13)])
@pytest.mark.parametrize("fill", [0, 127, 255, None])
def test_an_image_without_a_face_gives_an_empty_list(
    detector: Detector, shape: tuple[int, int], fill: int | None
) -> None:
    image = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    if fill is not None:
        image[:] = fill
    assert detector.detect(image) == []


def test_the_memory_order_of_the_image_does_not_matter(detector: Detector, astronaut: Image) -> None:
    expected = detector.detect(astronaut)
    mirrored_back = np.ascontiguousarray(astronaut[:, ::-1])[:, ::-1]
    inside_a_larger_one = np.zeros((600, 600, 4), dtype=np.uint8)
    inside_a_larger_one[20:532, 30:542, :3] = astronaut
    for view in (np.asfortranarray(astronaut), mirrored_back, inside_a_larger_one[20:532, 30:542, :3]):
        assert same(detector.detect(view), expected)


def test_the_image_is_not_changed_and_the_answer_repeats(detector: Detector, astronaut: Image) -> None:
    image = astronaut.copy()
    image.setflags(write=False)
    assert same(detector.detect(image), detector.detect(image))
    assert np.array_equal(image, astronaut)


@pytest.mark.parametrize("wrong", [np.zeros((50, 50)), np.zeros((50, 50, 4), np.uint8), np.zeros((50, 50, 3))])
def test_anything_but_a_colour_image_is_a_bug_of_the_caller(detector: Detector, wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8"):
        detector.detect(wrong)


def test_a_larger_least_size_leaves_out_small_faces_and_keeps_the_large(engine_home: Home, astronaut: Image) -> None:
    """The package's own pyramid finds nothing at all above 20."""
    small = cv2.resize(astronaut, (128, 128), interpolation=cv2.INTER_AREA)
    both = np.zeros((512, 700, 3), dtype=np.uint8)
    both[:, :512], both[:128, 560:688] = astronaut, small
    least = {px: MtcnnDetector.load(engine_home, min_face_px=px).detect(both) for px in (20, 60)}
    assert len(least[20]) == 2
    assert len(least[60]) == 1
    assert shared_area(least[60][0], max(least[20], key=lambda face: face.size)) > 0.8


def test_a_very_large_photo_is_searched_smaller_but_answered_in_its_own_pixels(
    detector: Detector, astronaut: Image
) -> None:
    (expected,) = detector.detect(astronaut)
    large = cv2.resize(astronaut, None, fx=10, fy=10, interpolation=cv2.INTER_LINEAR)
    (face,) = detector.detect(large)
    scaled = Face(expected.box * 10, expected.landmarks * 10, expected.score)
    assert shared_area(face, scaled) > 0.85
    assert np.abs(face.landmarks - scaled.landmarks).max() < 0.1 * scaled.size


def all_with_all(boxes: np.ndarray, threshold: float, of_smaller: bool) -> np.ndarray:
    """The suppression as the package writes it: a matrix of everything against everything."""
    order = np.argsort(boxes[:, 4], kind="stable")[::-1]
    ranked = boxes[order]
    low = np.maximum(ranked[:, None, :2], ranked[None, :, :2])
    high = np.minimum(ranked[:, None, 2:4], ranked[None, :, 2:4])
    common = np.prod(np.maximum(high - low, 0), axis=2)
    area = np.prod(ranked[:, 2:4] - ranked[:, :2], axis=1)
    whole = np.minimum(area[:, None], area) if of_smaller else area[:, None] + area - common
    return order[~np.triu(common > threshold * whole, k=1).any(axis=0)]


@pytest.mark.parametrize("portion", [1, 37, 1 << 20])
@pytest.mark.parametrize(("threshold", "of_smaller"), [(0.5, False), (0.7, False), (0.7, True)])
def test_suppression_by_sweep_keeps_what_comparing_all_keeps(
    monkeypatch: pytest.MonkeyPatch, portion: int, threshold: float, of_smaller: bool
) -> None:
    monkeypatch.setattr(mtcnn, "MOST_PAIRS", portion)
    random = np.random.default_rng(2)
    for count in (0, 1, 2, 5, 20, 60, 120, 120, 120):
        corner, size = random.uniform(-20, 200, (count, 2)), random.uniform(2, 90, (count, 2))
        # Scores on a grid, so that many are equal.
        boxes = np.column_stack([corner, corner + size, random.integers(0, 20, count) / 20])
        kept = mtcnn._survivors(boxes, threshold, of_smaller=of_smaller)
        assert kept.tolist() == all_with_all(boxes, threshold, of_smaller).tolist()


def test_of_a_mere_pattern_only_the_most_certain_candidates_are_followed(
    engine_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = MtcnnDetector.load(engine_home, min_face_px=20)
    tile = cv2.resize(read_image(ASTRONAUT)[20:220, 130:330], (24, 24), interpolation=cv2.INTER_AREA)
    pixels = np.tile(tile, (20, 20, 1)).astype(np.float32)
    everything = detector._propose_at(pixels, (288, 288), 0.6, mtcnn.CUT_P)
    monkeypatch.setattr(mtcnn, "MOST_PROPOSALS", 20)
    followed = detector._propose_at(pixels, (288, 288), 0.6, mtcnn.CUT_P)
    assert len(everything) > 100
    assert 1 <= len(followed) <= 20
    assert followed[:, 4].min() >= np.median(everything[:, 4])
