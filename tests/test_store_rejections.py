"""Rejected faces in the store: kept once, found by student and network, and gone with the student."""

from collections.abc import Iterator

import numpy as np
import pytest
from sqlalchemy import text

from core.errors import StoreError
from core.paths import Home
from core.records import Floats, Image
from core.store import people, rejections
from core.store.database import Store, open_store
from core.vectors import normalised

KEY = "weights 1"


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with open_store(home) as store:
        with store.transaction() as db:
            for roll in ("R1", "R2"):
                people.add_student(db, roll, f"Student {roll}")
        yield store


def crop(seed: int) -> Image:
    return np.random.default_rng(seed).integers(0, 255, (160, 160, 3), np.uint8)


def embedding(seed: int) -> Floats:
    return normalised(np.random.default_rng(seed).normal(size=512).astype(np.float32))


def add(store: Store, student_id: int, seed: int, key: str = KEY) -> int | None:
    with store.transaction() as db:
        return rejections.add_rejection(
            db, student_id, crop=crop(seed), embedding=embedding(seed), model_key=key, source="lesson.mp4"
        )


def test_a_picture_is_kept_once_for_a_student(store: Store) -> None:
    assert add(store, 1, 7) is not None
    assert add(store, 1, 7) is None
    assert add(store, 2, 7) is not None
    with store.read() as db:
        assert [rejections.count_rejections(db, ids) for ids in ([1], [2], [1, 2, 2], [], [99])] == [1, 1, 2, 0, 0]


def test_embeddings_come_back_by_student_and_age(store: Store) -> None:
    for student_id, seed in ((2, 1), (1, 2), (2, 3)):
        add(store, student_id, seed)
    add(store, 1, 4, key="weights 2")
    with store.read() as db:
        of, faces = rejections.load_embeddings(db, [1, 2], KEY)
        nobody, none = rejections.load_embeddings(db, [99], KEY)
    assert (of.dtype, of.tolist(), faces.dtype) == (np.int64, [1, 2, 2], np.float32)
    np.testing.assert_array_equal(faces, np.stack([embedding(seed) for seed in (2, 1, 3)]))
    assert (nobody.shape, nobody.dtype, none.shape, none.dtype) == ((0,), np.int64, (0, 512), np.float32)


def test_stale_ones_are_embedded_again_from_their_crops(store: Store) -> None:
    row = add(store, 1, 5)
    assert row is not None
    with store.read() as db:
        [(found, picture)] = rejections.stale_rejections(db, [1, 2], "weights 2")
        assert rejections.stale_rejections(db, [1, 2], KEY) == []
    assert found == row
    np.testing.assert_array_equal(picture, crop(5))
    with store.transaction() as db:
        rejections.replace_embedding(db, row, embedding(6), "weights 2")
    with store.read() as db:
        np.testing.assert_array_equal(rejections.load_embeddings(db, [1], "weights 2")[1][0], embedding(6))
        assert rejections.stale_rejections(db, [1], "weights 2") == []


@pytest.mark.parametrize("column", ["crop", "embedding"])
def test_a_damaged_one_is_told_not_used(store: Store, column: str) -> None:
    add(store, 1, 5)
    with store.transaction() as db:
        db.execute(text(f"UPDATE rejections SET {column} = x'00'"))
    read, key = {
        "crop": (rejections.stale_rejections, "weights 2"),
        "embedding": (rejections.load_embeddings, KEY),
    }[column]
    with store.read() as db, pytest.raises(StoreError, match="rejection 1"):
        read(db, [1], key)


def test_one_can_be_withdrawn(store: Store) -> None:
    for student_id in (1, 2):
        add(store, student_id, 5)
    with store.transaction() as db:
        assert rejections.withdraw_rejection(db, 1, crop(5))
        assert not rejections.withdraw_rejection(db, 1, crop(5))
        assert rejections.load_embeddings(db, [1, 2], KEY)[0].tolist() == [2]


def test_a_picture_goes_for_everybody(store: Store) -> None:
    for student_id, seed in ((1, 5), (2, 5), (2, 6)):
        add(store, student_id, seed)
    with store.transaction() as db:
        gone = rejections.delete_showing(db, [crop(5), crop(99)])
        assert len(rejections.delete_showing(db, [])) == 0
    np.testing.assert_array_equal(gone, np.stack([embedding(5)] * 2))
    with store.read() as db:
        np.testing.assert_array_equal(rejections.load_embeddings(db, [1, 2], KEY)[1], embedding(6)[None])


def test_a_deleted_student_takes_theirs_along(store: Store, home: Home) -> None:
    for student_id, seed in ((1, 5), (2, 6)):
        add(store, student_id, seed)
    with store.transaction() as db:
        sealed = db.scalars(text("SELECT embedding FROM rejections ORDER BY student_id")).all()
        assert people.delete_student(db, "R1").rejections == 1
    with store.read() as db:
        assert rejections.load_embeddings(db, [1, 2], KEY)[0].tolist() == [2]
    store.close()
    content = b"".join(one.read_bytes() for one in home.data.rglob("*") if one.is_file())
    # A row may be split over two pages, so look for pieces.
    left = [sum(one[at : at + 64] in content for at in range(0, 2048, 64)) for one in sealed]
    assert left[0] == 0
    assert left[1] > 25


@pytest.mark.parametrize("shape", [(160, 160), (80, 160, 3)])
def test_what_is_no_crop_is_refused(store: Store, shape: tuple[int, ...]) -> None:
    with store.transaction() as db, pytest.raises(ValueError, match="a crop is"):
        rejections.add_rejection(
            db, 1, crop=np.zeros(shape, np.uint8), embedding=embedding(1), model_key=KEY, source="a"
        )
