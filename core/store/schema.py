"""Make, check and migrate the database file."""

import sqlite3
from contextlib import closing, suppress
from datetime import tzinfo
from pathlib import Path

from sqlalchemy import Connection, Engine, Integer, LargeBinary, Table, func, inspect, literal_column, select, text
from sqlalchemy.exc import NoSuchTableError

from core import clock
from core.errors import StoreError
from core.files import write_atomically
from core.store.damage import BACKUPS, damaged, translated
from core.store.engine import BEGIN, make_engine
from core.store.migrations import HEAD, KNOWN, upgrade
from core.store.tables import Base

KEPT_BACKUPS = 14
"""Older ones go, as do those beyond ``backup_days``."""
_MAGIC = b"SQLite format 3\0"
_CHECKED_WHOLE = 64 << 20
"""Bytes up to which every page is checked at each start."""
_CHECKED_ROWS = 50_000
"""In larger files, tables up to this many rows are checked whole, unless they hold pictures."""
_SAMPLED = 16
"""Of the other tables so many rows are read, first and last among them; the rest is checked when it is used."""
_ROWID = literal_column("rowid", Integer)


def create(path: Path) -> None:
    """Make an empty database at ``path`` in one step, unless another process was quicker.

    Raises StoreError when the journal of a lost database lies there, DiskFullError without room.
    """
    if path.exists():
        return
    journal = _journal(path)
    if journal.exists() and journal.stat().st_size:
        raise damaged(path)
    write_atomically(path, _build)


def _build(path: Path) -> None:
    engine = make_engine(path, busy_seconds=0, foreign_keys=False)
    try:
        _use_wal(engine)
        with engine.execution_options(**{BEGIN: "BEGIN EXCLUSIVE"}).begin() as connection:
            upgrade(connection)
    finally:
        engine.dispose()
        for leftover in (_journal(path), path.with_name(path.name + "-shm")):
            with suppress(OSError):
                leftover.unlink(missing_ok=True)


def check_file(path: Path) -> None:
    """Judge the file by its first bytes, before SQLite touches it.  Raises StoreError when it cannot be a database.

    The fields of the header: https://www.sqlite.org/fileformat.html#the_database_header
    """
    try:
        with path.open("rb") as file:
            header = file.read(100)
        size = path.stat().st_size
    except OSError as error:
        raise StoreError(
            f"The database {path} cannot be read ({error.strerror}). Allow reading it, or move it away."
        ) from error
    if len(header) < 100 or not header.startswith(_MAGIC):
        raise damaged(path)
    page_size, page_count = int.from_bytes(header[16:18], "big"), int.from_bytes(header[28:32], "big")
    page_size = 65536 if page_size == 1 else page_size
    journal = _journal(path)
    whole = not (journal.exists() and journal.stat().st_size)
    # The count is only valid where the last writer left both change counters equal.
    if whole and header[24:28] == header[92:96] and page_size * page_count > size:
        raise damaged(path)


def check_and_compare(engine: Engine, path: Path) -> bool:
    """Check the pages; True when the file must be migrated.

    Raises StoreError for a damaged file, one of another program or of a newer Rollcall.
    """
    with engine.connect() as connection:
        _check_pages(connection, path)
        revision = _revision(connection, path)
    if revision not in KNOWN:
        raise StoreError(
            f"The database {path} was made by a newer Rollcall; it was left as it is. Install the newest version."
        )
    return revision != HEAD


def _check_pages(connection: Connection, path: Path) -> None:
    if path.stat().st_size <= _CHECKED_WHOLE:
        _quick_check(connection, path, "")
        return
    there = _tables(connection)
    for table in Base.metadata.tables.values():
        if table.name not in there:
            continue
        highest = connection.scalar(select(func.max(_ROWID)).select_from(table)) or 0
        pictures = any(isinstance(column.type, LargeBinary) for column in table.columns)
        if highest <= _CHECKED_ROWS and not pictures:
            _quick_check(connection, path, f"'{table.name}'")
        else:
            _read_some(connection, table, highest)


def _quick_check(connection: Connection, path: Path, what: str) -> None:
    if connection.exec_driver_sql(f"PRAGMA quick_check({what or 1})").scalar() != "ok":
        raise damaged(path)


def _read_some(connection: Connection, table: Table, highest: int) -> None:
    """Read rows spread over the table; SQLite itself complains about a page that is none."""
    # All columns the file has: an older one may lack some of today's.
    for number in range(_SAMPLED):
        start = highest * number // (_SAMPLED - 1)
        row = select(text("*")).select_from(table).where(start <= _ROWID).order_by(_ROWID).limit(1)
        connection.execute(row).first()


def _tables(connection: Connection) -> set[str]:
    return set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars())


def _revision(connection: Connection, path: Path) -> str | None:
    if "alembic_version" not in _tables(connection):
        raise StoreError(
            f"{path} is not a database of Rollcall; it was left as it is. "
            "Move it away, or choose another folder with --home."
        )
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def check_tables(engine: Engine, path: Path) -> None:
    """Switch the journal on and see that every table and column is there.  Raises StoreError when one is not."""
    _use_wal(engine)
    with engine.connect() as connection:
        found = inspect(connection)
        for table in Base.metadata.tables.values():
            try:
                columns = {column["name"] for column in found.get_columns(table.name)}
            except NoSuchTableError as error:
                raise damaged(path) from error
            if not columns.issuperset(table.columns.keys()):
                raise damaged(path)


def migrate(path: Path, busy_seconds: float, zone: tzinfo | None = None) -> None:
    """Bring an older file to the newest shape in one transaction, after a copy of it was made.

    zone: the school's.  Raises StoreError when old rows do not fit the new shape: the file then stays as it was.
    """
    engine = make_engine(path, busy_seconds, foreign_keys=False)
    try:
        with engine.connect() as connection:
            revision = _revision(connection, path)
        if revision == HEAD:
            return  # Another process did it while this one waited for the lock.
        backup(path, f"before-{HEAD}-from-{revision}")
        with engine.execution_options(**{BEGIN: "BEGIN EXCLUSIVE"}).begin() as connection:
            upgrade(connection, zone)
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                raise damaged(path)
    finally:
        engine.dispose()


def backup(path: Path, why: str) -> Path:
    """Copy the database, also while it is in use, to ``backups`` beside it; returns the copy.  Raises DiskFullError."""
    folder = path.parent / BACKUPS
    copy = folder / f"rollcall-{clock.now():%Y%m%dT%H%M%SZ}-{why}.db"

    write_atomically(copy, lambda temporary: copy_to(path, temporary))
    for old in sorted(folder.glob("rollcall-*.db"))[:-KEPT_BACKUPS]:
        with suppress(OSError):
            old.unlink()
    return copy


def copy_to(path: Path, target: Path) -> None:
    """Copy the database, also while it is in use, into another file."""
    with translated(path), closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as filled:
        source.backup(filled)


def _use_wal(engine: Engine) -> None:
    # The journal mode cannot be changed inside a transaction, hence the driver's own connection.
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def _journal(path: Path) -> Path:
    return path.with_name(path.name + "-wal")
