"""Thresholds from data: how high do strangers score, and how low do the students themselves?

The students of the roster stand in for strangers: a fold of them is left out of the training and scored against
the rest, while a fifth of the others' samples is held out as genuine probes.  Students of other classes are a further
cohort.  A small roster says little about strangers, so its figures are blended with those measured on public
photos for the embedding network in use (shrinkage, weight :data:`PRIOR_PEOPLE`).
"""

from dataclasses import asdict, dataclass
from statistics import NormalDist

import numpy as np

from core.recognition.classifier import Classifier, Integers, Thresholds, fit
from core.records import Floats

FOLDS = 5
PRIOR_PEOPLE = 40
"""How many held-out people weigh as much as the prior."""
PRIOR = Thresholds(sure=1.76, sure_single=1.43, review=1.25, gap=0.3)
"""From benchmarks/naming.py, LFW people, 5-35 students with 3-10 photos each.  sure: 99.7 % of strangers whose looks
are pooled stay under 1.86, 99 % of the students are above 2.1.  sure_single: where one photo is all there is, it is
judged where 1 to 3 % of strangers would be named, for one photo cannot do better.  review: 2 to 3 % of strangers get
this far."""
SURE_QUANTILE = 0.995
REACH = (-0.08, 0.2)
"""How far the data of one class may move the thresholds down and up: a freak roster must not undo the prior."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Held-out figures of a training, counted over faces that the fold's classifier had never seen.

    right/wrong/refused: genuine probes named rightly, named wrongly, refused (``sure_single`` decides: one photo each).
    strangers/strangers_named: probes of left-out people, and how many of them were wrongly given a name.
    """

    probes: int
    right: int
    wrong: int
    refused: int
    strangers: int
    strangers_named: int

    def as_json(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class _Scores:
    """Best evidence and whether it named the right student, for genuine probes; best evidence for strangers."""

    genuine: Floats
    genuine_right: np.ndarray
    strangers: Floats
    people: int


def calibrate(
    embeddings: Floats, labels: Integers, cohort: Floats | None, model_key: str
) -> tuple[Thresholds, HeldOut]:
    """Find the thresholds for a roster from its own ``(s, 512)`` embeddings and ``(s,)`` student ids.

    cohort: ``(c, 512)`` embeddings of people who are not on the roster, or None.
    """
    scores = _held_out_scores(embeddings, labels, cohort, model_key)
    thresholds = _thresholds(scores)
    named = scores.genuine >= thresholds.sure_single
    return thresholds, HeldOut(
        probes=len(named),
        right=int(np.sum(named & scores.genuine_right)),
        wrong=int(np.sum(named & ~scores.genuine_right)),
        refused=int(np.sum(~named)),
        strangers=len(scores.strangers),
        strangers_named=int(np.sum(scores.strangers >= thresholds.sure_single)),
    )


def _held_out_scores(embeddings: Floats, labels: Integers, cohort: Floats | None, model_key: str) -> _Scores:
    ids = np.unique(labels)
    order = np.random.default_rng(0).permutation(len(ids))
    # Position of each sample within its own student, so that a fifth of everybody's samples is held out.
    rank = np.empty(len(labels), dtype=np.int64)
    for one in ids:
        rank[labels == one] = np.arange(np.sum(labels == one))
    genuine: list[Floats] = []
    right: list[np.ndarray] = []
    strangers: list[Floats] = []
    for fold in range(FOLDS):
        away = np.isin(labels, ids[order[fold::FOLDS]])
        probe = ~away & (rank % FOLDS == fold)
        machine = _fit_rest(embeddings, labels, ~away & ~probe, model_key)
        if machine is None:
            continue
        if probe.any():
            evidence = machine.evidence(embeddings[probe])
            genuine.append(evidence.max(axis=1))
            right.append(machine.student_ids[evidence.argmax(axis=1)] == labels[probe])
        foreign = [embeddings[away]] + ([cohort] if cohort is not None and fold == 0 else [])
        strangers += [machine.evidence(faces).max(axis=1) for faces in foreign if len(faces)]
    return _Scores(_joined(genuine), _joined(right).astype(bool), _joined(strangers), len(ids))


def _fit_rest(embeddings: Floats, labels: Integers, chosen: np.ndarray, model_key: str) -> Classifier | None:
    """The fold's classifier, or None where fewer than two students are left to train on."""
    if len(np.unique(labels[chosen])) < 2:
        return None
    return fit(embeddings[chosen], labels[chosen], PRIOR, model_key)


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.float32)


def _thresholds(scores: _Scores) -> Thresholds:
    """Blend the prior with the tail of a normal law through the strangers' scores."""
    if len(scores.strangers) < 10:
        return PRIOR
    # Each score is a best over all students; its upper tail is close to a normal law's.
    tail = NormalDist(float(scores.strangers.mean()), float(scores.strangers.std())).inv_cdf(SURE_QUANTILE)
    weight = scores.people / (scores.people + PRIOR_PEOPLE)
    shift = float(np.clip(weight * (tail - PRIOR.sure_single), *REACH))
    return Thresholds(PRIOR.sure + shift, PRIOR.sure_single + shift, PRIOR.review + shift, PRIOR.gap)
