"""Evidence of a whole person in, one of three outcomes out: sure (mark), unsure (review), unknown."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.recognition.classifier import Classifier
from core.recognition.evidence import together
from core.recognition.veto import ranked
from core.records import OPEN, Floats, Opinion
from core.vectors import normalised

Outcome = Literal["sure", "unsure", "unknown"]
CONTENDERS = 10
"""Students whose evidence is pooled look by look; nobody else can come out best."""
CONFIDENCE_AT_CUT = 0.9
"""What is shown as confidence exactly at the cut for marking."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A student who might be the face."""

    student_id: int
    evidence: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about one person, and why.

    confidence: 0-1, 0.9 at the cut for marking, 0.5 at the cut for review; a scale for people, not a probability.
    candidates: the three best students, best first.
    """

    outcome: Outcome
    confidence: float
    reason: str
    candidates: tuple[Candidate, ...]

    @property
    def student_id(self) -> int:
        """The best candidate's id."""
        return self.candidates[0].student_id


def pooled_evidence(classifier: Classifier, embeddings: Floats, weights: Floats) -> Floats:
    """Evidence of several ``(k, 512)`` looks at one person for each student, ``(n,)``.

    For the students who come into question, the better half of the looks is averaged: a hand before the mouth, a turned
    head or a cut-off face says little about who it is and must not outweigh the clear looks.  Measured on classroom
    videos this lifts the weakest student by 0.3 and the strongest stranger by 0.1 (benchmarks/naming.py).
    """
    by_look = classifier.evidence(embeddings)
    mean = normalised(np.average(embeddings, axis=0, weights=weights).astype(np.float32))
    pooled = classifier.evidence(mean[None])[0]
    half = math.ceil(len(embeddings) / 2)
    for student in np.argsort(-by_look.max(axis=0))[:CONTENDERS]:
        best = np.argsort(-by_look[:, student])[:half]
        mean = normalised(np.average(embeddings[best], axis=0, weights=weights[best]).astype(np.float32))
        pooled[student] = classifier.evidence_for(int(student), mean)
    return pooled


def decide(classifier: Classifier, embeddings: Floats, weights: Floats, *, single_photo: bool) -> Decision:
    """Decide about one person from ``(k, 512)`` looks with ``(k,)`` weights.

    single_photo: photos that do not follow one another, so that one look must do; in moving pictures it never does.
    """
    cuts = classifier.thresholds
    looks = len(embeddings)
    evidence = pooled_evidence(classifier, embeddings, weights)
    order, veto = ranked(classifier, evidence, embeddings, weights)
    candidates = tuple(Candidate(int(classifier.student_ids[i]), float(evidence[i])) for i in order[:3])
    best = candidates[0].evidence
    second = candidates[1].evidence if len(candidates) > 1 else -np.inf
    cut = cuts.sure_single if single_photo and looks == 1 else cuts.sure
    confidence = _confidence(best, cuts.review, cut)
    if best < cuts.review:
        return Decision("unknown", confidence, veto or "looks like nobody on the roster", candidates)
    if veto:
        return Decision("unsure", confidence, veto, candidates)
    if looks == 1 and not single_photo:
        return Decision("unsure", confidence, "seen too briefly to be sure", candidates)
    if best < cut:
        return Decision("unsure", confidence, "looks like this student, but not clearly enough", candidates)
    if best - second < cuts.gap:
        return Decision("unsure", confidence, "two students look too much alike here", candidates)
    return Decision("sure", confidence, "clearly this student", candidates)


SETTLED_ABOVE, SETTLED_GAP = 0.5, 0.5
"""How far above the cuts a track's evidence must be for further looks to be spared."""
SETTLED_BELOW = 0.6
"""How far below the cut for review it must be to be nobody known, whatever further looks show."""
LOOKS_FOR_SURE, LOOKS_FOR_UNKNOWN = 3, 5


def opinion(classifier: Classifier, embeddings: Floats, weights: Floats) -> Opinion:
    """What the ``(k, 512)`` looks at a face that is still being followed come to by now."""
    if len(embeddings) < 2:
        return OPEN
    cuts = classifier.thresholds
    evidence = pooled_evidence(classifier, embeddings, weights)
    best = int(evidence.argmax())
    above, gap = float(evidence[best]) - cuts.sure, _gap(evidence)
    looks = len(embeddings)
    if above >= 0 and gap >= cuts.gap:
        clear = above >= SETTLED_ABOVE and gap >= cuts.gap + SETTLED_GAP
        return Opinion(clear and looks >= LOOKS_FOR_SURE, int(classifier.student_ids[best]))
    unknown = float(evidence[best]) < cuts.review - SETTLED_BELOW and looks >= LOOKS_FOR_UNKNOWN
    return Opinion(unknown, None)


def _gap(evidence: Floats) -> float:
    """How far the best of ``(n,)`` is ahead of the second; infinite where there is only one."""
    if len(evidence) < 2:
        return math.inf
    second, best = np.partition(evidence, -2)[-2:]
    return float(best - second)


def _confidence(evidence: float, review: float, cut: float) -> float:
    """Logistic curve through 0.5 at the review cut and :data:`CONFIDENCE_AT_CUT` at the cut for marking."""
    steepness = np.log(CONFIDENCE_AT_CUT / (1 - CONFIDENCE_AT_CUT)) / (cut - review)
    return float(1.0 / (1.0 + np.exp(-steepness * (evidence - review))))


def one_to_one(claims: Sequence[tuple[int, float, frozenset[int]]]) -> list[int]:
    """Which claims on a student are void because a stronger one stands in the same frame.

    claims: ``(student id, evidence, frames)`` each.  Returns the positions of the losers: one student cannot be two
    faces at once, so the weaker face must be somebody else.
    """
    losers: list[int] = []
    order = sorted(range(len(claims)), key=lambda i: -claims[i][1])
    held: dict[int, list[frozenset[int]]] = {}
    for i in order:
        student, _, frames = claims[i]
        if any(together(frames, other) for other in held.get(student, [])):
            losers.append(i)
        else:
            held.setdefault(student, []).append(frames)
    return losers
