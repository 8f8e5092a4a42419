"""Several writers of one register at the same moment, each a process of its own: nothing doubled, nothing lost."""

import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

import pytest

from core.audit import verify
from core.engine import Engine
from core.marking import MarkRequest, mark
from core.paths import PROJECT, Home
from core.records import Progress
from core.sessions import SessionRequest, open_session
from core.settings import Settings
from core.store import marks, people
from core.store.database import Store, open_store
from core.store.sightings import sightings_of
from tests.cli_support import ASTRONAUT, PHOTOGRAPHER, Cli
from tests.store_support import TEACHER

SCHOOL = Settings(time_zone="UTC")
STUDENTS, ROUNDS = 12, 3
WRITER = """
import sys
from pathlib import Path
from core.actor import Actor
from core.correcting import set_marks
from core.errors import BusyError, ChangedError
from core.paths import Home
from core.settings import Settings
from core.store import marks
from core.store.database import open_store
from core.store.marks import MarkState, Wish
home, session, letter, students, rounds = sys.argv[1], *(int(one) if one.isdigit() else one for one in sys.argv[2:])
done = refused = 0
with open_store(Home(Path(home))) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(rounds):
        for student in range(1, students + 1):
            key = session, student
            with store.read() as db:
                seen = marks.marks_of(db, [session]).get(key)
            before = None if seen is None else seen.state
            if before is not None and before.status == letter:
                continue
            try:
                wish = Wish(session, student, MarkState(letter))
                set_marks(store, Settings(time_zone="UTC"), Actor(letter, "teacher"), [wish], why="I saw it",
                          before={key: before})
                done += 1
            except ChangedError:
                refused += 1
            except BusyError:  # a busy computer: nothing was written, and the next round tries again
                pass
print(done, refused)
"""


def test_two_programs_that_mark_one_lesson_at_once_lose_and_double_nothing(home: Home) -> None:
    with open_store(home) as store:
        with store.transaction() as db:
            people.add_class(db, "CS101", "Programming", "Grace Hopper")
            for number in range(1, STUDENTS + 1):
                people.add_to_roster(db, 1, people.add_student(db, f"R{number}", f"Student {number}").id)
        session = open_session(store, SCHOOL, TEACHER, SessionRequest("CS101"))
        writers = [_writer(home, session.id, letter) for letter in ("P", "A", "L")]
        for one in writers:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        for one in writers:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        told = [one.communicate(timeout=200)[0].split() for one in writers]
        assert [one.returncode for one in writers] == [0, 0, 0]
        with store.read() as db:
            found = marks.marks_of(db, [session.id])
            changes = marks.changes_of(db, session_id=session.id)[::-1]
        # Each that was told to be done is in the history, and no other.
        assert len(changes) == sum(int(done) for done, _refused in told)
        assert {key[1] for key in found} == set(range(1, STUDENTS + 1))
        chains = defaultdict(list)
        for one in changes:
            chains[one.student_id].append(one)
        for student, chain in chains.items():
            # Whoever changed a mark had seen the one before: none was written over unseen.
            assert chain[0].before is None
            assert all(one.after == after.before for one, after in pairwise(chain))
            assert chain[-1].after == found[session.id, student].state
        assert verify(store).wrong_row is None


def _writer(home: Home, session: int, letter: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, str(home.root), str(session), letter, str(STUDENTS), str(ROUNDS)]
    return subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def trained(ready: Home, capsys: pytest.CaptureFixture[str]) -> Iterator[Store]:
    Cli(ready, capsys).trained_class()
    with open_store(ready) as store:
        yield store


@pytest.mark.parametrize("other", [PHOTOGRAPHER, ASTRONAUT], ids=["another source", "the same source"])
def test_two_markings_of_one_lesson_at_once_are_one_register(trained: Store, engine: Engine, other: object) -> None:
    session = open_session(trained, SCHOOL, TEACHER, SessionRequest("C"))
    inner = [lambda: mark(trained, engine, SCHOOL, MarkRequest("C", str(other), session_id=session.id))]

    def meanwhile(_: Progress) -> None:
        # From its beginning to its end, while the first one looks.
        if inner:
            inner.pop()()

    result = mark(trained, engine, SCHOOL, MarkRequest("C", str(ASTRONAUT), session_id=session.id), meanwhile)
    assert (inner, result.session.id) == ([], session.id)
    with trained.read() as db:
        found = {key[1]: one for key, one in marks.marks_of(db, [session.id]).items()}
        seen = [one.student_id for one in sightings_of(db, session.id, ["present"])]
    # The end of the one makes nobody absent whom the other saw.
    both = other is PHOTOGRAPHER
    assert {one: mark.status for one, mark in found.items()} == {1: "P", 2: "P" if both else "A"}
    assert {one: mark.state.source for one, mark in found.items()} == {1: "face", 2: "face"}
    assert sorted(seen) == ([1, 2] if both else [1])
