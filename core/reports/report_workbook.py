"""A report as an Excel workbook: one page a table, real numbers, the charts as the same picture as everywhere."""

from io import BytesIO

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from core.reports.cells import cell_text
from core.reports.output import Paper
from core.reports.result import Cell, Column, ReportResult, Table
from core.reports.workbook import QUIET, Look, clean_text, footer_text, new_workbook, page_names, put_text, text_width
from core.store.statuses import Status

FORMATS = {
    "number": "#,##0",
    "percent": "0.0 %",
    "date": "yyyy-mm-dd",
    "time": "hh:mm",
    "moment": "yyyy-mm-dd hh:mm",
    "minutes": "#,##0",
}
NARROW, WIDE = 7, 44
"""Widths of columns, in digits."""
MEASURED = 500
"""So many rows decide how wide a column is."""
_SHOWN_PX = 850


def as_xlsx(result: ReportResult, paper: Paper) -> bytes:
    """The workbook's bytes; the same report gives the same."""
    buffer = BytesIO()
    book = new_workbook(buffer)
    book.set_properties(
        {
            "title": clean_text(result.title)[:250],
            "company": clean_text(paper.school)[:250],
            "created": paper.printed_at,
        }
    )
    look = Look(book)
    *names, charts = page_titles(result)
    tables = result.tables or (Table("Report", (), ()),)
    for number, table in enumerate(tables):
        page = book.add_worksheet(names[number])
        top = _heading(page, look, result, paper, table.title if number else None)
        _fill(page, look, table, top)
        _set_up_print(page, table, paper, result)
    if result.charts:
        _add_charts(book.add_worksheet(charts), result)
    book.close()
    return buffer.getvalue()


def page_titles(result: ReportResult) -> list[str]:
    """Names for the pages of a report's tables, and of its charts."""
    return page_names([*(one.title for one in result.tables or (Table("Report", (), ()),)), "Charts"])


def _heading(page: Worksheet, look: Look, result: ReportResult, paper: Paper, table: str | None) -> int:
    """What stands above the table; returns the row of its head."""
    put_text(page, 0, 0, result.title, look.cell(bold=True, font_size=14))
    lines = [table] if table else list(result.sentences)
    for row, text in enumerate(lines, 1):
        put_text(page, row, 0, text, look.cell())
    row = len(lines) + 1
    put_text(page, row, 0, paper.line(), look.cell(font_color=QUIET))
    return row + 2


def _fill(page: Worksheet, look: Look, table: Table, top: int) -> None:
    if not table.columns:
        return
    for number, column in enumerate(table.columns):
        put_text(page, top, number, column.name, look.head(align="right" if column.is_figure else "left"))
        wide = [text_width(cell_text(column, row[number])) for row in table.rows[:MEASURED]]
        page.set_column(
            number, number, min(WIDE, max(NARROW, text_width(column.name) + 3, *(one + 2 for one in wide), 0))
        )
    formats = [_format(look, column) for column in table.columns]
    for row_number, row in enumerate(table.rows, top + 1):
        for number, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            _put(page, (row_number, number), look, column, formats[number], cell)
    page.freeze_panes(top + 1, 0)
    if table.rows:
        page.autofilter(top, 0, top + len(table.rows), len(table.columns) - 1)
    page.repeat_rows(top)


def _format(look: Look, column: Column) -> Format:
    if column.kind in FORMATS:
        align = "right" if column.is_figure else "left"
        return look.row(num_format=FORMATS[column.kind], align=align)
    return look.row()


def _put(page: Worksheet, at: tuple[int, int], look: Look, column: Column, plain: Format, cell: Cell) -> None:
    if isinstance(cell, Status):
        coloured = look.row(bg_color=cell.colour, font_color=cell.ink, bold=True)
        put_text(page, *at, cell_text(column, cell), coloured)
    elif isinstance(cell, int | float):
        page.write_number(*at, cell / 100 if column.kind == "percent" else cell, plain)
    elif cell is None or isinstance(cell, str):
        put_text(page, *at, cell, plain)
    else:
        page.write_datetime(*at, cell, plain)


def _set_up_print(page: Worksheet, table: Table, paper: Paper, result: ReportResult) -> None:
    page.set_paper(9)  # A4
    if len(table.columns) > 7:
        page.set_landscape()
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    page.hide_gridlines(2)
    page.set_footer(f"&L&8{footer_text(result.title)}&C&8{footer_text(paper.school, 40)}&R&8&P / &N")


def _add_charts(page: Worksheet, result: ReportResult) -> None:
    from core.reports.charts.drawing import DPI, WIDTH, as_png, draw

    picture = as_png(draw(result.charts, result.title))
    scale = _SHOWN_PX / (WIDTH * DPI)
    options = {
        "image_data": BytesIO(picture),
        "x_scale": scale,
        "y_scale": scale,
        "description": clean_text("; ".join(one.title for one in result.charts)),
    }
    page.insert_image(0, 0, "charts.png", options)
    page.hide_gridlines(2)
    page.set_paper(9)
    page.fit_to_pages(1, 1)
