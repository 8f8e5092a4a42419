"""Colours, letters and paper of everything that is drawn with Matplotlib.

Blue and orange are told apart with every kind of colour vision; lines, hatching and words say the same again, so that a
print in black and white loses nothing.
"""

import logging
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from core.records import Image

BLUE, ORANGE, GREY, INK = "#0072B2", "#D55E00", "#6B6B6B", "#222222"
"""Blue and vermillion of Okabe and Ito's palette."""
FIRST_FONT = "DejaVu Sans"
"""Comes with Matplotlib."""
_OTHER_SCRIPTS = (
    *("Noto Sans", "Segoe UI", "Arial Unicode MS", "Noto Sans Devanagari", "Nirmala UI", "Kohinoor Devanagari"),
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Microsoft YaHei", "PingFang SC", "Hiragino Sans"),
    *("WenQuanYi Zen Hei", "Malgun Gothic", "Noto Sans Arabic", "Noto Naskh Arabic", "Noto Sans Hebrew"),
    *("Noto Sans Bengali", "Noto Sans Tamil", "Noto Sans Telugu", "Noto Sans Gujarati", "Noto Sans Gurmukhi"),
    *("Noto Sans Kannada", "Noto Sans Malayalam", "Noto Sans Sinhala", "Noto Sans Thai", "Noto Sans Khmer"),
    *("Noto Sans Lao", "Noto Sans Myanmar", "Noto Sans Ethiopic", "Noto Sans Armenian", "Noto Sans Georgian"),
)


@lru_cache(maxsize=1)
def fonts() -> list[str]:
    """The fonts of this computer that names in any script are looked up in, one after another."""
    # A script without a bold font is drawn in its regular one, which is nothing to tell people who want a chart.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    known = {one.name for one in font_manager.fontManager.ttflist}
    # Matplotlib keeps its list of fonts for ever, so those installed since are looked for by the names of their files.
    wanted = {name.replace(" ", "").lower(): name for name in _OTHER_SCRIPTS if name not in known}
    for path in font_manager.findSystemFonts():
        name = wanted.get(Path(path).stem.lower().removesuffix("-regular"))
        if name is not None:
            # A font that cannot be read is as good as none.
            with suppress(OSError, RuntimeError):
                font_manager.fontManager.addfont(path)
    known = {one.name for one in font_manager.fontManager.ttflist}
    return [FIRST_FONT, *(name for name in _OTHER_SCRIPTS if name in known)]


@lru_cache(maxsize=2)
def letters(*, everywhere: bool = False) -> frozenset[int]:
    """The numbers of the letters in this computer's fonts; ``everywhere``: those that every computer can draw."""
    paths = (font_manager.findfont(name) for name in ([FIRST_FONT] if everywhere else fonts()))
    return frozenset().union(*(font_manager.get_font(path).get_charmap() for path in paths))


def drawable(text: str, longest: int, *, everywhere: bool = False) -> str:
    """What can be drawn of a text: shortened, letters no font has as “?”, no dollar sign taken for mathematics.

    everywhere: only the letters of the font that comes with Matplotlib.
    """
    known = letters(everywhere=everywhere)
    if len(text) > longest:
        text = f"{text[: max(1, longest - 1)].rstrip()}…"
    return "".join(letter if ord(letter) in known else "?" for letter in text).replace("$", r"\$")


def as_image(figure: Figure) -> Image:
    """The figure for a screen, ``(h, w, 3) uint8 BGR``."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.ascontiguousarray(np.asarray(canvas.buffer_rgba(), dtype=np.uint8)[:, :, 2::-1])


def calm(axes: Axes) -> None:
    """Take away what tells nothing: the frame above and on the right, loud ticks."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.tick_params(colors=INK, labelsize=9)
