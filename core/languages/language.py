"""One language: its words, and its days, numbers and times.

Texts are written in English where they are shown, inside ``_()``; a catalogue ``core/languages/LANGUAGE.po`` translates
them.  The window has one language, the portal one for each reader; nothing below them knows of any.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Literal

from core.languages.catalogue import Catalogue, read_catalogue
from core.words import DAYS

CATALOGUES = Path(__file__).parent
LANGUAGES = {"en": "English", "hi": "हिन्दी", "ar": "العربية"}
"""Those that can be chosen, by their own names."""
_RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")
_FILLED = re.compile(r"\{(\w+)\}")
_COMMAND = re.compile(r"(?:,? for example)?[:;]\s+(?:(?:python )?app\.py\b|(?:give )?--).*$", re.DOTALL)
_OPTION = re.compile(r" with --\w+(?: [A-Z]+)?(?: and --\w+)?")
_NAMED = re.compile(r"--(\{?[a-z_]+[a-z_-]*\}?)")
_DANGLING = re.compile(r"[,;]?\s+(?:then(?: run)?|with|now)$", re.IGNORECASE)


@dataclass(frozen=True)
class Language:
    """code: one of :data:`LANGUAGES`."""

    code: str

    @cached_property
    def words(self) -> Catalogue:
        """Its catalogue; read when the first text is asked for."""
        return read_catalogue(CATALOGUES / f"{self.code}.po")

    @property
    def is_right_to_left(self) -> bool:
        """Whether it is read from right to left, so that everything is mirrored."""
        return self.code in _RIGHT_TO_LEFT

    @property
    def arrow(self) -> str:
        """Between what was and what is now; it points where the line goes on, which no reader of letters turns."""
        return "←" if self.is_right_to_left else "→"

    def one(self, text: str) -> str:
        """The text in this language."""
        return self.words.one(text)

    def several(self, one: str, several: str, number: int) -> str:
        """The text that fits the number, which is then put in with ``.format(number)``."""
        return self.words.several(one, several, number)

    def told(self, problem: Exception | str) -> str:
        """What core says, as it is shown: without the command at its end, in this language.

        Core's sentences stand in the catalogues as templates, which are filled in with what stands in the sentence; one
        that no template fits stays English.
        """
        sentence = without_command(str(problem))
        if self.code == "en":
            return sentence
        translated = self.one(sentence)
        return translated if translated != sentence else self._filled(sentence)

    def _filled(self, sentence: str) -> str:
        for template in _templates(self.words):
            found = _pattern(template).fullmatch(sentence)
            if found is not None:
                return self.one(template).format(**{key: self._part(one) for key, one in found.groupdict().items()})
        return sentence

    def _part(self, text: str) -> str:
        """What is filled in: something counted, a sentence within the sentence, else names and codes."""
        count, _space, word = text.partition(" ")
        if text in DAYS:
            return self.one(text)
        one, number = self.words.counted.get(word), count.replace(",", "")
        if one is not None and number.isdecimal():
            return self.several(one, one, int(number)).format(self.number_text(int(number)))
        if text.count(" ") > 1:
            return self.told(text)
        # Two words are more often a name than what a template could fit.
        return self.one(text) if " " in text else text

    def day_text(self, day: date, form: str = "full") -> str:
        """``Saturday, November 21, 2026``; form: full, long, medium or short."""
        from babel.dates import format_date

        return format_date(day, form, locale=self.code)

    def weekday_text(self, day: date) -> str:
        """``Sat, Nov 21, 2026``."""
        from babel.dates import format_skeleton

        return format_skeleton("yMMMEd", day, locale=self.code)

    def month_text(self, day: date) -> str:
        """``November 2026``."""
        from babel.dates import format_skeleton

        return format_skeleton("yMMMM", day, locale=self.code)

    def day_names(self, form: Literal["abbreviated", "narrow", "wide"] = "abbreviated") -> list[str]:
        """Monday to Sunday."""
        from babel.dates import get_day_names

        names = get_day_names(form, locale=self.code)
        return [names[number] for number in range(7)]

    def time_text(self, moment: datetime | None, zone: tzinfo | None) -> str:
        """``9:00 AM`` on the school's clock, empty without a moment (aware)."""
        from babel.dates import format_time

        from core import clock  # Loads the settings' classes, for which the first window does not wait.

        return "" if moment is None else format_time(clock.local(moment, zone), "short", locale=self.code)

    def clock_text(self, at: time) -> str:
        """A time of the school's clock, of no day: ``9:00 AM``."""
        from babel.dates import format_time

        return format_time(at, "short", locale=self.code)

    def moment_text(self, moment: datetime | None, zone: tzinfo | None) -> str:
        """Day and time on the school's clock, empty without a moment (aware)."""
        if moment is None:
            return ""
        from core import clock

        return f"{self.day_text(clock.local(moment, zone).date(), 'medium')}, {self.time_text(moment, zone)}"

    def number_text(self, number: float) -> str:
        """``5,000``."""
        from babel.numbers import format_decimal

        return format_decimal(number, locale=self.code)

    def percent_text(self, value: float | None) -> str:
        """``92.5%`` for 92.5; empty while nothing counts."""
        from babel.numbers import format_percent

        return "" if value is None else format_percent(value / 100, "#,##0.#%", locale=self.code)


@cache
def language(code: str) -> Language:
    """The language of this code; English for one that is not there."""
    return Language(code if code in LANGUAGES else "en")


@lru_cache(maxsize=len(LANGUAGES))
def _templates(words: Catalogue) -> list[str]:
    """Texts of core with something to fill in; what says most of itself first, for a short one would fit much."""
    found = (one for one in words.of_core if "{" in one)
    return sorted(found, key=lambda one: len(_FILLED.sub("", one)), reverse=True)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """What a text of core looks like once it is filled in."""
    names = _FILLED.findall(template)
    words = [re.escape(one) for one in _FILLED.split(template)[::2]]
    groups = [f"(?P<{name}>.*?)" for name in names]
    return re.compile("".join(word + group for word, group in zip(words, [*groups, ""], strict=True)), re.DOTALL)


def without_command(sentence: str) -> str:
    """A sentence of core without the command it ends with: the window has buttons for that."""
    found = _COMMAND.search(sentence)
    if found is None:
        # What the command line calls --from is a field here.
        return _NAMED.sub("“\\1”", _OPTION.sub("", sentence))
    before, _stop, last = sentence[: found.start()].rpartition(". ")
    last = _DANGLING.sub("", last)
    # “Run” or “See all” alone says nothing, nor does the half of a condition.
    says = last.count(" ") > 1 and not last.startswith(("To ", "If ", "When ", "See "))
    kept = [one for one in (before, last if says else "") if one]
    return ". ".join(kept) + "." if kept else sentence


def command_in(sentence: str) -> str:
    """The command that a sentence of core ends with, for where the window has no button for it; empty for none."""
    found = _COMMAND.search(sentence)
    _words, name, rest = (found.group() if found else "").partition("app.py")
    return name + rest
