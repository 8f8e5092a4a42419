"""The command line: ``run`` parses, calls one function of core and turns errors into sentences and exit codes.

Exit codes: 0 success, 1 a bug (logged with its traceback), 2 something the user can mend, 130 stopped by Ctrl-C.
"""

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Annotated

import typer

from core.commands import (
    bench,
    calendar,
    check,
    classes,
    correct,
    enrol,
    export,
    groups,
    import_,
    mail,
    mark,
    presence,
    report,
    review,
    rooms,
    session,
    setup,
    status,
    students,
    teachers,
    train,
    versions,
    watch,
    who,
)
from core.commands.console import errors
from core.commands.context import Context
from core.errors import RollcallError
from core.paths import Home

STOPPED = 130

app = typer.Typer(
    name="app.py",
    help="Rollcall marks classroom attendance by face, on your own computer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
setup.register(app)
app.add_typer(classes.app, name="class")
app.add_typer(students.app, name="students")
app.add_typer(teachers.app, name="teachers")
app.add_typer(groups.app, name="groups")
app.add_typer(rooms.app, name="rooms")
app.add_typer(import_.app, name="import")
app.add_typer(export.app, name="export")
enrol.register(app)
train.register(app)
check.register(app)
versions.register(app)
mark.register(app)
review.register(app)
app.add_typer(session.app, name="session")
correct.register(app)
app.add_typer(calendar.lessons, name="timetable")
app.add_typer(calendar.holidays, name="holiday")
app.add_typer(calendar.absences, name="absence")
app.add_typer(status.app, name="status")
report.register(app)
app.add_typer(mail.app, name="mail")
who.register(app)
watch.register(app)
presence.register(app)
bench.register(app)


@app.callback()
def _main(
    context: typer.Context,
    home: Annotated[Path | None, typer.Option(help="Folder of models, data, attendance and output.")] = None,
) -> None:
    context.obj = Context(Home.find(home))


def run(argv: list[str]) -> int:
    """Run one command; returns its exit code."""
    _use_utf8()
    try:
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
    log = _home_of(argv).log
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(log, maxBytes=1_000_000, backupCount=3, encoding="utf-8")
    except OSError:
        handler = logging.StreamHandler()
    logger = logging.getLogger("rollcall")
    logger.addHandler(handler)
    logger.exception("A bug in: %s", argv[0] if argv else "app.py")
    logger.removeHandler(handler)
    handler.close()
    errors.print(
        f"Something went wrong inside Rollcall; nothing saved is lost. The details are in {log}.", markup=False
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
