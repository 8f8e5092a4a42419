"""Naming those who pass a camera: several good looks of one person, well above the cut, or nobody."""

import numpy as np
import pytest

from core.recognition.passing import ENOUGH_LOOKS, Known, opinion, passer
from core.recognition.school import build
from core.records import OPEN, Floats
from tests.test_school import faces, ones, people

NONE: Floats = np.empty((0, 512), np.float32)


@pytest.fixture(scope="module")
def known() -> Known:
    return Known(build(*people(range(100, 160)), "key"), NONE, np.empty(0, np.int64))


def test_three_good_looks_name_a_student(known: Known) -> None:
    looks = faces(123, 3, noise=0.02, seed=5)
    found = passer(known, looks, ones(looks))
    assert found.student_id == 123
    assert 0.9 <= found.confidence <= 1
    assert opinion(known, looks, ones(looks)).student_id == 123


def test_too_few_looks_or_poor_ones_name_nobody(known: Known) -> None:
    looks = faces(123, 4, noise=0.02, seed=5)
    assert passer(known, looks[:2], ones(looks[:2])).student_id is None
    poor = np.array([0.9, 0.9, 0.1, 0.1], np.float32)
    assert passer(known, looks, poor).student_id is None
    assert opinion(known, looks, poor) == OPEN


def test_two_people_in_one_track_are_nobody(known: Known) -> None:
    both = np.concatenate([faces(123, 3, noise=0.02, seed=5), faces(124, 3, noise=0.02, seed=5)])
    assert passer(known, both, ones(both)).student_id is None


def test_looks_that_are_hidden_do_not_outweigh_clear_ones(known: Known) -> None:
    clear, hidden = faces(123, 4, noise=0.02, seed=5), faces(123, 4, noise=0.06, seed=6)
    mixed = np.concatenate([clear, hidden])
    alone = passer(known, clear, ones(clear)).confidence
    assert passer(known, mixed, ones(mixed)).confidence == pytest.approx(alone, abs=0.01)


def test_strangers_are_nobody_and_most_are_soon_given_up(known: Known) -> None:
    given_up = 0
    for person in range(300, 360):
        looks = faces(person, ENOUGH_LOOKS, seed=3)
        found = passer(known, looks, ones(looks))
        assert found.student_id is None
        assert opinion(known, looks, ones(looks)).settled == found.hopeless
        assert not passer(known, looks[:3], ones(looks[:3])).hopeless
        given_up += found.hopeless
    assert given_up > 15


def test_a_face_that_was_said_not_to_be_a_student_is_not(known: Known) -> None:
    looks = faces(123, 3, noise=0.05, seed=5)
    assert passer(known, looks, ones(looks)).student_id == 123
    said = Known(known.index, looks[:1], np.array([123]))
    assert passer(said, looks, ones(looks)).student_id is None
    of_another = Known(known.index, looks[:1], np.array([124]))
    assert passer(of_another, looks, ones(looks)).student_id == 123
