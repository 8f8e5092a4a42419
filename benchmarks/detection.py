"""Finding faces in group photos: every detector against the plain way, in one run, as a table.

``python -m benchmarks.detection FOLDER``, where a photo named ``…_NNN_K.jpg`` states that it shows K faces; fewer are
missed ones, more are false ones.  The other photos state nothing: there a face counts as confirmed when a detector of
another kind found it too.
"""

import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.asked import folders
from core.paths import PROJECT, Home
from core.records import Floats
from core.vision.detector import Detector
from core.vision.detectors import DETECTORS, detector_problem, load_detector
from core.vision.images import read_image
from core.vision.sources import media_files

SIZES = (20, 40)
ROUNDS = 3
SAME_FACE = 0.4
STATED = re.compile(r".*_\d{3}_(\d+)")


@dataclass(frozen=True, slots=True)
class Answers:
    """What one detector said.  boxes: ``(n, 4) xyxy`` for each photo; ms: of each photo, the quickest of its rounds."""

    label: str
    kind: str
    boxes: list[Floats]
    ms: list[float]


def ask(detector: Detector, label: str, kind: str, photos: list[Path]) -> Answers:
    """One of our detectors over all photos, one at a time."""
    boxes, times = [], []
    detector.detect(read_image(photos[0]))
    for path in photos:
        image, rounds = read_image(path), []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            faces = detector.detect(image)
            rounds.append(1000 * (time.perf_counter() - started))
        boxes.append(np.array([face.box for face in faces], dtype=np.float32).reshape(-1, 4))
        times.append(min(rounds))
    return Answers(label, kind, boxes, times)


def ask_plain(photos: list[Path]) -> Answers:
    """The plain way, in a child process."""
    command = [sys.executable, "-m", "benchmarks.plain_detector", *(str(path) for path in photos)]
    done = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True)
    answers = json.loads(done.stdout.strip().splitlines()[-1])
    boxes = [np.array(one["boxes"], dtype=np.float32).reshape(-1, 4) for one in answers]
    return Answers("plain way (`mtcnn` through Keras)", "mtcnn", boxes, [one["ms"] for one in answers])


def ask_all(photos: list[Path]) -> Iterator[Answers]:
    """Every detector that can be used, at every size, then the plain way."""
    home = Home.find()
    for kind in DETECTORS:
        problem = detector_problem(home, kind)
        if problem is not None:
            print(f"{kind} is left out: {problem}\n")
            continue
        for size in SIZES:
            yield ask(load_detector(home, kind, size), f"{kind}, from {size} pixels", kind, photos)
    yield ask_plain(photos)


def confirmed(boxes: Floats, others: Floats) -> int:
    """How many boxes have one of the others on the same face."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=2)
    mine, theirs = (np.prod(each[:, 2:] - each[:, :2], axis=1) for each in (boxes, others))
    return int((shared / (mine[:, None] + theirs[None] - shared) > SAME_FACE).any(axis=1).sum())


def row(one: Answers, everybody: list[Answers], stated: list[int | None]) -> str:
    """The cells of one detector."""
    told = [(len(boxes), count) for boxes, count in zip(one.boxes, stated, strict=True) if count is not None]
    found, false = sum(min(pair) for pair in told), sum(max(0, mine - count) for mine, count in told)
    untold = [i for i, count in enumerate(stated) if count is None]
    foreign = [answers for answers in everybody if answers.kind != one.kind]
    seen = sum(len(one.boxes[i]) for i in untold)
    sure = "-"
    if foreign:
        others = {i: np.concatenate([answers.boxes[i] for answers in foreign]) for i in untold}
        sure = str(sum(confirmed(one.boxes[i], others[i]) for i in untold))
    total = sum(count for _, count in told)
    ms = f"{np.median(one.ms):.0f} | {max(one.ms):.0f}"
    return f"| {one.label} | {len(told)} | {total} | {found} | {false} | {len(untold)} | {seen} | {sure} | {ms} |"


def main() -> None:
    """Print the table."""
    photos = list(media_files(*folders(__doc__, "photos")))
    matches = [STATED.fullmatch(path.stem) for path in photos]
    stated = [int(match[1]) if match else None for match in matches]
    everybody = list(ask_all(photos))
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print("| detector | photos | faces stated | found | false | other photos | faces | confirmed | ms, median | most |")
    print("|" + "---|" * 10)
    for one in everybody:
        print(row(one, everybody, stated))


if __name__ == "__main__":
    main()
