"""What a report comes to: findings in words, tables and the data of charts.  Every surface shows the same."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from core.reports.charts.data import ChartData
from core.store.statuses import Status

Kind = Literal["text", "number", "percent", "date", "time", "moment", "minutes", "status", "source"]
Cell = str | int | float | date | datetime | time | Status | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    kind tells what its cells hold: text ``str``; number ``int`` or ``float``; percent 0-100; date; time and moment,
    naive on the school's clock; minutes ``int``; status a Status; source ``str``, where a mark came from.
    Any cell may be None.
    """

    name: str
    kind: Kind = "text"

    @property
    def is_figure(self) -> bool:
        """Whether the cells stand on the right."""
        return self.kind in ("number", "percent", "minutes")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of as many cells as there are columns.  Raises ValueError for any other."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"a row of “{self.title}” does not have {len(self.columns)} cells")


@dataclass(frozen=True, slots=True)
class ReportResult:
    """title: with what was asked for, like “Month 2026-11, CS101”; sentences: the findings, most important first."""

    name: str
    title: str
    sentences: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    charts: tuple[ChartData, ...] = ()


def columns(*named: str | tuple[str, Kind]) -> tuple[Column, ...]:
    """Columns from their names, with the kind where it is not text."""
    return tuple(Column(one) if isinstance(one, str) else Column(*one) for one in named)
