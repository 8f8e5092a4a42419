"""The wrapped data keys of a database, oldest generation first."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from core import clock
from core.store.tables import VaultKeyTable
from core.vault.vault import WrappedKey


def list_keys(db: Session) -> list[WrappedKey]:
    """All that are still needed, oldest first."""
    rows = db.scalars(select(VaultKeyTable).order_by(VaultKeyTable.generation))
    return [
        WrappedKey(one.generation, one.source, one.source_id, one.params, one.wrapped, one.finished) for one in rows
    ]


def newest_generation(db: Session) -> int | None:
    """The generation that new values are sealed with, None before there is one."""
    return db.scalar(select(func.max(VaultKeyTable.generation)))


def next_generation(db: Session) -> int:
    """A number that no key had before, given up ones included."""
    # The counter of AUTOINCREMENT remembers them.
    last = db.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = 'vault_keys'"))
    return int(last or 0) + 1


def add_key(db: Session, key: WrappedKey) -> None:
    """Store a data key; new values are sealed with it from the next transaction on."""
    db.add(
        VaultKeyTable(
            generation=key.generation,
            source=key.source,
            source_id=key.source_id,
            params=key.params,
            wrapped=key.wrapped,
            finished=key.finished,
            created_at=clock.now(),
        )
    )
    db.flush()


def replace_keys(db: Session, keys: Sequence[WrappedKey]) -> None:
    """Store the same data keys under another wrapping."""
    for one in keys:
        changes = {"source": one.source, "source_id": one.source_id, "params": one.params, "wrapped": one.wrapped}
        db.execute(update(VaultKeyTable).where(VaultKeyTable.generation == one.generation).values(changes))


def finish(db: Session, generation: int) -> None:
    """Every value is sealed with this generation: give the older keys up for good."""
    db.execute(delete(VaultKeyTable).where(VaultKeyTable.generation < generation))
    db.execute(update(VaultKeyTable).where(VaultKeyTable.generation == generation).values(finished=True))


def remove_all(db: Session) -> None:
    """Give all keys up: whatever they sealed is lost."""
    db.execute(delete(VaultKeyTable))
