"""What is long over becomes little, so that hours before a camera need no more memory and work than minutes.

Everybody's old stretches become one, with the best of their looks and a sample of the frames in which they were seen.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.recognition.classifier import Classifier
from core.recognition.decision import Decision, decide
from core.recognition.evidence import Stretch, looks_of
from core.recognition.people import Person

OLD_S = 180.0
"""What ended so long ago is not looked at anew: what comes now hardly tells more about it."""
MOST_LOOKS = 24
"""So many of the best looks stand for all of them."""
ONE_OF = 8
"""One of so many frames is kept, the same for every face, so that who was there together can still be told."""
_SPREAD = 2654435761
"""Knuth's multiplier: cameras are looked at in a rhythm, which keeping every eighth frame could fall in with."""


def condense(classifier: Classifier, stretches: Sequence[Stretch], persons: Sequence[Person]) -> list[Stretch]:
    """``stretches`` with the old ones of each person as one, and without the old ones that are nobody's.

    persons: what moving pictures came to, of these stretches and perhaps others.  What is decided stays the same.
    """
    now_s = max((one.last_s for one in stretches), default=0.0)
    old = {id(one) for one in stretches if now_s - one.last_s > OLD_S}
    kept = [one for one in stretches if id(one) not in old]
    for person in persons:
        parts = [one for one in person.stretches if id(one) in old]
        whole = _as_one(classifier, parts, person.decision) if len(parts) > 1 else None
        kept += [whole] if whole is not None else parts
    return kept


def _as_one(classifier: Classifier, parts: Sequence[Stretch], before: Decision) -> Stretch | None:
    """The stretches of one person as one that comes to the same; None where that cannot be had."""
    wanted = _meaning(before if before.outcome == "sure" else _decided(classifier, parts))
    whole = _joined(parts, parts)
    if _meaning(_decided(classifier, [whole])) == wanted:
        return whole
    # The best looks of all may say less than the part that settled it.
    alone = [(one, _decided(classifier, [one])) for one in parts]
    same = [(one, decision) for one, decision in alone if _meaning(decision) == wanted]
    if not same:
        return None
    whole = _joined(parts, [max(same, key=lambda one: one[1].candidates[0].evidence)[0]])
    return whole if _meaning(_decided(classifier, [whole])) == wanted else None


def _decided(classifier: Classifier, stretches: Sequence[Stretch]) -> Decision:
    return decide(classifier, *looks_of(stretches), single_photo=False)


def _meaning(decision: Decision) -> tuple[str, int | None]:
    return decision.outcome, None if decision.outcome == "unknown" else decision.student_id


def _joined(parts: Sequence[Stretch], chosen: Sequence[Stretch]) -> Stretch:
    """All ``parts`` as one stretch, with looks of those chosen."""
    embeddings, weights = looks_of(chosen)
    best = np.sort(np.argsort(-weights, kind="stable")[:MOST_LOOKS])
    clearest = max(parts, key=lambda one: float(one.weights.max()))
    boxes = {frame: box for one in parts for frame, box in one.boxes.items()}
    largest = max(boxes, key=lambda frame: float(np.min(boxes[frame][2:] - boxes[frame][:2])))
    sample = {frame for frame in boxes if frame * _SPREAD % 2**32 < 2**32 // ONE_OF}
    return replace(
        clearest,
        embeddings=embeddings[best],
        weights=weights[best],
        boxes={frame: boxes[frame] for frame in sorted(sample | {largest})},
        first_s=min(one.first_s for one in parts),
        last_s=max(one.last_s for one in parts),
        tracks=frozenset().union(*(one.tracks for one in parts)),
    )
