"""One writer at a time on a home folder; the operating system frees the lock of a killed process."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from core import clock
from core.errors import BusyError, DiskFullError
from core.paths import Home

_LOCK = "rollcall.lock"
_HOLDER = "rollcall.lock.json"
_MAIL = "Another Rollcall is sending mail. What is queued waits; send it afterwards: app.py mail retry"
_TAKING = "Another portal takes attendance on this folder. Use that one, or switch it off and try again."
_LESSON = "This lesson is being marked with a camera already. Stop that first, or wait until it is over."
_CAMERA = "The camera is being used for another lesson. Stop that first, or wait until it is over."


@contextmanager
def home_lock(home: Home, what: str) -> Iterator[None]:
    """Hold the home for writing.  ``what`` completes "Another Rollcall is …": "marking CS101".

    Raises BusyError at once when another process (or another thread of this one) holds it, DiskFullError when the
    folder cannot be written.
    """
    holder = home.data / _HOLDER
    lock = FileLock(home.data / _LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise BusyError(_sentence(holder)) from error
    except OSError as error:
        raise _cannot_write(home, error) from error
    try:
        # Beside the lock, not in it: Windows lets nobody read a locked file.  Only a courtesy, so it may fail.
        with suppress(OSError):
            holder.write_text(json.dumps({"what": what, "since": clock.now().isoformat()}), encoding="utf-8")
        yield
    finally:
        with suppress(OSError):
            holder.unlink(missing_ok=True)
        lock.release()


@contextmanager
def schema_lock(home: Home, patience_s: float = 60) -> Iterator[None]:
    """Held while the database is made or migrated, so that two first starts do not both do it.  Raises BusyError."""
    busy = f"Another Rollcall is preparing the database in {home.data}. Wait until it has finished and try again."
    with _waited_for(home, "rollcall-schema.lock", patience_s, busy):
        yield


@contextmanager
def mail_lock(home: Home, patience_s: float = 30) -> Iterator[None]:
    """Held while mail is sent, so that two programs never send the same; marking goes on meanwhile.

    Raises BusyError after ``patience_s``.
    """
    with _waited_for(home, "rollcall-mail.lock", patience_s, _MAIL):
        yield


@contextmanager
def taking_lock(home: Home) -> Iterator[None]:
    """Held by the portal that takes attendance on a home: it marks one lesson at a time, and tidies up its files.

    Raises BusyError at once when another one does.
    """
    with _waited_for(home, "rollcall-taking.lock", 0, _TAKING):
        yield


@contextmanager
def camera_lock(home: Home, lesson: str, camera: str) -> Iterator[None]:
    """Held while a camera of this computer marks a lesson, so that window, portal and command line do not both do it.

    lesson: the same for the same students.  Raises BusyError at once.
    """
    # An address may hold what no file may be called by.
    camera = hashlib.sha256(camera.encode("utf-8", "replace")).hexdigest()[:16]
    with (
        _waited_for(home, f"rollcall-lesson-{lesson}.lock", 0, _LESSON),
        _waited_for(home, f"rollcall-camera-{camera}.lock", 0, _CAMERA),
    ):
        yield


@contextmanager
def _waited_for(home: Home, name: str, patience_s: float, busy: str) -> Iterator[None]:
    # Not bound to a thread: who begins to hold it may end in another one.
    lock = FileLock(home.data / name, timeout=patience_s, thread_local=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise BusyError(busy) from error
    except OSError as error:
        raise _cannot_write(home, error) from error
    try:
        yield
    finally:
        lock.release()


def _cannot_write(home: Home, error: OSError) -> DiskFullError:
    return DiskFullError(
        f"Rollcall cannot write to {home.data} ({error.strerror}). "
        "Choose another folder with --home, or allow writing there."
    )


def _sentence(holder: Path) -> str:
    what, since = "working", ""
    # The holder may be gone, or still be writing its note.
    with suppress(OSError, ValueError, KeyError, TypeError):
        note = json.loads(holder.read_text(encoding="utf-8"))
        moment = clock.local(datetime.fromisoformat(note["since"]), None)
        what, since = str(note["what"]), f" (since {moment:%Y-%m-%d %H:%M})"
    return f"Another Rollcall is {what} on this folder{since}. Wait until it has finished and try again."
