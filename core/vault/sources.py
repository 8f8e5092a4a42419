"""Where the wrapping key comes from: the operating system's keyring, a passphrase, or a file beside the data.

The wrapping key wraps the data keys, and only those; so changing it leaves every face as it is.
"""

import base64
import binascii
import hashlib
import os
import secrets
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from core.errors import InputError, VaultError
from core.files import write_private
from core.paths import Home
from core.vault.sealing import KEY_BYTES, new_key

Kind = Literal["keyring", "passphrase", "file"]
VARIABLE = "ROLLCALL_PASSPHRASE"
"""Holds the passphrase for programs that nobody sits at."""
LEAST_LETTERS = 10
COST = {"m": 65536, "t": 2, "p": 1}
"""Argon2id, more than OWASP's least (m=19456, t=2): 64 MiB for about 0.15 s, once a start."""
_MOST = {"m": 1 << 20, "t": 16, "p": 16}
"""Whoever can write the database must not make a start take all memory."""
_SERVICE = "Rollcall"
_LOST = "or, if it is lost for good, begin anew without the stored faces: app.py security start-over"

Ask = Callable[[int], str | None]
"""Gives the passphrase; the number counts the attempts from 0; None: nobody to ask, or asked often enough."""


@dataclass(frozen=True, slots=True)
class WrappingKey:
    """A key that wraps data keys.  params: what a passphrase is stretched with, hexadecimal salt included."""

    kind: str
    id: str
    key: bytes = field(repr=False)
    params: dict[str, Any] | None = None


def ask_environment(attempt: int) -> str | None:
    """The passphrase in ``ROLLCALL_PASSPHRASE``, for programs that nobody sits at."""
    return os.environ.get(VARIABLE) if attempt == 0 else None


def best_kind() -> Kind:
    """What a first start uses: the keyring where the system has one, else a file; a passphrase is a person's choice."""
    return "keyring" if keyring_name() else "file"


def keyring_name() -> str | None:
    """The system's keyring in words, None where there is none to count on."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        # Such a keyring is opened by a question on the screen: without one it would be waited for in vain.
        return None
    import keyring

    backend = keyring.get_keyring()
    return str(backend.name) if backend.priority >= 1 else None


def create(kind: Kind, home: Home, passphrase: str | None = None) -> WrappingKey:
    """A new wrapping key, kept where ``kind`` says before this returns.

    Raises VaultError when the keyring refuses, InputError for a short passphrase, DiskFullError.
    """
    if kind == "passphrase":
        return _from_new_passphrase(passphrase or "")
    key = new_key()
    made = WrappingKey(kind, hashlib.sha256(key).hexdigest()[:16], key)
    if kind == "keyring":
        _store_in_keyring(made)
    else:
        _write_file(home, _read_file(home) | {made.id: made.key})
    return made


def create_first(home: Home) -> WrappingKey:
    """The wrapping key of a new database: one that lies there already, else a new one of the best kind."""
    # A database that was moved away or put back: its copies need the key that is there.
    kept = _read_file(home)
    if kept:
        name, key = next(reversed(kept.items()))
        return WrappingKey("file", name, key)
    if best_kind() == "keyring":
        try:
            return create("keyring", home)
        except VaultError:
            # A locked or broken keyring must not keep a school from its first lesson; the doctor tells.
            pass
    return create("file", home)


def find(home: Home, kind: str, name: str) -> WrappingKey:
    """The wrapping key of this name from the keyring or the file.  Raises VaultError with what to do."""
    if kind == "keyring":
        return WrappingKey(kind, name, _from_keyring(name))
    kept = _read_file(home)
    if name not in kept:
        what = "is not the one they were sealed with" if kept else "is missing"
        raise VaultError(
            f"The stored faces cannot be read because their key {home.key} {what}; names, marks and sheets still "
            f"work. Put the right file there again, {_LOST}"
        )
    return WrappingKey(kind, name, kept[name])


def remove(home: Home, kind: str, name: str) -> None:
    """Forget a wrapping key that wraps nothing any more; where it cannot be reached it stays, and opens nothing."""
    if kind == "keyring":
        import keyring
        from keyring.errors import KeyringError

        try:
            keyring.delete_password(_SERVICE, name)
        except (KeyringError, RuntimeError):
            return
    elif kind == "file":
        rest = {one: key for one, key in _read_file(home).items() if one != name}
        if rest:
            _write_file(home, rest)
        else:
            remove_file(home)


def remove_file(home: Home) -> None:
    """Remove the key file with whatever an interrupted change left in it."""
    if home.key.exists():
        # Overwritten first: a plain removal leaves the bytes on the disk.
        home.key.write_bytes(bytes(home.key.stat().st_size))
        home.key.unlink()


def stretched(passphrase: str, params: dict[str, Any]) -> bytes:
    """The wrapping key that argon2id makes of a passphrase.  Raises VaultError for parameters nobody would choose."""
    from argon2.exceptions import HashingError
    from argon2.low_level import Type, hash_secret_raw

    damaged = "What is stored about the passphrase is damaged. Put back a copy of the database: app.py backup list"
    if not all(isinstance(params.get(name), int) and 0 < params[name] <= most for name, most in _MOST.items()):
        raise VaultError(damaged)
    # The same letters may be typed as different code points on another computer.
    typed = unicodedata.normalize("NFKC", passphrase).encode()
    try:
        salt = bytes.fromhex(str(params.get("salt")))
        return hash_secret_raw(typed, salt, params["t"], params["m"], params["p"], KEY_BYTES, Type.ID)
    except (HashingError, ValueError) as error:
        raise VaultError(damaged) from error


def _from_new_passphrase(passphrase: str) -> WrappingKey:
    if len(passphrase.strip()) < LEAST_LETTERS:
        raise InputError(f"A passphrase needs at least {LEAST_LETTERS} letters; four words are good and easy to keep.")
    params = {"salt": secrets.token_hex(16), **COST}
    return WrappingKey("passphrase", secrets.token_hex(8), stretched(passphrase, params), params)


def _store_in_keyring(made: WrappingKey) -> None:
    import keyring
    from keyring.errors import KeyringError

    text = base64.b64encode(made.key).decode()
    try:
        keyring.set_password(_SERVICE, made.id, text)
        kept = keyring.get_password(_SERVICE, made.id)
    except (KeyringError, RuntimeError) as error:
        raise VaultError(
            "This computer's keyring cannot be used. Choose a passphrase instead: app.py security key --passphrase"
        ) from error
    if kept != text:
        raise VaultError(
            "This computer's keyring does not keep what it is given. "
            "Choose a passphrase instead: app.py security key --passphrase"
        )


def _from_keyring(name: str) -> bytes:
    import keyring
    from keyring.errors import KeyringError

    try:
        text = keyring.get_password(_SERVICE, name)
    except (KeyringError, RuntimeError) as error:
        raise VaultError(
            "The stored faces cannot be read because this computer's keyring did not open; names, marks and sheets "
            "still work. Log in to the desktop, unlock the keyring and try again."
        ) from error
    key = None if text is None else _decoded(text)
    if key is None:
        raise VaultError(
            "The stored faces cannot be read because their key is not in this account's keyring; names, marks and "
            f"sheets still work. Use the account and computer they were enrolled on, {_LOST}"
        )
    return key


def _read_file(home: Home) -> dict[str, bytes]:
    """Names and keys in the key file, the oldest first; none where it is missing.  Raises VaultError."""
    try:
        text = home.key.read_text(encoding="ascii")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise VaultError(
            f"The stored faces cannot be read because their key {home.key} cannot be read; names, marks and sheets "
            f"still work. Allow reading it or put it back from a copy, {_LOST}"
        ) from error
    pairs = (line.split() for line in text.splitlines())
    found = {pair[0]: _decoded(pair[1]) for pair in pairs if len(pair) == 2}
    return {name: key for name, key in found.items() if key is not None}


def _decoded(text: str) -> bytes | None:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == KEY_BYTES else None


def _write_file(home: Home, keys: dict[str, bytes]) -> None:
    text = "".join(f"{name} {base64.b64encode(key).decode()}\n" for name, key in keys.items())
    home.key.parent.mkdir(parents=True, exist_ok=True)
    write_private(home.key, text.encode("ascii"))
