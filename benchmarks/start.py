"""How soon ``mark`` looks at its first frame, and how soon a new student can be recognised.

``python -m benchmarks.start LESSON``.  The start is measured on a video of one frame of the lesson, in a process of its
own that notes the clock after each step; the files are in the system's memory, as they are after a first start.  A new
student is one of the lesson's who was left out of the training.  How long a whole training takes, by the number of
students, is in :mod:`benchmarks.training`.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks.asked import folders
from benchmarks.lessons import CLASS, Lesson, home_of, machine, rollcall
from core.engine import load_engine
from core.enrolment import EnrolRequest, enrol
from core.enrolment_folder import StudentName
from core.extending import extend
from core.paths import PROJECT, Home
from core.settings import load_settings
from core.store.database import open_store

RUNS = 5
"""The median of so many starts counts."""
TO_FIRST_FRAME = "searching the first frame"
AIMED_S = 3.0
MIN_FACE_PX = 30


def one_frame(video: Path, target: Path) -> Path:
    """A video of the first frame of another."""
    capture = cv2.VideoCapture(str(video))
    done, frame = capture.read()
    capture.release()
    if not done:
        raise SystemExit(f"{video} cannot be read")
    writer = cv2.VideoWriter(str(target), cv2.VideoWriter.fourcc(*"mp4v"), 25, frame.shape[1::-1])
    writer.write(frame)
    writer.release()
    return target


def steps_of(home: Home, video: Path) -> dict[str, float]:
    """Seconds that each step of one start took."""
    command = [sys.executable, "-m", "benchmarks.first_frame", str(home.root), CLASS, str(video)]
    began = time.time()
    done = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True)
    taken = {}
    for step, moment in json.loads(done.stdout.splitlines()[-1]).items():
        taken[step], began = moment - began, moment
    return taken


def start_rows(home: Home, video: Path) -> Iterator[str]:
    """The steps of a start, and the command itself."""
    runs = [steps_of(home, video) for _ in range(RUNS)]
    total = 0.0
    for step in runs[0]:
        median = float(np.median([run[step] for run in runs]))
        total += median
        yield f"| {step} | {median:.2f} s | {total:.2f} s |"
        if step == TO_FIRST_FRAME:
            yield f"| **to the first frame** (aimed at {AIMED_S:.0f} s) | | **{total:.2f} s** |"
    whole = [rollcall(home, "mark", CLASS, video, "--new") for _ in range(RUNS)]
    peaks = [run.peak_mb for run in whole if run.peak_mb is not None]
    memory = f", {max(peaks):.0f} MB" if peaks else ""
    yield f"| the command `mark` as a whole{memory} | | {np.median([run.seconds for run in whole]):.2f} s |"


def by_command(home: Home, newcomer: Path) -> str:
    """One new photo by the command line."""
    photo = min(newcomer.iterdir())
    run = rollcall(home, "enrol", CLASS, photo, "--student", newcomer.name, "--consent", "benchmark")
    return f"| by the command `enrol` | {run.seconds:.2f} s |"


def in_program(home: Home, newcomer: Path) -> str:
    """One new photo inside a program that runs already."""
    engine, settings = load_engine(home, MIN_FACE_PX), load_settings(home)
    request = EnrolRequest(CLASS, str(min(newcomer.iterdir())), "benchmark", StudentName.parse(newcomer.name))
    with open_store(home) as store:
        started = time.perf_counter()
        reports = enrol(store, engine, settings, request)
        enrolled = time.perf_counter() - started
        extension = extend(store, engine, CLASS, [one.roll for one in reports])
        usable = time.perf_counter() - started
    if not extension.usable:
        raise SystemExit(f"{newcomer.name} did not become usable: {extension.obstacle}")
    return f"| in a running program, {usable - enrolled:.2f} s of it for the classifier | {usable:.2f} s |"


def main() -> None:
    """Print the tables."""
    lesson = Lesson.read(*folders(__doc__, "lesson"))
    print(f"{machine()}, median of {RUNS} starts\n")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        video = one_frame(lesson.video, Path(folder) / "first.mp4")
        enrolled = Path(shutil.copytree(lesson.folder / "enrol", Path(folder) / "enrol"))
        # One for each way, for both ways end with a student who is no longer new.
        away = [Path(shutil.move(one, folder)) for one in sorted(enrolled.iterdir())[:2]]
        with home_of(enrolled) as home:
            print("| step | time | since the start |\n|---|---|---|")
            for row in start_rows(home, video):
                print(row, flush=True)
            students = len(list(enrolled.iterdir()))
            print(f"\n| one photo of a new student, {students} in the class | until usable |\n|---|---|")
            print(by_command(home, away[0]), in_program(home, away[1]), sep="\n")


if __name__ == "__main__":
    main()
