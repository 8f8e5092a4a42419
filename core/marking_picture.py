"""A picture of a marking with names at the faces, as every surface shows it."""

from collections.abc import Sequence

from core.marking_live import ShownFace
from core.records import Image
from core.vision.annotate import FaceLabel, LabelKind, draw_faces
from core.vision.live import fitted

CROWD = 8
"""With more faces than this whole names would cover the neighbours."""


def drawn(image: Image, faces: Sequence[ShownFace], width: int, height: int) -> Image:
    """The picture with its faces, scaled to fit into ``width`` × ``height`` pixels."""
    small = fitted(image, width, height)
    scale = small.shape[1] / image.shape[1]
    return draw_faces(small, [_label(one, scale, crowded=len(faces) > CROWD) for one in faces]) if faces else small


def first_name(name: str) -> str:
    """What fits where many faces are."""
    return next(iter(name.split()), "")


def _label(face: ShownFace, scale: float, *, crowded: bool) -> FaceLabel:
    kinds: dict[str, LabelKind] = {"sure": "present", "unsure": "review"}
    name, short = ("", "") if face.student is None else (face.student.name, face.student.roll)
    if crowded:
        name = first_name(name)
    texts = {"sure": name, "unsure": f"{name}?", "unknown": "?"}
    return FaceLabel(
        (face.box * scale).astype("float32"), texts.get(face.state, ""), kinds.get(face.state, "unknown"), short
    )
