"""What charts are drawn of.  Knows nothing of Matplotlib, so that reports start fast."""

from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Attendance of one day, or of the week that begins with it.  percent: 0-100; marks: how many it stands on."""

    day: date
    percent: float
    marks: int


@dataclass(frozen=True, slots=True)
class Trend:
    """Attendance over time.  minimum: the school's, 0-100."""

    title: str
    by: Literal["day", "week"]
    points: tuple[TrendPoint, ...]
    minimum: float


@dataclass(frozen=True, slots=True)
class HeatCell:
    """Attendance of the lessons that begin in one hour of one day of the week.  weekday: 0 Monday; hour: 0-23."""

    weekday: int
    hour: int
    percent: float
    lessons: int


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Attendance by weekday and hour on the school's clock."""

    title: str
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True, slots=True)
class Distribution:
    """How many students have which attendance.  percents: one 0-100 for each student; minimum: the school's."""

    title: str
    percents: tuple[float, ...]
    minimum: float


ChartData = Trend | HeatMap | Distribution
