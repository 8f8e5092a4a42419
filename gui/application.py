"""The running application: what all screens share, and the one way they call core.

The window is drawn before anything of the store is loaded.  SQLite, files and networks are touched in the background
only; the main thread draws.  (The exception: the preferences, one file of a hundred bytes.)
"""

from __future__ import annotations

import importlib
import tkinter as tk
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

import ttkbootstrap as ttk

from core.actor import Actor, computer_user
from core.errors import RollcallError
from core.logs import LOGGER, log_file
from core.paths import Home
from gui import texts, theme
from gui.background import Background, Task
from gui.collector import Collector
from gui.dialogs import ask, error
from gui.dialogs.base import Dialog
from gui.dialogs.progress import ProgressDialog
from gui.idle import IdleWatch
from gui.login import LoginPage
from gui.not_opened import NotOpenedPage
from gui.opening import Opened, Use, ask_passphrase, daily_work, open_home
from gui.portal import Portal
from gui.preferences import Mode, Preferences, load_preferences, save_preferences
from gui.retraining import Retraining
from gui.screen import ScreenInfo
from gui.shell import Shell
from gui.texts import _

if TYPE_CHECKING:
    from core.records import Progress, ProgressSink
    from core.settings import Settings
    from core.store.database import Store

T = TypeVar("T")

LEAST_SIZE = 1000, 640
FIRST_SIZE = 1240, 700
DAILY_WORK_MS = 1500
DRAWN_MS = 30


class Application:
    """One window on one home.  All methods belong to the main thread."""

    def __init__(self, home: Home, *, actor: Actor | None = None, serves: bool = False) -> None:
        """actor: who was logged in before the window was made anew; serves: the portal was on."""
        self.home = home
        self.preferences = load_preferences(home)
        self.actor = actor
        self.restarts = False
        self.is_locked = False
        self.is_closed = self.served_at_end = False
        self.dialogs: list[Dialog] = []
        self.shell: Shell | None = None
        self._opened: Opened | None = None
        self._page: ttk.Frame | None = None
        self._closing = ExitStack()
        self._closing.enter_context(log_file(home))
        texts.use_language(self.preferences.language)
        self.root = theme.make_root(self.preferences.mode, self.preferences.font_percent)
        self.root.report_callback_exception = self._bug
        self.root.protocol("WM_DELETE_WINDOW", self.ask_to_close)
        self._collector = Collector(self.root)
        self.background = Background(self.root, self._work_changed)
        self.portal = Portal(self)
        self._serves = serves or self.preferences.serves
        self.idle = IdleWatch(self)
        self._place()
        self._show_waiting()
        # The window first: loading takes the processor away from drawing.
        self._is_drawn = False
        self.root.bind("<Map>", self._was_mapped)
        self.root.deiconify()

    @property
    def settings(self) -> Settings:
        return self.opened.settings

    @property
    def store(self) -> Store:
        return self.opened.store

    @property
    def opened(self) -> Opened:
        """Raises RuntimeError before the home was opened; screens come later than that."""
        if self._opened is None:
            raise RuntimeError("the home is not open yet")
        return self._opened

    def call(
        self,
        work: Callable[[Use], T],
        done: Callable[[T], None] | None = None,
        *,
        owner: tk.Misc | None = None,
        failed: Callable[[RollcallError], bool] | None = None,
        progress: Callable[[Progress], None] | None = None,
        title: str = "",
        saves: bool = False,
    ) -> Task:
        """Run ``work`` in a thread as who is logged in, then ``done`` with its result in the main thread.

        owner: nothing is called back once this widget is gone.  failed: gets what the person can mend, and says whether
        it told it; else, and for bugs, the error dialog opens.  title: stands in the status line while it runs, and
        closing the window asks first.  saves: the status line tells when it was done.
        """
        actor, opened = self.actor, self.opened
        if actor is None:
            raise RuntimeError("nobody is logged in")

        def in_thread(task: Task, sink: ProgressSink) -> T:
            return work(Use(self.home, opened.store, opened.settings, actor, sink, task))

        def is_wanted() -> bool:
            return self.actor == actor and (owner is None or bool(owner.winfo_exists()))

        def succeeded(result: T) -> None:
            if saves and self.shell is not None:
                self.shell.status.saved()
            if done is not None and is_wanted():
                done(result)

        def fell(problem: Exception) -> None:
            if isinstance(problem, RollcallError) and (not is_wanted() or (failed is not None and failed(problem))):
                return
            self.tell(problem)

        return self.background.run(in_thread, done=succeeded, failed=fell, progress=progress, actor=actor, title=title)

    def wait_for(
        self, title: str, work: Callable[[Use], T], done: Callable[[T], None], *, owner: tk.Misc | None = None
    ) -> ProgressDialog:
        """:meth:`call` behind the progress dialog, with Cancel; for what nothing else can be done beside."""
        dialog = ProgressDialog(self, title)

        def finished(result: T) -> None:
            dialog.close()
            done(result)

        def failed(problem: Exception) -> bool:
            dialog.close()
            return False

        dialog.task = self.call(work, finished, owner=owner or dialog, failed=failed, progress=dialog.tell, title=title)
        self._close_with(dialog)
        return dialog

    def tell(self, problem: Exception) -> None:
        """Show what went wrong: the sentence of an error of core; a bug is logged, and apologised for."""
        if isinstance(problem, RollcallError):
            error.tell(self, str(problem))
            return
        LOGGER.error("A bug in the window", exc_info=problem)
        error.apologise(self)

    def open(self, name: str, about: object = None) -> None:
        """Bring the screen of this name to the front; about: what it shall show."""
        if self.shell is not None:
            self.shell.open(name, about)

    def load_screen(self, info: ScreenInfo, then: Callable[[type], None]) -> None:
        """Import the module of a screen in the background, then hand over its class."""
        self.call(lambda _use: importlib.import_module(info.module).Screen, then)

    def reload_settings(self, then: Callable[[], None] | None = None) -> None:
        """Read the settings again, after somebody changed them."""
        from core.settings import load_settings

        def take(settings: Settings) -> None:
            self._opened = replace(self.opened, settings=settings)
            if self.shell is not None:
                self.shell.show_school()
            if then is not None:
                then()

        self.call(lambda use: load_settings(use.home), take)

    def change_preferences(self, preferences: Preferences) -> None:
        """Keep them, and look like it at once; another language or letter size makes the window anew."""
        before, self.preferences = self.preferences, preferences
        save_preferences(self.home, preferences)
        if (before.language, before.font_percent) != (preferences.language, preferences.font_percent):
            self.restart()
        elif before.mode != preferences.mode:
            self.root.style.theme_use(f"{theme.FAMILY}-{preferences.mode}")

    def toggle_mode(self) -> None:
        """Light becomes dark, dark light."""
        mode: Mode = "dark" if self.preferences.mode == "light" else "light"
        self.change_preferences(replace(self.preferences, mode=mode))

    def log_in(self, actor: Actor) -> None:
        """Somebody proved who they are."""
        was_locked, self.is_locked = self.is_locked, False
        self.idle.touch()
        if was_locked and self.shell is not None and actor == self.actor:
            self._show(self.shell)
            for dialog in self.dialogs:
                dialog.take_back()
            return
        self._drop_shell()
        self.actor = actor
        self.shell = Shell(self, self.opened.screens)
        self._show(self.shell)
        self.open(self._first_screen(actor))
        # The first screen comes before what may take long and loads a lot.
        self.shell.after(DAILY_WORK_MS, self._do_daily_work)
        self.retraining = Retraining(self, self.shell)

    def _first_screen(self, actor: Actor) -> str:
        if actor.role == "kiosk":
            return "kiosk"
        return "first_start" if self.opened.is_new else "today"

    def show_login(self, *, with_code: bool = False) -> None:
        """Ask who it is, by password or by the code of a first time."""
        self._show(LoginPage(self, with_code=with_code))

    def lock(self) -> None:
        """Hide everything until the same person logs in again; what runs goes on."""
        if self.is_locked or self.actor is None or self.actor.account_id is None:
            return
        self.is_locked = True
        for dialog in reversed(self.dialogs):
            dialog.put_away()
        self._show(LoginPage(self, locked_by=self.actor))

    def log_out(self) -> None:
        """Forget who it was, and everything that was on the screen, then ask who comes next."""
        if self._may_leave():
            self._end(_("Still at work: {what}. Stop it and log out?"), _("Stop and log out"), self._forget_who)

    def _forget_who(self) -> None:
        for task in self.background.running:
            task.cancel()
        self.is_locked = False
        self._drop_shell()
        self.actor = None
        self._open_home()

    def restart(self) -> None:
        """Make the window anew, for who is logged in."""
        question = _("Still at work: {what}. Stop it and open the window anew?")
        self._end(question, _("Stop and open anew"), lambda: self.close(restarts=True))

    def ask_to_close(self) -> None:
        """Close the window, unless the screen or work that is running has something against it."""
        if self._may_leave():
            portal = [_("phones and portal")] if self.portal.is_on else []
            self._end(_("Still at work: {what}. Stop it and close?"), _("Stop and close"), self.close, portal)

    def _may_leave(self) -> bool:
        return self.shell is None or self.is_locked or self.shell.leave()

    def _end(self, question: str, yes: str, end: Callable[[], None], also: Sequence[str] = ()) -> None:
        """What ends all work: who has work that still runs is asked before.  also: what else ends."""
        working = [one.title for one in self.background.running if one.title and not one.is_cancelled]
        if (working or also) and not self.is_locked:
            ask.yes_no(self, question.format(what=", ".join((*working, *also))), end, yes=yes, danger=True)
        else:
            end()

    def close(self, *, restarts: bool = False) -> None:
        """Close at once: cancel what runs, wait for it two seconds at most, let go of everything."""
        if self.is_closed:
            return
        self.is_closed, self.restarts, self.served_at_end = True, restarts, self.portal.is_on
        self._keep_place()
        self.root.withdraw()
        self.portal.cut()
        self.background.close()
        self.portal.kill()
        if self._opened is not None:
            self._opened.store.close()
        for timer in self.root.tk.splitlist(self.root.tk.call("after", "info")):
            # Of screens and widgets too: what they call is gone in a moment.
            self.root.tk.call("after", "cancel", timer)
        self.root.destroy()
        self._collector.stop()
        self._closing.close()

    def _was_mapped(self, _event: tk.Event[tk.Misc]) -> None:
        # Widgets tell it too, each time they are shown.
        if not self._is_drawn:
            self._is_drawn = True
            self.root.after(DRAWN_MS, self._open_home)

    def _open_home(self) -> None:
        self._show_waiting()
        self.background.run(self._open_in_thread, done=self._was_opened, failed=self._not_opened)

    def _open_in_thread(self, _task: Task, _progress: ProgressSink) -> Opened:
        return open_home(self.home, self._opened.store if self._opened else None, partial(ask_passphrase, self))

    def _was_opened(self, opened: Opened) -> None:
        self._opened = opened
        self.idle.start()
        if self._serves:
            self._serves = False
            self.portal.switch_on(tells=False)
        if self.actor is not None:
            self.log_in(self.actor)
        elif opened.has_accounts:
            self.show_login()
        else:
            # Nobody to tell apart: who has the computer has the school.
            self.log_in(Actor(computer_user(), "admin"))

    def _not_opened(self, problem: Exception) -> None:
        """Without a store there is nothing but the sentence, and what can be done about it."""
        if not isinstance(problem, RollcallError):
            LOGGER.error("A bug while opening %s", self.home.root, exc_info=problem)
        self._show(NotOpenedPage(self, problem, self._open_home))

    def _do_daily_work(self) -> None:
        if self.shell is not None:
            self.call(daily_work, self.shell.status.tell, owner=self.shell)

    def _bug(self, _kind: type[BaseException], problem: BaseException, _trace: TracebackType | None) -> None:
        """What Tk calls for an exception in a callback: told or logged, never shown as it is."""
        if isinstance(problem, Exception):
            self.tell(problem)
        else:
            self.close()

    def _work_changed(self) -> None:
        if self.shell is not None:
            self.shell.status.show_running([task.title for task in self.background.running if task.title])

    def _close_with(self, dialog: ProgressDialog) -> None:
        """The dialog of work that was cancelled elsewhere goes with it."""
        if dialog in self.dialogs and dialog.task is not None:
            if dialog.task.is_over and dialog.task not in self.background.running:
                dialog.close()
            else:
                dialog.after(100, self._close_with, dialog)

    def _show_waiting(self) -> None:
        page = ttk.Frame(self.root)
        ttk.Label(page, text="Rollcall", style="Huge.TLabel").pack(pady=(theme.pixels(page, 180), 0))
        ttk.Label(page, text=_("Opening …"), style="Muted.TLabel").pack(pady=theme.pixels(page, 12))
        self._show(page)

    def _show(self, page: ttk.Frame) -> None:
        """Put a page in the place of the one before; only the shell is kept for later."""
        before = self._page
        if before is not None and before is not page:
            if isinstance(before, Shell):
                before.pack_forget()
            else:
                before.destroy()
        self._page = page
        page.pack(fill="both", expand=True)

    def _drop_shell(self) -> None:
        for dialog in reversed(self.dialogs):
            dialog.cancel()
        if self.shell is not None:
            if self._page is self.shell:
                self._page = None
            self.shell.destroy()
            self.shell = None

    def _place(self) -> None:
        self.root.title("Rollcall")
        width, height = (min(a, b) for a, b in zip(FIRST_SIZE, theme.screen_size(self.root), strict=True))
        self.root.minsize(*(min(a, b) for a, b in zip(LEAST_SIZE, theme.screen_size(self.root), strict=True)))
        try:
            self.root.geometry(self.preferences.place or f"{width}x{height}")
        except tk.TclError:
            self.root.geometry(f"{width}x{height}")

    def _keep_place(self) -> None:
        """A full disk must not keep anybody from closing the window."""
        place = self.root.geometry()
        if place != self.preferences.place and self.root.winfo_viewable():
            try:
                save_preferences(self.home, replace(self.preferences, place=place))
            except RollcallError:
                LOGGER.warning("The place of the window could not be kept", exc_info=True)
