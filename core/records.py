"""The frozen records that cross modules, checked at birth.

Images are ``(h, w, 3) uint8 BGR`` everywhere (OpenCV's order; the networks convert inside their graphs).
Boxes are ``xyxy`` in pixels of the frame.  Times inside a source are seconds from its start; times in the
store are aware UTC ``datetime``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One detection in one frame.

    box: ``(4,) float32 xyxy`` pixels.  landmarks: ``(5, 2) float32`` pixels, in the order left eye, right eye,
    nose, left mouth corner, right mouth corner (left and right as seen in the picture).  score: 0-1.
    """

    box: Floats
    landmarks: Floats
    score: float

    def __post_init__(self) -> None:
        if self.box.shape != (4,) or self.landmarks.shape != (5, 2):
            raise ValueError(
                f"a face needs box (4,) and landmarks (5, 2), not {self.box.shape}, {self.landmarks.shape}"
            )

    @property
    def width(self) -> float:
        return float(self.box[2] - self.box[0])

    @property
    def height(self) -> float:
        return float(self.box[3] - self.box[1])

    @property
    def size(self) -> float:
        """The shorter side of the box in pixels."""
        return min(self.width, self.height)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a source.  ``time_s`` is seconds from the start (0 for photos); ``name`` a photo's file name."""

    image: Image
    index: int
    time_s: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long job is.  ``total`` is None where it cannot be known (a live camera)."""

    done: int
    total: int | None
    text: str


ProgressSink = Callable[[Progress], None]


def no_progress(_: Progress) -> None:
    """A sink for callers that do not watch."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """Who a face that is being followed seems to be by now.

    settled: more looks would not change it.  student_id: None while nobody is sure, and for strangers.
    """

    settled: bool
    student_id: int | None


OPEN = Opinion(settled=False, student_id=None)


@dataclass(frozen=True, slots=True)
class Student:
    """A person who can be on a roster.

    parents_email: one address or several with commas between; consent_at: aware UTC.
    """

    id: int
    roll: str
    name: str
    active: bool
    consent: str | None
    email: str | None = None
    parents_email: str | None = None
    consent_at: datetime | None = None

    @property
    def recognisable(self) -> bool:
        """Whether their face may be looked for: they are at the school, and a consent stands."""
        return self.active and bool(self.consent)


@dataclass(frozen=True, slots=True)
class SchoolClass:
    """A class (course) with its roster kept in the store.  teachers: names, the first stands first on the sheet."""

    id: int
    code: str
    name: str
    teachers: tuple[str, ...] = ()
    room_id: int | None = None

    @property
    def teacher(self) -> str | None:
        """All teachers in one line, None when nobody is named."""
        return ", ".join(self.teachers) or None


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One stored face of a student.

    crop: ``(160, 160, 3) uint8 BGR`` as the embedding network sees it; embedding: ``(512,) float32``, L2 norm 1.
    """

    id: int
    student_id: int
    crop: Image
    embedding: Floats
    model_key: str
    quality: float
    source: str


@dataclass(frozen=True, slots=True)
class MarkRow:
    """One student's row of a session's register.  status: a code of the status set; minutes_late: of a late one.

    changed_by: None while only a machine set it.
    """

    roll: str
    name: str
    status: str
    source: str
    confidence: float | None
    first_seen: datetime | None
    last_seen: datetime | None
    minutes_late: int | None = None
    reason: str | None = None
    student_id: int = 0
    changed_by: str | None = None


@dataclass(frozen=True, slots=True)
class SightingRow:
    """Somebody seen in a session who was not simply marked: unknown or uncertain.  ``thumbnail`` is PNG bytes."""

    kind: str
    reason: str
    student_roll: str | None
    student_name: str | None
    confidence: float | None
    first_seen: datetime | None
    last_seen: datetime | None
    thumbnail: bytes = field(repr=False, default=b"")
