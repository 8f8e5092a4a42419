"""Stored faces looked at and deleted one by one, with what classifiers know of them."""

from typing import Any

import numpy as np
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine as Database

from core import clock
from core.engine import Engine
from core.errors import NotFoundError
from core.face_gallery import delete_faces, face_numbers, face_of, faces_of, portraits
from core.store import audit, people, samples
from core.store.database import Store
from core.training import train
from tests.test_extending import enrolled, in_use


def _no_engine() -> Engine:
    raise AssertionError("no classifier knows the student, so no networks are needed")


def _student(store: Store, roll: str, qualities: list[float]) -> list[int]:
    rng = np.random.default_rng(len(roll))
    made = []
    with store.transaction() as db:
        student = people.add_student(db, roll, f"Student {roll}")
        people.record_consent(db, student.id, "form", clock.now())
        for number, quality in enumerate(qualities):
            embedding = rng.standard_normal(512).astype(np.float32)
            one = samples.add_sample(
                db, student.id, crop=np.full((160, 160, 3), 10 * number + 1, np.uint8), embedding=embedding,
                model_key="key", quality=quality, sharpness=0.6, brightness=120, face_px=90, source=f"{number}.png",
            )  # fmt: skip
            assert one is not None
            made.append(one.id)
    return made


def test_faces_are_listed_and_the_best_one_is_the_portrait(store: Store) -> None:
    ids = _student(store, "R1", [0.4, 0.9, 0.5])
    _student(store, "R2", [])
    found = faces_of(store, "r1")
    assert [(one.id, one.quality, one.source) for one in found] == [
        (ids[0], 0.4, "0.png"),
        (ids[1], 0.9, "1.png"),
        (ids[2], 0.5, "2.png"),
    ]
    assert face_numbers(store, "R1") == tuple(ids)
    assert int(face_of(store, "R1", ids[2])[0, 0, 0]) == 21
    shown = portraits(store, ["R1", "R2", "nobody"])
    assert list(shown) == ["R1"]
    assert int(shown["R1"][0, 0, 0]) == 11


def test_a_face_of_somebody_else_is_not_found(store: Store) -> None:
    _student(store, "R1", [0.4])
    [theirs] = _student(store, "R22", [0.4])
    for number in (theirs, 0):
        with pytest.raises(NotFoundError, match="not stored any more"):
            face_of(store, "R1", number)


def test_portraits_of_many_cost_no_query_each(store: Store) -> None:
    for number in range(12):
        _student(store, f"R{number}", [0.5])
    asked: list[str] = []

    def count(*told: Any) -> None:
        asked.append(told[2])

    event.listen(Database, "before_cursor_execute", count)
    try:
        few = len(portraits(store, ["R1"])), len(asked)
        asked.clear()
        many = len(portraits(store, [f"r{number}" for number in range(12)])), len(asked)
    finally:
        event.remove(Database, "before_cursor_execute", count)
    assert (few[0], many[0]) == (1, 12)
    assert many[1] == few[1]


def test_a_face_that_is_not_the_students_deletes_nothing(store: Store) -> None:
    mine, other = _student(store, "R1", [0.4, 0.9]), _student(store, "R22", [0.5])
    with pytest.raises(NotFoundError, match="nothing was deleted"):
        delete_faces(store, "R1", [mine[0], other[0]], _no_engine)
    assert len(faces_of(store, "R1")) == 2
    done = delete_faces(store, "R1", [mine[0]], _no_engine)
    assert (done.gone, done.left) == (1, 1)
    assert [one.id for one in faces_of(store, "R1")] == [mine[1]]
    with store.read() as db:
        last = next(one for one in audit.rows(db, audit.Filter(action="faces.delete"), 1))
    assert (last.before, last.after) == ({"samples": 1}, {"left": 1})


def test_the_classifier_in_use_learns_anew_and_forgets_who_has_no_face(store: Store, engine: Engine) -> None:
    enrolled(store, engine, range(1, 9))
    train(store, engine, "C")
    before, machine = in_use(store)
    ids = [one.id for one in faces_of(store, "R3")]
    done = delete_faces(store, "R3", ids[:2], lambda: engine)
    assert (done.gone, done.left, done.learned, done.notes) == (2, 3, ("C",), ())
    after, renewed = in_use(store)
    assert after.id != before.id
    place = renewed.student_ids.tolist().index(3)
    assert not np.array_equal(renewed.centroids[place], machine.centroids[machine.student_ids.tolist().index(3)])
    done = delete_faces(store, "R3", ids[2:], lambda: engine)
    assert (done.left, done.learned) == (0, ())
    assert 3 not in in_use(store)[1].student_ids.tolist()
