"""Pictures of one student in, face crops fit for enrolment out, with a reason for every picture refused."""

from collections.abc import Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True, eq=False)
class Unclear:
    """A picture of several faces of which none is clearly the subject; the student's other pictures may tell."""

    faces: tuple[Candidate, ...]
    reason: str

    @property
    def source(self) -> str:
        return self.faces[0].source


@dataclass(slots=True)
class Found:
    """Everything that came of a student's pictures."""

    candidates: list[Candidate] = field(default_factory=list)
    unclear: list[Unclear] = field(default_factory=list)
    refused: list["Refusal"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A picture that gave no sample, and why in words."""

    source: str
    reason: str


def gather(sources: Sequence[str], engine: Engine, seconds: float | None, progress: ProgressSink) -> Found:
    """Judge every picture of ``sources`` (files, a folder's files, or one camera).

    An unreadable file is one refusal, not the end; a camera or address that cannot be opened raises InputError.
    """
    found = Found()
    for number, spec in enumerate(sources):
        progress(Progress(number, len(sources), Path(spec).name))
        try:
            _gather_one(spec, engine, seconds, found)
        except InputError as error:
            if len(sources) == 1 and not Path(spec).is_file():
                raise
            found.refused.append(Refusal(Path(spec).name, str(error)))
    return found


def _gather_one(spec: str, engine: Engine, seconds: float | None, found: Found) -> None:
    with open_source(spec) as source:
        limit = seconds or (CAMERA_S if source.live else None)
        for frame in source.frames(VIDEO_EVERY_S if source.continuous else 0.0):
            name = f"{source.info.label} at {frame.time_s:.1f} s" if source.continuous else frame.name
            judged = judge(frame, name, engine)
            if isinstance(judged, Refusal):
                found.refused.append(judged)
            elif isinstance(judged, Unclear):
                found.unclear.append(judged)
            elif _seen_before(judged.crop, found.candidates):
                found.refused.append(Refusal(name, "the same picture as another one"))
            else:
                found.candidates.append(judged)
            if limit is not None and frame.time_s >= limit:
                break
        found.refused += [Refusal(source.info.label, problem) for problem in source.problems]


def judge(frame: Frame, name: str, engine: Engine) -> Candidate | Unclear | Refusal:
    """The subject of a picture, its faces if it is not clear which one that is, or why there is none."""
    faces = sorted(engine.detector.detect(frame.image), key=lambda face: -face.size)
    if not faces:
        return Refusal(name, "no face found")
    if len(faces) > 1 and faces[0].size < CLEARLY_LARGER * faces[1].size:
        good = [one for one in (_candidate(frame, face, name) for face in faces) if isinstance(one, Candidate)]
        reason = f"{len(faces)} faces, and none is clearly the subject"
        return Unclear(tuple(good), reason) if good else Refusal(name, reason)
    return _candidate(frame, faces[0], name)


def _candidate(frame: Frame, face: Face, name: str) -> Candidate | Refusal:
    crop = crop_face(frame.image, face)
    quality = measure(face, crop)
    reason = refusal(quality)
    return Refusal(name, reason) if reason else Candidate(crop, quality, name)


def _seen_before(crop: Image, found: Sequence[Candidate]) -> bool:
    small = crop[::4, ::4].astype(np.int16)
    return any(float(np.abs(small - one.crop[::4, ::4]).mean()) < SAME_PICTURE for one in found)
