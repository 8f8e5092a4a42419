"""The statuses beside the month: what each letter means; pressed with the mouse, it makes the chosen mark."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from gui.texts import _
from gui.theme import pixels
from gui.widgets.flow import Flow
from gui.widgets.small import Badge, add_tip

if TYPE_CHECKING:
    from core.store.statuses import Status

LONGEST_STATUS = 16
SHARE = 0.45
"""The names of the statuses stand beside their letters where they take less of the width."""


class Legend(Flow):
    """Badges in the school's order."""

    def __init__(self, parent: tk.Misc, choose: Callable[[Status], None]) -> None:
        super().__init__(parent)
        self._choose = choose

    def show(self, statuses: Sequence[Status], wide: int) -> None:
        """Show these, as far as they are in use; wide: pixels of the whole page."""
        for old in self.winfo_children():
            old.destroy()
        active = [one for one in statuses if one.active]
        letters = sum(4 + len(_(one.name)[:LONGEST_STATUS]) for one in active)
        has_names = letters * pixels(self, 9) < wide * SHARE
        for status in active:
            words = f"{status.letter}  {_(status.name)[:LONGEST_STATUS]}" if has_names else status.letter
            badge = Badge(self, words, status.colour)
            badge.configure(cursor="hand2")
            badge.bind("<Button-1>", partial(self._pressed, status))
            self.add(badge, 4)
            add_tip(badge, _("Makes the chosen mark: {status}").format(status=_(status.name)))

    def _pressed(self, status: Status, _event: object) -> None:
        self._choose(status)
