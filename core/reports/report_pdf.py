"""A report as A4 pages: findings, tables that go on over pages with their head, the charts."""

from io import BytesIO
from textwrap import wrap
from typing import Any

from matplotlib import rc_context
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from core.reports.cells import cell_text
from core.reports.charts.drawing import draw
from core.reports.charts.style import GREY, INK, drawable, fonts
from core.reports.output import Paper
from core.reports.result import Cell, ReportResult, Table
from core.reports.workbook import HEADER_FILL, LINE, text_width
from core.store.statuses import Status

SHORT, LONG = 8.27, 11.69
"""A4, inches."""
MARGIN, FOOT, ROW, LINE_HEIGHT = 0.55, 0.55, 0.205, 0.19
"""Inches: around a page, below its last row, a row of a table, a line of text."""
LETTER, LETTERS_PT = 0.063, 7.5
"""Inches that a letter takes in a table, and its size."""
WIDEST = 34
"""Longer texts of a cell are cut to so many letters."""
MEASURED, MOST_ROWS = 500, 2000
"""So many rows decide how wide a column is, and so many are printed at most."""


class _Document:
    """Pages being filled from above; ``top`` is how many inches of the last one are used."""

    def __init__(self, across: bool) -> None:
        self.wide, self.high = (LONG, SHORT) if across else (SHORT, LONG)
        self.pages: list[Figure] = []
        self.turn()

    def turn(self) -> None:
        """Begin a new page."""
        self.pages.append(Figure(figsize=(self.wide, self.high), facecolor="white"))
        self.top = MARGIN

    def has_room(self, inches: float) -> bool:
        return self.top + inches <= self.high - FOOT

    def text(self, left: float, text: str, size: float, line: float = LINE_HEIGHT, **more: object) -> None:
        """Text at ``left`` inches, in the middle of a line that begins at ``top``."""
        y = 1 - (self.top + line / 2) / self.high
        looks: dict[str, Any] = {"color": INK, "va": "center", "family": fonts(), **more}
        self.pages[-1].text(left / self.wide, y, text, fontsize=size, **looks)

    def fill(self, left: float, wide: float, high: float, colour: str) -> None:
        """A coloured box that begins at ``top``."""
        corner = (left / self.wide, 1 - (self.top + high) / self.high)
        box = Rectangle(corner, wide / self.wide, high / self.high, facecolor=colour, edgecolor="none")
        box.set_transform(self.pages[-1].transFigure)
        self.pages[-1].add_artist(box)


def as_pdf(result: ReportResult, paper: Paper) -> bytes:
    """The document's bytes."""
    widths = [_widths(table) for table in result.tables]
    document = _Document(across=max(map(sum, widths), default=0.0) > SHORT - 2 * MARGIN)
    _put_heading(document, result)
    for table, wide in zip(result.tables, widths, strict=True):
        _put_table(document, table, wide)
    pages = document.pages + ([draw(result.charts, result.title)] if result.charts else [])
    buffer = BytesIO()
    about = {"Title": result.title[:200], "CreationDate": paper.printed_at}
    # Letters stay letters: a name can be searched for and copied.
    with rc_context({"pdf.fonttype": 42}), PdfPages(buffer, metadata=about) as target:
        for number, page in enumerate(pages, 1):
            _put_foot(page, paper, f"{number} / {len(pages)}")
            target.savefig(page)
    return buffer.getvalue()


def _put_heading(document: _Document, result: ReportResult) -> None:
    letters = 85 if document.wide == LONG else 58
    for line in wrap(result.title, letters)[:3]:
        document.text(MARGIN, drawable(line, letters), 13, 0.3, weight="bold")
        document.top += 0.28
    document.top += 0.08
    for sentence in result.sentences:
        for line in wrap(sentence, round(letters * 1.7)):
            document.text(MARGIN, drawable(line, 200), 9)
            document.top += LINE_HEIGHT


def _put_table(document: _Document, table: Table, widths: list[float]) -> None:
    if not document.has_room(1.2):
        document.turn()
    document.top += 0.2
    document.text(MARGIN, drawable(table.title, 90), 10, weight="bold")
    document.top += 0.26
    # A table wider than the page is printed smaller.
    shrink = min(1.0, (document.wide - 2 * MARGIN) / max(sum(widths), 1.0))
    widths = [one * shrink for one in widths]
    _put_head(document, table, widths, shrink)
    for number, row in enumerate(table.rows[:MOST_ROWS]):
        if not document.has_room(ROW):
            document.turn()
            _put_head(document, table, widths, shrink)
        if number % 2:
            document.fill(MARGIN, sum(widths), ROW, "#F3F5F7")
        _put_row(document, table, row, widths, shrink)
    if not table.rows:
        document.text(MARGIN + 0.05, "none", LETTERS_PT, ROW, color=GREY, style="italic")
        document.top += ROW
    if len(table.rows) > MOST_ROWS:
        more = f"{len(table.rows) - MOST_ROWS:,} more rows are in the report as xlsx or csv."
        document.text(MARGIN + 0.05, more, LETTERS_PT, ROW, color=GREY, style="italic")
        document.top += ROW


def _put_head(document: _Document, table: Table, widths: list[float], shrink: float) -> None:
    document.fill(MARGIN, sum(widths), ROW, HEADER_FILL)
    left = MARGIN
    for column, wide in zip(table.columns, widths, strict=True):
        place, side = (left + wide - 0.06, "right") if column.is_figure else (left + 0.06, "left")
        document.text(place, column.name, LETTERS_PT * shrink, ROW, color="white", weight="bold", ha=side)
        left += wide
    document.top += ROW


def _put_row(document: _Document, table: Table, row: tuple[Cell, ...], widths: list[float], shrink: float) -> None:
    left = MARGIN
    for column, cell, wide in zip(table.columns, row, widths, strict=True):
        text = drawable(cell_text(column, cell), WIDEST)
        place, side = (left + wide - 0.06, "right") if column.is_figure else (left + 0.06, "left")
        ink = INK
        if isinstance(cell, Status):
            document.fill(left + 0.02, wide - 0.04, ROW - 0.02, cell.colour)
            ink = cell.ink
        if text:
            document.text(place, text, LETTERS_PT * shrink, ROW, color=ink, ha=side)
        left += wide
    document.top += ROW
    document.fill(MARGIN, sum(widths), 0.005, LINE)


def _widths(table: Table) -> list[float]:
    """Inches of each column."""
    found = []
    for number, column in enumerate(table.columns):
        cells = (text_width(cell_text(column, row[number])) for row in table.rows[:MEASURED])
        # The head is bold, so wider.
        found.append(LETTER * min(WIDEST, max([text_width(column.name) * 1.12, *cells])) + 0.14)
    return found


def _put_foot(page: Figure, paper: Paper, number: str) -> None:
    wide, high = page.get_size_inches()
    for left, text, side in ((MARGIN, paper.line(), "left"), (wide - MARGIN, number, "right")):
        page.text(left / wide, 0.27 / high, drawable(text, 100), fontsize=7, color=GREY, ha=side, family=fonts())
