"""The benchmarks: what they count, and the command that starts them."""

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.classroom import size_class
from benchmarks.endurance import Moment, resident_mb, slope, tell
from benchmarks.lessons import Lesson
from benchmarks.live import one_by_one
from benchmarks.tracking import Recording, seat_of, steadiness
from core.commands import bench
from core.paths import PROJECT
from core.records import Floats
from tests.cli_support import Cli


def box(x: float, y: float, size: float = 50) -> Floats:
    """A face around a centre."""
    return np.array([x - size / 2, y - size / 2, x + size / 2, y + size / 2], dtype=np.float32)


SEATS = {"Ada": box(100, 100, 120), "Bob": box(300, 100, 120), "Cy": box(500, 100, 120)}
LESSON = Lesson(Path("lesson"), ("Ada", "Bob"), ("Cy",), {"Ada": "R1", "Bob": "R2"}, 100, 25, {0: SEATS, 25: SEATS})


def test_a_face_belongs_to_the_seat_that_holds_its_centre() -> None:
    assert seat_of(box(110, 90), SEATS) == "Ada"
    assert seat_of(box(200, 100), SEATS) is None
    overlapping = {"wide": box(0, 0, 400), "own": box(110, 90, 100)}
    assert seat_of(box(110, 90), overlapping) == "own"


def test_a_track_that_goes_to_another_seat_is_a_switch() -> None:
    found = steadiness(Recording({1: [(0, box(100, 100)), (12, box(200, 100)), (25, box(300, 100))]}), LESSON)
    assert found.switches == 1
    assert found.tracks_by_seat == {"Ada": 1, "Bob": 1}


def test_there_and_back_again_are_two_switches() -> None:
    visits = [(0, box(100, 100)), (6, box(300, 100)), (12, box(100, 100))]
    assert steadiness(Recording({1: visits}), LESSON).switches == 2


def test_tracks_that_stay_or_begin_anew_are_no_switches() -> None:
    tracks = {
        1: [(0, box(100, 100)), (6, box(105, 98))],
        2: [(12, box(100, 100)), (18, box(200, 100)), (24, box(100, 100))],
        3: [(0, box(300, 100)), (24, box(300, 100))],
        4: [(0, box(700, 500))],
    }
    found = steadiness(Recording(tracks), LESSON)
    assert (found.tracks, found.switches, found.outside) == (4, 0, 1)
    assert found.tracks_by_seat == {"Ada": 2, "Bob": 1}
    assert found.fragments(["Ada", "Bob", "Cy"]) == 1.5


def test_the_size_of_a_face_is_the_median_on_its_own_seat() -> None:
    sizes = [(0, box(100, 100, 30)), (6, box(100, 100, 44)), (12, box(100, 100, 90)), (18, box(300, 100, 10))]
    assert steadiness(Recording({1: sizes}), LESSON).face_px == {"Ada": 44, "Bob": 10}


@pytest.mark.parametrize(
    ("face_px", "expected"),
    [(60.0, "large"), (59.9, "middling"), (40.0, "middling"), (39.9, "small"), (None, "unseen")],
)
def test_classes_of_size(face_px: float | None, expected: str) -> None:
    assert size_class(face_px) == expected


def test_people_arrive_one_by_one_and_early_enough_to_be_named() -> None:
    arrivals = one_by_one(LESSON)
    assert set(arrivals) == {"Ada", "Bob", "Cy"}
    assert sorted(arrivals.values()) == [0.0, 1.0, 2.0]


def test_a_command_has_its_own_memory_and_exit_code() -> None:
    """Through a process that imports nothing, for this one holds whole networks."""
    command = [sys.executable, "-c", "import time; time.sleep(0.1); raise SystemExit(3)"]
    measured = [sys.executable, "-m", "benchmarks.measured", *command]
    done = subprocess.run(measured, cwd=PROJECT, capture_output=True, text=True, check=False)
    told = json.loads(done.stdout)
    assert done.returncode == 3
    assert told["seconds"] >= 0.1
    assert told["peak_mb"] is None or 1 < told["peak_mb"] < 200


def test_growth_counts_from_when_it_has_settled() -> None:
    """Filling by 300 MB in the first ten minutes, then 12 MB an hour."""
    moments = [
        Moment(60.0 * minute, 400 + 30.0 * min(minute, 10) + 0.2 * max(0, minute - 10), 90, minute, minute / 2, 7, 0)
        for minute in range(121)
    ]
    assert slope(moments, "window_mb") == pytest.approx(12)
    assert slope(moments, "camera_mb") == pytest.approx(0, abs=1e-6)
    table = io.StringIO()
    tell(moments, table)
    lines = table.getvalue().splitlines()
    assert "| 10 | 700.0 MB | +0.0 MB | 90.0 MB | +0.0 MB | 10 | 5.0 | 7 | 0 |" in lines
    assert "| 60 | 710.0 MB | +10.0 MB | 90.0 MB | +0.0 MB | 60 | 30.0 | 7 | 0 |" in lines
    assert "| 119 | 721.8 MB | +21.8 MB | 90.0 MB | +0.0 MB | 119 | 59.5 | 7 | 0 |" in lines
    assert "+12.0 MB an hour in the window" in lines[-1]


HELD = """
import os
from benchmarks.endurance import resident_mb
before = resident_mb(os.getpid())
held = b"x" * (64 * 2**20)
print(resident_mb(os.getpid()) - before)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells it so")
def test_memory_that_is_held_is_seen() -> None:
    """In a process of its own: from this one the system may take back what other tests brought."""
    done = subprocess.run([sys.executable, "-c", HELD], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert 60 < float(done.stdout) < 70
    assert np.isnan(resident_mb(None))


def test_a_large_school_is_measured() -> None:
    """A small one: what comes out is a table with every figure."""
    size = ["--students", "60", "--subjects", "2", "--marks", "600"]
    command = [sys.executable, "-m", "benchmarks.register", *size]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "60 students, 4 classes, 20 sessions, 600 marks" in done.stdout
    rows = [line.split("|") for line in done.stdout.splitlines() if line.startswith("|")][2:]
    found = {row[1].strip(): row for row in rows}
    assert found["one class's register of the last month"][2].strip() == "150"
    assert found["everybody who passed a camera today"][2].strip() == "120"
    assert {"report month, whole school", "open the store, file not in memory"} <= found.keys()
    assert all(row[3].strip().endswith("s") for row in rows)


def test_bench_alone_says_what_there_is(cli: Cli) -> None:
    assert cli("bench") == 0
    lines = cli.printed.splitlines()
    assert [line.split()[0] for line in lines] == list(bench.NAMES)
    assert all(len(line.split()) > 4 for line in lines)


def test_an_unknown_benchmark_is_a_sentence(cli: Cli) -> None:
    assert "There is no benchmark speed" in cli.refused("bench", "speed")


def test_a_copy_without_benchmarks_says_so(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "FOLDER", tmp_path / "benchmarks")
    assert "not part of this copy" in cli.refused("bench", "naming")


def test_a_benchmark_gets_its_arguments_and_the_home(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(bench, "become", lambda command: started.append(command) or 5)
    for name in ("PYTHONPATH", "ROLLCALL_HOME"):
        monkeypatch.setenv(name, "before")
    assert cli("bench", "classroom", "lesson", "--plain", "6", "--help") == 5
    assert started == [[sys.executable, "-m", "benchmarks.classroom", "lesson", "--plain", "6", "--help"]]
    assert bench.os.environ["ROLLCALL_HOME"] == str(cli.home.root)
