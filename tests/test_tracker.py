"""Tracking: one track a face, one face a track, whatever order the detections come in."""

import numpy as np
import pytest

from core.records import Face
from core.vision.tracker import FORGET_S, Tracker


def face(x: float, y: float = 100, side: float = 60) -> Face:
    box = np.array([x, y, x + side, y + side], np.float32)
    return Face(box, np.zeros((5, 2), np.float32), 0.99)


def test_two_moving_faces_keep_their_tracks_in_any_order() -> None:
    tracker = Tracker()
    rng = np.random.default_rng(0)
    seen: dict[str, set[int]] = {"left": set(), "right": set()}
    for step in range(30):
        faces = {"left": face(100 + 4 * step), "right": face(500 - 4 * step)}
        names = list(rng.permutation(list(faces)))
        tracks, finished = tracker.update([faces[one] for one in names], step, step * 0.25)
        assert not finished
        for name, one in zip(names, tracks, strict=True):
            seen[name].add(one.number)
    assert seen == {"left": {1}, "right": {2}} or seen == {"left": {2}, "right": {1}}


def test_faces_that_pass_each_other_one_above_the_other_keep_their_tracks() -> None:
    tracker = Tracker()
    numbers = set()
    for step in range(41):
        tracks, _ = tracker.update([face(100 + 5 * step, 100), face(300 - 5 * step, 170)], step, step * 0.25)
        numbers.add(tuple(one.number for one in tracks))
    assert numbers == {(1, 2)}


def test_a_face_belongs_to_one_track_and_a_track_to_one_face() -> None:
    tracker = Tracker()
    rng = np.random.default_rng(1)
    for step in range(60):
        faces = [face(*rng.uniform(0, 400, 2), side=rng.uniform(30, 90)) for _ in range(rng.integers(0, 9))]
        tracks, _ = tracker.update(faces, step, step * 0.25)
        assert len({one.number for one in tracks}) == len(faces)
        for one, owner in zip(faces, tracks, strict=True):
            assert owner.box is one.box
            assert owner.frames[-1] == step
            assert len(owner.frames) == len(set(owner.frames)) == len(owner.boxes)


def test_the_nearest_pairs_win_together() -> None:
    tracker = Tracker()
    tracker.update([face(100), face(140)], 0, 0)
    tracks, _ = tracker.update([face(130), face(165)], 1, 0.25)
    assert [one.number for one in tracks] == [1, 2]


@pytest.mark.parametrize("other", [face(100 + 60), face(100, 100 + 60), face(100, 100, 60 * 2)])
def test_a_jump_or_another_size_is_another_face(other: Face) -> None:
    tracker = Tracker()
    (first,), _ = tracker.update([face(100)], 0, 0)
    (second,), _ = tracker.update([other], 1, 0.25)
    assert second is not first


def test_a_face_that_comes_back_in_time_is_the_same() -> None:
    tracker = Tracker()
    (first,), _ = tracker.update([face(100)], 0, 0)
    assert tracker.update([], 1, FORGET_S / 2) == ([], [])
    (again,), finished = tracker.update([face(105)], 2, FORGET_S)
    assert again is first
    assert finished == []
    assert (first.first_s, first.last_s, first.frames) == (0, FORGET_S, [0, 2])


def test_a_face_that_comes_back_later_is_a_new_track() -> None:
    tracker = Tracker()
    (first,), _ = tracker.update([face(100)], 0, 0)
    (second,), finished = tracker.update([face(100)], 1, FORGET_S + 0.01)
    assert finished == [first]
    assert second.number == 2
    assert tracker.finish() == [second]
    assert tracker.finish() == []
