"""Why a face came out as it did, in words: what was poor about it, and what stood against it."""

from dataclasses import replace

from core.recognition.decision import FEW_LOOKS
from core.recognition.people import Person
from core.vision.quality import BLURRED, TOO_BRIGHT, TOO_DARK, Quality

SMALL_PX = 45.0
"""Below this FaceNet sees more interpolation than face (it looks at 160 pixels)."""
SIDE_VIEW = 0.6
"""Yaw from which half of the face is hidden."""


def shortcomings(quality: Quality) -> tuple[str, ...]:
    """What is poor about the best look at a face; empty when nothing is."""
    found = []
    if quality.face_px < SMALL_PX:
        found.append(f"too small ({quality.face_px:.0f} pixels)")
    if quality.sharpness < BLURRED:
        found.append("blurred")
    if abs(quality.yaw) > SIDE_VIEW:
        found.append("side view")
    if quality.brightness < TOO_DARK:
        found.append("too dark")
    elif quality.brightness > TOO_BRIGHT:
        found.append("too bright")
    return tuple(found)


def with_reason(person: Person, *, moving: bool) -> Person:
    """The person with what made the decision hard added to its reason.  moving: of pictures that follow one another."""
    decision = person.decision
    if decision.outcome in ("sure", "elsewhere"):
        return person
    found = list(shortcomings(person.best.quality))
    if moving and person.looks in FEW_LOOKS:
        found.append("one look" if person.looks == 1 else f"only {person.looks} looks")
    if not found:
        return person
    return replace(person, decision=replace(decision, reason=f"{decision.reason} ({', '.join(found)})"))
