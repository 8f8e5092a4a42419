"""Files that are whole or not there at all, and names every file system accepts.

A file is written under a temporary name in its own folder, brought to the disk with fsync and moved over the
old one in one step, so neither a full disk nor a power cut leaves half a file behind.
"""

import contextlib
import errno
import hashlib
import os
import re
import secrets
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from core.errors import DiskFullError

# EFBIG belongs here: a quota or a FAT disk ends a file that way.
_FULL = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})
_TEMPORARY = ".rollcall-"
_MOST_COPIES = 99


@dataclass(frozen=True, slots=True)
class Written:
    """Where a file ended up.  ``note`` is a sentence for the user when that is not where it was asked for."""

    path: Path
    note: str | None = None


class _FolderError(Exception):
    """The folder cannot be made or written; the text is the system's reason."""


def is_disk_full(error: Exception) -> bool:
    """Whether the system refused for want of room (disk, quota or largest file size).

    Looks at ``errno``, so it serves OSError and the errors of FFmpeg alike.
    """
    return getattr(error, "errno", None) in _FULL


def no_room(path: Path) -> DiskFullError:
    """The sentence for a full disk."""
    return DiskFullError(f"There is no room left on the disk to save {path}. Free some space and try again.")


def write_atomically(
    path: Path, write: Callable[[Path], None], *, fallback: Path | None = None, beside: bool = False
) -> Written:
    """Have ``write`` fill a temporary file (same suffix, same folder) and move it to ``path`` in one step.

    beside: for files people open.  When ``path`` cannot be replaced because another program holds it (Excel on
    Windows), the file becomes ``name (2).xlsx``, ``(3)`` … and the note says so.  Files the program itself reads
    back leave it False and get a DiskFullError instead, because a copy beside would never be found again.
    fallback: the folder to use when the folder of ``path`` cannot be made or written; the note says so.

    Raises DiskFullError when there is no room or no folder that can be written; the old file is then intact.
    Whatever else ``write`` raises passes through.  No temporary file stays in any case.
    """
    with PendingFile(path, fallback=fallback, beside=beside) as pending:
        try:
            write(pending.temporary)
        except OSError as error:
            if is_disk_full(error):
                raise no_room(path) from error
            raise
        return pending.commit()


def write_bytes_atomically(path: Path, data: bytes, *, fallback: Path | None = None, beside: bool = False) -> Written:
    """Save ``data`` as :func:`write_atomically` does."""
    return write_atomically(path, lambda temporary: _write_bytes(temporary, data), fallback=fallback, beside=beside)


def write_private(path: Path, data: bytes, *, beside: bool = False) -> Written:
    """Save a secret as :func:`write_atomically` does; nobody else on the computer may read it, not for a moment.

    Windows knows only “read-only” here: there the folder's own rights count.
    """

    def fill(temporary: Path) -> None:
        temporary.chmod(0o600)
        temporary.write_bytes(data)

    return write_atomically(path, fill, beside=beside)


@contextlib.contextmanager
def workplace(folder: Path) -> Iterator[Path]:
    """A folder in ``folder`` that nobody else may read, gone afterwards with all that is in it.

    It is called as temporary files are, so that the daily work removes what a killed program left.
    """
    with tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=folder, ignore_cleanup_errors=True) as name:
        yield Path(name)


def _write_bytes(path: Path, data: bytes) -> None:
    path.write_bytes(data)


class PendingFile:
    """A file in the making, for writers that work for a long time (videos).

    Fill ``temporary`` and call :meth:`commit`; leaving the ``with`` block without it removes the temporary file.
    The arguments and errors are those of :func:`write_atomically`.
    """

    def __init__(self, path: Path, *, fallback: Path | None = None, beside: bool = False) -> None:
        self._asked = path
        self._beside = beside
        self._note: str | None = None
        try:
            self._path, self.temporary = path, _open_temporary(path)
        except _FolderError as reason:
            self._path, self.temporary = _open_in_fallback(path, fallback, reason)
            self._note = f"The folder {path.parent} cannot be written, so the file was saved as {self._path}."

    def commit(self) -> Written:
        """Bring the content to the disk and give it its name."""
        try:
            _sync(self.temporary)
            written = self._move()
        except OSError as error:
            if is_disk_full(error):
                raise no_room(self._asked) from error
            raise DiskFullError(
                f"Rollcall cannot save {self._asked} ({error.strerror}). Choose another name or folder."
            ) from error
        _sync_folder(written.path.parent)
        return written

    def _move(self) -> Written:
        try:
            self.temporary.replace(self._path)
        except (PermissionError, IsADirectoryError) as error:
            if not self._beside:
                raise DiskFullError(
                    f"{self._path} is in use by another program or locked. Close it there and try again."
                ) from error
            return self._move_beside()
        return Written(self._path, self._note)

    def _move_beside(self) -> Written:
        for candidate in _copies(self._path):
            if candidate.exists():
                continue
            with contextlib.suppress(PermissionError, IsADirectoryError):
                self.temporary.replace(candidate)
                return Written(
                    candidate,
                    f"{self._path.name} is open in another program, so this was saved as {candidate.name} beside it.",
                )
        raise DiskFullError(
            f"{self._path} is in use by another program and no copy can be saved beside it. "
            "Close it there and try again."
        )

    def discard(self) -> None:
        """Remove the temporary file, if it is still there."""
        # A failed clean-up must not hide the error that led here.
        with contextlib.suppress(OSError):
            self.temporary.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()


def _open_temporary(path: Path) -> Path:
    """Create an empty temporary file beside ``path``.  Raises _FolderError, or DiskFullError without room."""
    temporary = path.parent / f"{_TEMPORARY}{secrets.token_hex(6)}{path.suffix}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.open("xb").close()
    except OSError as error:
        if is_disk_full(error):
            raise no_room(path) from error
        raise _FolderError(error.strerror or str(error)) from error
    return temporary


def _open_in_fallback(path: Path, fallback: Path | None, reason: _FolderError) -> tuple[Path, Path]:
    if fallback is not None:
        with contextlib.suppress(_FolderError):
            return fallback / path.name, _open_temporary(fallback / path.name)
    also = f", and neither to {fallback}" if fallback is not None else ""
    raise DiskFullError(
        f"Rollcall cannot write to {path.parent} ({reason}){also}. Choose another folder or allow writing there."
    ) from reason


def _copies(path: Path) -> Iterator[Path]:
    for number in range(2, _MOST_COPIES + 1):
        yield path.with_name(f"{path.stem} ({number}){path.suffix}")


def _sync(path: Path) -> None:
    # Windows flushes only through a handle that may write.
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable; Windows has no such call, some network file systems refuse it."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


_FORBIDDEN = frozenset('<>:"/\\|?*')
_JOINERS = "\u200c\u200d"
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?", re.IGNORECASE | re.DOTALL)
_HASH_LETTERS = 8
_HASHED = re.compile(r"-(?=[0-9]*[a-f])[0-9a-f]{8}$")
"""How a changed name ends.  A text that ends so by itself gets a hash too, or it could pose as a changed one; a date
(eight digits) is none.
"""


def safe_name(text: str, max_len: int = 80) -> str:
    """A file name (without folder) for ``text`` that Windows, macOS and Linux accept; never empty.

    Letters of any script and emoji stay.  At most ``max_len`` characters and twice as many UTF-8 bytes, since
    Linux counts bytes (255).  Where anything had to change, a short hash of ``text`` is appended, so two
    different texts do not meet in one name, not even where one was made to look like the other's.  ``max_len`` must be
    20 or more.
    """
    if max_len < 20:
        raise ValueError(f"max_len must be at least 20, not {max_len}")
    name = unicodedata.normalize("NFC", text)
    name = "".join("_" if _is_unsafe(letter) else letter for letter in name)
    # Windows drops trailing dots and blanks; a leading dot hides the file elsewhere.
    name = " ".join(name.split()).strip(". ")
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    fits = name == text and len(name) <= max_len and len(name.encode()) <= 2 * max_len
    if name and fits and not _HASHED.search(name):
        return name
    digest = _short_hash(text)
    room = max_len - _HASH_LETTERS - 1
    return f"{_cut(name, room, 2 * max_len - _HASH_LETTERS - 1) or 'unnamed'}-{digest}"


def _short_hash(text: str) -> str:
    """Eight hexadecimal digits, one of them a letter."""
    whole = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    parts = (whole[at : at + _HASH_LETTERS] for at in range(0, len(whole), _HASH_LETTERS))
    return next((one for one in parts if not one.isdecimal()), "a" * _HASH_LETTERS)


def _is_unsafe(letter: str) -> bool:
    # Joiners are invisible but part of emoji and Indic names; direction marks are how one name poses as another.
    return letter in _FORBIDDEN or (unicodedata.category(letter) in {"Cc", "Cf", "Cs"} and letter not in _JOINERS)


def _cut(name: str, letters: int, size: int) -> str:
    cut = name[:letters].encode()[:size].decode(errors="ignore")
    return cut.rstrip(f". {_JOINERS}")
