"""A line of widgets that goes on below where there is no more room beside, so that large letters cut nothing off."""

import tkinter as tk

import ttkbootstrap as ttk

from gui.settling import Settling
from gui.texts import is_right_to_left
from gui.theme import pixels

BETWEEN, ROWS_GAP = 8, 6


class Flow(ttk.Frame):
    """Make widgets in it and :meth:`add` them, from the side where reading begins."""

    def __init__(self, parent: tk.Misc) -> None:
        super().__init__(parent)
        self._parts: list[tuple[tk.Widget, int, bool]] = []
        self._changed_size = Settling(self, self._fit)
        self.bind("<Configure>", self._changed_size)

    def add(self, widget: tk.Widget, before: int = BETWEEN, *, at_end: bool = False) -> None:
        """The next one.  before: gap in pixels at 100 %, unless it begins a row; at_end: it and all after it stand at
        the other side, where there is room.
        """
        self._parts.append((widget, pixels(self, before), at_end))
        widget.bind("<Configure>", self._changed_size, add="+")
        self._changed_size()

    def _fit(self) -> None:
        self._parts = [one for one in self._parts if one[0].winfo_exists()]
        wishes = [(one.winfo_reqwidth(), gap) for one, gap, _at_end in self._parts]
        width = sum(wide + gap for wide, gap in wishes) - (wishes[0][1] if wishes else 0)
        # Before it is shown it is one pixel wide.
        room = self.winfo_width() if self.winfo_width() > 1 else width
        top = 0
        for row in rows(wishes, room):
            top += self._place([self._parts[one] for one in row], top, room) + pixels(self, ROWS_GAP)
        self.configure(width=max(1, width), height=max(1, top - pixels(self, ROWS_GAP)))

    def _place(self, parts: list[tuple[tk.Widget, int, bool]], top: int, room: int) -> int:
        high = max(one.winfo_reqheight() for one, _gap, _at_end in parts)
        left = 0
        taken = sum(one.winfo_reqwidth() + gap for one, gap, _at_end in parts) - parts[0][1]
        for number, (widget, gap, at_end) in enumerate(parts):
            wide = min(widget.winfo_reqwidth(), room)
            if at_end:
                left, taken = left + max(0, room - taken), room
            left += gap if number else 0
            x = room - left - wide if is_right_to_left() else left
            # Only what is wider than the line gets a width: all else grows with its words, and tells so.
            fixed = wide if wide < widget.winfo_reqwidth() else ""
            widget.place(x=x, y=top + (high - widget.winfo_reqheight()) // 2, width=fixed)
            left += wide
        return high


def rows(wishes: list[tuple[int, int]], room: int) -> list[list[int]]:
    """Which stand beside each other.  wishes: width and gap before of each; a gap that begins a row is left out."""
    found: list[list[int]] = []
    used = 0
    for number, (wide, gap) in enumerate(wishes):
        if found and used + gap + wide <= room:
            found[-1].append(number)
            used += gap + wide
        else:
            found.append([number])
            used = wide
    return found
