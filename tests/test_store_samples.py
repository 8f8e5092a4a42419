"""Face samples: what goes in comes out, one picture once, networks never mixed."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.errors import StoreError
from core.paths import Home
from core.records import Floats, Image, Sample
from core.store import people, samples
from core.store.database import Store, open_store

OLD, NEW = "20180408-102900", "20180402-114759"


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with open_store(home) as store:
        with store.transaction() as db:
            for roll in ("R001", "R002", "R003"):
                people.add_student(db, roll, roll)
        yield store


def crop(seed: int) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (160, 160, 3), dtype=np.uint8)


def embedding(seed: int) -> Floats:
    vector = np.random.default_rng(seed).normal(size=512).astype(np.float32)
    return vector / np.linalg.norm(vector)


def add(db: Session, student_id: int, seed: int, key: str = NEW) -> Sample | None:
    return samples.add_sample(
        db,
        student_id,
        crop=crop(seed),
        embedding=embedding(seed),
        model_key=key,
        quality=0.5,
        sharpness=np.float32(80.5),
        brightness=0.25,
        face_px=np.float32(61),
        source="photo =1+1 🙂.jpg",
    )


def test_what_goes_in_comes_out(store: Store) -> None:
    with store.transaction() as db:
        made = add(db, 1, 7)
    assert made is not None
    with store.read() as db:
        (found,) = samples.samples_of(db, [1, 2, 3])
    for sample in (made, found):
        np.testing.assert_array_equal(sample.crop, crop(7))
        np.testing.assert_array_equal(sample.embedding, embedding(7))
        assert sample.embedding.dtype == np.float32
        assert (sample.id, sample.student_id, sample.model_key) == (made.id, 1, NEW)
        assert (sample.quality, sample.source) == (0.5, "photo =1+1 🙂.jpg")


def test_the_same_picture_counts_once_for_a_student(db: Session) -> None:
    assert add(db, 1, 7) is not None
    assert add(db, 1, 7, OLD) is None
    assert add(db, 2, 7) is not None
    assert samples.count_by_student(db, [1, 2, 3]) == {1: 1, 2: 1, 3: 0}


def test_only_students_have_samples(db: Session) -> None:
    with pytest.raises(IntegrityError):
        add(db, 99, 1)


def test_wrong_shapes_are_bugs(db: Session) -> None:
    good = {"quality": 1, "sharpness": 1, "brightness": 1, "face_px": 50, "source": "x", "model_key": NEW}
    for wrong in (np.zeros((160, 160), np.uint8), np.zeros((160, 160, 3), np.float32)):
        with pytest.raises(ValueError, match="crop"):
            samples.add_sample(db, 1, crop=wrong, embedding=embedding(1), **good)
    for wrong in (np.zeros(128, np.float32), np.full(512, np.nan, np.float32)):
        with pytest.raises(ValueError, match="embedding"):
            samples.add_sample(db, 1, crop=crop(1), embedding=wrong, **good)


def test_embeddings_of_some_students_and_one_network(db: Session) -> None:
    made = [add(db, student, seed) for student, seed in ((2, 1), (1, 2), (2, 3), (3, 4))]
    add(db, 1, 5, OLD)
    ids, embeddings, sample_ids = samples.load_embeddings(db, [2, 1, 1], NEW)
    assert ids.tolist() == [1, 2, 2]
    assert sample_ids.tolist() == [made[i].id for i in (1, 0, 2)]
    np.testing.assert_array_equal(embeddings, np.stack([embedding(seed) for seed in (2, 1, 3)]))
    assert (ids.dtype, embeddings.dtype, sample_ids.dtype) == (np.int64, np.float32, np.int64)
    embeddings[0] = 0  # The caller's own, not a view of something read-only.


def test_nobody_has_embeddings(db: Session) -> None:
    for students in ([], [1], [99]):
        ids, embeddings, sample_ids = samples.load_embeddings(db, students, NEW)
        assert (ids.shape, embeddings.shape, sample_ids.shape) == ((0,), (0, 512), (0,))
        assert (ids.dtype, embeddings.dtype) == (np.int64, np.float32)


def test_embeddings_are_loaded_without_the_pictures(store: Store) -> None:
    with store.transaction() as db:
        add(db, 1, 1)
    asked: list[str] = []
    with store.read() as db:
        event.listen(db.get_bind(), "before_cursor_execute", lambda *args: asked.append(args[2]))
        samples.load_embeddings(db, [1], NEW)
    assert asked
    assert not any(re.search(r"\bcrop\b", one) for one in asked)


def test_a_change_of_network(db: Session) -> None:
    kept, first, second = add(db, 1, 1), add(db, 1, 2, OLD), add(db, 2, 3, OLD)
    assert kept
    assert first
    assert second
    add(db, 3, 4, OLD)
    stale = samples.stale_samples(db, [1, 2], NEW)
    assert [sample_id for sample_id, _ in stale] == [first.id, second.id]
    np.testing.assert_array_equal(stale[1][1], crop(3))
    samples.replace_embedding(db, first.id, embedding(20), NEW)
    samples.replace_embedding(db, second.id, embedding(30), NEW)
    assert samples.stale_samples(db, [1, 2], NEW) == []
    _, embeddings, _ = samples.load_embeddings(db, [1, 2], NEW)
    np.testing.assert_array_equal(embeddings, np.stack([embedding(seed) for seed in (1, 20, 30)]))
    assert [one.id for one in samples.samples_of(db, [1, 2, 3], NEW)] == [kept.id, first.id, second.id]
    assert len(samples.samples_of(db, [1, 2, 3])) == 4


def test_more_ids_than_one_statement_takes(db: Session) -> None:
    made = [add(db, student, seed) for student, seed in ((1, 1), (2, 2))]
    many = list(range(1, 2001))
    assert samples.load_embeddings(db, many, NEW)[0].tolist() == [1, 2]
    assert samples.count_by_student(db, many)[2] == 1
    assert samples.delete_samples(db, [*(one.id for one in made if one), *range(100, 2100)]) == 2
    assert samples.delete_samples(db, []) == 0
    assert samples.samples_of(db, many) == []


@pytest.mark.parametrize(
    ("damage", "call"),
    [
        ("UPDATE samples SET crop = x'00'", lambda db: samples.samples_of(db, [1])),
        ("UPDATE samples SET crop = x''", lambda db: samples.stale_samples(db, [1], OLD)),
        ("UPDATE samples SET crop_sha256 = 'other'", lambda db: samples.stale_samples(db, [1], OLD)),
        ("UPDATE samples SET embedding = x'0000'", lambda db: samples.load_embeddings(db, [1], NEW)),
    ],
)
def test_a_damaged_sample_gives_a_sentence(home: Home, store: Store, damage: str, call) -> None:
    with store.transaction() as db:
        add(db, 1, 1)
    with closing(sqlite3.connect(home.database)) as raw, raw:
        raw.execute(damage)
    with store.read() as db, pytest.raises(StoreError, match=r"sample 1\) is damaged"):
        call(db)
