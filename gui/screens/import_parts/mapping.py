"""Which heading of a list is which field, changeable by a person."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import ttkbootstrap as ttk

from gui.texts import N_, _, anchor
from gui.theme import pixels

FIELDS = (
    ("roll", N_("Roll number")), ("name", N_("Full name")), ("first_name", N_("First name")),
    ("last_name", N_("Last name")), ("classes", N_("Classes")), ("groups", N_("Groups")), ("email", N_("E-mail")),
    ("parents_email", N_("Parents’ e-mail")), ("consent", N_("Consent")), ("consent_date", N_("Day of consent")),
    ("active", N_("Active")),
)  # fmt: skip
A_ROW = 6


class MappingPanel(ttk.Frame):
    """A drop-down list for each field, over all headings of the file."""

    def __init__(self, parent: tk.Misc, on_map: Callable[[str, str], None]) -> None:
        """on_map: gets field and heading, "" for none."""
        super().__init__(parent)
        self._on_map = on_map
        self._headings: list[str] = []
        self.boxes: dict[str, ttk.Combobox] = {}
        for number, (field, words) in enumerate(FIELDS):
            row, column = number // A_ROW * 2, number % A_ROW
            self.columnconfigure(column, weight=1, uniform="field")
            ttk.Label(self, text=_(words), style="Muted.TLabel").grid(row=row, column=column, sticky=anchor())
            box = ttk.Combobox(self, state="readonly", width=12)
            box.grid(row=row + 1, column=column, sticky="ew", padx=(0, pixels(self, 8)), pady=(0, pixels(self, 6)))
            box.bind("<<ComboboxSelected>>", partial(self._chosen, field))
            self.boxes[field] = box

    def set(self, headings: Sequence[str], mapped: Mapping[str, str]) -> None:
        """Show these headings; mapped: field -> the one (or several, with commas) it is."""
        self._headings = list(dict.fromkeys(headings))
        for field, box in self.boxes.items():
            box.configure(values=[_("– none –"), *self._headings])
            box.set(mapped.get(field) or _("– none –"))

    def _chosen(self, field: str, _event: object) -> None:
        number = self.boxes[field].current()
        self._on_map(field, self._headings[number - 1] if number > 0 else "")
