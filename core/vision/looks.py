"""The few best looks of each track, embedded in batches only as long as they can still change the answer."""

from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future

import numpy as np

from core.records import OPEN, Floats, Image, Opinion
from core.vision.embedder import BATCH
from core.vision.tracker import Look, Track

Judge = Callable[[Floats, Floats], Opinion]
"""What ``(k, 512)`` looks with ``(k,)`` weights come to by now."""

Embed = Callable[[Image], Floats]
"""``(n, 160, 160, 3) uint8 BGR`` crops in, ``(n, 512)`` embeddings out; called from several threads."""

LOWEST_WEIGHT = 0.05
"""Even a poor look counts a little; without this a track of only poor looks would have no mean."""
ROUND = 2
"""New looks of a track that are embedded together."""
FIRST_LOOKS = 4
"""Of a live camera so many looks are embedded one by one, so that a name is on the screen within a second."""
LAST_LOOKS = 5
"""Of the looks of a finished track that were not needed before, so many of the best are embedded."""
GROWTH = 0.15
"""A look is chosen out of this share of the track's age at least, so that an hour gives few more than a minute."""
SETTLED_GROWTH, SETTLED_S = 0.5, 6.0
"""The same for a settled track, and the least time."""
LONGEST_S = 15.0
"""No span of time is longer, so that somebody else on the same seat is noticed."""
CHANGED_BELOW = 0.3
"""Cosine to the track's mean under which a look is somebody else (LFW: 1 % of genuine pairs lie lower)."""


def weight(look: Look) -> float:
    """How much a look counts in a mean."""
    return max(look.quality.score, LOWEST_WEIGHT)


def wanted(track: Track, time_s: float) -> bool:
    """Whether a look at ``time_s`` could be of use; a settled track needs none until its span of time is over."""
    return not (track.opinion.settled and track.looks and time_s - track.window_s < _span(track, time_s, 0.0))


def offer(track: Track, look: Look, apart_s: float) -> None:
    """Keep the best look of each span of time; spans are at least ``apart_s`` long, for nearer ones show one pose."""
    if track.looks and look.time_s - track.window_s < _span(track, look.time_s, apart_s):
        last = track.looks[-1]
        if last.embedding is None and look.quality.score > last.quality.score:
            track.looks[-1] = look
        return
    track.looks.append(look)
    track.window_s = look.time_s


def _span(track: Track, time_s: float, apart_s: float) -> float:
    age = time_s - track.first_s
    least, share = (SETTLED_S, SETTLED_GROWTH) if track.opinion.settled else (apart_s, GROWTH)
    return max(least, min(LONGEST_S, share * age))


_Batch = tuple[list[tuple[Track, Look]], Future[Floats]]


class LookBook:
    """Has looks of many tracks embedded together, on the threads of ``pool``, and asks ``judge`` what they come to.

    eager: name newcomers soon rather than cheaply.

    Of a recording results are taken up at fixed points, never when they happen to be there, so it gives the same twice.
    """

    def __init__(self, embed: Embed, pool: Executor, judge: Judge | None, *, eager: bool = False) -> None:
        self._embed, self._pool, self._judge, self._eager = embed, pool, judge, eager
        self._ready: list[tuple[Track, Look]] = []
        self._running: list[_Batch] = []
        self._due: list[_Batch] = []
        self._queued: set[int] = set()
        self._waited = 0

    def choose(self, tracks: Iterable[Track]) -> None:
        """Queue the looks of ``tracks`` whose span of time is over."""
        for track in tracks:
            settled = track.opinion.settled
            at_once = settled or (self._eager and len(track.looks) <= FIRST_LOOKS)
            # These take the first look that comes; others wait for the best of its span.
            fresh = self._fresh(track, track.looks if at_once else track.looks[:-1])
            if len(fresh) >= (1 if at_once else ROUND):
                self._queue(track, fresh)

    def start(self) -> None:
        """Send full batches to the threads, and whatever has waited since the last call."""
        while len(self._ready) >= BATCH or self._waited:
            self._submit()
        self._waited = len(self._ready)

    def take(self) -> None:
        """Take up what was started before the last call, waiting for it if need be; the rest is worked on meanwhile."""
        due, self._due, self._running = self._due, self._running, []
        self._take(due)

    def catch_up(self) -> None:
        """Wait for everything that was started, and take it up."""
        started, self._due, self._running = self._due + self._running, [], []
        self._take(started)

    def _take(self, batches: list[_Batch]) -> None:
        touched: dict[int, Track] = {}
        for looks, future in batches:
            for (track, look), embedding in zip(looks, future.result(), strict=True):
                look.embedding = embedding
                self._queued.discard(id(look))
                touched[track.number] = track
        for track in touched.values():
            self._rejudge(track)

    def finish(self, tracks: Iterable[Track]) -> None:
        """Embed what the finished ``tracks`` still need, all of it, now."""
        for track in tracks:
            if not track.opinion.settled:
                fresh = sorted(self._fresh(track, track.looks), key=weight, reverse=True)
                self._queue(track, fresh[:LAST_LOOKS])
        while self._ready:
            self._submit()
        self.catch_up()

    def _fresh(self, track: Track, looks: list[Look]) -> list[Look]:
        return [look for look in looks if look.embedding is None and id(look) not in self._queued]

    def _queue(self, track: Track, looks: list[Look]) -> None:
        self._ready += [(track, look) for look in looks]
        self._queued |= {id(look) for look in looks}

    def _submit(self) -> None:
        batch, self._ready = self._ready[:BATCH], self._ready[BATCH:]
        self._waited = max(0, self._waited - BATCH)
        crops = np.stack([look.crop for _, look in batch])
        self._running.append((batch, self._pool.submit(self._embed, crops)))

    def _rejudge(self, track: Track) -> None:
        if self._judge is None:
            return
        known = [look for look in track.looks if look.embedding is not None]
        embeddings = np.stack([look.embedding for look in known if look.embedding is not None])
        weights = np.array([weight(look) for look in known], dtype=np.float32)
        if track.opinion.settled and track.opinion.student_id is not None:
            mean = np.average(embeddings[:-1], axis=0, weights=weights[:-1])
            if embeddings[-1] @ mean < CHANGED_BELOW * np.linalg.norm(mean):
                track.opinion = OPEN
        else:
            track.opinion = self._judge(embeddings, weights)
