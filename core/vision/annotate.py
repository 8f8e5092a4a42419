"""Names drawn over faces."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core.records import Floats, Image

LabelKind = Literal["present", "review", "unknown"]


@dataclass(frozen=True, slots=True, eq=False)
class FaceLabel:
    """What to write at one face.  box: ``(4,) float32 xyxy`` pixels.  short: shown where ``text`` has no glyphs."""

    box: Floats
    text: str
    kind: LabelKind
    short: str = ""


def draw_faces(image: Image, labels: Sequence[FaceLabel]) -> Image:
    """A copy of ``image`` (``(h, w, 3) uint8 BGR``) with boxes and texts."""
    raise NotImplementedError
