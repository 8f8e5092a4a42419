"""A place whose page has at least the height it needs; where less of it can be seen, it scrolls."""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as ttk

from gui.theme import pixels

LEAST = 400
"""A page of the window is clear from this height on, in pixels of letters of 100 %: then nothing lies over another."""
STEP = 48
_SCROLL_THEMSELVES = ("Treeview", "Text", "Listbox", "Canvas", "TCombobox", "TSpinbox")


class TallPlace(ttk.Frame):
    """Put the page into ``page``.  Without need it costs nothing: the page lies in its frame as it always did."""

    def __init__(self, parent: tk.Misc) -> None:
        super().__init__(parent)
        self._top = 0
        self._tall = 1
        self._least = LEAST
        self._room = ttk.Frame(self)
        self.page = ttk.Frame(self._room)
        self.bar = ttk.Scrollbar(self, orient="vertical", command=self._by_bar)
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        self._room.grid(row=0, column=0, sticky="nsew")
        self._room.bind("<Configure>", lambda _event: self._fit())

    @property
    def scrolls(self) -> bool:
        """Whether the page is higher than what can be seen of it; the last events of a window come when it is gone."""
        return bool(self.winfo_exists()) and self._tall > self._room.winfo_height()

    def bind_to(self, bind: "Callable[[str, Callable[[tk.Event[tk.Misc]], object]], object]") -> None:
        """Scroll to what gets the keyboard, and by wheel.  bind: of the window it is in."""
        bind("<FocusIn>", lambda event: self.see(event.widget))
        bind("<MouseWheel>", lambda event: self.wheel(event.widget, -1 if event.delta > 0 else 1))
        bind("<Button-4>", lambda event: self.wheel(event.widget, -1))
        bind("<Button-5>", lambda event: self.wheel(event.widget, 1))

    def set_least(self, least: int) -> None:
        """The height from which on the page is clear, in pixels at 100 %."""
        self._least = least
        self._fit()

    def needed(self) -> int:
        """The height of the page where there is less room, in pixels."""
        return pixels(self, self._least)

    def to_top(self) -> None:
        """Show the beginning."""
        self._move(0)

    def see(self, widget: tk.Misc) -> None:
        """Scroll to a widget of the page, where it is not in sight."""
        if not (self.scrolls and self._holds(widget)):
            return
        room, above = self._room.winfo_height(), widget.winfo_rooty() - self._room.winfo_rooty()
        below = above + widget.winfo_height() - room
        if above < 0 or widget.winfo_height() > room:
            self._move(self._top + above)
        elif below > 0:
            self._move(self._top + below + pixels(self, 8))

    def wheel(self, widget: tk.Misc, steps: int) -> None:
        """The wheel was turned over a widget, downwards for positive steps; what scrolls by itself keeps it."""
        if self.scrolls and self._holds(widget) and not _keeps_wheel(widget):
            self._move(self._top + steps * pixels(self, STEP))

    def _holds(self, widget: tk.Misc) -> bool:
        # Lists that drop down are none of Python's widgets: Tk gives their names.
        return isinstance(widget, tk.Misc) and str(widget).startswith(f"{self.page}.")

    def _fit(self) -> None:
        room = self._room.winfo_height()
        if room <= 1:
            # Not shown yet: Tk would leave the page hidden when it is.
            return
        self._tall = max(room, self.needed())
        if self.scrolls:
            self.bar.grid(row=0, column=1, sticky="ns")
        else:
            self.bar.grid_remove()
        self._move(self._top)

    def _move(self, top: int) -> None:
        room = self._room.winfo_height()
        self._top = max(0, min(top, self._tall - room))
        self.page.place(x=0, y=-self._top, relwidth=1, height=self._tall)
        self.bar.set(self._top / self._tall, (self._top + room) / self._tall)

    def _by_bar(self, how: str, amount: str, unit: str = "") -> None:
        if how == "moveto":
            self._move(round(float(amount) * self._tall))
        else:
            step = self._room.winfo_height() if unit == "pages" else pixels(self, STEP)
            self._move(self._top + int(amount) * step)


class SnugPlace(TallPlace):
    """A place that is as large as its page, up to a height."""

    def fit_into(self, most: int) -> int:
        """Ask for as much as the page needs, ``most`` pixels of height at most; gives what was asked for."""
        high = max(1, min(most, self.needed()))
        self._room.configure(width=self.page.winfo_reqwidth(), height=high)
        self._fit()
        return high

    def needed(self) -> int:
        """As high as what it holds wants to be."""
        return self.page.winfo_reqheight()


def _keeps_wheel(widget: tk.Misc) -> bool:
    one: tk.Misc | None = widget
    while one is not None:
        if one.winfo_class() in _SCROLL_THEMSELVES:
            return True
        one = one.master
    return False
