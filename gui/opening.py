"""Opening a home, in a thread: what the window waits for after it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.actor import Actor
from core.errors import BusyError, DiskFullError
from core.paths import Home
from gui.background import Task
from gui.screen import ScreenInfo, list_screens

if TYPE_CHECKING:
    from core.records import ProgressSink
    from core.settings import Settings
    from core.store.database import Store
    from core.vault.sources import Ask
    from gui.application import Application


def ask_passphrase(app: Application, attempt: int) -> str | None:
    """From the environment, else from the person, three times; called in whatever thread needs a face first."""
    from core.vault.sources import ask_environment
    from gui.dialogs import ask

    given = ask_environment(attempt)
    if given is not None or attempt > 2:
        return given

    def question(answer: Callable[[str | None], None]) -> None:
        ask.passphrase(app, attempt > 0, answer)

    return app.background.ask(question)


@dataclass(frozen=True, slots=True)
class Use:
    """What work may use in its thread: ``lambda use: some_service(use.store, use.settings, …)``."""

    home: Home
    store: Store
    settings: Settings
    actor: Actor
    progress: ProgressSink
    task: Task


@dataclass(frozen=True, slots=True)
class Opened:
    """What was found when the home was opened."""

    store: Store
    settings: Settings
    has_accounts: bool
    is_new: bool
    screens: tuple[ScreenInfo, ...]


def open_home(home: Home, store: Store | None, ask: Ask) -> Opened:
    """Open the store, unless it is open already; ask: for the passphrase of the faces.  Raises RollcallError."""
    # Loaded only here: together they take as long as the window.
    from core.settings import load_settings
    from core.starting import first_look
    from core.store.database import open_store

    settings = load_settings(home)
    store = store or open_store(home, ask=ask)
    found = first_look(store)
    return Opened(store, settings, found.has_accounts, found.is_new, list_screens())


def daily_work(use: Use) -> str:
    """What is due: lessons that are over are closed, old data goes, the database is copied."""
    from core.daily import do_daily_work
    from core.sessions import close_due

    # Whoever holds the database does it too, and on a full disk looking must still work.
    with suppress(BusyError, DiskFullError):
        close_due(use.store, use.settings)
    return " ".join(do_daily_work(use.store, use.settings))
