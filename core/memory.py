"""Memory of pictures goes back to the system as soon as nobody needs it, so that hours need no more than minutes."""

import ctypes
import sys

LARGE = 512 * 1024
"""Bytes from which on each piece is had from the system and given back for itself; a 1080p frame is 6 MB."""
_MMAP_THRESHOLD = -3
"""``M_MMAP_THRESHOLD`` of ``mallopt``."""


def give_back_pictures() -> None:
    """Have glibc keep no freed pictures; other systems' libraries do not, and nothing happens there.

    Left to itself glibc raises this bound to the size of a frame once one was freed.  Then each thread keeps its own
    heap of frames, with holes that fit nothing else: 60 MB more now and then while a camera runs for hours.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, LARGE)
