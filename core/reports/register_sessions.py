"""The page about a class's sessions: when they were, how many were there, and the attendance as a chart."""

from datetime import tzinfo

from xlsxwriter.utility import quote_sheetname, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from core.clock import local
from core.reports import status_cells
from core.reports.grid import GridPage, column_label, session_counts
from core.reports.workbook import HEADER_FILL, INK, LINE, QUIET, Look, footer_text, put_text, set_table_print
from core.store.sessions import SessionRow
from core.words import short_date

NAME = "Sessions"
_COLUMNS = (
    *(("No.", 8), ("Date", 17), ("From", 8), ("To", 8), ("Title", 24), ("Group", 15)),
    *(("State", 9), ("Marks", 8), ("In room", 9), ("%", 8)),
)
_CHART_ROWS = 16
_MANY = 45
"""From so many sessions on the chart is a line instead of columns."""
_HELPER = len(_COLUMNS)
"""A hidden column for the chart: sessions without marks are gaps there, not 0 %."""


def add_sessions(book: Workbook, look: Look, page: GridPage, zone: tzinfo | None) -> Worksheet:
    """Add the page; its figures refer to the cells of the register's page."""
    sheet = book.add_worksheet(NAME)
    for column, (_, width) in enumerate(_COLUMNS):
        sheet.set_column(column, column, width)
    sheet.set_column(_HELPER, _HELPER, 8, None, {"hidden": True})
    sheet.set_row(0, 30)
    put_text(sheet, 0, 0, "Sessions", look.cell(bold=True, font_size=20, align="left", indent=1))
    put_text(sheet, 1, 0, page.line, look.cell(font_color=QUIET, align="left", indent=1))
    head = 2 + _CHART_ROWS
    sheet.set_row(head, 20)
    for column, (word, _) in enumerate(_COLUMNS):
        side = {"align": "left"} if column in (1, 4, 5, 6) else {"align": "center"}
        put_text(sheet, head, column, word, look.head(**side))
    sessions = [one for one in page.columns if one is not None]
    for number, session in enumerate(sessions):
        _put_session(sheet, look, page, head + 1 + number, session, zone)
    last = head + max(1, len(sessions))
    if sessions:
        _add_chart(book, sheet, head + 1, last)
    else:
        put_text(sheet, last, 0, "There was no session yet.", look.cell(font_color=QUIET, italic=True, indent=1))
    sheet.freeze_panes(head + 1, 0)
    set_table_print(sheet, footer_text(page.footer), head, last, len(_COLUMNS) - 1)
    return sheet


def _put_session(
    sheet: Worksheet, look: Look, page: GridPage, row: int, session: SessionRow, zone: tzinfo | None
) -> None:
    sheet.set_row(row, 17)
    begin, end = local(session.starts_at, zone), local(session.ends_at, zone)
    words = (
        (column_label(session), "center"),
        (short_date(session.day), "left"),
        (f"{begin:%H:%M}", "center"),
        (f"{end:%H:%M}", "center"),
        (session.title, "left"),
        (page.grid.group_name(session), "left"),
        (session.state.capitalize(), "left"),
    )
    for column, (word, side) in enumerate(words):
        put_text(sheet, row, column, word, look.row(align=side, shrink=column in (4, 5)))
    _put_figures(sheet, look, page, row, session)


def _put_figures(sheet: Worksheet, look: Look, page: GridPage, row: int, session: SessionRow) -> None:
    counts = session_counts(page, session)
    there = sum(counts[one.code] for one in page.statuses if one.in_room)
    share = status_cells.percent(counts, page.statuses)
    source = page.left + page.columns.index(session)
    figures = ((page.totals, sum(counts.values())), (page.in_room_row, there))
    for number, (at, figure) in enumerate(figures):
        formula = f"={quote_sheetname(page.name)}!{xl_rowcol_to_cell(at, source)}"
        sheet.write_formula(row, 7 + number, formula, look.row(align="center"), figure)
    formula = f"={quote_sheetname(page.name)}!{xl_rowcol_to_cell(page.percent_row, source)}"
    sheet.write_formula(row, 9, formula, look.row(align="center", num_format="0%"), "" if share is None else share)
    cell = xl_rowcol_to_cell(row, 9)
    sheet.write_formula(row, _HELPER, f'=IF({cell}="",NA(),{cell})', None, "#N/A" if share is None else share)


def _add_chart(book: Workbook, sheet: Worksheet, first: int, last: int) -> None:
    many = last - first + 1 > _MANY
    chart = book.add_chart({"type": "line" if many else "column"})
    colours = {"line": {"color": HEADER_FILL, "width": 1.75}} if many else {"fill": {"color": HEADER_FILL}, "gap": 60}
    chart.add_series(
        {
            "name": "Attendance",
            "categories": [NAME, first, 1, last, 1],
            "values": [NAME, first, _HELPER, last, _HELPER],
            **colours,
        }
    )
    chart.set_title({"name": "Attendance by session", "name_font": {"size": 12, "color": INK}, "overlay": False})
    chart.set_legend({"none": True})
    chart.show_hidden_data()
    chart.show_na_as_empty_cell()
    chart.set_y_axis(
        {
            "min": 0,
            "max": 1,
            "num_format": "0%",
            "major_gridlines": {"visible": True, "line": {"color": LINE}},
            "line": {"none": True},
            "num_font": {"color": QUIET},
        }
    )
    chart.set_x_axis({"text_axis": True, "num_font": {"rotation": -90, "size": 8, "color": QUIET}})
    chart.set_chartarea({"border": {"none": True}})
    chart.set_size({"width": 830, "height": 20 * _CHART_ROWS - 12})
    sheet.insert_chart(2, 0, chart, {"x_offset": 6, "y_offset": 6, "object_position": 2})
