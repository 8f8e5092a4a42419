"""Which looks are one person, which samples differ, and who may be whom in one picture."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.recognition.decision import one_to_one
from core.recognition.evidence import Stretch, join, split, together
from core.recognition.variety import most_different
from core.records import Floats
from core.vectors import normalised
from core.vision.quality import Quality

BOX = np.array([0, 0, 80, 80], np.float32)
CROP = np.zeros((160, 160, 3), np.uint8)
QUALITY = Quality(80, 0.6, 120, 0, 0.8)


def unit(seed: int) -> Floats:
    return normalised(np.random.default_rng(seed).normal(size=512).astype(np.float32))


def looks(person: int, count: int, noise: float = 0.02, seed: int = 0) -> Floats:
    rng = np.random.default_rng((person, seed))
    return normalised((unit(person) + noise * rng.normal(size=(count, 512))).astype(np.float32))


def stretch(embeddings: Floats, frames: range) -> Stretch:
    weights = np.full(len(embeddings), 0.8, np.float32)
    return Stretch(embeddings, weights, dict.fromkeys(frames, BOX), frames[0] / 4, frames[-1] / 4, CROP, QUALITY)


def groups(found: list[list[int]]) -> set[frozenset[int]]:
    return {frozenset(int(i) for i in group) for group in found}


def test_a_track_of_one_person_stays_whole() -> None:
    assert groups(split(looks(1, 12))) == {frozenset(range(12))}
    assert split(looks(1, 1)) == [[0]]


def test_a_track_that_changes_its_person_is_cut() -> None:
    both = np.concatenate([looks(1, 4), looks(2, 5)])
    assert groups(split(both)) == {frozenset(range(4)), frozenset(range(4, 9))}


def test_stretches_of_one_face_come_together() -> None:
    parts = [
        stretch(looks(1, 3), range(0, 10)),
        stretch(looks(2, 3), range(0, 10)),
        stretch(looks(1, 3, seed=1), range(20, 30)),
    ]
    assert groups(join(parts)) == {frozenset({0, 2}), frozenset({1})}
    assert join(parts[:1]) == [[0]]


def test_stretches_of_one_picture_never_come_together() -> None:
    same = looks(1, 3)
    # The third would go with either, but not with both.
    parts = [stretch(same, range(0, 10)), stretch(same, range(5, 15)), stretch(same, range(30, 40))]
    found = join(parts)
    assert sorted(i for group in found for i in group) == [0, 1, 2]
    assert not any({0, 1} <= set(group) for group in found)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40), st.integers(1, 12)), min_size=1, max_size=12))
def test_joining_splits_the_stretches_into_possible_people(drawn: list[tuple[int, int, int]]) -> None:
    parts = [stretch(looks(who, 2), range(start, start + length)) for who, start, length in drawn]
    found = join(parts)
    assert sorted(i for group in found for i in group) == list(range(len(parts)))
    for group in found:
        for i in group:
            assert drawn[i][0] == drawn[group[0]][0]
            assert not any(together(parts[i].frames, parts[j].frames) for j in group if j != i)


def test_one_doubled_detection_is_not_together() -> None:
    assert not together(frozenset(range(20)), frozenset(range(19, 40)))
    assert together(frozenset(range(20)), frozenset(range(15, 40)))
    assert together(frozenset({4}), frozenset({4}))
    assert not together(frozenset({4}), frozenset({5}))


def test_the_weaker_claim_in_one_frame_is_void() -> None:
    here, there = frozenset({0, 1}), frozenset({8, 9})
    assert one_to_one([(1, 2.0, here), (1, 2.5, here)]) == [0]
    assert one_to_one([(1, 2.0, here), (1, 2.5, there)]) == []
    assert one_to_one([(1, 2.0, here), (2, 2.5, here)]) == []
    assert sorted(one_to_one([(1, 2.0, here), (1, 3.0, here | there), (1, 2.5, there)])) == [0, 2]
    assert one_to_one([]) == []


CLAIM = st.tuples(st.integers(1, 3), st.floats(-1, 4), st.frozensets(st.integers(0, 6), min_size=1))


@given(st.lists(CLAIM, max_size=10))
def test_whoever_stands_is_alone_in_the_frame_and_losers_lost_to_somebody(
    claims: list[tuple[int, float, frozenset[int]]],
) -> None:
    losers = set(one_to_one(claims))
    stand = [claim for i, claim in enumerate(claims) if i not in losers]
    for i, (student, _, frames) in enumerate(stand):
        assert not any(student == other[0] and together(frames, other[2]) for other in stand[:i])
    for i in losers:
        student, evidence, frames = claims[i]
        assert any(one[0] == student and one[1] >= evidence and together(frames, one[2]) for one in stand)


def test_the_typical_face_is_among_the_most_different() -> None:
    faces = np.concatenate([looks(1, 30, 0.01), looks(2, 3, 0.01), looks(3, 3, 0.01)])
    chosen = most_different(faces, 3)
    assert chosen[0] == int((faces @ faces.mean(axis=0)).argmax())
    # Each cluster gives one: three of the first would teach less.
    assert {0 if i < 30 else 1 if i < 33 else 2 for i in chosen} == {0, 1, 2}
    assert chosen == most_different(faces, 3)


def test_few_samples_all_stay() -> None:
    assert most_different(looks(1, 4), 4) == [0, 1, 2, 3]
    assert most_different(np.empty((0, 512), np.float32), 5) == []


@settings(max_examples=60)
@given(st.lists(st.integers(0, 6), max_size=25), st.integers(1, 25))
def test_positions_are_unique_also_among_equal_faces(people: list[int], limit: int) -> None:
    faces = np.stack([unit(one) for one in people]) if people else np.empty((0, 512), np.float32)
    chosen = most_different(faces, limit)
    assert len(chosen) == len(set(chosen)) == min(limit, len(people))
    assert all(0 <= one < len(people) for one in chosen)
    # No face twice while another kind is left.
    assert len({people[i] for i in chosen}) == min(limit, len(set(people)))
