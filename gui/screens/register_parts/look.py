"""Sizes and colours of the register's sheet, and texts that fit their place."""

import tkinter.font as tkfont
from dataclasses import dataclass

import ttkbootstrap as ttk

from core.store.statuses import Status
from gui.theme import LEAST_CONTRAST, card, contrast, font, ink_on, mixed, muted, pixels

DARK = 0.45
"""So much of a status's ink is in its cell on a dark ground."""
DOTS = "…"


@dataclass(frozen=True, slots=True)
class Colours:
    """What the sheet is drawn with; all ``#rrggbb``."""

    ground: str
    ink: str
    quiet: str
    line: str
    head: str
    chosen: str
    cursor: str
    problem: str

    @classmethod
    def now(cls) -> "Colours":
        """Those of the theme in use."""
        found = ttk.Style().colors
        ground, ink = found.bg, found.fg
        return cls(
            ground=ground,
            ink=ink,
            quiet=muted(ground, ink),
            line=mixed(ink, ground, 0.14),
            head=card(ground, ink),
            chosen=mixed(found.primary, ground, 0.2),
            cursor=found.primary,
            problem=found.danger,
        )

    def cell(self, status: Status) -> tuple[str, str]:
        """Ground and ink of a mark: as in the sheets on a light ground, calmer on a dark one."""
        if contrast(self.ground, "#ffffff") < contrast(self.ground, "#000000"):
            return status.colour, status.ink if _reads(status.ink, status.colour) else ink_on(status.colour)
        ground = mixed(status.ink, self.ground, DARK)
        return ground, status.colour if _reads(status.colour, ground) else ink_on(ground)


def _reads(ink: str, ground: str) -> bool:
    return contrast(ink, ground) >= LEAST_CONTRAST


class Letters:
    """Measures texts, each once, and cuts those that are too long."""

    def __init__(self, widget: ttk.Frame) -> None:
        self.body = tkfont.nametofont(font("Body"), widget)
        self.small = tkfont.nametofont(font("Small"), widget)
        self._cut: dict[tuple[str, int], str] = {}

    def cut(self, text: str, width: int) -> str:
        """As much of a text as ``width`` (pixels) holds."""
        key = text, width
        if key not in self._cut:
            self._cut[key] = self._shortened(text, width)
        return self._cut[key]

    def _shortened(self, text: str, width: int) -> str:
        # Nothing that fits is longer than that, whatever the font.
        text = text[:400]
        if self.body.measure(text) <= width:
            return text
        least, most = 0, len(text)
        while least < most:
            middle = (least + most + 1) // 2
            if self.body.measure(text[:middle] + DOTS) <= width:
                least = middle
            else:
                most = middle - 1
        return text[:least] + DOTS


@dataclass(frozen=True, slots=True)
class Sizes:
    """Pixels.  roll to count: widths of the columns that stay; cell: of a lesson; row, head, foot (a line): heights."""

    roll: int
    name: int
    percent: int
    count: int
    cell: int
    row: int
    head: int
    foot: int

    @classmethod
    def of(cls, widget: ttk.Frame, letters: Letters, longest_letter: int) -> "Sizes":
        """longest_letter: pixels of the widest letter of a status."""
        line = letters.body.metrics("linespace")
        small = letters.small.metrics("linespace")
        gap = pixels(widget, 4)
        return cls(
            roll=pixels(widget, 64),
            name=pixels(widget, 172),
            percent=letters.body.measure("▼ 100 %") + 3 * gap,
            count=letters.body.measure("000") + gap,
            cell=max(longest_letter, letters.small.measure("00:00"), letters.body.measure("00 ○")) + 2 * gap,
            row=line + 2 * pixels(widget, 3),
            head=small + line + 2 * gap,
            foot=small + gap,
        )
