"""Held-out scores in, look-alikes and stricter cuts out: who deserves a question instead of a guess.

Siblings and twins are found by what held-out photos say and by how near the students' mean faces are.  Between two of
them the system asks.  A student whom somebody of another class resembles gets a cut of their own above that likeness.
"""

from collections import Counter
from dataclasses import replace

import numpy as np

from core.recognition.classifier import Classifier, Integers, Thresholds
from core.recognition.held_out import HeldOutScores
from core.records import Floats

ALIKE_COSINE = 0.7
"""Cosine of two students' mean faces from which they are look-alikes.  Of 2,926 pairs of LFW people the nearest has
0.65; two halves of the photos of one have 0.85 and more."""
USUALLY = 0.5
"""Share of a student's held-out photos that must show the likeness; a single photo may mislead."""
ABOVE = 0.1
"""How far above the likeness of somebody else a student's own cut is set."""
MOST_RAISED = 0.6
"""No cut is raised further, or a student with a twin elsewhere could never be marked."""


def with_cautions(classifier: Classifier, scores: HeldOutScores) -> Classifier:
    """The classifier with its look-alikes and the students' own cuts, as the held-out ``scores`` suggest."""
    ids, cuts = classifier.student_ids, classifier.thresholds
    return replace(
        classifier,
        raised=raised_cuts(scores, ids, cuts),
        alike=find_alike(scores, ids, classifier.centroids, cuts.review),
    )


def find_alike(scores: HeldOutScores, ids: Integers, centroids: Floats, review: float) -> Integers:
    """Pairs ``(p, 2)`` of student ids that look alike, each once, the smaller id first.

    ids: ``(n,)`` with their ``(n, 512)`` centroids.  review: evidence from which a face counts as like a student.
    """
    nearness = np.triu(centroids @ centroids.T, k=1)
    pairs = {(int(ids[i]), int(ids[j])) for i, j in np.argwhere(nearness >= ALIKE_COSINE)}
    photos: Counter[int] = Counter()
    like: Counter[tuple[int, int]] = Counter()
    for stranger in scores.strangers:
        if stranger.student_id is None:
            continue
        photos[stranger.student_id] += 1
        if stranger.best >= review:
            like[stranger.student_id, stranger.best_id] += 1
    pairs |= {
        (min(one, other), max(one, other))
        for (one, other), count in like.items()
        if count >= max(2, USUALLY * photos[one])
    }
    return np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)


def raised_cuts(scores: HeldOutScores, ids: Integers, cuts: Thresholds) -> Floats:
    """How much higher than the class's each student's cut must be, ``(n,)``, so that nobody of other classes passes."""
    raised = np.zeros(len(ids), dtype=np.float32)
    row = {int(one): i for i, one in enumerate(ids)}
    for stranger in scores.strangers:
        if stranger.student_id is None and stranger.best_id in row:
            i = row[stranger.best_id]
            raised[i] = max(raised[i], stranger.best + ABOVE - cuts.sure)
    return np.minimum(raised, np.float32(MOST_RAISED))
