"""The first step of ``app.py``: see to the packages with nothing but Python's standard library, then go on.

Where the packages of ``requirements.txt`` are installed already, the command runs at once in this process.
Else it runs inside ``.venv`` beside ``app.py``, which is made, or completed, when it is not ready.  Only what
any Python since 3.8 understands is used before the version is checked, so that an old one gets a sentence too.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import NamedTuple

from core.environment import NEWEST, OLDEST, Environment, SetupError, Surroundings, become, is_satisfied, shown
from core.errors import RollcallError

PROJECT = Path(__file__).resolve().parent.parent
RUNTIME = "requirements.txt"
DEVELOPMENT = "requirements-dev.txt"
STOPPED = 130
"""Exit code after Ctrl-C, as shells have it."""
MOST_WORKERS = 4
"""So many processes run the tests at most: each holds the networks, about 1 GB."""

COMMANDS = {
    "window": "open the window; so does app.py without a command, where there is a screen",
    "serve": "the portal for teachers, students and their phones",
    "setup": "prepare the neural networks once",
    "doctor": "what is installed and what to do about what is not",
    "demo": "the main job on portraits that come with the packages",
    "class": "add, list, change and delete classes; who is in them",
    "consent": "who allows their face to be recognised, who refuses or withdraws",
    "enrol": "take students' faces from photos, a video or a camera",
    "train": "train the classifier of a class",
    "check": "how well a class is recognised, and who needs better photos",
    "versions": "list a class's trainings, go back to an earlier one",
    "mark": "mark attendance from a video, photos or a camera",
    "review": "decide about faces that were not sure, take a wrong mark back",
    "session": "open, close, lock, list and show lessons",
    "set": "set a student's mark, with the reason",
    "undo": "take back the last change of a lesson",
    "all-present": "mark everybody present who has no mark yet",
    "timetable": "repeating lessons",
    "holiday": "days without lessons",
    "absence": "absences that are excused beforehand",
    "status": "what a mark can be: letters, names, points, colours",
    "report": "days, classes, students, warnings, changes; as tables, charts and files",
    "mail": "tell parents, students and teachers by mail, after a preview",
    "who": "say who of the whole school is in a photo or video",
    "watch": "record who passes a camera that runs all day",
    "last": "the last arrivals and departures",
    "onsite": "everybody who is in the house now",
    "history": "one student's lessons, arrivals and departures",
    "students": "list, show, add, change, merge and delete students",
    "teachers": "who teaches which class",
    "groups": "parts of a class",
    "rooms": "rooms and their cameras",
    "import": "take in lists of people and marks from CSV and Excel",
    "export": "write people and registers to files",
    "security": "how the faces are encrypted; change or move their key",
    "retention": "how long what is kept; erase what is due",
    "accounts": "who may log in, as what; passwords",
    "phones": "cards with which students pair their phones",
    "tokens": "let other programs of the school read registers and push rosters",
    "audit": "what was done by whom, and whether the record of it is whole",
    "backup": "copies of the database; put one back, move to another computer",
    "bench": "measure speed and accuracy",
    "test": "run the test suite; further arguments go to pytest",
}
"""What the usage lists before the packages are there; afterwards the real command line speaks."""


class Surfaces(NamedTuple):
    """What lies above core, which knows no surface: ``app.py`` hands it in.

    open_window: opens the desktop application on a home, None for the usual one, and returns when it is closed;
    provide_portal: called before ``serve`` runs, which finds the portal then.
    """

    open_window: Callable[[str | None], int]
    provide_portal: Callable[[], None]


def main(argv: Sequence[str], surfaces: Surfaces | None = None) -> int:
    """Run one command line (without the program's name); returns its exit code.

    0 success, 2 something the user can mend (one sentence on standard error), 130 stopped by Ctrl-C.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        # A folder's name that the console cannot show must not keep anything from being installed.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return _start(list(argv), Environment(PROJECT), surfaces)
    except RollcallError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped; the same command goes on from here.", file=sys.stderr)
        return STOPPED


def _start(argv: list[str], own: Environment, surfaces: Surfaces | None) -> int:
    command, rest = split(argv)
    wanted = own.project / (DEVELOPMENT if command == "test" else RUNTIME)
    supported = OLDEST <= sys.version_info[:2] <= NEWEST
    unfinished = own.is_running_here and own.is_unfinished
    if supported and not unfinished and is_satisfied(wanted):
        return _go_on(argv, surfaces)
    if own.is_ready_for(wanted) and not own.is_running_here:
        return own.hand_over([str(own.project / "app.py"), *argv])
    if not supported:
        raise SetupError(too_old_or_new(sys.version_info[:3]))
    if command not in COMMANDS or "--help" in rest or "-h" in rest:
        asked = command is None and ("--help" in argv or "-h" in argv)
        print(usage(own), file=sys.stdout if asked or command in COMMANDS else sys.stderr)
        return 0 if asked or command in COMMANDS else 2
    own.install(wanted, Surroundings())
    if own.is_running_here:
        return _go_on(argv, surfaces)
    return own.hand_over([str(own.project / "app.py"), *argv])


def _go_on(argv: list[str], surfaces: Surfaces | None) -> int:
    """The packages are there: from here on everything may be imported."""
    command, rest = split(argv)
    if surfaces is not None and asks_for_window(argv):
        # Before the command line is loaded, which would take twice as long as the window.
        return surfaces.open_window(argv[1] if argv[:1] == ["--home"] else None)
    if command == "test":
        return _test(rest)
    if surfaces is not None and command == "serve":
        surfaces.provide_portal()
    from core.commands.main import run

    return run(argv)


def _test(arguments: list[str]) -> int:
    """The whole suite, or what pytest's ``arguments`` choose, as seen from the project's folder."""
    os.chdir(PROJECT)
    # A whole file at a time, because what it prepares is made once for its tests.
    beside = [] if arguments else ["-n", str(min(MOST_WORKERS, os.cpu_count() or 1)), "--dist", "loadfile"]
    return become([sys.executable, "-m", "pytest", "--rootdir", str(PROJECT), *beside, *arguments])


def asks_for_window(argv: Sequence[str]) -> bool:
    """Whether this line is ``window``, or names no command at all on a computer with a screen."""
    rest = list(argv[2:] if argv[:1] == ["--home"] and len(argv) > 1 else argv)
    return rest == ["window"] or (not rest and has_screen())


def has_screen() -> bool:
    """Whether a window can be shown; what a person without one gets is the help."""
    screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(screen) or sys.platform in ("win32", "darwin")


def split(argv: Sequence[str]) -> tuple[str | None, list[str]]:
    """The command, None if there is none, and what follows it; ``--home DIR`` may come before."""
    rest = list(argv)
    while rest and rest[0].startswith("-"):
        if rest.pop(0) == "--home" and rest:
            del rest[0]
    return (rest[0], rest[1:]) if rest else (None, [])


def too_old_or_new(found: Sequence[int]) -> str:
    """What to do about a Python, given as ``(major, minor, micro)``, that the packages are not made for."""
    return (
        f"Rollcall needs Python {shown(OLDEST)} to {shown(NEWEST)} and this is Python {shown(found)}: install "
        f"Python {shown(NEWEST)} from https://www.python.org/downloads/ and start app.py with that."
    )


def usage(own: Environment) -> str:
    """The short help for a computer on which nothing is installed yet."""
    python = "python" if os.name == "nt" else "python3"
    commands = "\n".join(f"  {name:<12}{does}" for name, does in COMMANDS.items())
    return (
        "Rollcall marks classroom attendance by face, on your own computer.\n\n"
        f"Usage: {python} app.py [--home DIR] COMMAND [ARGUMENTS]\n\n{commands}\n\n"
        "The packages Rollcall stands on are not installed yet, and this has not changed anything.\n"
        f"`{python} app.py setup`, like any other command, {own.plan()}\n"
        f"Or install them into an environment of your own: {python} -m pip install -r requirements.txt"
    )
