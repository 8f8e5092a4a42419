"""A small window that drops down from a field: a calendar, a list."""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as ttk

from gui.texts import is_right_to_left
from gui.theme import faint, on_change, pixels

WATCH_MS = 200


class Popup(tk.Toplevel):
    """Fill ``body``, then call :meth:`drop`.  It goes with its field, or by :meth:`close`."""

    def __init__(self, field: tk.Misc, closed: Callable[[], None]) -> None:
        """closed: called once it is gone, unless its field is too."""
        # A child of the field, so that a modal dialog lets clicks through to it.
        super().__init__(field, borderwidth=0)
        self.withdraw()
        self.transient(field.winfo_toplevel())
        if self.tk.call("tk", "windowingsystem") != "aqua":
            self.overrideredirect(True)  # On a Mac such a window would not get the keyboard.
        self.field, self._closed = field, closed
        self.body = ttk.Frame(self)
        self.body.pack(padx=1, pady=1, fill="both", expand=True)
        self.protocol("WM_DELETE_WINDOW", self.close)
        on_change(self, self._draw_edge)

    def drop(self) -> None:
        """Show it below the field, above it where there is no room, and never beyond the screen."""
        self.place_it()
        self.deiconify()
        self.lift()
        self.after(WATCH_MS, self._watch)

    def place_it(self) -> None:
        """Find its place anew, after its size changed."""
        self.update_idletasks()
        field, width, height = self.field, self.winfo_reqwidth(), self.winfo_reqheight()
        left = field.winfo_rootx()
        if is_right_to_left():
            left += field.winfo_width() - width
        top = field.winfo_rooty() + field.winfo_height() + pixels(self, 2)
        if top + height > self.winfo_screenheight():
            top = field.winfo_rooty() - height - pixels(self, 2)
        left = max(0, min(left, self.winfo_screenwidth() - width))
        self.geometry(f"+{left}+{max(0, top)}")

    def close(self) -> None:
        """End it; harmless when it is over."""
        if not self.winfo_exists():
            return
        self.destroy()
        if self.field.winfo_exists():
            self._closed()

    def _draw_edge(self) -> None:
        colours = ttk.Style().colors
        self.configure(background=faint(colours.bg, colours.fg))

    def _watch(self) -> None:
        """Gone with its field: with a window that locked itself, or with the dialog."""
        if not self.field.winfo_viewable():
            self.close()
        else:
            self.after(WATCH_MS, self._watch)
