"""A source in, stretches out: read, search for faces, follow them, keep and embed the best looks of each.

Reading, searching and embedding overlap in threads with bounded queues.  What is done depends on the frames alone and
never on which thread was faster, so a recording marked twice gives the same twice; a live camera shows its newest frame
to whoever is ready.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from core.engine import Engine
from core.networks.runtime import WORKERS
from core.recognition.evidence import Stretch, split
from core.records import Face, Floats, Frame, Image, Progress, ProgressSink, no_progress
from core.vision.ahead import read_ahead
from core.vision.embedder import crop_face
from core.vision.looks import Judge, LookBook, offer, wanted, weight
from core.vision.pace import Pace
from core.vision.quality import measure
from core.vision.sources import Source
from core.vision.spent import Spent
from core.vision.tracker import Look, Track, Tracker

SHORT_S = 4.0
"""A video shorter than this is looked at more often, so that several looks come out all the same."""
LOOKS_APART = 1.8
"""Looks of one track are at least this many detection intervals apart."""
EAGER_S = 1.0
"""How long somebody is a newcomer before a live camera."""
PASSING_S, PASSING_MOVE = 0.15, 2.0
"""Somebody who walks across the picture moves by one or two widths of the face in this time."""
LONGEST_S = 60.0
"""A camera that is passed hands out who stays before it after this time."""
LATEST = 5000
"""So many delays of a live source are kept: those of the last twenty minutes or more."""
MOST_LOOKS = 40
"""Of somebody who stays before a camera; the older half is then handed out, ten minutes after it began."""
READ_AHEAD = 3
"""Frames that wait decoded; a 1080p frame is 6 MB."""


@dataclass(slots=True)
class Following:
    """What came of a source, filled while :func:`follow_faces` runs.

    seconds: of the source.  spent: seconds by duty, of all threads.  late_s: of a live source, how old each
    frame was when its faces were known.  stopped: a live source was stopped by hand.  still_open: the stretches, as far
    as they are known, of the faces that are being followed at the moment.
    """

    frames: int = 0
    looked_at: int = 0
    seconds: float = 0.0
    faces: int = 0
    stopped: bool = False
    problems: list[str] = field(default_factory=list)
    spent: Spent = field(default_factory=Spent)
    late_s: deque[float] = field(default_factory=lambda: deque(maxlen=LATEST))
    still_open: Callable[[], list[Stretch]] = list


Watcher = Callable[[Frame, Sequence[Track]], None]
"""Sees each searched frame with the tracks of its faces, for a live picture."""


def look_interval(source: Source, looks_per_second: float) -> float:
    """Shortest time in seconds between two searches; 0 for photos, each of which is searched."""
    if not source.continuous:
        return 0.0
    seconds = source.info.seconds
    wanted = 1.0 / looks_per_second
    return min(wanted, seconds / (SHORT_S * looks_per_second)) if seconds and seconds < SHORT_S else wanted


def follow_faces(
    source: Source,
    engine: Engine,
    looks_per_second: float,
    following: Following,
    progress: ProgressSink = no_progress,
    *,
    until_s: float | None = None,
    judge: Judge | None = None,
    watch: Watcher | None = None,
    passing: bool = False,
) -> Iterator[Stretch]:
    """Look at the whole source, or its first ``until_s`` seconds; hand out each stretch as soon as its face is gone.

    judge: saves the work that can no longer change an answer; without it every chosen look is embedded.  passing:
    people walk by for hours instead of sitting for a lesson: they are searched for more often and may move further from
    one search to the next, and who stays is handed out every minute, so that memory does not grow.
    """
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="looking") as pool:
        interval_s = look_interval(source, looks_per_second)
        run = _Run(source, engine, interval_s, following, pool, judge, watch, passing=passing)
        following.still_open = run.still_open
        try:
            for frame in run.frames():
                run.begin(frame)
                following.frames, following.seconds = source.frames_read, source.seconds_read
                # Whoever is told may decide and save meanwhile.
                progress(Progress(source.frames_read, source.info.frames, f"{following.faces} faces seen"))
                yield from run.take()
                if until_s is not None and frame.time_s >= until_s:
                    break
        except KeyboardInterrupt:
            if not source.live:
                raise
            following.stopped = True
        yield from run.finish()
    following.frames, following.seconds = source.frames_read, source.seconds_read
    following.problems += source.problems


class _Run:
    """One source being followed."""

    def __init__(
        self,
        source: Source,
        engine: Engine,
        interval_s: float,
        following: Following,
        pool: ThreadPoolExecutor,
        judge: Judge | None,
        watch: Watcher | None,
        *,
        passing: bool,
    ) -> None:
        self._source, self._engine, self._following, self._pool = source, engine, following, pool
        self._interval_s, self._watch = min(interval_s, PASSING_S) if passing else interval_s, watch
        self._pace = Pace(self._interval_s, eager=source.live, passing=passing) if source.continuous else None
        self._tracker = Tracker(PASSING_MOVE, LONGEST_S) if passing else Tracker()
        self._book = LookBook(self._embed, pool, judge, eager=source.live)
        # Frames in work beside the one that is waited for.  Photos may be huge, and a live frame would grow old.
        self._depth = WORKERS if source.info.kind == "video" else 0
        self._searching: deque[tuple[Frame, Future[list[Face]]]] = deque()

    def frames(self) -> Iterator[Frame]:
        """The source's frames, read ahead where they are recorded."""
        frames = self._source.frames(self._interval_s)
        if self._source.live:
            # What a camera takes is waiting, not work.
            return frames
        frames = self._following.spent.each("read", frames)
        return read_ahead(frames, READ_AHEAD) if self._source.info.kind == "video" else frames

    def begin(self, frame: Frame) -> None:
        """Begin to search a frame, if it is due."""
        if self._pace is None or self._pace.due(frame, self._tracker.active):
            self._searching.append((frame, self._pool.submit(self._search, frame)))
        if self._source.live:
            # Begun before the search, and whoever decides meanwhile shall know them.
            self._book.catch_up()

    def take(self) -> Iterator[Stretch]:
        """Take up the frames that were searched; hand out the stretches that are complete."""
        while len(self._searching) > self._depth:
            yield from self._take()

    def finish(self) -> Iterator[Stretch]:
        """What is left at the end of the source."""
        while self._searching:
            yield from self._take()
        yield from self._stretches(self._tracker.finish())

    def _search(self, frame: Frame) -> list[Face]:
        with self._following.spent.on("detect"):
            return self._engine.detector.detect(frame.image, quick=self._source.continuous)

    def _embed(self, crops: Image) -> Floats:
        with self._following.spent.on("embed"):
            return self._engine.embedder.represent(crops, quick=self._source.continuous)

    def _take(self) -> Iterator[Stretch]:
        """Take up the oldest frame in work: assign its faces to tracks, offer their looks."""
        frame, future = self._searching.popleft()
        faces = future.result()
        self._book.take()
        spent = self._following.spent
        with spent.on("track"):
            tracks, finished = self._tracker.update(faces, frame.index, frame.time_s)
        with spent.on("choose"):
            for track, face in zip(tracks, faces, strict=True):
                if not wanted(track, frame.time_s):
                    continue
                crop = crop_face(frame.image, face)
                look = Look(frame.index, frame.time_s, crop, measure(face, crop))
                offer(track, look, self._apart_s(track, frame))
        self._following.looked_at += 1
        self._following.faces += len(faces)
        self._book.choose(tracks)
        self._book.start()
        if self._source.live:
            self._following.late_s.append(self._source.late_s(frame))
        if self._watch is not None:
            self._watch(frame, tracks)
        if self._source.live:
            for track in tracks:
                if len(track.looks) > MOST_LOOKS:
                    yield from _stretches_of(track.shed(MOST_LOOKS // 2))
        # Photos do not follow one another: each face is complete at once.
        yield from self._stretches(finished if self._source.continuous else finished + self._tracker.finish())

    def _apart_s(self, track: Track, frame: Frame) -> float:
        """How far apart looks are; of a newcomer before a live camera every frame counts."""
        new = self._source.live and frame.time_s - track.first_s < EAGER_S
        return 0.0 if new else LOOKS_APART * self._interval_s

    def _stretches(self, tracks: list[Track]) -> Iterator[Stretch]:
        """Embed what ``tracks`` still need and cut each where its person changes."""
        self._book.finish(tracks)
        for track in tracks:
            yield from _stretches_of(track)

    def still_open(self) -> list[Stretch]:
        """What is known by now of the faces that are being followed; changes nothing."""
        return [stretch for track in self._tracker.active for stretch in _stretches_of(track)]


def _stretches_of(track: Track) -> Iterator[Stretch]:
    looks = [look for look in track.looks if look.embedding is not None]
    if not looks:
        return
    embeddings = np.stack([look.embedding for look in looks if look.embedding is not None])
    for group, boxes in _parts(track, looks, split(embeddings)):
        yield _stretch([looks[i] for i in group], embeddings[group], boxes, track)


def _parts(track: Track, looks: list[Look], groups: list[list[int]]) -> Iterator[tuple[list[int], dict[int, Floats]]]:
    """Each group of looks with the boxes that are its own: a frame belongs to the look that is nearest in time.

    So no two parts of a track ever stand in one frame, as two faces would.
    """
    if len(groups) == 1:
        yield groups[0], dict(zip(track.frames, track.boxes, strict=True))
        return
    owner = {i: number for number, group in enumerate(groups) for i in group}
    at = np.array([look.frame for look in looks])
    boxes: list[dict[int, Floats]] = [{} for _ in groups]
    for frame, box in zip(track.frames, track.boxes, strict=True):
        boxes[owner[int(np.abs(at - frame).argmin())]][frame] = box
    yield from zip(groups, boxes, strict=True)


def _stretch(looks: list[Look], embeddings: Floats, boxes: dict[int, Floats], track: Track) -> Stretch:
    whole = len(boxes) == len(track.frames)
    first_s, last_s = (track.first_s, track.last_s) if whole else (looks[0].time_s, looks[-1].time_s)
    weights = np.array([weight(look) for look in looks], dtype=np.float32)
    best = looks[int(weights.argmax())]
    return Stretch(embeddings, weights, boxes, first_s, last_s, best.crop, best.quality, frozenset({track.number}))
