"""A line for the path of a file or folder: typed, pasted or looked for."""

import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import filedialog

import ttkbootstrap as ttk

from gui.texts import _, end, start
from gui.theme import pixels


class FileLine(ttk.Frame):
    """``on_change`` is called with the path once one was chosen, or typed and confirmed with Enter."""

    def __init__(
        self,
        parent: tk.Misc,
        on_change: Callable[[str], None],
        *,
        folder: bool = False,
        kinds: Sequence[tuple[str, str]] = (),
    ) -> None:
        """folder: a folder is wanted, not a file.  kinds: words and patterns for the list of files."""
        super().__init__(parent)
        self._on_change, self._folder, self._kinds = on_change, folder, kinds
        self.path = tk.StringVar(self)
        self.button = ttk.Button(self, text=_("Choose …"), icon="folder2-open", command=self._choose)
        self.button.pack(side=end(), padx=(pixels(self, 8), 0))
        self.entry = ttk.Entry(self, textvariable=self.path)
        self.entry.pack(side=start(), fill="x", expand=True)
        self.entry.bind("<Return>", lambda _event: self._tell())

    def _choose(self) -> None:
        if self._folder:
            chosen = filedialog.askdirectory(parent=self.winfo_toplevel())
        else:
            chosen = filedialog.askopenfilename(parent=self.winfo_toplevel(), filetypes=list(self._kinds))
        if chosen:
            self.path.set(str(chosen))
            self._tell()

    def _tell(self) -> None:
        if self.path.get().strip():
            self._on_change(self.path.get().strip())
