"""A camera that runs all day, played from a recording in real time: how soon whoever comes is in the register.

``python -m benchmarks.watching LESSON...``.  As in :mod:`benchmarks.live` a stand-in plays the camera and the seats are
covered at first, so that people come one after another, students and strangers, and then stay: harder than a door,
through which they go.  The time runs from the first moment a face is on the picture until the passage is saved.
"""

import sys
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from benchmarks.lessons import Lesson, home_of, machine
from benchmarks.live import began_of, one_by_one, opened, spread
from core.engine import load_engine
from core.paths import Home
from core.settings import load_settings
from core.store.database import open_store
from core.watching import WatchEvent, WatchRequest, watch
from core.watching_source import Patience


def play(lesson: Lesson, home: Home, arrivals: Mapping[str, float]) -> tuple[list[float], int]:
    """Watch a lesson once; the seconds that each student waited, how many were recorded who were not there."""
    names = {roll: name for name, roll in lesson.rolls.items()}
    told: dict[str, float] = {}
    began = time.monotonic()

    def on_event(event: WatchEvent) -> None:
        if event.kept is not None:
            told.setdefault(names[event.kept.student.roll], time.monotonic() - began)

    seconds = lesson.frames / lesson.fps - 1.0
    settings = load_settings(home)
    engine = load_engine(home, 30, detector=settings.detector)
    # What is loaded at the first face is loaded before the camera runs.
    engine.embedder.represent(np.zeros((1, 160, 160, 3), np.uint8))
    with open_store(home) as store:
        source = opened(lesson, arrivals)
        began = began_of(source, lesson)
        patience = Patience(lambda _: source)
        watch(store, engine, settings, WatchRequest("0", seconds=seconds), on_event, patience=patience)
    waits = [told[name] - arrivals.get(name, 0.0) for name in lesson.present if name in told]
    return waits, len(set(told) - set(lesson.present))


def main() -> None:
    """Print the table."""
    print(f"{machine()}; a stand-in plays the recording, there is no camera\n")
    print("| lesson | students recorded | median | 90 % | most | recorded who were not there | strangers before it |")
    print("|" + "---|" * 7)
    for folder in sys.argv[1:]:
        lesson = Lesson.read(Path(folder))
        with home_of(lesson.folder / "enrol") as home:
            waits, wrong = play(lesson, home, one_by_one(lesson))
        print(
            f"| {lesson.name} | {len(waits)} of {len(lesson.present)} | {spread(waits, 0.5, 0.9, 1.0)} | {wrong} "
            f"| {len(lesson.unknown)} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
