"""Who passes a camera all day long: stricter than naming one face, for strangers pass by the hundred and nobody checks.

Several looks must be good, the mean of their better half must clear the school's cut for several looks by :data:`MORE`,
most of them must each name this very student, and they must all be one person.
"""

import math
from dataclasses import dataclass

import numpy as np

from core.recognition.classifier import Integers
from core.recognition.evidence import split
from core.recognition.school import SchoolIndex
from core.recognition.veto import AS_NEAR
from core.records import OPEN, Floats, Opinion
from core.vectors import normalised

LEAST_LOOKS = 3
"""Fewer looks name nobody."""
AGREEING = 0.66
"""Share of the looks that must each be nearest to the student."""
LEAST_WEIGHT = 0.15
"""A look that counts less is too small, blurred or turned away and says nothing here."""
MORE = 0.05
"""What the mean must have above the school's cut for several looks.  LFW, three photos of each of 40 students: 0.00
names 0.5 % of strangers, 0.05 none of 660, both missing 0.6 % of students; 0.08 misses 1.3 %.  One photo seen three
times is weaker: 0.00 names 0.6 % and misses 4 %, 0.05 none of 2,340 and misses 12 %."""
HOPELESS, ENOUGH_LOOKS = 0.25, 5
"""So far below the cut with so many looks more looks of a face change nothing."""
STEEP, AT_CUT = 25.0, 0.9
"""The confidence that is shown: 0.9 at the cut, 0.99 a tenth above it."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Everybody who may be named, and faces that a person said they are not.

    rejected: ``(r, 512) float32``, L2 norm 1; rejected_of: ``(r,) int64`` whom each was said not to be.
    """

    index: SchoolIndex
    rejected: Floats
    rejected_of: Integers


@dataclass(frozen=True, slots=True)
class Passer:
    """Who somebody is.  student_id: None while that is not sure.  confidence: 0-1.  hopeless: nobody known."""

    student_id: int | None
    confidence: float
    hopeless: bool = False


NOBODY = Passer(None, 0.0)


def passer(known: Known, embeddings: Floats, weights: Floats) -> Passer:
    """Decide about ``(k, 512)`` looks at one face with ``(k,)`` weights."""
    good = weights >= LEAST_WEIGHT
    embeddings, weights = embeddings[good], weights[good]
    if len(embeddings) < LEAST_LOOKS or len(split(embeddings)) > 1:
        return NOBODY
    faces = known.index.centroids @ embeddings.T
    better = _better_half(known, embeddings, weights, faces)
    naming = known.index.name(embeddings[better], weights[better])
    above = naming.score - naming.cut - MORE
    if naming.outcome != "known" or above < 0:
        return Passer(None, 0.0, above < -HOPELESS and len(embeddings) >= ENOUGH_LOOKS)
    nearest = known.index.student_ids[faces.argmax(axis=0)]
    agree = np.mean(nearest == naming.student_id) >= AGREEING
    if not agree or _rejected(known, naming.student_id, embeddings[better], weights[better]):
        return NOBODY
    confidence = 1.0 / (1.0 + (1.0 - AT_CUT) / AT_CUT * np.exp(-STEEP * above))
    return Passer(naming.student_id, float(confidence))


def _better_half(known: Known, embeddings: Floats, weights: Floats, faces: Floats) -> Integers:
    """The looks that are most like the student whom all of them are like most, half of them and at least three.

    A turned head or a covered mouth then does not outweigh clear looks, as in marking.  faces: ``(n, k)`` cosines of
    the looks to everybody.
    """
    likeliest = known.index.search(embeddings, weights)[0].student_id
    own = faces[known.index.student_ids == likeliest][0]
    return np.argsort(-own)[: max(LEAST_LOOKS, math.ceil(len(own) / 2))]


def opinion(known: Known, embeddings: Floats, weights: Floats) -> Opinion:
    """What the looks at a face that is still being followed come to by now."""
    found = passer(known, embeddings, weights)
    if found.student_id is None and not found.hopeless:
        return OPEN
    return Opinion(settled=True, student_id=found.student_id)


def _rejected(known: Known, student_id: int, embeddings: Floats, weights: Floats) -> bool:
    """Whether a face that was said not to be the student is as near as the student."""
    faces = known.rejected[known.rejected_of == student_id]
    if not len(faces):
        return False
    look = normalised(np.average(embeddings, axis=0, weights=weights).astype(np.float32))
    own = known.index.centroids[known.index.student_ids == student_id][0]
    return float((faces @ look).max()) >= max(float(own @ look) - AS_NEAR, 0.0)
