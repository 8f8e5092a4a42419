"""A student's attendance: the findings in words and the chart, drawn in the background when it is looked at."""

from __future__ import annotations

import tkinter as tk
from typing import TYPE_CHECKING

import ttkbootstrap as ttk
from PIL import Image as Pictures

from core.office.students import StudentCard
from gui.opening import Use
from gui.screens.student_parts.tab import Tab
from gui.texts import _, anchor, start, told
from gui.theme import on_change, pixels
from gui.widgets.picture import Chart, Picture, as_chart
from gui.widgets.small import follow_width

if TYPE_CHECKING:
    from gui.screens.student import Screen

Drawn = tuple[tuple[str, ...], Chart | None]


class ChartTab(Tab):
    """The sentences of the report above its picture."""

    def __init__(self, screen: Screen, parent: tk.Misc) -> None:
        super().__init__(screen, parent)
        self.words = follow_width(ttk.Label(self, justify=start(), anchor=anchor()))
        self.words.pack(fill="x", pady=(0, pixels(self, 8)))
        self.picture = Picture(self, pixels(self, 400), pixels(self, 240))
        self.picture.pack(fill="both", expand=True)
        self._whole: Chart | None = None
        self.picture.bind("<Configure>", lambda _event: self._fit(), add="+")
        on_change(self, self._fit)

    def show(self, card: StudentCard) -> None:
        self.words.configure(text=_("Drawing …"))
        self.picture.clear()
        self._whole = None

        def take(found: Drawn) -> None:
            if self.is_about(card):
                self.words.configure(text=" ".join(map(told, found[0])))
                self._whole = found[1]
                self._fit()

        self.screen.call(lambda use: _draw(use, card.student.roll), take)

    def _fit(self) -> None:
        if self._whole is None:
            return
        whole = self._whole.fitting(self.screen.app.preferences.mode)
        width, height = self.picture.space
        scale = min(width / whole.width, height / whole.height, 1.0)
        size = max(1, round(whole.width * scale)), max(1, round(whole.height * scale))
        self.picture.show(whole.resize(size, Pictures.Resampling.BILINEAR, reducing_gap=2))


def _draw(use: Use, roll: str) -> Drawn:
    from core.reports.registry import run_report

    found = run_report(use.store, use.settings, "student", {"student": roll})
    if not found.charts:
        return found.sentences, None
    use.task.check()
    from core.reports.charts.drawing import draw
    from core.reports.charts.style import as_image

    return found.sentences, as_chart(as_image(draw(found.charts[:1])))
