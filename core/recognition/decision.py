"""Evidence of a whole person in, one of three outcomes out: sure (mark), unsure (review), unknown."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.recognition.classifier import Classifier, Integers
from core.recognition.evidence import together
from core.recognition.veto import ranked
from core.records import OPEN, Floats, Opinion
from core.vectors import normalised

Outcome = Literal["sure", "unsure", "elsewhere", "unknown"]
"""elsewhere: known in the school, but not in this class; made by :mod:`core.recognising`."""
CONTENDERS = 10
"""Students whose evidence is pooled look by look; nobody else can come out best."""
TOO_ALIKE = "two students look too much alike here"
"""Why a person must decide, where either of the first two candidates may be the face."""
ALIKE_GAP = 1.5
"""How far the best must be ahead of a look-alike of theirs.  Two LFW people are usually 2 or more apart."""
FEW_LOOKS = {1: 0.4, 2: 0.4, 3: 0.3, 4: 0.2}
"""How much more evidence so few looks in moving pictures must show: they are less independent than later ones, and
somebody who is there for the lesson is seen more often."""
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
    candidates = _candidates(classifier, evidence, order)
    best = candidates[0].evidence
    cut = _cut(classifier, int(order[0]), looks, single_photo=single_photo)
    confidence = _confidence(best, cuts.review, cut)
    if best < cuts.review:
        return Decision("unknown", confidence, veto or "looks like nobody on the roster", candidates)
    if veto:
        return Decision("unsure", confidence, veto, candidates)
    if looks == 1 and not single_photo:
        return Decision("unsure", confidence, "seen too briefly to be sure", candidates)
    if best < cut:
        return Decision("unsure", confidence, "looks like this student, but not clearly enough", candidates)
    if _too_near(classifier, candidates):
        return Decision("unsure", confidence, TOO_ALIKE, candidates)
    return Decision("sure", confidence, "clearly this student", candidates)


SETTLED_ABOVE, SETTLED_GAP = 0.5, 0.5
"""How far above the cuts a track's evidence must be for further looks to be spared."""
SETTLED_BELOW = {2: 1.4, 3: 1.0, 6: 0.4}
"""How far below the cut for review so many looks must be to be nobody known for now; such a track is still judged anew
every few seconds."""
LOOKS_FOR_SURE = 3


def opinion(classifier: Classifier, embeddings: Floats, weights: Floats) -> Opinion:
    """What the ``(k, 512)`` looks at a face that is still being followed come to by now."""
    if len(embeddings) < 2:
        return OPEN
    cuts = classifier.thresholds
    evidence = pooled_evidence(classifier, embeddings, weights)
    order, veto = ranked(classifier, evidence, embeddings, weights)
    best = int(order[0])
    looks = len(embeddings)
    candidates = _candidates(classifier, evidence, order)
    above = float(evidence[best] - cuts.sure - classifier.raised[best])
    if above >= 0 and not veto and not _too_near(classifier, candidates):
        # Shown at once, without what few looks must show more before they mark anybody.
        clear = above >= SETTLED_ABOVE + FEW_LOOKS.get(looks, 0.0)
        settled = clear and looks >= LOOKS_FOR_SURE and not _too_near(classifier, candidates, SETTLED_GAP)
        return Opinion(settled, candidates[0].student_id)
    below = cuts.review - float(evidence[best])
    return Opinion(any(looks >= least and below > far for least, far in SETTLED_BELOW.items()), None)


def _cut(classifier: Classifier, row: int, looks: int, *, single_photo: bool) -> float:
    """The evidence that marks the student in ``row``: the class's cut, the student's own rise, that of few looks."""
    cuts, own = classifier.thresholds, float(classifier.raised[row])
    if looks == 1 and single_photo:
        return cuts.sure_single + own
    return cuts.sure + own + (0.0 if single_photo else FEW_LOOKS.get(looks, 0.0))


def cut_for(classifier: Classifier, student_id: int, looks: int, *, single_photo: bool) -> float:
    """The evidence that would have marked this student; the class's own cut for somebody of another class."""
    rows = np.flatnonzero(classifier.student_ids == student_id)
    if not len(rows):
        return classifier.thresholds.sure
    return _cut(classifier, int(rows[0]), looks, single_photo=single_photo)


def _candidates(classifier: Classifier, evidence: Floats, order: Sequence[int] | Integers) -> tuple[Candidate, ...]:
    """The first three students of ``order``, positions in ``(n,)`` evidence."""
    return tuple(Candidate(int(classifier.student_ids[i]), float(evidence[i])) for i in order[:3])


def _too_near(classifier: Classifier, candidates: Sequence[Candidate], more: float = 0.0) -> bool:
    """Whether the second best stands so near to the best that a person must decide; ``more`` widens the gap."""
    if len(candidates) < 2:
        return False
    best, second = candidates[:2]
    alike = classifier.look_alike(best.student_id, second.student_id)
    return best.evidence - second.evidence < (ALIKE_GAP if alike else classifier.thresholds.gap) + more


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
