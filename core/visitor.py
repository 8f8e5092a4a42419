"""A photo, folder or short video in; who of the whole school is in it out.  Nothing is written anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from core.access import guarded
from core.engine import Engine
from core.errors import InputError
from core.recognition.decision import one_to_one
from core.recognition.evidence import Stretch, join, looks_of
from core.recognition.school import Naming, SchoolIndex
from core.records import Image, ProgressSink, SchoolClass, Student, no_progress
from core.school import open_school
from core.settings import Settings
from core.store import people
from core.store.database import Store
from core.vision.follow import Following, follow_faces
from core.vision.images import IMAGE_SUFFIXES, shown_name
from core.vision.quality import measure_crop, refusal
from core.vision.sources import SourceInfo, media_files, open_source

LEAST_FACE_PX = 40
"""A smaller face is not worth naming, unless the school chose another size."""
CAMERA_S = 10.0
"""How long a live camera is watched, seconds."""

Outcome = Literal["known", "unsure", "unknown", "unclear"]


@dataclass(frozen=True, slots=True, eq=False)
class Visitor:
    """One face and who it is.

    outcome: ``unclear`` when the face was never seen well enough to say anything.  student, classes: who it is, or the
    likeliest when ``unsure``; else None.  runner_up: the second best of the school.  naming: the figures, None when
    ``unclear``.  place: the photo, or the seconds of the video.  box: xyxy pixels where it was first seen; face_px: the
    largest shorter side.  crop: ``(160, 160, 3) uint8 BGR``.
    """

    outcome: Outcome
    reason: str
    student: Student | None
    classes: tuple[SchoolClass, ...]
    runner_up: Student | None
    naming: Naming | None
    place: str
    box: tuple[int, int, int, int]
    face_px: float
    looks: int
    crop: Image


@dataclass(frozen=True, slots=True)
class Visit:
    """Everybody in a source.  students: how many are known; notes: sentences worth telling."""

    label: str
    visitors: tuple[Visitor, ...]
    students: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """A face in all its stretches; naming is None where a ``reason`` forbids to look for a name."""

    stretches: tuple[Stretch, ...]
    naming: Naming | None
    reason: str

    @property
    def frames(self) -> frozenset[int]:
        return frozenset().union(*(stretch.frames for stretch in self.stretches))

    @property
    def best(self) -> Stretch:
        return max(self.stretches, key=lambda stretch: float(stretch.weights.max()))


@guarded
def identify(
    store: Store, engine: Engine, settings: Settings, source: str, progress: ProgressSink = no_progress
) -> Visit:
    """Say of every face in ``source`` who of the whole school it is.

    Raises ClassifierError when nobody is enrolled, InputError when the source cannot be used or shows no face.
    """
    school = open_school(store, engine.model_key, progress)
    following = Following()
    with open_source(source) as opened:
        limit = CAMERA_S if opened.live else None
        stretches = list(follow_faces(opened, engine, settings.looks_per_second, following, progress, until_s=limit))
        info = opened.info
    if not stretches:
        raise InputError(
            f"No face was found in {info.label}. Use a picture on which the face is upright, uncovered and larger."
        )
    found = sorted(_everybody(school.index, stretches, _least_face(settings)), key=_reading_order)
    names = _photo_names(source, info)
    visitors = tuple(_visitor(store, one, info, names) for one in found)
    return Visit(info.label, visitors, len(school.index.student_ids), (*school.notes, *following.problems))


def _least_face(settings: Settings) -> float:
    return LEAST_FACE_PX if settings.min_face_px == "auto" else settings.min_face_px


def _everybody(index: SchoolIndex, stretches: Sequence[Stretch], min_face_px: float) -> list[_Found]:
    """One entry a person; a student of the school is found at most once."""
    found = [_found(index, [stretches[i] for i in group], min_face_px) for group in join(stretches)]
    named = [(one, one.naming) for one in found if one.naming is not None and one.naming.outcome == "known"]
    lost = set(one_to_one([(naming.student_id, naming.score, one.frames) for one, naming in named]))
    rest = [one for one in found if one.naming is None or one.naming.outcome != "known"]
    by_student: dict[int, list[_Found]] = {}
    for i, (one, naming) in enumerate(named):
        if i in lost:
            reason = "another face in the same picture is more clearly this person"
            rest.append(replace(one, naming=replace(naming, outcome="unsure", reason=reason), reason=reason))
        else:
            by_student.setdefault(naming.student_id, []).append(one)
    return [_merged(same) for same in by_student.values()] + rest


def _found(index: SchoolIndex, stretches: Sequence[Stretch], min_face_px: float) -> _Found:
    """Name a person by the looks that are good enough; the others show only where they were."""
    refusals = [_refusal(stretch, min_face_px) for stretch in stretches]
    clear = [stretch for stretch, reason in zip(stretches, refusals, strict=True) if reason is None]
    if not clear:
        best = max(range(len(stretches)), key=lambda i: float(stretches[i].weights.max()))
        return _Found(tuple(stretches), None, refusals[best] or "")
    naming = index.name(*looks_of(clear))
    return _Found(tuple(clear), naming, naming.reason)


def _refusal(stretch: Stretch, min_face_px: float) -> str | None:
    """Why the best look of a stretch is too poor to name anybody by, or None."""
    return refusal(measure_crop(stretch.crop, stretch.face_px), min_face_px)


def _merged(same: Sequence[_Found]) -> _Found:
    """The clearest finding of a student, with the stretches of all."""
    best = max(same, key=lambda one: one.naming.score if one.naming else 0.0)
    return replace(best, stretches=tuple(stretch for one in same for stretch in one.stretches))


def _reading_order(one: _Found) -> tuple[int, float]:
    first = min(one.frames)
    return first, min(float(stretch.boxes[first][0]) for stretch in one.stretches if first in stretch.boxes)


def _visitor(store: Store, one: _Found, info: SourceInfo, names: Sequence[str]) -> Visitor:
    naming = one.naming
    outcome: Outcome = naming.outcome if naming else "unclear"
    likely = naming if naming and outcome in ("known", "unsure") else None
    second = naming.runner_up if naming else None
    with store.read() as db:
        student = people.get_student_by_id(db, likely.student_id) if likely else None
        return Visitor(
            outcome=outcome,
            reason=one.reason,
            student=student,
            classes=tuple(people.classes_of(db, student.id)) if student else (),
            runner_up=people.get_student_by_id(db, second.student_id) if second else None,
            naming=naming,
            place=_place(one, info, names),
            box=_box(one.best),
            face_px=max(stretch.face_px for stretch in one.stretches),
            looks=sum(len(stretch.embeddings) for stretch in one.stretches),
            crop=one.best.crop,
        )


def _box(stretch: Stretch) -> tuple[int, int, int, int]:
    left, top, right, bottom = (round(float(value)) for value in stretch.boxes[min(stretch.boxes)])
    return left, top, right, bottom


def _place(one: _Found, info: SourceInfo, names: Sequence[str]) -> str:
    if info.kind == "image":
        return info.label
    if info.kind == "photos":
        return ", ".join(names[frame] if frame < len(names) else f"photo {frame + 1}" for frame in sorted(one.frames))
    first, last = min(each.first_s for each in one.stretches), max(each.last_s for each in one.stretches)
    return f"{first:.1f} to {last:.1f} s"


def _photo_names(source: str, info: SourceInfo) -> list[str]:
    """Names of a folder's photos in the order of their frames."""
    if info.kind != "photos":
        return []
    return [shown_name(one) for one in media_files(Path(source).expanduser()) if one.suffix.lower() in IMAGE_SUFFIXES]
