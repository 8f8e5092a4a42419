"""The key that signs the audit; it lies apart from the database, so that whoever has only that cannot forge rows."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import StoreError
from core.files import write_private
from core.paths import Home

BYTES = 32


@dataclass(frozen=True, slots=True)
class AuditKey:
    """A secret and its public number.  The number is stored with each row that was signed with it."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != BYTES:
            raise ValueError(f"the key of the audit has {BYTES} bytes, not {len(self.secret)}")

    @property
    def id(self) -> str:
        return hashlib.sha256(b"rollcall audit key" + self.secret).hexdigest()[:16]


_signing: dict[Path, tuple[tuple[int, int, int], AuditKey]] = {}
"""The key that signs with what its file looked like: an import, also by another program, puts another file there."""


def key_file(home: Home) -> Path:
    """One key a line in hexadecimal; the last one signs, earlier ones are kept to verify with."""
    return home.data / "audit.key"


def signing_key(home: Home) -> AuditKey:
    """The key that signs now, made at the first use.

    Call it while the database is locked for writing, so that two programs do not each make one.  A lost key does not
    stop the register: a new one is made, and :func:`core.audit.verify` tells which rows cannot be verified any more.
    Raises StoreError for a file that holds no keys, DiskFullError when it cannot be written.
    """
    path = key_file(home)
    known, seen = _signing.get(path), _look_of(path)
    if known is not None and known[0] == seen:
        return known[1]
    keys = _read(path)
    if not keys:
        keys = [AuditKey(secrets.token_bytes(BYTES))]
        _write(path, keys)
        seen = _look_of(path)
    if seen is not None:
        _signing[path] = seen, keys[-1]
    return keys[-1]


def known_keys(home: Home) -> Mapping[str, AuditKey]:
    """All keys there are by their numbers; empty before the first use.  Raises StoreError."""
    return {one.id: one for one in _read(key_file(home))}


def _look_of(path: Path) -> tuple[int, int, int] | None:
    """What another file in its place would not share; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _read(path: Path) -> list[AuditKey]:
    try:
        lines = path.read_text(encoding="ascii").split()
        return [AuditKey(bytes.fromhex(line)) for line in lines]
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise StoreError(
            f"The key of the audit in {path} cannot be read. Put a copy of it there, or move it away to begin anew."
        ) from error


def _write(path: Path, keys: list[AuditKey]) -> None:
    text = "".join(f"{one.secret.hex()}\n" for one in keys)
    write_private(path, text.encode("ascii"))
