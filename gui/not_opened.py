"""The page in the place of all others where the home cannot be opened; a damaged database is put back from here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.errors import DamagedError, RollcallError
from core.languages.language import command_in
from core.logs import LOGGER
from gui.opening import ask_passphrase
from gui.texts import _, moment_text, told
from gui.theme import pixels
from gui.widgets.small import EmptyState

if TYPE_CHECKING:
    from core.backups import Restored
    from core.store.copies import Copy
    from gui.application import Application

HELP = "app.py doctor"


class NotOpenedPage(ttk.Frame):
    """Says why; offers to try again, and where the database is damaged to put the newest sound copy back."""

    def __init__(self, app: Application, problem: Exception, again: Callable[[], None]) -> None:
        super().__init__(app.root)
        self._app, self._problem, self._again = app, problem, again
        self._state: EmptyState | None = None
        if isinstance(problem, DamagedError):
            self._show(_("The database is damaged"), _("Looking for a copy of it …"))
            app.background.run(
                lambda _task, _progress: self._find(), done=lambda found: self._offer(*found), failed=self._failed
            )
        else:
            self._tell(problem)

    def _show(self, title: str, sentence: str, *buttons: tuple[str, Callable[[], None]], icon: str = "") -> None:
        """The first button is the one that is meant, and has the keyboard."""
        if self._state is not None:
            self._state.destroy()
        words, command = buttons[0] if buttons else ("", None)
        state = self._state = EmptyState(self, icon or "exclamation-triangle", title, sentence, words, command)
        for words, command in buttons[1:]:
            ttk.Button(state, text=words, command=command, bootstyle="neutral").pack(pady=(pixels(self, 8), 0))
        state.lie_on(self)
        if buttons:
            state.button.focus_set()

    def _tell(self, problem: Exception) -> None:
        self._show(_("Rollcall cannot open its data"), why_not(problem), (_("Try again"), self._again))

    def _find(self) -> tuple[Copy | None, str]:
        """The newest sound copy, and when it was made."""
        from core import clock
        from core.backups import newest_sound
        from core.settings import load_settings

        found = newest_sound(self._app.home)
        zone = clock.school_zone(load_settings(self._app.home))
        return found, "" if found is None else moment_text(found.made_at, zone)

    def _offer(self, copy: Copy | None, made: str) -> None:
        if not self.winfo_exists():
            return
        if copy is None:
            sentence = _(
                "There is no copy of it here that can be used. Nothing was changed. Do not delete anything; "
                "what is to be looked at is told by the command below, which whoever helps you will ask for."
            )
            self._show(_("The database is damaged"), f"{sentence}\n{HELP}", (_("Try again"), self._again))
            return
        sentence = _(
            "A sound copy of {when} is there and can be put back. What was entered after that is not in it; "
            "the damaged file is kept beside the copies, nothing is deleted."
        ).format(when=made)
        put_back = partial(self._put_back, copy, made)
        buttons = (_("Put the copy back"), put_back), (_("Try again"), self._again)
        self._show(_("The database is damaged"), sentence, *buttons)

    def _put_back(self, copy: Copy, made: str) -> None:
        self._show(_("Putting the copy back"), _("One moment …"), icon="archive")

        def work() -> Restored:
            from core.backups import restore
            from core.locks import home_lock

            home = self._app.home
            with home_lock(home, "putting a copy back"):
                return restore(home, copy.path, partial(ask_passphrase, self._app))

        self._app.background.run(
            lambda _task, _progress: work(), done=partial(self._is_back, made), failed=self._failed
        )

    def _is_back(self, made: str, done: Restored) -> None:
        if not self.winfo_exists():
            return
        sentence = _("The copy of {when} is in place.").format(when=made)
        if done.kept is not None:
            sentence += " " + _("The damaged file is kept as {file}.").format(file=done.kept.name)
        self._show(_("The copy is in place"), sentence, (_("Go on"), self._again), icon="check2-circle")

    def _failed(self, problem: Exception) -> None:
        if not isinstance(problem, RollcallError):
            LOGGER.error("A bug while putting a copy back", exc_info=problem)
        if self.winfo_exists():
            self._tell(problem)


def why_not(problem: Exception) -> str:
    """Why a home could not be opened.  Without it there are no pages to put it right on, so a command is told too."""
    if not isinstance(problem, RollcallError):
        return _("Something went wrong inside Rollcall.")
    return "\n".join(one for one in (told(problem), command_in(str(problem))) if one)
