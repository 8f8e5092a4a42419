"""A marking that is watched: pictures with names, events, progress, and marks that are saved while it goes on.

Everything here is called by the thread that marks; whoever watches takes what is told and returns at once.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Literal

from sqlalchemy.orm import Session

from core.errors import BusyError, CancelledError, DiskFullError
from core.marking_record import KeptFace, Lesson, Recorder, Saved
from core.recognising import STOPPED, Naming
from core.recognition.classifier import Integers
from core.recognition.people import Person
from core.records import Floats, Frame, Image, Student
from core.store import rejections
from core.store.database import Store
from core.vision.sources import Source, open_source
from core.vision.tracker import Track
from core.waits import Share

SAVE_EVERY_S = 2.0
"""So often at most what changed is saved."""
LOOK_EVERY_S = 0.5
"""So often at most everybody is decided about, if there was nothing to save."""
LEAST_SHARE = 10.0
"""Deciding and saving takes at most one of so many seconds, however long the lesson has become."""
AHEAD_S = 2.0
"""So much of it may be taken ahead: in the first seconds all are recognised, and are waited for."""
WIDEN_S = 30.0
"""Who is simply still there is saved this often."""
RIPE_S = 4.0
"""A face that is still in the picture is brought to review, or counted as unknown, only after it was followed this
long: until then the next look may name it."""
POLL_S = 0.1
"""Waiting is cut into pieces, so that it can be stopped."""
STORE_AGAIN_S = 3.0
"""So long after the last save failed it is tried again."""

State = Literal["sure", "unsure", "unknown", "open"]
"""sure: recognised, and saved as such; unsure: perhaps this student; open: not known yet."""
Kind = Literal["sure", "withdrawn", "review", "unknown", "gone"]


class Control:
    """Ends or halts a marking from any thread."""

    def __init__(self) -> None:
        self.ending = Event()
        self._cancelled, self._going = Event(), Event()
        self._going.set()
        self.is_storing = False
        """Whether all was looked at, and it waits until that can be stored: cancelling it would lose marks."""
        self.by_hand = True
        """Whether it is a person who stops it."""

    def stop(self) -> None:
        """End it; what was seen until then counts and is saved."""
        self.ending.set()

    def cancel(self) -> None:
        """End it and keep nothing but what was saved already; ``mark`` raises CancelledError."""
        self._cancelled.set()
        self.ending.set()

    def pause(self) -> None:
        """Look at nothing until :meth:`resume`; a recording waits, a camera goes on without being looked at."""
        self._going.clear()

    def resume(self) -> None:
        """Go on after :meth:`pause`."""
        self._going.set()

    @property
    def stopped(self) -> bool:
        """Whether it was stopped or cancelled."""
        return self.ending.is_set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    @property
    def paused(self) -> bool:
        return not self._going.is_set()

    def rest(self, seconds: float) -> None:
        """Return after so many seconds, or once it is cancelled."""
        self._cancelled.wait(seconds)

    def wait(self) -> None:
        """Return when it is not paused, or has ended."""
        while not self.ending.is_set() and not self._going.wait(POLL_S):
            pass


@dataclass(frozen=True, slots=True, eq=False)
class ShownFace:
    """A face of a picture.  box: ``(4,) xyxy`` pixels; track: the same number while the face is followed."""

    box: Floats
    track: int
    state: State
    student: Student | None


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture that was searched, ``(h, w, 3) uint8 BGR``, not to be written into; time_s: seconds from the start."""

    image: Image
    time_s: float
    faces: tuple[ShownFace, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FaceEvent:
    """Something the register has since this moment.

    sure: the student is recognised; withdrawn: the student is not any more; review, unknown: a face for a person to
    decide on; gone: a face turned out to be part of another.  student: whom it is about or the likeliest, None for
    unknown.  sighting: the number for :mod:`core.review`, None for withdrawn.  crop: ``(160, 160, 3) uint8 BGR``, also
    where no picture is stored.
    """

    kind: Kind
    session_id: int
    student: Student | None
    sighting: int | None = None
    confidence: float | None = None
    reason: str = ""
    crop: Image | None = None


@dataclass(frozen=True, slots=True)
class Advance:
    """How far it is.  of_frames, of_seconds: None where there is no end; left_s: estimated seconds to wait, or None."""

    frames: int
    of_frames: int | None
    seconds: float
    of_seconds: float | None
    left_s: float | None


def _ignore(_: object) -> None:
    """For whoever does not want to know."""


@dataclass(frozen=True, slots=True, eq=False)
class Watching:
    """Who watches a marking, and how it is controlled.

    picture, event, advance, note: called by the marking thread, events after they were saved; note: a sentence to tell.
    opened: opens the source.
    """

    picture: Callable[[Picture], None] = _ignore
    event: Callable[[FaceEvent], None] = _ignore
    advance: Callable[[Advance], None] = _ignore
    note: Callable[[str], None] = _ignore
    control: Control = field(default_factory=Control)
    opened: Callable[[str], Source] = open_source


class Live:
    """One marking between the pictures and those who watch; what :func:`core.recognising.recognise` calls."""

    def __init__(self, store: Store, watching: Watching, recorder: Recorder, lesson: Lesson, source: Source) -> None:
        self._store, self._watching, self._recorder, self._source = store, watching, recorder, source
        self._roster, self._model_key = lesson.roster, lesson.classifier.model_key
        self._labels: dict[int, tuple[State, int | None]] = {}
        self._looks = self._pictures = 0
        self._signature: frozenset[tuple[str, int, frozenset[int]]] = frozenset()
        self._began_s, self._halted_s = time.monotonic(), 0.0
        self._next_s = self._widened_s = self._began_s
        self._share = Share(LEAST_SHARE, AHEAD_S, self._began_s)
        with store.read() as db:
            self._rejected = self._count(db)

    def see(self, frame: Frame, tracks: Sequence[Track]) -> None:
        """A picture was searched."""
        self._pictures += 1
        faces = tuple(self._shown(track) for track in tracks)
        self._watching.picture(Picture(frame.image, frame.time_s, faces))

    def step(self, naming: Naming) -> None:
        """Between two pictures: tell how far it is, save what changed, wait while it is paused."""
        control = self._watching.control
        self._advanced()
        if time.monotonic() >= self._next_s or control.paused:
            self._save(naming)
        if control.paused:
            halted_s = time.monotonic()
            control.wait()
            self._halted_s += time.monotonic() - halted_s
        self._check()

    def end(self, naming: Naming) -> None:
        """After the last picture, before the last decision."""
        self._check()
        if self._watching.control.stopped and not self._pictures:
            raise CancelledError("Marking was stopped before a picture was seen, so nobody was marked.")
        self._learn(naming)

    def save_last(self, persons: Sequence[Person]) -> Saved:
        """Save everybody; where that cannot be, it is told who waits for it, and tried until it can be.

        Closing the lesson meanwhile would make absent whom the camera saw.  Raises CancelledError with their names.
        """
        control = self._watching.control
        while True:
            try:
                return self._recorder.save(persons)
            except (BusyError, DiskFullError) as error:
                waiting = self._recorder.not_saved(persons)
                control.is_storing = True
                self._watching.note(" ".join(filter(None, [str(error), waiting, "It is tried again."])))
                control.rest(STORE_AGAIN_S)
                if control.cancelled:
                    sentences = filter(None, ["Marking was cancelled.", waiting, "What was in the register stays."])
                    raise CancelledError(" ".join(sentences)) from error

    def ended(self, saved: Saved) -> tuple[str, ...]:
        """The last decision was saved; sentences worth telling."""
        self._told(saved)
        control = self._watching.control
        if not (control.stopped and control.by_hand):
            return ()
        source = self._source
        if source.live:
            return (STOPPED,)
        unit = f"{source.seconds_read:.0f} seconds" if source.continuous else f"{source.frames_read} photos"
        return (f"Marking was stopped by hand after {unit}; everything seen until then is in the register.",)

    def _check(self) -> None:
        if self._watching.control.cancelled:
            raise CancelledError("Marking was cancelled. What was in the register until then stays.")

    def _shown(self, track: Track) -> ShownFace:
        state, student = self._labels.get(track.number, ("open", None))
        if state == "open" and track.opinion.student_id is not None:
            # A first guess: it is shown as sure when it is saved.
            state, student = "unsure", track.opinion.student_id
        elif state == "open" and track.opinion.settled:
            state = "unknown"
        return ShownFace(track.box, track.number, state, self._student(student))

    def _student(self, student_id: int | None) -> Student | None:
        return None if student_id is None else self._roster.get(student_id)

    def _advanced(self) -> None:
        source, info = self._source, self._source.info
        spent_s = time.monotonic() - self._began_s - self._halted_s
        left_s = None
        if not source.live and info.frames and source.frames_read:
            left_s = max(0.0, spent_s * (info.frames / source.frames_read - 1))
        self._watching.advance(Advance(source.frames_read, info.frames, source.seconds_read, info.seconds, left_s))

    def _save(self, naming: Naming) -> None:
        began_s = time.monotonic()
        wait_s = SAVE_EVERY_S
        try:
            # The first who is recognised does not wait because somebody unknown was saved before.
            if not (self._save_now(naming, began_s) and any(kind == "sure" for kind, *_ in self._signature)):
                wait_s = LOOK_EVERY_S
        except (BusyError, DiskFullError) as error:
            self._watching.note(f"{error} It is tried again.")
        now_s = time.monotonic()
        self._next_s = now_s + max(wait_s, self._share.rest(now_s - began_s, now_s))

    def _save_now(self, naming: Naming, now_s: float) -> bool:
        """Whether there was something to save."""
        self._learn(naming)
        still_open = naming.still_open()
        looks = naming.looks + sum(len(one.embeddings) for one in still_open)
        widen = now_s - self._widened_s >= WIDEN_S
        if looks == self._looks and not widen:
            return False
        open_tracks = frozenset().union(*(one.tracks for one in still_open))
        everybody = naming.name(still_open)
        naming.condense(everybody)
        persons = [one for one in everybody if _is_ripe(one, open_tracks)]
        signature = frozenset((one.decision.outcome, one.decision.student_id, one.tracks) for one in persons)
        changed = signature != self._signature or (widen and bool(persons))
        if changed:
            self._told(self._recorder.save(persons, final=False))
            self._signature, self._widened_s = signature, now_s
        self._looks = looks
        return changed

    def _learn(self, naming: Naming) -> None:
        """What a person says of faces meanwhile counts from now on."""
        with self._store.read() as db:
            count = self._count(db)
            if count == self._rejected:
                return
            rejected_of, rejected = self._faces(db)
        naming.reject(rejected_of, rejected)
        self._rejected, self._looks = count, 0

    def _count(self, db: Session) -> int:
        return rejections.count_rejections(db, list(self._roster))

    def _faces(self, db: Session) -> tuple[Integers, Floats]:
        return rejections.load_embeddings(db, list(self._roster), self._model_key)

    def _told(self, saved: Saved) -> None:
        self._labels = dict(_labels(saved.faces))
        session_id = saved.session.id
        for student in saved.withdrawn:
            self._watching.event(FaceEvent("withdrawn", session_id, self._student(student)))
        for number in saved.removed:
            self._watching.event(FaceEvent("gone", session_id, None, number))
        for face in saved.faces:
            if face.anew and face.kind != "elsewhere":
                self._watching.event(self._event(session_id, face))

    def _event(self, session_id: int, face: KeptFace) -> FaceEvent:
        kinds: dict[str, Kind] = {"present": "sure", "review": "review"}
        decision = face.person.decision
        return FaceEvent(
            kind=kinds.get(face.kind, "unknown"),
            session_id=session_id,
            student=self._student(face.student_id),
            sighting=face.number,
            confidence=decision.confidence,
            reason=decision.reason,
            crop=face.person.best.crop,
        )


def _labels(faces: Iterable[KeptFace]) -> Iterable[tuple[int, tuple[State, int | None]]]:
    """What is shown for each track; where it shows several, one after another, the last of them."""
    states: dict[str, State] = {"present": "sure", "review": "unsure"}
    for face in sorted(faces, key=lambda one: one.person.last_s):
        for track in face.person.tracks:
            yield track, (states.get(face.kind, "unknown"), face.student_id)


def _is_ripe(person: Person, open_tracks: frozenset[int]) -> bool:
    return (
        person.decision.outcome == "sure"
        or not person.tracks <= open_tracks
        or person.last_s - person.first_s >= RIPE_S
    )
