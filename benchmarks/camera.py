"""Reading a camera in a process of its own against reading it here: pictures a second, work and delay.

``python -m benchmarks.camera [--seconds N]``.  A recording of 1920 × 1080 stands in for the camera, whose frames are
asked for as fast as they come, as a preview does at most; and four a second, as marking does.  Work is processor time
of this process and its children together; a stand-in's decoding counts both ways.  Delay runs from the moment a frame
was grabbed to the moment it can be used.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks.lessons import machine
from core.vision.devices import retrieved
from core.vision.feed import LiveOptions
from core.vision.live import start_camera
from core.vision.player import Player

WIDTH, HEIGHT, FPS, FRAMES = 1920, 1080, 30, 90
MARKING_S = 0.25


def recorded(folder: Path) -> Path:
    """A film in which everything moves."""
    path = folder / "camera.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, (WIDTH, HEIGHT))
    large = np.random.default_rng(0).integers(0, 255, (HEIGHT // 8, WIDTH // 8, 3), np.uint8)
    picture = cv2.resize(large, (WIDTH, HEIGHT))
    for number in range(FRAMES):
        writer.write(np.roll(picture, 8 * number, axis=1))
    writer.release()
    return path


def work() -> float:
    """Processor seconds of this process and of its children that ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def directly(path: Path, every_s: float) -> Iterator[float]:
    """The delay of each frame, read in this process; it does nothing else, so it misses none."""
    player, due = Player(str(path), loop=True), 0.0
    try:
        while player.grab():
            at_s = time.monotonic()
            if at_s >= due:
                due = at_s + every_s
                retrieved(player)
                yield time.monotonic() - at_s
    finally:
        player.release()


def through_a_child(path: Path, every_s: float) -> Iterator[float]:
    """The delay of each frame, read in a process of its own."""
    with start_camera(f"loop:{path}", LiveOptions()) as source:
        source.wait_opened()
        for frame in source.frames(every_s):
            yield source.late_s(frame)


def row(name: str, delays: Iterator[float], seconds: float) -> str:
    """The cells of one way."""
    next(delays)
    began, before, found = time.monotonic(), work(), []
    while time.monotonic() - began < seconds:
        found.append(next(delays))
    lasted = time.monotonic() - began
    delays.close()  # type: ignore[attr-defined]
    busy = work() - before
    median, most = 1000 * np.quantile(found, (0.5, 0.95))
    return f"| {name} | {len(found) / lasted:.1f} | {100 * busy / lasted:.0f} % | {median:.1f} ms | {most:.1f} ms |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each way is measured")
    seconds = parser.parse_args().seconds
    print(f"{machine()}; a recording stands in for the camera, {WIDTH} × {HEIGHT} at {FPS} a second\n")
    print("| | pictures a second | work, of one core | delay, median | 95 % |\n|" + "---|" * 5)
    with tempfile.TemporaryDirectory() as folder:
        path = recorded(Path(folder))
        for name, every_s in (("every frame", 0.0), ("four a second", MARKING_S)):
            print(row(f"{name}, in this process", directly(path, every_s), seconds), flush=True)
            print(row(f"{name}, in a child", through_a_child(path, every_s), seconds), flush=True)
    print("\nA child's work includes its start: about 0.3 s once.")


if __name__ == "__main__":
    main()
