"""A picture that fits its place, for photos and for live pictures."""

import tkinter as tk
from dataclasses import dataclass

import ttkbootstrap as ttk
from PIL import Image as Pictures
from PIL import ImageTk

from core.records import Image
from gui.preferences import Mode
from gui.theme import DARK_GROUND

Size = tuple[int, int]


def fitted(image: Image, space: Size) -> Pictures.Image:
    """An image ``(h, w, 3) uint8 BGR`` at the largest size that fits ``space`` (pixels, width first).

    Call it in the thread that reads the camera, with :attr:`Picture.space`: it is the costly part.
    """
    height, width = image.shape[:2]
    scale = min(space[0] / width, space[1] / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    picture = Pictures.fromarray(image[:, :, ::-1])
    return picture.resize(size, Pictures.Resampling.BILINEAR, reducing_gap=1.5)


def for_dark(picture: Pictures.Image, ground: str) -> Pictures.Image:
    """A chart drawn on white as it is read on a dark ground (``#rrggbb``): light becomes dark, the hues stay."""
    import numpy as np

    drawn = np.asarray(picture.convert("RGB"), np.int16)
    turned = drawn + 255 - drawn.min(2, keepdims=True) - drawn.max(2, keepdims=True)
    base = np.array([int(ground[place : place + 2], 16) for place in (1, 3, 5)])
    return Pictures.fromarray((base + turned * (255 - base) // 255).astype(np.uint8))


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A chart as it is drawn, on white, and as it is shown on a dark ground."""

    light: Pictures.Image
    dark: Pictures.Image

    def fitting(self, mode: Mode) -> Pictures.Image:
        """The one for these colours."""
        return self.dark if mode == "dark" else self.light


def as_chart(drawn: Image) -> Chart:
    """Call it in a thread.  drawn: BGR, 8 bit."""
    light = Pictures.fromarray(drawn[:, :, ::-1])
    return Chart(light, for_dark(light, DARK_GROUND))


class Picture(ttk.Frame):
    """Shows one picture in the middle of its space; the space never grows with the picture."""

    def __init__(self, parent: tk.Misc, width: int, height: int) -> None:
        """width, height: of the space at least, pixels."""
        super().__init__(parent, width=width, height=height)
        self.pack_propagate(False)
        self._label = ttk.Label(self, anchor="center")
        self._label.pack(fill="both", expand=True)
        self._space = width, height
        self._photo: ImageTk.PhotoImage | None = None
        self.bind("<Configure>", self._resized)

    @property
    def space(self) -> Size:
        """The pixels there are, width first; may be read from any thread, for it is kept, not asked of Tk."""
        return self._space

    def show(self, picture: Pictures.Image) -> None:
        """Show a picture that was fitted before."""
        if self._photo is not None and (self._photo.width(), self._photo.height()) == picture.size:
            self._photo.paste(picture)  # Much faster than a new one.
        else:
            # Held here, for Tk itself does not keep it alive.
            self._photo = ImageTk.PhotoImage(picture, master=self)
            self._label.configure(image=self._photo)

    def clear(self) -> None:
        """Show nothing."""
        self._label.configure(image="")
        self._photo = None

    def _resized(self, event: "tk.Event[tk.Misc]") -> None:
        self._space = max(1, event.width), max(1, event.height)
