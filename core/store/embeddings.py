"""How an embedding lies in a row: as little-endian floats.  Not in :mod:`core.store.faces`, for it needs no OpenCV."""

import numpy as np

from core.records import Floats
from core.store.damage import damaged_face

EMBEDDING_SIZE = 512


def embedding_bytes(embedding: Floats) -> bytes:
    """512 little-endian float32.  Raises ValueError for other shapes and for what is no number."""
    if embedding.shape != (EMBEDDING_SIZE,) or not np.isfinite(embedding).all():
        raise ValueError(f"an embedding is ({EMBEDDING_SIZE},) finite numbers, not {embedding.shape}")
    return embedding.astype("<f4").tobytes()


def embedding_from(data: bytes, what: str) -> Floats:
    """(512,) float32 out of what :func:`embedding_bytes` made.  Raises StoreError when it is damaged."""
    if len(data) != 4 * EMBEDDING_SIZE:
        raise damaged_face(what)
    return np.frombuffer(data, "<f4").astype(np.float32)
