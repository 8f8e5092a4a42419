"""Reads a catalogue ``.po`` as the window starts; Babel, which writes it, would take half a second for that."""

import gettext
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

OF_CORE = "said by core"
"""The comment in a catalogue on texts that core says."""


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The texts of one language.  plurals: of a text all its forms; of_core: what core says, as templates.

    counted: the first form of what is counted, ``{} lesson``, by its word for one and for many.
    """

    words: dict[str, str] = field(default_factory=dict)
    plurals: dict[str, tuple[str, ...]] = field(default_factory=dict)
    of_core: tuple[str, ...] = ()
    counted: dict[str, str] = field(default_factory=dict)
    rule: str = "n != 1"

    def one(self, text: str) -> str:
        """The text in this language, or as it is."""
        return self.words.get(text, text)

    def several(self, one: str, several: str, number: int) -> str:
        """The form for the number."""
        forms = self.plurals.get(one)
        return (one if number == 1 else several) if forms is None else forms[_rule(self.rule)(number)]


_rule = cache(gettext.c2py)


@cache
def read_catalogue(path: Path) -> Catalogue:
    """Read it; one that is not there has nothing, so that all texts stay as they are."""
    if not path.is_file():
        return Catalogue()
    words: dict[str, str] = {}
    plurals: dict[str, tuple[str, ...]] = {}
    of_core: list[str] = []
    counted: dict[str, str] = {}
    header, *entries = path.read_text(encoding="utf-8").split("\n\n")
    for entry in entries:
        parts = _parts(entry)
        forms = tuple(text for key, text in parts.items() if key.startswith("msgstr"))
        if not forms or not all(forms):
            continue
        if "msgid_plural" in parts:
            plurals[parts["msgid"]] = forms
            counted |= {parts[one].removeprefix("{} "): parts["msgid"] for one in ("msgid", "msgid_plural")}
        else:
            words[parts["msgid"]] = forms[0]
        if OF_CORE in entry:
            of_core.append(parts["msgid"])
    rule = header.partition("plural=(")[2].partition(");")[0]
    return Catalogue(words, plurals, tuple(of_core), counted, rule)


def _parts(entry: str) -> dict[str, str]:
    """What stands behind ``msgid``, ``msgstr`` and the like; a text may go on in the next line."""
    parts: dict[str, str] = {}
    key = ""
    for line in entry.splitlines():
        if line.startswith("#"):
            continue
        name, _space, text = line.partition(" ") if line.startswith("msg") else (key, "", line)
        # The marks that a catalogue has within quotes are those of JSON.
        parts[name] = parts.get(name, "") + str(json.loads(text))
        key = name
    return parts
