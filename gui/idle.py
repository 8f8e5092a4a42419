"""The lock: a window in which nobody did anything for a while asks for the password again."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tkinter as tk
    from datetime import datetime

    from gui.application import Application

LOOK_MS = 5_000
_SIGNS = ("<Any-KeyPress>", "<Any-ButtonPress>", "<Motion>", "<MouseWheel>")


class IdleWatch:
    """Notes each key and move of the mouse; locks after ``settings.idle_minutes`` where there are accounts."""

    def __init__(self, app: "Application") -> None:
        self._app = app
        self._last: datetime | None = None
        self._is_running = False

    def start(self) -> None:
        """From now on; harmless when it runs already."""
        if not self._is_running:
            self._is_running = True
            for sign in _SIGNS:
                self._app.root.bind_all(sign, self._seen, add="+")
            self.touch()
            self._app.root.after(LOOK_MS, self._look)

    def touch(self) -> None:
        """Somebody is there."""
        from core import clock

        self._last = clock.now()

    def _seen(self, _event: "tk.Event[tk.Misc]") -> None:
        self.touch()

    def _look(self) -> None:
        from core import clock
        from core.accounts.login import is_idle

        self._app.root.after(LOOK_MS, self._look)
        if self._last is not None and is_idle(self._last, clock.now(), self._app.settings):
            self._app.lock()
