"""How fast a class register is written and read back, beside the same table written plainly with openpyxl.

``python -m benchmarks.workbooks [STUDENTS SESSIONS]``, 60 and 200 without.  The register has colours, formulas, the
list of statuses, a page about the sessions with its chart and the hidden page; the plain table has names and letters
only.  Both start from the database.  The median of the runs counts; they take turns, so that a busy computer is busy
for both.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from openpyxl import Workbook

from benchmarks.lessons import machine
from core.actor import MACHINE
from core.paths import Home
from core.register_import import plan_import
from core.reports.register_files import export_all, export_month, export_register, load_grid
from core.settings import Settings
from core.store import people, sessions
from core.store.database import Store, open_store
from core.store.marks import MarkState, Wish, write_marks
from core.store.sessions import SessionDraft

RUNS = 7
CLASS = "CS101"
AIMED_S = 1.0
FIRST = datetime(2026, 9, 1, 9, tzinfo=UTC)
LETTERS = "PPPPPPLPAPPPPEPPPP"


def fill(store: Store, students: int, held: int) -> None:
    """A class with every mark set."""
    with store.transaction() as db:
        class_id = people.add_class(db, CLASS, "Introduction to Computing", "Ms. Rao").id
        ids = [people.add_student(db, f"R{number:04}", f"Student of Name {number}").id for number in range(students)]
        for student in ids:
            people.add_to_roster(db, class_id, student)
        for lesson in range(held):
            begin = FIRST + timedelta(days=lesson)
            draft = SessionDraft(class_id, begin, begin + timedelta(minutes=50), UTC)
            row = sessions.add_session(db, draft)
            states = (LETTERS[(place * 7 + lesson) % len(LETTERS)] for place in range(students))
            wishes = [Wish(row.id, one, MarkState(code, source="face")) for one, code in zip(ids, states, strict=True)]
            write_marks(db, MACHINE, wishes)


def write_plainly(store: Store, path: Path) -> None:
    """The letters as openpyxl writes them, without any looks."""
    grid = load_grid(store, CLASS)
    book = Workbook()
    page = book.worksheets[0]
    page.append(["Roll", "Name", *(one.day for one in grid.sessions)])
    for student in grid.students:
        marks = (grid.states.get((one.id, student.id)) for one in grid.sessions)
        page.append([student.roll, student.name, *(mark.status if mark else None for mark in marks)])
    book.save(path)


def taken(*jobs: Callable[[], object]) -> list[float]:
    """The median seconds of each job, in turns."""
    seconds = []
    for _ in range(RUNS):
        row = []
        for job in jobs:
            started = time.perf_counter()
            job()
            row.append(time.perf_counter() - started)
        seconds.append(row)
    return [float(one) for one in np.median(seconds, axis=0)]


def main() -> None:
    """Print the table."""
    students, held = (int(word) for word in sys.argv[1:3]) if len(sys.argv) > 2 else (60, 200)
    settings = Settings(school="Lakeside School", time_zone="UTC")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, open_store(Home(Path(folder))) as store:
        fill(store, students, held)
        place = Path(folder)
        register = place / "register.xlsx"
        own, plain, ods, month, whole, read = taken(
            lambda: export_register(store, settings, CLASS, register),
            lambda: write_plainly(store, place / "plain.xlsx"),
            lambda: export_register(store, settings, CLASS, place / "register.ods"),
            lambda: export_month(store, settings, CLASS, 2026, 9, place / "month.xlsx"),
            lambda: export_all(store, settings, place / "all.xlsx"),
            lambda: plan_import(store, register),
        )
        size = register.stat().st_size / 1000
    print(f"{machine()}, {students} students and {held} sessions, median of {RUNS}\n")
    print("| | time | beside plain openpyxl |\n|---|---|---|")
    print(f"| class register, {size:.0f} kB (aimed at {AIMED_S:.0f} s) | {own:.2f} s | {own / plain:.2f} |")
    print(f"| the letters alone by openpyxl | {plain:.2f} s | 1 |")
    rows = (("as OpenDocument", ods), ("one month", month), ("all classes (this one)", whole), ("read back", read))
    for name, seconds in rows:
        print(f"| {name} | {seconds:.2f} s | {seconds / plain:.2f} |")


if __name__ == "__main__":
    main()
