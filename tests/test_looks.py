"""Which looks of a track are kept and embedded, and when the work on it ends."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest

from core.engine import Engine
from core.records import OPEN, Floats, Opinion
from core.vision.candidates import gather
from core.vision.looks import LAST_LOOKS, LONGEST_S, SETTLED_S, LookBook, offer, wanted
from core.vision.quality import Quality
from core.vision.tracker import Look, Track
from tests.cli_support import ASTRONAUT, HOPPER

SETTLED = Opinion(settled=True, student_id=7)


def look(time_s: float, score: float = 0.5, crop: np.ndarray | None = None) -> Look:
    picture = np.zeros((160, 160, 3), np.uint8) if crop is None else crop
    return Look(int(time_s * 100), time_s, picture, Quality(60, 0.5, 120, 0, score))


def track() -> Track:
    return Track(1, 0, 0, np.array([0, 0, 60, 60], np.float32))


@pytest.fixture(scope="module")
def faces(engine: Engine) -> dict[str, np.ndarray]:
    return {
        str(path): gather([str(path)], engine, None, lambda _: None).candidates[0].crop for path in (ASTRONAUT, HOPPER)
    }


def test_of_looks_that_are_close_the_best_is_kept() -> None:
    one = track()
    for time_s, score in [(0, 0.3), (0.1, 0.8), (0.2, 0.5), (1.2, 0.1)]:
        offer(one, look(time_s, score), 1.0)
    assert [(kept.time_s, kept.quality.score) for kept in one.looks] == [(0.1, 0.8), (1.2, 0.1)]


def test_looks_become_rare_but_never_cease() -> None:
    one = track()
    for step in range(1200):
        offer(one, look(step / 2), 0.45)
    times = [kept.time_s for kept in one.looks]
    assert sum(time_s < 10 for time_s in times) >= 7
    assert max(later - before for before, later in pairwise(times)) <= LONGEST_S + 0.5
    assert len(times) < 60


def test_a_look_that_was_embedded_is_not_replaced() -> None:
    one = track()
    offer(one, look(0, 0.2), 1.0)
    one.looks[0].embedding = np.ones(512, np.float32)
    offer(one, look(0.5, 0.9), 1.0)
    assert [kept.quality.score for kept in one.looks] == [0.2]


def test_a_settled_track_wants_a_look_only_now_and_then() -> None:
    one = track()
    offer(one, look(0), 0.45)
    assert wanted(one, 0.1)
    one.opinion = SETTLED
    assert not wanted(one, SETTLED_S - 0.1)
    assert wanted(one, SETTLED_S)


def run(engine: Engine, one: Track, looks: list[Look], judged: list[int]) -> None:
    """Feed ``looks`` as the follower does; ``judged`` notes how many looks each opinion was based on."""

    def judge(embeddings: Floats, weights: Floats) -> Opinion:
        assert len(embeddings) == len(weights)
        judged.append(len(embeddings))
        return SETTLED if len(embeddings) >= 4 else OPEN

    with ThreadPoolExecutor(2) as pool:
        book = LookBook(engine.embedder.embed, pool, judge)
        for each in looks:
            book.take()
            if wanted(one, each.time_s):
                offer(one, each, 0.4)
            book.choose([one])
            book.start()
        book.finish([one])


def test_a_settled_track_is_embedded_rarely(engine: Engine, faces: dict[str, np.ndarray]) -> None:
    judged: list[int] = []
    one = track()
    run(engine, one, [look(step / 2, crop=faces[str(ASTRONAUT)]) for step in range(60)], judged)
    known = [kept for kept in one.looks if kept.embedding is not None]
    assert one.opinion == SETTLED
    assert judged[-1] == 4
    assert 4 < len(known) <= 10


def test_somebody_else_on_a_settled_seat_opens_it_again(engine: Engine, faces: dict[str, np.ndarray]) -> None:
    judged: list[int] = []
    one = track()
    first = [look(step / 2, crop=faces[str(ASTRONAUT)]) for step in range(20)]
    later = [look(10 + step / 2, crop=faces[str(HOPPER)]) for step in range(40)]
    run(engine, one, first + later, judged)
    # Judged once more after the change: more looks than the four that had settled it.
    assert judged[-1] > 4


def test_of_what_is_left_at_the_end_the_best_looks_are_embedded(engine: Engine, faces: dict[str, np.ndarray]) -> None:
    one = track()
    with ThreadPoolExecutor(2) as pool:
        book = LookBook(engine.embedder.embed, pool, None)
        for step in range(12):
            offer(one, look(step, score=step / 12, crop=faces[str(ASTRONAUT)]), 0.4)
        book.finish([one])
    best = sorted((kept.quality.score for kept in one.looks), reverse=True)[:LAST_LOOKS]
    assert sorted((kept.quality.score for kept in one.looks if kept.embedding is not None), reverse=True) == best
    embedded = np.stack([kept.embedding for kept in one.looks if kept.embedding is not None])
    assert len(one.looks) > LAST_LOOKS
    assert len(embedded) == LAST_LOOKS
    assert (embedded @ embedded[0]).min() > 0.999


def test_a_newcomer_before_a_camera_is_embedded_at_once_and_the_answer_is_there_on_demand(
    engine: Engine, faces: dict[str, np.ndarray]
) -> None:
    judged: list[int] = []

    def judge(embeddings: Floats, _: Floats) -> Opinion:
        judged.append(len(embeddings))
        return OPEN

    with ThreadPoolExecutor(2) as pool:
        for eager in (True, False):
            one = track()
            book = LookBook(engine.embedder.embed, pool, judge, eager=eager)
            for step in range(2):
                offer(one, look(step / 4, crop=faces[str(ASTRONAUT)]), 0.0)
                book.choose([one])
                book.start()
                book.start()
                book.catch_up()
            assert [kept.embedding is not None for kept in one.looks] == [eager, eager]
    # A recording waits for the best of each span of time.
    assert judged == [1, 2]
