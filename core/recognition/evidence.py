"""Looks in, people out: what belongs to one person before anybody is named.

A *stretch* is a run of looks that certainly shows one person: a track, cut apart where its face changes (a cut in the
video, two people who cross).  A *person* is one or more stretches that look alike and never stand in one frame.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.records import Floats, Image
from core.vectors import normalised
from core.vision.quality import Quality

SPLIT_BELOW = 0.30
"""Mean cosine under which looks of one track are two people (LFW: 1 % of genuine pairs lie lower)."""
DOUBLED = 0.1
"""Share of common frames that may be a face detected twice."""
JOIN_ABOVE = 0.62
"""Mean cosine over which two unnamed stretches are one person (LFW means of five photos: strangers reach it rarely)."""


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Looks that show one person.

    embeddings: ``(k, 512) float32``; weights: ``(k,)`` how much each look counts; boxes: ``(4,) xyxy`` of every
    detection, by frame index; first_s, last_s: seconds from the start of the source; crop, quality: of the best look,
    ``(160, 160, 3) uint8 BGR``; tracks: numbers of the tracks it was cut from.
    """

    embeddings: Floats
    weights: Floats
    boxes: Mapping[int, Floats]
    first_s: float
    last_s: float
    crop: Image
    quality: Quality
    tracks: frozenset[int] = frozenset()

    @property
    def frames(self) -> frozenset[int]:
        """Indices of the frames in which the face was detected."""
        return frozenset(self.boxes)

    @property
    def face_px(self) -> float:
        """The largest the face was detected, shorter side of the box."""
        return max(float(min(box[2] - box[0], box[3] - box[1])) for box in self.boxes.values())

    @property
    def mean(self) -> Floats:
        """Quality-weighted mean embedding, ``(512,)``, L2 norm 1."""
        return normalised(np.average(self.embeddings, axis=0, weights=self.weights).astype(np.float32))


def looks_of(stretches: Sequence[Stretch]) -> tuple[Floats, Floats]:
    """All looks of several stretches of one person, ``(k, 512)``, with their weights ``(k,)``."""
    return (
        np.concatenate([stretch.embeddings for stretch in stretches]),
        np.concatenate([stretch.weights for stretch in stretches]),
    )


def together(one: frozenset[int], other: frozenset[int]) -> bool:
    """Whether two faces were there at the same time; one doubled detection where two tracks meet does not count."""
    return len(one & other) > DOUBLED * min(len(one), len(other))


def split(embeddings: Floats) -> list[list[int]]:
    """Positions of the looks of one track, grouped by person (average linkage on the cosine)."""
    if len(embeddings) < 2:
        return [[0]] if len(embeddings) else []
    labels = _clusters(1.0 - embeddings @ embeddings.T, 1.0 - SPLIT_BELOW)
    return [list(np.flatnonzero(labels == label)) for label in np.unique(labels)]


def join(stretches: Sequence[Stretch]) -> list[list[int]]:
    """Positions of ``stretches`` grouped by person; two that share a frame never come together."""
    if len(stretches) < 2:
        return [[0]] if len(stretches) else []
    means = np.stack([stretch.mean for stretch in stretches])
    distance = 1.0 - means @ means.T
    frames = [stretch.frames for stretch in stretches]
    for i, one in enumerate(frames):
        for j in range(i):
            if together(one, frames[j]):
                distance[i, j] = distance[j, i] = 1e3
    # Complete linkage: one pair that cannot be the same person keeps two groups apart.
    labels = _clusters(distance, 1.0 - JOIN_ABOVE, method="complete")
    return [list(np.flatnonzero(labels == label)) for label in np.unique(labels)]


def _clusters(distance: np.ndarray, cut: float, method: str = "average") -> np.ndarray:
    # Here, because importing it takes a third of a second that should not delay the first picture.
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    np.fill_diagonal(distance, 0.0)
    condensed = squareform(np.maximum(distance, 0.0), checks=False)
    return np.asarray(fcluster(linkage(condensed, method), cut, criterion="distance"))
