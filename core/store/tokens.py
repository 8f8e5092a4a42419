"""Secrets that a browser or another program brings back: random, and stored only as their SHA-256.

A hash without salt will do, for nobody guesses 256 random bits.
"""

import hashlib
import secrets


def new_token() -> str:
    """256 random bits in letters that fit into addresses and cookies."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """As it is stored: 64 hexadecimal digits."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
