"""A register's page in an Excel workbook; totals and percentages are formulas."""

from collections.abc import Sequence

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from core.records import Student
from core.reports import sheet_state, status_cells
from core.reports.grid import (
    COUNTS,
    Figure,
    GridPage,
    column_figures,
    column_label,
    row_figures,
    total_figures,
)
from core.reports.workbook import LINE, QUIET, Look, clean_text, footer_text, put_text, text_width
from core.store.sessions import SessionRow
from core.store.statuses import Status

_FREE_FILL = "#F1F3F5"
_COUNT_WIDTH = 4.4
_FITTING_WIDTH = 200
"""So many digits side by side are still readable when they are made to fit on one page."""
_SCALE_OF_WIDE = 72
_LINE_PT = 15
_ROW_PT = 17


def add_grid_page(book: Workbook, look: Look, page: GridPage) -> Worksheet:
    """Add a page to the workbook; the page of :mod:`core.reports.sheet_state` must follow."""
    sheet = book.add_worksheet(page.name)
    _set_columns(sheet, page)
    put_text(sheet, 0, 0, page.title, look.cell(bold=True, font_size=20, align="left", indent=1))
    put_text(sheet, 1, 0, page.line, look.cell(font_color=QUIET, align="left", indent=1))
    put_text(sheet, 2, 0, status_cells.legend(page.statuses), look.cell(font_color=QUIET, align="left", indent=1))
    for row, height in ((0, 30), (1, 18), (2, 22)):
        sheet.set_row(row, height)
    _put_heads(sheet, look, page)
    for number, student in enumerate(page.grid.students):
        _put_student(sheet, look, page, page.first + number, student)
    if not page.grid.students:
        words = "Nobody is on the roster of this class."
        put_text(sheet, page.first, 0, words, look.cell(font_color=QUIET, italic=True, indent=1))
    _put_totals(sheet, look, page)
    _guard(book, sheet, page)
    _set_print(sheet, page)
    return sheet


def _set_columns(sheet: Worksheet, page: GridPage) -> None:
    students = page.grid.students
    sheet.set_column(0, 0, _fitting([one.roll for one in students], 9, 16))
    sheet.set_column(1, 1, _fitting([one.name for one in students], 20, 32))
    sheet.set_column(2, 2, 7.5)
    sheet.set_column(COUNTS, page.left - 1, _COUNT_WIDTH)
    for number, session in enumerate(page.columns):
        width = page.column_width if session is not None else 3.4
        sheet.set_column(page.left + number, page.left + number, width)


def _fitting(texts: Sequence[str], least: int, most: int) -> int:
    return min(most, max([least, *(text_width(text) + 2 for text in texts)]))


def _put_heads(sheet: Worksheet, look: Look, page: GridPage) -> None:
    for number, head in enumerate(page.heads):
        row = page.heads_at + number
        sheet.set_row(row, head.height)
        for column in range(page.left):
            sheet.write_blank(row, column, None, look.head())
        turned = {"rotation": 90, "valign": "bottom"} if head.upright else {}
        shape = look.head(align="center", font_size=9 if head.upright else 8, bold=not head.upright, **turned)
        for column, text in enumerate(head.texts):
            put_text(sheet, row, page.left + column, text, shape)
    sheet.set_row(page.head, 20)
    put_text(sheet, page.head, 0, "Roll", look.head(align="left", indent=1))
    put_text(sheet, page.head, 1, "Name", look.head(align="left"))
    put_text(sheet, page.head, 2, "%", look.head(align="center"))
    for number, one in enumerate(page.statuses):
        shape = look.cell(bold=True, align="center", bg_color=one.colour, font_color=one.ink)
        put_text(sheet, page.head, COUNTS + number, one.letter, shape)
    # Small, for it is there to be looked up (and read back), not to be read.
    label = look.head(align="center", font_size=7, bold=False, shrink=True)
    for number, session in enumerate(page.columns):
        put_text(sheet, page.head, page.left + number, column_label(session) if session else "", label)


def _put_student(sheet: Worksheet, look: Look, page: GridPage, row: int, student: Student) -> None:
    codes = page.codes_of(student)
    lines = -(-(text_width(student.name) + 1) // 31)
    sheet.set_row(row, min(409, max(_ROW_PT, lines * _LINE_PT)))
    put_text(sheet, row, 0, student.roll, look.row(align="left", indent=1, text_wrap=True))
    put_text(sheet, row, 1, student.name, look.row(align="left", text_wrap=True))
    share, count = look.row(align="center", num_format="0%"), look.row(align="center")
    for figure in row_figures(page, row, codes):
        _put_figure(sheet, figure, share if figure.is_share else count)
    _put_marks(sheet, look, page, row, student, codes)


def _put_figure(sheet: Worksheet, figure: Figure, shape: Format) -> None:
    value = "" if figure.value is None else figure.value
    sheet.write_formula(figure.row, figure.column, figure.formula, shape, value)


def _put_marks(
    sheet: Worksheet, look: Look, page: GridPage, row: int, student: Student, codes: Sequence[str | None]
) -> None:
    letters = {one.code: clean_text(one.letter) for one in page.statuses}
    edges = {"align": "center", "left": 1, "left_color": LINE}
    shape, free = look.row(**edges), look.row(bg_color=_FREE_FILL, **edges)
    for number, (session, code) in enumerate(zip(page.columns, codes, strict=True)):
        column = page.left + number
        if code is not None:
            sheet.write_string(row, column, letters[code], shape)
        elif session is not None and page.grid.is_expected(session, student.id):
            sheet.write_blank(row, column, None, shape)
        else:
            sheet.write_blank(row, column, None, free)


def _put_totals(sheet: Worksheet, look: Look, page: GridPage) -> None:
    """The rows below the students; those of the statuses are the legend too."""
    row = page.totals
    strong = {"bold": True, "top": 1, "top_color": QUIET}
    sheet.set_row(row, 20)
    put_text(sheet, row, 0, page.totals_text, look.row(align="left", indent=1, **strong))
    put_text(sheet, row, 1, "Marks", look.row(align="left", **strong))
    for figure in total_figures(page):
        looks = {"num_format": "0%"} if figure.is_share else {}
        _put_figure(sheet, figure, look.row(align="center", **looks, **strong))
    for number, one in enumerate(page.statuses):
        _put_legend(sheet, look, page, row + 1 + number, one)
    for words, at in (("In the room", page.in_room_row), ("Attendance", page.percent_row)):
        put_text(sheet, at, 1, words, look.row(align="left", bold=True))
        for column in (0, *range(2, page.left)):
            sheet.write_blank(at, column, None, look.row())
    for number, session in enumerate(page.columns):
        if session is not None:
            _put_column_totals(sheet, look, page, page.left + number, session)


def _put_column_totals(sheet: Worksheet, look: Look, page: GridPage, column: int, session: SessionRow) -> None:
    edges = {"align": "center", "left": 1, "left_color": LINE}
    plain = look.row(font_size=9, **edges)
    strong = look.row(font_size=9, bold=True, top=1, top_color=QUIET, **edges)
    share = look.row(font_size=8, num_format="0%", shrink=True, **edges)
    for figure in column_figures(page, column, session):
        _put_figure(sheet, figure, share if figure.is_share else strong if figure.row == page.totals else plain)


def _put_legend(sheet: Worksheet, look: Look, page: GridPage, row: int, status: Status) -> None:
    letter = look.row(align="center", bold=True, bg_color=status.colour, font_color=status.ink)
    put_text(sheet, row, 0, status.letter, letter)
    put_text(sheet, row, 1, status.name, look.row(align="left"))
    for column in range(2, page.left):
        sheet.write_blank(row, column, None, look.row())


def _guard(book: Workbook, sheet: Worksheet, page: GridPage) -> None:
    area = (page.first, page.left, page.last, page.right)
    status_cells.colour_statuses(book, sheet, area, page.statuses)
    if page.grid.students and page.columns:
        status_cells.allow_statuses(sheet, area, page.statuses, sheet_state.choices(page.statuses))
    low = book.add_format({"font_color": "#93211C", "bold": True})
    rule = {"type": "cell", "criteria": "<", "value": page.minimum / 100, "format": low}
    sheet.conditional_format(page.first, 2, page.last, 2, rule)
    sheet.freeze_panes(page.first, 3)
    sheet.ignore_errors({"number_stored_as_text": f"A{page.first + 1}:B{page.last + 1}"})


def _set_print(sheet: Worksheet, page: GridPage) -> None:
    sheet.hide_gridlines(2)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.repeat_rows(page.heads_at, page.head)
    sheet.repeat_columns(0, 2)
    sheet.print_area(0, 0, page.percent_row, page.right)
    width = 60 + _COUNT_WIDTH * len(page.statuses) + page.column_width * len(page.columns)
    if page.one_page_wide or width <= _FITTING_WIDTH:
        sheet.fit_to_pages(1, 0)
    else:
        sheet.set_print_scale(_SCALE_OF_WIDE)
        sheet.print_across()
    # The blank after the size keeps a text that begins with a digit apart from it.
    sheet.set_footer(f"&L&9 {footer_text(page.footer)}&R&9 Page &P of &N")
