"""Cards with which students pair their phones, ten to an A4 page, to be cut apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Transform
from numpy.typing import NDArray

from core.confirming.picture import qr_squares
from core.reports.charts.style import GREY, INK, drawable, fonts
from core.store.text import clean_text

WIDE, HIGH = 210.0, 297.0
"""A4, millimetres; so is every length below."""
COLUMNS, ROWS = 2, 5
SIDE, TOP, BOTTOM = 10.0, 12.0, 10.0
"""Around the cards: no printer reaches the edge of the paper."""
CARD_WIDE, CARD_HIGH = (WIDE - 2 * SIDE) / COLUMNS, (HIGH - TOP - BOTTOM) / ROWS
EDGE, QR = 5.0, 34.0
TEXT = CARD_WIDE - EDGE - QR - 3.0
"""How wide what stands beside the QR code may be."""
TOLD = 40.6
"""Where the sentences begin, from the top of a card."""
LINE = 1.3
"""From one line to the next, by the size of the letters."""
INCH, POINT = 25.4, 25.4 / 72
LONGEST = 160
"""Letters of any text; more never fit."""
FINE = 1200
"""Dots an inch by which letters are measured: so fine that rounding to whole dots does no harm."""
CODE_FONT = "DejaVu Sans Mono"
CUT = "#9A9A9A"


@dataclass(frozen=True, slots=True)
class Card:
    """One student's.  address: what the QR code holds; about: class and roll number, in words.

    Every text may be as long as it likes, and is shortened.
    """

    name: str
    about: str
    code: str
    address: str


@dataclass(frozen=True, slots=True)
class Cards:
    """What is printed.

    lasts: how long a code works; told: sentences on each card; margin: beside the cards, for who prints them.
    printed_at: naive, on the school's clock.  from_right: read from right to left, so mirrored.
    """

    school: str
    title: str
    cards: Sequence[Card]
    lasts: str
    told: Sequence[str]
    margin: str
    printed_at: datetime
    from_right: bool = False


class _Page:
    """One sheet of paper; places are millimetres from its left upper corner."""

    def __init__(self) -> None:
        self.figure = Figure(figsize=(WIDE / INCH, HIGH / INCH), facecolor="white")
        flip = Affine2D().scale(1 / INCH, -1 / INCH).translate(0, HIGH / INCH)
        self._place: Transform = flip + self.figure.dpi_scale_trans

    def text(self, left: float, top: float, text: str, size: float, **looks: object) -> None:
        """Letters of ``size`` points that hang from ``top``."""
        given: dict[str, Any] = {"color": INK, "va": "top", "family": fonts(), **looks}
        self.figure.text(left, top, text, fontsize=size, transform=self._place, **given)

    def cut_lines(self) -> None:
        """Between all cards and around them, beyond them too, so that a straight cut finds them."""
        for column in range(COLUMNS + 1):
            self._cut((SIDE + column * CARD_WIDE,) * 2, (TOP - 3.0, HIGH - 4.0))
        for row in range(ROWS + 1):
            self._cut((4.0, WIDE - 4.0), (TOP + row * CARD_HIGH,) * 2)

    def _cut(self, across: tuple[float, float], down: tuple[float, float]) -> None:
        looks: dict[str, Any] = {"color": CUT, "linewidth": 0.5, "linestyle": (0, (4, 4))}
        self.figure.add_artist(Line2D(across, down, transform=self._place, **looks))

    def qr(self, left: float, top: float, text: str) -> None:
        """The QR code as one shape, which is sharp at any size; its white border is part of it."""
        squares = qr_squares(text)
        side = QR / len(squares)
        points, codes = [], []
        for row, line in enumerate(squares):
            for first, last in _runs(line):
                x, y, end = left + first * side, top + row * side, left + last * side
                # A trace further down, or some readers of PDF show white hairs between the rows.
                below = y + side * 1.02
                points += [(x, y), (end, y), (end, below), (x, below), (x, y)]
                codes += [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
        shape = PathPatch(Path(points, codes), facecolor="black", edgecolor="none", transform=self._place)
        self.figure.add_artist(shape)


def as_pdf(cards: Cards) -> bytes:
    """The document's bytes."""
    each = COLUMNS * ROWS
    pages = [cards.cards[first : first + each] for first in range(0, len(cards.cards), each)]
    buffer = BytesIO()
    about = {"Title": cards.title[:200], "CreationDate": cards.printed_at}
    # Letters stay letters: a name can be searched for and copied.
    with rc_context({"pdf.fonttype": 42}), PdfPages(buffer, metadata=about) as target:
        for number, found in enumerate(pages, 1):
            page = _Page()
            page.text(SIDE, 4.0, drawable(f"{cards.margin}   {number} / {len(pages)}", 150), 6.5, color=GREY)
            page.cut_lines()
            for place, card in enumerate(found):
                row, column = divmod(place, COLUMNS)
                _put_card(page, SIDE + column * CARD_WIDE, TOP + row * CARD_HIGH, card, cards)
            target.savefig(page.figure)
    return buffer.getvalue()


def _put_card(page: _Page, left: float, top: float, card: Card, cards: Cards) -> None:
    """The left upper corner of the card is at ``left``, ``top``."""
    from_right = cards.from_right
    page.qr(left + 1.5 if from_right else left + CARD_WIDE - QR - 1.5, top + 1.5, card.address)
    begin, side = (left + CARD_WIDE - EDGE, "right") if from_right else (left + EDGE, "left")

    def put(down: float, text: str, size: float, **looks: object) -> None:
        page.text(begin, top + down, text, size, ha=side, **looks)

    down = 5.0
    for line in _wrapped(cards.school, TEXT, 7.0, 2, bold=True):
        put(down, line, 7, color=GREY, weight="bold")
        down += 7 * POINT * LINE
    down += 1.0
    size, lines = _name(card.name)
    for line in lines:
        put(down, line, size, weight="bold")
        down += size * POINT * LINE
    put(down + 0.6, _wrapped(card.about, TEXT, 8.5, 1)[0], 8.5, color=GREY)
    put(29.3, card.code, 14, family=[CODE_FONT], weight="bold")
    put(36.0, _wrapped(cards.lasts, TEXT, 7.5, 1)[0], 7.5, color=GREY)
    size, lines = _told(cards.told)
    for number, line in enumerate(lines):
        put(TOLD + number * size * POINT * LINE, line, size)


def _told(sentences: Sequence[str]) -> tuple[float, list[str]]:
    """The size and the lines of the sentences below: smaller in a language that needs more room."""
    for size in (7.5, 6.5, 5.5):
        lines = [line for one in sentences for line in _wrapped(one, CARD_WIDE - 2 * EDGE, size, 3)]
        if len(lines) * size * POINT * LINE <= CARD_HIGH - TOLD - 1.0:
            break
    return size, lines


def _name(name: str) -> tuple[float, list[str]]:
    """The size and the lines of a name: smaller where it is long, cut where that does not help."""
    for size in (13.0, 11.0, 9.5):
        lines = _wrapped(name, TEXT, size, 2, bold=True)
        if not lines[-1].endswith("…"):
            break
    return size, lines


@lru_cache(maxsize=256)
def _wrapped(text: str, wide: float, size: float, most: int, *, bold: bool = False) -> list[str]:
    """What can be drawn of a text, in at most so many lines of so many millimetres; at least one line."""
    rest = drawable(clean_text(text), LONGEST)
    lines: list[str] = []
    while rest and len(lines) < most:
        end = _fitting(rest, wide, size, bold=bold)
        if end < len(rest) and len(lines) == most - 1:
            end = _fitting(rest, wide - _width("…", size, bold=bold), size, bold=bold)
            return [*lines, f"{rest[:end].rstrip()}…"]
        if end < len(rest):
            space = rest.rfind(" ", 1, end + 1)
            end = space if space > 0 else end
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return lines or [""]


def _fitting(text: str, wide: float, size: float, *, bold: bool) -> int:
    """How many letters from the beginning fit, at least one."""
    if _width(text, size, bold=bold) <= wide:
        return len(text)
    least, most = 1, len(text) - 1
    while least < most:
        middle = (least + most + 1) // 2
        if _width(text[:middle], size, bold=bold) <= wide:
            least = middle
        else:
            most = middle - 1
    return least


def _width(text: str, size: float, *, bold: bool) -> float:
    """Millimetres."""
    font = FontProperties(family=fonts(), size=size, weight="bold" if bold else "normal")
    dots: float = _ruler().get_text_width_height_descent(text, font, ismath=False)[0]
    return dots / FINE * INCH


@lru_cache(maxsize=1)
def _ruler() -> RendererAgg:
    return RendererAgg(1, 1, FINE)


def _runs(line: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where black begins and where it ends, for each run of black squares."""
    edges = np.flatnonzero(np.diff(line, prepend=False, append=False)).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))
