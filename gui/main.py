"""Open the window and stay until it is closed."""

from core.errors import InputError
from core.paths import Home


def run(home: Home) -> int:
    """Returns the exit code: 0.  A change of language or letter size makes the window anew.

    Raises InputError where no window can be shown.
    """
    try:
        import tkinter
    except ImportError as error:
        raise InputError(
            "This Python cannot show windows, for it has no tkinter. On Debian and Ubuntu install python3-tk; "
            "everything else works without: app.py --help"
        ) from error
    from gui.application import Application

    try:
        application = Application(home)
    except tkinter.TclError as error:
        raise InputError(
            f"There is no screen for the window ({error}). Start it on the computer’s desktop; "
            "the commands work without one: app.py --help"
        ) from error
    while True:
        application.root.mainloop()
        if not application.restarts:
            return 0
        application = Application(home, actor=application.actor, serves=application.served_at_end)
