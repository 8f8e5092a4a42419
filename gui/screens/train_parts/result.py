"""The accuracy sheet: four large figures, the sentence they come to, and the chart."""

from typing import TYPE_CHECKING

import ttkbootstrap as ttk
from PIL import ImageTk

from gui.screens.train_parts.words import cards, verdict
from gui.texts import _, anchor
from gui.theme import on_change, pixels
from gui.widgets.picture import fitted, for_dark
from gui.widgets.small import EmptyState, follow_width

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from core.accuracy import Accuracy
    from core.records import Image
    from gui.screens.train import Screen

WIDEST = 1400
"""The chart is drawn no wider than this, pixels at 100 %."""
HIGHEST = 20_000


class Result(ttk.Frame):
    """Scrolls, for the chart has a line for each student."""

    def __init__(self, parent: ttk.Notebook, screen: "Screen") -> None:
        super().__init__(parent, padding=pixels(parent, 12))
        self.screen = screen
        self._scrolled = ttk.ScrolledFrame(self)
        self._scrolled.pack(fill="both", expand=True)
        self._photo: ImageTk.PhotoImage | None = None
        self._chart: Image | None = None
        self._place: ttk.Label | None = None
        self._drawn = 0
        self._waiting: str | None = None
        self.bind("<Configure>", lambda _event: self._fit_soon())
        on_change(self, self._recoloured)

    def show_empty(self, icon: str, title: str, sentence: str) -> None:
        """Say why there is nothing to be seen."""
        self._clear()
        EmptyState(self._scrolled, icon, title, sentence).pack(fill="x")

    def show(self, accuracy: "Accuracy", chart: "Image") -> None:
        """Fill it anew."""
        self._clear()
        follow_width(ttk.Label(self._scrolled, text=verdict(accuracy), style="Title.TLabel")).pack(fill="x")
        note = _(
            "Tested with photos that were kept out of the training. In a lesson several looks are judged together."
        )
        follow_width(ttk.Label(self._scrolled, text=note, style="Muted.TLabel")).pack(
            fill="x", pady=(0, pixels(self, 10))
        )
        line = ttk.Frame(self._scrolled)
        line.pack(fill="x")
        for column, (figure, words) in enumerate(cards(accuracy)):
            line.columnconfigure(column, weight=1, uniform="cards")
            card = ttk.Frame(line, style="Card.TFrame", padding=pixels(self, 12))
            card.grid(row=0, column=column, sticky="nsew", padx=(0, pixels(self, 10)))
            ttk.Label(card, text=figure, style="CardTitle.TLabel").pack(anchor=anchor())
            follow_width(ttk.Label(card, text=words, style="CardMuted.TLabel")).pack(fill="x")
        self._chart = chart
        self._place = ttk.Label(self._scrolled)
        self._place.pack(anchor=anchor(), pady=pixels(self, 14))
        self._fit()

    def _clear(self) -> None:
        for old in self._scrolled.winfo_children():
            old.destroy()
        self._chart, self._place, self._photo, self._drawn = None, None, None, 0

    def _fit_soon(self) -> None:
        if self._waiting is not None:
            self.after_cancel(self._waiting)
        self._waiting = self.after(150, self._fit)

    def _fit(self) -> None:
        """Scale the chart to the width there is, in the background."""
        self._waiting = None
        chart = self._chart
        width = min(self.winfo_width() - pixels(self, 50), pixels(self, WIDEST))
        if chart is None or width < 100 or width == self._drawn:
            return
        self._drawn = width
        ground = ttk.Style().colors.bg if self.screen.app.preferences.mode == "dark" else None

        def drawn(_use: object) -> "Picture":
            made = fitted(chart, (width, HIGHEST))
            return made if ground is None else for_dark(made, ground)

        self.screen.call(drawn, lambda made: self._draw(made, width))

    def _recoloured(self) -> None:
        self._drawn = 0
        self._fit()

    def _draw(self, picture: "Picture", width: int) -> None:
        if self._place is not None and width == self._drawn:
            self._photo = ImageTk.PhotoImage(picture, master=self)
            self._place.configure(image=self._photo)
