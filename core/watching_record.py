"""A student before a camera in, the passage and the marks of lessons that go on there out, in one transaction."""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import cv2
import numpy as np
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFoundError
from core.records import SchoolClass, Student
from core.settings import Settings
from core.store import marks, passages, people, register, statuses, watched
from core.store.database import Store
from core.store.passages import Direction, Passage, Seen
from core.vision.images import encode_png
from core.watching_faces import Spotted
from core.watching_source import Stamp

PICTURE_PX = 112
"""Side of the pictures that are kept: they are many, and a person sees on them who it is."""

EventKind = Literal["arrived", "seen again", "left"]


@dataclass(frozen=True, slots=True)
class Post:
    """What a camera stands for.

    source: as it is opened, for the rooms that have it.  school_class: only its students are recorded; None: all.
    """

    source: str
    camera: str
    direction: Direction
    school_class: SchoolClass | None = None


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark that somebody has in a lesson before the camera.  status: a code of the status set, letter: as shown."""

    class_code: str
    session_id: int
    status: str
    letter: str
    minutes_late: int | None


@dataclass(frozen=True, slots=True)
class Kept:
    """What was saved.  kind: None for somebody who is only still there; classes: codes of theirs."""

    kind: EventKind | None
    student: Student
    classes: tuple[str, ...]
    passage: Passage
    marked: tuple[Marked, ...]


class Recorder:
    """Saves who passes.  It remembers who passed within the quiet minutes, and nobody else."""

    def __init__(self, store: Store, settings: Settings, post: Post) -> None:
        self._store, self._settings, self._post = store, settings, post
        self._quiet_s = 60.0 * settings.quiet_minutes
        self._last: dict[int, Stamp] = {}

    def record(self, spotted: Spotted, stamp: Stamp) -> Kept | None:
        """Save that a student was there until ``stamp``.

        None for somebody who may not be recorded: who left the school, was erased, has no consent or is of another
        class.  Raises BusyError, DiskFullError and StoreError, and has then saved nothing.
        """
        stamp = self._steadied(spotted.student_id, stamp)
        lasted = timedelta(seconds=math.ceil(max(0.0, spotted.at_s - spotted.since_s)))
        seen = Seen(
            student_id=spotted.student_id,
            at=stamp.at.replace(microsecond=0),
            since=stamp.at.replace(microsecond=0) - lasted,
            camera=self._post.camera,
            direction=self._post.direction,
            confidence=spotted.confidence,
            picture=_picture(spotted),
        )
        kept = self._save(seen)
        if kept is not None:
            self._last = {one: last for one, last in self._last.items() if self._is_quiet(last, stamp)}
            last = self._last.get(spotted.student_id, stamp)
            self._last[spotted.student_id] = max(last, stamp, key=lambda one: one.steady_s)
        return kept

    def _is_quiet(self, last: Stamp, stamp: Stamp) -> bool:
        return abs(stamp.steady_s - last.steady_s) <= self._quiet_s

    def _steadied(self, student_id: int, stamp: Stamp) -> Stamp:
        """The moment counted on from when the student was seen last, so that a moved clock makes no second passage."""
        last = self._last.get(student_id)
        if last is None or not self._is_quiet(last, stamp):
            return stamp
        return Stamp(last.at + timedelta(seconds=stamp.steady_s - last.steady_s), stamp.steady_s)

    def _save(self, seen: Seen) -> Kept | None:
        settings, only = self._settings, self._post.school_class
        with self._store.transaction() as db:
            try:
                student = people.get_student_by_id(db, seen.student_id)
            except NotFoundError:
                return None  # Erased since the faces were read.
            classes = people.classes_of(db, student.id)
            elsewhere = only is not None and only.id not in {one.id for one in classes}
            if not student.recognisable or elsewhere:
                return None
            recorded = passages.record_sighting(db, seen, settings.quiet_minutes, clock.school_zone(settings))
            marked = () if seen.direction == "out" else tuple(self._mark(db, seen))
        kind = _kind(seen.direction, recorded.first_of_day) if recorded.new else None
        return Kept(kind, student, tuple(one.code for one in classes), recorded.passage, marked)

    def _mark(self, db: Session, seen: Seen) -> list[Marked]:
        """Mark the student in the lessons that go on here; nobody else's mark is touched."""
        early, only = self._settings.open_early_minutes, self._post.school_class
        class_id = None if only is None else only.id
        found = watched.open_lessons(
            db, seen.student_id, seen.at, source=self._post.source, class_id=class_id, early_minutes=early
        )
        marked = []
        for lesson in found:
            evidence = {seen.student_id: register.FaceEvidence(seen.confidence, seen.since or seen.at, seen.at)}
            late = self._settings.late_after_minutes
            register.merge_face_marks(
                db, lesson.session_id, evidence, [seen.student_id], late_after_minutes=late, taken=False
            )
            mark = marks.marks_of(db, [lesson.session_id]).get((lesson.session_id, seen.student_id))
            if mark is None:
                continue  # The lesson asks for the student's phone, too.
            state = mark.state
            letter = statuses.status_set(db)[state.status].letter
            marked.append(Marked(lesson.class_code, lesson.session_id, state.status, letter, state.minutes_late))
        return marked

    @property
    def remembered(self) -> int:
        """How many students are remembered."""
        return len(self._last)


def _kind(direction: Direction, first_of_day: bool) -> EventKind:
    if direction == "out":
        return "left"
    return "arrived" if first_of_day else "seen again"


def _picture(spotted: Spotted) -> bytes:
    small = cv2.resize(spotted.crop, (PICTURE_PX, PICTURE_PX), interpolation=cv2.INTER_AREA)
    return encode_png(np.asarray(small, dtype=np.uint8))
