"""Excel workbooks, read with openpyxl row by row."""

import re
import warnings
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import InputError
from core.tables_in.limits import rows_within
from core.tables_in.records import EMPTY, Cell, Table
from core.tables_in.refusals import DAMAGE, damaged

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook

_LITERAL = r'((?:"[^"]*"|\\.|-)*)'
_PADDED = re.compile(rf"{_LITERAL}(0+){_LITERAL}")
"""Formats such as 000 or "R"000: what stands before and after, and how many digits there are."""


def read(path: Path, sheet: str | None) -> Table:
    """One sheet of a workbook.  Raises InputError when it is damaged or has no such sheet."""
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        # About looks that openpyxl does not know; nothing of the values is lost.
        warnings.simplefilter("ignore")
        try:
            book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        except DAMAGE as error:
            raise damaged(path) from error
        try:
            return _read_sheet(path, book, sheet)
        except DAMAGE as error:
            raise damaged(path) from error
        finally:
            book.close()


def _read_sheet(path: Path, book: "Workbook", wanted: str | None) -> Table:
    shown = [page.title for page in book.worksheets if page.sheet_state == "visible"]
    for page in sheets_to_try([one.title for one in book.worksheets], shown, wanted, path):
        rows = rows_within(path, _rows(book[page]))
        if rows or wanted is not None:
            return Table(rows, page, tuple(shown))
    return Table((), shown[0] if shown else "", tuple(shown))


def sheets_to_try(names: list[str], shown: list[str], wanted: str | None, path: Path) -> list[str]:
    """The named sheet, hidden or not, or all that people see.  Raises InputError when there is no such sheet."""
    if wanted is None:
        return shown
    for name in names:
        if name.strip().casefold() == wanted.strip().casefold():
            return [name]
    raise InputError(f"{path.name} has no sheet “{wanted}”. Its sheets are {', '.join(shown[:20])}.")


def _rows(page: Any) -> Iterator[tuple[int, list[Cell]]]:  # noqa: ANN401 - openpyxl has no type for this page
    # Some programs state a wrong size, and openpyxl would stop there.
    page.reset_dimensions()
    for number, row in enumerate(page.iter_rows(), 1):
        yield number, [_cell(one.value, one.data_type, one.number_format) for one in row]


def _cell(value: object, data_type: str, number_format: str | None) -> Cell:
    if value is None:
        return EMPTY
    if data_type == "e":
        return Cell(str(value), str(value), "error")
    if isinstance(value, bool):
        return Cell("yes" if value else "no", value, "yes/no")
    if isinstance(value, int | float):
        return Cell(_number_text(value, number_format or ""), value, "number")
    if isinstance(value, datetime | date | time):
        return date_cell(value)
    text = str(value) if not isinstance(value, timedelta) else _hours(value)
    return Cell(text, text, "text") if text.strip() else EMPTY


def date_cell(value: datetime | date | time) -> Cell:
    """A cell with a day, a moment or a time of day; a moment at midnight is a day."""
    if isinstance(value, time):
        return Cell(value.isoformat("seconds" if value.second else "minutes"), value, "time")
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    text = value.isoformat(" ", "minutes") if isinstance(value, datetime) else value.isoformat()
    return Cell(text, value, "date")


def _hours(value: timedelta) -> str:
    minutes = round(value.total_seconds() / 60)
    return f"{minutes // 60}:{minutes % 60:02}"


def number_text(value: float) -> str:
    """A number without the .0 that spreadsheets give every one.

    >>> number_text(7.0), number_text(7.25)
    ('7', '7.25')
    """
    return f"{value:.0f}" if float(value).is_integer() and abs(value) < 1e15 else repr(value)


def _number_text(value: float, number_format: str) -> str:
    plain = number_text(value)
    padded = _PADDED.fullmatch(number_format.split(";")[0])
    if padded is None or not plain.isdecimal():
        return plain
    before, zeros, after = padded.groups()
    return _literal(before) + plain.zfill(len(zeros)) + _literal(after)


def _literal(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text.replace('"', ""))
