"""The page that sums up all classes; its figures refer to the pages of the classes."""

from collections import Counter
from collections.abc import Sequence

from xlsxwriter.utility import quote_sheetname, xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from core.reports import status_cells
from core.reports.grid import GridPage
from core.reports.workbook import QUIET, Look, clean_text, footer_text, put_text, set_table_print
from core.store.statuses import Status

NAME = "Summary"
_HEAD = 3
_COLUMNS = (("Class", 12), ("Name", 30), ("Teacher", 24), ("Students", 9), ("Sessions", 9), ("%", 8))
_COUNTS = len(_COLUMNS)


def add_summary(book: Workbook, look: Look, pages: Sequence[GridPage], school: str, period: str) -> Worksheet:
    """Add the page; the pages of the classes must follow under their names."""
    sheet = book.add_worksheet(NAME)
    statuses = pages[0].statuses if pages else ()
    for column, (_, width) in enumerate(_COLUMNS):
        sheet.set_column(column, column, width)
    sheet.set_column(_COUNTS, _COUNTS + len(statuses), 8)
    sheet.set_row(0, 30)
    put_text(sheet, 0, 0, "All classes", look.cell(bold=True, font_size=20, align="left", indent=1))
    line = " · ".join(part for part in (school, period) if part)
    put_text(sheet, 1, 0, line, look.cell(font_color=QUIET, align="left", indent=1))
    _put_head(sheet, look, statuses)
    for number, page in enumerate(pages):
        _put_class(sheet, look, page, _HEAD + 1 + number)
    last = _HEAD + max(1, len(pages))
    if pages:
        _put_totals(sheet, look, pages, last + 1)
    else:
        put_text(sheet, last, 0, "There is no class yet.", look.cell(font_color=QUIET, italic=True, indent=1))
    sheet.freeze_panes(_HEAD + 1, 0)
    footer = footer_text(f"All classes · {period}")
    set_table_print(sheet, footer, _HEAD, last + bool(pages), _COUNTS + len(statuses) - 1)
    return sheet


def _put_head(sheet: Worksheet, look: Look, statuses: Sequence[Status]) -> None:
    sheet.set_row(2, 20)
    put_text(sheet, 2, 0, status_cells.legend(statuses), look.cell(font_color=QUIET, align="left", indent=1))
    sheet.set_row(_HEAD, 20)
    for column, (word, _) in enumerate(_COLUMNS):
        side = {"align": "left", "indent": 1} if column == 0 else {"align": "left" if column < 3 else "center"}
        put_text(sheet, _HEAD, column, word, look.head(**side))
    for number, one in enumerate(statuses):
        shape = look.cell(bold=True, align="center", bg_color=one.colour, font_color=one.ink)
        put_text(sheet, _HEAD, _COUNTS + number, one.letter, shape)


def _put_class(sheet: Worksheet, look: Look, page: GridPage, row: int) -> None:
    sheet.set_row(row, 18)
    owner, name = page.grid.school_class, quote_sheetname(page.name)
    link = look.row(align="left", indent=1, font_color="#1C4D82", underline=1)
    sheet.write_url(row, 0, f"internal:{name}!A1", link, clean_text(owner.code))
    put_text(sheet, row, 1, owner.name, look.row(align="left", shrink=True))
    put_text(sheet, row, 2, owner.teacher, look.row(align="left", shrink=True))
    shape = look.row(align="center")
    students = f"=COUNTA({name}!$A${page.first + 1}:$A${page.last + 1})" if page.grid.students else "=0"
    sheet.write_formula(row, 3, students, shape, len(page.grid.students))
    sheet.write_number(row, 4, len(page.grid.sessions), shape)
    counts = Counter(state.status for state in page.grid.states.values())
    share = status_cells.percent(counts, page.statuses)
    cells = [(f"{xl_col_to_name(_COUNTS + i)}{row + 1}", one) for i, one in enumerate(page.statuses)]
    formula = status_cells.percent_formula(cells)
    sheet.write_formula(row, 5, formula, look.row(align="center", num_format="0%"), "" if share is None else share)
    for number, one in enumerate(page.statuses):
        source = xl_rowcol_to_cell(page.totals, 3 + number)
        sheet.write_formula(row, _COUNTS + number, f"={name}!{source}", shape, counts[one.code])


def _put_totals(sheet: Worksheet, look: Look, pages: Sequence[GridPage], row: int) -> None:
    statuses = pages[0].statuses
    counts = Counter(state.status for page in pages for state in page.grid.states.values())
    strong = {"bold": True, "top": 1, "top_color": QUIET}
    sheet.set_row(row, 20)
    put_text(sheet, row, 0, "Totals", look.row(align="left", indent=1, **strong))
    for column in (1, 2, 3):
        sheet.write_blank(row, column, None, look.row(**strong))
    shape = look.row(align="center", **strong)
    held = sum(len(page.grid.sessions) for page in pages)
    sheet.write_formula(row, 4, f"=SUM(E{_HEAD + 2}:E{row})", shape, held)
    cells = [(f"{xl_col_to_name(_COUNTS + i)}{row + 1}", one) for i, one in enumerate(statuses)]
    share = status_cells.percent(counts, statuses)
    shape_percent = look.row(align="center", num_format="0%", **strong)
    sheet.write_formula(row, 5, status_cells.percent_formula(cells), shape_percent, "" if share is None else share)
    for number, one in enumerate(statuses):
        name = xl_col_to_name(_COUNTS + number)
        sheet.write_formula(row, _COUNTS + number, f"=SUM({name}{_HEAD + 2}:{name}{row})", shape, counts[one.code])
