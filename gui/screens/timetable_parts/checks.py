"""What may stand in the fields of the page Timetable, and how its records are said; without a window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from core import clock
from core.errors import InputError
from gui.texts import _, day_names, day_text, ngettext, told

if TYPE_CHECKING:
    from core.calendar.entries import Entry

LONGEST_MINUTES = 24 * 60 - 1


def time_check(value: str) -> str | None:
    """For a time of day."""
    return _tried(lambda: clock.parse_time(value))


def _tried(read: Callable[[], object]) -> str | None:
    try:
        read()
    except InputError as error:
        return told(error)
    return None


def number_check(low: int, high: int) -> Callable[[str], str | None]:
    """For a whole number from ``low`` to ``high``."""

    def check(value: str) -> str | None:
        text = value.strip()
        if text.isascii() and text.isdecimal() and low <= int(text[:9]) <= high:
            return None
        return _("Write a number from {low} to {high}.").format(low=low, high=high)

    return check


def monday_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def days_words(first: date, last: date | None) -> str:
    """One day, or from when until when."""
    if last is None:
        return _("from {first}").format(first=day_text(first, "medium"))
    if first == last:
        return day_text(first, "medium")
    return _("{first} to {last}").format(first=day_text(first, "medium"), last=day_text(last, "medium"))


def repeats_words(entry: Entry) -> str:
    """On which days, and every how many weeks."""
    one, names = entry.schedule, day_names()
    days = ", ".join(names[day] for day in one.weekdays)
    if one.every_weeks == 1:
        return days
    return days + ", " + ngettext("every {} week", "every {} weeks", one.every_weeks).format(one.every_weeks)


def lanes(spans: Sequence[tuple[float, float]]) -> list[tuple[int, int]]:
    """For lessons of a day (start and end): which lane each stands in, and how many lanes its neighbours need.

    What overlaps stands side by side.
    """
    found: list[tuple[int, int]] = [(0, 1)] * len(spans)
    group: list[int] = []
    ends: list[float] = []

    def close() -> None:
        for number in group:
            found[number] = (found[number][0], len(ends))
        group.clear()
        ends.clear()

    for number in sorted(range(len(spans)), key=lambda n: spans[n]):
        start, end = spans[number]
        if ends and start >= max(ends):
            close()
        lane = next((lane for lane, until in enumerate(ends) if until <= start), len(ends))
        if lane == len(ends):
            ends.append(end)
        ends[lane] = end
        group.append(number)
        found[number] = (lane, 1)
    close()
    return found
