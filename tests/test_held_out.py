"""One record for every held-out photo."""

from collections import Counter

import numpy as np
import pytest

from core.recognition.calibration import PRIOR, calibrate, figures_of
from core.recognition.held_out import FOLDS, HeldOutScores, score_held_out
from core.records import Floats
from tests.test_recognition import STUDENTS, faces, roster


@pytest.fixture(scope="module")
def cohort() -> Floats:
    return np.concatenate([faces(one, 3) for one in range(100, 110)])


@pytest.fixture(scope="module")
def scores(cohort: Floats) -> HeldOutScores:
    return score_held_out(*roster(STUDENTS), cohort, "key")


def test_every_photo_is_a_stranger_once_and_a_probe_at_most_once(scores: HeldOutScores) -> None:
    count = len(roster(STUDENTS)[1])
    samples = [one.sample for one in scores.students]
    assert len(set(samples)) == len(samples)
    # One round in five leaves the student out; the photos it would have held back are not probes.
    assert count * (FOLDS - 2) / FOLDS <= len(samples) < count
    assert Counter(one.student_id for one in scores.strangers if one.student_id) == dict.fromkeys(STUDENTS, 6)
    assert scores.people == len(STUDENTS)


def test_a_record_says_whose_photo_it_was_and_who_came_near(scores: HeldOutScores) -> None:
    labels = roster(STUDENTS)[1]
    for one in scores.students:
        assert one.student_id == labels[one.sample]
        assert one.best >= one.second
        assert one.best_id != one.second_id
        assert (one.own == one.best) == (one.best_id == one.student_id)


def test_nobody_is_taken_for_himself_by_a_round_that_left_him_out(scores: HeldOutScores) -> None:
    assert all(one.best_id != one.student_id for one in scores.strangers)


def test_others_of_the_school_are_strangers_of_no_roster(scores: HeldOutScores, cohort: Floats) -> None:
    assert sum(one.student_id is None for one in scores.strangers) == len(cohort)


def test_the_only_photo_of_a_student_tests_nothing() -> None:
    embeddings, labels = roster(range(1, 9))
    chosen = ~((labels == 3) & (np.arange(len(labels)) % 6 > 0))
    found = score_held_out(embeddings[chosen], labels[chosen], None, "key")
    assert all((one.own is None) == (one.student_id == 3) for one in found.students)


def test_too_few_to_leave_one_out() -> None:
    found = score_held_out(*roster(range(2)), None, "key")
    assert found.strangers == ()
    assert len(found.students) > 0
    assert score_held_out(*roster(range(1)), None, "key") == HeldOutScores((), (), 1)


def test_the_figures_are_counted_from_the_records(scores: HeldOutScores, cohort: Floats) -> None:
    thresholds, figures = calibrate(*roster(STUDENTS), cohort, "key")
    assert figures_of(scores, thresholds) == figures
    best = sorted(one.best for one in scores.students)
    middle = best[len(best) // 2]
    half = figures_of(scores, type(PRIOR)(middle, middle, middle, 0.0))
    assert (half.refused, half.right) == (len(best) // 2, len(best) - len(best) // 2)
    assert half.strangers == 6 * len(STUDENTS) + len(cohort)
