"""How a face lies in a row: its aligned crop as PNG and a digest of the pixels."""

import hashlib

import cv2
import numpy as np

from core.records import Image
from core.store.damage import damaged_face

CROP_SHAPE = (160, 160, 3)


def crop_png(crop: Image) -> bytes:
    """Lossless PNG of a (160, 160, 3) uint8 BGR crop."""
    done, data = cv2.imencode(".png", crop)
    if not done:
        raise ValueError("OpenCV could not encode a crop as PNG")
    return data.tobytes()


def digest_of(crop: Image) -> str:
    """SHA-256 of the pixels, not of the PNG: two versions of OpenCV may pack the same picture differently.

    Raises ValueError for other shapes than (160, 160, 3) uint8.
    """
    if crop.shape != CROP_SHAPE or crop.dtype != np.uint8:
        raise ValueError(f"a crop is {CROP_SHAPE} uint8, not {crop.shape} {crop.dtype}")
    return hashlib.sha256(np.ascontiguousarray(crop).tobytes()).hexdigest()


def crop_in(png: bytes) -> Image | None:
    """The (160, 160, 3) uint8 BGR crop in PNG bytes; None where there is none, as in pictures that were cut down."""
    crop = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR) if png else None
    return None if crop is None or crop.shape != CROP_SHAPE else np.asarray(crop, dtype=np.uint8)


def crop_from(png: bytes, digest: str, what: str) -> Image:
    """The crop that was stored under ``digest``.  what: names the row.  Raises StoreError when it is damaged."""
    crop = crop_in(png)
    if crop is None or digest_of(crop) != digest:
        raise damaged_face(what)
    return crop
