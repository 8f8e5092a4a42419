"""Faces before a camera that runs all day in, students of the school out, as soon as each is sure."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

import numpy as np

from core.errors import BusyError, ClassifierError
from core.recognition.evidence import Stretch
from core.recognition.passing import Known, opinion, passer
from core.records import OPEN, Floats, Frame, Image, Opinion
from core.school import open_school, school_state
from core.store import people, rejections
from core.store.database import Store
from core.vision.follow import LONGEST_S
from core.vision.looks import weight
from core.vision.quality import refusal
from core.vision.tracker import FORGET_S, Track
from core.watching_source import steady_s

REFRESH_S = 120.0
"""So often it is looked whether students or faces came or went."""
LEAST_FACE_PX = 40
"""A smaller face names nobody."""


@dataclass(frozen=True, slots=True, eq=False)
class Spotted:
    """A student before the camera from ``since_s`` to ``at_s``, seconds of the source.

    crop: ``(160, 160, 3) uint8 BGR``.
    """

    student_id: int
    confidence: float
    since_s: float
    at_s: float
    crop: Image


@dataclass(frozen=True, slots=True, eq=False)
class Everybody:
    """Who may be named, None while nobody can be.  state: changes with the students and their faces."""

    known: Known | None
    state: str
    notes: tuple[str, ...] = ()


def everybody(store: Store, model_key: str, before: Everybody | None = None) -> Everybody:
    """Whom the whole school can be recognised as.

    before: what is used now, whose index is kept while nothing changed.  Raises ClassifierError when nobody has a
    usable sample, unless there was somebody before.
    """
    state = school_state(store, model_key)
    with store.read() as db:
        ids = [one.id for one in people.list_students(db) if one.consent]
        rejected_of, rejected = rejections.load_embeddings(db, ids, model_key)
    if before is not None and before.state == state:
        known = before.known and replace(before.known, rejected=rejected, rejected_of=rejected_of)
        return replace(before, known=known, notes=())
    try:
        school = open_school(store, model_key)
    except ClassifierError:
        if before is None:
            raise
        return Everybody(None, state)
    return Everybody(Known(school.index, rejected, rejected_of), state, school.notes)


class Refresher:
    """Looks in a thread whether the school changed, so that the camera is never waited for."""

    def __init__(self, store: Store, model_key: str, first: Everybody, every_s: float = REFRESH_S) -> None:
        self._store, self._model_key, self._every_s = store, model_key, every_s
        self._now = first
        self._looked_s = steady_s()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="school")
        self._running: Future[Everybody] | None = None

    def poll(self, now_s: float) -> Everybody | None:
        """Everybody anew if the thread has finished looking, else None.  now_s: of :func:`steady_s`."""
        if self._running is None:
            if now_s - self._looked_s >= self._every_s:
                self._looked_s = now_s
                self._running = self._pool.submit(everybody, self._store, self._model_key, self._now)
            return None
        if not self._running.done():
            return None
        running, self._running = self._running, None
        # Somebody else holds the database: the next look will tell.
        with suppress(BusyError):
            self._now = running.result()
        return self._now

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown()


class Spotter:
    """Names tracks while they are being followed, and once more when they end.

    What it remembers is bounded by the faces in view: which of the tracks it has told of.
    """

    def __init__(self, known: Known | None, tell: Callable[[Spotted], None]) -> None:
        self.known = known
        self._tell = tell
        self._told: dict[int, float] = {}

    def judge(self, embeddings: Floats, weights: Floats) -> Opinion:
        """What the looks at a face come to by now."""
        return OPEN if self.known is None else opinion(self.known, embeddings, weights)

    def see(self, frame: Frame, tracks: Sequence[Track]) -> None:
        """Tell of those who have just become sure."""
        self._told = {number: at for number, at in self._told.items() if frame.time_s - at <= FORGET_S + LONGEST_S}
        for track in tracks:
            if track.opinion.student_id is None or track.number in self._told:
                continue
            looks = [look for look in track.looks if look.embedding is not None]
            best = max(looks, key=weight)
            faces = np.stack([look.embedding for look in looks if look.embedding is not None])
            weights = np.array([weight(look) for look in looks], dtype=np.float32)
            largest = max(float(min(box[2] - box[0], box[3] - box[1])) for box in track.boxes)
            clear = not refusal(replace(best.quality, face_px=largest), LEAST_FACE_PX)
            if clear and self._spot(faces, weights, best.crop, track.first_s, track.last_s):
                self._told[track.number] = track.last_s

    def end(self, stretch: Stretch) -> None:
        """Tell of whoever a finished stretch shows."""
        if not refusal(replace(stretch.quality, face_px=stretch.face_px), LEAST_FACE_PX):
            self._spot(stretch.embeddings, stretch.weights, stretch.crop, stretch.first_s, stretch.last_s)

    def _spot(self, faces: Floats, weights: Floats, crop: Image, since_s: float, at_s: float) -> bool:
        if self.known is None:
            return False
        found = passer(self.known, faces, weights)
        if found.student_id is None:
            return False
        self._tell(Spotted(found.student_id, found.confidence, since_s, at_s, crop))
        return True

    @property
    def remembered(self) -> int:
        """How many tracks are remembered."""
        return len(self._told)
