"""Freed pictures do not stay in this program's memory."""

import subprocess
import sys

import pytest

from core.paths import PROJECT

PICTURES = """
import sys, threading
import numpy as np
from benchmarks.endurance import resident_mb
from core.memory import give_back_pictures
import os
if sys.argv[1] == "given back":
    give_back_pictures()
kept = []
def look():
    for number in range(40):
        frames = [np.ones((1080, 1920, 3), np.uint8) for _ in range(4)]
        kept.append(np.ones(60_000, np.uint8))  # a face of them stays
        del frames
before = resident_mb(os.getpid())
threads = [threading.Thread(target=look) for _ in range(6)]
for one in threads: one.start()
for one in threads: one.join()
print(resident_mb(os.getpid()) - before)
"""


def grown_mb(how: str) -> float:
    command = [sys.executable, "-c", PICTURES, how]
    return float(subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a thing of glibc")
def test_pictures_of_many_threads_leave_only_what_is_kept() -> None:
    # 240 faces of 60 kB are 14 MB; the frames were 6 MB each, 24 at a time.
    assert grown_mb("given back") < 40
