"""How good a face is for recognition, and why a bad one is refused for enrolment."""

from dataclasses import dataclass

import cv2
import numpy as np

from core.records import Face, Floats, Image
from core.vision.pose import yaw_of

GOOD_FACE_PX = 100.0
"""From this size on more pixels do not help FaceNet, which sees 160."""
BLUR_PX, BLUR_WIDTH = 96, 9
"""Sharpness is measured on crops scaled to this side, blurred over this many pixels."""
BLURRED = 0.38
"""Sharpness below which a face is refused.  Of 817 press photos and stills one lies below (median 0.60), of the same
faces shrunk to 42 px 0.5 %; of faces of 100 px blurred with sigma 4 all but 0.2 %, with sigma 3 seven of ten, dragged
over 15 px nearly all."""
DETAIL_PX, FULL_DETAIL = 64, 0.08
"""Fine detail is measured at this side; more of it than this does not raise the score."""
TOO_DARK, TOO_BRIGHT = 28.0, 238.0
"""Mean grey level of a face below or above which it is refused (the same photos: 57 to 188)."""


@dataclass(frozen=True, slots=True)
class Quality:
    """face_px: shorter box side, pixels.  sharpness: 0-1, how much blurring the face changes it; a blurred one
    changes little.  brightness: mean grey level, 0-255.  yaw: -1 to 1, 0 is frontal.  score: 0-1, all together.
    """

    face_px: float
    sharpness: float
    brightness: float
    yaw: float
    score: float


def measure(face: Face, crop: Image) -> Quality:
    """Judge a face by its box, its landmarks and its ``(160, 160, 3) uint8 BGR`` crop."""
    return measure_crop(crop, face.size, yaw_of(face))


def measure_crop(crop: Image, face_px: float, yaw: float = 0.0) -> Quality:
    """Judge a face of which only the crop and the size are left."""
    inner = _inner(crop, DETAIL_PX)
    brightness = float(inner.mean())
    parts = (
        np.clip(face_px / GOOD_FACE_PX, 0.0, 1.0),
        np.clip(_detail(inner) / FULL_DETAIL, 0.1, 1.0),
        np.clip(min(brightness - TOO_DARK, TOO_BRIGHT - brightness) / 40.0, 0.1, 1.0),
        1.0 - 0.8 * min(1.0, abs(yaw)),
    )
    return Quality(face_px, _sharpness(_inner(crop, BLUR_PX)), brightness, yaw, float(np.prod(parts) ** 0.5))


def _inner(crop: Image, side: int) -> Floats:
    """The crop in grey at ``side`` pixels, without the eighth at each edge that is mostly background."""
    small = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)
    edge = side // 8
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)[edge:-edge, edge:-edge], dtype=np.float32)


def _detail(grey: Floats) -> float:
    """Energy of the Laplacian relative to the contrast: weighs good looks of a face against better ones."""
    return float(cv2.Laplacian(grey, cv2.CV_32F).var() / max(float(grey.std()), 4.0) ** 2) / 4.0


def _sharpness(grey: Floats) -> float:
    """One minus the blur of Crété-Roffet et al., "The blur effect" (2007): the share of the steps between neighbours
    that a further blur takes away, in the worse of both directions, so that dragged pictures are found too.

    Unlike an edge filter's energy it does not take the noise of a dark picture for sharpness.
    """
    shares = []
    for axis, size in ((0, (1, BLUR_WIDTH)), (1, (BLUR_WIDTH, 1))):
        steps = np.abs(np.diff(grey, axis=axis))
        left = np.abs(np.diff(cv2.blur(grey, size), axis=axis))
        shares.append(float(np.maximum(steps - left, 0).sum() / max(float(steps.sum()), 1.0)))
    return min(shares)


def refusal(quality: Quality, min_face_px: float = 40.0) -> str | None:
    """Why a face may not be enrolled, in words, or None when it may."""
    if quality.face_px < min_face_px:
        return f"the face is too small ({quality.face_px:.0f} pixels, at least {min_face_px:.0f})"
    if quality.brightness < TOO_DARK:
        return "the face is too dark"
    if quality.brightness > TOO_BRIGHT:
        return "the face is too bright"
    if quality.sharpness < BLURRED:
        return "the face is blurred"
    return None
