"""Faces of a capture on their way into the store: compared with what is there, and stored in a thread of its own."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
from sqlalchemy.orm import Session

from core.engine import Engine
from core.enrolment import NOT_SAME_STUDENT, SAID_NO, prune, store_sample
from core.errors import BusyError, ConsentError, InputError, RollcallError
from core.likeness import SAME_FOLDER, SAME_PERSON, load_others, means_of, same_person, told_names
from core.recognition.variety import is_new
from core.records import Floats, Student
from core.store import audit, consents, people, samples
from core.store.database import Store
from core.vectors import normalised
from core.vision.candidates import Candidate
from core.vision.pose import Pose
from core.vision.quality import refusal

AT_ONCE = 8
"""So many faces are stored in one transaction at most."""
MOST_WAITING = 16
"""With so many faces waiting the next ones are passed over, so that a slow computer's memory does not fill."""
HANDFUL, HANDFUL_S = 4, 0.5
"""So many are gathered first, for so long at most: four together take the network half the time of four alone."""
AGAIN_S = 1.0
"""Where another program writes it is tried again after so long."""
ALIKE, SAME = "too much like the pictures before", "the same picture is stored already"
"""Why a good face is not taken of somebody who does not move."""
ENOUGH_TO_JUDGE = 3
"""Faces of a student needed before another one can be said to be somebody else's."""


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """A face that may be stored.  by_hand: somebody asked for this very one."""

    face: Candidate
    pose: Pose | None
    by_hand: bool


def check_student(db: Session, class_code: str, roll: str) -> tuple[Student, int]:
    """The student, whose face may be taken, and the class's id.

    Raises NotFoundError, InputError for who is not of the class, ConsentError.
    """
    school_class = people.get_class(db, class_code)
    student = people.get_student(db, roll)
    if all(one.id != student.id for one in people.roster(db, school_class.id)):
        raise InputError(f"{student.roll} {student.name} is not on the roster of {school_class.code}.")
    _check_consent(db, student)
    return student, school_class.id


def _check_consent(db: Session, student: Student) -> None:
    if student.id in consents.objectors(db):
        raise ConsentError(f"{student.roll} {SAID_NO}.")
    if not student.consent:
        raise ConsentError(f"{student.roll} has no recorded consent, so no face is taken. Record the consent first.")
    if not student.active:
        raise InputError(f"{student.roll} does not come any more, so no face is taken.")


class CaptureStore:
    """Where a capture puts its faces; a context that waits for what is still to be stored."""

    def __init__(self, store: Store, engine: Engine, student: Student, class_id: int, source: str, limit: int) -> None:
        """source: for people, without passwords; limit: so many samples are kept of a student."""
        self._store, self._engine, self._student, self._class_id = store, engine, student, class_id
        self._source, self._limit = source, limit
        with store.read() as db:
            _, self._own, _ = samples.load_embeddings(db, [student.id], engine.model_key)
            self._others = load_others(db, student.id, engine.model_key)
            self._names = told_names(db)
        self._means = means_of(self._others)
        self._new = np.empty((0, self._own.shape[1]), dtype=np.float32)
        self._lock = threading.Lock()
        self._waiting: list[Offer] = []
        self._due_s = self._again_s = 0.0
        self._poses: Counter[Pose] = Counter()
        self._by_hand, self._kept, self._said = 0, len(self._own), ""
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="storing")
        self._running: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            # What was good before it went wrong is kept; that this fails too is no news.
            with suppress(RollcallError):
                self.finish()
        self._pool.shutdown()

    def offer(self, offer: Offer, *, wait: bool) -> None:
        """Have a face compared and stored.  wait: until there is room; else what is too much is passed over, unless
        somebody asked for it.
        """
        with self._lock:
            count = len(self._waiting)
        if count >= MOST_WAITING and wait:
            self.finish()
        elif count >= MOST_WAITING and not offer.by_hand:
            return
        with self._lock:
            if not self._waiting:
                self._due_s = time.monotonic() + HANDFUL_S
            self._waiting.append(offer)
        self.check()

    def check(self) -> None:
        """Go on storing what waits.  Raises what went wrong with that, unless it is to be tried again."""
        if self._running is not None and self._running.done():
            with suppress(BusyError):
                self._take_result()
        if self._running is None and self._is_due():
            self._start()

    def finish(self) -> None:
        """Wait until all is stored.  Raises what went wrong with that."""
        while True:
            if self._running is not None:
                self._take_result()
            with self._lock:
                waiting = bool(self._waiting)
            if not waiting:
                return
            self._start()

    def state(self) -> tuple[dict[Pose, int], int, int, str]:
        """How many were stored of each pose and of none, how many there are now, and why the last one was not."""
        with self._lock:
            return dict(self._poses), self._by_hand, self._kept, self._said

    def with_waiting(self) -> Counter[Pose]:
        """How many there are of each pose, those that are on their way too."""
        with self._lock:
            return self._poses + Counter(one.pose for one in self._waiting if one.pose is not None)

    def _is_due(self) -> bool:
        with self._lock:
            count, asked = len(self._waiting), any(one.by_hand for one in self._waiting)
        now_s = time.monotonic()
        return count > 0 and now_s >= self._again_s and (asked or count >= HANDFUL or now_s >= self._due_s)

    def _start(self) -> None:
        # With who acts.
        self._running = self._pool.submit(copy_context().run, self._store_waiting)

    def _take_result(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            try:
                running.result()
            except BusyError as error:
                self._again_s = time.monotonic() + AGAIN_S
                with self._lock:
                    self._said = str(error)
                raise

    def _store_waiting(self) -> None:
        with self._lock:
            offers = self._waiting[:AT_ONCE]
        embeddings = self._engine.embedder.represent(np.stack([one.face.crop for one in offers]))
        before = self._new
        try:
            accepted, reasons, kept = self._store_offers(offers, embeddings)
        except RollcallError:
            # Nothing of it is in the store.
            self._new = before
            raise
        with self._lock:
            del self._waiting[: len(offers)]
            self._poses.update(one.pose for one in accepted if one.pose is not None)
            self._by_hand += sum(one.pose is None for one in accepted)
            # One that was taken says more to who moves than one that was not.
            self._kept, self._said = kept, "" if accepted else reasons[-1]

    def _store_offers(self, offers: Sequence[Offer], embeddings: Floats) -> tuple[list[Offer], list[str], int]:
        """In one transaction; those that were taken, why the others were not, and how many there are now."""
        accepted, reasons = [], []
        with self._store.transaction() as db:
            # It may have been withdrawn meanwhile.
            _check_consent(db, people.get_student_by_id(db, self._student.id))
            for offer, embedding in zip(offers, embeddings, strict=True):
                reason = self._refusal(offer, embedding) or self._add(db, offer, embedding)
                if reason:
                    reasons.append(reason)
                else:
                    accepted.append(offer)
            kept = prune(db, self._student.id, self._engine.model_key, self._limit) if accepted else self._kept
        return accepted, reasons, kept

    def _refusal(self, offer: Offer, embedding: Floats) -> str | None:
        """Why a face is not stored, in words; None when it is."""
        poor = refusal(offer.face.quality)
        if poor is not None:
            return poor
        mean = normalised(np.concatenate([self._new, embedding[None]]).mean(axis=0)[None])
        double = same_person(embedding[None], self._others, SAME_PERSON)[0]
        twin = same_person(mean, self._means, SAME_FOLDER)[0] if double is None else double
        if twin is not None:
            return f"this face is already enrolled as {self._names[twin]}"
        mine = np.concatenate([self._own, self._new])
        if len(mine) >= ENOUGH_TO_JUDGE and float(normalised(mine.mean(axis=0)) @ embedding) < NOT_SAME_STUDENT:
            return "does not look like the other pictures of this student"
        if not offer.by_hand and not is_new(embedding, self._new):
            return ALIKE
        return None

    def _add(self, db: Session, offer: Offer, embedding: Floats) -> str | None:
        if not store_sample(db, self._student.id, offer.face, embedding, self._engine.model_key):
            return SAME
        if not len(self._new):
            # With the first face, so that none is ever stored without it.
            where = {"source": self._source}
            audit.record(db, None, "faces.capture", class_id=self._class_id, student_id=self._student.id, after=where)
        self._new = np.concatenate([self._new, embedding[None]])
        return None
