"""The line at the top of a screen: the way back, the title, and its buttons, which go below where there is no room."""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as ttk

from gui.texts import _, anchor, start
from gui.theme import pixels
from gui.widgets.small import add_tip

Back = tuple[str, Callable[[], object]]


def back_button(parent: tk.Misc, words: str, command: Callable[[], object]) -> ttk.Button:
    """The arrow that leads back; words: where to."""
    arrow = ttk.Button(parent, icon=f"arrow-{start()}", icon_only=True, text=words, bootstyle="ghost", command=command)
    add_tip(arrow, _("{where} (Esc)").format(where=words))
    return arrow


class Heading(ttk.Frame):
    """``title`` can be changed; a screen puts its buttons into ``buttons``, and more about the title into ``words``."""

    def __init__(self, parent: tk.Misc, text: str, back: Back | None = None) -> None:
        """back: where one comes from, in words, and what leads there."""
        super().__init__(parent)
        self.words, self.buttons = ttk.Frame(self), ttk.Frame(self)
        self.arrow: ttk.Button | None = None
        if back is not None:
            self.arrow = back_button(self.words, *back)
        self.title = ttk.Label(self.words, text=text, style="Heading.TLabel")
        self.title.pack(side=start())
        self.show_back(wanted=back is not None)
        self._is_low: bool | None = None
        self.columnconfigure(1, weight=1)
        self.words.grid(row=0, column=0, sticky=anchor())
        for part in (self, self.words, self.buttons):
            part.bind("<Configure>", lambda _event: self.after_idle(self._fit), add="+")
        self._fit()

    def show_back(self, *, wanted: bool) -> None:
        """Show or hide the arrow."""
        gap = pixels(self, 10)
        if self.arrow is not None and wanted:
            self.arrow.pack(side=start(), padx=(0, gap), before=self.title)
        elif self.arrow is not None:
            self.arrow.pack_forget()

    def _fit(self) -> None:
        if not self.winfo_exists():
            return
        gap = pixels(self, 14)
        is_low = self.winfo_width() > 1 and self.words.winfo_reqwidth() + gap + self.buttons.winfo_reqwidth() > (
            self.winfo_width()
        )
        if is_low == self._is_low:
            return
        self._is_low = is_low
        if is_low:
            self.buttons.grid(row=1, column=0, columnspan=2, sticky="ew", pady=(pixels(self, 8), 0))
        else:
            self.buttons.grid(row=0, column=1, columnspan=1, sticky="ew", pady=0)
