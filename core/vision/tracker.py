"""Detections in, tracks out: one-to-one assignment between the faces of one frame and the tracks so far.

Faces of seated people hardly move between two looks, so position decides (IoU, then distance in face widths);
no motion model is needed and none can run away.  Identity is not judged here: a track that changes its person is
cut apart later, when its embeddings are known (:mod:`core.recognition.evidence`).
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from core.records import OPEN, Face, Floats, Image, Opinion
from core.vision.quality import Quality

MAX_MOVE = 0.7
"""How far a face may move between two looks, in widths of the face."""
MAX_GROWTH = 1.8
"""Largest change of size between two looks."""
FORGET_S = 2.5
"""A track not seen for this long is finished, seconds: two searches may miss it at the slowest pace."""


@dataclass(slots=True, eq=False)
class Look:
    """One view of a track.  crop: ``(160, 160, 3) uint8 BGR``; embedding: ``(512,)``, None until it is needed."""

    frame: int
    time_s: float
    crop: Image
    quality: Quality
    embedding: Floats | None = None


@dataclass(slots=True, eq=False)
class Track:
    """One face followed through the frames.

    The tracker sees to the boxes, :mod:`core.vision.looks` to the rest.  window_s: when the last look's span of time
    began.
    """

    number: int
    first_s: float
    last_s: float
    box: Floats
    frames: list[int] = field(default_factory=list)
    boxes: list[Floats] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    window_s: float = 0.0
    opinion: Opinion = OPEN

    def shed(self, count: int) -> "Track":
        """Cut off the first ``count`` looks, with the frames before the next one, as a track of the same number."""
        cut = bisect_left(self.frames, self.looks[count].frame)
        looks, frames, boxes = self.looks[:count], self.frames[:cut], self.boxes[:cut]
        old = Track(self.number, self.first_s, looks[-1].time_s, boxes[-1], frames, boxes, looks)
        del self.looks[:count], self.frames[:cut], self.boxes[:cut]
        self.first_s = self.looks[0].time_s
        return old


class Tracker:
    """Follows faces; feed it the frames in order with :meth:`update`."""

    def __init__(self, max_move: float = MAX_MOVE, longest_s: float = math.inf) -> None:
        """max_move: in widths of the face; longest_s: who is there longer begins a new track, so that none grows."""
        self._max_move, self._longest_s = max_move, longest_s
        self._active: list[Track] = []
        self._count = 0

    def update(self, faces: Sequence[Face], frame_index: int, time_s: float) -> tuple[list[Track], list[Track]]:
        """Assign each face to a track.

        Returns the track of each of ``faces``, in their order, and the tracks that have just finished.
        """
        finished = [track for track in self._active if self._is_over(track, time_s)]
        self._active = [track for track in self._active if not self._is_over(track, time_s)]
        owners: list[Track | None] = [None] * len(faces)
        for row, column in _assign(self._active, faces, self._max_move):
            owners[column] = self._active[row]
        tracks = [owner or self._start(face, time_s) for owner, face in zip(owners, faces, strict=True)]
        for track, face in zip(tracks, faces, strict=True):
            track.box, track.last_s = face.box, time_s
            track.frames.append(frame_index)
            track.boxes.append(face.box)
        return tracks, finished

    @property
    def active(self) -> list[Track]:
        """The tracks that are being followed."""
        return self._active

    def finish(self) -> list[Track]:
        """End of the source: hand out what is still being followed."""
        rest, self._active = self._active, []
        return rest

    def _is_over(self, track: Track, time_s: float) -> bool:
        return time_s - track.last_s > FORGET_S or time_s - track.first_s > self._longest_s

    def _start(self, face: Face, time_s: float) -> Track:
        self._count += 1
        track = Track(self._count, time_s, time_s, face.box)
        self._active.append(track)
        return track


def _assign(tracks: Sequence[Track], faces: Sequence[Face], max_move: float) -> list[tuple[int, int]]:
    """Pairs ``(track, face)`` of least total cost (Hungarian method); impossible pairs are left out."""
    if not tracks or not faces:
        return []
    before = np.stack([track.box for track in tracks])
    now = np.stack([face.box for face in faces])
    cost, possible = _cost(before, now, max_move)
    # Here, because importing it takes a third of a second and 38 MB that the first picture need not wait for.
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(np.where(possible, cost, 1e3))
    return [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if possible[r, c]]


def _cost(before: Floats, now: Floats, max_move: float) -> tuple[np.ndarray, np.ndarray]:
    """Distance of the centres in face widths plus the change of size, ``(t, f)``, and which pairs are possible."""
    size_a = np.sqrt(np.prod(before[:, 2:] - before[:, :2], axis=1))[:, None]
    size_b = np.sqrt(np.prod(now[:, 2:] - now[:, :2], axis=1))[None, :]
    centre_a = (before[:, :2] + before[:, 2:]) / 2
    centre_b = (now[:, :2] + now[:, 2:]) / 2
    smaller = np.maximum(np.minimum(size_a, size_b), 1.0)
    distance = np.linalg.norm(centre_a[:, None] - centre_b[None], axis=2) / smaller
    growth = np.maximum(size_a, size_b) / smaller
    return distance + 0.5 * (growth - 1.0), (distance <= max_move) & (growth <= MAX_GROWTH)
