"""What tests do with the window: press, type, click, wait, photograph; and what went wrong meanwhile."""

import logging
import time
import tkinter as tk
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import ImageGrab

from core.logs import LOGGER
from core.paths import Home
from gui.application import Application
from gui.dialogs.base import Dialog
from gui.screen import BaseScreen
from tests.steady import steady_s

PATIENCE_S = 120.0
DONT_WAIT = 2
MOST_WORK_S = 2.0


class _Kept(logging.Handler):
    def __init__(self, problems: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._problems = problems

    def emit(self, record: logging.LogRecord) -> None:
        self._problems.append(logging.Formatter().format(record))


class Driver:
    """The application as a person has it; the test itself is the main loop."""

    def __init__(self, home: Home, size: tuple[int, int], screen: str, **options: object) -> None:
        self.problems: list[str] = []
        self.longest_s = 0.0
        """The longest time that one event kept the window from the next, but for what other programs took."""
        self._screen = screen
        self._log = _Kept(self.problems)
        LOGGER.addHandler(self._log)
        self.app = Application(home, **options)  # type: ignore[arg-type]
        self.root = self.app.root
        self._is_gone = False
        self.root.geometry(f"{size[0]}x{size[1]}+0+0")
        self.root.focus_force()

    @property
    def is_ready(self) -> bool:
        shell = self.app.shell
        return shell is not None and shell.current is not None and not self.app.background.running

    @property
    def screen(self) -> BaseScreen:
        """The screen in front."""
        shell = self.app.shell
        assert shell is not None
        assert shell.current is not None
        found = shell.screen(shell.current)
        assert found is not None
        return found

    def open(self, name: str, about: object = None) -> BaseScreen:
        """Open a screen and wait until it has loaded what it shows."""
        self.app.open(name, about)
        shell = self.app.shell
        assert shell is not None
        self.wait_for(lambda: shell.current == name and self.is_ready, f"the screen {name}")
        return self.screen

    def pump(self, seconds: float = 0.0) -> None:
        """Let the window work off what waits, and go on for so long."""
        until = time.monotonic() + seconds
        while not self.app.is_closed:
            began_s = steady_s()
            worked = self.root.tk.dooneevent(DONT_WAIT)
            self.longest_s = max(self.longest_s, steady_s() - began_s)
            # A live picture may leave nothing to wait for on a busy machine.
            if time.monotonic() >= until + (MOST_WORK_S if worked else 0.0):
                return
            if not worked:
                time.sleep(0.002)

    def wait_for(self, is_so: Callable[[], object], what: str = "it", patience_s: float = PATIENCE_S) -> None:
        """Let the window run until something is so; the test fails when it does not come."""
        until = time.monotonic() + patience_s
        while not is_so():
            assert time.monotonic() < until, f"waited in vain for {what}; {self.problems}"
            self.pump(0.005)
        if not self.app.is_closed:
            self.pump()

    def wait_for_dialog(self) -> Dialog:
        """The dialog in front, once it is shown and has the keyboard."""

        def is_there() -> bool:
            dialogs = self.app.dialogs
            focused = self.root.focus_get()
            if dialogs and focused is None and dialogs[-1].winfo_viewable():
                # No window manager runs here that would give the keyboard to the window in front.
                dialogs[-1].focus_force()
            return bool(dialogs) and focused is not None and focused.winfo_toplevel() is dialogs[-1]

        self.wait_for(is_there, "a dialog")
        return self.app.dialogs[-1]

    def press(self, key: str, widget: tk.Misc | None = None) -> None:
        """A key like ``<Return>`` or ``<Control-l>``, where the keyboard is or in a widget that gets it."""
        if widget is not None:
            widget.focus_force()
            self.pump()
        elif self.app.dialogs and self.app.dialogs[-1].winfo_viewable():
            # On a busy machine it gets the keyboard a moment after it is shown.
            self.wait_for_dialog()
        elif self.root.focus_get() is None:
            # No window manager runs here that would give it back when a dialog has closed; keys would be dropped.
            self.root.focus_lastfor().focus_force()
            self.pump()
        target = self.root.focus_get() or self.root
        target.event_generate(key)
        self.pump()

    def type_into(self, widget: tk.Misc, text: str) -> None:
        """Type letters as a keyboard does."""
        widget.focus_force()
        self.pump()
        for letter in text:
            widget.event_generate("<KeyPress>", keysym=_KEYSYMS.get(letter, letter))
        self.pump()

    def click(self, widget: tk.Misc, x: int | None = None, y: int | None = None) -> None:
        """Press and let go the left button, in the middle of a widget or at a place of it."""
        self.pump()
        assert widget.winfo_viewable(), f"{widget} cannot be seen"
        place = {
            "x": widget.winfo_width() // 2 if x is None else x,
            "y": widget.winfo_height() // 2 if y is None else y,
        }
        for event in ("<Enter>", "<Motion>", "<ButtonPress-1>", "<ButtonRelease-1>"):
            if self.app.is_closed or not widget.winfo_exists():
                return
            widget.event_generate(event, **place)
        if not self.app.is_closed:
            self.pump()

    def find(self, text: str, within: tk.Misc | None = None) -> tk.Misc:
        """The widget that shows this text."""
        found = [one for one in self.walk(within) if text in _text_of(one)]
        assert found, f"nothing shows “{text}”: {[_text_of(one) for one in self.walk(within) if _text_of(one)]}"
        return found[0]

    def shows(self, text: str) -> bool:
        """Whether this text can be seen anywhere."""
        return any(text in _text_of(one) and one.winfo_viewable() for one in self.walk())

    def walk(self, within: tk.Misc | None = None) -> Iterator[tk.Misc]:
        """All widgets."""
        for child in (within or self.root).winfo_children():
            yield child
            yield from self.walk(child)

    def photograph(self, path: Path) -> Path:
        """What is on the screen, as PNG of the window."""
        self.pump(0.2)
        box = (0, 0, self.root.winfo_width(), self.root.winfo_height())
        ImageGrab.grab(box, xdisplay=self._screen).save(path)
        return path

    def close(self) -> None:
        """Close the window, whatever it is doing; harmless when it is closed."""
        if self._is_gone:
            return
        self._is_gone = True
        self.app.close()
        LOGGER.removeHandler(self._log)


_KEYSYMS = {" ": "space", "@": "at", ".": "period", ",": "comma", "-": "minus", "_": "underscore", "/": "slash"}


def _text_of(widget: tk.Misc) -> str:
    try:
        return str(widget.cget("text"))
    except tk.TclError:
        return ""
