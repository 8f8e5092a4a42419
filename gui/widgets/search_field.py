"""One of many people or things: type a part of the name, then choose from what fits."""

import tkinter as tk
from collections.abc import Sequence

import ttkbootstrap as ttk

from gui.texts import _, number_text
from gui.theme import font, on_change, pixels
from gui.widgets.popup import Popup

MOST = 8
"""Rows that are listed; of more than that, more letters find it."""
SOON_MS = 60


def fitting(typed: str, choices: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The choices ``(key, words)`` in which every typed word stands."""
    asked = typed.casefold().split()
    return [one for one in choices if all(word in one[1].casefold() for word in asked)]


def meant(typed: str, choices: Sequence[tuple[str, str]]) -> str | None:
    """The key of the one choice that was typed whole, or that alone fits; empty for nothing; None for no such one."""
    plain = typed.strip().casefold()
    if not plain:
        return ""
    whole = [key for key, words in choices if plain in (key.casefold(), words.casefold())]
    found = whole or [key for key, _words in fitting(typed, choices)]
    return found[0] if len(set(found)) == 1 else None


class SearchField(ttk.Frame):
    """The variable holds the key of what is chosen, empty for nothing."""

    def __init__(self, parent: tk.Misc, variable: tk.StringVar, choices: Sequence[tuple[str, str]]) -> None:
        super().__init__(parent)
        self.variable, self.choices = variable, list(choices)
        self.listed: list[tuple[str, str]] = []
        self.typed = tk.StringVar(self, dict(self.choices).get(variable.get(), ""))
        self.entry = ttk.Entry(self, textvariable=self.typed)
        self.entry.pack(fill="x")
        self.popup: Popup | None = None
        self._list: tk.Listbox | None = None
        self._is_choosing = False
        self.typed.trace_add("write", lambda *_: self._was_typed())
        variable.trace_add("write", lambda *_: self._was_filled())
        self.entry.bind("<Down>", lambda _event: self._step(1))
        self.entry.bind("<Up>", lambda _event: self._step(-1))
        for key in ("<Return>", "<KP_Enter>"):
            self.entry.bind(key, lambda _event: self._take())
        self.entry.bind("<Escape>", lambda _event: self._give_up())
        self.entry.bind("<FocusOut>", lambda _event: self._left())

    def focus_set(self) -> None:
        self.entry.focus_set()

    def problem(self) -> str | None:
        """What is wrong with what stands there, in a sentence."""
        self._left()
        return None if meant(self.typed.get(), self.choices) is not None else _("Please choose one of the list.")

    def choose(self, key: str) -> None:
        """Take one of the choices."""
        self._is_choosing = True
        self.variable.set(key)
        self.typed.set(dict(self.choices).get(key, ""))
        self._is_choosing = False
        self.entry.icursor("end")
        self._close()

    def _was_typed(self) -> None:
        if not self._is_choosing:
            self._is_choosing = True
            self.variable.set(meant(self.typed.get(), self.choices) or "")
            self._is_choosing = False
            self._show_list()

    def _was_filled(self) -> None:
        """From elsewhere, not by typing here."""
        if not self._is_choosing and self.winfo_exists():
            self._is_choosing = True
            self.typed.set(dict(self.choices).get(self.variable.get(), ""))
            self._is_choosing = False

    def _show_list(self) -> None:
        found = fitting(self.typed.get(), self.choices)
        self.listed = found[:MOST]
        if not found or not self.entry.winfo_viewable():
            self._close()
            return
        if self.popup is None:
            self._make_list()
        if self._list is not None and self.popup is not None:
            more = len(found) - len(self.listed)
            rows = [words for _key, words in self.listed]
            if more:
                rows.append(_("… and {count} more: type on").format(count=number_text(more)))
            self._list.delete(0, "end")
            self._list.insert("end", *rows)
            self._list.configure(height=len(rows))
            self._select(0)
            self.popup.place_it()

    def _make_list(self) -> None:
        self.popup = popup = Popup(self, self._closed)
        self._list = box = tk.Listbox(
            popup.body, borderwidth=0, highlightthickness=0, activestyle="none", font=font("Body"), takefocus=False,
            width=max(20, self.entry.winfo_width() // pixels(self, 8)), exportselection=False,
        )  # fmt: skip
        box.pack(fill="both", expand=True, padx=pixels(self, 4), pady=pixels(self, 4))
        box.bind("<Button-1>", self._clicked)
        on_change(box, lambda: _colour(box))
        popup.drop()

    def _clicked(self, event: "tk.Event[tk.Misc]") -> str:
        if self._list is not None:
            self._select(self._list.nearest(event.y))
            self._take()
        return "break"  # The keyboard stays in the field.

    def _step(self, way: int) -> str:
        if self.popup is None:
            self._show_list()
        else:
            self._select(self._place() + way)
        return "break"

    def _place(self) -> int:
        chosen = self._list.curselection() if self._list is not None else ()
        return chosen[0] if chosen else 0

    def _select(self, place: int) -> None:
        if self._list is not None and self.listed:
            self._list.selection_clear(0, "end")
            self._list.selection_set(max(0, min(place, len(self.listed) - 1)))

    def _take(self) -> str | None:
        """Enter: what is marked in the list; without a list Enter is the dialog's."""
        if self.popup is None or not self.listed:
            return None
        self.choose(self.listed[self._place()][0])
        return "break"

    def _give_up(self) -> str | None:
        if self.popup is None:
            return None
        self._close()
        return "break"

    def _left(self) -> None:
        """Who typed enough and went on meant that one."""
        self._close()
        key = meant(self.typed.get(), self.choices)
        if key:
            self.choose(key)

    def _close(self) -> None:
        if self.popup is not None:
            self.popup.close()

    def _closed(self) -> None:
        self.popup = self._list = None


def _colour(box: tk.Listbox) -> None:
    colours = ttk.Style().colors
    box.configure(
        background=colours.bg, foreground=colours.fg, selectbackground=colours.primary, selectforeground=colours.bg
    )
