"""How good a face is for recognition, and why a bad one is refused for enrolment."""

from dataclasses import dataclass

import cv2
import numpy as np

from core.records import Face, Image

GOOD_FACE_PX = 100.0
"""From this size on more pixels do not help FaceNet, which sees 160."""
COMPARE_PX = 64
"""Sharpness is measured on faces scaled to this side, so that sizes compare."""
BLURRED, SHARP = 0.012, 0.08
"""Relative sharpness: refused below, no better above.  Measured on 409 press photos: lowest 0.014, median 0.107;
the same photos blurred with sigma 4: median 0.008, with sigma 2: 0.025."""
TOO_DARK, TOO_BRIGHT = 28.0, 238.0
"""Mean grey level of a face below or above which it is refused (the same photos: 60 to 181)."""


@dataclass(frozen=True, slots=True)
class Quality:
    """face_px: shorter box side, pixels.  sharpness: energy of the Laplacian relative to the face's contrast.
    brightness: mean grey level, 0-255.  yaw: -1 to 1, 0 is frontal.  score: 0-1, all together.
    """

    face_px: float
    sharpness: float
    brightness: float
    yaw: float
    score: float


def measure(face: Face, crop: Image) -> Quality:
    """Judge a face by its box, its landmarks and its ``(160, 160, 3) uint8 BGR`` crop."""
    grey = cv2.cvtColor(cv2.resize(crop, (COMPARE_PX, COMPARE_PX), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    inner = grey[8:-8, 8:-8].astype(np.float32)
    contrast = float(inner.std())
    edges = cv2.Laplacian(inner, cv2.CV_32F)
    sharpness = float(edges.var() / max(contrast, 4.0) ** 2) / 4.0
    brightness = float(inner.mean())
    yaw = _yaw(face)
    parts = (
        np.clip(face.size / GOOD_FACE_PX, 0.0, 1.0),
        np.clip(sharpness / SHARP, 0.1, 1.0),
        np.clip(min(brightness - TOO_DARK, TOO_BRIGHT - brightness) / 40.0, 0.1, 1.0),
        1.0 - 0.8 * min(1.0, abs(yaw)),
    )
    return Quality(face.size, sharpness, brightness, yaw, float(np.prod(parts) ** 0.5))


def _yaw(face: Face) -> float:
    """Where the nose stands between the eyes along the line through them: 0 in the middle, ±1 over an eye."""
    left, right, nose = face.landmarks[:3]
    axis = right - left
    length = float(axis @ axis)
    if length < 1.0:
        return 1.0
    return float(np.clip(2.0 * ((nose - left) @ axis) / length - 1.0, -1.0, 1.0))


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
