"""MTCNN (Zhang et al. 2016) on OpenVINO: the weights and thresholds of the ``mtcnn`` package, one batch a stage.

Geometry follows that package step by step, so that boxes agree with it within a pixel (tests/test_detector.py); the
pyramid differs for ``min_face_px`` above 20, where the package's own runs past the smallest image and finds nothing.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from openvino import CompiledModel

from core.networks.runtime import load_network
from core.paths import Home
from core.records import Face, Floats, Image

CELL, STRIDE, FACTOR = 12, 2, 0.709
CUT_P, CUT_R, CUT_O = 0.6, 0.7, 0.8
LARGEST_SIDE = 4096
"""Larger pictures are searched at this size; no face worth naming is lost."""
ROUND_BATCH = 16
"""Batches are padded to a multiple, so that the network meets few different shapes."""
OUTSIDE = (128, 128, 128)
"""What lies outside the image is grey, which the networks see as almost zero."""


@dataclass(slots=True)
class MtcnnDetector:
    """The cascade; not safe for use from two threads at once."""

    min_face_px: int
    proposal: CompiledModel
    refinement: CompiledModel
    output: CompiledModel

    @classmethod
    def load(cls, home: Home, min_face_px: int = 20) -> "MtcnnDetector":
        """Load the prepared networks.  Raises NetworksError."""
        nets = [load_network(home, name, mean=127.5, scale=128.0) for name in ("pnet", "rnet", "onet")]
        return cls(min_face_px, *nets)

    def detect(self, image: Image) -> list[Face]:
        """See :class:`core.vision.detector.Detector`."""
        height, width = image.shape[:2]
        shrink = min(1.0, LARGEST_SIDE / max(height, width))
        if shrink < 1.0:
            size = (round(width * shrink), round(height * shrink))
            image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        boxes = self._propose(image, max(CELL, self.min_face_px * shrink))
        boxes = self._refine(image, boxes)
        boxes, landmarks = self._finish(image, boxes)
        limit = np.array([width, height, width, height], dtype=np.float64) - 1
        clipped = np.clip(boxes[:, :4] / shrink, 0, limit).astype(np.float32)
        return [
            Face(box, points, float(score))
            for box, points, score in zip(clipped, (landmarks / shrink).astype(np.float32), boxes[:, 4], strict=True)
            if min(box[2] - box[0], box[3] - box[1]) >= 1
        ]

    def _propose(self, image: Image, min_face: float) -> Floats:
        """Square candidates ``(n, 5)`` (xyxy, score) from the pyramid."""
        levels = [self._propose_at(image, scale) for scale in _scales(min(image.shape[:2]), min_face)]
        boxes = np.concatenate([np.empty((0, 5)), *levels])
        return _squares(boxes[_survivors(boxes, 0.7)])

    def _propose_at(self, image: Image, scale: float) -> Floats:
        height, width = int(image.shape[0] * scale), int(image.shape[1] * scale)
        small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        offsets, scores = _in_order(self.proposal(small[None]), 4, 2)
        confidence = scores[0, :, :, 1]
        rows, columns = np.nonzero(confidence > CUT_P)
        move = offsets[0, rows, columns] * (CELL - 1)
        corner = np.stack([columns, rows, columns, rows], axis=1) * STRIDE + np.array([1, 1, CELL, CELL])
        boxes = np.column_stack([(corner + move) / scale, confidence[rows, columns]])
        return boxes[_survivors(boxes, 0.5)]

    def _refine(self, image: Image, boxes: Floats) -> Floats:
        if not len(boxes):
            return boxes
        offsets, scores = _in_order(_run(self.refinement, _patches(image, boxes, 24)), 4, 2)
        boxes = _moved(boxes, offsets, scores[:, 1])
        boxes = boxes[boxes[:, 4] > CUT_R]
        return _squares(boxes[_survivors(boxes, 0.7)])

    def _finish(self, image: Image, boxes: Floats) -> tuple[Floats, Floats]:
        """Final boxes ``(n, 5)`` and landmarks ``(n, 5, 2)``, most certain first."""
        if not len(boxes):
            return boxes, np.empty((0, 5, 2), dtype=np.float32)
        offsets, points, scores = _in_order(_run(self.output, _patches(image, boxes, 48)), 4, 10, 2)
        side = boxes[:, 2:4] - boxes[:, :2] + 1
        xs = points[:, :5] * side[:, :1] + boxes[:, :1] - 1
        ys = points[:, 5:] * side[:, 1:] + boxes[:, 1:2] - 1
        boxes = _moved(boxes, offsets, scores[:, 1])
        kept = np.flatnonzero(boxes[:, 4] > CUT_O)
        kept = kept[_survivors(boxes[kept], 0.7, of_smaller=True)]
        return boxes[kept], np.asarray(np.stack([xs[kept], ys[kept]], axis=2), dtype=np.float32)


def _scales(shorter: int, min_face: float) -> list[float]:
    """Pyramid scales from the one where ``min_face`` fills a cell down to where the image does."""
    scale, scales = CELL / min_face, []
    while shorter * scale >= CELL:
        scales.append(scale)
        scale *= FACTOR
    return scales


def _in_order(outputs: object, *widths: int) -> list[Floats]:
    """Network outputs by the width of their last axis: conversion does not promise to keep their order."""
    arrays = list(outputs.values())  # type: ignore[attr-defined]
    return [next(array for array in arrays if array.shape[-1] == width) for width in widths]


def _run(network: CompiledModel, patches: Image) -> dict[int, Floats]:
    """Run a batch padded to a round number; returns the outputs without the padding."""
    count = len(patches)
    padding = -count % ROUND_BATCH
    if padding:
        patches = np.concatenate([patches, np.zeros((padding, *patches.shape[1:]), dtype=np.uint8)])
    outputs = network(patches)
    return {i: outputs[i][:count] for i in range(len(outputs))}


def _patches(image: Image, boxes: Floats, side: int) -> Image:
    """Bilinear crops ``(n, side, side, 3)``, sampled where ``tf.image.crop_and_resize`` samples."""
    height, width = image.shape[:2]
    out = np.empty((len(boxes), side, side, 3), dtype=np.uint8)
    start = boxes[:, :2] * [(width - 1) / width, (height - 1) / height]
    step = (boxes[:, 2:4] - boxes[:, :2]) * [(width - 1) / width, (height - 1) / height] / (side - 1)
    for i in range(len(boxes)):
        matrix = np.array([[step[i, 0], 0, start[i, 0]], [0, step[i, 1], start[i, 1]]])
        cv2.warpAffine(
            image,
            matrix,
            (side, side),
            dst=out[i],
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=OUTSIDE,
        )
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


def _survivors(boxes: Floats, threshold: float, *, of_smaller: bool = False) -> np.ndarray:
    """Positions, most certain first, of the boxes that overlap no more certain box by more than ``threshold``.

    Like the package's: a box counts against others even when it is suppressed itself.  Overlap is intersection over
    union, or over the smaller box's area.
    """
    order = np.argsort(-boxes[:, 4], kind="stable")
    sorted_boxes = boxes[order]
    low = np.maximum(sorted_boxes[:, None, :2], sorted_boxes[None, :, :2])
    high = np.minimum(sorted_boxes[:, None, 2:4], sorted_boxes[None, :, 2:4])
    shared = np.prod(np.maximum(high - low, 0), axis=2)
    area = np.prod(sorted_boxes[:, 2:4] - sorted_boxes[:, :2], axis=1)
    whole = np.minimum(area[:, None], area) if of_smaller else area[:, None] + area - shared
    beaten = np.triu(shared > threshold * whole, k=1).any(axis=0)
    return np.asarray(order[~beaten])
