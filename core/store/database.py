"""Opening the local database: SQLite, migrated by Alembic, with every failure turned into a sentence."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from core import clock
from core.errors import BusyError, DiskFullError, StoreError
from core.paths import Home
from core.store.network_share import refuse_network_share

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS = 10_000
BACKUPS_KEPT = 14
BEGIN = "rollcall_begin"
"""Execution option: the statement that begins a transaction."""


@dataclass(frozen=True, slots=True)
class Store:
    """The open database of a home."""

    home: Home
    engine: Engine

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """All or nothing: commits at the end of the block, rolls back on any exception.  Raises StoreError's kinds."""
        with _told(self.home), Session(_writing(self.engine), expire_on_commit=False) as db, db.begin():
            yield db

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent state to look at; nothing is kept."""
        with _told(self.home), Session(self.engine, expire_on_commit=False) as db:
            yield db

    def close(self) -> None:
        self.engine.dispose()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(home: Home) -> Store:
    """Open, and make or migrate, the database of ``home``.

    Raises StoreError for a network share, a damaged file or one of a newer Rollcall; DiskFullError without room.
    """
    refuse_network_share(home.data)
    with _told(home):
        engine = create_engine(f"sqlite:///{home.database}")
        event.listen(engine, "connect", _configure)
        event.listen(engine, "begin", _begin)
        try:
            _check(engine, home)
            _migrate(engine, home)
        except BaseException:
            engine.dispose()
            raise
    return Store(home, engine)


def _configure(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    # Transactions are begun by _begin, so the driver must not begin its own.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(BEGIN, "BEGIN"))


def _writing(engine: Engine) -> Engine:
    """The engine whose transactions take the write lock at once: two writers then wait instead of failing midway."""
    return engine.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})


def _check(engine: Engine, home: Home) -> None:
    with engine.connect() as connection:
        answer = connection.execute(text("PRAGMA quick_check(1)")).scalar()
    if answer != "ok":
        raise _damaged(home)


def _migrate(engine: Engine, home: Home) -> None:
    """Bring an older database up to date, after a copy of it was put aside."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    newest = scripts.get_current_head()
    if current == newest:
        return
    if current is not None:
        try:
            scripts.get_revision(current)
        except CommandError as error:
            raise StoreError(
                "The database was made by a newer Rollcall. Install that version here too; nothing was changed."
            ) from error
        backup(home)
    config.attributes["engine"] = _writing(engine)
    command.upgrade(config, "head")


def backup(home: Home) -> Path:
    """Copy the database with SQLite's backup API into ``data/backups``; the oldest copies beyond 14 go."""
    folder = home.data / "backups"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"rollcall-{clock.now():%Y%m%dT%H%M%S}.db"
    source, copy = sqlite3.connect(home.database), sqlite3.connect(target)
    try:
        source.backup(copy)
    finally:
        source.close()
        copy.close()
    for old in sorted(folder.glob("rollcall-*.db"))[:-BACKUPS_KEPT]:
        old.unlink()
    return target


@contextmanager
def _told(home: Home) -> Iterator[None]:
    """The one place where a database error becomes a sentence."""
    try:
        yield
    except (OperationalError, DatabaseError, sqlite3.DatabaseError) as error:
        cause = str(getattr(error, "orig", error)).lower()
        if isinstance(getattr(error, "orig", error), sqlite3.IntegrityError | sqlite3.ProgrammingError):
            raise
        raise _sentence(home, cause) from error


def _sentence(home: Home, cause: str) -> Exception:
    if "malformed" in cause or "not a database" in cause or "corrupt" in cause:
        return _damaged(home)
    if "full" in cause or "readonly" in cause or "unable to open" in cause or "disk i/o" in cause:
        return DiskFullError(
            f"The database in {home.data} cannot be written. Make room on the disk and allow writing there; "
            "everything saved before is safe."
        )
    if "locked" in cause or "busy" in cause:
        return BusyError("Another program holds the database. Close it and try again; nothing was changed.")
    return StoreError(f"The database in {home.data} cannot be used ({cause}). Nothing was changed.")


def _damaged(home: Home) -> StoreError:
    return StoreError(
        f"The database {home.database} is damaged. Put the newest copy from {home.data / 'backups'} in its place, "
        "or move the file away to begin anew; nothing was changed."
    )
