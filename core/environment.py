"""The environment of Rollcall's own, ``.venv`` beside ``app.py``: whether it is ready, and making it so.

Standard library only, and only what Python 3.8 understands: this runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import invalidate_caches, metadata, util
from pathlib import Path

from core.errors import BusyError, DiskFullError, RollcallError

OLDEST, NEWEST = (3, 11), (3, 13)
DOWNLOAD_GB, DISK_GB = 1.0, 3.3
"""Measured on Linux with Python 3.11, 2026-11: what pip downloads, and ``.venv`` afterwards."""
SPARE_GB = 1.0
"""pip unpacks before it installs, and a system without any free space does not work well."""

_REQUIREMENT = re.compile(r"([\w.-]+)(?:\[[\w,.-]*\])?\s*((?:(?:==|>=|<=|!=|<|>)\s*[\w.]+\s*,?\s*)*)")
_BOUND = re.compile(r"(==|>=|<=|!=|<|>)\s*([\w.]+)")
_HOLDS: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    "==": lambda found, wanted: found == wanted,
    "!=": lambda found, wanted: found != wanted,
    ">=": lambda found, wanted: found >= wanted,
    "<=": lambda found, wanted: found <= wanted,
    ">": lambda found, wanted: found > wanted,
    "<": lambda found, wanted: found < wanted,
}


class SetupError(RollcallError):
    """The packages cannot be installed as the computer is now."""


def shown(version: Sequence[int]) -> str:
    """``(3, 11)`` as ``3.11``."""
    return ".".join(str(number) for number in version)


def included(requirements: Path) -> list[Path]:
    """The file and the files it takes in with ``-r``, which lie beside it."""
    found = [requirements]
    for line in requirements.read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            found += included(requirements.parent / line[3:].strip())
    return found


def read_requirements(requirements: Path) -> dict[str, list[tuple[str, str]]]:
    """Package names with their bounds, such as ``{"numpy": [(">=", "2.0"), ("<", "3")]}``.

    Raises ValueError at a line with more than a name and bounds: pip knows more than is needed here.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for path in included(requirements):
        for raw in path.read_text(encoding="utf-8").splitlines():
            line = raw.split("#")[0].strip()
            if not line or line.startswith("-r "):
                continue
            match = _REQUIREMENT.fullmatch(line)
            if match is None:
                raise ValueError(f"{path.name} has a line that only pip understands: {raw!r}")
            found[match.group(1)] = _BOUND.findall(match.group(2))
    return found


def is_satisfied(requirements: Path) -> bool:
    """Whether the running interpreter has every package in a version within its bounds (about 20 ms)."""
    invalidate_caches()
    for name, bounds in read_requirements(requirements).items():
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            return False
        # A package whose removal was interrupted has a folder but no version.
        if not version or not all(_HOLDS[sign](_numbers(version), _numbers(bound)) for sign, bound in bounds):
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    """``5.0.0.93`` as ``(5, 0, 0, 93)`` and ``2.0`` as ``(2,)``; suffixes such as ``rc1`` do not count."""
    numbers = [int(each) for each in re.findall(r"\d+", (re.match(r"[\d.]*", version) or [""])[0])]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def _has_module(name: str) -> bool:
    return util.find_spec(name) is not None


@dataclass(frozen=True)
class Surroundings:
    """What an installation asks of the computer; tests answer for a computer with other troubles."""

    free_bytes: Callable[[Path], int] = _free_bytes
    has_module: Callable[[str], bool] = _has_module


@dataclass(frozen=True)
class Environment:
    """``.venv`` in the folder ``project``, with a stamp inside that says what has been installed completely.

    No stamp: nobody knows (perhaps made by hand).  A stamp without ``finished``: an installation was interrupted.
    """

    project: Path

    @property
    def folder(self) -> Path:
        return self.project / ".venv"

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def stamp(self) -> Path:
        return self.folder / "rollcall.json"

    @property
    def log(self) -> Path:
        """What pip did at the last installation, kept only if that failed: it grows to 40 MB."""
        return self.project / "output" / "setup.log"

    @property
    def is_running_here(self) -> bool:
        """Whether this very process runs inside it."""
        return self.folder.is_dir() and self.folder.resolve() == Path(sys.prefix).resolve()

    @property
    def is_unfinished(self) -> bool:
        """Whether an installation was begun and not finished."""
        return self.stamp.exists() and not self._finished()

    def is_ready_for(self, requirements: Path) -> bool:
        """Whether these requirements, as they read now, were installed completely with the Python still there."""
        return self._finished().get(requirements.name) == digest(requirements)

    def _finished(self) -> dict[str, str]:
        """Names and digests of the requirement files installed; empty where the interpreter is another by now."""
        try:
            stamp = json.loads(self.stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(stamp, dict) or stamp.get("python") != os.path.realpath(self.python) or not self._has_base():
            return {}
        return dict(stamp.get("finished", {}))

    def _has_base(self) -> bool:
        """Whether the Python it was made from is still there; Windows keeps a starter when that is removed."""
        try:
            lines = (self.folder / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return False
        homes = [line.partition("=")[2].strip() for line in lines if line.partition("=")[0].strip() == "home"]
        return self.python.exists() and all(Path(home).is_dir() for home in homes)

    def plan(self) -> str:
        """What an installation does and how large it is: ``installs …``, for a sentence."""
        return (
            f"installs them once into {self.folder}: about {DOWNLOAD_GB} GB to download, {DISK_GB} GB on the disk, "
            "a few minutes with a good connection. Deleting that folder undoes it."
        )

    def install(self, requirements: Path, surroundings: Surroundings) -> None:
        """Make the environment, or complete one that is half made or outdated, with pip's progress on the screen.

        Raises SetupError, DiskFullError or BusyError when Python, the network, the disk or another start of it is in
        the way.
        """
        with self._alone():
            if self._is_usable():
                print(f"Completing Rollcall's packages in {self.folder}.", flush=True)
            else:
                self._make(surroundings)
            finished = {name: each for name, each in self._finished().items() if self._is_current(name, each)}
            self.stamp.write_text("{}\n", encoding="utf-8")
            self._fill(requirements, surroundings)
            finished.update({path.name: digest(path) for path in included(requirements)})
            content = {"python": os.path.realpath(self.python), "finished": finished}
            self.stamp.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        print("The packages are ready.\n", flush=True)

    def _is_current(self, name: str, recorded: str) -> bool:
        path = self.project / name
        return path.exists() and digest(path) == recorded

    def _is_usable(self) -> bool:
        """Whether its interpreter starts, is one of the supported ones and has pip.

        A folder copied from another computer, or whose Python was removed or replaced, fails here.
        """
        test = f"import sys, pip; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
        if not self.python.exists():
            return False
        try:
            return subprocess.run([str(self.python), "-c", test], capture_output=True, check=False).returncode == 0
        except OSError:
            return False

    def _make(self, surroundings: Surroundings) -> None:
        """A new, empty ``.venv``; what is left of a broken one is removed first."""
        if self.is_running_here:
            raise SetupError(
                f"The environment {self.folder} is damaged: leave it (deactivate), delete that folder and start again."
            )
        if sys.maxsize < 2**32:
            raise SetupError(
                "This is a 32-bit Python, for which Rollcall's packages are not made: "
                "install the 64-bit one from https://www.python.org/downloads/."
            )
        if not (surroundings.has_module("venv") and surroundings.has_module("ensurepip")):
            raise SetupError(no_venv())
        needed = DISK_GB + SPARE_GB
        free = surroundings.free_bytes(self.project) / 1e9
        if free < needed:
            raise DiskFullError(
                f"Rollcall's packages need {needed:.1f} GB of room in {self.project} and {free:.1f} GB are free: "
                "make room there, or move Rollcall's folder to a larger disk."
            )
        print(f"Rollcall's packages are not installed yet. This {self.plan()}", flush=True)
        made = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(self.folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if made.returncode != 0:
            self.log.write_bytes(made.stdout)
            raise SetupError(f"The environment {self.folder} could not be made; {self.log} tells what Python said.")

    def _fill(self, requirements: Path, surroundings: Surroundings) -> None:
        """``pip install -r``, shown as it goes."""
        self.log.unlink(missing_ok=True)
        pip = [str(self.python), "-m", "pip", "--disable-pip-version-check", "--no-input", "--log", str(self.log)]
        # "user = true" in somebody's pip.conf would make pip refuse; pip's cache stays on for a second try.
        result = subprocess.run(
            [*pip, "install", "--prefer-binary", "--retries", "2", "-r", str(requirements)],
            env={**os.environ, "PIP_USER": "0"},
            check=False,
        )
        if result.returncode == 0:
            self.log.unlink(missing_ok=True)
            return
        if surroundings.free_bytes(self.project) < 0.2e9:
            raise DiskFullError(
                f"The disk with {self.project} is full: make room and start the same command again; "
                "it goes on from here."
            )
        raise SetupError(
            "The packages could not be installed, most often because the network is not there or refuses: check "
            f"the connection and start the same command again; it goes on from here. Details are in {self.log}."
        )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two starts at once must not write into one environment.  The system frees the lock however this ends."""
        try:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            handle = self.log.with_name("setup.lock").open("a")
        except OSError as error:
            raise DiskFullError(
                f"Rollcall cannot write to {self.log.parent} ({error.strerror}): move Rollcall's folder to a place "
                "where you may write, or install requirements.txt into an environment of your own."
            ) from error
        with handle:
            try:
                _lock(handle.fileno())
            except OSError as error:
                raise BusyError(
                    "Rollcall's packages are being installed by another start of it: wait for that one, then try again."
                ) from error
            yield

    def hand_over(self, arguments: Sequence[str]) -> int:
        """Run ``arguments`` with the environment's Python instead of this process; returns its exit code."""
        return become([str(self.python), *arguments])


def become(command: Sequence[str]) -> int:
    """Replace this process by ``command``, or run it and return its exit code where the system cannot replace."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    if os.name != "nt":
        os.execv(command[0], list(command))  # does not return
    with subprocess.Popen(command) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                # The child has got the same Ctrl-C and answers for both.
                continue


def digest(requirements: Path) -> str:
    """SHA-256 over a requirement file and those it takes in, whatever their line ends."""
    texts = [path.read_text(encoding="utf-8") for path in included(requirements)]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def no_venv() -> str:
    """What to install where Python came without the modules that make environments."""
    return (
        "This Python cannot make an environment, its modules venv and ensurepip are missing: on Debian or Ubuntu run "
        f"`sudo apt install python{shown(sys.version_info[:2])}-venv`, elsewhere install Python from "
        "https://www.python.org/downloads/; then start the same command again."
    )


def _lock(handle: int) -> None:
    """Lock an open file for this process.  Raises OSError when another process has it."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
