"""Opening a file, or the folder it lies in, with what the computer has for it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from core.errors import InputError
from gui.texts import _

OPENING_S = 3.0


def open_file(path: Path) -> None:
    """Open a file with the program that is there for it.  Raises InputError when it is gone or there is none.

    Call it in a thread: it waits a moment for the program to say that it cannot.
    """
    _start(_checked(path), show=False)


def show_in_folder(path: Path) -> None:
    """Open the folder of a file, with the file chosen where the system can do that.  Raises InputError."""
    _start(_checked(path), show=True)


def command_for(path: Path, *, show: bool, system: str = sys.platform) -> list[str]:
    """What to start for it.  Not for opening on Windows, which has a call of its own."""
    if system == "win32":
        return ["explorer", f"/select,{path}"]
    if system == "darwin":
        return ["open", "-R", str(path)] if show else ["open", str(path)]
    return ["xdg-open", str(path.parent if show else path)]


def _checked(path: Path) -> Path:
    if not path.exists():
        raise InputError(_("{name} is not there any more. Save again to write it anew.").format(name=path.name))
    return path.resolve()


def _start(path: Path, *, show: bool) -> None:
    sentence = _("This computer has no program that opens {name}. It lies in {folder}.")
    problem = InputError(sentence.format(name=path.name, folder=path.parent))
    try:
        if sys.platform == "win32" and not show:
            os.startfile(path)  # noqa: S606 - that is what it is for
            return
        program, *arguments = command_for(path, show=show)
        found = shutil.which(program)
        if found is None:
            raise problem
        silence = subprocess.DEVNULL
        process = subprocess.Popen(  # noqa: S603 - a program of the system, and one path
            [found, *arguments], stdin=silence, stdout=silence, stderr=silence, start_new_session=True
        )
        # Windows' own says 1 for success too.
        failed = bool(process.wait(OPENING_S)) and sys.platform != "win32"
    except subprocess.TimeoutExpired:
        return  # Some wait until their program is closed.
    except OSError as error:
        raise problem from error
    if failed:
        raise problem
