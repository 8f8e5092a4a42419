"""Naming over a whole school: memory, speed and accuracy of the index beside the plain way, in one run.

``python -m benchmarks.school [KNOWN_DIR UNKNOWN_DIR] [--store]``.  The plain way is scikit-learn's nearest neighbour by
cosine over all samples.  The tables of 50, 500 and 5,000 students are of *synthetic* people; the folders (one a person)
add real ones, enrolled among synthetic ones.  ``--store`` reads 5,000 x 40 samples from a real database (9 GB).

The synthetic people have the spread of real ones.  Measured on 648 LFW photos of 118 people with weights
20180408-102900: cosine of two photos of one person 0.722 +- 0.099 (1 %, 5 %, 50 %: 0.411, 0.547, 0.735), of two people
0.135 +- 0.136 (1 %, 90 %, 99 %, 99.9 %: -0.167, 0.313, 0.468, 0.566).  A person is a draw of a normal law around the
common mean (squared norm 0.142), with variance 0.594 in directions that fade exponentially (constant 14); their photos
vary by 0.275 (constant 35), each person by their own factor (log-normal, 0.2).  That gives 0.718 +- 0.10 and
0.14 +- 0.14.  Where real people stand among them, mean and directions are theirs, so that synthetic students resemble
real strangers as real ones do.
"""

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.neighbors import NearestNeighbors
from sqlalchemy import insert

from benchmarks.naming import embed_people
from core import clock
from core.engine import load_engine
from core.paths import Home
from core.recognition.school import SchoolIndex, build
from core.records import Floats
from core.school import forget_school, open_school
from core.store.database import open_store
from core.store.sealed import SAMPLE_EMBEDDING, seal
from core.store.tables import SampleTable, StudentTable
from core.vectors import normalised

STUDENTS, SAMPLES = (50, 500, 5000), 40
LOOKS = (1, 3)
TIMED, PROBES = 200, 1000
MEAN, BETWEEN, WITHIN, SPREAD = 0.142, 0.594, 0.275, 0.2
BETWEEN_FADES, WITHIN_FADES = 14.0, 35.0
REAL_PHOTOS, SEEDS = 5, 8
CROP_BYTES = 40_000
"""An aligned face as PNG."""


@dataclass(frozen=True, slots=True)
class Population:
    """Where faces lie.  mean: ``(512,)``; between, within: ``(r, 512)`` directions scaled by their deviations."""

    mean: Floats
    between: Floats
    within: Floats

    @classmethod
    def published(cls) -> "Population":
        """The figures above, in directions of no meaning."""
        rng = np.random.default_rng(0)
        mean = rng.normal(size=512)
        fades = [np.exp(-np.arange(512) / constant) for constant in (BETWEEN_FADES, WITHIN_FADES)]
        scaled = [np.sqrt(total * fade / fade.sum()) for total, fade in zip((BETWEEN, WITHIN), fades, strict=True)]
        between, within = (np.diag(one).astype(np.float32) for one in scaled)
        return cls((mean * np.sqrt(MEAN / (mean @ mean))).astype(np.float32), between, within)

    @classmethod
    def of(cls, people: Sequence[Floats]) -> "Population":
        """Fitted to the ``(n, 512)`` photos of each of some real people."""
        means = np.stack([one.mean(axis=0) for one in people])
        rest = [(one - one.mean(axis=0)) * np.sqrt(len(one) / (len(one) - 1)) for one in people if len(one) > 2]
        within = np.cov(np.concatenate(rest).T, bias=True)
        # The mean of n photos still holds an n-th of what varies within a person.
        between = np.cov(means.T) - within * np.mean([1 / len(one) for one in people])
        return cls(means.mean(axis=0), _directions(between), _directions(within))

    def people(self, count: int, rng: np.random.Generator) -> Callable[[int], Floats]:
        """``count`` people; the returned function takes so many photos of each, ``(count, photos, 512)``."""
        own = self.mean + rng.normal(size=(count, len(self.between))).astype(np.float32) @ self.between
        spread = np.exp(SPREAD * rng.normal(size=(count, 1, 1))).astype(np.float32)

        def photos(each: int) -> Floats:
            noise = rng.standard_normal((count * each, len(self.within)), np.float32) @ self.within
            return normalised(own[:, None] + spread * noise.reshape(count, each, own.shape[1]))

        return photos


def _directions(covariance: np.ndarray) -> Floats:
    """Principal directions scaled by their deviations; all of the variance goes to those that are more than noise."""
    values, vectors = np.linalg.eigh(covariance)
    kept = values > 1e-6
    scale = np.sqrt(values[kept] * np.trace(covariance) / values[kept].sum())
    return np.asarray((vectors[:, kept] * scale).T, dtype=np.float32)


def milliseconds(work: Callable[[Floats], object], probes: Floats) -> str:
    """Median (and 95 % quantile) of the time of ``work`` on each probe, after one that does not count."""
    work(probes[0])
    seconds = []
    for probe in probes:
        started = time.perf_counter()
        work(probe)
        seconds.append(time.perf_counter() - started)
    median, late = 1e3 * np.quantile(seconds, [0.5, 0.95])
    return f"{median:.2f} ({late:.1f}) ms"


def shares(index: SchoolIndex, known: Sequence[tuple[int, Floats]], strangers: Sequence[Floats]) -> list[float]:
    """Per cent: students found; students given another name; strangers given a name."""
    namings = [(student, index.name(looks, np.ones(len(looks), np.float32))) for student, looks in known]
    named = [(student, naming.student_id) for student, naming in namings if naming.outcome == "known"]
    foreign = [index.name(looks, np.ones(len(looks), np.float32)).outcome == "known" for looks in strangers]
    right = sum(student == found for student, found in named)
    return [100 * right / len(known), 100 * (len(named) - right) / len(known), 100 * float(np.mean(foreign))]


def synthetic_rows(students: int) -> tuple[str, list[str]]:
    """Speed and memory beside two plain ways; accuracy for one look and for three."""
    rng = np.random.default_rng(students)
    photos = Population.published().people(students, rng)
    samples = photos(SAMPLES).reshape(-1, 512)
    labels = np.repeat(np.arange(students), SAMPLES)
    started = time.perf_counter()
    index = build(samples, labels, "")
    built = time.perf_counter() - started
    looks = photos(max(LOOKS))
    strangers = Population.published().people(PROBES, rng)(max(LOOKS))
    chosen = rng.choice(students, PROBES)
    plain = NearestNeighbors(n_neighbors=1, algorithm="brute", metric="cosine").fit(samples)
    ones = np.ones(max(LOOKS), np.float32)
    ours = milliseconds(lambda probe: index.name(probe, ones), looks[chosen[:TIMED]])
    by_numpy = milliseconds(lambda probe: (samples @ probe.mean(axis=0)).argmax(), looks[chosen[:TIMED]])
    by_sklearn = milliseconds(lambda probe: plain.kneighbors(probe.mean(axis=0)[None]), looks[chosen[:TIMED]])
    speed = (
        f"| {students:,} | {built:.2f} s | {index.nbytes / 1e6:.1f} MB | {samples.nbytes / 1e6:.0f} MB "
        f"| {ours} | {by_numpy} | {by_sklearn} |"
    )
    rows = []
    for count in LOOKS:
        known = [(int(one), looks[one, :count]) for one in chosen]
        right = shares(index, known, list(strangers[:, :count]))
        nearest = plain.kneighbors(np.stack([each.mean(axis=0) for _, each in known]), return_distance=False)[:, 0]
        cut = np.mean([index.name(one[:count], ones[:count]).cut for one in strangers])
        cells = " | ".join(f"{share:.1f} %" for share in [*right, 100 * float(np.mean(labels[nearest] == chosen))])
        rows.append(f"| {students:,} | {count} | {cut:.2f} | {cells} |")
    return speed, rows


def real_row(known: Sequence[Floats], unknown: Sequence[Floats], students: int, looks: int) -> str:
    """Real people enrolled with a few photos among synthetic ones; their other photos and real strangers as probes."""
    population = Population.of([*known, *unknown])
    sums, cuts = [], []
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        others = population.people(students - len(known), rng)(REAL_PHOTOS).reshape(-1, 512)
        orders = [rng.permutation(len(photos)) for photos in known]
        enrolled = [photos[order[:REAL_PHOTOS]] for photos, order in zip(known, orders, strict=True)]
        index = build(np.concatenate([*enrolled, others]), np.repeat(np.arange(students), REAL_PHOTOS), "")
        probes = [
            (one, known[one][rng.choice(rest, looks, replace=len(rest) < looks)])
            for one, rest in enumerate(order[REAL_PHOTOS:] for order in orders)
            for _ in range(4)
        ]
        foreign = [photos[rng.choice(len(photos), looks, replace=len(photos) < looks)] for photos in unknown]
        sums.append(shares(index, probes, foreign))
        cuts += [index.name(one, np.ones(len(one), np.float32)).cut for one in foreign]
    found, wrong, named = np.mean(sums, axis=0)
    cells = f"{found:.1f} % | {wrong:.1f} % | {named:.1f} %"
    return f"| {len(known)} among {students:,} | {looks} | {np.mean(cuts):.2f} | {cells} |"


def store_seconds(students: int) -> list[float]:
    """Seconds to the index: from a database on the disk, from one in the system's memory, from the kept file."""
    photos = Population.published().people(students, np.random.default_rng(0))(SAMPLES)
    crop, now = os.urandom(CROP_BYTES), clock.now()
    fixed = {"source": "", "quality": 1.0, "sharpness": 1.0, "brightness": 1.0, "face_px": 99.0, "model_key": "key"}
    with tempfile.TemporaryDirectory() as folder, open_store(Home(Path(folder))) as store:
        for start in range(0, students, 50):
            with store.transaction() as db:
                for one in range(start, min(start + 50, students)):
                    student = StudentTable(roll=f"R{one}", roll_key=f"r{one}", name="N", active=True, created_at=now)
                    student.consent_text = "benchmark"
                    db.add(student)
                    db.flush()
                    own = {**fixed, "student_id": student.id, "created_at": now, "crop": crop}
                    rows = []
                    for i in range(SAMPLES):
                        plain, bound = photos[one, i].tobytes(), (f"{i:064x}", "key")
                        sealed = seal(db, SAMPLE_EMBEDDING, student.id, plain, *bound)
                        rows.append({**own, "crop_sha256": bound[0], "embedding": sealed})
                    db.execute(insert(SampleTable), rows)
        _forget(store.home.database)
        seconds = []
        for kept in (False, False, True):
            if not kept:
                forget_school(store.home)
            started = time.perf_counter()
            open_school(store, "key")
            seconds.append(time.perf_counter() - started)
        return seconds


def _forget(path: Path) -> None:
    """Let the system drop the file from its memory, as after a restart; where it cannot, reading is timed warm."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="*", type=Path, metavar="KNOWN_DIR UNKNOWN_DIR")
    parser.add_argument("--store", action="store_true")
    wanted = parser.parse_args()
    print(
        f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, numpy {np.__version__}\n"
    )
    both = [synthetic_rows(students) for students in STUDENTS]
    print(
        f"| synthetic students x {SAMPLES} | building | index | all samples | a face, median (95 %) "
        "| all samples, numpy | all samples, scikit-learn |"
    )
    print("|---|---|---|---|---|---|---|", *(speed for speed, _ in both), sep="\n")
    print("\n| synthetic students | looks | mean cut | found | another name | strangers named | nearest sample right |")
    print("|---|---|---|---|---|---|---|", *(row for _, rows in both for row in rows), sep="\n")
    if len(wanted.folders) == 2:
        engine = load_engine(Home.find(), 30)
        known, unknown = (list(embed_people(folder, engine).values()) for folder in wanted.folders)
        usable = [photos for photos in known if len(photos) > REAL_PHOTOS]
        print(
            "\n| real people | looks | mean cut | found | another name | strangers named |\n|---|---|---|---|---|---|"
        )
        for students in (len(usable), *STUDENTS):
            for looks in LOOKS:
                print(real_row(usable, unknown, students, looks))
    if wanted.store:
        cold, warm, kept = store_seconds(max(STUDENTS))
        print(
            f"\n{max(STUDENTS):,} x {SAMPLES} samples, seconds from the database to the index: {cold:.1f} cold, ",
            end="",
        )
        print(f"{warm:.1f} warm; from the kept file {kept:.2f}")


if __name__ == "__main__":
    main()
