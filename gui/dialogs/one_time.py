"""A one-time code to hand over, large, this once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.dialogs.base import Dialog
from gui.texts import _
from gui.theme import font, pixels

if TYPE_CHECKING:
    from gui.application import Application


class OneTimeDialog(Dialog):
    """A code of a person that is stored nowhere in letters.  sentence: until when, and where it is typed."""

    def __init__(self, app: Application, name: str, code: str, sentence: str) -> None:
        super().__init__(app, _("Code for {name}").format(name=name))
        self.add_sentence(_("Hand this code over now; it is not shown again."))
        field = ttk.Entry(self.body, font=font("Heading"), justify="center")
        field.insert(0, code)
        field.configure(state="readonly")
        field.pack(fill="x", pady=pixels(self, 8))
        self.add_sentence(sentence)
        self.code = code
        self.open(self.add_button(_("Done"), self.close, "primary"))
        self.add_button(_("Copy"), self._copy)

    def _copy(self) -> None:
        self.clipboard_clear()
        self.clipboard_append(self.code)
