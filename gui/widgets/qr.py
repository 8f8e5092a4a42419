"""A QR code as large as its place, in whole pixels, black on white whatever the colours of the window: for cameras."""

from __future__ import annotations

import tkinter as tk
from typing import TYPE_CHECKING

from PIL import Image, ImageTk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WHITE, BLACK = "#ffffff", "#000000"


class QrCode(tk.Canvas):
    """Show it with :meth:`show`; the squares are made in a thread by :func:`core.confirming.picture.qr_squares`."""

    def __init__(self, parent: tk.Misc, side: int = 1) -> None:
        """side: pixels that it asks for."""
        super().__init__(parent, width=side, height=side, background=WHITE, highlightthickness=0)
        self._squares: NDArray[np.bool_] | None = None
        self._picture: ImageTk.PhotoImage | None = None
        self.bind("<Configure>", lambda _event: self._draw())

    def show(self, squares: NDArray[np.bool_] | None) -> None:
        """Black where True; None for an empty place."""
        self._squares = squares
        self._draw()

    @property
    def pixels_a_square(self) -> int:
        """How large a square is drawn; 0 for none."""
        if self._squares is None:
            return 0
        return min(self.winfo_width(), self.winfo_height()) // len(self._squares)

    def _draw(self) -> None:
        self.delete("all")
        self._picture = None
        each = self.pixels_a_square
        if self._squares is None or each < 1:
            return
        side = each * len(self._squares)
        image = Image.fromarray((~self._squares).astype("uint8") * 255).resize((side, side), Image.Resampling.NEAREST)
        self._picture = ImageTk.PhotoImage(image, master=self)
        self.create_image(self.winfo_width() // 2, self.winfo_height() // 2, image=self._picture)
