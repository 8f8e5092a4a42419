"""Choosing samples that differ: a hundred frames of one pose teach less than ten of ten poses."""

import numpy as np

from core.records import Floats


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
