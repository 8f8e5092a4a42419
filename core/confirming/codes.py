"""The rotating code of a lesson: made and checked from a key, without being stored anywhere.

A code says which session and which step of 15 seconds it is, signed with 128 bits of HMAC-SHA256 (RFC 2104).  Steps
are counted by the computer's own running time, which is the same for all its programs and which nobody can set, so
neither a phone's clock nor a changed time of day matters.  The step before is still good, for whoever was just aiming.
"""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass

from core import clock

STEP_S = 15
GRACE_STEPS = 1
KEY_BYTES = 32
MAC_BYTES = 16
TYPED_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Without letters and digits that look alike."""
TYPED_LENGTH = 8
"""About 39 bits: of a million guesses in one step none is right with a probability of 0.999997."""
_CODE = re.compile(r"([1-9A-Z][0-9A-Z]{0,11})-([0-9A-Z]{1,12})-([A-Z2-7]{26})", re.ASCII)
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Code:
    """What a code says, not yet believed.  mac: ``MAC_BYTES`` bytes."""

    session_id: int
    step: int
    mac: bytes


def step_now() -> int:
    """The number of the present step."""
    return int(clock.running() // STEP_S)


def seconds_left() -> float:
    """How long the present step still lasts."""
    return STEP_S - clock.running() % STEP_S


def make_code(key: bytes, session_id: int, step: int) -> str:
    """The code of one step: capital letters, digits and ``-`` only, which make a small QR picture."""
    mac = base64.b32encode(_mac(key, "qr", session_id, step)[:MAC_BYTES]).decode().rstrip("=")
    return f"{_in_letters(session_id)}-{_in_letters(step)}-{mac}"


def read_code(text: str) -> Code | None:
    """What the code says; None for what cannot be one, and for any other way of writing one."""
    found = _CODE.fullmatch(text)
    if found is None:
        return None
    try:
        mac = base64.b32decode(found[3] + "=" * 6)
    except binascii.Error:
        return None
    session_id, step = int(found[1], 36), int(found[2], 36)
    # The last letter of the signature has bits to spare, and a number could be written with zeros before it.
    again = base64.b32encode(mac).decode().rstrip("=")
    same = again == found[3] and _in_letters(session_id) == found[1] and _in_letters(step) == found[2]
    return Code(session_id, step, mac) if same else None


def is_genuine(key: bytes, code: Code) -> bool:
    """Whether it was made with this key, however long ago."""
    return hmac.compare_digest(_mac(key, "qr", code.session_id, code.step)[:MAC_BYTES], code.mac)


def is_in_time(code: Code, now: int) -> bool:
    """Whether it is of the present step or of the one before.  now: as :func:`step_now`."""
    return now - GRACE_STEPS <= code.step <= now


def make_typed(key: bytes, session_id: int, step: int) -> str:
    """The code of one step for whoever cannot scan: ``K7QM-2XRA``."""
    number = int.from_bytes(_mac(key, "typed", session_id, step), "big")
    letters = ""
    for _ in range(TYPED_LENGTH):
        number, place = divmod(number, len(TYPED_LETTERS))
        letters += TYPED_LETTERS[place]
    return f"{letters[:4]}-{letters[4:]}"


def is_typed(key: bytes, session_id: int, typed: str, now: int) -> bool:
    """Whether somebody typed the session's code of the present step or of the one before; case and signs are free."""
    plain = re.sub(r"[\s\-–—_.]", "", typed).upper()
    given = f"{plain[:4]}-{plain[4:]}".encode()
    right = [make_typed(key, session_id, step).encode() for step in range(now - GRACE_STEPS, now + 1)]
    # Every step is compared, so that the time taken does not tell which.
    return any([hmac.compare_digest(one, given) for one in right])


def _mac(key: bytes, what: str, session_id: int, step: int) -> bytes:
    return hmac.digest(key, f"rollcall {what} {session_id} {step}".encode(), hashlib.sha256)


def _in_letters(number: int) -> str:
    letters = ""
    while number:
        number, place = divmod(number, 36)
        letters = _DIGITS[place] + letters
    return letters or "0"
