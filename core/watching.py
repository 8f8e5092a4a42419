"""A camera that runs all day: whoever passes is in the register within seconds, and saved before it is told.

The home is not locked, so that nobody's command has to wait for a camera: each passage is one short transaction of the
database, and nothing else is written.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from threading import Event

from core import clock
from core.access import guarded
from core.engine import Engine
from core.errors import BusyError, DiskFullError, InputError
from core.records import Frame, Progress, ProgressSink, no_progress
from core.settings import Settings
from core.store import people
from core.store.database import Store
from core.store.passages import DIRECTIONS, Direction, Passage, events_from
from core.store.rooms import IN_ROOM, camera_of
from core.store.text import clean_text
from core.vision.face_size import choose_min_face
from core.vision.follow import Following, follow_faces
from core.vision.sources import Source, SourceInfo
from core.vision.tracker import Track
from core.watching_faces import LEAST_FACE_PX, REFRESH_S, Everybody, Refresher, Spotted, Spotter, everybody
from core.watching_record import Kept, Post, Recorder
from core.watching_source import Moments, Patience, Stamp, steady_s, stoppable

WAITING = 200
"""So many people are kept waiting while the database cannot be written; older ones give way."""
RETRY_S = 5.0
"""How soon writing is tried again."""
LAST_NOTES = 50
"""So many sentences about the camera are kept for the summary."""


@dataclass(frozen=True, slots=True)
class WatchRequest:
    """What to watch.

    source: a camera, an address, a recording (for try-outs), or ``room:NAME`` for the camera of a room.  camera: its
    name in the register, else the room's or the source's own.  direction: how people pass it.  class_code: only this
    class is recorded, and its open session is marked.  seconds: how long a camera is watched, None until it is stopped.
    at: when a recording began (aware), else now.
    """

    source: str
    camera: str | None = None
    direction: Direction = "both"
    class_code: str | None = None
    seconds: float | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """Something to tell.  kept: who passed, saved already; None for a sentence about the camera, ``text``.

    lost: whether the camera stopped sending pictures or sends them again; None where the sentence is about neither.
    """

    at: datetime
    kept: Kept | None = None
    text: str = ""
    lost: bool | None = None


EventSink = Callable[[WatchEvent], None]


@dataclass(frozen=True, slots=True)
class WatchResult:
    """What came of it.  passages: new ones; students: how many different people; seconds: how long was watched.

    first_id, last_id: numbers of the first and last new passage, None without any.
    """

    camera: str
    passages: int
    students: int
    frames: int
    looked_at: int
    faces: int
    seconds: float
    notes: tuple[str, ...]
    first_id: int | None = None
    last_id: int | None = None


@guarded
def watch(
    store: Store,
    engine: Engine,
    settings: Settings,
    request: WatchRequest,
    on_event: EventSink,
    progress: ProgressSink = no_progress,
    *,
    stop: Event | None = None,
    patience: Patience | None = None,
    refresh_s: float = REFRESH_S,
) -> WatchResult:
    """Record whoever passes until the source ends, the time is over, ``stop`` is set or Ctrl-C is pressed.

    on_event is called after each passage was saved.  A camera that drops out is tried again with ``patience``; a
    recording has an end.  refresh_s: how often it is looked whether the school changed.
    Raises InputError for a source that cannot be watched, NotFoundError for the class, ClassifierError when nobody is
    enrolled.
    """
    if request.direction not in DIRECTIONS:
        raise InputError(f"The direction is one of {', '.join(DIRECTIONS)}.")
    with store.read() as db:
        only = people.get_class(db, request.class_code) if request.class_code else None
        room = request.source.removeprefix(IN_ROOM) if request.source.startswith(IN_ROOM) else ""
        request = replace(request, source=camera_of(db, request.source), camera=request.camera or room)
    first = everybody(store, engine.model_key)
    stop, patience = stop or Event(), patience or Patience()
    with patience.open(request.source) as source, Refresher(store, engine.model_key, first, refresh_s) as refresher:
        if not source.continuous:
            raise InputError("Photos cannot be watched. Give a camera or a video, or mark them: app.py mark CLASS FILE")
        camera = clean_text(request.camera or "") or source.info.label
        recorder = Recorder(store, settings, Post(request.source, camera, request.direction, only))
        engine = engine.searching_from(_min_face(settings, source.info))
        run = _Watch(engine, settings, request, recorder, refresher, first, patience, on_event, progress, stop)
        run.note(*first.notes)
        run.all_day(source)
    return run.result(camera)


@guarded
def recorded(store: Store, result: WatchResult) -> list[Passage]:
    """The passages that were recorded, as the register has them."""
    if result.first_id is None or result.last_id is None:
        return []
    with store.read() as db:
        return events_from(db, result.first_id, result.last_id, result.camera)


def _min_face(settings: Settings, info: SourceInfo) -> int:
    """Not smaller than what may name anybody: a door is near its camera."""
    if settings.min_face_px != "auto":
        return settings.min_face_px
    return max(LEAST_FACE_PX, choose_min_face(info.width, info.height, []))


@dataclass(slots=True)
class _Count:
    """What is summed up over all the times the camera was connected."""

    passages: int = 0
    frames: int = 0
    looked_at: int = 0
    faces: int = 0
    students: set[int] = field(default_factory=set)
    seconds: float = 0.0
    first_id: int | None = None
    last_id: int | None = None


class _Watch:
    """One camera being watched.  Whatever it keeps is bounded by the faces in view or the size of the school."""

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        request: WatchRequest,
        recorder: Recorder,
        refresher: Refresher,
        first: Everybody,
        patience: Patience,
        on_event: EventSink,
        progress: ProgressSink,
        stop: Event,
    ) -> None:
        self._engine, self._settings, self._request = engine, settings, request
        self._recorder, self._refresher, self._patience = recorder, refresher, patience
        self._on_event, self._progress, self._stop = on_event, progress, stop
        self._known = first.known
        self._notes: deque[str] = deque(maxlen=LAST_NOTES)
        self._waiting: deque[tuple[Spotted, Stamp]] = deque(maxlen=WAITING)
        self._retry_s = 0.0
        self._lost_s: float | None = None
        self._count = _Count()
        self._began_s, self._began_at = time.monotonic(), request.at or clock.now()

    def all_day(self, source: Source) -> None:
        """Follow the source; a camera that drops out is connected again."""
        try:
            self._follow(source)
            while source.live and not self._over():
                source.close()
                if self._lost_s is None:
                    self._lost_s = steady_s()
                    self.note(f"{source.info.label} sends no pictures; it is tried again until it does.", lost=True)
                again = self._patience.open_again(self._request.source, self._over)
                if again is not None:
                    with again:
                        self._follow(again)
        except KeyboardInterrupt:
            self._stop.set()
        self._write(force=True)
        if self._waiting:
            self.note(f"{len(self._waiting)} passages could not be saved; see the sentences above.")

    def note(self, *sentences: str, lost: bool | None = None) -> None:
        """Tell sentences about the camera."""
        for text in sentences:
            self._notes.append(text)
            self._on_event(WatchEvent(clock.now(), text=text, lost=lost))

    def result(self, camera: str) -> WatchResult:
        """The summary."""
        count = self._count
        return WatchResult(
            camera=camera,
            passages=count.passages,
            students=len(count.students),
            frames=count.frames,
            looked_at=count.looked_at,
            faces=count.faces,
            seconds=count.seconds,
            notes=tuple(self._notes),
            first_id=count.first_id,
            last_id=count.last_id,
        )

    def _over(self) -> bool:
        seconds = self._request.seconds
        return self._stop.is_set() or (seconds is not None and time.monotonic() - self._began_s >= seconds)

    def _left_s(self, live: bool) -> float | None:
        """How much longer to watch, on the source's own clock."""
        seconds = self._request.seconds
        if seconds is None or not live:
            return seconds
        return max(0.0, seconds - (time.monotonic() - self._began_s))

    def _follow(self, source: Source) -> None:
        """Watch until the source ends or drops out."""
        following = Following()
        moments = Moments(None if source.live else self._began_at)
        spotter = Spotter(self._known, lambda spotted: self._take(spotted, moments))
        stretches = follow_faces(
            stoppable(source, self._stop),
            self._engine,
            self._settings.looks_per_second,
            following,
            self._progressed,
            until_s=self._left_s(source.live),
            judge=spotter.judge,
            watch=partial(self._see, source, spotter, moments),
            passing=True,
        )
        try:
            for stretch in stretches:
                spotter.end(stretch)
        except InputError:
            # It opened but shows nothing: at the start a sentence for whoever set it up, later a drop-out.
            if not self._count.frames:
                raise
        except KeyboardInterrupt:
            self._stop.set()
            for stretch in stretches:
                spotter.end(stretch)
        finally:
            self._sum_up(following)
        if following.stopped:
            self._stop.set()
        elif not source.live:
            self.note(*following.problems)

    def _sum_up(self, following: Following) -> None:
        self._count.frames += following.frames
        self._count.looked_at += following.looked_at
        self._count.faces += following.faces
        self._count.seconds += following.seconds

    def _see(self, source: Source, spotter: Spotter, moments: Moments, frame: Frame, tracks: "list[Track]") -> None:
        moments.shown(source, frame)
        if self._lost_s is not None:
            self.note(f"{source.info.label} is back after {steady_s() - self._lost_s:.0f} s.", lost=False)
            self._lost_s = None
            self._patience.rewarded()
        fresh = self._refresher.poll(steady_s())
        if fresh is not None:
            self._known = spotter.known = fresh.known
            self.note(*fresh.notes)
        spotter.see(frame, tracks)
        self._write()

    def _progressed(self, done: Progress) -> None:
        text = f"{self._count.passages} passages, {done.text}"
        self._progress(Progress(done.done, done.total, text))

    def _take(self, spotted: Spotted, moments: Moments) -> None:
        self._waiting.append((spotted, moments.stamp(spotted.at_s)))
        self._write()

    def _write(self, *, force: bool = False) -> None:
        """Save who is waiting, oldest first; what cannot be saved now stays."""
        if not self._waiting or (not force and steady_s() < self._retry_s):
            return
        while self._waiting:
            spotted, stamp = self._waiting[0]
            try:
                kept = self._recorder.record(spotted, stamp)
            except (BusyError, DiskFullError) as error:
                if not self._retry_s:
                    self.note(f"{error} Whoever passes meanwhile is saved as soon as that is possible.")
                self._retry_s = steady_s() + RETRY_S
                return
            self._waiting.popleft()
            self._retry_s = 0.0
            if kept is not None:
                self._told(kept)

    def _told(self, kept: Kept) -> None:
        self._count.students.add(kept.student.id)
        if kept.kind is not None:
            number = kept.passage.id
            self._count.passages += 1
            self._count.first_id, self._count.last_id = self._count.first_id or number, number
            self._on_event(WatchEvent(kept.passage.first_at, kept))

    @property
    def remembered(self) -> int:
        """How many things are kept in memory, beside the school itself."""
        return len(self._waiting) + len(self._notes) + self._recorder.remembered
