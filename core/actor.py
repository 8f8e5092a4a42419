"""Who does something: every change of the register is signed with one."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Literal

Role = Literal["admin", "teacher", "student", "kiosk", "machine"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a token leaves to a program of the rights of the account it acts as.

    token_id: its number; actions: of :mod:`core.actions`; class_id: the only class it is about, None for all.
    """

    token_id: int
    actions: frozenset[str]
    class_id: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, or the program itself.  name: as it is shown in the history.

    account_id, teacher_id, student_id: of the account it was made from; None where a school has no accounts.  limits:
    of another program that acts as this account.
    """

    name: str
    role: Role
    account_id: int | None = None
    teacher_id: int | None = None
    student_id: int | None = None
    limits: Limits | None = None


MACHINE = Actor("Rollcall", "machine")
"""Recognition, closing by the clock, and whatever else nobody clicked."""

_acting: ContextVar[Actor | None] = ContextVar("acting", default=None)


@contextmanager
def acting(actor: Actor | None) -> Iterator[None]:
    """Whatever is called in the block is done by this actor.

    Surfaces enter it once for a command, a click or a request.  A new thread starts without an actor: hand it over.
    """
    token = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(token)


def current_actor() -> Actor | None:
    """Who acts at this moment; None where nobody said so."""
    return _acting.get()


@cache
def computer_user() -> str:
    """The name of the computer's user as whom this program runs."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        # A service may have no user name at all.
        return "unknown"
