"""Hours of marking in the real window before a film that begins again and again: whether memory grows.

``python -m benchmarks.endurance LESSON [--minutes 120] [--log FILE]``: a lesson's folder as :mod:`benchmarks.lessons`
tells.  It needs a screen.  Every ten seconds a line of the log says what the window and the process of its camera hold;
``--read FILE`` makes the table of a log.
"""

import argparse
import csv
import gc
import os
import sys
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from benchmarks.lessons import CLASS, Lesson, home_of, machine
from benchmarks.window_marking import Watch, marking_screen

if TYPE_CHECKING:
    from core.marking_live import Picture
    from core.vision.live import LiveSource

EVERY_S = 10.0
SETTLED_S = 600.0
"""Until then caches fill; from then on memory shall stay."""
TOLD_MIN = (10, 30, 60, 90, 120)
MINUTE_S = 60.0
MEMORY = ("window_mb", "camera_mb")
AIMED_MB = 50
LARGEST = 25


@dataclass(frozen=True, slots=True)
class Moment:
    """How it was after so many seconds.  window_mb, camera_mb: resident memory, nan where the system does not tell.

    frames: searched; passes: of the film; marked: students; wrong: those of them who are not on the film.
    """

    seconds: float
    window_mb: float
    camera_mb: float
    frames: int
    passes: float
    marked: int
    wrong: int


def resident_mb(pid: int | None) -> float:
    """Memory of a process that is not on disk, with what it shares; nan where Linux's way of telling is missing."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return float("nan")
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def count_searched() -> list[int]:
    """One number: of the frames that were searched from now on."""
    from gui.screens.mark_parts.eye import Eye

    searched, take = [0], Eye.take

    def counted(eye: Eye, picture: "Picture") -> None:
        searched[0] += 1
        take(eye, picture)

    Eye.take = counted  # type: ignore[assignment, method-assign]
    return searched


def moment_of(screen: Any, lesson: Lesson, began: float, searched: int) -> Moment:  # noqa: ANN401 - the screen's own class loads much
    """How it is now."""
    live: LiveSource = screen.running._eye.live
    marked = {one.roll for one in screen.board.model.seats.values() if one.status}
    return Moment(
        time.monotonic() - began,
        resident_mb(os.getpid()),
        resident_mb(live.feed.pid),
        searched,
        live.feed.grabbed / lesson.frames,
        len(marked),
        len(marked - {lesson.rolls[name] for name in lesson.present}),
    )


def slope(moments: Sequence[Moment], what: str) -> float:
    """MB an hour of a straight line through all that was measured after it had settled."""
    later = [one for one in moments if one.seconds >= SETTLED_S and np.isfinite(getattr(one, what))]
    if len(later) < 2:
        return float("nan")
    return float(np.polyfit([one.seconds / 3600 for one in later], [getattr(one, what) for one in later], 1)[0])


def over_a_minute(moments: Sequence[Moment], since_s: float) -> Moment | None:
    """As it was in the minute that began then, memory on average: it goes up and down by a few frames."""
    some = [one for one in moments if since_s <= one.seconds < since_s + MINUTE_S]
    if not some:
        return None
    window_mb, camera_mb = (float(np.nanmean([getattr(one, what) for one in some])) for what in MEMORY)
    return replace(some[0], window_mb=window_mb, camera_mb=camera_mb)


def tell(moments: Sequence[Moment], out: TextIO) -> None:
    """Print the tables."""
    settled = over_a_minute(moments, SETTLED_S)
    last_s = moments[-1].seconds - MINUTE_S
    told = [
        over_a_minute(moments, at) for at in (*(MINUTE_S * one for one in TOLD_MIN if MINUTE_S * one < last_s), last_s)
    ]
    print(
        "| minutes | window | growth | process of the camera | growth | searched | passes | marked | not there |",
        file=out,
    )
    print("|" + "---|" * 9, file=out)
    for one in told:
        if one is None:
            continue
        grown = [f"{getattr(one, what) - getattr(settled, what):+.1f} MB" if settled else "-" for what in MEMORY]
        print(
            f"| {one.seconds / 60:.0f} | {one.window_mb:.1f} MB | {grown[0]} | {one.camera_mb:.1f} MB | {grown[1]} "
            f"| {one.frames} | {one.passes:.1f} | {one.marked} | {one.wrong} |",
            file=out,
        )
    window, camera = (slope(moments, what) for what in MEMORY)
    print(
        f"\nAfter {SETTLED_S / 60:.0f} minutes: {window:+.1f} MB an hour in the window, {camera:+.1f} in the process "
        f"of the camera; aimed at: less than {AIMED_MB} MB in all.",
        file=out,
        flush=True,
    )


def read(log: Path) -> list[Moment]:
    """What a run has written until now."""
    with log.open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    return [
        Moment(float(seconds), float(window), float(camera), int(frames), float(passes), int(marked), int(wrong))
        for seconds, window, camera, frames, passes, marked, wrong in rows
    ]


def tell_largest(before: tracemalloc.Snapshot) -> None:
    """Print which lines hold more than before."""
    gc.collect()
    now = tracemalloc.take_snapshot()
    for one in now.compare_to(before, "lineno")[:LARGEST]:
        print(f"{one.size_diff / 2**10:+9.1f} KB {one.count_diff:+7d} {one.traceback}")


def run(watch: Watch, screen: Any, lesson: Lesson, wanted: argparse.Namespace) -> list[Moment]:  # noqa: ANN401 - see above
    """Mark for so long; what was measured meanwhile."""
    searched = count_searched()
    screen.sources.use(f"loop:{lesson.video}", "camera")
    screen.start()
    watch.until(lambda: screen.running._eye is not None and screen.running._eye.live is not None)
    watch.until(lambda: any(one.by_machine for one in screen.board.model.seats.values()))
    began, moments, before = time.monotonic(), list[Moment](), None
    log = csv.writer(wanted.log)
    log.writerow(one.name for one in fields(Moment))
    while screen.running.is_on and time.monotonic() - began < 60 * wanted.minutes:
        moments.append(moment_of(screen, lesson, began, searched[0]))
        log.writerow(round(one, 1) for one in astuple(moments[-1]))
        wanted.log.flush()
        if tracemalloc.is_tracing() and before is None and moments[-1].seconds >= 60 * wanted.trace:
            gc.collect()
            before = tracemalloc.take_snapshot()
        watch.until(lambda: not screen.running.is_on, began + EVERY_S * len(moments) - time.monotonic())
    if not screen.running.is_on:
        print("The marking ended by itself.", file=sys.stderr)
    if before is not None:
        tell_largest(before)
    return moments


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="endurance", description=__doc__)
    parser.add_argument("lesson", type=Path, nargs="?", metavar="LESSON")
    parser.add_argument("--read", type=Path, metavar="FILE", help="the table of a log, also of a run that goes on")
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--log", type=argparse.FileType("w", encoding="utf-8"), default=sys.stderr, metavar="FILE")
    parser.add_argument("--trace", type=float, metavar="MINUTES", help="tell which lines hold more than after so long")
    return parser.parse_args()


def main() -> None:
    """Print the table."""
    from gui.application import Application

    wanted = arguments()
    if wanted.read:
        tell(read(wanted.read), sys.stdout)
        return
    if wanted.lesson is None:
        raise SystemExit("Name the folder of a lesson.")
    lesson = Lesson.read(wanted.lesson)
    print(f"{machine()}; {len(lesson.present)} students and {len(lesson.unknown)} strangers on the film\n", flush=True)
    with home_of(lesson.folder / "enrol") as home:
        if wanted.trace is not None:
            tracemalloc.start()
        app = Application(home)
        watch = Watch(app)
        try:
            moments = run(watch, marking_screen(app, watch, CLASS), lesson, wanted)
        finally:
            app.close()
    tell(moments, sys.stdout)


if __name__ == "__main__":
    main()
