"""What every detector must do, over all that this computer has the files of."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import cv2
import numpy as np
import pytest
import skimage

from core.paths import Home
from core.records import Face, Image
from core.settings import DetectorName
from core.vision.detector import Detector
from core.vision.detectors import DETECTORS, detector_problem, load_detector
from core.vision.images import read_image
from tests.cli_support import ASTRONAUT, HOPPER
from tests.conftest import SHARED
from tests.face_support import same, shared_area

COUNTED = {
    "faceapijs_bbt1": 4, "faceapijs_bbt2": 3, "faceapijs_bbt3": 5, "faceapijs_bbt4": 6, "faceapijs_bbt5": 5,
    "linzaer_6": 14, "linzaer_10": 19, "linzaer_11": 26, "linzaer_15": 16, "linzaer_20": 10,
}  # fmt: skip
"""Faces in the group photos whose names do not tell, counted by eye."""

MISSED, FALSE = {"mtcnn": 0, "yunet": 0}, {"mtcnn": 3, "yunet": 1}
"""The most faces of those 126 (with the ones told by name) that each may miss, and the most wrong ones."""

SMALLER = {"mtcnn": 0.35, "yunet": 1.0}
"""The smallest face that each may answer with, as a share of ``min_face_px``: the cascade shrinks what it found, so it
answers with many faces of half the size it was asked for."""

WITHOUT_PEOPLE = ("brick.png", "chelsea.png", "coffee.png", "coins.png", "gravel.png", "retina.jpg", "rocket.jpg")
"""Photos of scikit-image; ``chelsea`` is a cat."""


def loaded(name: DetectorName, engine_home: Home, min_face_px: int) -> Detector:
    """The detector from the project's home or from the evaluation material; skips where its file is missing."""
    for home in (engine_home, Home(SHARED)):
        if detector_problem(home, name) is None:
            return load_detector(home, name, min_face_px)
    pytest.skip(str(detector_problem(engine_home, name)))


@pytest.fixture(scope="module", params=DETECTORS)
def name(request: pytest.FixtureRequest) -> DetectorName:
    return request.param


@pytest.fixture(scope="module")
def detector(name: DetectorName, engine_home: Home) -> Detector:
    return loaded(name, engine_home, 20)


def counted_groups(shared: Path) -> dict[Path, int]:
    """Group photos with the number of faces in them."""
    counts = {}
    for path in sorted((shared / "faces" / "groups").glob("*.jpg")):
        told = re.fullmatch(r"compreface_\d{3}_(\d+)", path.stem)
        if told or path.stem in COUNTED:
            counts[path] = int(told[1]) if told else COUNTED[path.stem]
    return counts


def enlarged(picture: Image, factor: float) -> Image:
    return np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def test_faces_of_group_photos_are_found(name: DetectorName, detector: Detector, shared: Path) -> None:
    groups = counted_groups(shared)
    surplus = {path.stem: len(detector.detect(read_image(path))) - count for path, count in groups.items()}
    assert sum(groups.values()) == 126
    assert -sum(more for more in surplus.values() if more < 0) <= MISSED[name], surplus
    assert sum(more for more in surplus.values() if more > 0) <= FALSE[name], surplus


def test_faces_are_inside_the_picture_and_most_certain_first(detector: Detector, shared: Path) -> None:
    for path in counted_groups(shared):
        image = read_image(path)
        faces = detector.detect(image)
        assert [face.score for face in faces] == sorted((face.score for face in faces), reverse=True)
        for face in faces:
            assert 0 < face.score <= 1
            assert face.box.dtype == face.landmarks.dtype == np.float32
            assert (face.box >= 0).all()
            assert face.box[2] < image.shape[1]
            assert face.box[3] < image.shape[0]
            assert face.size >= 1


@pytest.mark.parametrize("photo", [ASTRONAUT, HOPPER], ids=["astronaut", "hopper"])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_portrait_has_one_face_with_its_features_in_place(detector: Detector, photo: Path, mirrored: bool) -> None:
    image = read_image(photo)
    (face,) = detector.detect(image[:, ::-1] if mirrored else image)
    left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
    assert (face.box[:2] < face.landmarks.min(axis=0)).all()
    assert (face.box[2:] > face.landmarks.max(axis=0)).all()
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


def test_a_face_cut_by_the_edge_keeps_its_box_inside(detector: Detector) -> None:
    astronaut = read_image(ASTRONAUT)
    (whole,) = detector.detect(astronaut)
    faces = detector.detect(astronaut[:, int(whole.box[0] + 0.15 * whole.width) :])
    assert [round(float(face.box[0])) for face in faces] == [0]


def test_small_faces_are_left_out_and_large_ones_kept(name: DetectorName, engine_home: Home) -> None:
    astronaut = read_image(ASTRONAUT)
    both = np.zeros((512, 700, 3), dtype=np.uint8)
    both[:, :512] = astronaut
    both[:128, 560:688] = cv2.resize(astronaut, (128, 128), interpolation=cv2.INTER_AREA)
    fine, coarse = (loaded(name, engine_home, least) for least in (20, 60))
    assert (fine.min_face_px, coarse.min_face_px) == (20, 60)
    everyone, large = fine.detect(both), coarse.detect(both)
    assert len(everyone) == 2
    assert len(large) == 1
    assert shared_area(large[0], max(everyone, key=lambda face: face.size)) > 0.8


@pytest.mark.parametrize("wanted", [40, 60, 100, 150])
def test_no_face_is_much_smaller_than_wanted(name: DetectorName, engine_home: Home, shared: Path, wanted: int) -> None:
    """The faces of this photo have 34 to 48 pixels."""
    image = read_image(shared / "faces" / "groups" / "linzaer_11.jpg")
    sizes = [face.size for face in loaded(name, engine_home, wanted).detect(image)]
    assert min(sizes, default=wanted) >= SMALLER[name] * wanted
    assert bool(sizes) or wanted > 48


def test_a_large_photo_keeps_the_faces_that_are_wanted(name: DetectorName, engine_home: Home, shared: Path) -> None:
    """Searched at a smaller size, answered in its own pixels."""
    image = read_image(shared / "faces" / "groups" / "linzaer_11.jpg")
    expected = loaded(name, engine_home, 20).detect(image)
    faces = loaded(name, engine_home, 60).detect(enlarged(image, 4))
    assert len(faces) >= len(expected) - 1 >= 25
    for face in faces:
        smaller = Face(face.box / 4, face.landmarks / 4, face.score)
        assert max(shared_area(smaller, one) for one in expected) > 0.6


@pytest.mark.parametrize("factor", [2, 3.3, 5])
@pytest.mark.parametrize("photo", [ASTRONAUT, HOPPER], ids=["astronaut", "hopper"])
def test_a_face_that_fills_the_picture_is_one_face(
    name: DetectorName, engine_home: Home, photo: Path, factor: float
) -> None:
    image = read_image(photo)
    (expected,) = loaded(name, engine_home, 20).detect(image)
    (face,) = loaded(name, engine_home, 60).detect(enlarged(image, factor))
    assert shared_area(Face(face.box / factor, face.landmarks / factor, face.score), expected) > 0.75


@pytest.mark.parametrize("shape", [(1, 1), (5, 500), (11, 11), (19, 24), (240, 320), (12, 20_000), (20_000, 13)])
@pytest.mark.parametrize("fill", [0, 127, 255, None], ids=["black", "grey", "white", "noise"])
def test_flat_and_noisy_pictures_have_no_face(detector: Detector, shape: tuple[int, int], fill: int | None) -> None:
    image = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    if fill is not None:
        image[:] = fill
    assert detector.detect(image) == []


@pytest.mark.parametrize("photo", WITHOUT_PEOPLE)
def test_photos_without_people_have_no_face(detector: Detector, photo: str) -> None:
    assert detector.detect(read_image(Path(skimage.__file__).parent / "data" / photo)) == []


@pytest.mark.parametrize(
    "wrong",
    [np.zeros((50, 50)), np.zeros((50, 50), np.uint8), np.zeros((50, 50, 4), np.uint8), np.zeros((50, 50, 3))],
    ids=["matrix", "grey", "alpha", "floats"],
)
def test_anything_but_a_colour_image_is_a_bug_of_the_caller(detector: Detector, wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8"):
        detector.detect(wrong)


def test_the_image_is_not_changed_and_the_answer_repeats(detector: Detector) -> None:
    astronaut, hopper = read_image(ASTRONAUT), read_image(HOPPER)
    before = astronaut.copy()
    astronaut.setflags(write=False)
    first = detector.detect(astronaut)
    detector.detect(hopper)
    assert len(first) == 1
    assert same(detector.detect(astronaut), first)
    assert np.array_equal(astronaut, before)


def test_the_memory_order_of_the_image_does_not_matter(detector: Detector) -> None:
    astronaut = read_image(ASTRONAUT)
    expected = detector.detect(astronaut)
    mirrored_back = np.ascontiguousarray(astronaut[:, ::-1])[:, ::-1]
    for view in (np.asfortranarray(astronaut), mirrored_back):
        assert same(detector.detect(view), expected)


@pytest.mark.parametrize("name", DETECTORS)
def test_several_threads_get_the_same_answers(name: DetectorName, engine_home: Home) -> None:
    """Pictures of different sizes, so that one thread's search would disturb another's."""
    detector = loaded(name, engine_home, 20)
    pictures = [read_image(ASTRONAUT), read_image(HOPPER), enlarged(read_image(ASTRONAUT), 1.5)]
    alone = [detector.detect(picture) for picture in pictures]
    together = Barrier(len(pictures))

    def work(turn: int) -> list[list[Face]]:
        together.wait(timeout=300)
        return [detector.detect(pictures[(turn + i) % len(pictures)]) for i in range(2 * len(pictures))]

    with ThreadPoolExecutor(len(pictures)) as threads:
        answers = list(threads.map(work, range(len(pictures))))
    assert [len(faces) for faces in alone] == [1, 1, 1]
    for turn, answer in enumerate(answers):
        for i, faces in enumerate(answer):
            assert same(faces, alone[(turn + i) % len(pictures)])
