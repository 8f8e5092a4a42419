"""MTCNN (Zhang et al. 2016) on OpenVINO: the weights and thresholds of the ``mtcnn`` package, one batch a stage.

Geometry, sampling and the order among equals follow that package step by step, so that boxes agree with it within a
pixel (tests/test_parity.py); the pyramid differs for ``min_face_px`` above 20, where the package's own runs past the
smallest image and finds nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.networks.runtime import Network, load_network
from core.paths import Home
from core.records import Face, Floats, Image
from core.vision.detector import check_image

CELL, STRIDE, FACTOR = 12, 2, 0.709
CUT_P, CUT_R, CUT_O = 0.6, 0.7, 0.8
QUICK_CUT_P, QUICK_OVERLAP = 0.7, 0.6
"""In moving pictures proposals must be more certain and may overlap less (0.7 else): on 25 frames of lessons with 1,115
faces 6 are lost for that look, and a tenth of the time is saved."""
LARGEST_SIDE = 4096
"""Larger pictures are searched at this size; no face worth naming is lost."""
MOST_PROPOSALS = 20_000
"""Candidates kept at each size, most certain first: a class has hundreds, only a mere pattern has more."""
BATCH, ROUND_BATCH = 64, 16
"""Largest batch, and the multiple to which batches are padded so that the network meets few different shapes."""
MOST_PAIRS = 1 << 20
"""Pairs of boxes compared at once; bounds the memory."""
OUTSIDE = 127.5
"""What lies outside the image is the grey that the networks see as zero."""


@dataclass(slots=True)
class MtcnnDetector:
    """The cascade; any number of threads may use one."""

    min_face_px: int
    proposal: Network
    refinement: Network
    output: Network

    @classmethod
    def load(cls, home: Home, min_face_px: int = 20) -> "MtcnnDetector":
        """Load the prepared networks.  Raises NetworksError."""
        nets = [load_network(home, name, mean=127.5, scale=128.0, floats=True) for name in ("pnet", "rnet", "onet")]
        return cls(min_face_px, *nets)

    def detect(self, image: Image, *, quick: bool = False) -> list[Face]:
        """See :class:`core.vision.detector.Detector`.  Raises ValueError for anything but ``(h, w, 3) uint8``."""
        check_image(image)
        height, width = image.shape[:2]
        if min(height, width) < CELL:
            return []
        shrink = min(1.0, LARGEST_SIDE / max(height, width))
        pixels = _pixels(image, shrink)
        boxes = self._propose(pixels, max(CELL, self.min_face_px * shrink), quick)
        boxes = self._refine(pixels, boxes)
        boxes, landmarks = self._finish(pixels, boxes)
        limit = np.array([width, height, width, height], dtype=np.float64) - 1
        clipped = np.clip(boxes[:, :4] / shrink, 0, limit).astype(np.float32)
        return [
            Face(box, points, float(score))
            for box, points, score in zip(clipped, (landmarks / shrink).astype(np.float32), boxes[:, 4], strict=True)
            if min(box[2] - box[0], box[3] - box[1]) >= 1
        ]

    def warm(self) -> None:
        """See :class:`core.vision.detector.Detector`."""
        for network, side in ((self.proposal, 4 * CELL), (self.refinement, 24), (self.output, 48)):
            network(np.zeros((ROUND_BATCH, side, side, 3), dtype=np.float32))

    def _propose(self, pixels: Floats, min_face: float, quick: bool) -> Floats:
        """Square candidates ``(n, 5)`` (xyxy, score) from the pyramid.

        quick: levels are drawn from a halved picture where it is large enough; drawing all ten from the full one takes
        half of the whole time.  Most boxes stay the same, a few move by up to three pixels.
        """
        height, width = pixels.shape[:2]
        levels = []
        smaller, shrunk = pixels, 1.0
        for scale in _scales(min(height, width), min_face):
            while quick and scale <= shrunk / 2:
                smaller, shrunk = _halved(smaller), shrunk / 2
            size = (int(height * scale), int(width * scale))
            levels.append(self._propose_at(smaller, size, scale, QUICK_CUT_P if quick else CUT_P))
        boxes = np.concatenate([np.empty((0, 5)), *levels])
        return _squares(boxes[_survivors(boxes, QUICK_OVERLAP if quick else 0.7)])

    def _propose_at(self, pixels: Floats, size: tuple[int, int], scale: float, cut: float) -> Floats:
        """Candidates of one level: ``pixels`` brought to ``size`` (height, width), the picture's times ``scale``."""
        small = cv2.resize(pixels, size[::-1], interpolation=cv2.INTER_AREA)
        offsets, scores = _in_order(self.proposal(small[None]), 4, 2)
        confidence = scores[0, :, :, 1]
        rows, columns = np.nonzero(confidence > cut)
        best = _most_certain_first(confidence[rows, columns])[:MOST_PROPOSALS]
        rows, columns = rows[best], columns[best]
        move = offsets[0, rows, columns] * (CELL - 1)
        corner = np.stack([columns, rows, columns, rows], axis=1) * STRIDE + np.array([1, 1, CELL, CELL])
        boxes = np.column_stack([(corner + move) / scale, confidence[rows, columns]])
        return boxes[_survivors(boxes, 0.5, in_order=True)]

    def _refine(self, pixels: Floats, boxes: Floats) -> Floats:
        if not len(boxes):
            return boxes
        offsets, scores = _run(self.refinement, pixels, boxes, 24, (4, 2))
        boxes = _moved(boxes, offsets, scores[:, 1])
        boxes = boxes[boxes[:, 4] > CUT_R]
        return _squares(boxes[_survivors(boxes, 0.7)])

    def _finish(self, pixels: Floats, boxes: Floats) -> tuple[Floats, Floats]:
        """Final boxes ``(n, 5)`` and landmarks ``(n, 5, 2)``, most certain first."""
        if not len(boxes):
            return boxes, np.empty((0, 5, 2), dtype=np.float32)
        offsets, points, scores = _run(self.output, pixels, boxes, 48, (4, 10, 2))
        side = boxes[:, 2:4] - boxes[:, :2] + 1
        xs = points[:, :5] * side[:, :1] + boxes[:, :1] - 1
        ys = points[:, 5:] * side[:, 1:] + boxes[:, 1:2] - 1
        boxes = _moved(boxes, offsets, scores[:, 1])
        kept = np.flatnonzero(boxes[:, 4] > CUT_O)
        kept = kept[_survivors(boxes[kept], 0.7, of_smaller=True)]
        return boxes[kept], np.asarray(np.stack([xs[kept], ys[kept]], axis=2), dtype=np.float32)


def _pixels(image: Image, shrink: float) -> Floats:
    """The image in float32, shrunk if need be: resampling must not round, or boxes move by several pixels."""
    if shrink < 1.0:
        size = (max(1, round(image.shape[1] * shrink)), max(1, round(image.shape[0] * shrink)))
        image = np.asarray(cv2.resize(np.ascontiguousarray(image), size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return np.ascontiguousarray(image, dtype=np.float32)


def _halved(pixels: Floats) -> Floats:
    size = (max(1, pixels.shape[1] // 2), max(1, pixels.shape[0] // 2))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _scales(shorter: int, min_face: float) -> list[float]:
    """Pyramid scales from the one where ``min_face`` fills a cell down to where the image does."""
    scale, scales = CELL / min_face, []
    while shorter * scale >= CELL:
        scales.append(scale)
        scale *= FACTOR
    return scales


def _in_order(arrays: list[Floats], *widths: int) -> list[Floats]:
    """Network outputs by the width of their last axis: conversion does not promise to keep their order."""
    return [next(array for array in arrays if array.shape[-1] == width) for width in widths]


def _run(network: Network, pixels: Floats, boxes: Floats, side: int, widths: tuple[int, ...]) -> list[Floats]:
    """Outputs of the network, in the order of ``widths``, for the patches under the boxes."""
    parts = []
    for start in range(0, len(boxes), BATCH):
        patches = _patches(pixels, boxes[start : start + BATCH], side)
        count = len(patches)
        room = np.zeros((-count % ROUND_BATCH, side, side, 3), dtype=np.float32)
        outputs = network(np.concatenate([patches, room]))
        parts.append([array[:count] for array in _in_order(outputs, *widths)])
    return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]


def _patches(pixels: Floats, boxes: Floats, side: int) -> Floats:
    """Bilinear crops ``(n, side, side, 3)``, sampled where ``tf.image.crop_and_resize`` samples."""
    limit = np.array([pixels.shape[1], pixels.shape[0]]) - 1
    share = limit / (limit + 1)
    start, step = boxes[:, :2] * share, (boxes[:, 2:4] - boxes[:, :2]) * share / (side - 1)
    out = np.empty((len(boxes), side, side, 3), dtype=np.float32)
    for patch, (x, y), (dx, dy) in zip(out, start, step, strict=True):
        cv2.warpAffine(
            pixels,
            np.array([[dx, 0, x], [0, dy, y]]),
            (side, side),
            dst=patch,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    points = start[:, None] + step[:, None] * np.arange(side)[:, None]
    beyond = (points < 0) | (points > limit)
    for i in np.flatnonzero(beyond.any(axis=(1, 2))):
        out[i, :, beyond[i, :, 0]] = OUTSIDE
        out[i, beyond[i, :, 1]] = OUTSIDE
    return out


def _moved(boxes: Floats, offsets: Floats, scores: Floats) -> Floats:
    """Boxes shifted by regression offsets given in units of their own size."""
    size = boxes[:, 2:4] - boxes[:, :2] + 1
    return np.column_stack([boxes[:, :4] + offsets * np.tile(size, 2), scores])


def _squares(boxes: Floats) -> Floats:
    """The same centres with the longer side for both."""
    size = boxes[:, 2:4] - boxes[:, :2]
    longest = size.max(axis=1, keepdims=True) if len(boxes) else size[:, :1]
    corner = boxes[:, :2] + size / 2 - longest / 2
    return np.column_stack([corner, corner + longest, boxes[:, 4]])


def _most_certain_first(scores: Floats) -> NDArray[np.intp]:
    """Order by score; of equal ones the later comes first, as in the package.  Large faces often score exactly 1."""
    return np.argsort(scores, kind="stable")[::-1]


def _survivors(
    boxes: Floats, threshold: float, *, of_smaller: bool = False, in_order: bool = False
) -> NDArray[np.intp]:
    """Positions, most certain first, of the boxes that overlap no more certain box by more than ``threshold``.

    Like the package's: a box counts against others even when it is suppressed itself.  Overlap is intersection over
    union, or over the smaller box's area.
    """
    order = np.arange(len(boxes)) if in_order else _most_certain_first(boxes[:, 4])
    ranked = boxes[order]
    area = np.prod(ranked[:, 2:4] - ranked[:, :2], axis=1)
    beaten = np.zeros(len(boxes), dtype=bool)
    for one, other in _near_pairs(ranked, 0.0 if of_smaller else threshold):
        low = np.maximum(ranked[one, :2], ranked[other, :2])
        high = np.minimum(ranked[one, 2:4], ranked[other, 2:4])
        shared = np.prod(np.maximum(high - low, 0), axis=1)
        whole = np.minimum(area[one], area[other]) if of_smaller else area[one] + area[other] - shared
        beaten[np.maximum(one, other)[shared > threshold * whole]] = True
    return np.asarray(order[~beaten])


def _near_pairs(boxes: Floats, least: float) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Pairs of positions, in portions, that hold every two boxes whose intersection over union exceeds ``least``.

    A sweep along x: such boxes share more than ``least`` of the left one's width, so the right one starts before
    the rest of it.  Comparing all with all would take gigabytes on a large photo of a crowd.
    """
    sweep = np.argsort(boxes[:, 0], kind="stable")
    left = boxes[sweep, 0]
    reach = left + (1 - least) * (boxes[sweep, 2] - left)
    counts = np.maximum(np.searchsorted(left, reach, side="right") - np.arange(len(boxes)) - 1, 0)
    ends = np.cumsum(counts)
    begin = 0
    while begin < len(boxes):
        done = ends[begin - 1] if begin else 0
        stop = max(begin + 1, int(np.searchsorted(ends, done + MOST_PAIRS, side="right")))
        part = counts[begin:stop]
        first = np.repeat(np.arange(begin, stop), part)
        second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(part) - part, part)
        yield sweep[first], sweep[second]
        begin = stop
