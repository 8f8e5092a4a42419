"""What is long over becomes little, and nothing that was decided changes by it."""

from dataclasses import replace

import numpy as np
import pytest

from core.recognition.classifier import Classifier
from core.recognition.condense import MOST_LOOKS, OLD_S, condense
from core.recognition.decision import decide
from core.recognition.evidence import Stretch, looks_of, together
from core.recognition.people import Person, name_people
from core.vision.tracker import Look, Track
from tests.test_recognition import faces, machine, stretch, with_cuts

__all__ = ["machine"]

STUDENTS, STRANGERS = (10, 11, 12), (77, 78)


def lesson(minutes: int) -> list[Stretch]:
    """Everybody is in the picture together twice a minute, four looks each time."""
    found = []
    for number in range(2 * minutes):
        for seat, who in enumerate((*STUDENTS, *STRANGERS)):
            one = stretch(faces(who, 4, seed=number), 120 * number, length=40, quality=0.5 + 0.01 * (number % 9))
            found.append(replace(one, tracks=frozenset({10 * number + seat})))
    return found


def found(people: list[Person]) -> set[tuple[str, int | None, float, float, frozenset[int]]]:
    """What the register would hold."""
    return {
        (
            one.decision.outcome,
            one.decision.student_id if one.decision.outcome == "sure" else None,
            one.first_s,
            one.last_s,
            one.tracks,
        )
        for one in people
    }


@pytest.fixture
def clear(machine: Classifier) -> Classifier:
    return with_cuts(machine, faces(10, 4, seed=9), -0.6, -1.0)


def test_hours_come_to_the_same_and_to_no_more_than_minutes(clear: Classifier) -> None:
    everything, kept, most = lesson(40), list[Stretch](), 0
    for at in range(0, len(everything), 10):
        kept += everything[at : at + 10]
        kept = condense(clear, kept, name_people(clear, kept, single_photo=False))
        most = max(most, len(kept))
    # Five people: what came in the last minutes, and one for all before.
    assert len(everything) == 400
    assert most <= 5 * (2 * OLD_S / 60 + 4)
    assert max(len(one.embeddings) for one in kept) == MOST_LOOKS
    whole, condensed = (name_people(clear, one, single_photo=False) for one in (everything, kept))
    assert found(condensed) == found(whole)
    assert len(condensed) == 5
    # The picture of the best look is kept.
    assert {float(one.best.weights.max()) for one in condensed} == {float(one.best.weights.max()) for one in whole}


def test_who_was_there_together_can_still_be_told(clear: Classifier) -> None:
    one, other = (
        condense(clear, parts, [person_of(clear, parts)])
        for parts in (
            [stretch(faces(who, 3, seed=part), 200 * part, length=160) for part in range(3)] + [LATER]
            for who in STRANGERS
        )
    )
    old, beside = one[-1], other[-1]
    assert len(old.boxes) < 3 * 160 / 4
    assert together(old.frames, beside.frames)
    assert not together(old.frames, frozenset(range(600, 900)))


LATER = stretch(faces(12, 2), int(4 * (OLD_S + 300)))


def person_of(machine: Classifier, parts: list[Stretch]) -> Person:
    own = tuple(one for one in parts if one is not LATER)
    return Person(decide(machine, *looks_of(own), single_photo=False), own)


def test_the_largest_the_face_was_is_kept(clear: Classifier) -> None:
    parts = [stretch(faces(10, 3, seed=part), 50 * part, side=40 + 30 * (part == 1)) for part in range(3)]
    whole = condense(clear, [*parts, LATER], [person_of(clear, parts)])[-1]
    assert whole.face_px == 70


def test_what_is_nobody_s_goes_when_it_is_old(clear: Classifier) -> None:
    echo, alone = stretch(faces(10, 1), 0), stretch(faces(11, 3), 8)
    assert condense(clear, [echo, alone, LATER], [Person(person_of(clear, [alone]).decision, (alone,))]) == [
        LATER, alone,
    ]  # fmt: skip
    assert condense(clear, [echo, alone], []) == [echo, alone]


def test_the_part_that_settled_it_stands_where_the_best_looks_would_not(clear: Classifier) -> None:
    """Many sharp looks of somebody who only resembles the student, and a few that are clear."""
    settled = stretch(faces(10, 6, seed=9), 0, quality=0.5)
    blurred = stretch(faces(10, 40, noise=0.3, seed=3), 100, quality=0.9)
    parts = [settled, blurred]
    whole = Person(decide(clear, *looks_of([settled]), single_photo=False), tuple(parts))
    assert whole.decision.outcome == "sure"
    (_, one) = condense(clear, [*parts, LATER], [whole])
    assert decide(clear, one.embeddings, one.weights, single_photo=False).outcome == "sure"
    assert (one.first_s, one.last_s) == (whole.first_s, whole.last_s)
    np.testing.assert_array_equal(one.embeddings, settled.embeddings)


def test_a_long_track_sheds_its_older_part() -> None:
    looks = [
        Look(10 * i, 2.5 * i, np.zeros((160, 160, 3), np.uint8), stretch(faces(1, 1), 0).quality) for i in range(6)
    ]
    box = np.array([0, 0, 9, 9], np.float32)
    track = Track(3, 0.0, 13.0, box, list(range(0, 53, 2)), [box + i for i in range(27)], list(looks))
    old = track.shed(4)
    assert (old.number, track.number) == (3, 3)
    assert (old.looks, track.looks) == (looks[:4], looks[4:])
    assert old.frames == list(range(0, 40, 2))
    assert track.frames == list(range(40, 53, 2))
    assert (len(old.boxes), len(track.boxes)) == (20, 7)
    assert (old.first_s, old.last_s, track.first_s, track.last_s) == (0.0, 7.5, 10.0, 13.0)
