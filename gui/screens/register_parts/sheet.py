"""The register as a sheet: names that stay, lessons that scroll, a cursor that keys and mouse move.

One canvas, and on it only what can be seen; scrolling goes by whole rows and columns, so that a large class costs no
more than a small one.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as ttk

from gui.screens.register_parts.drawing import Painter
from gui.screens.register_parts.look import Letters, Sizes
from gui.screens.register_parts.month import Key, Month
from gui.texts import is_right_to_left
from gui.theme import on_change

Place = tuple[int, int]
"""Row and column, from 0."""
STEPS = {"Up": (-1, 0), "Down": (1, 0), "Left": (0, -1), "Right": (0, 1)}


class RegisterSheet(ttk.Frame):
    """on_move: the cursor is on another mark (None: there is nothing to stand on); on_open: Enter or double click."""

    def __init__(self, parent: tk.Misc, *, on_move: Callable[[Key | None], None], on_open: Callable[[], None]) -> None:
        super().__init__(parent)
        self.month: Month | None = None
        self.cursor: Place = (0, 0)
        self.top = self.left = 0
        self._on_move, self._on_open = on_move, on_open
        self.canvas = tk.Canvas(self, takefocus=True, highlightthickness=0, borderwidth=0)
        self._down = ttk.Scrollbar(self, orient="vertical", command=lambda *how: self._scroll(0, *how))
        self._along = ttk.Scrollbar(self, orient="horizontal", command=lambda *how: self._scroll(1, *how))
        self.canvas.grid(row=0, column=0, sticky="nsew")
        self._down.grid(row=0, column=1, sticky="ns")
        self._along.grid(row=1, column=0, sticky="ew")
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        self.letters = Letters(self)
        self._painter = Painter(self.canvas, self.letters)
        self._bind()
        on_change(self.canvas, self.draw)

    def set_month(self, month: Month, lesson: int | None = None) -> None:
        """Show a month; the cursor stays on its student, and goes to the lesson with this id or to the last one."""
        same = self.month is not None and self.month.grid.school_class.id == month.grid.school_class.id
        self.month = month
        wide = max((self.letters.body.measure(one.letter) for one in month.statuses), default=0)
        self._painter.sizes = Sizes.of(self, self.letters, wide)
        found = [place for place, one in enumerate(month.lessons) if one.id == lesson]
        column = found[0] if found else len(month.lessons) - 1
        if not same:
            self.top = 0
        self.left = 0
        self.move_to(self.cursor[0] if same else 0, column)

    def update_month(self, month: Month) -> None:
        """Show the same month as it is now."""
        lesson = self.lesson_id
        self.month = month
        found = [place for place, one in enumerate(month.lessons) if one.id == lesson]
        self.move_to(self.cursor[0], found[0] if found else self.cursor[1])

    @property
    def key(self) -> Key | None:
        """The session and the student that the cursor is on."""
        month, (row, column) = self.month, self.cursor
        if month is None or not (row < len(month.students) and column < len(month.lessons)):
            return None
        return month.lessons[column].id, month.students[row].id

    @property
    def lesson_id(self) -> int | None:
        """The lesson that the cursor is in."""
        month = self.month
        return month.lessons[self.cursor[1]].id if month and self.cursor[1] < len(month.lessons) else None

    def move_to(self, row: int, column: int) -> None:
        """Put the cursor on a mark, or as near to it as there is one, and bring it into sight."""
        if self.month is None:
            return
        row = max(0, min(row, len(self.month.students) - 1))
        column = max(0, min(column, len(self.month.lessons) - 1))
        self.cursor = row, column
        rows, columns = self.seen
        self.top = max(min(self.top, row), row - rows + 1)
        self.left = max(min(self.left, column), column - columns + 1)
        self.draw()
        self._on_move(self.key)

    @property
    def seen(self) -> Place:
        """How many whole rows and columns there is room for, at least 1."""
        self._painter.fit(self.month)
        return self._painter.seen

    def draw(self) -> None:
        """Draw what can be seen."""
        if self.month is None:
            self._painter.clear()
            return
        rows, columns = self.seen
        self.top = max(0, min(self.top, len(self.month.students) - rows))
        self.left = max(0, min(self.left, len(self.month.lessons) - columns))
        has_focus = self.canvas.focus_get() is self.canvas
        self._painter.paint(self.month, (self.top, self.left), self.cursor, has_focus=has_focus)
        self._show_bar(self._down, self.top, rows, len(self.month.students))
        self._show_bar(self._along, self.left, columns, len(self.month.lessons))

    def place_of(self, row: int, column: int) -> tuple[int, int]:
        """Where the middle of a mark is on the canvas, in pixels."""
        return self._painter.middle(row - self.top, column - self.left)

    def _show_bar(self, bar: ttk.Scrollbar, first: int, seen: int, count: int) -> None:
        if count <= seen:
            bar.grid_remove()
        else:
            bar.grid()
            begin, finish = first / count, min(1.0, (first + seen) / count)
            is_mirrored = bar is self._along and is_right_to_left()
            bar.set(*((1 - finish, 1 - begin) if is_mirrored else (begin, finish)))

    def _scroll(self, axis: int, how: str, amount: str, unit: str = "") -> None:
        if self.month is None:
            return
        count = len(self.month.lessons if axis else self.month.students)
        is_mirrored = bool(axis) and is_right_to_left()
        if how == "moveto":
            first = round(float(amount) * count)
            self._scroll_to(axis, count - self.seen[axis] - first if is_mirrored else first)
        else:
            step = (self.seen[axis] if unit == "pages" else 1) * (-1 if is_mirrored else 1)
            self._scroll_to(axis, (self.left if axis else self.top) + int(amount) * step)

    def _scroll_to(self, axis: int, first: int) -> None:
        before = self.top, self.left
        if axis:
            self.left = first
        else:
            self.top = first
        if (self.top, self.left) != before:
            self.draw()

    def _bind(self) -> None:
        canvas = self.canvas
        for name in STEPS:
            canvas.bind(f"<{name}>", self._step)
        jumps: dict[str, Callable[[], Place]] = {
            "<Home>": lambda: (self.cursor[0], 0),
            "<End>": lambda: (self.cursor[0], 10**6),
            "<Control-Home>": lambda: (0, 0),
            "<Control-End>": lambda: (10**6, 10**6),
            "<Prior>": lambda: (self.cursor[0] - self.seen[0], self.cursor[1]),
            "<Next>": lambda: (self.cursor[0] + self.seen[0], self.cursor[1]),
        }
        for key, jump in jumps.items():
            canvas.bind(key, lambda _event, to=jump: self._jump(to()))  # type: ignore[misc]  # a default binds it
        canvas.bind("<Configure>", lambda _event: self.draw())
        canvas.bind("<FocusIn>", lambda _event: self.draw())
        canvas.bind("<FocusOut>", lambda _event: self.draw())
        canvas.bind("<Button-1>", self._clicked)
        canvas.bind("<Double-Button-1>", self._double)
        canvas.bind("<Return>", lambda _event: self._on_open())
        canvas.bind("<MouseWheel>", lambda event: self._wheel(0, -1 if event.delta > 0 else 1))
        canvas.bind("<Shift-MouseWheel>", lambda event: self._wheel(1, -1 if event.delta > 0 else 1))
        for button, by in ((4, -1), (5, 1)):
            canvas.bind(f"<Button-{button}>", lambda _event, n=by: self._wheel(0, n))  # type: ignore[misc]
            canvas.bind(f"<Shift-Button-{button}>", lambda _event, n=by: self._wheel(1, n))  # type: ignore[misc]

    def _wheel(self, axis: int, by: int) -> None:
        self._scroll_to(axis, (self.left if axis else self.top) + by * (1 if axis else 3))

    def _step(self, event: tk.Event[tk.Misc]) -> str:
        down, along = STEPS[event.keysym]
        return self._jump((self.cursor[0] + down, self.cursor[1] + (-along if is_right_to_left() else along)))

    def _jump(self, to: Place) -> str:
        self.move_to(*to)
        return "break"

    def _clicked(self, event: tk.Event[tk.Misc]) -> None:
        self.canvas.focus_set()
        row, column = self._painter.at(event.x, event.y)
        here = self.cursor
        self.move_to(here[0] if row is None else row + self.top, here[1] if column is None else column + self.left)

    def _double(self, event: tk.Event[tk.Misc]) -> None:
        if None not in self._painter.at(event.x, event.y):
            self._on_open()
