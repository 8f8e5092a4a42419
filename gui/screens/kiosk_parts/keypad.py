"""Keys to be touched, for a kiosk without a keyboard: digits, and letters where a number may have some."""

import tkinter as tk
from collections.abc import Callable
from functools import partial

import ttkbootstrap as ttk

from gui.texts import _

DIGITS = ("123", "456", "789")
LETTERS = ("ABCDEFG", "HIJKLMN", "OPQRSTU", "VWXYZ-/")
BACK = "⌫"


class Keypad(ttk.Frame):
    """Writes into a variable.  ``style``: name of the buttons' own style, whose letters are large."""

    def __init__(
        self, parent: tk.Misc, typed: tk.StringVar, *, unit: int, letters: bool, accept: Callable[[], None], words: str,
        leave: Callable[[], None],
    ) -> None:  # fmt: skip
        """unit: height of a key in pixels; letters: whether there are any; words: on the key that accepts."""
        super().__init__(parent)
        self._typed, self._unit, self._letters = typed, unit, letters
        self.buttons: dict[str, ttk.Button] = {}
        self._place = ttk.Frame(self)
        foot = ttk.Frame(self)
        foot.pack(side="bottom", fill="x")
        for column, (text, command, look) in enumerate(((_("Back"), leave, "neutral"), (words, accept, "primary"))):
            foot.columnconfigure(column, weight=1, uniform="foot")
            self.buttons[text] = self._key(foot, text, command, look)
            self.buttons[text].grid(row=0, column=column, sticky="nsew", padx=2, pady=2)
        foot.rowconfigure(0, minsize=unit)
        self.show_digits()

    def show_digits(self) -> None:
        """The keys 0 to 9."""
        more = ("ABC", self.show_letters) if self._letters else None
        self._fill([*DIGITS], [more, ("0", partial(self._type, "0")), (BACK, self._delete)], 2 * self._unit)

    def show_letters(self) -> None:
        """The keys A to Z."""
        self._fill([*LETTERS], [("123", self.show_digits), (BACK, self._delete)], round(1.1 * self._unit))

    def _fill(self, rows: list[str], last: list[tuple[str, Callable[[], None]] | None], width: int) -> None:
        self._place.destroy()
        self._place = ttk.Frame(self)
        self._place.pack(fill="x")
        lines = [[(one, partial(self._type, one)) for one in row] for row in rows]
        columns = len(rows[0])
        for number, line in enumerate(lines):
            for column, (text, command) in enumerate(line):
                self._put(text, command, number, column, 1)
        span = columns // len(last)
        for place, key in enumerate(last):
            if key is not None:
                self._put(*key, len(lines), place * span, columns - place * span if place == len(last) - 1 else span)
        for column in range(columns):
            self._place.columnconfigure(column, minsize=width, weight=1)
        for row in range(len(lines) + 1):
            self._place.rowconfigure(row, minsize=self._unit)

    def _put(self, text: str, command: Callable[[], None], row: int, column: int, span: int) -> None:
        key = self.buttons[text] = self._key(self._place, text, command, "neutral")
        key.grid(row=row, column=column, columnspan=span, sticky="nsew", padx=2, pady=2)

    def _key(self, parent: tk.Misc, text: str, command: Callable[[], None], look: str) -> ttk.Button:
        key = ttk.Button(parent, text=text, command=command, bootstyle=look, takefocus=False, width=3)
        key.configure(style=f"Kiosk.{key.cget('style')}")
        return key

    def _type(self, letter: str) -> None:
        self._typed.set(self._typed.get() + letter)

    def _delete(self) -> None:
        self._typed.set(self._typed.get()[:-1])
