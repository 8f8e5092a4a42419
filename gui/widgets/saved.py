"""The line that tells where a file went, with buttons that open it."""

import tkinter as tk
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.open_file import open_file, show_in_folder
from gui.texts import _, anchor, end, start
from gui.theme import font, pixels

if TYPE_CHECKING:
    from core.files import Written
    from gui.screen import BaseScreen

LONGEST = 90


class SavedLine(ttk.Frame):
    """Invisible until a file was saved."""

    def __init__(self, parent: tk.Misc, screen: "BaseScreen") -> None:
        super().__init__(parent)
        self._screen = screen
        self.path: Path | None = None
        self.label = ttk.Label(self, style="Small.TLabel", anchor=anchor())
        self.open = ttk.Button(self, text=_("Open"), bootstyle="link", command=partial(self._do, open_file))
        self.folder = ttk.Button(
            self, text=_("Show in folder"), bootstyle="link", command=partial(self._do, show_in_folder)
        )

    def show(self, written: "Written") -> None:
        """Tell of a file; what is worth saying about it stands there too."""
        self.path = written.path
        shown = str(written.path)
        shown = shown if len(shown) <= LONGEST else f"…{shown[-LONGEST:]}"
        note = f"  {written.note}" if written.note else ""
        self.label.configure(text=_("Saved: {file}").format(file=shown) + note, font=font("Small"))
        self.label.pack(side=start())
        self.folder.pack(side=end())
        self.open.pack(side=end(), padx=pixels(self, 4))

    def clear(self) -> None:
        """Tell nothing any more."""
        for one in (self.label, self.open, self.folder):
            one.pack_forget()

    def _do(self, what: Callable[[Path], None]) -> None:
        if self.path is not None:
            path = self.path
            self._screen.call(lambda _use: what(path))
