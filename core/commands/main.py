"""The command line: ``run`` parses, calls one function of core and turns errors into sentences and exit codes.

Exit codes: 0 success, 1 a bug (logged with its traceback), 2 something the user can mend, 130 stopped by Ctrl-C.
"""

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer

from core.bootstrap import split
from core.commands.console import errors
from core.commands.context import Context
from core.errors import RollcallError
from core.logs import LOGGER, log_file
from core.paths import Home
from core.store import arriving

STOPPED = 130

PLACES: Mapping[str, str] = MappingProxyType(
    {
        "window": "window:register",
        "serve": "serve:register",
        "setup": "setup:register",
        "doctor": "setup:register",
        "demo": "setup:register",
        "class": "classes:app",
        "students": "students:app",
        "consent": "consent:app",
        "teachers": "teachers:app",
        "groups": "groups:app",
        "rooms": "rooms:app",
        "import": "import_:app",
        "export": "export:app",
        "enrol": "enrol:register",
        "train": "train:register",
        "check": "check:register",
        "versions": "versions:register",
        "mark": "mark:register",
        "review": "review:register",
        "session": "session:app",
        "set": "correct:register",
        "undo": "correct:register",
        "all-present": "correct:register",
        "timetable": "calendar:lessons",
        "holiday": "calendar:holidays",
        "absence": "calendar:absences",
        "status": "status:app",
        "report": "report:register",
        "retention": "retention:app",
        "mail": "mail:app",
        "who": "who:register",
        "watch": "watch:register",
        "last": "presence:register",
        "onsite": "presence:register",
        "history": "presence:register",
        "security": "security:app",
        "accounts": "accounts:app",
        "phones": "phones:app",
        "tokens": "tokens:app",
        "audit": "audit:app",
        "backup": "backup:app",
        "bench": "bench:register",
    }
)
"""Where each command is: a module of this package and, in it, its command line or what adds it to the top one."""


def command_line(command: str | None = None) -> typer.Typer:
    """The command line with one command only, or with all for None.

    A command then loads what it needs itself, not what the others do: most of a short command's time is loading.
    """
    app = typer.Typer(
        name="app.py",
        help="Rollcall marks classroom attendance by face, on your own computer.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_main)
    wanted = PLACES if command is None else {command: PLACES[command]}
    for place in dict.fromkeys(wanted.values()):
        module, _, attribute = place.partition(":")
        found = getattr(import_module(f"core.commands.{module}"), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=next(name for name in wanted if wanted[name] == place))
        else:
            found(app)
    return app


def _main(
    context: typer.Context,
    home: Annotated[Path | None, typer.Option(help="Folder of models, data, attendance and output.")] = None,
) -> None:
    found = Home.find(home)
    context.obj = Context(found)
    if arriving.is_waiting(found):
        from core.moving import finish_import  # Hardly ever needed.

        errors.print(finish_import(found), markup=False)


def run(argv: list[str]) -> int:
    """Run one command; returns its exit code."""
    _use_utf8()
    command, rest = split(argv)
    try:
        # The help of the whole, and what is mistyped, need to know all there is.
        one_only = command in PLACES and "--help" not in argv[: -len(rest) - 1]
        app = command_line(command if one_only else None)
        code = app(argv, prog_name="app.py", standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        code = STOPPED
    except RollcallError as error:
        errors.print(str(error), markup=False, highlight=False)
        return 2
    except Exception as error:  # noqa: BLE001 - the boundary where a bug becomes an apology
        if hasattr(error, "show") and hasattr(error, "exit_code"):
            # A wrong option: Typer says so itself (its own class for this moves between its versions).
            error.show()
            return int(error.exit_code)
        return _apologise(argv)
    if code == STOPPED:
        # Typer turns Ctrl-C into this code without a word.
        errors.print("Stopped. What was saved before is safe.")
    return code if isinstance(code, int) else 0


def _apologise(argv: list[str]) -> int:
    home = _home_of(argv)
    with log_file(home):
        LOGGER.exception("A bug in: %s", argv[0] if argv else "app.py")
    errors.print(
        f"Something went wrong inside Rollcall; nothing saved is lost. The details are in {home.log}.", markup=False
    )
    return 1


def _home_of(argv: list[str]) -> Home:
    """The home a failed command used; parsed by hand because parsing may be what failed."""
    if "--home" in argv[:-1]:
        return Home.find(Path(argv[argv.index("--home") + 1]))
    return Home.find()


def _use_utf8() -> None:
    """Windows' consoles may still speak a code page in which a student's name cannot be written."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
