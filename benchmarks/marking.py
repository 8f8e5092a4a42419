"""Marking a classroom video: Rollcall against the plain way, in one run, as a table.

``python -m benchmarks.marking FOLDER [FRAMES]``, where FOLDER holds ``enrol/``, ``class.mp4`` and ``truth.json`` as the
classroom builder writes them.  The plain way sees FRAMES frames (12) and is scaled to the whole video.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.asked import folders
from benchmarks.lessons import measure_plain
from core.paths import PROJECT


def peak_memory_mb() -> float | None:
    """The largest child so far, MB; None where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def rollcall(home: Path, *arguments: str) -> float:
    """One command of the command line in a child process; returns wall seconds."""
    started = time.perf_counter()
    command = [sys.executable, str(PROJECT / "app.py"), "--home", str(home), *arguments]
    subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def measure_rollcall(folder: Path, home: Path) -> dict[str, Any]:
    """Enrol, train and mark in a fresh home."""
    rollcall(home, "setup")
    rollcall(home, "class", "add", "C", "Benchmark")
    enrol = rollcall(home, "enrol", "C", str(folder / "enrol"), "--consent", "benchmark")
    train = rollcall(home, "train", "C")
    report = home / "mark.json"
    wall = rollcall(home, "mark", "C", str(folder / "class.mp4"), "--json", str(report))
    return {"enrol": enrol, "train": train, "wall": wall, **json.loads(report.read_text(encoding="utf-8"))}


def main() -> None:
    """Print the table."""
    (folder,), frames = folders(__doc__, "lesson"), int(sys.argv[2]) if len(sys.argv) > 2 else 12
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    expected = {truth["rolls"][name] for name in truth["present"]}
    with tempfile.TemporaryDirectory() as home:
        ours = measure_rollcall(folder, Path(home))
    memory = peak_memory_mb()
    whole = measure_plain(folder, frames) * truth["frames"]
    marked = {one["roll"] for one in ours["present"]}
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print("| | Rollcall | plain way |\n|---|---|---|")
    print(f"| wall time for {truth['frames']} frames | {ours['wall']:.1f} s | {whole:.0f} s (from {frames} frames) |")
    print(f"| times faster than the plain way | {whole / ours['wall']:.0f} | 1 |")
    print(f"| times faster than the lesson | {ours['video_seconds'] / ours['wall']:.2f} | - |")
    # setup runs TensorFlow and would hide the peak of marking, so it is stated for all of Rollcall's commands.
    print(f"| peak memory of its commands, set-up included | {memory and round(memory)} MB | - |")
    print(f"| present and marked | {len(marked & expected)} of {len(expected)} | - |")
    print(f"| marked though not there | {sorted(marked - expected)} | - |")
    print(f"| to review | {len(ours['review'])} | - |")
    print(f"| enrolling, training | {ours['enrol']:.1f} s, {ours['train']:.1f} s | - |")


if __name__ == "__main__":
    main()
