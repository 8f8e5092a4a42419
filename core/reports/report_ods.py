"""A report as an OpenDocument spreadsheet: one page a table, real numbers and dates."""

from core.reports.cells import cell_text
from core.reports.ods import OdsBook, OdsCell, OdsLook, OdsPage
from core.reports.output import Paper
from core.reports.report_workbook import MEASURED, NARROW, WIDE, page_titles
from core.reports.result import Cell, Column, ReportResult, Table
from core.reports.workbook import text_width
from core.store.statuses import Status

_LETTER_MM = 2.0
_LOOKS = {"minutes": "number", "text": "row", "status": "row"}


def as_ods(result: ReportResult, paper: Paper) -> bytes:
    """The document's bytes; the same report gives the same."""
    book = OdsBook()
    tables = result.tables or (Table("Report", (), ()),)
    for table, name in zip(tables, page_titles(result), strict=False):
        lines = [*result.sentences, paper.line()] if table is tables[0] else [table.title]
        rows = [[OdsCell(result.title, "heading")], *([OdsCell(line)] for line in lines), [OdsCell()]]
        head = len(rows) if table.columns else None
        if table.columns:
            looks = ("head-of-figures" if one.is_figure else "head-of-texts" for one in table.columns)
            rows.append([OdsCell(one.name, look) for one, look in zip(table.columns, looks, strict=True)])
        rows += [[_cell(*both) for both in zip(table.columns, row, strict=True)] for row in table.rows]
        book.add_page(OdsPage(name, rows, _widths(table), across=len(table.columns) > 7, head=head))
    return book.data()


def _cell(column: Column, cell: Cell) -> OdsCell:
    text = cell_text(column, cell)
    if isinstance(cell, Status):
        return OdsCell(text, OdsLook(cell.ink, cell.colour, bold=True, line=True))
    if cell is None or isinstance(cell, str):
        return OdsCell(text, "row")
    look = _LOOKS.get(column.kind, column.kind)
    return OdsCell(text, look, cell / 100 if look == "percent" and isinstance(cell, int | float) else cell)


def _widths(table: Table) -> list[float]:
    """In millimetres, by the longest text of each column."""
    widths = []
    for place, column in enumerate(table.columns):
        texts = (column.name, *(cell_text(column, row[place]) for row in table.rows[:MEASURED]))
        widths.append(_LETTER_MM * min(WIDE, max(NARROW, *(text_width(one) + 2 for one in texts))))
    return widths
