"""UTC in the store, the school's time zone on every surface."""

import time as time_of_computer
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from core.errors import InputError
from core.settings import Settings

_DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1}
FIRST_YEAR, LAST_YEAR = 1970, 2200
"""What people may mean; nearer to the ends of the calendar, adding hours would fail."""


def now() -> datetime:
    """The present moment, aware UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def running() -> float:
    """Seconds of the computer's own running time, the same for all its programs, which nobody can set."""
    return time_of_computer.monotonic()


def school_zone(settings: Settings) -> tzinfo | None:
    """The school's zone; None stands for the computer's own, which ``astimezone`` takes as it is."""
    return ZoneInfo(settings.time_zone) if settings.time_zone else None


def local(moment: datetime, zone: tzinfo | None) -> datetime:
    """An aware moment on the school's clock."""
    return moment.astimezone(zone)


def parse_local(text: str, zone: tzinfo | None) -> datetime:
    """Read ``2026-11-21T09:00`` on the school's clock (or with an offset of its own) as aware UTC.

    Raises InputError when it is no date and time.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InputError(f"“{text}” is not a date and time. Write it like 2026-11-21T09:00.") from error
    try:
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone) if zone else moment.astimezone()
        found = moment.astimezone(UTC).replace(microsecond=0)
    except (OverflowError, ValueError, OSError) as error:
        raise _far_away(text) from error
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise _far_away(text)
    return found


def today(zone: tzinfo | None) -> date:
    """The day it is on the school's calendar."""
    return local(now(), zone).date()


def month_days(day: date) -> tuple[date, date]:
    """The first and the last day of the month with this day."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def time_text(moment: datetime | None, zone: tzinfo | None, *, seconds: bool = False) -> str:
    """``09:00`` or ``09:00:00`` on the school's clock, empty without a moment (aware)."""
    return "" if moment is None else f"{local(moment, zone):{'%H:%M:%S' if seconds else '%H:%M'}}"


def moment_text(moment: datetime | None, zone: tzinfo | None) -> str:
    """``2026-11-21 09:00`` on the school's clock, empty without a moment (aware)."""
    return "" if moment is None else f"{local(moment, zone):%Y-%m-%d %H:%M}"


def parse_day(text: str, zone: tzinfo | None) -> date:
    """A day like 2026-11-21, today, yesterday or tomorrow.  Raises InputError."""
    word = text.strip().lower()
    if word in _DAYS:
        return today(zone) + timedelta(days=_DAYS[word])
    try:
        day = date.fromisoformat(word)
    except ValueError as error:
        raise InputError(f"“{text.strip()[:40]}” is no day. Write it like {today(zone).isoformat()}.") from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise _far_away(text)
    return day


def parse_time(text: str) -> time:
    """A time of day on the school's clock, like 9:00 or 9.00.  Raises InputError."""
    try:
        # 9:00 too; and 09.30, which would else be read as nine o'clock.
        found = time.fromisoformat(text.strip().replace(".", ":").rjust(5, "0"))
    except ValueError as error:
        raise InputError(f"“{text.strip()[:40]}” is no time of day. Write it like 09:00.") from error
    if found.tzinfo is not None:
        raise InputError("Times of the timetable are on the school's clock. Write one like 09:00.")
    return found.replace(second=0, microsecond=0)


def _far_away(text: str) -> InputError:
    return InputError(f"“{text.strip()[:40]}” is too far away. Write a date like 2026-11-21T09:00.")
