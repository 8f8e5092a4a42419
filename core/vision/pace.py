"""How often faces are searched for: often while somebody is new or undecided, rarely while nothing happens."""

from collections.abc import Sequence

import cv2
import numpy as np

from core.records import Frame, Image
from core.vision.tracker import Track

SLOWER = {"start": 1.0, "new": 2.0, "open": 4.0, "settled": 5.0}
"""Longest time between two searches, in units of the shortest, by the track that needs it most."""
START_SHARE = 0.5
"""While more than this share of the tracks is new, everybody is being seen for the first time."""
NEW_S = 1.2
"""A track is new for this long: it may yet be a passer-by."""
WORTH = 0.3
"""A face that is never seen better than this is somebody in the background, or no face; it quickens nothing."""
ENOUGH_LOOKS = 5
"""A track with so many looks that is still undecided needs other looks, not more."""
CELL = 12
"""Every so many-th pixel tells whether something moves."""
MOVED = 25
"""Change of a pixel in grey levels that is more than noise."""
MOVED_SHARE = 0.004
"""Share of the picture, away from known faces, that must have changed: somebody comes in."""
AROUND = 1.0
"""A face's own body moves within this many widths around its box."""


class Pace:
    """Decides frame by frame, by nothing but the frames and tracks, so that a recording gives the same twice."""

    def __init__(self, shortest_s: float, *, eager: bool = False, passing: bool = False) -> None:
        """eager: name newcomers soon rather than cheaply.  passing: whoever is not named yet is soon gone."""
        self._shortest_s, self._eager, self._passing = shortest_s, eager, passing
        self._last_s: float | None = None
        self._last: Image | None = None

    def due(self, frame: Frame, tracks: Sequence[Track]) -> bool:
        """Whether to search ``frame``, given the tracks that are being followed."""
        if self._last_s is not None and frame.time_s + self._shortest_s / 4 < self._last_s + self._wait(frame, tracks):
            return False
        self._last_s, self._last = frame.time_s, _small(frame.image)
        return True

    def _wait(self, frame: Frame, tracks: Sequence[Track]) -> float:
        needs = [_need(track, frame.time_s) for track in tracks]
        if needs.count("new") >= START_SHARE * len(needs) or (self._eager and "new" in needs):
            return self._shortest_s * SLOWER["start"]
        if self._passing and {"new", "open"} & set(needs):
            return self._shortest_s * SLOWER["start"]
        for need in ("new", "open"):
            if need in needs:
                return self._shortest_s * SLOWER[need]
        return self._shortest_s * SLOWER["new" if self._somebody_comes(frame, tracks) else "settled"]

    def _somebody_comes(self, frame: Frame, tracks: Sequence[Track]) -> bool:
        now = _small(frame.image)
        if self._last is None or self._last.shape != now.shape:
            return True
        moved = cv2.absdiff(now, self._last) > MOVED
        for track in tracks:
            x0, y0, x1, y1 = track.box / CELL
            room = AROUND * (x1 - x0)
            left, top = max(0, int(x0 - room)), max(0, int(y0 - room))
            moved[top : int(y1 + room) + 1, left : int(x1 + room) + 1] = False
        return float(np.count_nonzero(moved)) > MOVED_SHARE * moved.size


def _need(track: Track, now_s: float) -> str:
    if track.looks and max(look.quality.score for look in track.looks) < WORTH:
        return "settled"
    if now_s - track.first_s < NEW_S:
        return "new"
    return "settled" if track.opinion.settled or len(track.looks) >= ENOUGH_LOOKS else "open"


def _small(image: Image) -> Image:
    return np.ascontiguousarray(image[::CELL, ::CELL, 1])
