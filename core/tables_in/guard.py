"""Texts in CSV files that a spreadsheet would take for formulas, made harmless and turned back.

An apostrophe before ``= + - @`` and control characters keeps Excel from calculating (or running) what is only a name.
A text that starts with such apostrophes by itself gets one more, so that nothing is lost on the way back.
"""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")


def guarded(text: str) -> str:
    """``text`` as it may stand in a CSV file.

    >>> guarded("=1+1"), guarded("'=1"), guarded("O'Neil")
    ("'=1+1", "''=1", "O'Neil")
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """What :func:`guarded` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
