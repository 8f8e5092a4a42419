"""The one piece of vector arithmetic that all of core shares."""

import numpy as np

from core.records import Floats


def normalised(vectors: Floats) -> Floats:
    """Scale to L2 norm 1 along the last axis; a zero vector stays zero."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)
