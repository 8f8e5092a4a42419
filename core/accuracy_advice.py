"""Who needs more or better photos: the reason in words, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from core.records import Student
from core.store.samples import Measure

ENOUGH_PHOTOS = 5
POOR_QUALITY = 0.5
"""Mean quality below which photos are called poor; of 28 people's press photos the lowest mean was 0.6."""
SMALL_PX, DARK, BRIGHT, BLURRY = 60.0, 60.0, 200.0, 0.48
"""Which fault is named: mean shorter side of the face, grey level, sharpness (press photos: 66, 74 to 185, 0.48)."""
TOO_OFTEN = 0.25
"""Share of a student's own photos that may be refused before new ones are asked for."""


@dataclass(frozen=True, slots=True)
class Advice:
    """reason: what is the matter with a student's photos.  remedy: what to do."""

    reason: str
    remedy: str


def advise(
    measures: Sequence[Measure], tested: int, mistaken: Sequence[Student], refused: int, trained: bool
) -> tuple[Advice, ...]:
    """What to say of one student, the most pressing first.

    measures: of each photo.  tested, refused: how many photos.  mistaken: whose name the wrongly named ones got.
    """
    if not measures:
        return (Advice("There is no photo", "Enrol at least five and train the class."),)
    found = []
    if not trained:
        found.append(Advice("The photos came after the last training", "Train the class."))
    if mistaken:
        others = sorted({f"{one.roll} {one.name}" for one in mistaken})
        found.append(
            Advice(
                f"{_of(len(mistaken), tested)} taken for {', '.join(others)}",
                "Look whether the photos of both were mixed up; then enrol more clear ones of both.",
            )
        )
    if refused > TOO_OFTEN * tested:
        found.append(
            Advice(
                f"{_of(refused, tested)} not recognised",
                "The photos differ much: enrol new ones as the camera sees the lesson, same glasses, hair and light.",
            )
        )
    if len(measures) < ENOUGH_PHOTOS:
        found.append(
            Advice(_few(len(measures), tested), "Enrol at least five, on different days and from different sides.")
        )
    if mean(one.quality for one in measures) < POOR_QUALITY:
        found.append(_poor(measures))
    return tuple(found)


def _few(count: int, tested: int) -> str:
    """Whole sentences, for in other languages their parts do not follow each other so."""
    if count == 1:
        return "Only one photo" if tested else "Only one photo, so it could not be tested"
    return f"Only {count} photos" if tested else f"Only {count} photos, so they could not be tested"


def _of(count: int, tested: int) -> str:
    return f"{count} of {tested} {'photo' if tested == 1 else 'photos'}"


def _poor(measures: Sequence[Measure]) -> Advice:
    """Name the fault that lowers the quality."""
    brightness = mean(one.brightness for one in measures)
    if mean(one.face_px for one in measures) < SMALL_PX:
        return Advice("The faces in the photos are small", "Enrol photos taken from nearer.")
    if brightness < DARK:
        return Advice("The photos are dark", "Enrol photos taken with light on the face.")
    if brightness > BRIGHT:
        return Advice("The photos are too bright", "Enrol photos taken without glaring light.")
    if mean(one.sharpness for one in measures) < BLURRY:
        return Advice("The photos are blurred", "Enrol photos taken with a still camera, and wipe its lens.")
    return Advice("The face is turned away or unclear in the photos", "Enrol photos that show the face from the front.")
