"""Every word, day and number of the window in the person's language.

A text that is made at import (a class attribute) is only marked, with ``N_()``, and translated where shown.
"""

from datetime import date, datetime, time, tzinfo
from typing import Literal

from core.languages.language import Language
from core.languages.language import language as language_of

Side = Literal["left", "right"]


class _Chosen:
    """The one language of the program; set before the window is made."""

    language: Language = language_of("en")


def use_language(code: str) -> None:
    """Choose the language of everything that is made from now on; English for one that is not there."""
    _Chosen.language = language_of(code)


def language() -> str:
    """The code of the language in use."""
    return _Chosen.language.code


def _(text: str) -> str:
    """The text in the language in use."""
    return _Chosen.language.one(text)


def told(problem: Exception | str) -> str:
    """What core says, as the window says it."""
    return _Chosen.language.told(problem)


def ngettext(one: str, several: str, number: int) -> str:
    """The text that fits the number, which is then put in with ``.format(number)``."""
    return _Chosen.language.several(one, several, number)


def shortened(text: str, most: int) -> str:
    """As much of a text as ``most`` letters hold."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def N_(text: str) -> str:
    """Mark a text that is translated where it is shown."""
    return text


def is_right_to_left() -> bool:
    """Whether the language is read from right to left, so that the window is mirrored."""
    return _Chosen.language.is_right_to_left


def arrow() -> str:
    """Between what was and what is now; it points where the line goes on."""
    return _Chosen.language.arrow


def start() -> Side:
    """The side on which a line begins, for ``pack(side=…)``, ``anchor`` and ``justify``: ``left`` or ``right``."""
    return "right" if is_right_to_left() else "left"


def end() -> Side:
    """The other side than :func:`start`."""
    return "left" if is_right_to_left() else "right"


def anchor() -> Literal["w", "e"]:
    """``w`` or ``e``: where text stands in its field."""
    return "e" if is_right_to_left() else "w"


def day_text(day: date, form: str = "full") -> str:
    """``Saturday, November 21, 2026``; form: full, long, medium or short."""
    return _Chosen.language.day_text(day, form)


def weekday_text(day: date) -> str:
    """``Sat, Nov 21, 2026``."""
    return _Chosen.language.weekday_text(day)


def month_text(day: date) -> str:
    """``November 2026``."""
    return _Chosen.language.month_text(day)


def day_names(form: Literal["abbreviated", "narrow", "wide"] = "abbreviated") -> list[str]:
    """Monday to Sunday in the language in use."""
    return _Chosen.language.day_names(form)


def time_text(moment: datetime | None, zone: tzinfo | None) -> str:
    """``9:00 AM`` on the school's clock, empty without a moment (aware)."""
    return _Chosen.language.time_text(moment, zone)


def clock_text(at: time) -> str:
    """A time of the school's clock, of no day: ``9:00 AM``."""
    return _Chosen.language.clock_text(at)


def moment_text(moment: datetime | None, zone: tzinfo | None) -> str:
    """Day and time on the school's clock, empty without a moment (aware)."""
    return _Chosen.language.moment_text(moment, zone)


def number_text(number: float) -> str:
    """``5,000``."""
    return _Chosen.language.number_text(number)


def percent_text(value: float | None) -> str:
    """``92.5%`` for 92.5; empty while nothing counts."""
    return _Chosen.language.percent_text(value)
