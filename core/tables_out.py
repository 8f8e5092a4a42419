"""Plain tables for other programs: CSV, Excel and OpenDocument, by the ending of the file's name.

Every text stays a text: no cell becomes a formula, and reading the file back with ``core.tables_in`` gives the same.
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path

from core.errors import InputError
from core.files import Written, write_bytes_atomically
from core.tables_in import guarded

Value = str | int | float | date | None
_WIDEST = 60


def write_table(path: Path, title: str, headings: Sequence[str], rows: Sequence[Sequence[Value]]) -> Written:
    """Write a table as the ending of ``path`` says: ``.csv`` (UTF-8 that Excel knows), ``.xlsx`` or ``.ods``.

    title: of the sheet.  Raises InputError for another ending, DiskFullError when it cannot be saved.
    """
    makers: dict[str, Callable[[], bytes]] = {
        ".csv": lambda: csv_bytes([headings, *rows]),
        ".xlsx": lambda: _xlsx(title, headings, rows),
        ".ods": lambda: _ods(title, [headings, *rows]),
    }
    maker = makers.get(path.suffix.casefold())
    if maker is None:
        raise InputError(f"“{path.name}” should end in .csv, .xlsx or .ods. Give such a name.")
    return write_bytes_atomically(path, maker(), beside=True)


def csv_bytes(rows: Iterable[Sequence[Value]]) -> bytes:
    """Rows as CSV: UTF-8 that Excel knows, texts that look like formulas made harmless."""
    from core.reports.workbook import clean_text

    text = io.StringIO(newline="")
    # Only texts can be formulas; a negative number shall stay a number.
    csv.writer(text).writerows(
        [guarded(clean_text(one)) if isinstance(one, str) else _plain(one) for one in row] for row in rows
    )
    # Without the mark at its beginning Excel takes the file for one in the computer's own code page.
    return text.getvalue().encode("utf-8-sig")


def _plain(value: Value) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def _xlsx(title: str, headings: Sequence[str], rows: Sequence[Sequence[Value]]) -> bytes:
    from core.reports.workbook import Look, new_workbook, page_names, put_text, text_width

    buffer = io.BytesIO()
    book = new_workbook(buffer)
    look = Look(book)
    page = book.add_worksheet(*page_names([title]))
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


def _ods(title: str, rows: Sequence[Sequence[Value]]) -> bytes:
    from core.reports.ods import OdsBook, OdsCell, OdsPage
    from core.reports.workbook import page_names

    def cell(value: Value) -> OdsCell:
        # Without a look of their own LibreOffice hands days on to Excel as bare numbers.
        look = "day" if isinstance(value, date) else ""
        return OdsCell(_plain(value), look, None if isinstance(value, str) else value)

    [name] = page_names([title])
    book = OdsBook()
    book.add_page(OdsPage(name, [[cell(one) for one in row] for row in rows]))
    return book.data()
