"""What logging in and the audit cost, and whether the time of an answer tells which names are accounts.

``python -m benchmarks.accounts``.  Logins with a wrong password are timed for a name that is an account and for one
that is not; the medians' ratio must be near 1.  The audit is measured by appending rows and by marking a class of
40 with and without it.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from unittest.mock import patch

from core import audit, clock
from core.accounts import admin, login
from core.actor import MACHINE, Actor, acting
from core.correcting import set_marks
from core.errors import LoginError
from core.paths import Home
from core.settings import Settings
from core.store import audit as audit_rows
from core.store import people, sessions
from core.store.database import Store, open_store
from core.store.marks import MarkState, Wish
from core.store.sessions import SessionDraft

TURNS = 100
ROWS = 2000
STUDENTS = 40
ACTS = 60
TEACHER = Actor("A teacher", "teacher")
OWNER, PASSWORD = "The Office", "four words and a hat"


def timed(act: Callable[[], object]) -> float:
    """Seconds of one call; a refused login is what is measured, not a failure."""
    began = time.perf_counter()
    with suppress(LoginError):
        act()
    return time.perf_counter() - began


def logins(store: Store) -> None:
    """Wrong passwords for a known and an unknown name, and right ones."""
    kinds = {"known": (OWNER, "wrong"), "unknown": ("Nobody", "wrong"), "right": (OWNER, PASSWORD)}
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    moment, dice = clock.now(), random.Random(1)  # noqa: S311 - an order, no secret
    for number in range(TURNS):
        # Days later each time, so that nobody is locked; in an order of chance, so that no kind always comes first.
        now = moment + timedelta(days=2 * number)
        for kind in dice.sample(sorted(kinds), len(kinds)):
            times[kind].append(timed(partial(login.log_in, store, *kinds[kind], now=now)))
    known, unknown, right = (1000 * statistics.median(times[kind]) for kind in kinds)
    print(f"wrong password, known name    {known:8.1f} ms (median of {TURNS})")
    print(f"wrong password, unknown name  {unknown:8.1f} ms, {unknown / known:.3f} times the known name")
    print(f"right password                {right:8.1f} ms")


def rows(store: Store) -> None:
    """Appending many rows in one transaction, and checking them all."""
    with acting(MACHINE), store.transaction() as db:
        began = time.perf_counter()
        for number in range(ROWS):
            audit.record(db, None, "marks.set", session_id=number, after={"act": "x" * 32, "marks": 30})
        seconds = time.perf_counter() - began
    print(f"one row of the audit          {1e6 * seconds / ROWS:8.0f} us")
    office = login.log_in(store, OWNER, PASSWORD, now=clock.now() + timedelta(days=3650)).actor()
    with acting(office):
        began = time.perf_counter()
        found = audit.verify(store)
        seconds = time.perf_counter() - began
    if not found.ok:
        raise SystemExit(f"the audit is wrong: {found}")
    print(f"checking one row              {1e6 * seconds / found.rows:8.0f} us")


def marking(folder: Path) -> None:
    """Setting the marks of a whole class, with the audit and with a stand-in that writes nothing."""
    with open_store(Home(folder)) as store:
        with store.transaction() as db:
            class_id = people.add_class(db, "C", "Class").id
            who = [people.add_student(db, f"R{number}", f"Student {number}").id for number in range(STUDENTS)]
            for one in who:
                people.add_to_roster(db, class_id, one)
            begin = clock.now()
            draft = SessionDraft(class_id, begin, begin + timedelta(hours=1), None)
            session_id = sessions.add_session(db, draft).id
        times: dict[bool, list[float]] = {True: [], False: []}
        for number in range(2 * ACTS):
            audited = number % 4 in (0, 3)
            wishes = [Wish(session_id, one, MarkState("PA"[number % 2])) for one in who]
            act = partial(set_marks, store, Settings(), TEACHER, wishes, why="measured")
            with nullcontext() if audited else patch.object(audit_rows, "record"):
                times[audited].append(timed(act))
    with_audit, without = times[True], times[False]
    cost = statistics.median(with_audit) - statistics.median(without)
    share = 100 * cost / statistics.median(without)
    print(f"setting {STUDENTS} marks without audit {1000 * statistics.median(without):7.1f} ms")
    print(f"the audit of it               {1000 * cost:8.2f} ms, {share:.1f} % more")


def main() -> None:
    """Measure in a home that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        with open_store(Home(Path(folder) / "logins")) as store:
            admin.set_up(store, OWNER, PASSWORD)
            logins(store)
            rows(store)
        marking(Path(folder) / "marks")


if __name__ == "__main__":
    main()
