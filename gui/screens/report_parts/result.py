"""What a report comes to, on the screen: sentences, tables that can be sorted, charts."""

from __future__ import annotations

import tkinter.font as tkfont
from collections.abc import Callable
from typing import TYPE_CHECKING

import ttkbootstrap as ttk
from PIL import Image, ImageTk

from gui.texts import _, anchor, number_text, shortened, start, told
from gui.theme import font, on_change, pixels
from gui.widgets.picture import Chart, as_chart
from gui.widgets.small import EmptyState, follow_width
from gui.widgets.table import Column, Table

if TYPE_CHECKING:
    import tkinter as tk

    from core.reports.result import Cell, ReportResult
    from core.reports.result import Column as ReportColumn
    from core.reports.result import Table as ReportTable
    from gui.preferences import Mode

Row = tuple[int, "tuple[Cell, ...]"]
MEASURED = 100
"""So many rows decide how wide a column is."""
LONGEST_CELL = 60
LEAST_WIDTH, MOST_WIDTH, AROUND = 56, 300, 12
"""Pixels at 100 %."""
LEAST_CHART, CHART_MARGIN = 200, 30


def chart_picture(result: ReportResult, wide: int) -> Chart | None:
    """The charts as one picture, at most ``wide`` pixels; in a thread, for it takes a second.  None for no charts."""
    if not result.charts:
        return None
    from core.reports.charts.drawing import draw
    from core.reports.charts.style import as_image

    made = as_chart(as_image(draw(result.charts)))
    return Chart(_narrowed(made.light, wide), _narrowed(made.dark, wide))


def _narrowed(picture: Image.Image, wide: int) -> Image.Image:
    width = max(LEAST_CHART, min(picture.width, wide))
    if width == picture.width:
        return picture
    return picture.resize((width, round(picture.height * width / picture.width)), reducing_gap=2.0)


class ResultView(ttk.Frame):
    """One result; another one takes its place."""

    def __init__(self, parent: tk.Misc, mode: Callable[[], Mode]) -> None:
        """mode: whether the window is light or dark at the moment."""
        super().__init__(parent)
        self._mode = mode
        self.tables: list[Table[Row]] = []
        self._photo: ImageTk.PhotoImage | None = None
        self._picture: Chart | None = None
        self._chart: ttk.Label | None = None
        on_change(self, self._recoloured)

    def show(self, result: ReportResult, picture: Chart | None) -> None:
        """Fill it anew."""
        self.clear()
        lines = [(shortened(told(result.title), 100), "Title.TLabel")]
        lines += [(told(sentence)[:400], "TLabel") for sentence in result.sentences[:4]]
        for text, style in lines:
            follow_width(ttk.Label(self, text=text, style=style, anchor=anchor(), justify=start())).pack(fill="x")
        filled = [one for one in result.tables if one.rows]
        if not filled and picture is None:
            EmptyState(self, "check2", _("Nothing to list")).pack(pady=pixels(self, 20))
            return
        book = ttk.Notebook(self)
        book.pack(fill="both", expand=True, pady=(pixels(self, 10), 0))
        for table in filled:
            self._add_table(book, table)
        if picture is not None:
            self._add_chart(book, picture)

    @property
    def chart_width(self) -> int:
        """How wide a chart can be, in pixels."""
        return self.winfo_width() - pixels(self, 2 * CHART_MARGIN)

    def clear(self) -> None:
        """Show nothing."""
        self.tables, self._photo, self._picture, self._chart = [], None, None, None
        for old in self.winfo_children():
            old.destroy()

    def _add_table(self, book: ttk.Notebook, table: ReportTable) -> None:
        frame = ttk.Frame(book, padding=pixels(self, 8))
        book.add(frame, text=f"{told(table.title)[:28]}  ({number_text(len(table.rows))})")
        columns = [self._column(table, number) for number in range(len(table.columns))]
        shown = Table(frame, columns, key=lambda row: str(row[0]))
        shown.pack(fill="both", expand=True)
        shown.set_rows(list(enumerate(table.rows)))
        self.tables.append(shown)

    def _column(self, table: ReportTable, number: int) -> Column[Row]:
        column = table.columns[number]
        heads = tkfont.nametofont("TkHeadingFont", self).measure(f"{_(column.name)} ▼")
        cells = {_text(column, row[number])[:LONGEST_CELL] for row in table.rows[:MEASURED]}
        longest = max((tkfont.nametofont(font(), self).measure(one) for one in cells), default=0)
        width = (max(heads, longest) + pixels(self, AROUND)) * 100 // pixels(self, 100)
        return Column(
            _(column.name),
            lambda row: _text(column, row[1][number]),
            max(LEAST_WIDTH, min(MOST_WIDTH, width)),
            _order(number),
            "end" if column.is_figure else "start",
            stretch=number == _widest_text(table),
        )

    def _add_chart(self, book: ttk.Notebook, picture: Chart) -> None:
        frame = ttk.Frame(book)
        book.add(frame, text=_("Charts"))
        place = ttk.ScrolledFrame(frame)
        place.pack(fill="both", expand=True)
        self._picture = picture
        self._chart = ttk.Label(place)
        self._chart.pack(anchor="n")
        frame.bind("<Configure>", lambda event: self._fit(event.width))

    def _fit(self, wide: int) -> None:
        """As wide as the page, and never wider than it was drawn: so only a narrower window costs anything."""
        if self._picture is None or self._chart is None:
            return
        picture = self._picture.fitting(self._mode())
        width = max(LEAST_CHART, min(picture.width, wide - pixels(self, CHART_MARGIN)))
        if self._photo is not None and self._photo.width() == width:
            return
        self._photo = ImageTk.PhotoImage(_narrowed(picture, width), master=self)
        self._chart.configure(image=self._photo)

    def _recoloured(self) -> None:
        if self._photo is not None:
            wide = self._photo.width() + pixels(self, CHART_MARGIN)
            self._photo = None
            self._fit(wide)


def _text(column: ReportColumn, cell: Cell) -> str:
    from core.reports.cells import cell_text

    return cell_text(column, cell, _)


def _order(number: int) -> Callable[[Row], tuple[bool, object]]:
    """Nothing comes after everything."""

    def order(row: Row) -> tuple[bool, object]:
        cell = row[1][number]
        letter = getattr(cell, "letter", cell)
        return letter is None, letter.casefold() if isinstance(letter, str) else "" if letter is None else letter

    return order


def _widest_text(table: ReportTable) -> int:
    """The text column that takes the room that is left."""
    texts = [number for number, one in enumerate(table.columns) if one.kind == "text"]
    names = [number for number in texts if table.columns[number].name in ("Name", "Student", "Class", "Why")]
    return next(iter(names or texts), 0)
