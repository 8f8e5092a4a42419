"""Comparing what a detector said."""

import numpy as np

from core.records import Face


def same(one: list[Face], other: list[Face]) -> bool:
    return len(one) == len(other) and all(
        np.array_equal(a.box, b.box) and np.array_equal(a.landmarks, b.landmarks) and a.score == b.score
        for a, b in zip(one, other, strict=True)
    )


def shared_area(one: Face, other: Face) -> float:
    """Intersection over union."""
    low, high = np.maximum(one.box[:2], other.box[:2]), np.minimum(one.box[2:], other.box[2:])
    common = float(np.prod(np.maximum(high - low, 0)))
    return common / (one.width * one.height + other.width * other.height - common)
