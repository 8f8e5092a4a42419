"""The line below the sheet: whose mark the cursor is on, of which lesson, and how it came to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.screens.register_parts.month import (
    Key,
    Month,
    history_text,
    lesson_text,
    mark_text,
)
from gui.texts import _, anchor, end, shortened, start
from gui.theme import pixels

if TYPE_CHECKING:
    import tkinter as tk

    from core.registers import MarkDetails
    from gui.screen import BaseScreen

AFTER_MS = 150
"""The history is looked up once the cursor rests."""
LONGEST_NAME = 40


class MarkLine(ttk.Frame):
    """Two lines that never change their height, so that nothing jumps while one moves about.

    The second one tells the keys where there is no history to tell.
    """

    def __init__(self, parent: tk.Misc, screen: BaseScreen) -> None:
        super().__init__(parent, style="Card.TFrame", padding=(pixels(parent, 12), pixels(parent, 5)))
        self._screen = screen
        self._waiting: str | None = None
        self._key: Key | None = None
        above = ttk.Frame(self, style="Card.TFrame")
        above.pack(fill="x")
        self.mark = ttk.Label(above, style="Card.TLabel", anchor=anchor())
        self.lesson = ttk.Label(above, style="CardMuted.TLabel", anchor=anchor())
        # Where there is little room the lesson gives way: its day and time stand above the sheet too.
        self.mark.pack(side=start())
        self.lesson.pack(side=end(), padx=(pixels(self, 16), 0))
        self.past = ttk.Label(self, style="CardMuted.TLabel", anchor=anchor())
        self.past.pack(fill="x")

    def show(self, month: Month | None, key: Key | None) -> None:
        """Tell of a mark; of nothing for None."""
        if self._waiting is not None:
            self.after_cancel(self._waiting)
            self._waiting = None
        self._key = key
        if month is None or key is None:
            for label in (self.mark, self.lesson, self.past):
                label.configure(text="")
            return
        student = next(one for one in month.students if one.id == key[1])
        lesson = next(one for one in month.lessons if one.id == key[0])
        state = month.state(key)
        name = shortened(student.name, LONGEST_NAME)
        self.mark.configure(text=f"{student.roll}  {name}:  {mark_text(month, state)}")
        self.lesson.configure(text=lesson_text(month, lesson))
        self.past.configure(text=_keys() if state is None else "")
        if state is not None or key in month.typed:
            self._waiting = self.after(AFTER_MS, self._look_up, month, key)

    def warn(self, sentence: str) -> None:
        """Why nothing happened."""
        self.past.configure(text=sentence)

    def _look_up(self, month: Month, key: Key) -> None:
        from core.registers import mark_details

        self._waiting = None

        def fill(found: MarkDetails) -> None:
            if self._key == key:
                self.past.configure(text=history_text(month, found) or _keys())

        self._screen.call(lambda use: mark_details(use.store, *key), fill)


def _keys() -> str:
    return _("A letter sets the mark · Space: the next one · Enter: all of it · Delete: none · Ctrl+Z: undo")
