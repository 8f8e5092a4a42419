"""How often a frame is searched."""

import numpy as np
import pytest

from core.records import Frame, Opinion
from core.vision.pace import Pace
from core.vision.tracker import Track

SHORTEST = 0.25
BACKGROUND = np.random.default_rng(0).integers(90, 110, (720, 1280, 3)).astype(np.uint8)


def searched(tracks: list[Track], seconds: float = 20.0, pictures: dict[int, np.ndarray] | None = None) -> list[float]:
    """Times at which the pace searches, of frames that come four times a second."""
    pace, times = Pace(SHORTEST), []
    for step in range(int(seconds / SHORTEST)):
        image = (pictures or {}).get(step, BACKGROUND)
        frame = Frame(image, step, step * SHORTEST)
        if pace.due(frame, [one for one in tracks if one.first_s <= frame.time_s]):
            times.append(frame.time_s)
    return times


def track(first_s: float = 0.0, *, settled: bool = False) -> Track:
    one = Track(1, first_s, first_s, np.array([600, 300, 680, 400], np.float32))
    one.opinion = Opinion(settled=settled, student_id=None)
    return one


def rate(times: list[float], since: float, until: float) -> float:
    return sum(since <= one < until for one in times) / (until - since)


def test_an_empty_room_is_searched_at_full_pace() -> None:
    assert rate(searched([]), 0, 20) == 4


def test_the_pace_slows_down_as_faces_become_clear() -> None:
    new = rate(searched([track()]), 0, 1.5)
    undecided = rate(searched([track()]), 3, 18)
    clear = rate(searched([track(settled=True)]), 3, 19)
    assert new >= 3.3 > undecided > clear
    assert clear == pytest.approx(0.8, abs=0.1)


def test_a_newcomer_among_many_quickens_the_pace() -> None:
    settled = [track(settled=True) for _ in range(5)]
    times = searched([*settled, track(10.0)])
    assert rate(times, 5, 10) <= 1
    assert rate(times, 10, 11.5) >= 1.3


def test_somebody_who_comes_in_is_looked_at_sooner() -> None:
    quiet = searched([track(settled=True)])
    stir = BACKGROUND.copy()
    stir[200:700, 50:250] = 230
    step = round((quiet[10] + 0.5) / SHORTEST)
    assert step * SHORTEST not in quiet
    assert step * SHORTEST in searched([track(settled=True)], pictures={step: stir})


def test_a_known_face_that_moves_is_no_newcomer() -> None:
    moved = BACKGROUND.copy()
    moved[280:420, 580:700] = 230
    pictures = dict.fromkeys(range(30, 60), moved)
    assert searched([track(settled=True)], pictures=pictures) == searched([track(settled=True)])
