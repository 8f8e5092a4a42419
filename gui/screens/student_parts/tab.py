"""What the pages of a student's card share."""

from __future__ import annotations

import tkinter as tk
from functools import cached_property
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.office.students import StudentCard
from gui.theme import pixels

if TYPE_CHECKING:
    from gui.screens.student import Screen


class Tab(ttk.Frame):
    """One page; filled by :meth:`show` when it is in front and something may have changed."""

    def __init__(self, screen: Screen, parent: tk.Misc) -> None:
        super().__init__(parent, padding=pixels(parent, 14))
        self.screen = screen
        self.is_stale = True

    def show(self, card: StudentCard) -> None:
        """Fill it for this student."""

    @cached_property
    def inside(self) -> ttk.ScrolledFrame:
        """For what may be higher than the window: scrolls."""
        frame = ttk.ScrolledFrame(self, auto_hide=True)
        frame.pack(fill="both", expand=True)
        return frame

    def is_about(self, card: StudentCard) -> bool:
        """Whether this student is still the one who is shown; asked when something comes back from work."""
        return self.screen.card is not None and self.screen.card.student.id == card.student.id
