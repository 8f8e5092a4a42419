"""Whether the faces of a selfie turned as they were asked to, and whether what turned was a head.

A flat photo that is moved before the camera stays flat: one affine map takes its landmarks from the first pictures to
the turned ones.  The tip of a nose leaves that plane.  Measured: photos of 38 people, turned by up to 45 degrees, bent
and found again: 249 of 6,384 did a turn sideways, 21 % of these left more than the cut; so did 94 % of 427 pairs of
photos of really turned heads, and all of one filmed head (0.061 and more).  The cut was chosen on these.
No video that does as it is asked is found out so.
Closed eyes are told against the same person's open ones, for people's eyes differ: docs/security.md has the figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeVar

import numpy as np

from core.records import Face, Floats
from core.vision.pose import AHEAD, NODDED, TURNED, pitch_of, yaw_of

T = TypeVar("T")
Verdict = Literal["answered", "not answered", "flat", "too little"]
LEAST_FACE_PX = 80.0
FLAT = 0.058
"""Residual of the affine map under which landmarks lie in one plane, as a share of the distance of the eyes.  At 0.045
a bent photo was accepted by all that is asked of a selfie; here none of those tried was (docs/security.md)."""
LEAST_AHEAD = 2
"""Pictures that look ahead before the first turn."""
CLOSED = 0.5
"""Share of the height of the own open eyes up to which eyes are closed."""
LEAST_OPEN = 0.1
"""Height by width of eyes below which they were not open at first, so that nothing can be told."""
_OTHER_SIDE = {"left": "right", "right": "left"}


@dataclass(frozen=True, slots=True)
class Liveness:
    """verdict: what the pictures say; residual: how far the landmarks leave one plane, None without a turn sideways."""

    verdict: Verdict
    residual: float | None


def answer_to(challenge: Sequence[str], faces: Sequence[Face | None]) -> Liveness:
    """Judge the faces of a selfie in the order they were taken, None for a picture without one.

    challenge: steps in order.  As many pictures belong to looking ahead, which comes first, as to each step, and a turn
    must be seen in its own: who waves about does every turn some time.  ``blink`` is for :func:`closed_eyes` to judge.
    """
    seen = [face.size for face in faces if face is not None]
    if not seen or float(np.median(seen)) < LEAST_FACE_PX:
        return Liveness("too little", None)
    first, *turns = _parts(faces, 1 + len(challenge))
    ahead = [one for one in first if abs(yaw_of(one)) < AHEAD]
    if len(ahead) < LEAST_AHEAD:
        return Liveness("not answered", None)
    level = float(np.median([pitch_of(one) for one in ahead]))
    residuals = []
    for before, step, part in zip(("", *challenge), challenge, turns, strict=False):
        if step == "blink":
            continue
        turned = [one for one in part if _shows(one, step, level)]
        wrong = _OTHER_SIDE.get(step)
        # The head may still come back from the turn before.
        if not turned or (wrong and wrong != before and any(_shows(one, wrong, level) for one in part)):
            return Liveness("not answered", None)
        if wrong:
            residuals.append(residual(ahead, turned))
    worst = min(residuals) if residuals else None
    return Liveness("flat" if worst is not None and worst < FLAT else "answered", worst)


def closed_eyes(challenge: Sequence[str], seen: Sequence[tuple[Face, float] | None]) -> bool:
    """Whether the eyes were open at first and, facing the camera, closed in the pictures of the step ``blink``.

    seen: faces and how far their eyes are open (:mod:`core.vision.eyes`), None for a picture without a face.
    """
    first, *steps = _parts(seen, 1 + len(challenge))
    opened = [eyes for face, eyes in first if abs(yaw_of(face)) < AHEAD]
    closed = [eyes for face, eyes in steps[challenge.index("blink")] if abs(yaw_of(face)) < TURNED]
    if len(opened) < LEAST_AHEAD or len(closed) < LEAST_AHEAD:
        return False
    own = float(np.median(opened))
    return own >= LEAST_OPEN and float(np.median(closed)) <= CLOSED * own


def _parts(taken: Sequence[T | None], count: int) -> list[list[T]]:
    """As many parts of about the same length, without what is None."""
    ends = [round(number * len(taken) / count) for number in range(count + 1)]
    return [[one for one in taken[begin:end] if one is not None] for begin, end in pairwise(ends)]


def residual(ahead: Sequence[Face], turned: Sequence[Face]) -> float:
    """What the best affine map from the mean landmarks of one pose to those of the other leaves, root mean square.

    As a share of the distance between the eyes of the first.
    """
    before, after = _mean(ahead), _mean(turned)
    flat = np.concatenate([before, np.ones((len(before), 1), np.float32)], axis=1)
    mapped = flat @ np.linalg.lstsq(flat, after, rcond=None)[0]
    eyes = float(np.linalg.norm(before[1] - before[0]))
    return float(np.sqrt(np.square(mapped - after).sum(axis=1).mean())) / max(eyes, 1.0)


def _mean(faces: Sequence[Face]) -> Floats:
    """Landmarks ``(5, 2)`` in the face's own box, so that it matters neither where the head was nor how near."""
    own = [(one.landmarks - one.box[:2]) / max(one.height, 1.0) for one in faces]
    return np.asarray(np.mean(own, axis=0) * float(np.mean([one.height for one in faces])), dtype=np.float32)


def _shows(face: Face, step: str, level: float) -> bool:
    yaw = yaw_of(face)
    if step == "left":
        return yaw >= TURNED
    if step == "right":
        return yaw <= -TURNED
    return abs(yaw) < TURNED and pitch_of(face) - level <= -NODDED
