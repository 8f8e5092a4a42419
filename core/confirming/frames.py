"""The pictures of a selfie as one piece, as they wait to be judged: the pictures as they came, none of them opened."""

import struct
from collections.abc import Sequence
from itertools import pairwise

from core.errors import InputError

MOST_FRAMES = 12
MOST_BYTES = 6_000_000
"""All together."""
_COUNT = struct.Struct(">H")
_LENGTH = struct.Struct(">I")
_BEGINNINGS = {b"\xff\xd8\xff": ".jpg", b"\x89PNG\r\n\x1a\n": ".png", b"RIFF": ".webp"}


def pack(pictures: Sequence[bytes]) -> bytes:
    """One piece of 1 to ``MOST_FRAMES`` JPEG, PNG or WebP files.  Raises InputError for anything else."""
    if not 1 <= len(pictures) <= MOST_FRAMES or sum(map(len, pictures)) > MOST_BYTES:
        raise InputError("The pictures are missing, too many or too large. Take the selfie once more.")
    if not all(one.startswith(tuple(_BEGINNINGS)) for one in pictures):
        raise InputError("This is no picture that can be read. Take the selfie once more.")
    return _COUNT.pack(len(pictures)) + b"".join(_LENGTH.pack(len(one)) + one for one in pictures)


def unpack(packed: bytes) -> list[bytes]:
    """The files of :func:`pack`.  Raises ValueError for what it did not make."""
    try:
        (count,) = _COUNT.unpack_from(packed)
        places = [_COUNT.size]
        for _ in range(count):
            (length,) = _LENGTH.unpack_from(packed, places[-1])
            places.append(places[-1] + _LENGTH.size + length)
    except struct.error as error:
        raise ValueError("no packed pictures") from error
    if places[-1] != len(packed):
        raise ValueError("no packed pictures")
    return [packed[start + _LENGTH.size : end] for start, end in pairwise(places)]


def ending_of(picture: bytes) -> str:
    """What the name of such a file ends with."""
    return next((ending for begins, ending in _BEGINNINGS.items() if picture.startswith(begins)), ".bin")
