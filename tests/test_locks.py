"""One writer at a time on a home, also between processes and after one was killed."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import BusyError, DiskFullError
from core.locks import home_lock, schema_lock
from core.paths import Home

PROJECT = Path(__file__).resolve().parent.parent
HOLD = """
import sys
from pathlib import Path
from core.locks import home_lock
from core.paths import Home
with home_lock(Home(Path(sys.argv[1])), "marking CS101"):
    print("held", flush=True)
    sys.stdin.readline()
"""


def start_holder(home: Home) -> "subprocess.Popen[str]":
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.root)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_one_after_the_other(home: Home) -> None:
    for _ in range(2):
        with home_lock(home, "training"):
            pass
    assert not (home.data / "rollcall.lock.json").exists()


def test_the_lock_is_free_after_a_failure(home: Home) -> None:
    with pytest.raises(ZeroDivisionError), home_lock(home, "training"):
        raise ZeroDivisionError
    with home_lock(home, "training"):
        pass


def test_another_process_is_named_and_may_finish(home: Home) -> None:
    holder = start_holder(home)
    try:
        with pytest.raises(BusyError, match=r"Another Rollcall is marking CS101 on this folder \(since 2.*Wait"):
            home_lock(home, "training").__enter__()
    finally:
        holder.communicate("go\n")
    assert holder.returncode == 0
    with home_lock(home, "training"):
        pass


def test_a_killed_process_leaves_no_lock(home: Home) -> None:
    holder = start_holder(home)
    holder.kill()
    holder.communicate()
    assert (home.data / "rollcall.lock.json").exists()
    with home_lock(home, "training"):
        pass


@pytest.mark.parametrize("note", ["", "{", "[]", '{"what": "x"}', '{"what": "x", "since": 3}'])
def test_an_unreadable_note_still_gives_a_sentence(home: Home, note: str) -> None:
    with home_lock(home, "marking"):
        (home.data / "rollcall.lock.json").write_text(note)
        with pytest.raises(BusyError, match=r"Another Rollcall is working on this folder. Wait"):
            home_lock(home, "training").__enter__()


def test_two_homes_do_not_meet(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    other.create()
    with home_lock(home, "marking"), home_lock(other, "marking"):
        pass


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, not a folder")
    with pytest.raises(DiskFullError, match="cannot write"):
        home_lock(Home(tmp_path), "marking").__enter__()


def test_the_schema_lock_waits_only_so_long(home: Home) -> None:
    with schema_lock(home), pytest.raises(BusyError, match="preparing the database"):
        schema_lock(home, patience_s=0.05).__enter__()
