"""The pictures of one selfie in, what they come to out: one person, the right one, alive as far as can be told.

Nobody is refused here: a selfie is accepted, or a teacher is told in words what to look at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np

from core.engine import Engine
from core.errors import InputError
from core.recognition.school import SchoolIndex
from core.records import Face, Floats, Image
from core.vectors import normalised
from core.vision.embedder import crop_face
from core.vision.eyes import openness
from core.vision.images import decode_image, encode_png
from core.vision.liveness import CLOSED, FLAT, LEAST_FACE_PX, answer_to, closed_eyes
from core.vision.quality import Quality, measure, refusal
from core.vision.spoof import GENUINE, SpoofSense

LARGEST_SIDE = 640
"""Pictures are searched at this size: a selfie's face fills it."""
SMALLEST_FACE_PX = 60
SECOND_FACE = 0.5
"""A second face of this share of the first one's size is somebody else before the camera."""
SAME = 0.5
"""Cosine of two pictures of one selfie below which they show two people.  Of pairs of 40 strangers 1 % come so near; a
film of somebody who turns the head and closes the eyes has 0.61 and more."""
LOOKS = 3
"""The clearest pictures, by which the person is told."""
SPOOF_LOOKS = 5
"""The clearest pictures, by whose median a photo of a photo is told."""
SHOWN_PX, SHOWN_FACES = 240, 2.5
"""Side of the picture a teacher gets, and how much wider than the face: the edge of a telephone must be seen too."""

ACCEPTED = "the selfie shows this student"
UNCHECKED = "the selfie shows this student; whether it is a photo of a photo could not be checked"
UNREADABLE = "the pictures cannot be read"
NO_FACE = "no face can be seen clearly"
NO_FACES = "has no stored faces to compare with; say whether they are here"
ANOTHER = "the selfie shows somebody else"
UNCLEAR = "the selfie looks like this student, but not clearly enough"
UNLIKE = "the selfie does not look like this student"
MIXED = "the pictures show different people"
CROWDED = "somebody else is in the picture, too"
SINGLE = "a single picture, and no camera has seen the student in this lesson"
NOT_TURNED = "the head did not turn as it was asked to"
NOT_CLOSED = "the eyes did not close as it was asked"
EYES_UNCHECKED = "whether the eyes closed could not be checked"
FLAT_PICTURE = "it could be a flat picture of the student"
SMALL = f"the face is too small to tell (at least {LEAST_FACE_PX:.0f} pixels)"
PICTURE_OF_PICTURE = "it could be a photo or a screen"


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What a selfie comes to.

    reason: for the teacher; scores: what was measured, by which networks and against which cuts; picture: PNG for the
    teacher, empty where nothing could be read; face: ``(512,)``, what it looks like, None without one.
    """

    state: Literal["accepted", "review"]
    reason: str
    scores: dict[str, Any]
    picture: bytes
    face: Floats | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    image: Image
    face: Face
    crop: Image
    quality: Quality
    crowded: bool


def judge_selfie(
    engine: Engine,
    spoof: SpoofSense | None,
    index: SchoolIndex | None,
    student_id: int,
    challenge: Sequence[str],
    pictures: Sequence[bytes],
    *,
    seen: bool,
) -> Judgement:
    """Judge the pictures of one selfie, files as they were sent, in the order they were taken.

    index: everybody of the school who is known, None for nobody.  seen: a camera saw the student in this lesson, which
    is what a single picture needs besides.
    """
    images = [_image(content, number) for number, content in enumerate(pictures)]
    found = [None if one is None else _look(engine, one) for one in images]
    looks = sorted((one for one in found if one is not None), key=lambda one: -one.quality.score)
    scores: dict[str, Any] = {"pictures": len(pictures), "faces": len(looks), "network": engine.model_key}
    if not looks:
        readable = next((one for one in images if one is not None), None)
        reason = UNREADABLE if readable is None else NO_FACE
        return Judgement("review", reason, scores, b"" if readable is None else _shown(readable, None))
    clear = [one for one in looks if refusal(one.quality, LEAST_FACE_PX) is None]
    embeddings = engine.embedder.represent(np.stack([one.crop for one in looks]))
    doubts = (
        lambda: _unclear(looks) if not clear else "",
        lambda: _who(index, embeddings[:LOOKS], looks[:LOOKS], student_id, scores),
        lambda: _one_person(looks, embeddings, scores),
        lambda: _alive(found, challenge, scores, seen=seen),
        lambda: _picture_of_picture(spoof, clear[:SPOOF_LOOKS], scores),
    )
    doubt = next((said for doubt in doubts if (said := doubt())), "")
    accepted = ACCEPTED if scores.get("real") is not None else UNCHECKED
    best = looks[0]
    state: Literal["accepted", "review"] = "review" if doubt else "accepted"
    shown, face = _shown(best.image, best.face), normalised(embeddings[:LOOKS].mean(axis=0))
    return Judgement(state, doubt or accepted, scores, shown, face)


def preview(picture: bytes) -> bytes:
    """PNG of the middle of a picture that waits to be judged; empty where it cannot be read."""
    image = _image(picture, 0)
    return b"" if image is None else _shown(image, None)


def _image(content: bytes, number: int) -> Image | None:
    try:
        image = decode_image(content, f"picture {number + 1}")
    except InputError:
        return None
    scale = LARGEST_SIDE / max(image.shape[:2])
    if scale >= 1.0:
        return image
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _look(engine: Engine, image: Image) -> _Look | None:
    """The largest face of a picture, if it shows one."""
    faces = sorted(engine.searching_from(SMALLEST_FACE_PX).detector.detect(image), key=lambda one: -one.size)
    if not faces:
        return None
    crop = crop_face(image, faces[0])
    crowded = len(faces) > 1 and faces[1].size >= SECOND_FACE * faces[0].size
    return _Look(image, faces[0], crop, measure(faces[0], crop), crowded)


def _shown(image: Image, face: Face | None) -> bytes:
    """The square around the face that a teacher looks at; the middle of the picture where none was found."""
    height, width = image.shape[:2]
    side = min(height, width)
    middle = (width / 2, height / 2)
    if face is not None:
        side = min(side, round(SHOWN_FACES * max(face.width, face.height)))
        middle = ((face.box[0] + face.box[2]) / 2, (face.box[1] + face.box[3]) / 2)
    left = int(np.clip(middle[0] - side / 2, 0, width - side))
    top = int(np.clip(middle[1] - side / 2, 0, height - side))
    cut = image[top : top + side, left : left + side]
    small = cv2.resize(cut, (SHOWN_PX, SHOWN_PX), interpolation=cv2.INTER_AREA)
    return encode_png(np.asarray(small, dtype=np.uint8))


def _unclear(looks: Sequence[_Look]) -> str:
    return refusal(looks[0].quality, LEAST_FACE_PX) or ""


def _who(
    index: SchoolIndex | None, embeddings: Floats, best: Sequence[_Look], student_id: int, scores: dict[str, Any]
) -> str:
    """Why it is not certain that this is the student; empty when it is.

    Held against the student's own faces and against everybody else's at once: who looks more like another one is not
    accepted, however much they look like themselves.
    """
    if index is None or student_id not in index.student_ids:
        return NO_FACES
    weights = np.array([one.quality.score for one in best], np.float32)
    named = index.name(embeddings, weights)
    mean = normalised(np.average(embeddings, axis=0, weights=weights).astype(np.float32))
    own = float(index.centroids[index.student_ids == student_id][0] @ mean)
    scores |= {"cosine": round(own, 4), "best": round(named.score, 4), "cut": round(named.cut, 4)}
    if named.outcome == "known" and named.student_id == student_id:
        return ""
    if named.outcome == "known":
        return ANOTHER
    return UNCLEAR if named.student_id == student_id else UNLIKE


def _one_person(looks: Sequence[_Look], embeddings: Floats, scores: dict[str, Any]) -> str:
    alike = float((embeddings @ embeddings.T).min())
    scores |= {"alike": round(alike, 4), "alike_cut": SAME}
    if alike < SAME:
        return MIXED
    return CROWDED if sum(one.crowded for one in looks) * 2 > len(looks) else ""


def _alive(found: Sequence[_Look | None], challenge: Sequence[str], scores: dict[str, Any], *, seen: bool) -> str:
    if len(found) == 1:
        # One picture can be anything; with the room's camera it is evidence of its own.
        return "" if seen else SINGLE
    answer = answer_to(challenge, [None if one is None else one.face for one in found])
    scores["turned"] = answer.verdict
    if answer.residual is not None:
        scores |= {"residual": round(answer.residual, 4), "flat_cut": FLAT}
    if answer.verdict == "answered" and "blink" in challenge:
        return _eyes(found, challenge, scores)
    return {"answered": "", "not answered": NOT_TURNED, "flat": FLAT_PICTURE, "too little": SMALL}[answer.verdict]


def _eyes(found: Sequence[_Look | None], challenge: Sequence[str], scores: dict[str, Any]) -> str:
    eyes = [None if one is None else openness(one.image, one.face) for one in found]
    scores |= {"eyes": [None if one is None else round(one, 3) for one in eyes], "closed_cut": CLOSED}
    if all(one is None for one in eyes):
        # The network was there when this was asked.
        return EYES_UNCHECKED
    seen = [(look.face, one) if look and one is not None else None for look, one in zip(found, eyes, strict=True)]
    return "" if closed_eyes(challenge, seen) else NOT_CLOSED


def _picture_of_picture(spoof: SpoofSense | None, clear: Sequence[_Look], scores: dict[str, Any]) -> str:
    """Without the networks nothing is said, and that is stored as what it is: nobody passed."""
    scores |= {"real": None, "spoof_network": "not available" if spoof is None else spoof.key}
    if spoof is None:
        return ""
    found = [score for one in clear if (score := spoof.score(one.image, one.face)) is not None]
    if not found:
        return SMALL
    scores |= {"real": round(float(np.median(found)), 4), "real_cut": GENUINE}
    return PICTURE_OF_PICTURE if scores["real"] < GENUINE else ""
