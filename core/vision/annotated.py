"""The annotated video: a recorded source once more, with a name or a reason beside each face."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from core.errors import InputError
from core.files import Written
from core.recognition.people import Person
from core.records import Floats, Progress, ProgressSink, Student
from core.vision.annotate import FaceLabel, LabelKind, draw_faces
from core.vision.sources import Source, open_source
from core.vision.video_writer import VideoWriter, check_suffix

KINDS: dict[str, LabelKind] = {"sure": "present", "unsure": "review", "elsewhere": "review", "unknown": "unknown"}
BRIDGE_FRAMES = 40
"""Between two detections at most this many frames apart the box glides; over a longer gap nothing is drawn."""


def check_video_target(target: Path, source: Source) -> None:
    """Refuse early, before minutes of work: raises InputError when this source or target cannot give a video."""
    if source.info.kind != "video":
        raise InputError(
            "An annotated video can be made of a recorded video only. Leave out --save-video, or mark a video file."
        )
    check_suffix(target)


def write_annotated_video(
    spec: str,
    target: Path,
    persons: Sequence[Person],
    students: Mapping[int, Student],
    progress: ProgressSink,
    *,
    reasons: bool = False,
) -> Written:
    """Play ``spec`` again and write it to ``target`` with every face labelled; returns where it went.

    reasons: write beside each name why it came out so.
    """
    labels = _labels_by_frame(persons, students, reasons=reasons)
    with open_source(spec) as source:
        info = source.info
        with VideoWriter(target, info.fps or 25.0, (info.width, info.height)) as writer:
            for frame in source.frames():
                writer.write(draw_faces(frame.image, labels.get(frame.index, ())))
                progress(Progress(source.frames_read, info.frames, "writing the annotated video"))
    if writer.written is None:
        raise InputError(f"{info.label} shows no picture, so there is no annotated video.")
    return writer.written


def _labels_by_frame(
    persons: Sequence[Person], students: Mapping[int, Student], *, reasons: bool
) -> dict[int, list[FaceLabel]]:
    labels: dict[int, list[FaceLabel]] = {}
    for person in persons:
        kind = KINDS[person.decision.outcome]
        student = students[person.decision.student_id]
        # The roll number stands in where no font has the letters of the name.
        text, short = {
            "sure": (student.name, student.roll),
            "unsure": (f"{student.name}?", student.roll),
            "elsewhere": (f"{student.name}, not in this class", student.roll),
            "unknown": ("unknown", ""),
        }[person.decision.outcome]
        if reasons:
            evidence = person.decision.candidates[0].evidence
            text = f"{text} ({evidence:.1f}): {person.decision.reason}"
        for stretch in person.stretches:
            for index, box in _every_frame(stretch.boxes):
                labels.setdefault(index, []).append(FaceLabel(box, text, kind, short))
    return labels


def _every_frame(boxes: Mapping[int, Floats]) -> list[tuple[int, Floats]]:
    """Boxes of the frames between two detections, by linear interpolation."""
    known = sorted(boxes)
    filled: list[tuple[int, Floats]] = [(index, boxes[index]) for index in known]
    for before, after in pairwise(known):
        if after - before > BRIDGE_FRAMES:
            continue
        for index in range(before + 1, after):
            share = (index - before) / (after - before)
            filled.append((index, np.asarray((1 - share) * boxes[before] + share * boxes[after], dtype=np.float32)))
    return filled
