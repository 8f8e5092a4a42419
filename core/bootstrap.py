"""The first step of ``app.py``: see to the packages with nothing but Python's standard library, then go on.

Where the packages of ``requirements.txt`` are installed already, the command runs at once in this process.
Else it runs inside ``.venv`` beside ``app.py``, which is made, or completed, when it is not ready.  Only what
any Python since 3.8 understands is used before the version is checked, so that an old one gets a sentence too.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from core.environment import NEWEST, OLDEST, Environment, SetupError, Surroundings, become, is_satisfied, shown
from core.errors import RollcallError

PROJECT = Path(__file__).resolve().parent.parent
RUNTIME = "requirements.txt"
DEVELOPMENT = "requirements-dev.txt"
STOPPED = 130
"""Exit code after Ctrl-C, as shells have it."""

COMMANDS = {
    "setup": "prepare the neural networks once",
    "doctor": "what is installed and what to do about what is not",
    "demo": "the main job on portraits that come with the packages",
    "class": "add, list, change and delete classes; who is in them",
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
    "bench": "measure speed and accuracy",
    "test": "run the test suite; further arguments go to pytest",
}
"""What the usage lists before the packages are there; afterwards the real command line speaks."""


def main(argv: Sequence[str]) -> int:
    """Run one command line (without the program's name); returns its exit code.

    0 success, 2 something the user can mend (one sentence on standard error), 130 stopped by Ctrl-C.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        # A folder's name that the console cannot show must not keep anything from being installed.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return _start(list(argv), Environment(PROJECT))
    except RollcallError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped; the same command goes on from here.", file=sys.stderr)
        return STOPPED


def _start(argv: list[str], own: Environment) -> int:
    command, rest = split(argv)
    wanted = own.project / (DEVELOPMENT if command == "test" else RUNTIME)
    supported = OLDEST <= sys.version_info[:2] <= NEWEST
    unfinished = own.is_running_here and own.is_unfinished
    if supported and not unfinished and is_satisfied(wanted):
        return _go_on(argv)
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
        return _go_on(argv)
    return own.hand_over([str(own.project / "app.py"), *argv])


def _go_on(argv: list[str]) -> int:
    """The packages are there: from here on everything may be imported."""
    command, rest = split(argv)
    if command == "test":
        return _test(rest)
    from core.commands.main import run

    return run(argv)


def _test(arguments: list[str]) -> int:
    """The whole suite, or what pytest's ``arguments`` choose, as seen from the project's folder."""
    os.chdir(PROJECT)
    return become([sys.executable, "-m", "pytest", "--rootdir", str(PROJECT), *arguments])


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
