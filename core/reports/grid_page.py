"""One page of a workbook with students as rows and lessons as columns; totals and percentages are formulas."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from core.records import Student
from core.reports import sheet_state, status_cells
from core.reports.workbook import LINE, QUIET, Look, clean_text, footer_text, put_text, text_width
from core.store.register_grid import RegisterGrid
from core.store.sessions import SessionRow
from core.store.statuses import Status

TOTALS = "Totals"
_FREE_FILL = "#F1F3F5"
_HEADS = 3
"""First row (from 0) of the header; above it stand the title, a line about the page and a gap."""
_COUNTS = 3
"""First column (from 0) of the counts; before it roll number, name and percentage."""
_COUNT_WIDTH = 4.4
_FITTING_WIDTH = 200
"""So many digits side by side are still readable when they are made to fit on one page."""
_SCALE_OF_WIDE = 72
_LINE_PT = 15
_ROW_PT = 17


@dataclass(frozen=True, slots=True)
class HeadRow:
    """One row above the columns.  upright: the texts are turned by a quarter; height in points."""

    texts: Sequence[str]
    height: float
    upright: bool = False


@dataclass(frozen=True, slots=True)
class GridPage:
    """What stands on a page.  columns: a lesson each, None for a day without one; minimum: percent, 0 to 100."""

    name: str
    title: str
    line: str
    footer: str
    grid: RegisterGrid
    statuses: Sequence[Status]
    columns: Sequence[SessionRow | None]
    heads: Sequence[HeadRow]
    minimum: float
    column_width: float = 4.5
    one_page_wide: bool = False
    counts: list[Counter[str]] = field(default_factory=list)

    @property
    def head(self) -> int:
        """The last header row (from 0), which names the columns."""
        return _HEADS + len(self.heads)

    @property
    def first(self) -> int:
        return self.head + 1

    @property
    def last(self) -> int:
        return self.head + max(1, len(self.grid.students))

    @property
    def left(self) -> int:
        """The first lesson's column."""
        return _COUNTS + len(self.statuses)

    @property
    def right(self) -> int:
        return self.left + max(1, len(self.columns)) - 1

    @property
    def totals(self) -> int:
        """The row with the sums, below it one row a status, who was in the room, and the percentage."""
        return self.last + 1

    @property
    def percent_row(self) -> int:
        return self.totals + len(self.statuses) + 2

    @property
    def in_room_row(self) -> int:
        return self.percent_row - 1

    @property
    def totals_text(self) -> str:
        """The text that ends the table; no student has it as roll number."""
        taken = {one.roll.casefold() for one in self.grid.students}
        text = TOTALS
        while text.casefold() in taken:
            text += " ·"
        return text

    def codes_of(self, student: Student) -> list[str | None]:
        """The codes of a row's marks, column by column."""
        states = self.grid.states
        found = (None if one is None else states.get((one.id, student.id)) for one in self.columns)
        return [None if state is None else state.status for state in found]


def column_label(session: SessionRow) -> str:
    """How a column is told from the others, also after somebody moved it."""
    return f"#{session.id}"


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


def state_of(page: GridPage) -> sheet_state.PageState:
    """What the page shows, for the comparison with an edited one."""
    grid = page.grid
    here = [one for one in page.columns if one is not None]
    rows = (
        sheet_state.StudentState(student.id, student.roll, tuple(_codes(grid, here, student)))
        for student in grid.students
    )
    return sheet_state.PageState(
        name=page.name,
        kind="register",
        class_id=grid.school_class.id,
        class_code=grid.school_class.code,
        fingerprint=grid.fingerprint,
        last_change=grid.last_change,
        as_of=grid.as_of.isoformat(),
        sessions=tuple((one.id, grid.made[one.id]) for one in here),
        students=tuple(rows),
        last_row_text=page.totals_text,
    )


def _codes(grid: RegisterGrid, sessions: Sequence[SessionRow], student: Student) -> Iterator[str | None]:
    for one in sessions:
        state = grid.states.get((one.id, student.id))
        yield None if state is None else state.status


def _set_columns(sheet: Worksheet, page: GridPage) -> None:
    students = page.grid.students
    sheet.set_column(0, 0, _fitting([one.roll for one in students], 9, 16))
    sheet.set_column(1, 1, _fitting([one.name for one in students], 20, 32))
    sheet.set_column(2, 2, 7.5)
    sheet.set_column(_COUNTS, page.left - 1, _COUNT_WIDTH)
    for number, session in enumerate(page.columns):
        width = page.column_width if session is not None else 3.4
        sheet.set_column(page.left + number, page.left + number, width)


def _fitting(texts: Sequence[str], least: int, most: int) -> int:
    return min(most, max([least, *(text_width(text) + 2 for text in texts)]))


def _put_heads(sheet: Worksheet, look: Look, page: GridPage) -> None:
    for number, head in enumerate(page.heads):
        row = _HEADS + number
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
        put_text(sheet, page.head, _COUNTS + number, one.letter, shape)
    # Small, for it is there to be looked up (and read back), not to be read.
    label = look.head(align="center", font_size=7, bold=False, shrink=True)
    for number, session in enumerate(page.columns):
        put_text(sheet, page.head, page.left + number, column_label(session) if session else "", label)


def _put_student(sheet: Worksheet, look: Look, page: GridPage, row: int, student: Student) -> None:
    codes = page.codes_of(student)
    counts = Counter(code for code in codes if code is not None)
    page.counts.append(counts)
    lines = -(-(text_width(student.name) + 1) // 31)
    sheet.set_row(row, min(409, max(_ROW_PT, lines * _LINE_PT)))
    put_text(sheet, row, 0, student.roll, look.row(align="left", indent=1, text_wrap=True))
    put_text(sheet, row, 1, student.name, look.row(align="left", text_wrap=True))
    cells = f"${xl_col_to_name(page.left)}{row + 1}:${xl_col_to_name(page.right)}{row + 1}"
    percent_shape = look.row(align="center", num_format="0%")
    _put_percent(sheet, (row, 2), _count_cells(page, row), page, counts, percent_shape)
    for number, one in enumerate(page.statuses):
        formula = "=" + status_cells.count_formula(cells, one.letter)
        sheet.write_formula(row, _COUNTS + number, formula, look.row(align="center"), counts[one.code])
    _put_marks(sheet, look, page, row, student, codes)


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


def _count_cells(page: GridPage, row: int) -> list[tuple[str, Status]]:
    return [(f"{xl_col_to_name(_COUNTS + i)}{row + 1}", one) for i, one in enumerate(page.statuses)]


def _put_percent(
    sheet: Worksheet,
    place: tuple[int, int],
    cells: list[tuple[str, Status]],
    page: GridPage,
    counts: Counter[str],
    shape: object,
) -> None:
    value = status_cells.percent(counts, page.statuses)
    sheet.write_formula(*place, status_cells.percent_formula(cells), shape, "" if value is None else value)


def _put_totals(sheet: Worksheet, look: Look, page: GridPage) -> None:
    """The rows below the students; those of the statuses are the legend too."""
    row, everybody = page.totals, Counter[str]()
    for counts in page.counts:
        everybody += counts
    strong = {"bold": True, "top": 1, "top_color": QUIET}
    sheet.set_row(row, 20)
    put_text(sheet, row, 0, page.totals_text, look.row(align="left", indent=1, **strong))
    put_text(sheet, row, 1, "Marks", look.row(align="left", **strong))
    _put_percent(
        sheet, (row, 2), _count_cells(page, row), page, everybody, look.row(align="center", num_format="0%", **strong)
    )
    for number, one in enumerate(page.statuses):
        name = xl_col_to_name(_COUNTS + number)
        formula = f"=SUM({name}{page.first + 1}:{name}{page.last + 1})"
        sheet.write_formula(row, _COUNTS + number, formula, look.row(align="center", **strong), everybody[one.code])
        _put_legend(sheet, look, page, page.totals + 1 + number, one)
    for words, at in (("In the room", page.in_room_row), ("Attendance", page.percent_row)):
        put_text(sheet, at, 1, words, look.row(align="left", bold=True))
        for column in (0, *range(2, page.left)):
            sheet.write_blank(at, column, None, look.row())
    for number, session in enumerate(page.columns):
        if session is not None:
            _put_column_totals(sheet, look, page, page.left + number, session)


def _put_legend(sheet: Worksheet, look: Look, page: GridPage, row: int, status: Status) -> None:
    letter = look.row(align="center", bold=True, bg_color=status.colour, font_color=status.ink)
    put_text(sheet, row, 0, status.letter, letter)
    put_text(sheet, row, 1, status.name, look.row(align="left"))
    for column in range(2, page.left):
        sheet.write_blank(row, column, None, look.row())


def _put_column_totals(sheet: Worksheet, look: Look, page: GridPage, column: int, session: SessionRow) -> None:
    name = xl_col_to_name(column)
    found = (page.grid.states.get((session.id, one.id)) for one in page.grid.students)
    counts = Counter(state.status for state in found if state is not None)
    edges = {"align": "center", "left": 1, "left_color": LINE, "font_size": 9}
    shape = look.row(**edges)
    begin = page.totals + 1
    cells = [(f"{name}{begin + number + 1}", one) for number, one in enumerate(page.statuses)]
    for number, one in enumerate(page.statuses):
        formula = "=" + status_cells.count_formula(f"{name}${page.first + 1}:{name}${page.last + 1}", one.letter)
        sheet.write_formula(begin + number, column, formula, shape, counts[one.code])
    strong = look.row(bold=True, top=1, top_color=QUIET, **edges)
    total = f"=SUM({cells[0][0]}:{cells[-1][0]})"
    sheet.write_formula(page.totals, column, total, strong, sum(counts.values()))
    here = [(cell, one.code) for cell, one in cells if one.in_room]
    formula = "=" + ("+".join(cell for cell, _ in here) or "0")
    sheet.write_formula(page.in_room_row, column, formula, shape, sum(counts[code] for _, code in here))
    share = look.row(num_format="0%", **{**edges, "font_size": 8}, shrink=True)
    _put_percent(sheet, (page.percent_row, column), cells, page, counts, share)


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
    sheet.repeat_rows(_HEADS, page.head)
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
