"""A person's word outweighs likeness: a face that was said not to be a student is not named as that student again."""

import numpy as np

from core.recognition.classifier import Classifier, Integers
from core.records import Floats
from core.vectors import normalised

SAME_FACE = 0.75
"""Cosine over which a face is the rejected one itself (LFW: two people reach 0.71 at most, half the pairs of photos of
one person are above 0.74)."""
AS_NEAR = 0.01
"""So much nearer the student may be than the rejected face: the same picture seen twice differs by less."""
DOUBTED = "looks like a face that was said not to be this student"
STRUCK = "looks most like a student who it was said not to be"


def ranked(classifier: Classifier, evidence: Floats, embeddings: Floats, weights: Floats) -> tuple[Integers, str]:
    """Rows of the students by ``(n,)`` evidence, best first, and what stands against naming the first, or "".

    The veto holds where ``(k, 512)`` looks with ``(k,)`` weights are as near to a rejected face as to the student: on
    public photos that is so for 98 % of the rejected people's other photos and none of the students' own.  Of whom
    this very face was rejected is left out, unless nobody else remains.
    """
    order = np.argsort(-evidence)
    if not len(classifier.rejected_of):
        return order, ""
    look = normalised(np.average(embeddings, axis=0, weights=weights).astype(np.float32))
    whose = classifier.student_ids[:, None] == classifier.rejected_of[None]
    nearest = np.where(whose, classifier.rejected @ look, -1.0).max(axis=1)
    vetoed = nearest >= np.maximum(classifier.centroids @ look - AS_NEAR, 0.0)
    left = order[~(vetoed & (nearest >= SAME_FACE))[order]]
    if not len(left):
        return order, DOUBTED
    if left[0] != order[0]:
        return left, STRUCK
    return left, DOUBTED if vetoed[order[0]] else ""
