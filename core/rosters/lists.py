"""Several names in one cell, whatever signs they are made of."""

import re
from collections.abc import Iterable

_PART = re.compile(r'\s*(?:"((?:[^"]|"")*)"(?=\s*(?:[;,|\n]|\Z))|([^;,|\n]*))\s*(?:[;,|\n]|\Z)')
_QUOTED = re.compile(r'[;,|\n"]')


def join_list(names: Iterable[str]) -> str:
    """Names for one cell, with semicolons between.

    >>> join_list(["CS101", "A; B"])
    'CS101; "A; B"'
    """
    return "; ".join(f'"{one.replace(chr(34), chr(34) * 2)}"' if _QUOTED.search(one) else one for one in names)


def split_list(text: str) -> tuple[str, ...]:
    """The names in a cell; semicolons, commas, bars and line breaks stand between, also where people wrote them.

    >>> split_list('CS101, "A; B"')
    ('CS101', 'A; B')
    """
    found = []
    for part in _PART.finditer(text):
        quoted, plain = part.groups()
        name = plain.strip() if quoted is None else quoted.replace('""', '"')
        if name:
            found.append(name)
    return tuple(dict.fromkeys(found))
