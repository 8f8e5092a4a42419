"""The outbox as people see it: what waits, what was sent, and calling messages off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.access import guarded
from core.errors import InputError
from core.store import outbox
from core.store.database import Store
from core.store.outbox import STATES, Mail


@dataclass(frozen=True, slots=True)
class Outbox:
    """Messages, newest first; counts: how many of all are in each state."""

    mails: tuple[Mail, ...]
    counts: Mapping[str, int]


@guarded
def list_mails(store: Store, state: str | None = None, limit: int | None = None) -> Outbox:
    """The newest ``limit`` messages (None: all) in this state (None: in any).  Raises InputError for no such state."""
    if state is not None and state not in STATES:
        raise InputError(f"There is no such state. Choose one of: {', '.join(STATES)}")
    with store.read() as db:
        return Outbox(tuple(outbox.list_mails(db, state, limit)), outbox.counts(db))


@guarded
def cancel_mails(store: Store, numbers: Sequence[int]) -> list[Mail]:
    """Call messages off, all or none of them; their events are not mailed again.

    Raises NotFoundError, ConflictError for one that was sent.
    """
    with store.transaction() as db:
        return [outbox.cancel(db, one) for one in numbers]
