"""How well a student can be recognised, as a letter on a colour and in words; and small pictures with that badge."""

from functools import cache

import ttkbootstrap as ttk
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from core.office.students import Coverage
from core.records import Image, Student
from gui import texts
from gui.texts import _, ngettext, number_text
from gui.theme import card, ink_on, muted

LETTERS: dict[Coverage, str] = {"consent": "C", "none": "0", "few": "F", "enough": "E"}
_COLOURS: dict[Coverage, str] = {"consent": "info", "none": "danger", "few": "warning", "enough": "success"}


def coverage_text(coverage: Coverage, samples: int) -> str:
    """The badge in words."""
    return _coverage_text(coverage, samples, texts.language())


@cache
def _coverage_text(coverage: Coverage, samples: int, _language: str) -> str:
    # Kept: thousands of rows say the same few sentences, and a number in words of a language takes its time.
    if coverage == "consent":
        return _("Consent missing")
    if coverage == "none":
        return _("No face")
    count = ngettext("{} face", "{} faces", samples).format(number_text(samples))
    return _("Few: {count}").format(count=count) if coverage == "few" else _("Enough: {count}").format(count=count)


def coverage_colour(coverage: Coverage) -> str:
    """The ground of the badge in the colours of the moment, ``#rrggbb``."""
    return str(getattr(ttk.Style.get_instance().colors, _COLOURS[coverage]))


def state_text(student: Student) -> str:
    """Whether a student still comes, in words; empty for who does."""
    return "" if student.active else _("not active")


def portrait(crop: Image | None, coverage: Coverage, side: int, colours: tuple[str, str, str]) -> Pictures.Image:
    """A small picture with the badge beside it, ``side`` pixels high.  May be made in any thread.

    crop: ``(h, w, 3) uint8 BGR``, None for a shape that stands for nobody.  colours: ground and ink of the window and
    the badge's, ``#rrggbb``.
    """
    ground, ink, badge = colours
    both = Pictures.new("RGBA", (side * 2, side), (0, 0, 0, 0))
    if crop is None:
        both.paste(_nobody(side, card(ground, ink), muted(ground, ink)), (0, 0))
    else:
        both.paste(Pictures.fromarray(crop[:, :, ::-1]).resize((side, side), reducing_gap=2), (0, 0))
    both.paste(_badge(LETTERS[coverage], badge, side), (side, 0))
    return both


@cache
def _badge(letter: str, colour: str, side: int) -> Pictures.Image:
    # Drawn large, then made small: that is what smooths the edges.
    picture = Pictures.new("RGBA", (side * 4, side * 4), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((side, side * 0.7, side * 3.4, side * 3.3), side * 0.5, fill=colour)
    font = ImageFont.load_default(side * 1.9)
    pen.text((side * 2.2, side * 2), letter, fill=ink_on(colour), font=font, anchor="mm")
    return picture.resize((side, side), Pictures.Resampling.LANCZOS)


@cache
def _nobody(side: int, ground: str, ink: str) -> Pictures.Image:
    picture = Pictures.new("RGB", (side * 4, side * 4), ground)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((side * 1.3, side * 0.6, side * 2.7, side * 2), fill=ink)
    pen.ellipse((side * 0.6, side * 2.3, side * 3.4, side * 5.5), fill=ink)
    return picture.resize((side, side), Pictures.Resampling.LANCZOS)
