"""What follows from many small changes of a widget, done once when the window has worked them off."""

import tkinter as tk
from collections.abc import Callable


class Settling:
    """Call it, also as the handler of an event, as often as something changes."""

    def __init__(self, widget: tk.Misc, do: Callable[[], object]) -> None:
        """do: done once afterwards, unless the widget is gone by then."""
        self._widget, self._do = widget, do
        self._waiting = False

    def __call__(self, _event: object = None) -> None:
        if not self._waiting:
            self._waiting = True
            self._widget.after_idle(self._settle)

    def _settle(self) -> None:
        self._waiting = False
        if self._widget.winfo_exists():
            self._do()
