"""Copies of the database beside it: made every day and on demand, listed, put back."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core import access
from core.access import guarded
from core.actor import current_actor
from core.errors import InputError, StoreError
from core.paths import Home
from core.store import arriving, audit, copies, people, schema, web_sessions
from core.store.copies import Copy
from core.store.database import Store, open_store
from core.vault.sources import Ask

DAILY, BY_HAND = "daily", "by-hand"


@dataclass(frozen=True, slots=True)
class Restored:
    """kept: where the database that was there before is now, None where there was none."""

    students: int
    kept: Path | None


@guarded
def list_copies(store: Store) -> list[Copy]:
    """The copies of the database, newest first."""
    return copies.list_copies(store.home.database)


@guarded
def back_up(store: Store, why: str = BY_HAND) -> Copy:
    """Copy the database now, also while it is in use; the oldest beyond fourteen goes.  Raises DiskFullError."""
    made = schema.backup(store.home.database, why)
    return next(one for one in copies.list_copies(store.home.database) if one.path == made)


def newest_sound(home: Home) -> Copy | None:
    """The newest copy that can be put back; a database that is damaged is not needed for it."""
    return next((one for one in copies.list_copies(home.database) if copies.is_sound(one.path)), None)


def restore(home: Home, file: Path, ask: Ask | None = None) -> Restored:
    """Make a copy the database again; what was there is kept beside the copies.

    file: a path, or the name of a file in ``backups``.  ask: for the passphrase of the faces, where the copy is so old
    that its faces are sealed only now; None takes the environment's.  Works where the database is damaged too.  Needs
    the home's lock.  Raises InputError for a missing file, StoreError for one that is no sound copy, AccessError.
    """
    may_move_data(home)
    found = next((one for one in (file, home.database.parent / "backups" / file.name) if one.is_file()), None)
    if found is None:
        raise InputError(f"There is no file {file}. See the copies there are: app.py backup list")
    kept = copies.put_back(home.database, found)
    with open_store(home, ask=ask) as store, store.transaction() as db:
        web_sessions.end_everybody(db)
        audit.record(db, None, "data.restore")
        return Restored(len(people.list_students(db)), kept)


def may_move_data(home: Home) -> None:
    """Raises AccessError unless who acts may replace everything; a database that cannot be read asks nobody."""
    if not (home.database.exists() or arriving.is_waiting(home)):
        return
    with suppress(StoreError), open_store(home) as store, store.read() as db:
        access.check(db, current_actor(), "data.move")
