"""E-mail addresses as they are stored: nothing that could end a header line or hide a second recipient."""

import re

from core.errors import InputError
from core.store.text import clean_text

_LONGEST = 254
_LABEL = r"[^\W_](?:(?:[^\W_]|-)*[^\W_])?"
_ADDRESS = re.compile(rf"[^\s@,;:<>()\[\]\\\"]+@{_LABEL}(?:\.{_LABEL})+")
_BETWEEN = re.compile(r"[\s,;]+")


def clean_email(text: str) -> str:
    """One address to store.  Raises InputError when it is none."""
    address = text.strip()
    local, _, domain = address.partition("@")
    dots = ".." in address or local.startswith(".") or local.endswith(".")
    if not _ADDRESS.fullmatch(address) or dots or len(address) > _LONGEST or clean_text(address) != address:
        raise InputError(f"“{clean_text(text, 60)}” is no e-mail address. Write it like name@school.org.")
    return f"{local}@{domain.lower()}"


def clean_emails(text: str) -> tuple[str, ...]:
    """The addresses in a text with commas, semicolons or blanks between them, each once.  Raises InputError."""
    return tuple(dict.fromkeys(clean_email(one) for one in _BETWEEN.split(text) if one))
