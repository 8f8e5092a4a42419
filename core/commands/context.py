"""What a command needs to work: its home, settings, store and engine, opened when first asked for."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import typer

from core.actor import Actor
from core.engine import Engine, load_engine
from core.errors import BusyError, DiskFullError
from core.locks import home_lock
from core.paths import Home
from core.records import ProgressSink
from core.settings import Settings, load_settings
from core.store.database import Store, open_store

ENROL_MIN_FACE_PX = 30
"""Photos are searched for smaller faces than may be stored, so that the reason can be “too small”, not “no face”."""


@dataclass(frozen=True, slots=True)
class Context:
    """Made once for each command."""

    home: Home

    @property
    def settings(self) -> Settings:
        return load_settings(self.home)

    @contextmanager
    def reading(self, *, close_due: bool = True) -> Iterator[Store]:
        """The store, for commands that only look."""
        self.home.create()
        with open_store(self.home) as store:
            if close_due:
                self._close_due(store)
            yield store

    @contextmanager
    def changing(self, *, close_due: bool = True) -> Iterator[Store]:
        """The store, for a command whose changes are short transactions: it need not wait for a camera that marks.

        close_due False: the command itself closes the sessions that are over.
        """
        with self.reading(close_due=close_due) as store:
            yield store

    @contextmanager
    def writing(self, what: str) -> Iterator[Store]:
        """The store, for long work that also writes files: one at a time on a home.  Raises BusyError."""
        self.home.create()
        with home_lock(self.home, what), open_store(self.home) as store:
            self._close_due(store)
            yield store

    def _close_due(self, store: Store) -> None:
        """Close the sessions that are over: no program of Rollcall runs all day, so each command does it."""
        from core.sessions import close_due  # Writes sheets, which most commands do not need to load.

        # Whoever holds the database closes them too, and on a full disk looking must still work.
        with suppress(BusyError, DiskFullError):
            close_due(store, self.settings)

    def actor(self, by: str | None = None, *, admin: bool = False) -> Actor:
        """Who the command is done by: the given name, else the computer's user."""
        return Actor(by or _user(), "admin" if admin else "teacher")

    def engine(self, progress: ProgressSink) -> Engine:
        return load_engine(self.home, ENROL_MIN_FACE_PX, progress, self.settings.detector)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        # A service may have no user name at all.
        return "unknown"


def of(context: typer.Context) -> Context:
    """The Context that the main callback left."""
    found = context.obj
    if not isinstance(found, Context):
        raise TypeError("the command line was entered without its main callback")
    return found
