"""Cells of reports as words and for machines."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from core.reports.result import Cell, Column, ReportResult
from core.store.statuses import Status
from core.words import DAYS, SOURCES, per_cent

SAID = (*DAYS, "yes", "no")
"""Cells that are no data but said by core."""


def cell_text(column: Column, cell: Cell, translated: Callable[[str], str] = str) -> str:
    """A cell as people read it; empty for nothing.  translated: puts what is no data into a reader's language."""
    match cell:
        case None:
            return ""
        case Status():
            return f"{cell.letter} {translated(cell.name)}"
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M}"
        case date():
            return cell.isoformat()
        case time():
            return f"{cell:%H:%M}"
        case float() if column.kind == "percent":
            return per_cent(cell)
        case int() | float() if column.is_figure:
            return f"{cell:,}" if isinstance(cell, int) or cell.is_integer() else f"{cell:,.1f}"
    text = str(cell)
    if column.kind == "source":
        return translated(SOURCES.get(text, text))
    return translated(text) if text in SAID else text


def cell_data(cell: Cell) -> str | int | float | None:
    """A cell for machines: days and times in ISO 8601, a status as its code, per cent with two decimals."""
    match cell:
        case Status():
            return cell.code
        case datetime() | date() | time():
            return cell.isoformat()
        case float():
            return round(cell, 2)
    return cell


def as_json(result: ReportResult) -> dict[str, Any]:
    """The contract of ``report --json``: what every surface shows, without the charts."""
    return {
        "report": result.name,
        "title": result.title,
        "sentences": list(result.sentences),
        "tables": [
            {
                "title": table.title,
                "columns": [{"name": one.name, "kind": one.kind} for one in table.columns],
                "rows": [[cell_data(cell) for cell in row] for row in table.rows],
            }
            for table in result.tables
        ],
    }
