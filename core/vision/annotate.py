"""Names drawn over faces, in any script a font on this computer can write.

OpenCV's own letters are Latin only, so texts are rendered once with Pillow, kept as small pictures and pasted
into each frame.
"""

import importlib.util
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont, features

from core.records import Floats, Image

LabelKind = Literal["present", "review", "unknown"]
Colour = tuple[int, int, int]

_LONGEST = 32
_SMALLEST_LETTERS_PX = 12
_LETTERS_SHARE = 0.02
"""Height of the letters as a share of the frame's shorter side."""

# DejaVu comes with matplotlib and is always there; the others are what the systems bring for further scripts.
_SYSTEM_FONTS = (
    "NirmalaB.ttf",
    "Nirmala.ttc",
    "segoeui.ttf",
    "msyh.ttc",
    "Arial Unicode.ttf",
    "PingFang.ttc",
    "Kohinoor.ttc",
    "NotoSans-Bold.ttf",
    "NotoSansDevanagari-Bold.ttf",
    "NotoSansBengali-Bold.ttf",
    "NotoSansTamil-Bold.ttf",
    "NotoSansTelugu-Bold.ttf",
    "NotoSansGujarati-Bold.ttf",
    "NotoSansKannada-Bold.ttf",
    "NotoSansMalayalam-Bold.ttf",
    "NotoSansGurmukhi-Bold.ttf",
    "NotoSansThai-Bold.ttf",
    "NotoSansCJK-Bold.ttc",
)


@dataclass(frozen=True, slots=True)
class _Style:
    """Colours are BGR.  Review boxes are dashed and unknown ones thin, so the kind shows without colour too."""

    line: Colour
    fill: Colour
    letters: Colour
    dashed: bool = False
    thin: bool = False


_STYLES: dict[LabelKind, _Style] = {
    "present": _Style(line=(90, 200, 60), fill=(52, 110, 28), letters=(255, 255, 255)),
    "review": _Style(line=(40, 180, 250), fill=(40, 180, 250), letters=(20, 20, 20), dashed=True),
    "unknown": _Style(line=(225, 215, 210), fill=(98, 86, 80), letters=(255, 255, 255), thin=True),
}


@dataclass(frozen=True, slots=True, eq=False)
class FaceLabel:
    """What to write at one face.

    box: ``(4,)`` xyxy pixels.  text: cut at 32 letters; empty for a box alone.  short: written instead where no
    font on this computer has the letters of ``text`` (the roll number).
    """

    box: Floats
    text: str
    kind: LabelKind
    short: str = ""


def draw_faces(image: Image, labels: Sequence[FaceLabel]) -> Image:
    """A copy of ``image`` (``(h, w, 3) uint8 BGR``) with a box and a text for each label.

    Present is green, review is amber and dashed, unknown is grey and thin.  Texts stay inside the frame.
    """
    drawn = image.copy()
    side = min(image.shape[:2])
    letters_px = max(_SMALLEST_LETTERS_PX, round(side * _LETTERS_SHARE))
    thickness = max(1, round(side / 400))
    for label in labels:
        _draw_box(drawn, label, thickness)
    # Texts come last, so that no neighbour's box crosses them.
    for label in labels:
        if label.text or label.short:
            left, top = round(float(label.box[0])), round(float(label.box[1]))
            _paste_above(drawn, _bitmap(label.text, label.short, label.kind, letters_px), left, top)
    return drawn


def _draw_box(image: Image, label: FaceLabel, thickness: int) -> None:
    style = _STYLES[label.kind]
    height, width = image.shape[:2]
    x1, x2 = (int(np.clip(round(float(x)), 0, width - 1)) for x in label.box[0::2])
    y1, y2 = (int(np.clip(round(float(y)), 0, height - 1)) for y in label.box[1::2])
    if style.dashed:
        _draw_dashed(image, (x1, y1, x2, y2), style.line, thickness)
    else:
        cv2.rectangle(image, (x1, y1), (x2, y2), style.line, (thickness + 1) // 2 if style.thin else thickness)


def _draw_dashed(image: Image, box: tuple[int, int, int, int], colour: Colour, thickness: int) -> None:
    x1, y1, x2, y2 = box
    dash = max(4, 4 * thickness)
    for x in range(x1, x2 + 1, 2 * dash):
        for y in (y1, y2):
            cv2.line(image, (x, y), (min(x + dash, x2), y), colour, thickness)
    for y in range(y1, y2 + 1, 2 * dash):
        for x in (x1, x2):
            cv2.line(image, (x, y), (x, min(y + dash, y2)), colour, thickness)


def _paste_above(image: Image, bitmap: Image, left: int, top: int) -> None:
    """Put ``bitmap`` on top of the box's upper edge, moved as far as needed to stay in the frame."""
    height, width = image.shape[:2]
    tall, wide = min(bitmap.shape[0], height), min(bitmap.shape[1], width)
    x = min(max(left, 0), width - wide)
    y = min(max(top - tall, 0), height - tall)
    image[y : y + tall, x : x + wide] = bitmap[:tall, :wide]


@lru_cache(maxsize=512)
def _bitmap(text: str, short: str, kind: LabelKind, letters_px: int) -> Image:
    """The text as a ``(h, w, 3) uint8 BGR`` picture on the colour of its kind."""
    style = _STYLES[kind]
    written, font_name = _writable(text, short)
    font = ImageFont.truetype(font_name, letters_px)
    left, top, right, bottom = font.getbbox(written)
    ascent, descent = font.getmetrics()
    # Stacked accents and Indic signs reach beyond the font's own line height.
    above, below = min(0, int(top)), max(ascent + descent, int(bottom))
    pad = max(2, letters_px // 4)
    size = (max(1, int(right - left)) + 2 * pad, below - above + pad)
    picture = Pictures.new("RGB", size, style.fill[::-1])
    ImageDraw.Draw(picture).text((pad - left, pad // 2 - above), written, font=font, fill=style.letters[::-1])
    bitmap = np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])
    # One picture is shared by all frames.
    bitmap.flags.writeable = False
    return bitmap


def _writable(text: str, short: str) -> tuple[str, str]:
    """What can be written of ``text`` (or else of ``short``) and the font file to do it with."""
    fonts = _fonts()
    for wanted in (_tidy(text), _tidy(short)):
        if not wanted or (_needs_shaping(wanted) and not features.check("raqm")):
            continue
        for font_name in fonts:
            if all(_has_glyph(font_name, letter) for letter in wanted):
                return wanted, font_name
        # A name stays readable without its emoji.
        plain = _tidy("".join(letter for letter in wanted if not _is_symbol(letter)))
        for font_name in fonts:
            if plain and all(_has_glyph(font_name, letter) for letter in plain):
                return plain, font_name
    return "?", fonts[0]


def _tidy(text: str) -> str:
    # Direction overrides could make one name look like another; joiners belong to emoji and Indic names.
    kept = "".join(
        " " if unicodedata.category(letter) in {"Cc", "Cs"} else letter
        for letter in text
        if letter in "\u200c\u200d" or unicodedata.category(letter) != "Cf"
    )
    line = " ".join(unicodedata.normalize("NFC", kept).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"


def _is_symbol(letter: str) -> bool:
    """Emoji and what belongs to them: skin tones, variation selectors, joiners, keycaps."""
    return unicodedata.category(letter) in {"So", "Sk", "Cf", "Cn", "Me"} or "\ufe00" <= letter <= "\ufe0f"


def _needs_shaping(text: str) -> bool:
    """Right-to-left and Indic texts are wrong, not just ugly, without a layout engine."""
    return any(
        unicodedata.bidirectional(letter) in {"R", "AL", "AN"} or unicodedata.category(letter) == "Mc"
        for letter in text
    )


@lru_cache(maxsize=1)
def _fonts() -> tuple[str, ...]:
    """Font files of this computer, the one that is always there first."""
    found = [str(_bundled_font())]
    for name in _SYSTEM_FONTS:
        try:
            found.append(str(ImageFont.truetype(name, _SMALLEST_LETTERS_PX).path))
        except OSError:
            continue
    return tuple(found)


def _bundled_font() -> Path:
    # Asking for the place does not import matplotlib, which would cost a second of start-up.
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("matplotlib, which brings the font for annotations, is not installed")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"


@lru_cache(maxsize=4096)
def _has_glyph(font_name: str, letter: str) -> bool:
    """Whether the font draws ``letter`` as something else than its box for missing glyphs."""
    if letter.isspace() or unicodedata.category(letter) == "Cf":
        return True
    drawn, missing = (_glyph(font_name, each) for each in (letter, "\U0010ffff"))
    return drawn != missing


def _glyph(font_name: str, letter: str) -> tuple[tuple[int, int], bytes]:
    font = ImageFont.truetype(font_name, 24, layout_engine=ImageFont.Layout.BASIC)
    mask = font.getmask(letter)
    return mask.size, bytes(mask)
