"""Thresholds from data: how high do strangers score, and how low do the students themselves?

The scores come from :mod:`core.recognition.held_out`.  A small roster says little about strangers, so its figures are
blended with those measured on public photos for the embedding network in use (shrinkage, weight :data:`PRIOR_PEOPLE`).
"""

from dataclasses import asdict, dataclass
from statistics import NormalDist

import numpy as np

from core.recognition.classifier import Integers, Thresholds
from core.recognition.held_out import HeldOutScores, score_held_out
from core.records import Floats

PRIOR_PEOPLE = 40
"""How many held-out people weigh as much as the prior."""
PRIOR = Thresholds(sure=3.08, sure_single=2.85, review=2.5, gap=0.5)
"""From benchmarks/naming.py, LFW people, 5-40 students with 3-10 photos each.  sure: 99.7 % of strangers whose looks
are pooled stay under 3.1, 99 % of the students are above 3.7; in 13 simulated lessons the best of 130 strangers has
2.98, the worst of 260 students 2.92, the next 3.13.  sure_single: where one photo is all there is, it is
judged where about 1 % of strangers would be named, for one photo cannot do better.  review: 3 % of strangers get this
far."""
SURE_QUANTILE = 0.99
REACH = (-0.03, 0.3)
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


def calibrate(
    embeddings: Floats, labels: Integers, cohort: Floats | None, model_key: str
) -> tuple[Thresholds, HeldOut]:
    """Find the thresholds for a roster from its own ``(s, 512)`` embeddings and ``(s,)`` student ids.

    cohort: ``(c, 512)`` embeddings of people who are not on the roster, or None.
    """
    scores = score_held_out(embeddings, labels, cohort, model_key)
    thresholds = thresholds_from(scores)
    return thresholds, figures_of(scores, thresholds)


def thresholds_from(scores: HeldOutScores) -> Thresholds:
    """Blend the prior with the tail of a normal law through the strangers' scores."""
    strangers = np.array([one.best for one in scores.strangers], dtype=np.float32)
    if len(strangers) < 10:
        return PRIOR
    # Each score is a best over all students; its upper tail is close to a normal law's.
    tail = NormalDist(float(strangers.mean()), float(strangers.std())).inv_cdf(SURE_QUANTILE)
    weight = scores.people / (scores.people + PRIOR_PEOPLE)
    shift = float(np.clip(weight * (tail - PRIOR.sure_single), *REACH))
    return Thresholds(PRIOR.sure + shift, PRIOR.sure_single + shift, PRIOR.review + shift, PRIOR.gap)


def figures_of(scores: HeldOutScores, thresholds: Thresholds) -> HeldOut:
    """Count what a cut for single photos makes of the scores."""
    named = [one for one in scores.students if one.best >= thresholds.sure_single]
    right = sum(one.best_id == one.student_id for one in named)
    return HeldOut(
        probes=len(scores.students),
        right=right,
        wrong=len(named) - right,
        refused=len(scores.students) - len(named),
        strangers=len(scores.strangers),
        strangers_named=sum(one.best >= thresholds.sure_single for one in scores.strangers),
    )
