"""Tables of reports for pages that show them in another shape."""

from collections.abc import Mapping, Sequence

from core.reports.charts.data import Trend
from core.reports.result import Cell, ReportResult, Table


def rows_of(table: Table) -> Sequence[Mapping[str, Cell]]:
    """Each row's cells by the names of their columns."""
    names = [one.name for one in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def trend_of(result: ReportResult) -> Trend | None:
    """The attendance over time, where a report has it."""
    return next((one for one in result.charts if isinstance(one, Trend)), None)
