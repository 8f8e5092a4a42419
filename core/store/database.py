"""Open the store; every read and write goes through a transaction of :class:`Store`."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from core.clock import school_zone
from core.locks import schema_lock
from core.paths import Home
from core.settings import load_settings
from core.store import schema
from core.store.damage import translated
from core.store.engine import BEGIN, READ_ONLY, make_engine
from core.store.place import refuse_network_share

BUSY_SECONDS = 10.0
"""How long a write of another program is waited for before BusyError."""


class Store:
    """The database of one home.  Close it, or use it in a ``with`` block; threads may share it."""

    def __init__(self, home: Home, engine: Engine) -> None:
        self._home = home
        self._engine = engine
        self._writer = engine.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})
        self._reader = engine.execution_options(**{READ_ONLY: True})

    @property
    def home(self) -> Home:
        return self._home

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """All of it is saved when the block ends, nothing of it when the block raises.

        Raises BusyError, DiskFullError and StoreError from the block or from its end.
        """
        with translated(self._home.database), Session(self._writer) as db, db.begin():
            db.connection()  # Takes the write lock now, so that what the block reads cannot change before it writes.
            yield db

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Look at one moment's state, whatever others write meanwhile; writing here raises.  Raises StoreError."""
        with translated(self._home.database, reading=True), Session(self._reader) as db:
            yield db

    def close(self) -> None:
        """Let go of the file; the last to do so folds the journal into it."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(home: Home, *, busy_seconds: float = BUSY_SECONDS) -> Store:
    """Open the database of ``home``; make it if there is none, migrate it (after a backup) if it is older.

    Raises StoreError for a network share, a damaged file, another program's file or that of a newer Rollcall,
    BusyError when another program holds it, DiskFullError when the place cannot be written.
    """
    path = home.database
    refuse_network_share(home.data)
    with translated(path):
        if not path.exists():
            home.create()
            with schema_lock(home):
                schema.create(path)
        schema.check_file(path)
        engine = make_engine(path, busy_seconds)
        try:
            if schema.check_and_compare(engine, path):
                with schema_lock(home):
                    schema.migrate(path, busy_seconds, school_zone(load_settings(home)))
            schema.check_tables(engine, path)
        except BaseException:
            engine.dispose()
            raise
    return Store(home, engine)
