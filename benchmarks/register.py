"""The register of a large school: what a screen asks for, the month report and opening, beside the plain way.

``python -m benchmarks.register [--students 5000] [--subjects 6] [--marks 1000000] [--home DIR]``.  The school is made
up (see ``benchmarks/large_school.py``) in a real SQLite file; ``--home`` keeps it, or takes one that is there.  Each
figure is the median of several runs, and the slowest of them; the first, with nothing in SQLite's memory, is among
them.  The plain way loads every mark and counts in Python, or checks every page of the file.
"""

import argparse
import os
import platform
import sqlite3
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.large_school import Size, build
from core import clock
from core.paths import Home
from core.reports.registry import run_report
from core.settings import Settings
from core.store import history, lines, people, register, sessions, tallies
from core.store.database import Store, open_store
from core.store.statuses import status_set
from core.store.tables import MarkTable, PassageTable, SessionTable, StudentTable
from core.store.tallies import Scope

RUNS, SLOW_RUNS = 15, 3
SCREEN_S, MONTH_S, OPEN_S = 0.1, 3.0, 2.0
PAGE = 100
"""Rows of a list that are on one screen."""


@dataclass(frozen=True, slots=True)
class School:
    """What the queries ask about."""

    store: Store
    settings: Settings
    size: Size
    class_id: int
    code: str
    session_id: int
    roll: str

    @property
    def month(self) -> date:
        """The last month with lessons throughout."""
        return self.size.today.replace(day=1) - timedelta(days=1)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--students", type=int, default=5000)
    parser.add_argument("--subjects", type=int, default=6, help="courses of each group of 30")
    parser.add_argument("--marks", type=int, default=1_000_000, help="about so many")
    parser.add_argument("--home", type=Path, help="folder to keep the school in")
    wanted = parser.parse_args()
    size = Size(wanted.students, wanted.subjects, wanted.marks)
    with tempfile.TemporaryDirectory(prefix="rollcall-school-") as folder:
        home = Home((wanted.home or Path(folder)).resolve())
        with open_store(home) as store, store.read() as db:
            empty = not people.list_classes(db)
        if empty:
            with open_store(home) as store:
                build(store, size)
        measure(home, size)


def measure(home: Home, size: Size) -> None:
    """Print all figures of a school that is there."""
    opening = [_opened(home.database, home) for _ in range(SLOW_RUNS)]
    with open_store(home) as store, _afternoon_of(size.today):
        school = _school(store, size)
        with store.read() as db:
            counts = [db.query(table).count() for table in (StudentTable, SessionTable, MarkTable)]
        print(
            f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
            f"SQLite {sqlite3.sqlite_version}; {counts[0]:,} students, {size.classes:,} classes, "
            f"{counts[1]:,} sessions, {counts[2]:,} marks, {home.database.stat().st_size / 1e6:.0f} MB\n"
        )
        print(
            "| what | rows | median | slowest | bound | the plain way | times as fast |\n|---|---|---|---|---|---|---|"
        )
        for group, runs, bound in ((SCREENS, RUNS, SCREEN_S), (MONTH, SLOW_RUNS, MONTH_S), (YEAR, SLOW_RUNS, None)):
            for name, work in group.items():
                _print_row(name, _timed(work, school, runs), bound, PLAIN.get(name), school)
    plain = _checked_whole(home.database)
    median = statistics.median(opening)
    print(
        f"| open the store, file not in memory | | {_shown(median)} | {_shown(max(opening))} | {_shown(OPEN_S)} ",
        end="",
    )
    print(f"| {_shown(plain)} | {plain / median:.1f} |")


def _school(store: Store, size: Size) -> School:
    # A class with a lesson on the last day, a Friday.
    class_id = max(size.classes // 2 // 5 * 5, 5) - 1
    with store.read() as db:
        school_class = people.get_class_by_id(db, class_id)
        latest = sessions.latest_session(db, class_id)
        student = people.roster(db, class_id)[0]
    if latest is None:
        raise ValueError("the school has no lesson")
    settings = Settings(time_zone="UTC")
    return School(store, settings, size, class_id, school_class.code, latest.id, student.roll)


@contextmanager
def _afternoon_of(day: date) -> Iterator[None]:
    """The school's today is its last day with lessons, whenever this runs."""
    real = clock.now
    clock.now = lambda: datetime.combine(day, clock_time(16), UTC)
    try:
        yield
    finally:
        clock.now = real


Work = Callable[[School, Session], int]


def _todays_sessions(school: School, db: Session) -> int:
    today = school.size.today
    return len(tallies.by_session(db, Scope(today, today)))


def _class_register(school: School, db: Session) -> int:
    first = school.size.today - timedelta(days=30)
    held = sessions.sessions_on(db, first, school.size.today, [school.class_id])
    return sum(len(register.register_rows(db, one.id)) for one in held)


def _students_page(_: School, db: Session) -> int:
    return len(people.list_students(db)[:PAGE])


def _history(school: School, db: Session) -> int:
    student = people.get_student(db, school.roll)
    return len(history.last_marks(db, Scope(student_ids=[student.id]), 10, 50))


def _last_passages(_: School, db: Session) -> int:
    columns = (
        PassageTable.student_id,
        StudentTable.roll,
        StudentTable.name,
        PassageTable.first_at,
        PassageTable.picture,
    )
    query = select(*columns).join(StudentTable, StudentTable.id == PassageTable.student_id)
    return len(db.execute(query.order_by(PassageTable.first_at.desc()).limit(5)).all())


def _passages_today(school: School, db: Session) -> int:
    columns = (PassageTable.student_id, PassageTable.first_at, PassageTable.last_at, PassageTable.direction)
    return len(db.execute(select(*columns).where(PassageTable.day == school.size.today)).all())


def _session(school: School, db: Session) -> int:
    sessions.get_session(db, school.session_id)
    status_set(db)
    return len(register.register_rows(db, school.session_id))


def _changes(school: School, db: Session) -> int:
    return len(lines.change_lines(db, Scope(), session_id=school.session_id))


def _report(name: str, **given: str) -> Work:
    def work(school: School, _: Session) -> int:
        words = {"{code}": school.code, "{roll}": school.roll, "{month}": f"{school.month:%Y-%m}"}
        asked = {key: words.get(text, text) for key, text in given.items()}
        result = run_report(school.store, school.settings, name, asked)
        return sum(len(table.rows) for table in result.tables)

    return work


SCREENS: dict[str, Work] = {
    "today's sessions with their counts": _todays_sessions,
    "one class's register of the last month": _class_register,
    "one lesson": _session,
    "changes of a lesson": _changes,
    "one student's last 50 lessons": _history,
    "first page of the students": _students_page,
    "last five passages with pictures": _last_passages,
    "everybody who passed a camera today": _passages_today,
    "report below, one class": _report("below", **{"class": "{code}"}),
    "report class": _report("class", **{"class": "{code}"}),
    "report student": _report("student", student="{roll}"),
    "report missing": _report("missing", **{"class": "{code}"}),
    "report changes, one class": _report("changes", **{"class": "{code}"}),
}
MONTH: dict[str, Work] = {"report month, whole school": _report("month", month="{month}")}
YEAR: dict[str, Work] = {
    "report lateness, whole school, a year": _report("lateness"),
    "report below, whole school, a year": _report("below"),
}


def _all_marks(db: Session) -> list[tuple[int, int, str]]:
    query = select(MarkTable.session_id, MarkTable.student_id, MarkTable.status)
    return [(session, student, status) for session, student, status in db.execute(query)]


def _plain_register(school: School, db: Session) -> int:
    first = school.size.today - timedelta(days=30)
    held = {one.id for one in sessions.sessions_on(db, first, school.size.today, [school.class_id])}
    return sum(session in held for session, _, _ in _all_marks(db))


def _plain_history(school: School, db: Session) -> int:
    student = people.get_student(db, school.roll)
    return len([one for one in _all_marks(db) if one[1] == student.id][-50:])


def _plain_month(school: School, db: Session) -> int:
    days = {number: day for number, day in db.execute(select(SessionTable.id, SessionTable.day))}
    month = (school.month.year, school.month.month)
    found: Counter[tuple[int, str]] = Counter()
    for session, student, status in _all_marks(db):
        if (days[session].year, days[session].month) == month:
            found[student, status] += 1
    return len(found)


PLAIN: dict[str, Work] = {
    "one class's register of the last month": _plain_register,
    "one student's last 50 lessons": _plain_history,
    "report month, whole school": _plain_month,
}


def _timed(work: Work, school: School, runs: int) -> tuple[int, list[float]]:
    """Rows and the seconds of each run, each with a connection of its own."""
    rows, seconds = 0, []
    for _ in range(runs):
        with school.store.read() as db:
            started = time.perf_counter()
            rows = work(school, db)
            seconds.append(time.perf_counter() - started)
    return rows, seconds


def _print_row(
    name: str, found: tuple[int, list[float]], bound: float | None, plain: Work | None, school: School
) -> None:
    rows, seconds = found
    median = statistics.median(seconds)
    cells = [name, f"{rows:,}", _shown(median), _shown(max(seconds)), "" if bound is None else _shown(bound), "", ""]
    if plain is not None:
        slow = statistics.median(_timed(plain, school, SLOW_RUNS)[1])
        cells[5:] = [_shown(slow), f"{slow / median:.0f}"]
    print(f"| {' | '.join(cells)} |")


def _shown(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"


def _opened(path: Path, home: Home) -> float:
    _forget(path)
    started = time.perf_counter()
    open_store(home).close()
    return time.perf_counter() - started


def _checked_whole(path: Path) -> float:
    """Seconds to check every page."""
    _forget(path)
    started = time.perf_counter()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA quick_check(1)").fetchall()
    return time.perf_counter() - started


def _forget(path: Path) -> None:
    """Let the system drop the file from its memory, as after a restart; where it cannot, opening is timed warm."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


if __name__ == "__main__":
    main()
