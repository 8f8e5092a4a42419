"""Days as they are typed and as a calendar shows them; plain functions, tested without a window."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta, tzinfo
from zoneinfo import ZoneInfo

from core import clock
from core.errors import InputError
from gui.texts import language, told

WEEKS = 6
"""Rows of a month; always the same, so that the calendar stays in its place."""


def day_check(zone: tzinfo | None, *, optional: bool = False) -> Callable[[str], str | None]:
    """For a field with a day; optional: it may stay empty."""

    def check(value: str) -> str | None:
        if optional and not value.strip():
            return None
        try:
            clock.parse_day(value, zone)
        except InputError as error:
            return told(error)
        return None

    return check


def day_of(text: str, zone: tzinfo | None) -> date | None:
    """The day that a field holds; None while it is empty or none."""
    try:
        return clock.parse_day(text, zone)
    except InputError:
        return None


def optional_day(text: str, zone: tzinfo | None) -> date | None:
    """The day that a checked field holds, None where it is empty.  Raises InputError for one that is none."""
    return clock.parse_day(text, zone) if text.strip() else None


def week_start(zone: tzinfo | None) -> int:
    """The weekday (0 is Monday) on which weeks begin where the school is, else where the language is mostly spoken."""
    from babel import Locale
    from babel.core import get_global

    name = zone.key if isinstance(zone, ZoneInfo) else ""
    territory = get_global("zone_territories").get(name)
    if not territory or territory == "001":
        territory = get_global("likely_subtags").get(language(), "en_Latn_US").rpartition("_")[2]
    # The language does not matter here, and not each is known everywhere.
    return Locale.parse(f"und_{territory}").first_week_day


def weeks_of(day: date, first: int) -> list[list[date]]:
    """The month of a day as :data:`WEEKS` weeks that begin on the weekday ``first``, with days of its neighbours."""
    begin = day.replace(day=1)
    begin -= timedelta(days=(begin.weekday() - first) % 7)
    return [[begin + timedelta(days=7 * week + number) for number in range(7)] for week in range(WEEKS)]


def months_away(day: date, months: int) -> date:
    """The same day of another month, or its last one; never beyond what can be typed."""
    number = day.year * 12 + day.month - 1 + months
    number = min(max(number, clock.FIRST_YEAR * 12), clock.LAST_YEAR * 12 + 11)
    first = date(number // 12, number % 12 + 1, 1)
    return min(clock.month_days(first)[1], first + timedelta(days=day.day - 1))


def within(day: date) -> date:
    """The day, or the nearest one that can be typed."""
    return min(max(day, date(clock.FIRST_YEAR, 1, 1)), date(clock.LAST_YEAR, 12, 31))
