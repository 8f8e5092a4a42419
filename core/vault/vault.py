"""The data keys of one home: found when the first face is sealed or opened, kept in memory, never written or shown."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from core.errors import LockedError, VaultError
from core.paths import Home
from core.vault import sealing, sources
from core.vault.sources import Ask, WrappingKey

_silent: ContextVar[bool] = ContextVar("silent", default=False)


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key as it is stored.

    generation: grows with every rotation.  source, source_id, params: of the key that wraps it.  finished: every value
    is sealed with this generation, or an older one that is still there for the rest.
    """

    generation: int
    source: str
    source_id: str
    params: dict[str, Any] | None
    wrapped: bytes = field(repr=False)
    finished: bool


class Vault:
    """Seals and opens for one home; threads may share it."""

    def __init__(self, home: Home, read_keys: Callable[[], Sequence[WrappedKey]], ask: Ask | None = None) -> None:
        """read_keys: the stored data keys, oldest first.  ask: for the passphrase, the environment's when None."""
        self._home = home
        self._read_keys = read_keys
        self._ask = ask or sources.ask_environment
        self._lock = threading.RLock()
        self._refused = 0
        """How often nobody gave the right passphrase."""
        self._wrapping: dict[str, WrappingKey] = {}
        self._boxes: dict[int, sealing.Cipher] = {}

    def __repr__(self) -> str:
        return f"Vault({str(self._home.data)!r})"

    def newest(self) -> WrappedKey:
        """The data key that new values are sealed with.  Raises VaultError when there is none."""
        keys = self._read_keys()
        if not keys:
            raise VaultError(
                "The database has lost the keys of its faces; names, marks and sheets still work. "
                "Put back a copy of the database, or begin anew without the faces: app.py security start-over"
            )
        return keys[-1]

    def seal(self, content: bytes, context: bytes, generation: int | None = None) -> bytes:
        """Sealed with the newest data key, or that of ``generation``.  Raises VaultError when the key is not there."""
        number = self.newest().generation if generation is None else generation
        return self._box(number).seal(number, content, context)

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """What was sealed.  Raises VaultError when the key is not there, SealError when the value is not as it was."""
        generation = sealing.generation_of(sealed)
        if generation is None:
            raise sealing.SealError("not a sealed value")
        return self._box(generation).unseal(sealed, context)

    def unlock(self) -> None:
        """Get the newest key now, so that nobody is asked in the middle of something else.  Raises VaultError."""
        self._box(self.newest().generation)

    def can_open(self) -> bool:
        """Whether :meth:`unlock` gets the key."""
        try:
            self.unlock()
        except VaultError:
            return False
        return True

    def ask_no_more(self) -> None:
        """From now on nobody sits there who could be asked; what the environment says is still taken."""
        self._ask = sources.ask_environment

    @contextmanager
    def without_asking(self) -> Iterator[None]:
        """In this block and thread nobody is asked for the passphrase: without the key there are no pictures."""
        token = _silent.set(True)
        try:
            yield
        finally:
            _silent.reset(token)

    def wrap_new(self, generation: int, wrapping: WrappingKey | None = None) -> WrappedKey:
        """A new data key; wrapped as the newest one is, or by ``wrapping``.  Raises VaultError."""
        return _wrapped(generation, sealing.new_key(), wrapping or self._wrapping_of(self.newest()), finished=False)

    def wrap_again(self, key: WrappedKey, wrapping: WrappingKey) -> WrappedKey:
        """The same data key under another wrapping key.  Raises VaultError."""
        return _wrapped(key.generation, self._data_key(key), wrapping, finished=key.finished)

    def hand_over(self) -> str:
        """What the passphrase came to, for a program that this one starts, so that nobody is asked twice.

        Give it through a pipe only: arguments and variables can be seen by others.  Empty where there is no passphrase.
        Raises VaultError while it is not known.
        """
        newest = self.newest()
        if newest.source != "passphrase":
            return ""
        self.unlock()
        found = self._wrapping_of(newest)
        return json.dumps({"id": found.id, "key": found.key.hex(), "params": found.params})

    def take_over(self, handed: str) -> None:
        """Take what :meth:`hand_over` gave in another program, which may be nothing.  Raises ValueError for others."""
        if handed:
            given = json.loads(handed)
            made = WrappingKey("passphrase", given["id"], bytes.fromhex(given["key"]), given["params"])
            with self._lock:
                self._wrapping[made.id] = made

    def forget(self) -> None:
        """Drop the keys from memory: they were changed in the database."""
        with self._lock:
            self._boxes.clear()
            self._wrapping.clear()

    def _box(self, generation: int) -> sealing.Cipher:
        box = self._boxes.get(generation)
        if box is None:
            with self._asking():
                self.newest()
                key = next((one for one in self._read_keys() if one.generation == generation), None)
                if key is None:
                    raise sealing.SealError("sealed with a key that was given up")
                box = self._boxes[generation] = sealing.Cipher(self._data_key(key))
        return box

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Alone with the keys.  Who waited here while somebody else was refused is refused too, and asks nobody again.

        Raises VaultError.
        """
        refused = self._refused
        with self._lock:
            if refused != self._refused:
                raise _locked()
            yield

    def _data_key(self, key: WrappedKey) -> bytes:
        with self._asking():
            wrapping = self._wrapping_of(key)
        try:
            return _opened(key, wrapping)
        except sealing.SealError as error:
            raise VaultError(
                "The stored faces cannot be read because the record of their key is damaged; names, marks and sheets "
                "still work. Put back a copy of the database, or begin anew: app.py security start-over"
            ) from error

    def _wrapping_of(self, key: WrappedKey) -> WrappingKey:
        with self._lock:
            found = self._wrapping.get(key.source_id)
            if found is None:
                found = (
                    self._by_passphrase(key)
                    if key.source == "passphrase"
                    else sources.find(self._home, key.source, key.source_id)
                )
                self._wrapping[key.source_id] = found
            return found

    def _by_passphrase(self, key: WrappedKey) -> WrappingKey:
        attempt = 0
        while not _silent.get() and (passphrase := self._ask(attempt)) is not None:
            params = key.params or {}
            made = WrappingKey(key.source, key.source_id, sources.stretched(passphrase, params), params)
            try:
                _opened(key, made)
            except sealing.SealError:
                attempt += 1
            else:
                return made
        self._refused += not _silent.get()
        if attempt:
            raise VaultError(
                "The passphrase is wrong, so the stored faces cannot be read; names, marks and sheets still work. "
                "Try again, or if nobody knows it begin anew without the faces: app.py security start-over"
            )
        raise _locked()


def _locked() -> LockedError:
    return LockedError(
        "The stored faces are locked, and nobody gave their passphrase. "
        f"Try again and type it, or set {sources.VARIABLE} where nobody can be asked."
    )


def _context(generation: int, wrapping: str, name: str, params: dict[str, Any] | None) -> bytes:
    return json.dumps(["rollcall data key", generation, wrapping, name, params], sort_keys=True).encode()


def _wrapped(generation: int, data_key: bytes, by: WrappingKey, *, finished: bool) -> WrappedKey:
    context = _context(generation, by.kind, by.id, by.params)
    sealed = sealing.Cipher(by.key).seal(generation, data_key, context)
    return WrappedKey(generation, by.kind, by.id, by.params, sealed, finished)


def _opened(key: WrappedKey, by: WrappingKey) -> bytes:
    context = _context(key.generation, key.source, key.source_id, key.params)
    return sealing.Cipher(by.key).unseal(key.wrapped, context)
