"""A stream of bytes as one encrypted file under a passphrase: argon2id, then AES-256-GCM piece by piece.

``RCARCH1``, the length of the head (4 bytes), the head (JSON: how the passphrase is stretched), then sealed pieces,
each after its length.  A piece is bound to the head, its number and whether it is the last, so that none can be taken
away, moved or put in without being noticed.
"""

import io
import json
import secrets
from typing import IO, Any

from core.errors import InputError, VaultError
from core.vault.sealing import Cipher, SealError
from core.vault.sources import COST, LEAST_LETTERS, stretched

_MAGIC = b"RCARCH1\n"
_PIECE = 1 << 20
_MOST = _PIECE + 64
_LONGEST_HEAD = 4096


class ArchiveWriter(io.RawIOBase):
    """What is written to it goes encrypted to another file; :meth:`close` writes the last piece."""

    def __init__(self, target: IO[bytes], passphrase: str) -> None:
        """Raises InputError for a short passphrase."""
        if len(passphrase.strip()) < LEAST_LETTERS:
            raise InputError(f"A passphrase needs at least {LEAST_LETTERS} letters; four words are good.")
        params = {"salt": secrets.token_hex(16), **COST}
        self._head = json.dumps(params, sort_keys=True).encode()
        self._cipher = Cipher(stretched(passphrase, params))
        self._target, self._number, self._waiting = target, 0, bytearray()
        target.write(_MAGIC + len(self._head).to_bytes(4, "big") + self._head)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer, as every file takes
        self._waiting += data
        while len(self._waiting) > _PIECE:
            self._put(bytes(self._waiting[:_PIECE]), last=False)
            del self._waiting[:_PIECE]
        return len(data)

    def finish(self) -> None:
        """Write what waits, as the last piece."""
        self._put(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _put(self, piece: bytes, *, last: bool) -> None:
        sealed = self._cipher.seal(0, piece, _context(self._head, self._number, last=last))
        self._target.write(len(sealed).to_bytes(4, "big") + sealed)
        self._number += 1


class ArchiveReader(io.RawIOBase):
    """Gives back what was written; raises InputError for a wrong passphrase and for a file that is not as it was.

    Nor may anything come after the last piece.
    """

    def __init__(self, source: IO[bytes], passphrase: str) -> None:
        if source.read(len(_MAGIC)) != _MAGIC:
            raise InputError("This file was not written by app.py backup export. Choose another one.")
        self._head = source.read(min(int.from_bytes(source.read(4), "big"), _LONGEST_HEAD))
        try:
            params = json.loads(self._head)
            self._cipher = Cipher(stretched(passphrase, params))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, VaultError) as error:
            # What the head says is not what an export wrote, whatever it is.
            raise _damaged() from error
        self._source, self._number, self._piece, self._ended = source, 0, b"", False
        self._next()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any buffer, as every file takes
        if not self._piece and not self._ended:
            self._next()
        count = min(len(buffer), len(self._piece))
        buffer[:count], self._piece = self._piece[:count], self._piece[count:]
        return count

    def finish(self) -> None:
        """Read to the end: only then is it known that nothing is missing."""
        while not self._ended:
            self._next()

    def _next(self) -> None:
        size = int.from_bytes(self._source.read(4), "big")
        sealed = self._source.read(size) if 0 < size <= _MOST else b""
        for last in (False, True):
            try:
                self._piece = self._cipher.unseal(sealed, _context(self._head, self._number, last=last))
            except SealError:
                continue
            if last and self._source.read(1):
                raise _damaged()
            self._number, self._ended = self._number + 1, last
            return
        if self._number == 0:
            raise InputError("The passphrase is wrong, or the file is damaged; nothing was changed. Try again.")
        raise _damaged()


def _damaged() -> InputError:
    return InputError("This file is damaged or not complete; nothing was changed. Copy it from its source again.")


def _context(head: bytes, number: int, *, last: bool) -> bytes:
    return b"\x1f".join((b"rollcall archive", head, str(number).encode(), b"last" if last else b"more"))
