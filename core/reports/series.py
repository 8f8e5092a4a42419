"""Charts' data and tables' rows out of counted lessons; what several reports show alike."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import TypeVar

from core import clock
from core.reports.charts.data import ChartData, Distribution, HeatCell, HeatMap, Trend, TrendPoint
from core.reports.result import Cell, columns
from core.store.tallies import SessionTally, Tally, total

TALLY_COLUMNS = columns(
    ("Present", "number"), ("Late", "number"), ("Excused", "number"), ("Absent", "number"), ("Attendance", "percent")
)
"""What :func:`tally_cells` fills."""
MOST_DAYS = 45
"""A longer time is drawn by weeks."""
Key = TypeVar("Key", bound=Hashable)


def tally_cells(tally: Tally) -> tuple[Cell, ...]:
    """The cells of TALLY_COLUMNS."""
    return tally.present, tally.late, tally.excused, tally.absent, tally.percent


def grouped(sessions: Iterable[SessionTally], key: Callable[[SessionTally], Key]) -> dict[Key, Tally]:
    """The marks of all sessions with the same key together."""
    found: dict[Key, list[Tally]] = defaultdict(list)
    for one in sessions:
        found[key(one)].append(one.tally)
    return {name: total(each) for name, each in found.items()}


def clock_time(moment: datetime, zone: tzinfo | None) -> time:
    """The time of an aware moment on the school's clock, to the minute."""
    return clock.local(moment, zone).time().replace(second=0, microsecond=0, tzinfo=None)


def clock_moment(moment: datetime, zone: tzinfo | None) -> datetime:
    """Day and time of an aware moment on the school's clock, naive."""
    return clock.local(moment, zone).replace(tzinfo=None)


def trend(sessions: Sequence[SessionTally], title: str, minimum: float) -> list[ChartData]:
    """Attendance by day, by week over a long time; empty while there are not two points."""
    marked = [one for one in sessions if one.tally.counted]
    weekly = bool(marked) and (max(one.day for one in marked) - min(one.day for one in marked)).days > MOST_DAYS
    by_day = grouped(marked, lambda one: _monday(one.day) if weekly else one.day)
    points = [TrendPoint(day, tally.percent or 0.0, tally.counted) for day, tally in sorted(by_day.items())]
    return [Trend(title, "week" if weekly else "day", tuple(points), minimum)] if len(points) > 1 else []


def heat_map(sessions: Sequence[SessionTally], title: str, zone: tzinfo | None) -> list[ChartData]:
    """Attendance by weekday and hour; empty while all lessons are in one hour of one day."""
    marked = [one for one in sessions if one.tally.counted]
    held: dict[tuple[int, int], list[Tally]] = defaultdict(list)
    for one in marked:
        begin = clock.local(one.starts_at, zone)
        held[begin.weekday(), begin.hour].append(one.tally)
    cells = [
        HeatCell(weekday, hour, total(each).percent or 0.0, len(each)) for (weekday, hour), each in sorted(held.items())
    ]
    return [HeatMap(title, tuple(cells))] if len(cells) > 1 else []


def distribution(percents: Iterable[float | None], title: str, minimum: float) -> list[ChartData]:
    """How the students' percentages lie; empty below five students, where a list says more."""
    known = tuple(sorted(one for one in percents if one is not None))
    return [Distribution(title, known, minimum)] if len(known) >= 5 else []


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
