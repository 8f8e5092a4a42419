"""Passwords, PINs and one-time codes: what is taken, how it is kept, how it is compared."""

import re
import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.accounts.common import COMMON, WORDS
from core.errors import BusyError, InputError
from core.store.text import key_of

SHORTEST = 10
LONGEST = 256
FEWEST_DIFFERENT = 5
PIN_DIGITS = (4, 12)
HASHER = PasswordHasher(time_cost=2, memory_cost=32 * 1024, parallelism=1)
"""argon2id; OWASP asks for at least two passes over 19 MiB.  Stored hashes follow when these numbers rise."""
AT_ONCE = 2
"""More hashes at the same moment would take the memory and processor that marking needs."""
PATIENCE_S = 20.0
_turn = threading.BoundedSemaphore(AT_ONCE)
# Without letters and digits that look alike.
_CODE_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_CODE_GROUPS, _CODE_GROUP = 3, 4


def check_new_password(password: str, name: str) -> None:
    """Raises InputError for a password of the account ``name`` that is too easy to guess."""
    plain = _normal(password).casefold()
    if len(plain) < SHORTEST:
        raise InputError(f"The password has fewer than {SHORTEST} characters. Take a longer one, like four words.")
    if len(password) > LONGEST:
        raise InputError(f"The password has more than {LONGEST} characters. Take a shorter one.")
    own = "".join(key_of(name).split())
    if len(own) >= 3 and own in "".join(plain.split()):
        raise InputError("The password holds the account’s name. Take another one, like four words.")
    if plain in COMMON or plain.strip("0123456789!?.,*#$@-_+ ") in WORDS or _is_pattern(plain):
        raise InputError("This password is one of those that are guessed first. Take another one, like four words.")


def _is_pattern(plain: str) -> bool:
    """Few different characters, a run like 23456789ab, or a short piece over and over."""
    steps = {ord(after) - ord(before) for before, after in pairwise(plain)}
    return len(set(plain)) < FEWEST_DIFFERENT or steps in ({1}, {-1}) or bool(re.fullmatch(r"(.{1,4}?)\1+.?", plain))


def check_new_pin(pin: str) -> None:
    """Raises InputError for a PIN that is no 4 to 12 digits or is too easy to guess."""
    least, most = PIN_DIGITS
    if not (pin.isascii() and pin.isdecimal() and least <= len(pin) <= most):
        raise InputError(f"A PIN has {least} to {most} digits.")
    steps = {ord(after) - ord(before) for before, after in pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, -1}:
        raise InputError("This PIN is one of those that are guessed first. Take another one.")


def hashed(secret: str) -> str:
    """What is stored of a password, PIN or code.  Raises BusyError when too many are hashed at this moment."""
    with _one_turn():
        return HASHER.hash(_normal(secret))


def fits(stored: str | None, secret: str) -> bool:
    """Whether this is the secret.  Takes as long when nothing is stored.  Raises as :func:`hashed`."""
    with _one_turn():
        dummy = _dummy()
        try:
            right = HASHER.verify(stored or dummy, _normal(secret[:LONGEST]))
        except (VerificationError, InvalidHashError):
            return False
        return right and stored is not None and len(secret) <= LONGEST


def must_rehash(stored: str) -> bool:
    """Whether it was hashed with weaker numbers than are used now."""
    return HASHER.check_needs_rehash(stored)


def new_code() -> str:
    """A one-time code of 58 bits, easy to read aloud: ``K7QM-2XRA-9DHT``."""
    groups = ("".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_GROUP)) for _ in range(_CODE_GROUPS))
    return "-".join(groups)


def read_code(text: str) -> str:
    """A code as it is compared, however it was typed."""
    return re.sub(r"[\s-]", "", text[:LONGEST]).upper()


@contextmanager
def _one_turn() -> Iterator[None]:
    if not _turn.acquire(timeout=PATIENCE_S):
        raise BusyError("Too many people are logging in at this moment. Wait a few seconds and try again.")
    try:
        yield
    finally:
        _turn.release()


@cache
def _dummy() -> str:
    # Of nothing that anybody knows, so that it never fits.
    return HASHER.hash(secrets.token_hex(32))


def _normal(secret: str) -> str:
    # The same letters typed on different keyboards are the same bytes; lone surrogates cannot be encoded.
    return unicodedata.normalize("NFKC", secret).encode("utf-8", "replace").decode("utf-8")
