"""The portal as the window runs it: a process of its own, so that phones never make the window wait.

It belongs to the computer, not to who is logged in: logging out leaves it on, closing the window ends it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import tkinter as tk
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from core.errors import BusyError, RollcallError, VaultError
from core.logs import LOGGER
from core.paths import PROJECT, Home
from gui.texts import _, time_text, told

if TYPE_CHECKING:
    from core.surfaces import Served
    from core.vault.vault import Vault
    from gui.application import Application
    from gui.background import Task

    Say = Callable[[Served | None], None]

END_S = 5.0
MOST_CRASHES = 3
LONGEST = 400
"""Letters of a complaint; a sentence has fewer."""
STEADY_S = 60.0
"""After so long a portal that ends is started again as if it had never ended before."""


@dataclass(frozen=True, slots=True)
class State:
    """served: where it is reached, while it is on.  sentence: what happened to it by itself, empty for nothing."""

    kind: Literal["off", "starting", "on"]
    served: Served | None = None
    sentence: str = ""

    @property
    def notes(self) -> list[str]:
        """What a person should know, in sentences."""
        from core.surfaces import PORT  # Loads the store, for which the first window does not wait.

        found = [self.sentence] if self.sentence else []
        if self.served is not None and not self.served.is_reachable:
            found.append(_("This computer is in no network, so only its own browser reaches the portal."))
        if self.served is not None and urlsplit(self.served.url).port != PORT:
            found.append(
                _("Another program, or another window, has the usual place {port}, so the address ends differently.")
                .format(port=PORT)
            )  # fmt: skip
        return found


OFF = State("off")


class Portal:
    """Switched on and off; everything here belongs to the main thread."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._line = _Line()
        self._listeners: list[Callable[[], None]] = []
        self.state = OFF

    @property
    def served(self) -> Served | None:
        """Where it is reached; None while it is not."""
        return self.state.served

    @property
    def is_on(self) -> bool:
        """Whether it is on, or about to be."""
        return self.state.kind != "off"

    def listen(self, widget: tk.Misc, call: Callable[[], None]) -> None:
        """Have ``call`` called now and after each change, as long as the widget lives."""
        self._listeners.append(call)

        def forget(event: tk.Event[tk.Misc]) -> None:
            if event.widget is widget and call in self._listeners:
                self._listeners.remove(call)

        widget.bind("<Destroy>", forget, add="+")
        call()

    def switch_on(self, *, tells: bool = True) -> None:
        """Start it, unless it runs.  tells: a dialog says why it could not be."""
        if self.is_on:
            return
        line = self._line = _Line()
        slot = self._app.background.latest(partial(self._take, line))
        home, vault = self._app.home, self._app.store.vault
        self._set(State("starting"))
        self._app.background.run(
            lambda task, _progress: _serve(home, vault, line, task, slot.put),
            done=lambda _none: None,
            failed=lambda problem: self._failed(line, problem, tells=tells),
            lasting=True,
        )

    def switch_off(self) -> None:
        """End it, if it runs."""
        if self.is_on:
            line = self.cut()
            self._app.background.run(lambda _task, _progress: line.end(), done=_nothing, failed=_nothing, lasting=True)
            self._set(OFF)

    def cut(self) -> _Line:
        """Have it end by itself, without waiting."""
        self._line.cut()
        return self._line

    def kill(self) -> None:
        """End it at once: the window goes."""
        self._line.kill()

    def _take(self, line: _Line, served: Served | None) -> None:
        """served: None when it ended by itself and is started again."""
        if line is not self._line or line.is_cut:
            return
        before = self.state
        if served is None:
            from core import clock

            at = time_text(clock.now(), clock.school_zone(self._app.settings))
            sentence = _("The portal ended by itself at {time} and was started again.").format(time=at)
            self._set(State("starting", None, sentence))
        elif before.served is not None and before.served.url != served.url:
            sentence = _("The address has changed, so phones have to scan the code anew.")
            self._set(State("on", served, sentence))
        else:
            self._set(State("on", served, before.sentence))

    def _failed(self, line: _Line, problem: Exception, *, tells: bool) -> None:
        if line is not self._line:
            return
        sentence = told(problem) if isinstance(problem, RollcallError) else ""
        self._set(State("off", None, sentence))
        if tells or not sentence:
            self._app.tell(problem)

    def _set(self, state: State) -> None:
        self.state = state
        for one in list(self._listeners):
            one()


class _Line:
    """The child's input: the key of the faces goes in first, and when it is closed the child ends."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[str] | None = None
        self.is_cut = False

    def hold(self, child: subprocess.Popen[str], first: str) -> None:
        """From the thread that reads what the child says.  first: the line it begins with."""
        self._child = child
        if child.stdin is not None:
            with suppress(OSError, ValueError):
                child.stdin.write(f"{first}\n")
                child.stdin.flush()
        if self.is_cut:
            self.cut()

    def cut(self) -> None:
        """From any thread; harmless twice."""
        self.is_cut = True
        if self._child is not None and self._child.stdin is not None:
            with suppress(OSError, ValueError):
                self._child.stdin.close()

    def end(self) -> None:
        """Wait for its end, but not for ever; in a thread."""
        if self._child is not None:
            try:
                self._child.wait(END_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """From any thread; harmless when it has ended, or never began."""
        self.cut()
        if self._child is not None:
            self._child.kill()


def _nothing(_of_it: object) -> None:
    """What ended was not wanted any more."""


def _serve(home: Home, vault: Vault, line: _Line, task: Task, say: Say) -> None:
    """Until the line is cut; a child that ended by itself is started again.

    Raises BusyError with what the child said when that does not help.
    """
    try:
        key = vault.hand_over()
    except VaultError as error:
        raise BusyError(
            _("The portal needs the passphrase of the stored faces. Switch it on again and type it.")
        ) from error
    crashes = 0
    while True:
        began_s = time.monotonic()
        was_up, words = _run(home, key, line, say)
        if line.is_cut or task.is_cancelled:
            return
        crashes = 1 if time.monotonic() - began_s > STEADY_S else crashes + 1
        # What it says when it cannot begin is a sentence, unless that is a bug.
        is_told = not was_up and words and "Traceback" not in words
        if is_told:
            raise BusyError(words)
        LOGGER.warning("The portal ended by itself: %s", words)
        if not was_up or crashes > MOST_CRASHES:
            raise BusyError(_("The portal ended by itself. Switch it on again; the log says why."))
        say(None)


def _run(home: Home, key: str, line: _Line, say: Say) -> tuple[bool, str]:
    """One child from its beginning to its end: whether it was reached, and what it complained of."""
    from core.surfaces import Served

    command = [sys.executable, str(PROJECT / "app.py"), "--home", str(home.root), "serve", "--announce"]
    hidden = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows would open a black one.
    pipe, was_up = subprocess.PIPE, False
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints,
        subprocess.Popen(  # noqa: S603 - this program itself
            command, stdin=pipe, stdout=pipe, stderr=complaints, text=True, encoding="utf-8", creationflags=hidden
        ) as child,
    ):
        line.hold(child, key)
        for said in child.stdout or ():
            say(Served(**json.loads(said)))
            was_up = True
        child.wait()
        complaints.seek(0)
        words = " ".join(complaints.read().split())
        # Of a bug the end says what it was.
        return was_up, words if len(words) <= LONGEST else f"Traceback … {words[-LONGEST:]}"
