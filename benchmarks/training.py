"""How long a training takes, and how long it takes to add one student to a trained class.

``python -m benchmarks.training``.  The faces are synthetic: clusters of unit vectors that need no network and are the
same on every computer.  What real photos take besides is finding the faces, which :mod:`benchmarks.marking` measures.
"""

import os
import platform
import time
from collections.abc import Callable

import numpy as np

from core.recognition.calibration import calibrate
from core.recognition.classifier import Classifier, Integers, fit, renewed
from core.records import Floats
from core.vectors import normalised

STUDENTS = (10, 30, 60, 120)
SAMPLES = (10, 40)
SIZE = 512
NOISE = 0.028
"""Of each coordinate.  Two photos of one student then have a mean cosine of 0.71; those of the LFW people have 0.72."""
REPEATS = 3
"""The shortest of so many runs counts; the others were disturbed."""


def clusters(students: int, samples: int) -> tuple[Floats, Integers]:
    """``(students * samples, 512)`` unit vectors around one random direction a student, with their labels."""
    rng = np.random.default_rng((students, samples))
    centres = normalised(rng.normal(size=(students, SIZE)).astype(np.float32))
    noise = NOISE * rng.normal(size=(students * samples, SIZE))
    labels = np.repeat(np.arange(students, dtype=np.int64), samples)
    return normalised((centres[labels] + noise).astype(np.float32)), labels


def seconds_of(work: Callable[[], object], repeats: int) -> float:
    """The shortest time of several runs."""
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken)


def row(students: int, samples: int) -> str:
    """One line: calibrating, fitting, both, adding one student to the others, and whether the others stayed."""
    embeddings, labels = clusters(students, samples)
    calibrating = seconds_of(lambda: calibrate(embeddings, labels, None, ""), 1)
    cuts, _ = calibrate(*clusters(4, 4), None, "")
    fitting = seconds_of(lambda: fit(embeddings, labels, cuts, ""), 1)
    newest = students - 1
    before = fit(embeddings[labels != newest], labels[labels != newest], cuts, "")
    extending = seconds_of(lambda: renewed(before, embeddings, labels, [newest]), REPEATS)
    after = renewed(before, embeddings, labels, [newest])
    return (
        f"| {students} x {samples} | {calibrating:.2f} s | {fitting:.2f} s | {calibrating + fitting:.2f} s "
        f"| {extending * 1000:.0f} ms | {_unchanged(before, after)} |"
    )


def _unchanged(before: Classifier, after: Classifier) -> str:
    same = int((after.coef[: len(before.coef)] == before.coef).all(axis=1).sum())
    return f"{same} of {len(before.coef)}"


def main() -> None:
    """Print the table."""
    print(
        f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}; synthetic unit vectors\n"
    )
    print("| students x samples | calibrate | fit | whole training | one student more | hyperplanes that stayed |")
    print("|---|---|---|---|---|---|")
    for samples in SAMPLES:
        for students in STUDENTS:
            print(row(students, samples), flush=True)


if __name__ == "__main__":
    main()
