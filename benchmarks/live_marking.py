"""A marking that is watched: how soon a face is saved as a mark, and what watching and saving meanwhile cost.

``python -m benchmarks.live_marking LESSON...``.  Each lesson is marked as a recording that nobody watches,
as one that is watched and saved every two seconds, and as a live camera (the stand-in of :mod:`benchmarks.live`) before
which people arrive one after another.  A student's time runs from the first moment the face is on the picture until
the mark is in the database.
"""

import sys
import time
from pathlib import Path

from benchmarks.lessons import CLASS, Lesson, home_of, machine
from benchmarks.live import began_of, one_by_one, opened, spread
from core.engine import Engine, load_engine
from core.marking import MarkRequest, MarkResult, mark
from core.marking_live import FaceEvent, Picture, Watching
from core.paths import Home
from core.records import no_progress
from core.settings import load_settings
from core.store.database import Store, open_store
from core.vision.sources import Source

TIMES = 3
"""Each way of marking a recording, of which the quickest counts."""


class Watcher:
    """Somebody who does nothing but look at the clock.  saved_s: by roll number, when the mark was first saved."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.saved_s: dict[str, float] = {}
        self.pictures = self.withdrawn = 0

    def picture(self, _: Picture) -> None:
        """A picture with names."""
        self.pictures += 1

    def event(self, event: FaceEvent) -> None:
        """Something was saved."""
        self.withdrawn += event.kind == "withdrawn"
        if event.kind == "sure" and event.student is not None:
            self.saved_s.setdefault(event.student.roll, time.monotonic() - self.began)


def timed(store: Store, engine: Engine, lesson: Lesson, watching: Watching | None) -> tuple[float, MarkResult]:
    """Seconds of marking the recording, and the result."""
    settings = load_settings(store.home)
    request = MarkRequest(CLASS, str(lesson.video), new=True)
    began = time.perf_counter()
    result = mark(store, engine, settings, request, no_progress, watching)
    return time.perf_counter() - began, result


def live(store: Store, engine: Engine, lesson: Lesson) -> tuple[Watcher, list[float], MarkResult]:
    """Mark the lesson as a live camera; the seconds each student waited for the mark."""
    arrivals = one_by_one(lesson)
    watcher = Watcher()

    def opened_camera(_: str) -> Source:
        source = opened(lesson, arrivals)
        watcher.began = began_of(source, lesson)
        return source

    watching = Watching(watcher.picture, watcher.event, opened=opened_camera)
    request = MarkRequest(CLASS, "0", new=True)
    result = mark(store, engine, load_settings(store.home), request, no_progress, watching)
    names = {roll: name for name, roll in lesson.rolls.items()}
    waits = [
        at - arrivals.get(names[roll], 0.0) for roll, at in watcher.saved_s.items() if names[roll] in lesson.present
    ]
    return watcher, waits, result


def row(lesson: Lesson, home: Home) -> str:
    """The cells of one lesson."""
    with open_store(home) as store:
        engine = load_engine(home, 30, detector=load_settings(home).detector)
        watcher = Watcher()
        ways = (None, Watching(watcher.picture, watcher.event))
        # In turns, so that whatever else the computer does meets both.
        done = [timed(store, engine, lesson, one) for one in ways * TIMES]
        plain_s, watched_s = (min(seconds for seconds, _ in done[way::2]) for way in (0, 1))
        same = "yes" if len({tuple(one.roll for one in result.present) for _, result in done}) == 1 else "NO"
        before, waits, result = live(store, engine, lesson)
    return (
        f"| {lesson.name} | {plain_s:.1f} s | {watched_s:.1f} s | {watched_s / plain_s:.2f} | {same} "
        f"| {len(waits)} of {len(lesson.present)} | {spread(waits, 0.5, 0.9, 1.0)} | {before.withdrawn} "
        f"| {len(result.present)} |"
    )


def main() -> None:
    """Print the table."""
    print(f"{machine()}; a stand-in plays the recording as a camera\n")
    print(
        "| lesson | recording alone | watched and saved meanwhile | ratio | same marks | live: saved before the end "
        "| face to mark, median | 90 % | most | withdrawn | marked at the end |"
    )
    print("|" + "---|" * 11)
    for folder in sys.argv[1:]:
        lesson = Lesson.read(Path(folder))
        with home_of(lesson.folder / "enrol") as home:
            print(row(lesson, home), flush=True)


if __name__ == "__main__":
    main()
