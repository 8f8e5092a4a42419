"""What a command needs to work: its home, settings, store and engine, opened when first asked for."""

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import typer

from core import access
from core.actor import Actor, acting, computer_user
from core.commands.console import errors
from core.commands.rights import COMMANDS, NOT_LISTED
from core.errors import BusyError, DiskFullError, InputError, VaultError
from core.locks import home_lock
from core.paths import Home
from core.records import ProgressSink
from core.settings import Settings, load_settings
from core.store import accounts
from core.store.database import Store, open_store
from core.vault.sources import VARIABLE, ask_environment

if TYPE_CHECKING:
    from core.engine import Engine

ENROL_MIN_FACE_PX = 30
"""Photos are searched for smaller faces than may be stored, so that the reason can be “too small”, not “no face”."""
ACCOUNT, PASSWORD = "ROLLCALL_ACCOUNT", "ROLLCALL_PASSWORD"
"""Variables for programs that call the command line; a password among the arguments could be seen by everybody."""


@dataclass(frozen=True, slots=True)
class Context:
    """Made once for each command.

    command: like ``class add``; by, as_admin: the command's options of these names.
    """

    home: Home
    command: str | None = None
    by: str | None = None
    as_admin: bool = False
    _known: dict[tuple[str | None, bool], Actor] = field(default_factory=dict, repr=False)

    @property
    def settings(self) -> Settings:
        return load_settings(self.home)

    @contextmanager
    def reading(self, *, close_due: bool = True) -> Iterator[Store]:
        """The store, for commands that only look."""
        self.home.create()
        with open_store(self.home, ask=_passphrase) as store:
            if close_due:
                self._close_due(store)
            self._daily_work(store)
            with self._as_whom(store):
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
        with home_lock(self.home, what), open_store(self.home, ask=_passphrase) as store:
            self._close_due(store)
            self._daily_work(store)
            with self._as_whom(store):
                # Not in the middle of the work, while a bar is drawn.  A lost key shows when a face is needed.
                with suppress(VaultError):
                    if store.vault.newest().source == "passphrase":
                        store.vault.unlock()
                yield store

    def _close_due(self, store: Store) -> None:
        """Close the sessions that are over: no program of Rollcall runs all day, so each command does it."""
        from core.sessions import close_due  # Writes sheets, which most commands do not need to load.

        # Whoever holds the database closes them too, and on a full disk looking must still work.
        with suppress(BusyError, DiskFullError):
            close_due(store, self.settings)

    def _daily_work(self, store: Store) -> None:
        """No program of Rollcall runs all day, so the first command of a day does what is due."""
        from core.daily import do_daily_work

        for sentence in do_daily_work(store, self.settings):
            errors.print(sentence, markup=False)

    @contextmanager
    def _as_whom(self, store: Store) -> Iterator[None]:
        """The block is done by who runs the command, if they may at all."""
        action = None if self.command is None else COMMANDS.get(self.command, NOT_LISTED)
        if self.command is not None and action is None:
            yield
            return
        actor = self._actor_in(store, self.by, self.as_admin)
        if action is not None:
            with store.read() as db:
                access.check_role(db, actor, action)
        with acting(actor):
            yield

    def actor(self, by: str | None = None, *, admin: bool = False) -> Actor:
        """Who the command is done by: the given name, else the computer's user.

        Where the school has accounts the name must be one, and an admin's password is asked for.  Raises AccessError.
        """
        if (by, admin) not in self._known and self.home.database.exists():
            with open_store(self.home) as store:
                return self._actor_in(store, by, admin)
        return self._known.get((by, admin)) or _without_account(by, admin)

    def _actor_in(self, store: Store, by: str | None, admin: bool) -> Actor:
        if (by, admin) not in self._known:
            with store.read() as db:
                has_accounts = accounts.any_account(db)
            if not has_accounts:
                return _without_account(by, admin)
            from core.accounts.local import local_actor  # Loads what hashes passwords, which most starts do not need.

            name = by or os.environ.get(ACCOUNT) or computer_user()
            self._known[by, admin] = local_actor(store, name, ask_password, admin=admin)
        return self._known[by, admin]

    def engine(self, progress: ProgressSink) -> "Engine":
        from core.engine import load_engine  # Loads OpenVINO.

        return load_engine(self.home, ENROL_MIN_FACE_PX, progress, self.settings.detector)


def _passphrase(attempt: int) -> str | None:
    """From the environment, else from whoever sits at the terminal, three times."""
    given = ask_environment(attempt)
    if given is not None or attempt > 2 or not sys.stdin.isatty() or VARIABLE in os.environ:
        return given
    return getpass.getpass("Passphrase of the stored faces: " if attempt == 0 else "That was wrong. Once more: ")


def _without_account(by: str | None, admin: bool) -> Actor:
    return Actor(by or computer_user(), "admin" if admin else "teacher")


def ask_password(name: str) -> str:
    """The password of an account: from the environment, else asked for without showing it.  Raises InputError."""
    return secret_from(PASSWORD, f"Password of {name}")


def secret_from(variable: str, question: str, *, twice: bool = False) -> str:
    """What nobody may see on the screen.  Raises InputError where nobody can be asked."""
    if given := os.environ.get(variable):
        return given
    if not sys.stdin.isatty():
        raise InputError(f"Nobody can be asked here. Put the answer to “{question}” into the variable {variable}.")
    return str(typer.prompt(question, hide_input=True, confirmation_prompt=twice))


def of(context: typer.Context) -> Context:
    """The Context that the main callback left."""
    found = context.obj
    if not isinstance(found, Context):
        raise TypeError("the command line was entered without its main callback")
    given = context.params
    command = context.command_path.removeprefix(context.find_root().command_path).strip()
    return replace(found, command=command, by=given.get("by"), as_admin=bool(given.get("as_admin")))
