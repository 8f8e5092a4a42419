"""The line that tells where a file went, with buttons that open it."""

import tkinter as tk
from collections.abc import Callable
from functools import partial
from os import sep
from pathlib import Path
from tkinter.font import nametofont
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.open_file import open_file, show_in_folder
from gui.texts import _, anchor, end, start
from gui.theme import font, pixels

if TYPE_CHECKING:
    from core.files import Written
    from gui.screen import BaseScreen


class SavedLine(ttk.Frame):
    """Invisible until a file was saved."""

    def __init__(self, parent: tk.Misc, screen: "BaseScreen") -> None:
        super().__init__(parent)
        self._screen = screen
        self.path: Path | None = None
        self._texts: tuple[str, ...] = ("",)
        # Asks for no room of its own, which would change with what is shown in it.
        self.label = ttk.Label(self, style="Small.TLabel", width=1, anchor=anchor(), justify=start())
        self.label.bind("<Configure>", lambda event: self._fit(event.width))
        self.open = ttk.Button(self, text=_("Open"), bootstyle="link", command=partial(self._do, open_file))
        self.folder = ttk.Button(
            self, text=_("Show in folder"), bootstyle="link", command=partial(self._do, show_in_folder)
        )

    def show(self, written: "Written") -> None:
        """Tell of a file; what is worth saying about it stands there too."""
        self.path = written.path
        whole, home = str(written.path), self._screen.app.home.root
        short = f"…{sep}{written.path.relative_to(home)}" if written.path.is_relative_to(home) else whole
        shortest = f"…{sep}{written.path.name}"
        note = f"  {written.note}" if written.note else ""
        self._texts = tuple(_("Saved: {file}").format(file=one) + note for one in (whole, short, shortest))
        self.label.configure(font=font("Small"))
        # Another file changes no size, so nobody would tell of one.
        self._fit(self.label.winfo_width())
        # The buttons first: a long path goes on below, not over them.
        self.folder.pack(side=end(), anchor="n")
        self.open.pack(side=end(), anchor="n", padx=pixels(self, 4))
        self.label.pack(side=start(), fill="x", expand=True)

    def clear(self) -> None:
        """Tell nothing any more."""
        for one in (self.label, self.open, self.folder):
            one.pack_forget()

    def _fit(self, width: int) -> None:
        """Where there is no room for the whole path in one line, its beginning is left out."""
        measure = nametofont(font("Small"), self).measure
        text = next((one for one in self._texts if measure(one) <= width), self._texts[-1])
        self.label.configure(text=text, wraplength=width)

    def _do(self, what: Callable[[Path], None]) -> None:
        if self.path is not None:
            path = self.path
            self._screen.call(lambda _use: what(path))
