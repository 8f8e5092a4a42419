"""Copies of the database in ``backups``: what they are, the keys in them, putting one back, letting them go."""

import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from core import clock
from core.errors import BusyError, StoreError
from core.files import PendingFile
from core.store import schema, vault_keys
from core.store.damage import BACKUPS, translated
from core.store.engine import make_engine
from core.store.tables import VaultKeyTable

Answer = TypeVar("Answer")
_PATIENCE_S = 5.0
_NAME = re.compile(r"rollcall-(\d{8}T\d{6}Z)-(.+)\.db")
_JOURNALS = ("-wal", "-shm", "-journal")
_PAGES = 4096
"""Copied in one step."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the database.  made_at: aware UTC; why: like ``daily``; size: bytes."""

    path: Path
    made_at: datetime
    why: str
    size: int


def copies(database: Path) -> list[Path]:
    """The copies of a database, oldest first."""
    return sorted((database.parent / BACKUPS).glob("rollcall-*.db"))


def is_sealed(copy: Path) -> bool:
    """Whether a copy was made after all faces had been sealed.  Raises StoreError for a damaged one."""
    return change_copy(copy, lambda db: any(key.finished for key in vault_keys.list_keys(db))) or False


def change_copy(copy: Path, change: Callable[[Session], Answer]) -> Answer | None:
    """Do ``change`` in one transaction of a copy that has keys; None for one that is older.

    Raises StoreError for a damaged copy, BusyError, DiskFullError.
    """
    engine = make_engine(copy, _PATIENCE_S)
    try:
        with translated(copy):
            if not inspect(engine).has_table(VaultKeyTable.__tablename__):
                return None
            with Session(engine) as db, db.begin():
                return change(db)
    finally:
        engine.dispose()


def list_copies(database: Path) -> list[Copy]:
    """The copies of a database with what their names tell, newest first."""
    found = []
    for path in copies(database):
        named = _NAME.fullmatch(path.name)
        # One that somebody put there under another name is not Rollcall's to date or to remove.
        if named is not None:
            with suppress(OSError, ValueError):
                made_at = datetime.strptime(named[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
                found.append(Copy(path, made_at, named[2], path.stat().st_size))
    return found[::-1]


def forget_copies(database: Path) -> int:
    """Remove every copy there is, whatever its name: each may hold somebody who is erased; how many went."""
    folder, count = database.parent / BACKUPS, 0
    for path in folder.glob("*"):
        if path.is_dir():
            shutil.rmtree(path)
            count += 1
        elif ".db" in path.name:
            path.unlink(missing_ok=True)
            count += path.suffix == ".db"
    return count


def old_copies(database: Path, days: int) -> list[Path]:
    """Copies that were made more than so many days ago, and what an import put aside then."""
    since = clock.now() - timedelta(days=days)
    aside = (one for one in (database.parent / BACKUPS).glob("*") if one.is_dir() or one.name.startswith("damaged-"))
    old = [one for one in aside if datetime.fromtimestamp(one.stat().st_mtime, UTC) < since]
    return [one.path for one in list_copies(database) if one.made_at < since] + old


def put_back(database: Path, file: Path) -> Path | None:
    """Make ``file`` the database, all of it or nothing; where the present one is kept, None where there was none.

    The database may be damaged.  Raises StoreError for a file that is no sound database of this or an older Rollcall,
    BusyError when another program holds the database, DiskFullError.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    with PendingFile(database) as pending:
        shutil.copyfile(file, pending.temporary)
        with _without_journals(pending.temporary):
            check_copy(pending.temporary, file)
            if not database.exists():
                pending.commit()
                return None
            try:
                check_copy(database, database)
            except StoreError:
                kept = _aside(database)
                pending.commit()
            else:
                kept = schema.backup(database, "before-restore")
                _overwrite(database, pending.temporary)
            return kept


def require_alone(database: Path) -> None:
    """Fold the journal into the file.  Raises BusyError while another program has the database open.

    One that had it open would go on writing into a file that is moved away.
    """
    with translated(database), closing(sqlite3.connect(database, timeout=_PATIENCE_S)) as connection:
        # Only the one connection there is may leave the mode with a journal beside the file; opening switches it on.
        connection.execute("PRAGMA journal_mode=DELETE").fetchall()


def is_sound(copy: Path) -> bool:
    """Whether a copy can be put back; looked at beside it, so that nothing about it changes."""
    with PendingFile(copy) as pending:
        shutil.copyfile(copy, pending.temporary)
        with _without_journals(pending.temporary):
            try:
                check_copy(pending.temporary, copy)
            except StoreError:
                return False
            return True


def check_copy(copy: Path, shown: Path) -> None:
    """Raises StoreError, which names ``shown``, unless a file is a sound database that this Rollcall can use."""
    engine = make_engine(copy, _PATIENCE_S)
    try:
        schema.check_file(copy)
        with translated(copy):
            schema.check_and_compare(engine, copy)
    except StoreError as error:
        raise StoreError(
            f"{shown} is not a sound copy of a database of this Rollcall or an older one; nothing was changed. "
            "Choose another one: app.py backup list"
        ) from error
    finally:
        engine.dispose()


def _aside(database: Path) -> Path:
    """A damaged database beside the copies, with its journal.

    The file itself stays in its place too until another takes it: where nothing is, the next start would make an empty
    database.
    """
    aside = database.parent / BACKUPS / f"damaged-{clock.now():%Y%m%dT%H%M%SZ}.db"
    aside.parent.mkdir(parents=True, exist_ok=True)
    try:
        aside.hardlink_to(database)
    except OSError:  # Not every file system has a second name for a file.
        shutil.copyfile(database, aside)
    for ending in _JOURNALS:
        with suppress(FileNotFoundError):
            database.with_name(database.name + ending).replace(aside.with_name(aside.name + ending))
    return aside


def _overwrite(database: Path, content: Path) -> None:
    """In one transaction of the database, so that whoever has it open sees the old or the new one."""
    until = time.monotonic() + _PATIENCE_S

    def give_up(status: int, _left: int, _all: int) -> None:
        if status != sqlite3.SQLITE_OK and status != sqlite3.SQLITE_DONE and time.monotonic() > until:
            raise BusyError(f"Another program is using the database {database}. Close it or wait, then try again.")

    with (
        translated(database),
        closing(sqlite3.connect(content)) as source,
        closing(sqlite3.connect(database)) as target,
    ):
        source.backup(target, pages=_PAGES, progress=give_up)


@contextmanager
def _without_journals(temporary: Path) -> Iterator[None]:
    try:
        yield
    finally:
        for ending in _JOURNALS:
            with suppress(OSError):
                temporary.with_name(temporary.name + ending).unlink(missing_ok=True)
