"""Small things: badges, tool tips, and what stands where nothing is yet."""

import sys
import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable

import ttkbootstrap as ttk

from gui.texts import anchor
from gui.theme import font, ink_on, pixels

WIDEST = 420
"""Of the sentences where nothing is yet, in pixels of letters of 100 %."""
_CONTROL = 0x4
_ALT = {"win32": 0x20000, "darwin": 0x8 | 0x10}.get(sys.platform, 0x8 | 0x20000)
"""As Tk tells them; of a Macintosh Command and Option.  Elsewhere the same bits are the lock of the numbers."""


class Badge(tk.Label):
    """A letter or word on its colour (``#rrggbb``): never a colour alone."""

    def __init__(self, parent: tk.Misc, text: str, colour: str) -> None:
        super().__init__(parent, font=font("Small"), padx=pixels(parent, 7), pady=pixels(parent, 1), borderwidth=0)
        self.set(text, colour)

    def set(self, text: str, colour: str) -> None:
        """Show something else."""
        self.configure(text=text, background=colour, foreground=ink_on(colour))


class EmptyState(ttk.Frame):
    """What stands where nothing is yet: what could be here, and the button that brings it."""

    def __init__(
        self,
        parent: tk.Misc,
        icon: str,
        title: str,
        sentence: str = "",
        button: str = "",
        command: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(parent, padding=pixels(parent, 32))
        self._icon = ttk.Label(self, icon=icon, icon_size=pixels(parent, 40), style="Muted.TLabel")
        self._icon.pack()
        self._place: tk.Misc | None = None
        self._is_wanted = True
        self._title = ttk.Label(self, text=title, style="Title.TLabel", justify="center")
        self._title.pack(pady=(pixels(self, 12), pixels(self, 4)))
        self._sentence = ttk.Label(self, text=sentence, style="Muted.TLabel", justify="center")
        if sentence:
            self._sentence.pack()
        self._wrap(pixels(self, WIDEST))
        self.bind("<Configure>", self._squeezed)
        if button and command:
            self.button = ttk.Button(self, text=button, command=command, bootstyle="primary")
            self.button.pack(pady=(pixels(self, 16), 0))

    def lie_on(self, place: tk.Misc, top: int = 0, *, is_wanted: bool = True) -> None:
        """Stand in the middle of a widget, below its first ``top`` pixels; where that is low, without the icon."""
        self._is_wanted = is_wanted
        if self._place is None:
            self._place = place
            place.bind("<Configure>", lambda _event: self._fit(place, top), add="+")
        if is_wanted:
            self._fit(place, top)
        else:
            self.place_forget()

    def _fit(self, place: tk.Misc, top: int) -> None:
        if not (self.winfo_exists() and self._is_wanted):
            return
        room = place.winfo_height() - top - pixels(self, 2)
        spare = self._dress(room)
        self.place(relx=0.5, y=top + max(0, spare * 9 // 20), anchor="n", height=room if spare < 0 < room - 1 else "")

    def _squeezed(self, event: "tk.Event[tk.Misc]") -> None:
        """Whoever holds it may give it less than it wants."""
        if self._place is None:
            self._wrap(min(pixels(self, WIDEST), max(1, event.width - pixels(self, 8))))
            self._dress(event.height)

    def _wrap(self, width: int) -> None:
        for label in (self._title, self._sentence):
            label.configure(wraplength=width)

    def _dress(self, room: int) -> int:
        """In a low place it stands without its icon; gives how many pixels of the height are left over, or missing."""
        far, near = pixels(self, 32), pixels(self, 4)
        words = sum(one.winfo_reqheight() for one in self.pack_slaves() if one is not self._icon) + far
        full = words + self._icon.winfo_reqheight() + 2 * far
        is_low = 1 < room < full
        if is_low:
            self._icon.pack_forget()
        else:
            self._icon.pack(before=self._title)
        self.configure(padding=near if is_low else far)
        return room - (words + 2 * near if is_low else full)


def add_tip(widget: tk.Misc, text: str) -> None:
    """A tool tip: more about a button, never what cannot be found elsewhere."""
    ttk.ToolTip(widget, text=text)


def follow_width(label: ttk.Label) -> ttk.Label:
    """Wrap a label that fills its line at the width the line has, whatever the letters' size; gives it back."""
    label.configure(anchor=anchor())
    label.bind("<Configure>", lambda event: label.configure(wraplength=event.width))
    return label


def is_plain(event: "tk.Event[tk.Misc]") -> bool:
    """Whether a key was pressed by itself: with Control or Alt it is another key, which Tk does not tell apart."""
    return not int(event.state) & (_CONTROL | _ALT)


def keep_focus_in_sight(place: ttk.ScrolledFrame, within: tk.Misc) -> None:
    """Scroll ``place`` to what gets the keyboard, for all widgets there are in ``within`` by now."""

    def look(event: "tk.Event[tk.Misc]") -> None:
        height = max(1, place.winfo_height())
        top = (event.widget.winfo_rooty() - place.winfo_rooty()) / height
        first, last = place.vbar.get()[:2]
        if top < first or top + event.widget.winfo_height() / height > last:
            place.yview_moveto(max(0.0, top - (last - first) / 2))

    for child in within.winfo_children():
        # Tk takes whatever listens to the keyboard for a stop of the Tab key, a label too.
        if str(child.cget("takefocus")):
            child.bind("<FocusIn>", look, add="+")


def shortened(text: str, room: int, letters: tkfont.Font) -> str:
    """As much of a text as fits into ``room`` pixels, with an ellipsis."""
    if letters.measure(text) <= room:
        return text
    # A width for each letter first: names of 300 letters are not measured 300 times.
    shown = text[: max(1, 2 * room // max(1, letters.measure("n")))]
    while shown and letters.measure(f"{shown}…") > room:
        shown = shown[:-1]
    return f"{shown.rstrip()}…"
