"""Choosing samples that differ: a hundred frames of one pose teach less than ten of ten poses."""

import numpy as np

from core.records import Floats

ALIKE = 0.99
"""Cosine above which a picture shows nothing new.  Of a film of somebody who talks, a picture every third of a second,
56 of 59 are below it to all that were taken before; of somebody who keeps still, 5 of 9."""


def is_new(embedding: Floats, taken: Floats) -> bool:
    """Whether a ``(512,)`` embedding differs from all of ``(n, 512)`` that were taken; ``n`` may be 0."""
    return not len(taken) or float((taken @ embedding).max()) < ALIKE


def most_different(embeddings: Floats, limit: int) -> list[int]:
    """Positions of the ``limit`` most different of ``(n, 512)`` embeddings, in the order they were chosen.

    Farthest-point sampling (Gonzalez 1985, the greedy 2-approximation of the k-centre problem), started from the sample
    nearest to the mean so that the typical face is always among them.
    """
    if len(embeddings) <= limit:
        return list(range(len(embeddings)))
    chosen = [int((embeddings @ embeddings.mean(axis=0)).argmax())]
    nearest = embeddings @ embeddings[chosen[0]]
    nearest[chosen] = np.inf
    while len(chosen) < limit:
        farthest = int(nearest.argmin())
        chosen.append(farthest)
        nearest = np.maximum(nearest, embeddings @ embeddings[farthest])
        nearest[chosen] = np.inf
    return chosen
