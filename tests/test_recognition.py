"""From embeddings to names: the classifier, its thresholds, decisions about faces and about everybody in a source."""

from dataclasses import replace

import numpy as np
import pytest

from core.errors import ClassifierError
from core.recognition.calibration import PRIOR, REACH, calibrate
from core.recognition.classifier import Classifier, Integers, Thresholds, fit
from core.recognition.decision import ALIKE_GAP, decide, pooled_evidence
from core.recognition.evidence import Stretch, together
from core.recognition.people import name_people
from core.records import Floats
from core.vectors import normalised
from core.vision.quality import Quality

CROP = np.zeros((160, 160, 3), np.uint8)
STUDENTS = range(10, 22)


def unit(seed: int) -> Floats:
    return normalised(np.random.default_rng(seed).normal(size=512).astype(np.float32))


def faces(person: int, count: int, noise: float = 0.025, seed: int = 0) -> Floats:
    """Looks at one person; two of them have a cosine of about 1 / (1 + 512 noise²)."""
    rng = np.random.default_rng((person, seed))
    return normalised((unit(person) + noise * rng.normal(size=(count, 512))).astype(np.float32))


def roster(people: range, count: int = 6) -> tuple[Floats, Integers]:
    return np.concatenate([faces(one, count) for one in people]), np.repeat(np.array(people, np.int64), count)


@pytest.fixture(scope="module")
def machine() -> Classifier:
    return fit(*roster(STUDENTS), PRIOR, "key")


def with_cuts(machine: Classifier, embeddings: Floats, sure: float, review: float, gap: float = 0.0) -> Classifier:
    """Thresholds relative to the best evidence of ``embeddings``, so that each outcome can be had on purpose."""
    best = float(pooled_evidence(machine, embeddings, np.ones(len(embeddings))).max())
    cuts = Thresholds(best + sure, best + sure, best + review, gap)
    return replace(machine, thresholds=cuts)


def stretch(embeddings: Floats, start: int, length: int = 8, quality: float = 0.8, side: float = 90) -> Stretch:
    box = np.array([0, 0, side, side], np.float32)
    boxes = dict.fromkeys(range(start, start + length), box)
    seen = Quality(side, 0.6, 120, 0, quality)
    return Stretch(
        embeddings, np.full(len(embeddings), quality, np.float32), boxes, start / 4, (start + length) / 4, CROP, seen
    )


@pytest.mark.parametrize("people", [range(0), range(1)])
def test_fewer_than_two_students_are_refused(people: range) -> None:
    embeddings = faces(1, 5 * len(people)) if people else np.empty((0, 512), np.float32)
    with pytest.raises(ClassifierError, match="at least two students"):
        fit(embeddings, np.ones(len(embeddings), np.int64), PRIOR, "key")


def test_evidence_has_a_row_a_face_and_a_column_a_student(machine: Classifier) -> None:
    probes = np.concatenate([faces(one, 1, seed=9) for one in STUDENTS])
    evidence = machine.evidence(probes)
    assert (evidence.shape, evidence.dtype) == ((12, 12), np.float32)
    np.testing.assert_array_equal(machine.student_ids[evidence.argmax(axis=1)], list(STUDENTS))
    assert machine.evidence_for(3, probes[5]) == pytest.approx(float(evidence[5, 3]), abs=1e-4)


def test_training_twice_gives_the_same(machine: Classifier) -> None:
    again = fit(*roster(STUDENTS), PRIOR, "key")
    np.testing.assert_array_equal(machine.coef, again.coef)


def test_only_some_students(machine: Classifier) -> None:
    some = machine.only([15, 11, 999])
    assert some.student_ids.tolist() == [11, 15]
    probes = faces(15, 2, seed=9)
    np.testing.assert_allclose(some.evidence(probes), machine.evidence(probes)[:, [1, 5]], atol=1e-5)
    assert len(machine.only([]).student_ids) == 0


def test_calibration_names_no_strangers_in_a_clear_roster() -> None:
    embeddings, labels = roster(STUDENTS)
    cohort = np.concatenate([faces(one, 3) for one in range(100, 120)])
    thresholds, figures = calibrate(embeddings, labels, cohort, "key")
    again, figures_again = calibrate(embeddings, labels, cohort, "key")
    assert (thresholds, figures) == (again, figures_again)
    assert figures.strangers == len(embeddings) + len(cohort)
    assert figures.strangers_named == figures.wrong == 0
    assert figures.probes == figures.right + figures.wrong + figures.refused > 0
    assert figures.as_json()["right"] == figures.right


def test_thresholds_move_together_and_only_so_far() -> None:
    moved, _ = calibrate(*roster(STUDENTS), None, "key")
    shift = moved.sure_single - PRIOR.sure_single
    assert REACH[0] - 1e-9 <= shift <= REACH[1] + 1e-9
    assert moved.sure - PRIOR.sure == pytest.approx(shift)
    assert moved.review - PRIOR.review == pytest.approx(shift)
    assert moved.gap == PRIOR.gap


def test_two_students_alone_have_the_prior() -> None:
    thresholds, figures = calibrate(*roster(range(2)), None, "key")
    assert thresholds == PRIOR
    assert figures.strangers == 0


@pytest.mark.parametrize(
    ("sure", "review", "gap", "outcome", "reason"),
    [
        (-0.1, -0.2, 0.0, "sure", "clearly this student"),
        (0.1, -0.1, 0.0, "unsure", "not clearly enough"),
        (0.2, 0.1, 0.0, "unknown", "nobody on the roster"),
        (-0.1, -0.2, 99.0, "unsure", "too much alike"),
    ],
)
def test_outcomes_and_their_reasons(
    machine: Classifier, sure: float, review: float, gap: float, outcome: str, reason: str
) -> None:
    probes = faces(14, 6, seed=9)
    decision = decide(with_cuts(machine, probes, sure, review, gap), probes, np.ones(6), single_photo=False)
    assert decision.outcome == outcome
    assert reason in decision.reason
    assert decision.student_id == 14
    evidence = [one.evidence for one in decision.candidates]
    assert len(evidence) == 3
    assert evidence == sorted(evidence, reverse=True)


def test_one_look_suffices_in_a_photo_and_never_in_moving_pictures(machine: Classifier) -> None:
    one = faces(14, 1, seed=9)
    clear = with_cuts(machine, one, -1.0, -1.5)
    assert decide(clear, one, np.ones(1), single_photo=True).outcome == "sure"
    glance = decide(clear, one, np.ones(1), single_photo=False)
    assert (glance.outcome, glance.reason) == ("unsure", "seen too briefly to be sure")


def test_few_looks_must_show_more(machine: Classifier) -> None:
    probes = faces(14, 3, seed=9)
    barely = with_cuts(machine, probes, -0.1, -0.5)
    assert decide(barely, probes, np.ones(3), single_photo=False).outcome == "unsure"
    assert decide(with_cuts(machine, probes, -0.5, -1.0), probes, np.ones(3), single_photo=False).outcome == "sure"


def test_between_look_alikes_the_person_is_asked(machine: Classifier) -> None:
    probes = faces(14, 6, seed=9)
    clear = with_cuts(machine, probes, -1.0, -1.5)
    decision = decide(clear, probes, np.ones(6), single_photo=False)
    assert decision.outcome == "sure"
    # Lift the second student until the first is only just ahead.
    best, second = decision.candidates[:2]
    lift = best.evidence - second.evidence - ALIKE_GAP / 2
    near = replace(clear, intercept=clear.intercept + lift * (clear.student_ids == second.student_id))
    assert decide(near, probes, np.ones(6), single_photo=False).outcome == "sure"
    second = second.student_id
    asked = decide(replace(near, alike=np.array([sorted((14, second))])), probes, np.ones(6), single_photo=False)
    assert asked.reason == "two students look too much alike here"


def test_a_students_own_cut_is_respected(machine: Classifier) -> None:
    probes = faces(14, 6, seed=9)
    clear = with_cuts(machine, probes, -0.2, -0.5)
    assert decide(clear, probes, np.ones(6), single_photo=False).outcome == "sure"
    raised = replace(clear, raised=np.float32([0.3 if one == 14 else 0 for one in clear.student_ids]))
    assert decide(raised, probes, np.ones(6), single_photo=False).outcome == "unsure"


def test_confidence_is_anchored_at_the_cuts(machine: Classifier) -> None:
    probes = faces(14, 6, seed=9)
    at_cut = decide(with_cuts(machine, probes, 0.0, -0.5), probes, np.ones(6), single_photo=False)
    at_review = decide(with_cuts(machine, probes, 0.5, 0.0), probes, np.ones(6), single_photo=False)
    assert at_cut.confidence == pytest.approx(0.9, abs=1e-4)
    assert at_review.confidence == pytest.approx(0.5, abs=1e-4)


def test_bad_looks_do_not_outweigh_clear_ones(machine: Classifier) -> None:
    clear, blurred = faces(14, 4, seed=9), faces(14, 4, noise=0.2, seed=10)
    row = list(STUDENTS).index(14)
    both = pooled_evidence(machine, np.concatenate([blurred, clear]), np.ones(8))
    alone = pooled_evidence(machine, blurred, np.ones(4))
    assert both[row] > alone[row] + 0.3


def test_everybody_is_named_once(machine: Classifier) -> None:
    clear = with_cuts(machine, faces(10, 4, seed=9), -0.6, -1.0)
    parts = [stretch(faces(one, 4, seed=9), 0) for one in (10, 11, 12)]
    parts += [stretch(faces(10, 4, seed=8), 50), stretch(faces(77, 4), 0)]
    people = name_people(clear, parts, single_photo=False)
    sure = {person.decision.student_id: person for person in people if person.decision.outcome == "sure"}
    assert sorted(sure) == [10, 11, 12]
    assert len(sure[10].stretches) == 2
    assert (sure[10].first_s, sure[10].looks) == (0, 8)
    assert sure[10].last_s == pytest.approx(58 / 4)
    (unknown,) = (person for person in people if person.decision.outcome != "sure")
    assert unknown.decision.outcome == "unknown"
    assert unknown.stretches == (parts[4],)


def test_one_student_is_never_two_faces_of_a_picture(machine: Classifier) -> None:
    clear = with_cuts(machine, faces(10, 4, seed=9), -1.0, -1.4)
    parts = [stretch(faces(10, 4, noise, 9), 0) for noise in (0.02, 0.03)]
    people = name_people(clear, parts, single_photo=False)
    sure = [person for person in people if person.decision.outcome == "sure"]
    assert [person.stretches for person in sure] == [(parts[0],)]
    (other,) = (person for person in people if person not in sure)
    assert other.decision.outcome == "unknown"
    assert "another face in the same picture" in other.decision.reason


def test_no_face_counts_twice_and_nobody_stands_beside_himself(machine: Classifier) -> None:
    clear = with_cuts(machine, faces(10, 4, seed=9), -0.8, -1.2)
    rng = np.random.default_rng(4)
    parts = [
        stretch(faces(int(rng.integers(8, 16)), int(rng.integers(1, 6)), float(rng.uniform(0.02, 0.06)), i), start)
        for i, start in enumerate(rng.integers(0, 60, 40))
    ]
    people = name_people(clear, parts, single_photo=False)
    used = [id(one) for person in people for one in person.stretches]
    assert len(used) == len(set(used))
    sure = [person.decision.student_id for person in people if person.decision.outcome == "sure"]
    assert sure
    assert len(sure) == len(set(sure))
    for person in people:
        for i, one in enumerate(person.stretches):
            assert not any(together(one.frames, other.frames) for other in person.stretches[:i])


def test_a_bad_view_of_somebody_found_is_no_second_person(machine: Classifier) -> None:
    clear = with_cuts(machine, faces(10, 4, seed=9), -0.5, -1.0)
    found, echo = stretch(faces(10, 4, seed=9), 0), stretch(faces(10, 1, seed=8), 40)
    (person,) = name_people(clear, [found, echo], single_photo=False)
    assert (person.decision.outcome, person.decision.student_id) == ("sure", 10)


@pytest.mark.parametrize(
    ("count", "quality", "side", "told"), [(4, 0.8, 90, 1), (1, 0.8, 90, 0), (4, 0.1, 90, 0), (4, 0.8, 25, 0)]
)
def test_only_strangers_who_were_seen_well_are_told(
    machine: Classifier, count: int, quality: float, side: float, told: int
) -> None:
    part = stretch(faces(77, count), 0, quality=quality, side=side)
    people = name_people(machine, [part], single_photo=False)
    assert [person.decision.outcome for person in people] == ["unknown"] * told


def test_nobody_to_name(machine: Classifier) -> None:
    assert name_people(machine, [], single_photo=False) == []


def test_a_source_in_which_everybody_is_clear(machine: Classifier) -> None:
    clear = with_cuts(machine, faces(10, 4, seed=9), -1.0, -1.5)
    (person,) = name_people(clear, [stretch(faces(10, 4, seed=9), 0)], single_photo=False)
    assert (person.decision.outcome, person.decision.student_id) == ("sure", 10)
