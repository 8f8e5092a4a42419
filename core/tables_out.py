"""Plain tables for other programs: CSV, Excel and OpenDocument, by the ending of the file's name.

Every text stays a text: no cell becomes a formula, and reading the file back with ``core.tables_in`` gives the same.
"""

import csv
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from core.errors import InputError
from core.files import Written, write_bytes_atomically
from core.tables_in import guarded

Value = str | int | float | date | None
_WIDEST = 60
_LONGEST_TITLE = 31
"""Excel takes no longer name of a sheet."""


def write_table(path: Path, title: str, headings: Sequence[str], rows: Sequence[Sequence[Value]]) -> Written:
    """Write a table as the ending of ``path`` says: ``.csv`` (UTF-8 that Excel knows), ``.xlsx`` or ``.ods``.

    title: of the sheet.  Raises InputError for another ending, DiskFullError when it cannot be saved.
    """
    makers = {".csv": _csv, ".xlsx": _xlsx, ".ods": _ods}
    maker = makers.get(path.suffix.casefold())
    if maker is None:
        raise InputError(f"“{path.name}” should end in .csv, .xlsx or .ods. Give such a name.")
    return write_bytes_atomically(path, maker(title, headings, rows), beside=True)


def _csv(_: str, headings: Sequence[str], rows: Sequence[Sequence[Value]]) -> bytes:
    return csv_bytes(headings, rows)


def csv_bytes(headings: Sequence[str], rows: Sequence[Sequence[Value]]) -> bytes:
    """A table as CSV: UTF-8 that Excel knows, texts that look like formulas made harmless."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([guarded(one) for one in headings])
    # Only texts can be formulas; a negative number shall stay a number.
    writer.writerows([guarded(one) if isinstance(one, str) else _plain(one) for one in row] for row in rows)
    # Without the mark at its beginning Excel takes the file for one in the computer's own code page.
    return text.getvalue().encode("utf-8-sig")


def _plain(value: Value) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def _xlsx(title: str, headings: Sequence[str], rows: Sequence[Sequence[Value]]) -> bytes:
    from core.reports.workbook import Look, new_workbook, put_text, text_width

    buffer = io.BytesIO()
    book = new_workbook(buffer)
    look = Look(book)
    page = book.add_worksheet(_sheet_name(title))
    page.freeze_panes(1, 1)
    for column, heading in enumerate(headings):
        put_text(page, 0, column, heading, look.head())
        width = max([text_width(heading), *(text_width(_plain(row[column])) for row in rows)])
        page.set_column(column, column, min(width, _WIDEST) + 2)
    # The format for texts keeps the zeros of a number that somebody types there later.
    text_format, day = look.cell(num_format="@"), look.cell(num_format="yyyy-mm-dd", align="left")
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if isinstance(value, date):
                page.write_datetime(number, column, value, day)
            elif isinstance(value, int | float):
                page.write_number(number, column, value, look.cell())
            else:
                put_text(page, number, column, value, text_format)
    page.autofilter(0, 0, len(rows), max(len(headings) - 1, 0))
    book.close()
    return buffer.getvalue()


def _sheet_name(title: str) -> str:
    """What Excel takes as the name of a sheet."""
    kept = "".join(" " if one in "[]:*?/\\" or not one.isprintable() else one for one in title)
    return kept[:_LONGEST_TITLE].strip("' ") or "Table"


def _ods(title: str, headings: Sequence[str], rows: Sequence[Sequence[Value]]) -> bytes:
    from odf.number import DateStyle, Day, Month, Text, Year
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.style import Style
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    book = OpenDocumentSpreadsheet()
    # Without a style of their own LibreOffice hands days on to Excel as bare numbers.
    form = DateStyle(name="day")
    for part in (Year(style="long"), Text(text="-"), Month(style="long"), Text(text="-"), Day(style="long")):
        form.addElement(part)
    book.automaticstyles.addElement(form)
    day = Style(name="day-cell", family="table-cell", datastylename=form)
    book.automaticstyles.addElement(day)
    page = Table(name=_sheet_name(title))
    book.spreadsheet.addElement(page)
    for row in (headings, *rows):
        line = TableRow()
        page.addElement(line)
        for value in row:
            if isinstance(value, date):
                cell = TableCell(valuetype="date", datevalue=value.isoformat(), stylename=day)
            elif isinstance(value, int | float):
                cell = TableCell(valuetype="float", value=str(value))
            else:
                cell = TableCell(valuetype="string") if value else TableCell()
            if value is not None and value != "":
                cell.addElement(P(text=_plain(value)))
            line.addElement(cell)
    buffer = io.BytesIO()
    book.write(buffer)
    return buffer.getvalue()
