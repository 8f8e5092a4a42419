"""Lessons to measure with: a folder with ``enrol/``, ``class.mp4`` and ``truth.json``, and a home trained on it.

``truth.json`` says who is present, absent and unknown, the roll number of everybody enrolled, and once a second the box
of every seat (``[x, y, width, height]`` by frame and name).
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.networks.prepare import prepare_networks
from core.paths import PROJECT, Home
from core.records import Floats

CLASS = "C"


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson and its truth.  rolls: by name; seats: by frame and name, boxes ``(4,) xyxy``."""

    folder: Path
    present: tuple[str, ...]
    unknown: tuple[str, ...]
    rolls: Mapping[str, str]
    frames: int
    fps: float
    seats: Mapping[int, Mapping[str, Floats]]

    @classmethod
    def read(cls, folder: Path) -> "Lesson":
        """As the classroom builder wrote it."""
        truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        seats = {
            int(frame): {name: _corners(box) for name, box in row.items()} for frame, row in truth["boxes"].items()
        }
        return cls(
            folder.resolve(),
            tuple(truth["present"]),
            tuple(truth["unknown"]),
            truth["rolls"],
            truth["frames"],
            truth["fps"],
            seats,
        )

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def video(self) -> Path:
        return self.folder / "class.mp4"

    def seats_at(self, frame: int) -> Mapping[str, Floats]:
        """The seats as they were at the moment nearest to ``frame``."""
        return self.seats[min(self.seats, key=lambda known: abs(known - frame))]


def _corners(box: list[float]) -> Floats:
    x, y, width, height = box
    return np.array([x, y, x + width, y + height], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Run:
    """One command of the command line.  peak_mb: its own, None where the system does not tell."""

    seconds: float
    peak_mb: float | None


def rollcall(home: Home, *arguments: str | Path) -> Run:
    """Run one command in a process of its own."""
    command = [str(one) for one in (sys.executable, PROJECT / "app.py", "--home", home.root, *arguments)]
    measured = [sys.executable, "-m", "benchmarks.measured", *command]
    done = subprocess.run(measured, cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{arguments[0]} failed:\n{done.stderr}")
    return Run(**json.loads(done.stdout.splitlines()[-1]))


@contextmanager
def home_of(enrol: Path) -> Iterator[Home]:
    """A home that lasts as long as the block, with a class trained on the photos of ``enrol``."""
    own = Home.find()
    prepare_networks(own)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Home(Path(folder).resolve())
        shutil.copytree(own.networks, home.networks)
        rollcall(home, "class", "add", CLASS, "Benchmark")
        rollcall(home, "enrol", CLASS, enrol, "--consent", "benchmark")
        rollcall(home, "train", CLASS)
        yield home


def measure_plain(folder: Path, frames: int) -> float:
    """Seconds that the plain way takes for one frame, from the first ``frames`` of a lesson."""
    command = ["-m", "benchmarks.plain_way", str(folder / "enrol"), str(folder / "class.mp4"), str(frames)]
    done = subprocess.run([sys.executable, *command], cwd=PROJECT, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout.strip().splitlines()[-1])
    return float(told["seconds"] / told["frames"])


def machine() -> str:
    """What the figures were measured on, and how busy it was with other things."""
    text = f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return f"{text}, load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else text
