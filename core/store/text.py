"""Names and roll numbers as they are stored, compared and sorted.

Every script, emoji and joiner stays; what cannot be seen but changes what is seen goes: control characters, lone
surrogates (file names that are no text) and direction marks, with which one name can pose as another.
"""

import re
import unicodedata

from core.errors import InputError

LONGEST_NAME = 300
LONGEST_ROLL = 100
LONGEST_CODE = 40

_INVISIBLE = {
    *range(0x202A, 0x202F),  # direction embeddings and overrides
    *range(0x2060, 0x2070),  # word joiner, invisible operators, direction isolates
    *range(0xFFF9, 0xFFFC),  # annotation marks
    *(0x00AD, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, 0xFEFF, 0xFFFE, 0xFFFF),
}


def clean_text(text: str, longest: int = LONGEST_NAME) -> str:
    """One line in NFC, white space collapsed, at most ``longest`` characters; may be empty."""
    kept = "".join(letter for letter in text if letter.isspace() or not _is_hidden(letter))
    line = " ".join(unicodedata.normalize("NFC", kept).split())
    return line[:longest].rstrip(" \u200c\u200d")


def _is_hidden(letter: str) -> bool:
    return ord(letter) in _INVISIBLE or unicodedata.category(letter) in {"Cc", "Cs"}


def clean_name(name: str, whose: str = "student") -> str:
    """A name to store.  Raises InputError when nothing readable is left."""
    cleaned = clean_text(name)
    if not cleaned.strip("\u200c\u200d"):
        raise InputError(f"The name of the {whose} is empty. Give a name.")
    return cleaned


def clean_roll(roll: str) -> str:
    """A roll number to store; leading zeros stay.  Raises InputError when it is empty or too long."""
    cleaned = clean_text(roll, longest=LONGEST_ROLL + 1)
    if not cleaned:
        raise InputError("The roll number is empty. Give each student a roll number, like R001.")
    if len(cleaned) > LONGEST_ROLL:
        raise InputError(
            f"The roll number {cleaned[:20]}… is longer than {LONGEST_ROLL} characters. Give a shorter one, like R001."
        )
    return cleaned


def clean_code(code: str) -> str:
    """A class code to store.  Raises InputError unless it is 1 to 40 printable characters."""
    cleaned = unicodedata.normalize("NFC", code.strip())
    if not cleaned:
        raise InputError("The class code is empty. Give a short code, like CS101.")
    if len(cleaned) > LONGEST_CODE or not cleaned.isprintable():
        raise InputError(
            f"The class code {clean_text(cleaned, 20)}… cannot be used. "
            f"Give at most {LONGEST_CODE} letters, digits and signs, like CS101."
        )
    return cleaned


def key_of(text: str) -> str:
    """What roll numbers, codes and names are compared by: upper and lower case are the same."""
    return unicodedata.normalize("NFC", text.casefold())


def natural_order(text: str) -> list[tuple[int, int, str]]:
    """Sort key that puts R2 before R10.

    >>> sorted(["R10", "r2", "R1"], key=natural_order)
    ['R1', 'r2', 'R10']
    """
    parts = re.split(r"(\d+)", key_of(text))
    return [(0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts if part] + [(2, 0, text)]
