"""The one place where errors of the database become sentences."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from core.errors import BusyError, DamagedError, DiskFullError, NotFoundError, RollcallError, StoreError

BACKUPS = "backups"
_HARDLY_ANY_ROOM = 1 << 20


def damaged(path: Path) -> DamagedError:
    """The sentence for a database that cannot be read: where it is, that it was left alone, what to do."""
    made = sorted((path.parent / BACKUPS).glob("rollcall-*.db"))
    if made:
        then = f"Put its newest copy back; the damaged file is kept beside it: app.py backup restore {made[-1].name}"
    else:
        then = (
            f"Move every file whose name starts with {path.name} to another folder, then put a copy of your own there "
            f"as {path.name}, or start again with an empty one."
        )
    return DamagedError(f"The database {path} is damaged; nothing in it was changed. {then}")


def damaged_face(what: str) -> StoreError:
    """The sentence for a face that was damaged, changed or moved.  what: names the row."""
    return StoreError(
        f"A stored face ({what}) is damaged. Put back a copy of the database from its folder “backups”, "
        "or delete the student and enrol them again."
    )


@contextmanager
def translated(path: Path, *, reading: bool = False) -> Iterator[None]:
    """Turn what the database at ``path`` may refuse into StoreError, BusyError, DiskFullError or NotFoundError.

    Anything else is a bug and passes through: a broken constraint, wrong SQL, a write where only ``reading`` is due.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        original = error.orig if isinstance(error, DBAPIError) else error
        known = _sentence(original, path)
        if known is None or (reading and getattr(original, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY):
            raise
        raise known from error
    except OverflowError as error:
        if "SQLite INTEGER" not in str(error):
            raise
        raise NotFoundError("There is nothing with so large a number.") from error


def _sentence(error: BaseException | None, path: Path) -> RollcallError | None:
    # Only these two kinds of damage have no code of their own: the first is the driver's, the second a general error.
    if str(error).startswith(("Could not decode to UTF-8", "unsupported file format")):
        return damaged(path)
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    match code & 0xFF:  # The upper bits only say where inside SQLite it happened.
        case sqlite3.SQLITE_FULL:
            return _full(path)
        case sqlite3.SQLITE_IOERR:
            return _failed_disk(path)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN:
            return DiskFullError(
                f"Rollcall cannot write to the database {path}. "
                "Allow writing to the file and its folder, or choose another folder with --home."
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return BusyError(f"Another program is using the database {path}. Close it or wait, then try again.")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return damaged(path)
    return None


def _full(path: Path) -> DiskFullError:
    return DiskFullError(
        f"There is no room left on the disk of {path}. What was saved before is safe; "
        "this last step was not saved. Free some space and try again."
    )


def _failed_disk(path: Path) -> RollcallError:
    # A full disk also shows as an I/O error, where SQLite cannot enlarge its shared memory file.
    try:
        free = shutil.disk_usage(path.parent).free
    except OSError:
        free = _HARDLY_ANY_ROOM
    if free < _HARDLY_ANY_ROOM:
        return _full(path)
    return StoreError(
        f"The disk failed while the database {path} was read or written; this last step was not saved. "
        "Check the disk and its cable, then try again."
    )
