"""The one way to wait: a status line, a bar, how long it still takes, details and Cancel."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.background import Task
from gui.dialogs.base import Dialog
from gui.texts import _, anchor, ngettext, start, told
from gui.theme import pixels

if TYPE_CHECKING:
    from core.records import Progress
    from gui.application import Application

SURE_AFTER_S = 2.0
"""Nobody is told how long it still takes before so much was seen of it."""


class ProgressDialog(Dialog):
    """Shown while one task runs; made by :meth:`gui.application.Application.wait_for`.  Main thread only."""

    def __init__(self, app: Application, title: str) -> None:
        super().__init__(app, title)
        self.task: Task | None = None
        self._began = time.monotonic()
        self.status = self.add_sentence(title)
        self.bar = ttk.Progressbar(self.body, length=pixels(self, 460), mode="indeterminate")
        self.bar.pack(fill="x")
        self.bar.start(20)
        self.left = ttk.Label(self.body, style="Muted.TLabel", text=" ")
        self.left.pack(anchor=anchor(), pady=(pixels(self, 6), 0))
        self._lines: list[str] = []
        self._details = ttk.Label(self.body, style="Small.TLabel", justify=start(), wraplength=pixels(self, 460))
        self._more = self.add_button(_("Details"), self._show_details)
        self.stop = self.add_button(_("Cancel"), self.cancel)
        self.open(self.stop)

    def accept(self) -> None:
        """Enter must not end anything by accident."""

    def cancel(self) -> None:
        """Ask the task to stop."""
        if self.task is not None:
            self.task.cancel()
        self.close()

    def tell(self, progress: Progress) -> None:
        """Show how far it is."""
        text = told(progress.text)
        self.status.configure(text=text or self.title())
        if text and self._lines[-1:] != [text]:
            self._lines = [*self._lines[-7:], text]
            self._details.configure(text="\n".join(self._lines))
        if not progress.total:
            return
        self.bar.stop()
        self.bar.configure(mode="determinate", maximum=progress.total, value=progress.done)
        self.left.configure(text=time_left(time.monotonic() - self._began, progress))

    def close(self) -> None:
        if self.winfo_exists():
            self.bar.stop()
        super().close()

    def _show_details(self) -> None:
        self._more.pack_forget()
        self._details.pack(anchor=anchor(), pady=(pixels(self, 10), 0))


def time_left(passed_s: float, progress: Progress) -> str:
    """About how long the rest takes, in words; a blank while that is anybody's guess."""
    if not progress.total or progress.done <= 0 or passed_s < SURE_AFTER_S:
        return " "
    return left_text(passed_s * max(0, progress.total - progress.done) / progress.done)


def left_text(left_s: float) -> str:
    """How long it still takes, in words, from seconds."""
    if left_s < 60:
        return _("less than a minute left")
    minutes = round(left_s / 60)
    return ngettext("about {} minute left", "about {} minutes left", minutes).format(minutes)
