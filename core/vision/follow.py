"""A source in, stretches out: detect, follow, keep the best looks of each face, embed them in batches."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from core.engine import Engine
from core.recognition.evidence import Stretch, split
from core.records import Floats, Frame, Progress, ProgressSink
from core.vision.embedder import crop_face
from core.vision.quality import measure
from core.vision.sources import Source
from core.vision.tracker import Look, Track, Tracker

SHORT_S = 4.0
"""A video shorter than this is looked at more often, so that several looks come out all the same."""
LOOKS_APART = 1.8
"""Looks of one track are at least this many detection intervals apart."""
LOWEST_WEIGHT = 0.05
"""Even a poor look counts a little; without this a track of only poor looks would have no mean."""
BATCH = 32
"""Crops embedded together: the network is fastest so and the crops need only 2.5 MB."""


@dataclass(slots=True)
class Following:
    """What came of a source, filled while :func:`follow_faces` runs."""

    frames: int = 0
    looked_at: int = 0
    seconds: float = 0.0
    faces: int = 0
    problems: list[str] = field(default_factory=list)


def look_interval(source: Source, looks_per_second: float) -> float:
    """Seconds between two detections; 0 for photos, each of which is looked at."""
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
    progress: ProgressSink,
    until_s: float | None = None,
) -> Iterator[Stretch]:
    """Look at the whole source, or its first ``until_s`` seconds; hand out each stretch as soon as its face is gone."""
    interval = look_interval(source, looks_per_second)
    tracker = Tracker()
    waiting: list[Track] = []
    for frame in source.frames(interval):
        waiting += _look(frame, source.continuous, tracker, engine, LOOKS_APART * interval, following)
        following.frames, following.seconds = source.frames_read, source.seconds_read
        if sum(len(track.looks) for track in waiting) >= BATCH:
            yield from _stretches(waiting, engine)
            waiting = []
        progress(Progress(source.frames_read, source.info.frames, f"{following.faces} faces seen"))
        if until_s is not None and frame.time_s >= until_s:
            break
    following.frames, following.seconds = source.frames_read, source.seconds_read
    following.problems = list(source.problems)
    yield from _stretches(waiting + tracker.finish(), engine)


def _look(
    frame: Frame, continuous: bool, tracker: Tracker, engine: Engine, apart_s: float, following: Following
) -> list[Track]:
    """Detect in one frame; returns the tracks that are complete."""
    faces = engine.detector.detect(frame.image)
    following.looked_at += 1
    following.faces += len(faces)
    tracks, finished = tracker.update(faces, frame.index, frame.time_s)
    for track, face in zip(tracks, faces, strict=True):
        crop = crop_face(frame.image, face)
        quality = measure(face, crop)
        track.add_look(Look(frame.index, frame.time_s, crop, quality.score, face.size), apart_s)
    # Photos do not follow one another: each face is complete at once.
    return finished if continuous else finished + tracker.finish()


def _stretches(tracks: list[Track], engine: Engine) -> Iterator[Stretch]:
    """Embed all looks of ``tracks`` together and cut each track where its person changes."""
    crops = [look.crop for track in tracks for look in track.looks]
    if not crops:
        return
    embeddings = engine.embedder.embed(np.stack(crops))
    start = 0
    for track in tracks:
        mine = embeddings[start : start + len(track.looks)]
        start += len(track.looks)
        groups = split(mine)
        for group in groups:
            yield _stretch(track, mine, group, whole=len(groups) == 1)


def _stretch(track: Track, embeddings: Floats, group: list[int], *, whole: bool) -> Stretch:
    looks = [track.looks[i] for i in group]
    boxes = dict(zip(track.frames, track.boxes, strict=True))
    first_s, last_s = track.first_s, track.last_s
    if not whole:
        # Only what lies between its own looks certainly belongs to this part of the track.
        first, last = looks[0].frame, looks[-1].frame
        boxes = {frame: box for frame, box in boxes.items() if first <= frame <= last}
        first_s, last_s = looks[0].time_s, looks[-1].time_s
    weights = np.array([max(look.quality, LOWEST_WEIGHT) for look in looks], dtype=np.float32)
    best = looks[int(weights.argmax())]
    return Stretch(embeddings[group], weights, boxes, first_s, last_s, best.crop)
