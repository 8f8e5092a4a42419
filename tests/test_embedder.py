"""Cropping a face and turning crops into embeddings."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.engine import Engine
from core.networks.prepare import read_manifest
from core.paths import Home
from core.records import Face, Image
from core.vision.embedder import BATCH, EMBEDDING_SIZE, FACE_PX, MARGIN, crop_face
from core.vision.images import read_image
from tests.cli_support import ASTRONAUT, HOPPER


def face_at(x0: float, y0: float, x1: float, y1: float) -> Face:
    return Face(np.array([x0, y0, x1, y1], dtype=np.float32), np.zeros((5, 2), dtype=np.float32), 1.0)


def ramp(height: int, width: int) -> Image:
    """Blue grows with x, green with y, so that a crop tells where it was taken."""
    image = np.zeros((height, width, 3), dtype=np.uint8)
    image[..., 0], image[..., 1] = np.arange(width)[None] % 256, np.arange(height)[:, None] % 256
    return image


@pytest.fixture(scope="module")
def crops(engine: Engine) -> Image:
    """Real faces in their crops: the two portraits, upright and mirrored."""
    found = []
    for path in (ASTRONAUT, HOPPER):
        image = read_image(path)
        found.append(crop_face(image, engine.detector.detect(image)[0]))
    return np.stack([*found, *(np.ascontiguousarray(crop[:, ::-1]) for crop in found)])


@pytest.mark.parametrize("box", [(100, 80, 140, 140), (60, 60, 66, 63), (30, 30, 220, 200)])
def test_a_crop_is_the_square_of_the_longer_side_with_a_margin(box: tuple[int, int, int, int]) -> None:
    crop = crop_face(ramp(256, 256), face_at(*box))
    side = max(box[2] - box[0], box[3] - box[1]) * MARGIN
    centre = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    assert crop.shape == (FACE_PX, FACE_PX, 3)
    assert crop.dtype == np.uint8
    assert crop[:, :, 0].mean() == pytest.approx(centre[0], abs=1.5)
    assert crop[:, :, 1].mean() == pytest.approx(centre[1], abs=1.5)
    assert int(crop[80, -1, 0]) - int(crop[80, 0, 0]) == pytest.approx(side, abs=2.5)


@pytest.mark.parametrize(
    "box", [(-30, -30, 50, 50), (200, 200, 300, 280), (0, 0, 256, 256), (-50, 90, 400, 110), (0, 250, 5, 255)]
)
def test_what_lies_outside_the_image_repeats_its_edge(box: tuple[int, int, int, int]) -> None:
    crop = crop_face(ramp(256, 256), face_at(*box))
    columns, rows = crop[80, :, 0].astype(int), crop[:, 80, 1].astype(int)
    assert crop.shape == (FACE_PX, FACE_PX, 3)
    # The ramp only ever grows (but for the rounding of the resize); black or wrapped pixels would break it.
    assert np.diff(columns).min() >= -1
    assert np.diff(rows).min() >= -1
    left = (box[0] + box[2] - MARGIN * max(box[2] - box[0], box[3] - box[1])) / 2
    assert columns[0] == pytest.approx(max(0, left), abs=2)


def test_a_crop_of_a_tiny_image_and_a_crop_of_a_view() -> None:
    assert crop_face(ramp(3, 2), face_at(0, 0, 1, 2)).shape == (FACE_PX, FACE_PX, 3)
    image = ramp(200, 200)
    box = face_at(60, 60, 120, 120)
    assert np.array_equal(crop_face(np.asfortranarray(image), box), crop_face(image, box))


def test_embeddings_are_unit_vectors_and_tell_people_apart(engine: Engine, crops: Image) -> None:
    embeddings = engine.embedder.embed(crops)
    assert embeddings.shape == (4, EMBEDDING_SIZE)
    assert embeddings.dtype == np.float32
    assert np.linalg.norm(embeddings, axis=1) == pytest.approx(1.0, abs=1e-5)
    alike = embeddings @ embeddings.T
    # A mirrored face is the same person; Eileen Collins is not Grace Hopper.
    assert min(alike[0, 2], alike[1, 3]) > 0.85
    assert max(alike[0, 1], alike[0, 3], alike[2, 1]) < 0.4


@pytest.mark.parametrize("count", [0, 1, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH + 3])
def test_the_size_of_the_batch_does_not_matter(engine: Engine, crops: Image, count: int) -> None:
    many = np.resize(crops, (count, *crops.shape[1:]))
    single = np.concatenate([engine.embedder.embed(crops[i : i + 1]) for i in range(len(crops))])
    embeddings = engine.embedder.embed(many)
    assert embeddings.shape == (count, EMBEDDING_SIZE)
    assert embeddings.dtype == np.float32
    assert np.abs(embeddings - single[np.arange(count) % len(crops)]).max(initial=0) < 1e-5


def test_earlier_embeddings_are_not_overwritten_by_later_ones(engine: Engine, crops: Image) -> None:
    first = engine.embedder.embed(crops[:1])
    kept = first.copy()
    engine.embedder.embed(crops[1:2])
    assert np.array_equal(first, kept)


def test_channels_are_blue_green_red(engine: Engine, crops: Image) -> None:
    """Swapped channels still look like the person, but less: a silent mistake that costs accuracy."""
    straight = engine.embedder.embed(crops)
    swapped = engine.embedder.embed(np.ascontiguousarray(crops[..., ::-1]))
    assert np.abs(straight - swapped).max() > 0.01


def test_a_view_gives_the_same_as_its_copy(engine: Engine, crops: Image) -> None:
    view = np.ascontiguousarray(crops[:, :, ::-1])[:, :, ::-1]
    assert np.array_equal(engine.embedder.embed(view), engine.embedder.embed(crops))


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((1, 160, 160, 3), np.float32),
        np.zeros((160, 160, 3), np.uint8),
        np.zeros((1, 128, 160, 3), np.uint8),
        np.zeros((1, 160, 160, 1), np.uint8),
    ],
)
def test_wrong_crops_are_a_bug_of_the_caller(engine: Engine, wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="crops must be"):
        engine.embedder.embed(wrong)


def test_the_embedder_names_its_weights(engine: Engine, engine_home: Home) -> None:
    assert engine.embedder.model_key == engine.model_key == read_manifest(engine_home).embedding_key


def test_the_same_person_is_nearer_than_any_other(engine: Engine, shared: Path) -> None:
    """Two photos each of six people: the nearest of the others is always the same person."""
    folders = sorted(path for path in (shared / "faces" / "known").iterdir() if path.is_dir())[:6]
    crops = []
    for folder in folders:
        for path in sorted(folder.iterdir())[:2]:
            image = read_image(path)
            faces = engine.detector.detect(image)
            middle = np.array([image.shape[1], image.shape[0]]) / 2
            nearest = min(faces, key=lambda face: float(np.abs((face.box[:2] + face.box[2:]) / 2 - middle).sum()))
            crops.append(crop_face(image, nearest))
    embeddings = engine.embedder.embed(np.stack(crops))
    alike = embeddings @ embeddings.T - 2 * np.eye(len(crops))
    assert (alike.argmax(axis=1) // 2).tolist() == [i // 2 for i in range(len(crops))]


def test_enlarging_and_shrinking_a_photo_keep_the_person(engine: Engine) -> None:
    image = read_image(ASTRONAUT)
    found = []
    for scale in (0.4, 1.0, 3.0):
        sized = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        found.append(crop_face(sized, engine.detector.detect(sized)[0]))
    embeddings = engine.embedder.embed(np.stack(found))
    assert (embeddings @ embeddings.T).min() > 0.8
