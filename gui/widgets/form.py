"""Labelled fields with a plain check each, whose sentence stands beside the field."""

import tkinter as tk
from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import Any

import ttkbootstrap as ttk

from gui.texts import _, anchor
from gui.theme import pixels
from gui.widgets.day_field import DayField
from gui.widgets.days import day_check
from gui.widgets.search_field import SearchField

Check = Callable[[str], str | None]
"""What is wrong with a value, in one sentence; None when nothing is.  Plain functions, tested without a window."""


def anything(_value: str) -> str | None:
    """For a field that may hold whatever is typed."""
    return None


def not_empty(value: str) -> str | None:
    """For a field that must be filled in."""
    return None if value.strip() else _("Please fill this in.")


class Form(ttk.Frame):
    """Fields below one another.  Values are words; ``1`` and ``0`` of a switch."""

    def __init__(self, parent: tk.Misc, *, wide: int = 420) -> None:
        """wide: where hints and problems wrap, in pixels at 100 %."""
        super().__init__(parent)
        self._wrap = pixels(self, wide)
        self.columnconfigure(0, weight=1)
        self._values: dict[str, tk.StringVar] = {}
        self._checks: dict[str, Check] = {}
        self._problems: dict[str, ttk.Label] = {}
        self._fields: dict[str, tk.Widget] = {}
        self._at_first: dict[str, str] = {}
        self._rows = 0
        self._heads: dict[str, list[tk.Widget]] = {}
        self._head: list[tk.Widget] = []
        self._boxes: dict[str, ttk.Combobox] = {}
        self._keys: dict[str, list[str]] = {}

    def add_text(
        self, name: str, label: str, *, value: str = "", check: Check = anything, secret: bool = False, hint: str = ""
    ) -> ttk.Entry:
        """One line of text; secret: shown as dots."""
        self._add_label(label, hint)
        entry = ttk.Entry(self, textvariable=self._variable(name, value), show="●" if secret else "")
        self._add(name, entry, check)
        return entry

    def add_day(
        self, name: str, label: str, zone: tzinfo | None, *, value: str = "", optional: bool = False, hint: str = ""
    ) -> DayField:
        """A day, typed or chosen from a calendar; the value is as :func:`core.clock.parse_day` takes it."""
        self._add_label(label, hint)
        field = DayField(self, self._variable(name, value), zone)
        self._add(name, field, day_check(zone, optional=optional))
        return field

    def add_search(
        self, name: str, label: str, choices: Sequence[tuple[str, str]], *, value: str = "", must: bool = False,
        hint: str = "",
    ) -> SearchField:  # fmt: skip
        """One of many ``(key, words)``, found by typing; the value is the key, empty for none unless it must be."""
        self._add_label(label, hint)
        field = SearchField(self, self._variable(name, value), choices)

        def check(key: str) -> str | None:
            return field.problem() or (not_empty(key) if must else None)

        self._add(name, field, check)
        return field

    def add_choice(
        self, name: str, label: str, choices: Sequence[tuple[str, str]], *, value: str | None = None, hint: str = ""
    ) -> ttk.Combobox:
        """One of ``(key, words)`` from a list that drops down; the value is the key."""
        self._add_label(label, hint)
        keys = [key for key, _words in choices]
        variable = self._variable(name, value if value is not None else next(iter(keys), ""))
        box = self._boxes[name] = ttk.Combobox(self, state="readonly")
        box.bind("<<ComboboxSelected>>", lambda _event: variable.set(self._keys[name][box.current()]))
        self._fill_choice(name, choices)
        self._add(name, box, anything)
        return box

    def set_choices(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        """Offer something else in a choice; what was chosen stays where it is still offered, else it is the first."""
        variable = self._values[name]
        if variable.get() not in dict(choices):
            variable.set(choices[0][0])
        self._fill_choice(name, choices)

    def _fill_choice(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        self._keys[name] = keys = [key for key, _words in choices]
        box, chosen = self._boxes[name], self._values[name].get()
        box.configure(values=[words for _key, words in choices])
        if chosen in keys:
            box.current(keys.index(chosen))

    def add_options(self, name: str, choices: Sequence[tuple[str, str]]) -> list[ttk.Radiobutton]:
        """One of a few ``(key, words)``, all in sight; the first is chosen."""
        variable = self._variable(name, choices[0][0])
        buttons = [ttk.Radiobutton(self, text=words, value=key, variable=variable) for key, words in choices]
        for button in buttons:
            self._put(button, sticky=anchor(), pady=pixels(self, 3))
        return buttons

    def add_switch(self, name: str, label: str, *, value: bool = False, hint: str = "") -> ttk.Checkbutton:
        """Yes or no."""
        variable = self._variable(name, "1" if value else "0")
        button = ttk.Checkbutton(self, text=label, variable=variable, onvalue="1", offvalue="0")
        self._put(button, sticky=anchor(), pady=pixels(self, 6))
        self._add_hint(hint)
        return button

    def values(self) -> dict[str, str]:
        """What the fields hold, by name."""
        return {name: variable.get() for name, variable in self._values.items()}

    def set_value(self, name: str, value: str) -> None:
        """Fill a field in; a choice shows it from the next time on."""
        self._values[name].set(value)

    def on_change(self, name: str, call: Callable[[], None]) -> None:
        """Call each time a field is given something else, typed or filled in."""
        self._values[name].trace_add("write", lambda *_: call())

    @property
    def is_changed(self) -> bool:
        """Whether anything is other than when the form was made or :meth:`keep` was called."""
        return self.values() != self._at_first

    def keep(self) -> None:
        """What the fields hold was saved."""
        self._at_first = self.values()

    def check(self) -> bool:
        """Whether all is well; else each sentence stands by its field, and the first such field has the keyboard."""
        wrong = {
            name: sentence
            for name, check in self._checks.items()
            # What is away is not asked.
            if self._fields[name].winfo_manager() and (sentence := check(self._values[name].get()))
        }
        for name in self._problems:
            self.show_problem(name, wrong.get(name, ""))
        if wrong:
            self._fields[next(iter(wrong))].focus_set()
        return not wrong

    def show_problem(self, name: str, sentence: str) -> None:
        """Say what is wrong with a field, or with an empty sentence nothing any more."""
        label = self._problems[name]
        label.configure(text=sentence)
        if sentence:
            label.grid()
        else:
            label.grid_remove()

    def show_field(self, name: str, *, shown: bool) -> None:
        """Take a field away with its label and hint, or bring it back; its value and check stay."""
        problem = self._problems[name]
        for widget in (*self._heads[name], self._fields[name]):
            widget.grid() if shown else widget.grid_remove()
        if not shown:
            problem.grid_remove()

    def _variable(self, name: str, value: str) -> tk.StringVar:
        self._values[name] = tk.StringVar(self, value)
        self._at_first[name] = value
        return self._values[name]

    def _add_label(self, text: str, hint: str) -> None:
        label = ttk.Label(self, text=text)
        self._put(label, sticky=anchor(), pady=(pixels(self, 8), pixels(self, 2)))
        self._head = [label]
        self._add_hint(hint)

    def _add_hint(self, hint: str) -> None:
        if hint:
            label = ttk.Label(self, text=hint, style="Muted.TLabel", wraplength=self._wrap)
            self._put(label, sticky=anchor())
            self._head.append(label)

    def _put(self, widget: tk.Widget, **how: Any) -> None:  # noqa: ANN401 - as Tk takes it
        """Below all others.  Tk would give the row of a sentence that is not shown to what comes next."""
        widget.grid(row=self._rows, **how)
        self._rows += 1

    def _add(self, name: str, field: tk.Widget, check: Check) -> None:
        self._put(field, sticky="ew")
        self._fields[name], self._checks[name], self._heads[name] = field, check, self._head
        problem = self._problems[name] = ttk.Label(self, style="Problem.TLabel", wraplength=self._wrap)
        self._put(problem, sticky=anchor())
        problem.grid_remove()
        # A sentence about what is not so any more would be in the way.
        self._values[name].trace_add("write", lambda *_: self.show_problem(name, ""))
