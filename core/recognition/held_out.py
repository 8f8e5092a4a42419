"""Judging photos by classifiers that never saw them: one record for each, for calibration and the accuracy sheet.

In five rounds a fifth of the students is left out of the training altogether: their photos stand in for strangers.  A
fifth of the others' photos is held out as genuine probes.  Students of other classes are a further cohort of strangers.
"""

from dataclasses import dataclass

import numpy as np

from core.recognition.classifier import Classifier, Integers, Thresholds, fit
from core.records import Floats

FOLDS = 5
_NO_CUTS = Thresholds(0.0, 0.0, 0.0, 0.0)
"""A fold's classifier is asked for evidence only, never for a decision."""


@dataclass(frozen=True, slots=True)
class StudentProbe:
    """A held-out photo of a student.

    sample: its position among the embeddings.  best, second: the highest evidence and for whom.  own: the evidence for
    the student, or None where no other photo was left to train on, so that the student could not be recognised.
    """

    sample: int
    student_id: int
    best_id: int
    second_id: int
    best: float
    second: float
    own: float | None


@dataclass(frozen=True, slots=True)
class StrangerProbe:
    """A photo of somebody the classifier was not trained on.  student_id: who of the roster it was, else None."""

    student_id: int | None
    best_id: int
    best: float


@dataclass(frozen=True, slots=True)
class HeldOutScores:
    """What came of all rounds.  people: how many students there were."""

    students: tuple[StudentProbe, ...]
    strangers: tuple[StrangerProbe, ...]
    people: int


def score_held_out(embeddings: Floats, labels: Integers, cohort: Floats | None, model_key: str) -> HeldOutScores:
    """Judge ``(s, 512)`` embeddings with ``(s,)`` student ids in :data:`FOLDS` rounds.

    cohort: ``(c, 512)`` embeddings of people who are not on the roster, or None.
    """
    ids = np.unique(labels)
    order = np.random.default_rng(0).permutation(len(ids))
    # Position of each sample within its own student, so that a fifth of everybody's samples is held out.
    rank = np.empty(len(labels), dtype=np.int64)
    for one in ids:
        rank[labels == one] = np.arange(np.sum(labels == one))
    students: list[StudentProbe] = []
    strangers: list[StrangerProbe] = []
    for fold in range(FOLDS):
        away = np.isin(labels, ids[order[fold::FOLDS]])
        probe = ~away & (rank % FOLDS == fold)
        machine = _fit_rest(embeddings, labels, ~away & ~probe, model_key)
        if machine is None:
            continue
        students += _students(machine, embeddings, labels, np.flatnonzero(probe))
        strangers += _strangers(machine, embeddings[away], [int(one) for one in labels[away]])
        if cohort is not None and fold == 0:
            strangers += _strangers(machine, cohort, [None] * len(cohort))
    return HeldOutScores(tuple(students), tuple(strangers), len(ids))


def _fit_rest(embeddings: Floats, labels: Integers, chosen: np.ndarray, model_key: str) -> Classifier | None:
    """The round's classifier, or None where fewer than two students are left to train on."""
    if len(np.unique(labels[chosen])) < 2:
        return None
    return fit(embeddings[chosen], labels[chosen], _NO_CUTS, model_key)


def _students(machine: Classifier, embeddings: Floats, labels: Integers, chosen: Integers) -> list[StudentProbe]:
    evidence = machine.evidence(embeddings[chosen])
    column = {int(one): i for i, one in enumerate(machine.student_ids)}
    found = []
    for sample, row in zip(chosen, evidence, strict=True):
        second, best = np.argsort(row, kind="stable")[-2:]
        whose = int(labels[sample])
        found.append(
            StudentProbe(
                sample=int(sample),
                student_id=whose,
                best_id=int(machine.student_ids[best]),
                second_id=int(machine.student_ids[second]),
                best=float(row[best]),
                second=float(row[second]),
                own=float(row[column[whose]]) if whose in column else None,
            )
        )
    return found


def _strangers(machine: Classifier, faces: Floats, whose: list[int] | list[None]) -> list[StrangerProbe]:
    if not len(faces):
        return []
    evidence = machine.evidence(faces)
    best = evidence.argmax(axis=1)
    return [
        StrangerProbe(student, int(machine.student_ids[i]), float(row[i]))
        for student, i, row in zip(whose, best, evidence, strict=True)
    ]
