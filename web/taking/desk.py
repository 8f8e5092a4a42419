"""Where markings and works with faces are asked for: one at a time, the others wait; it sees to what nobody ends."""

import math
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from core.actor import Actor, acting
from core.errors import BusyError, NotFoundError, RollcallError
from core.locks import taking_lock
from core.review import Saying
from core.settings import load_settings
from core.store.database import Store
from core.taking import Taking, taking_of
from core.uploads import Uploads, remove
from web.taking.job import LOST, Errand, Job, Marking
from web.taking.messages import Camera, Ended, Review, Shot, Stop, Told, Wish
from web.taking.worker import Worker

MOST_WAITING = 5
FRAME_S = 1.5
"""A live picture is answered after so long although nobody took it yet."""
REVIEW_S = 90.0
TICK_S = 0.5
SILENT_S = 20.0
"""A page that sends no pictures for so long was closed: what was seen until then counts."""
SILENT = "The page sent no more pictures, so taking attendance was ended."
SHARED = "Taking attendance was ended after a while, so that others can do so."
LIVE_S, SHARED_S = 900.0, 180.0
"""A camera marks so long at most, and so long when others wait; that of a room as long as its lesson if nobody does."""
LOOK_S = 2.0
"""So often it is looked whether the lesson before the camera of a room goes on."""
MOST_KEPT, KEPT_S, IDLE_S = 30, 3600.0, 120.0
"""So many markings that are over can be looked at, and for so long; the process without work is kept for so long."""
SOON_S, SAID_S = 2.0, 600.0
"""Who asks for a work waits so long for its end; what came of it is told for so long."""


class Desk:
    """The markings and works of one home; from any thread."""

    def __init__(self, store: Store) -> None:
        self._store, self._home = store, store.home
        self._changed = threading.Condition(threading.RLock())
        self._held: ExitStack | None = None
        self._closed, self._thread = threading.Event(), threading.Thread()
        self._worker = Worker(store, self._hear, self._lost)
        self._jobs: dict[str, Job] = {}
        self._reviews: dict[int, Ended | None] = {}
        self._number, self._idle_s = 0, time.monotonic()
        self.uploads = Uploads(store.home)

    @property
    def pid(self) -> int | None:
        """The number of the process that recognises, None while there is none; for tests and for the curious."""
        return self._worker.pid

    def open(self) -> None:
        """Begin; removes what a killed portal left.  Raises BusyError where another portal does this already."""
        with self._changed:
            if self._held is not None:
                return
            with ExitStack() as stack:
                stack.enter_context(taking_lock(self._home))
                self._held = stack.pop_all()
            self.uploads.discard_all()
            self._closed = threading.Event()
            self._thread = threading.Thread(target=self._watch, args=(self._closed,), name="taking", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End what is going on; what was saved stays."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join(10)
        self._worker.close()
        with self._changed:
            for job in self._jobs.values():
                if not job.is_over:
                    job.end(Ended(job.number, None, job.cancelled))
            self._changed.notify_all()
            if self._held is not None:
                self.uploads.discard_all()
                self._held.close()
                self._held = None

    def begin(self, actor: Actor, taking: Taking, source: str, camera: Camera = "") -> Marking:
        """Ask for a marking; one by a device that its page lost goes on, and one by the camera of the room.

        Raises BusyError when too many wait; a device cannot wait at all.  Pictures that are not taken are removed.
        """
        job = Marking(number=0, id=secrets.token_hex(8), actor=actor, taking=taking, source=source, camera=camera)
        with self._entering(job) as before:
            if job.is_live and before:
                return self._going_on(before[0], actor, taking)
            same = [one for one in _by_room(before) if one.session_id == job.session_id] if camera == "room" else []
            if not same:
                self._enter(job)
        return same[0] if same else job

    def ask(self, actor: Actor, about: str, wish: Wish) -> Errand:
        """Ask for a work with faces; whoever asks for the same again gets the first one.

        Returns when it is done, or soon anyway.  Raises BusyError when too many wait, or other work about the same goes
        on; photos that are not taken are removed.
        """
        job = Errand(number=0, id=secrets.token_hex(8), actor=actor, about=about, wish=wish)
        with self._entering(job) as before:
            same = next((one for one in before if isinstance(one, Errand) and one.about == about), None)
            if same is None:
                self._enter(job)
            elif same.wish != wish or same.state == "ending":
                raise BusyError("What was asked for here before is still going on. Wait until it is done.")
            elif job.folder is not None:
                remove(job.folder)
            found = same or job
            self._changed.wait_for(lambda: found.is_over, SOON_S)
        return found

    @contextmanager
    def _entering(self, job: Job) -> Iterator[list[Job]]:
        """What is in line already; nobody else enters meanwhile."""
        try:
            self.open()
            with self._changed:
                yield self._in_line()
        except BusyError:
            if job.folder is not None:
                remove(job.folder)
            raise

    def _enter(self, job: Job) -> None:
        if sum(type(one) is type(job) for one in self._in_line()) > MOST_WAITING:
            raise job.crowd
        self._number += 1
        job.number = self._number
        self._jobs[job.id] = job
        self._next()

    def _going_on(self, job: Job, actor: Actor, taking: Taking) -> Marking:
        if not isinstance(job, Marking):
            raise BusyError("Faces are being learned at the moment. Try again when that is over.")
        if job.is_live and job.ends_by_s is None and (job.actor, job.session_id) == (actor, taking.session.id):
            return job
        raise BusyError(
            "Another lesson is being marked at the moment. Try again when that is over, or send photos or a video: "
            "they wait in line."
        )

    def get(self, job_id: str, session_id: int) -> Marking:
        """A marking of this lesson.  Raises NotFoundError."""
        found = self._jobs.get(job_id)
        if not isinstance(found, Marking) or found.session_id != session_id:
            raise NotFoundError("This is not known any more. What was seen is in the register of the lesson.")
        return found

    def of_lesson(self, session_id: int) -> list[Marking]:
        """What is known of the markings of a lesson, the newest first."""
        with self._changed:
            found = [one for one in reversed(self._jobs.values()) if isinstance(one, Marking)]
            return [one for one in found if one.session_id == session_id]

    def errand(self, about: str) -> Errand | None:
        """The newest work about this, while it goes on and for a while after its end."""
        with self._changed:
            found = (one for one in reversed(self._jobs.values()) if isinstance(one, Errand) and one.about == about)
            newest = next(found, None)
            told = newest is not None and newest.is_over and time.monotonic() - newest.began_s > SAID_S
            return None if told else newest

    def before(self, job: Job) -> int:
        """How many come before this one."""
        with self._changed:
            line = self._in_line()
            return line.index(job) if job in line else 0

    def stop(self, job: Job, *, keep: bool = True, why: str = "") -> None:
        """End a marking or work.

        keep: what was seen counts; else only what was saved already.  why: no person ends it, and this is told.
        """
        with self._changed:
            if not job.can_end:
                return
            if why and isinstance(job, Marking):
                job.notes.append(why)
            if job.state == "waiting":
                job.end(Ended(job.number, None, job.called_off))
            else:
                patience_s = job.hangs_s if keep else job.cancels_s
                job.state = "ending"
                job.ends_by_s = None if patience_s is None else time.monotonic() + patience_s
                self._worker.send(Stop(keep, by_hand=not why))
            self._changed.notify_all()

    def show(self, job: Marking, jpeg: bytes) -> None:
        """Another picture of a live marking; returns when it is looked at, or soon anyway."""
        with self._changed:
            if job.is_over:
                return
            job.sent += 1
            number, job.heard_s = job.sent, time.monotonic()
        self._worker.send(Shot(job.number, number, jpeg))
        with self._changed:
            self._changed.wait_for(lambda: job.taken >= number or job.is_over, FRAME_S)

    def review(self, actor: Actor, session_id: int, sayings: tuple[Saying, ...], *, again: bool) -> tuple[str, ...]:
        """Save what a person says about faces; sentences worth telling.  Raises RollcallError as :mod:`core.review`."""
        with self._changed:
            self._number += 1
            number, self._idle_s = self._number, time.monotonic()
            self._reviews[number] = None
            self._worker.send(Review(number, actor, session_id, sayings, again))
            self._changed.wait_for(lambda: self._reviews[number] is not None, REVIEW_S)
            ended = self._reviews.pop(number)
            self._idle_s = time.monotonic()
        if ended is None:
            raise BusyError("This takes longer than usual. Look at the faces again in a minute.")
        if ended.error is not None:
            raise ended.error
        if not isinstance(ended.outcome, tuple):
            raise LOST
        return ended.outcome

    def _in_line(self) -> list[Job]:
        """What goes on comes first, then lessons: nobody is absent because a class is being learned."""
        line = [one for one in self._jobs.values() if not one.is_over]
        return sorted(line, key=lambda one: (one.state == "waiting", isinstance(one, Errand)))

    def _next(self) -> None:
        line = self._in_line()
        if line and line[0].state == "waiting":
            job = line[0]
            job.state, job.began_s, job.heard_s = "loading", time.monotonic(), time.monotonic()
            self._worker.send(job.begin())
        self._changed.notify_all()

    def _hear(self, told: Told) -> None:
        with self._changed:
            line = self._in_line()
            if isinstance(told, Ended):
                if told.number in self._reviews:
                    self._reviews[told.number] = told
                for job in line:
                    if job.number == told.number:
                        job.end(told)
                self._idle_s = time.monotonic()
                self._next()
            elif line:
                line[0].take(told)
                if not line[0].is_live:
                    line[0].heard_s = time.monotonic()
            self._changed.notify_all()

    def _lost(self) -> None:
        """The process ended by itself: something in the pictures made it."""
        with self._changed:
            for job in self._in_line()[:1]:
                job.end(Ended(job.number, None))
            for number, answer in self._reviews.items():
                self._reviews[number] = answer or Ended(number, None)
            self._next()

    def _watch(self, closed: threading.Event) -> None:
        looked_s = 0.0
        while not closed.wait(TICK_S):
            now_s = time.monotonic()
            if now_s - looked_s >= LOOK_S:
                looked_s = now_s
                self._end_over()
            self.uploads.discard_idle(now_s)
            with self._changed:
                self._forget(now_s)
                line = self._in_line()
                if line:
                    self._look_after(line[0], now_s, line[1:])
                elif not self._reviews and now_s - self._idle_s > IDLE_S and self._worker.pid is not None:
                    self._worker.end()

    def _end_over(self) -> None:
        """Who is before the camera of a room after the lesson is of another one."""
        with self._changed:
            going_on = _by_room(self._in_line())
        for job in going_on:
            if why := self._why_over(job):
                self.stop(job, why=why)

    def _why_over(self, job: Marking) -> str:
        try:
            with acting(job.actor):
                taking_of(self._store, load_settings(self._home), job.session_id).check_camera()
        except BusyError:
            return ""
        except RollcallError as error:
            return str(error)
        return ""

    def _look_after(self, job: Job, now_s: float, others: Sequence[Job]) -> None:
        if job.ends_by_s is not None:
            if now_s > job.ends_by_s:
                self._give_up(job, job.cancelled)
        elif isinstance(job, Marking) and job.is_live and now_s - job.heard_s > SILENT_S:
            self.stop(job, why=SILENT)
        elif isinstance(job, Marking) and job.camera and now_s - job.began_s > _longest_s(job, others):
            self.stop(job, why=SHARED)
        elif not job.is_live and now_s - job.heard_s > job.hangs_s:
            self._give_up(job, job.lost)

    def _give_up(self, job: Job, error: RollcallError) -> None:
        self._worker.end()
        job.end(Ended(job.number, None, error))
        self._next()

    def _forget(self, now_s: float) -> None:
        over = [one for one in self._jobs.values() if one.is_over]
        for place, one in enumerate(reversed(over)):
            if place >= MOST_KEPT or now_s - one.began_s > KEPT_S:
                del self._jobs[one.id]


def _by_room(jobs: Sequence[Job]) -> list[Marking]:
    """Those by the camera of a room that nobody ended yet."""
    return [one for one in jobs if isinstance(one, Marking) and one.camera == "room" and one.ends_by_s is None]


def _longest_s(job: Marking, others: Sequence[Job]) -> float:
    """How long a camera may mark.  others: what waits."""
    if any(isinstance(one, Marking) for one in others):
        return SHARED_S
    return LIVE_S if job.is_live or others else math.inf
