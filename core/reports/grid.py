"""A register laid out as a page, whatever it is written to: rows, columns, and formulas with what they come to."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xlsxwriter.utility import xl_col_to_name

from core.records import Student
from core.reports import sheet_state, status_cells
from core.store.register_grid import RegisterGrid
from core.store.sessions import SessionRow
from core.store.statuses import Status

TOTALS = "Totals"
_HEADS = 3
"""First row (from 0) of the header; above it stand the title, a line about the page and the legend."""
COUNTS = 3
"""First column (from 0) of the counts; before it roll number, name and percentage."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A cell with a formula, from row and column 0, and what it comes to; None while there is nothing to weigh."""

    row: int
    column: int
    formula: str
    value: float | None
    is_share: bool = False


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

    @property
    def heads_at(self) -> int:
        """The first header row (from 0)."""
        return _HEADS

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
        return COUNTS + len(self.statuses)

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


def row_figures(page: GridPage, row: int, codes: Sequence[str | None]) -> Iterator[Figure]:
    """The percentage and the counts of a student."""
    counts = Counter(code for code in codes if code is not None)
    cells = f"${xl_col_to_name(page.left)}{row + 1}:${xl_col_to_name(page.right)}{row + 1}"
    yield _share_of_row(page, row, counts)
    for number, one in enumerate(page.statuses):
        formula = "=" + status_cells.count_formula(cells, one.letter)
        yield Figure(row, COUNTS + number, formula, counts[one.code])


def total_figures(page: GridPage) -> Iterator[Figure]:
    """The percentage and the counts of all students together."""
    counts: Counter[str] = Counter()
    for student in page.grid.students:
        counts.update(code for code in page.codes_of(student) if code is not None)
    yield _share_of_row(page, page.totals, counts)
    for number, one in enumerate(page.statuses):
        name = xl_col_to_name(COUNTS + number)
        formula = f"=SUM({name}{page.first + 1}:{name}{page.last + 1})"
        yield Figure(page.totals, COUNTS + number, formula, counts[one.code])


def _share_of_row(page: GridPage, row: int, counts: Counter[str]) -> Figure:
    cells = [(f"{xl_col_to_name(COUNTS + i)}{row + 1}", one) for i, one in enumerate(page.statuses)]
    formula = status_cells.percent_formula(cells)
    return Figure(row, 2, formula, status_cells.percent(counts, page.statuses), is_share=True)


def session_counts(page: GridPage, session: SessionRow) -> Counter[str]:
    """How often each status stands in a session's column, by code."""
    found = (page.grid.states.get((session.id, one.id)) for one in page.grid.students)
    return Counter(state.status for state in found if state is not None)


def column_figures(page: GridPage, column: int, session: SessionRow) -> Iterator[Figure]:
    """The sums of a session: all marks, each status, who was in the room, the percentage."""
    name, begin, counts = xl_col_to_name(column), page.totals + 1, session_counts(page, session)
    cells = [(f"{name}{begin + number + 1}", one) for number, one in enumerate(page.statuses)]
    total = f"=SUM({cells[0][0]}:{cells[-1][0]})" if cells else "=0"
    yield Figure(page.totals, column, total, sum(counts.values()))
    for number, one in enumerate(page.statuses):
        formula = "=" + status_cells.count_formula(f"{name}${page.first + 1}:{name}${page.last + 1}", one.letter)
        yield Figure(begin + number, column, formula, counts[one.code])
    here = [(cell, one.code) for cell, one in cells if one.in_room]
    formula = "=" + ("+".join(cell for cell, _ in here) or "0")
    yield Figure(page.in_room_row, column, formula, sum(counts[code] for _, code in here))
    share = status_cells.percent(counts, page.statuses)
    yield Figure(page.percent_row, column, status_cells.percent_formula(cells), share, is_share=True)


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
