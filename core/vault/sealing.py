"""Sealing bytes: ``RCV1``, the key's generation, a nonce, then AES-256-GCM over the content and its context.

The context (whose it is, of which column) is not stored: whoever opens says what it should be, so a value that was
put in another place does not open there.
"""

import os
import secrets

KEY_BYTES = 32
_MAGIC = b"RCV1"
_NONCE = 12
_TAG = 16
_HEAD = len(_MAGIC) + 4
_BODY = _HEAD + _NONCE
_LEAST = _BODY + _TAG


class SealError(ValueError):
    """A value is not sealed, was changed, or belongs to another place; the caller says whose it is."""


def new_key() -> bytes:
    """32 random bytes."""
    return secrets.token_bytes(KEY_BYTES)


def prefix_of(generation: int) -> bytes:
    """What every value that was sealed with this generation's key begins with."""
    return _MAGIC + generation.to_bytes(4, "big")


def generation_of(sealed: bytes) -> int | None:
    """Which key opens a value; None for what is not sealed."""
    if len(sealed) < _LEAST or not sealed.startswith(_MAGIC):
        return None
    return int.from_bytes(sealed[len(_MAGIC) : _HEAD], "big")


class Cipher:
    """AES-256-GCM under one key; threads may share it."""

    def __init__(self, key: bytes) -> None:
        """key: 32 bytes."""
        # Most commands touch no face and need not load the library.
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._aead = AESGCM(key)
        self._refused = InvalidTag

    def seal(self, generation: int, content: bytes, context: bytes) -> bytes:
        """``content`` so that only :meth:`unseal` under the same key, and with the same context, gives it back."""
        head = prefix_of(generation)
        # 96 random bits: fit for some 2^32 values under one key, and a school has less than 2^27.
        nonce = os.urandom(_NONCE)
        return head + nonce + self._aead.encrypt(nonce, content, head + context)

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """What was sealed.  Raises SealError for another key or context, and for a single changed bit."""
        if len(sealed) < _LEAST:
            raise SealError("not a sealed value")
        try:
            return self._aead.decrypt(sealed[_HEAD:_BODY], sealed[_BODY:], sealed[:_HEAD] + context)
        except self._refused as error:
            raise SealError("a sealed value was changed or put in another place") from error
