"""What encrypting the stored faces costs: opening a home, reading everybody's faces, marking a lesson.

``python -m benchmarks.encryption [--students N] [LESSON]``.  Both ways are measured in turn in one run.  The comparison
is the same program with the sealing replaced by copying, on a home whose values were never encrypted.  Opening is
a process of its own, up to the first opened face; its comparison opens the same home without touching a face, and the
least of the runs counts, for other programs easily disturb a start.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

import numpy as np
from sqlalchemy import insert

from benchmarks.lessons import CLASS, Lesson, home_of, machine
from core import clock, rekeying
from core.engine import Engine, load_engine
from core.marking import MarkRequest, mark
from core.paths import PROJECT, Home
from core.school import forget_school, open_school
from core.settings import Settings
from core.store import people, samples
from core.store.database import Store, open_store
from core.store.sealed import SAMPLE_CROP, SAMPLE_EMBEDDING, seal
from core.store.tables import SampleTable
from core.vault import sealing, sources
from core.vault.sources import Kind
from core.vault.vault import Vault

RUNS = 7
STUDENTS, SAMPLES, CROP_BYTES = 1000, 40, 4_000
"""Crops are smaller than real ones, for their disk space: reading embeddings does not touch them."""
PHRASE = "four words are enough"
START = """
import sys, time
began = time.perf_counter()
from pathlib import Path
from core.paths import Home
from core.store import samples
from core.store.database import open_store
with open_store(Home(Path(sys.argv[1]))) as store, store.read() as db:
    if sys.argv[2] == "face":
        samples.load_embeddings(db, [1], "key")
    print(time.perf_counter() - began)
"""


def _padded(_: Vault, content: bytes, _context: bytes, generation: int | None = None) -> bytes:
    return sealing.prefix_of(generation or 1) + bytes(12) + content + bytes(16)


def _cut(_: Vault, stored: bytes, _context: bytes) -> bytes:
    return stored[20:-16]


@contextmanager
def copying() -> Iterator[None]:
    """Within the block values are as long as sealed ones, but not encrypted."""
    with mock.patch.object(Vault, "seal", _padded), mock.patch.object(Vault, "unseal", _cut):
        yield


def fill(store: Store, students: int, count: int) -> None:
    """Students with random faces."""
    rng, crop, now = np.random.default_rng(0), os.urandom(CROP_BYTES), clock.now()
    fixed = {"source": "", "quality": 1.0, "sharpness": 1.0, "brightness": 1.0, "face_px": 99.0, "model_key": "key"}
    for start in range(0, students, 50):
        with store.transaction() as db:
            rows = []
            for one in range(start, min(start + 50, students)):
                owner = people.add_student(db, f"R{one}", "N").id
                people.record_consent(db, owner, "benchmark", now)
                for face in rng.normal(size=(count, 512)).astype(np.float32):
                    digest = os.urandom(32).hex()
                    sealed = {
                        "embedding": seal(db, SAMPLE_EMBEDDING, owner, face.tobytes(), digest, "key"),
                        "crop": seal(db, SAMPLE_CROP, owner, crop, digest),
                    }
                    rows.append({**fixed, "student_id": owner, "created_at": now, "crop_sha256": digest, **sealed})
            db.execute(insert(SampleTable), rows)


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def opening_rows(folder: Path) -> Iterator[str]:
    """A process that opens the home, without and with opening a face, for the keepers every computer has."""
    home = Home(folder / "opening")
    with open_store(home) as store:
        fill(store, 1, 1)
    kinds: tuple[Kind, ...] = ("file", "passphrase")
    for kind in kinds:
        with open_store(home) as store:
            rekeying.change_source(store, kind, PHRASE)
        taken: dict[str, list[float]] = {"register": [], "face": []}
        for _ in range(RUNS):
            for what, times in taken.items():
                command = [sys.executable, "-c", START, str(home.root), what]
                environment = {**os.environ, sources.VARIABLE: PHRASE}
                done = subprocess.run(command, cwd=PROJECT, env=environment, check=True, capture_output=True, text=True)
                times.append(float(done.stdout))
        without, with_ = (1000 * min(times) for times in taken.values())
        yield f"| opening, key from a {kind} | {without:.0f} ms | {with_:.0f} ms | {with_ - without:+.0f} ms |"


def reading_rows(folder: Path, students: int) -> Iterator[str]:
    """Everybody's embeddings, the index over the school made of them, and the kept one."""
    with ExitStack() as stack:
        stores = [stack.enter_context(open_store(Home(folder / name))) for name in ("plain", "sealed")]
        with copying():
            fill(stores[0], students, SAMPLES)
        fill(stores[1], students, SAMPLES)

        def embeddings(store: Store) -> None:
            with store.read() as db:
                samples.load_embeddings(db, range(1, students + 1), "key")

        def index(store: Store) -> None:
            forget_school(store.home)
            open_school(store, "key")

        def kept(store: Store) -> None:
            open_school(store, "key")

        for name, work in (("embeddings", embeddings), ("making the index", index), ("the kept index", kept)):
            yield _row(f"{students:,} students x {SAMPLES}: {name}", *_in_turn(stores, work, RUNS))


def marking_row(lesson: Lesson) -> str:
    """The same lesson marked in two homes, one of which was never encrypted."""
    with ExitStack() as stack:
        home = stack.enter_context(home_of(lesson.folder / "enrol"))
        twin = Home(Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))))
        for folder in (home.data, home.classifiers):
            shutil.copytree(folder, twin.root / folder.relative_to(home.root))
        stores = [stack.enter_context(open_store(one)) for one in (twin, home)]
        with mock.patch.object(Vault, "seal", _padded):
            rekeying.rotate(stores[0])
        engine, settings = load_engine(home, 30), Settings()
        without, with_ = _in_turn(stores, lambda store: _mark(store, engine, settings, lesson), RUNS)
    return _row(f"marking {lesson.name}", without, with_)


def _mark(store: Store, engine: Engine, settings: Settings, lesson: Lesson) -> None:
    mark(store, engine, settings, MarkRequest(CLASS, str(lesson.video), new=True))


def _in_turn(stores: list[Store], work: Callable[[Store], object], runs: int) -> tuple[float, float]:
    """Median seconds in the first store, with copying, and in the second; each once before it counts."""
    plain, sealed = [], []
    for _ in range(runs + 1):
        with copying():
            plain.append(seconds(lambda: work(stores[0])))
        sealed.append(seconds(lambda: work(stores[1])))
    return statistics.median(plain[1:]), statistics.median(sealed[1:])


def _row(name: str, without: float, with_: float) -> str:
    return f"| {name} | {without:.3f} s | {with_:.3f} s | {100 * (with_ / without - 1):+.1f} % |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("lesson", nargs="?", type=Path, metavar="LESSON")
    parser.add_argument("--students", type=int, default=STUDENTS)
    wanted = parser.parse_args()
    print(f"{machine()}, medians of {RUNS} runs in turn\n\n| | not encrypted | encrypted | |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for row in opening_rows(Path(folder)):
            print(row, flush=True)
        for row in reading_rows(Path(folder), wanted.students):
            print(row, flush=True)
    if wanted.lesson is not None:
        print(marking_row(Lesson.read(wanted.lesson)))


if __name__ == "__main__":
    main()
