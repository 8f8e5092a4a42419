"""What all dialogs share: over their window, in its middle, usable by keys, gone without a trace."""

import tkinter as tk
import tkinter.ttk
from collections.abc import Callable
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.settling import Settling
from gui.texts import anchor, end, start
from gui.theme import pixels
from gui.widgets.tall_place import SnugPlace

if TYPE_CHECKING:
    from gui.application import Application


PADDING, BUTTONS_GAP = 20, 18
TITLE_PX = 24
"""Room for the title bar of a dialog as high as the screen, at 100 %."""


class Dialog(ttk.Toplevel):
    """A modal window.  Fill ``body``, add buttons, call :meth:`open`; it never waits, answers come by callbacks.

    Enter accepts (:meth:`accept`), Esc and the window's cross cancel (:meth:`cancel`).
    """

    def __init__(self, app: "Application", title: str) -> None:
        super().__init__(master=app.root)
        self.withdraw()
        self.title(title)
        self.app = app
        self._focused_before = app.root.focus_get()
        self.transient(app.root)
        self.resizable(False, False)
        self.protocol("WM_DELETE_WINDOW", self.cancel)
        frame = ttk.Frame(self, padding=pixels(self, PADDING))
        frame.pack(fill="both", expand=True)
        self._place = SnugPlace(frame)
        self.body = self._place.page
        self.buttons = ttk.Frame(frame)
        # Before the body: where large letters leave too little room, the buttons are what must be seen.
        self.buttons.pack(side="bottom", fill="x", pady=(pixels(self, BUTTONS_GAP), 0))
        self._place.pack(fill="both", expand=True)
        self._place.bind_to(self.bind)
        # Of all that it holds, too: a sentence about a field makes it higher.
        self.bind("<Configure>", Settling(self, self._fit))
        self.bind("<Return>", self._on_return)
        self.bind("<KP_Enter>", self._on_return)
        self.bind("<Escape>", lambda _event: self.cancel())

    def accept(self) -> None:
        """What Enter does."""
        self.close()

    def cancel(self) -> None:
        """What Esc does."""
        self.close()

    def add_sentence(self, text: str, style: str = "TLabel") -> ttk.Label:
        """A paragraph that wraps."""
        label = ttk.Label(self.body, text=text, style=style, wraplength=pixels(self, 460), justify=start())
        label.pack(anchor=anchor(), fill="x", pady=(0, pixels(self, 8)))
        return label

    def add_button(self, text: str, command: Callable[[], None], bootstyle: str = "neutral") -> ttk.Button:
        """A button in the row at the foot; the first one stands at the outer end."""
        button = ttk.Button(self.buttons, text=text, command=command, bootstyle=bootstyle)
        button.pack(side=end(), padx=(pixels(self, 8), 0))
        return button

    def open(self, focus: tk.Misc | None = None) -> None:
        """Show it, and give the keyboard to ``focus``."""
        self.update_idletasks()
        self._fit()
        self.update_idletasks()
        self._centre()
        self.app.dialogs.append(self)
        self.bind("<Map>", lambda event: self._take_over(event, focus))
        if not self.app.is_locked:
            self.deiconify()

    def take_back(self) -> None:
        """Come to the front again, after the one above it was closed or the window was unlocked."""
        self.deiconify()
        if self.winfo_viewable():
            self.grab_set()
            self.focus_set()

    def put_away(self) -> None:
        """Hide while the window is locked."""
        self.grab_release()
        self.withdraw()

    def close(self) -> None:
        """End it; harmless when it is over already."""
        if self not in self.app.dialogs:
            return
        self.app.dialogs.remove(self)
        self.grab_release()
        self.destroy()
        if self.app.dialogs:
            self.app.dialogs[-1].take_back()
        elif self._focused_before is not None and self._focused_before.winfo_exists():
            self._focused_before.focus_set()

    def _take_over(self, event: "tk.Event[tk.Misc]", focus: tk.Misc | None) -> None:
        if event.widget is self and self.app.dialogs[-1:] == [self]:
            self.grab_set()
            (focus or self).focus_set()

    def _on_return(self, event: "tk.Event[tk.Misc]") -> None:
        # A button acts by itself, and in a longer text Enter begins a line.
        if not isinstance(event.widget, tkinter.ttk.Button | tk.Text):
            self.accept()

    def _centre(self) -> None:
        root, width, height = self.app.root, self.winfo_reqwidth(), self.winfo_reqheight()
        left = root.winfo_rootx() + (root.winfo_width() - width) // 2
        top = root.winfo_rooty() + (root.winfo_height() - height) // 3
        left = max(0, min(left, self.winfo_screenwidth() - width))
        top = max(0, min(top, self.winfo_screenheight() - height))
        self.geometry(f"+{left}+{top}")

    def _fit(self) -> None:
        """As high as what is in it; where the screen is lower, the body scrolls and the buttons stay in sight."""
        rest = self.buttons.winfo_reqheight() + pixels(self, BUTTONS_GAP) + 2 * pixels(self, PADDING)
        most = self.winfo_screenheight() - pixels(self, TITLE_PX)
        low = self.winfo_rooty() + rest + self._place.fit_into(most - rest)
        if self.winfo_viewable() and low > self.winfo_screenheight():
            self.geometry(f"+{self.winfo_x()}+{max(0, self.winfo_y() - low + self.winfo_screenheight())}")
