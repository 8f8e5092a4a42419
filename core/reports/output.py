"""A report as a file, by the ending of its name: xlsx, ods, csv, pdf, png, json."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.errors import InputError
from core.files import Written, safe_name, write_bytes_atomically
from core.reports.cells import as_json, cell_data
from core.reports.result import ReportResult
from core.tables_out import Value, csv_bytes


@dataclass(frozen=True, slots=True)
class Paper:
    """What stands around a report.  printed_at: naive, on the school's clock."""

    school: str
    printed_at: datetime

    def line(self) -> str:
        """Both in words."""
        return f"{self.school}  {self.printed_at:%Y-%m-%d %H:%M}".strip()


def endings() -> tuple[str, ...]:
    """What a report can be written as."""
    return tuple(_WRITERS)


def write_report(path: Path, result: ReportResult, paper: Paper, *, fallback: Path | None = None) -> Written:
    """Write a report; ``path`` ends with one of :func:`endings`.

    When the file is open in another program it goes beside it, when the folder cannot be written into ``fallback``.
    Raises InputError for another ending or a picture of a report without charts, DiskFullError without room.
    """
    ending = path.suffix.lower().removeprefix(".")
    if ending not in _WRITERS:
        raise InputError(f"A report cannot be written as “{path.name[:60]}”. End the name with {', '.join(_WRITERS)}.")
    return write_bytes_atomically(path, _WRITERS[ending](result, paper), fallback=fallback, beside=True)


def file_name(result: ReportResult, ending: str) -> str:
    """A name for the file of a report, which every file system takes."""
    return f"{safe_name(f'{result.name} {result.title}')}.{ending}"


def as_csv(result: ReportResult, _: Paper) -> bytes:
    """UTF-8 with a mark that Excel knows it by.  Several tables stand below each other, each under its title."""
    rows: list[Sequence[Value]] = []
    for number, table in enumerate(result.tables):
        if len(result.tables) > 1:
            rows += [[]] * bool(number) + [[table.title]]
        rows.append([one.name for one in table.columns])
        rows += [[cell_data(cell) for cell in row] for row in table.rows]
    return csv_bytes(rows or [[one] for one in result.sentences])


def _json(result: ReportResult, _: Paper) -> bytes:
    return json.dumps(as_json(result), ensure_ascii=False, indent=2).encode()


def _png(result: ReportResult, _: Paper) -> bytes:
    if not result.charts:
        raise InputError(
            f"There is no chart of “{result.title[:80]}”. Write it as xlsx, ods, csv or pdf, or choose a longer time."
        )
    from core.reports.charts.drawing import as_png, draw

    return as_png(draw(result.charts, result.title))


def _xlsx(result: ReportResult, paper: Paper) -> bytes:
    from core.reports.report_workbook import as_xlsx

    return as_xlsx(result, paper)


def _ods(result: ReportResult, paper: Paper) -> bytes:
    from core.reports.report_ods import as_ods

    return as_ods(result, paper)


def _pdf(result: ReportResult, paper: Paper) -> bytes:
    from core.reports.report_pdf import as_pdf

    return as_pdf(result, paper)


_WRITERS: dict[str, Callable[[ReportResult, Paper], bytes]] = {
    "xlsx": _xlsx,
    "ods": _ods,
    "csv": as_csv,
    "pdf": _pdf,
    "png": _png,
    "json": _json,
}
