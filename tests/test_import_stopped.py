"""An import that is killed between any two of its steps leaves the old home or the new one, and never half of each."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core import clock, moving
from core.errors import BusyError
from core.paths import Home
from core.store import arriving
from core.store.database import open_store
from tests.cli_support import Cli
from tests.store_support import NINE
from tests.test_backups import ADA, FOUR_WORDS, faces, fill, moved, names, other

PROJECT = Path(__file__).resolve().parent.parent
KILLED = """
import os, sys
from pathlib import Path
from core import clock, moving
from core.paths import Home
from core.store import arriving
left = int(sys.argv[3])
def step(inner):
    def stepped(*arguments, **more):
        global left
        left -= 1
        if left == 0:
            os._exit(9)
        return inner(*arguments, **more)
    return stepped
# Every rename of the program, before it is done.
Path.replace, Path.rename = step(Path.replace), step(Path.rename)
moving.import_home(Home(Path(sys.argv[1])), Path(sys.argv[2]), "correct horse battery staple", replace=True)
print("steps", int(sys.argv[3]) - left)
"""


def two(home: Home, tmp_path: Path) -> tuple[Path, Home]:
    """A file with Ada, and another home with Grace, her key, settings and a classifier."""
    file, there = moved(home, tmp_path), other(tmp_path)
    fill(there, "Grace")
    (there.classifiers / "7").mkdir(parents=True)
    (there.classifiers / "7" / "20250101T000000-000001.npz").write_bytes(b"hers")
    (there.data / "settings.toml").write_text('school = "Vale"\n', encoding="utf-8")
    return file, there


def import_killed(there: Home, file: Path, step: int) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, "-c", KILLED, str(there.root), str(file), str(step)]
    return subprocess.run(arguments, cwd=PROJECT, capture_output=True, text=True, timeout=300, check=False)


def state_of(there: Home) -> tuple[object, ...]:
    """Opened as any command does it."""
    return (
        names(there),
        faces(there),
        (there.data / "settings.toml").read_text(encoding="utf-8"),
        sorted(path.name for path in there.classifiers.glob("*")),
    )


OLD = (["Grace"], 1, 'school = "Vale"\n', ["7"])
NEW = ([ADA], 1, 'school = "Hill"\n', ["1"])


def test_an_import_killed_before_any_step_is_all_or_nothing(home: Home, tmp_path: Path) -> None:
    file, first = two(home, tmp_path)
    found = []
    for step in range(1, 40):
        there = Home(tmp_path / f"home {step}")
        shutil.copytree(first.root, there.root)
        done = import_killed(there, file, step)
        if done.returncode == 0:
            break
        assert done.returncode == 9, done.stderr
        found.append(state_of(there))
        # Opened again, and imported again: nothing of the first try is in the way.
        assert state_of(there) == found[-1]
        assert not arriving.is_waiting(there)
        moving.import_home(there, file, FOUR_WORDS, replace=True)
        assert state_of(there) == NEW
    assert done.returncode == 0
    assert found.count(OLD) + found.count(NEW) == len(found)
    assert found[0] == OLD
    # Old database, key, audit key, settings and classifiers aside; five files in; and the folder let go.
    assert found.count(NEW) >= 10
    assert found == sorted(found, key=lambda one: one == NEW)


@pytest.fixture
def stopped(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home whose old database is aside and whose new one is not in place."""
    file, there = two(home, tmp_path)
    inner, left = arriving._move, [4]

    def move(source: Path, target: Path) -> None:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        inner(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(arriving, "_move", move)
        with pytest.raises(KeyboardInterrupt):
            moving.import_home(there, file, FOUR_WORDS, replace=True)
    assert not there.database.exists()
    return there


def test_the_next_command_finishes_it_and_says_so(stopped: Home, capsys: pytest.CaptureFixture[str]) -> None:
    cli = Cli(stopped, capsys)
    assert cli("students", "list") == 0
    assert " ".join(cli.said.split()).startswith("Taking over another computer’s data was interrupted and is finished")
    assert "Ada" in cli.printed
    assert cli("students", "list") == 0
    assert "interrupted" not in cli.said
    assert [one["action"] for one in cli.json("audit", "list", "--action", "data.import")] == ["data.import"]
    [kept] = (stopped.data / "backups").glob("before-import-*")
    assert (kept / "data" / "rollcall.db").exists()
    assert (kept / "data" / "key").exists()
    assert not list(stopped.data.glob(".rollcall-*"))


def test_two_imports_in_one_second_put_aside_apart(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, there = two(home, tmp_path)
    monkeypatch.setattr(clock, "now", lambda: NINE)
    kept = [moving.import_home(there, file, FOUR_WORDS, replace=True).kept for _ in range(3)]
    assert len({one.name for one in kept if one is not None}) == 3
    assert all(one is not None and (one / "data" / "rollcall.db").exists() for one in kept)


def test_a_file_that_cannot_be_moved_is_named_and_tried_again(
    stopped: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(source: Path, _target: Path) -> None:
        raise PermissionError(13, "in use", os.fspath(source))

    with monkeypatch.context() as patched:
        patched.setattr(arriving, "_move", refused)
        with pytest.raises(BusyError, match="cannot be moved"):
            open_store(stopped)
        assert "Close other programs" in Cli(stopped, capsys).refused("students", "list")
    assert state_of(stopped) == NEW


def test_putting_a_copy_back_asks_for_rights_in_a_home_that_is_half_in_place(stopped: Home) -> None:
    from core import backups
    from core.errors import InputError

    with pytest.raises(InputError, match="There is no file"):
        backups.restore(stopped, Path("nothing.db"))
    # The import came first, so a copy put back would not be overwritten by it.
    assert not arriving.is_waiting(stopped)
    assert names(stopped) == [ADA]
