"""Pictures of one student in, face crops fit for enrolment out, with a reason for every picture refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.engine import Engine
from core.errors import InputError
from core.records import Face, Frame, Image, Progress, ProgressSink
from core.vision.embedder import crop_face
from core.vision.quality import Quality, measure, refusal
from core.vision.sources import open_source

VIDEO_EVERY_S = 0.3
"""Frames of a video or camera are judged this far apart; nearer ones show the same pose."""
CLEARLY_LARGER = 1.6
"""How many times larger (by side) the largest face must be to be the subject of a picture with several."""
SAME_PICTURE = 3.0
"""Mean difference of two crops in grey levels under which they are the same picture."""
CAMERA_S = 30.0
"""How long a live camera is watched if nobody says otherwise, seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A face fit to be stored.  crop: ``(160, 160, 3) uint8 BGR``; source: file name, or file and second."""

    crop: Image
    quality: Quality
    source: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A picture that gave no sample, and why in words."""

    source: str
    reason: str


def gather(
    sources: Sequence[str], engine: Engine, seconds: float | None, progress: ProgressSink
) -> tuple[list[Candidate], list[Refusal]]:
    """Judge every picture of ``sources`` (files, a folder's files, or one camera).

    An unreadable file is one refusal, not the end; a camera or address that cannot be opened raises InputError.
    """
    found: list[Candidate] = []
    refused: list[Refusal] = []
    for number, spec in enumerate(sources):
        progress(Progress(number, len(sources), Path(spec).name))
        try:
            _gather_one(spec, engine, seconds, found, refused)
        except InputError as error:
            if len(sources) == 1 and not Path(spec).is_file():
                raise
            refused.append(Refusal(Path(spec).name, str(error)))
    return found, refused


def _gather_one(
    spec: str, engine: Engine, seconds: float | None, found: list[Candidate], refused: list[Refusal]
) -> None:
    with open_source(spec) as source:
        limit = seconds or (CAMERA_S if source.live else None)
        for frame in source.frames(VIDEO_EVERY_S if source.continuous else 0.0):
            name = f"{source.info.label} at {frame.time_s:.1f} s" if source.continuous else frame.name
            judged = judge(frame, engine)
            if isinstance(judged, str):
                refused.append(Refusal(name, judged))
            elif _seen_before(judged[0], found):
                refused.append(Refusal(name, "the same picture as another one"))
            else:
                found.append(Candidate(judged[0], judged[1], name))
            if limit is not None and frame.time_s >= limit:
                break
        refused += [Refusal(source.info.label, problem) for problem in source.problems]


def judge(frame: Frame, engine: Engine) -> tuple[Image, Quality] | str:
    """The crop and quality of the subject of a picture, or the reason why there is none."""
    faces = engine.detector.detect(frame.image)
    subject = subject_of(faces)
    if isinstance(subject, str):
        return subject
    crop = crop_face(frame.image, subject)
    quality = measure(subject, crop)
    return refusal(quality) or (crop, quality)


def subject_of(faces: Sequence[Face]) -> Face | str:
    """The one face a picture is about, or why it is not clear."""
    if not faces:
        return "no face found"
    by_size = sorted(faces, key=lambda face: -face.size)
    if len(by_size) > 1 and by_size[0].size < CLEARLY_LARGER * by_size[1].size:
        return f"{len(by_size)} faces, and none is clearly the subject"
    return by_size[0]


def _seen_before(crop: Image, found: Sequence[Candidate]) -> bool:
    small = crop[::4, ::4].astype(np.int16)
    return any(float(np.abs(small - one.crop[::4, ::4]).mean()) < SAME_PICTURE for one in found)
