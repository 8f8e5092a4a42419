"""Open the store; every read and write goes through a transaction of :class:`Store`."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from types import TracebackType
from typing import Self

from sqlalchemy import Engine, PoolProxiedConnection
from sqlalchemy.orm import Session

from core.clock import school_zone
from core.errors import BusyError, DiskFullError
from core.locks import schema_lock
from core.paths import Home
from core.settings import load_settings
from core.store import arriving, audit, schema, sealed, vault_keys
from core.store.damage import translated
from core.store.engine import BEGIN, READ_ONLY, make_engine
from core.store.place import refuse_network_share
from core.vault.sources import Ask
from core.vault.vault import Vault, WrappedKey

HOME = "home"
"""Under this name ``Session.info`` tells the Home that is read or written."""
BUSY_SECONDS = 10.0
"""How long a write of another program is waited for before BusyError."""


class Store:
    """The database of one home.  Close it, or use it in a ``with`` block; threads may share it."""

    def __init__(self, home: Home, engine: Engine, ask: Ask | None = None) -> None:
        self._home = home
        self._vault = Vault(home, self._keys, ask)
        self._engine = engine
        self._writer = engine.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})
        self._reader = engine.execution_options(**{READ_ONLY: True})
        self._watching = Lock()
        self._watch: PoolProxiedConnection | None = None

    @property
    def home(self) -> Home:
        return self._home

    @property
    def vault(self) -> Vault:
        """What seals and opens the faces of this home."""
        return self._vault

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """All of it is saved when the block ends, nothing of it when the block raises.

        Raises BusyError, DiskFullError and StoreError from the block or from its end.
        """
        with translated(self._home.database), Session(self._writer, info=self._info()) as db, db.begin():
            db.connection()  # Takes the write lock now, so that what the block reads cannot change before it writes.
            yield db

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Look at one moment's state, whatever others write meanwhile; writing here raises.  Raises StoreError."""
        with translated(self._home.database, reading=True), Session(self._reader, info=self._info()) as db:
            yield db

    def version(self) -> int:
        """Another number once anybody stored anything, in this program or another; what was worked out before may not
        be true any more then.  Raises StoreError.
        """
        with self._watching, translated(self._home.database, reading=True):
            if self._watch is None:
                # A connection of its own, which never writes: SQLite tells each one what others did.
                self._watch = self._engine.raw_connection()
                self._watch.detach()
            (number,) = self._watch.cursor().execute("PRAGMA data_version").fetchone()
            return int(number)

    def pack(self) -> None:
        """Write the file anew, without what lay in it before, and empty the journal.

        What was overwritten (``secure_delete``) is gone without this too, so where there is no room, or another
        program reads, the file stays as it is.
        """
        connection = self._engine.raw_connection()
        try:
            for statement in ("PRAGMA query_only=OFF", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                with suppress(BusyError, DiskFullError), translated(self._home.database):
                    connection.cursor().execute(statement).fetchall()
        finally:
            connection.close()

    def checkpoint(self) -> None:
        """Empty the journal, in which what was erased may still lie; where another program reads it goes later."""
        connection = self._engine.raw_connection()
        try:
            with suppress(BusyError), translated(self._home.database):
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            connection.close()

    def _info(self) -> dict[str, object]:
        return {sealed.INFO: self._vault, HOME: self._home}

    def _keys(self) -> list[WrappedKey]:
        with self.read() as db:
            return vault_keys.list_keys(db)

    def close(self) -> None:
        """Let go of the file; the last to do so folds the journal into it."""
        with self._watching:
            if self._watch is not None:
                self._watch.close()
                self._watch = None
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(home: Home, *, busy_seconds: float = BUSY_SECONDS, ask: Ask | None = None) -> Store:
    """Open the database of ``home``; make it if there is none, migrate it (after a backup) if it is older.

    ask: for the passphrase of the faces, when first one is needed; None takes the environment's.
    A home from another computer that was stopped on its way in (:mod:`core.store.arriving`) is put in place first.
    Raises StoreError for a network share, a damaged file, another program's file or that of a newer Rollcall,
    BusyError when another program holds it, DiskFullError when the place cannot be written.
    """
    path = home.database
    refuse_network_share(home.data)
    arrives = arriving.is_waiting(home)
    with translated(path):
        if arrives:
            with schema_lock(home):
                arriving.put_in_place(home)
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
            store = Store(home, engine, ask)
            _see_to_keys(store)
            if arrives:
                _record_arrival(store)
        except BaseException:
            engine.dispose()
            raise
    return store


def _record_arrival(store: Store) -> None:
    """The last step of an import; done twice where a kill came in between, so that the audit never lacks it."""
    with store.transaction() as db:
        audit.record(db, None, "data.import")
    arriving.finish(store.home)


def _see_to_keys(store: Store) -> None:
    """Give a new database its key; seal the faces of one that was made before faces were sealed."""
    with store.read() as db:
        keys = vault_keys.list_keys(db)
    if not keys or not (keys[0].finished or keys[0].generation > 1):
        # Loaded only here: it knows classifier files too, and stands above the store.
        from core.rekeying import begin

        with schema_lock(store.home):
            begin(store)
