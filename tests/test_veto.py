"""A face that was said not to be a student: what training makes of it, and the veto when it is seen again."""

from dataclasses import replace

import numpy as np

from core.recognition import veto
from core.recognition.calibration import PRIOR
from core.recognition.classifier import NO_FACES, NOBODY, Classifier, Thresholds, fit, renewed
from core.recognition.decision import Decision, decide, opinion
from core.records import Floats
from core.vectors import normalised
from tests.test_recognition import STUDENTS, faces, roster, unit

LOW = Thresholds(sure=0.5, sure_single=0.5, review=0.2, gap=0.0)
WHO = 12


def between(person: int, share: float, seed: int) -> Floats:
    """A stranger who looks like a student: ``share`` is the cosine."""
    other = unit(1000 + seed)
    return normalised((share * unit(person) + np.sqrt(1 - share**2) * other).astype(np.float32))[None]


def judged(machine: Classifier, looks: Floats) -> Decision:
    return decide(machine, looks, np.ones(len(looks), np.float32), single_photo=True)


def test_a_rejected_face_counts_against_the_student_alone() -> None:
    embeddings, labels = roster(STUDENTS)
    alike = between(WHO, 0.6, 1)
    before = fit(embeddings, labels, LOW, "key")
    after = fit(embeddings, labels, LOW, "key", alike, np.array([WHO]))
    change = after.evidence(alike)[0] - before.evidence(alike)[0]
    row = before.student_ids.tolist().index(WHO)
    assert change[row] < -0.5
    np.testing.assert_array_equal(np.delete(change, row), np.zeros(len(STUDENTS) - 1))
    own = faces(WHO, 4, seed=9)
    assert (after.evidence(own)[:, row] > before.evidence(own)[:, row] - 0.2).all()
    fitted = renewed(before, embeddings, labels, [WHO], alike, np.array([WHO]))
    np.testing.assert_array_equal(fitted.coef, after.coef)
    np.testing.assert_array_equal(fitted.rejected, after.rejected)


def test_the_same_face_is_not_offered_as_the_student_again() -> None:
    alike = between(WHO, 0.7, 1)
    before = fit(*roster(STUDENTS), LOW, "key")
    assert (judged(before, alike).outcome, judged(before, alike).student_id) == ("sure", WHO)
    after = fit(*roster(STUDENTS), LOW, "key", alike, np.array([WHO]))
    seen = judged(after, np.concatenate([alike, alike]))
    assert seen.outcome != "sure"
    assert WHO not in [one.student_id for one in seen.candidates]


def test_no_name_is_shown_that_would_not_be_marked() -> None:
    alike = np.concatenate([between(WHO, 0.7, 1)] * 6)
    even = np.ones(len(alike), np.float32)
    before = fit(*roster(STUDENTS), LOW, "key")
    assert opinion(before, alike, even).student_id == WHO
    after = fit(*roster(STUDENTS), LOW, "key", alike[:1], np.array([WHO]))
    assert opinion(after, alike, even).student_id is None


def test_a_face_as_near_to_the_rejected_one_is_asked_about() -> None:
    """Not clearly the same face, so the student is offered, but nobody is marked."""
    alike = between(WHO, 0.7, 1)
    near = normalised((unit(WHO) * 0.3 + alike[0]).astype(np.float32) + 1.1 * unit(77))[None]
    machine = fit(*roster(STUDENTS), LOW, "key", alike, np.array([WHO]))
    plain = replace(machine, rejected=NO_FACES, rejected_of=NOBODY)
    assert float(near[0] @ alike[0]) < veto.SAME_FACE
    assert (judged(plain, near).outcome, judged(plain, near).student_id) == ("sure", WHO)
    seen = judged(machine, near)
    assert (seen.outcome, seen.reason, seen.student_id) == ("unsure", veto.DOUBTED, WHO)


def test_the_student_is_marked_as_before() -> None:
    alike = between(WHO, 0.7, 1)
    machine = fit(*roster(STUDENTS), PRIOR, "key", alike, np.array([WHO]))
    for look in faces(WHO, 6, seed=9):
        assert (judged(machine, look[None]).outcome, judged(machine, look[None]).student_id) == ("sure", WHO)


def test_a_face_that_is_clearly_another_student_may_still_be_theirs() -> None:
    """Of twins the one who was taken for the other is marked; only the one it was said not to be is out."""
    look = faces(15, 1, seed=9)
    machine = fit(*roster(STUDENTS), PRIOR, "key", look, np.array([WHO]))
    assert (judged(machine, look).outcome, judged(machine, look).student_id) == ("sure", 15)


def test_whom_all_students_were_said_not_to_be_is_asked_about() -> None:
    look = faces(WHO, 1, seed=9)
    machine = fit(*roster(STUDENTS), LOW, "key", look, np.array([WHO])).only([WHO])
    seen = judged(machine, look)
    assert (seen.outcome, seen.reason) == ("unsure", veto.DOUBTED)


def test_students_who_go_take_their_rejected_faces_along() -> None:
    embeddings, labels = roster(STUDENTS)
    rejected, rejected_of = np.concatenate([between(one, 0.6, one) for one in (11, 12, 99)]), np.array([11, 12, 99])
    machine = fit(embeddings, labels, LOW, "key", rejected, rejected_of)
    assert machine.rejected_of.tolist() == [11, 12]
    some = machine.only([12, 13])
    assert some.rejected_of.tolist() == [12]
    np.testing.assert_array_equal(some.rejected, rejected[1:2])
    assert machine.only([]).rejected.shape == (0, 512)
