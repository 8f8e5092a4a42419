"""Draws the visible part of a register on a canvas."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from babel.dates import format_date

from core.clock import time_text
from gui.screens.register_parts.items import Items
from gui.screens.register_parts.look import Colours, Letters, Sizes
from gui.screens.register_parts.month import Month
from gui.texts import _, day_names, is_right_to_left, language, percent_text
from gui.theme import font, pixels

if TYPE_CHECKING:
    from core.records import Student
    from core.store.sessions import SessionRow
    from core.store.statuses import Status

MOST_FIXED = 0.5
"""The columns that stay may take so much of the width; else the counts are left out."""
FEW_ROWS = 8
"""Where fewer can be seen, the line at the foot with who was there gives its place to one more."""
_SIGNS = {"closed": "✓", "open": "○", "planned": "…"}
Anchor = Literal["w", "e", "center"]


class Painter:
    """Rows and columns are counted from the first one in sight; sides are mirrored for right to left.

    What is on the canvas stays there and is only changed where it differs: a step of the cursor costs next to nothing.
    """

    def __init__(self, canvas: tk.Canvas, letters: Letters) -> None:
        self._canvas, self._letters = canvas, letters
        self.sizes = Sizes.of(canvas, letters, 0)  # type: ignore[arg-type]  # any widget will do
        self.seen = (1, 1)
        self._foot_lines = 2
        self._counts: tuple[Status, ...] = ()
        self._mirrored = is_right_to_left()
        self._colours = Colours.now()
        self._looks: dict[str, tuple[str, str]] = {}
        self._statuses: dict[str, Status] = {}
        self._canvas_items = Items(canvas)

    @property
    def _fixed(self) -> int:
        return self._count_at + len(self._counts) * self.sizes.count

    @property
    def _count_at(self) -> int:
        return self.sizes.roll + self.sizes.name + self.sizes.percent

    def fit(self, month: Month | None) -> None:
        """Find out what there is room for."""
        sizes, wide, high = self.sizes, self._canvas.winfo_width(), self._canvas.winfo_height()
        statuses = () if month is None else month.statuses
        room = self._count_at + len(statuses) * sizes.count <= wide * MOST_FIXED
        self._counts = tuple(statuses) if room else ()
        rows = (high - sizes.head - 2 * sizes.foot) // sizes.row
        self._foot_lines = 2 if rows >= FEW_ROWS else 1
        rows = (high - sizes.head - self._foot_lines * sizes.foot) // sizes.row
        self.seen = max(1, rows), max(1, (wide - self._fixed) // sizes.cell)

    def at(self, x: int, y: int) -> tuple[int | None, int | None]:
        """Row and column at a place of the canvas; None beside the rows or before the lessons."""
        x = self._canvas.winfo_width() - x if self._mirrored else x
        row, column = (y - self.sizes.head) // self.sizes.row, (x - self._fixed) // self.sizes.cell
        return row if 0 <= row < self.seen[0] else None, column if column >= 0 else None

    def middle(self, row: int, column: int) -> tuple[int, int]:
        """The middle of a mark."""
        x = self._fixed + column * self.sizes.cell + self.sizes.cell // 2
        return self._x(x), self.sizes.head + row * self.sizes.row + self.sizes.row // 2

    def paint(self, month: Month, first: tuple[int, int], cursor: tuple[int, int], *, has_focus: bool) -> None:
        """Draw everything that can be seen."""
        self._colours = Colours.now()
        self._statuses = {one.code: one for one in month.statuses}
        self._looks = {one.code: self._colours.cell(one) for one in month.statuses}
        self._canvas.configure(background=self._colours.ground)
        items = self._canvas_items
        items.begin()
        top, left = first
        # One column more than whole ones: what is cut by the edge tells that there is more.
        students = month.students[top : top + self.seen[0]]
        lessons = month.lessons[left : left + self.seen[1] + 1]
        chosen = cursor[0] - top, cursor[1] - left
        items.at("corner")
        self._box(0, 0, self._fixed + len(lessons) * self.sizes.cell, self.sizes.head, self._colours.head)
        self._corner()
        for row, student in enumerate(students):
            items.at("row", row)
            self._student(month, row, student, is_chosen=row == chosen[0])
        for column, lesson in enumerate(lessons):
            items.at("column", column)
            self._lesson_head(month, self._fixed + column * self.sizes.cell, lesson, is_chosen=column == chosen[1])
            for row, student in enumerate(students):
                items.at(row, column)
                self._mark(month, row, column, (lesson, student))
        items.at("lines")
        self._lines(len(students), len(lessons))
        items.at("foot")
        self._foot(month, len(students), lessons)
        items.at("cursor")
        if 0 <= chosen[0] < len(students) and 0 <= chosen[1] < len(lessons):
            self._cursor(*chosen, has_focus=has_focus)
        items.end()

    def clear(self) -> None:
        """Show nothing."""
        self._canvas_items.begin()
        self._canvas_items.end()

    def _lines(self, rows: int, columns: int) -> None:
        sizes, line = self.sizes, self._colours.line
        right, bottom = self._fixed + columns * sizes.cell, sizes.head + rows * sizes.row
        for row in range(rows + 1):
            y = sizes.head + row * sizes.row
            self._canvas_items.put("line", (self._x(0), y, self._x(right), y), fill=line)
        for column in range(columns + 1):
            x = self._x(self._fixed + column * sizes.cell)
            self._canvas_items.put("line", (x, 0, x, bottom + self._foot_lines * sizes.foot), fill=line)

    def _corner(self) -> None:
        y = self.sizes.head - self.sizes.row // 2
        self._text(self._pad, y, _("Student"), self._colours.quiet)
        self._text(self._count_at - self._pad, y, "%", self._colours.quiet, "e")
        for place, status in enumerate(self._counts):
            ground, ink = self._looks[status.code]
            x = self._count_at + place * self.sizes.count
            half = self.sizes.row // 2 - 2
            self._box(x + 2, y - half, x + self.sizes.count - 2, y + half, ground)
            self._text(x + self.sizes.count // 2, y, status.letter, ink, "center")

    @property
    def _pad(self) -> int:
        return pixels(self._canvas, 6)

    def _student(self, month: Month, row: int, student: Student, *, is_chosen: bool) -> None:
        sizes, colours, pad = self.sizes, self._colours, self._pad
        y = sizes.head + row * sizes.row
        self._box(0, y + 1, self._fixed, y + sizes.row, colours.chosen if is_chosen else "")
        y += sizes.row // 2
        self._text(
            pad, y, self._letters.cut(student.roll, sizes.roll - pad), colours.ink if is_chosen else colours.quiet
        )
        self._text(sizes.roll + pad, y, self._letters.cut(student.name, sizes.name - 2 * pad), colours.ink)
        counts = month.counts_of_student(student.id)
        percent = month.percent(counts)
        is_low = percent is not None and percent < month.minimum
        shown = percent_text(None if percent is None else round(percent))
        # The arrow says it to who does not see the colour.
        text, ink = (f"▼ {shown}", colours.problem) if is_low else (shown, colours.ink)
        self._text(self._count_at - pad, y, text, ink, "e")
        for place, status in enumerate(self._counts):
            x = self._count_at + place * sizes.count + sizes.count // 2
            count = counts[status.code]
            self._text(x, y, str(count) if count else "·", colours.ink if count else colours.quiet, "center")

    def _mark(self, month: Month, row: int, column: int, of: tuple[SessionRow, Student]) -> None:
        sizes, (lesson, student) = self.sizes, of
        x, y = self._fixed + column * sizes.cell, sizes.head + row * sizes.row
        state = month.state((lesson.id, student.id))
        status = None if state is None else self._statuses.get(state.status)
        text, ground, ink = "", "", self._colours.quiet
        if status is not None:
            text, (ground, ink) = status.letter, self._looks[status.code]
        elif not month.grid.is_expected(lesson, student.id):
            text = "–"
        self._box(x + 1, y + 1, x + sizes.cell, y + sizes.row, ground)
        self._text(x + sizes.cell // 2, y + sizes.row // 2, text, ink, "center")
        if state is not None and state.reason:
            # There is more to read in the line below.
            self._note(x + sizes.cell, y + 1, ink)

    def _note(self, x: int, y: int, ink: str) -> None:
        size = pixels(self._canvas, 6)
        points = (self._x(x), y, self._x(x - size), y, self._x(x), y + size)
        self._canvas_items.put("polygon", points, fill=ink, outline="")

    def _lesson_head(self, month: Month, x: int, lesson: SessionRow, *, is_chosen: bool) -> None:
        sizes, colours = self.sizes, self._colours
        self._box(x + 1, 0, x + sizes.cell, sizes.head, colours.chosen if is_chosen else "")
        middle, small = x + sizes.cell // 2, self._letters.small.metrics("linespace")
        gap = pixels(self._canvas, 4)
        above = _weekday_or_time(month, lesson)
        if max(map(self._letters.small.measure, (above, *day_names("abbreviated")))) > sizes.cell:
            above = format_date(lesson.day, "EEEEE", locale=language())
        self._text(middle, gap + small // 2, above, colours.quiet, "center", "Small")
        y = (gap + small + sizes.head - gap) // 2
        half = self._letters.body.measure("00") // 2
        aside = middle - half // 2 - gap // 2
        self._text(aside, y, str(lesson.day.day), colours.ink, "center")
        if lesson.id in month.refused or lesson.state == "locked":
            self._padlock(aside + half + 2 * gap, y, small, colours.quiet)
        else:
            self._text(aside + half + 2 * gap, y, _SIGNS.get(lesson.state, ""), colours.quiet, "center", "Small")

    def _padlock(self, x: int, y: int, height: int, ink: str) -> None:
        half, unit = height // 4, max(1, height // 8)
        x = self._x(x)
        arc = (x - half + unit, y - 2 * half + unit, x + half - unit, y + half)
        self._canvas_items.put("arc", arc, start=0, extent=180, style="arc", outline=ink, width=unit)
        self._canvas_items.put("rectangle", (x - half, y - unit, x + half, y + half + unit), fill=ink, outline="")

    def _foot(self, month: Month, rows: int, lessons: Sequence[SessionRow]) -> None:
        sizes, colours = self.sizes, self._colours
        y = sizes.head + rows * sizes.row + sizes.foot // 2
        above = y if self._foot_lines > 1 else None
        y += (self._foot_lines - 1) * sizes.foot
        self._text(sizes.roll + self._pad, y, _("Attendance %"), colours.quiet, size="Small")
        if above is not None:
            self._text(sizes.roll + self._pad, above, _("There"), colours.quiet, size="Small")
        for column, lesson in enumerate(lessons):
            x = self._fixed + column * sizes.cell + sizes.cell // 2
            counts = month.counts_of_lesson(lesson.id)
            percent = month.percent(counts)
            if above is not None:
                there = str(month.in_room(counts)) if counts else ""
                self._text(x, above, there, colours.ink, "center", "Small")
            self._text(x, y, "" if percent is None else f"{percent:.0f}", colours.ink, "center", "Small")

    def _cursor(self, row: int, column: int, *, has_focus: bool) -> None:
        sizes, width = self.sizes, pixels(self._canvas, 3 if has_focus else 1)
        x, y = self._fixed + column * sizes.cell, sizes.head + row * sizes.row
        box = self._x(x), y, self._x(x + sizes.cell), y + sizes.row
        self._canvas_items.put("rectangle", box, on_top=True, outline=self._colours.cursor, width=width)

    def _x(self, x: int) -> int:
        return self._canvas.winfo_width() - x if self._mirrored else x

    def _box(self, x: int, y: int, right: int, bottom: int, fill: str) -> None:
        self._canvas_items.put("rectangle", (self._x(x), y, self._x(right), bottom), fill=fill, outline="")

    def _text(self, x: int, y: int, text: str, ink: str, anchor: Anchor = "w", size: str = "Body") -> None:
        if self._mirrored and anchor != "center":
            anchor = "w" if anchor == "e" else "e"
        self._canvas_items.put("text", (self._x(x), y), text=text, fill=ink, anchor=anchor, font=font(size))


def _weekday_or_time(month: Month, lesson: SessionRow) -> str:
    """The time where the day alone does not tell which lesson it is."""
    several = sum(one.day == lesson.day for one in month.lessons) > 1
    return time_text(lesson.starts_at, month.zone) if several else format_date(lesson.day, "EEE", locale=language())
