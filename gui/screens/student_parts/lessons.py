"""A student's lessons: what was marked, when, by whom, and when they came and left."""

from __future__ import annotations

import tkinter as tk
from datetime import timedelta
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core import clock
from core.office.students import StudentCard
from gui.opening import Use
from gui.screens.student_parts.tab import Tab
from gui.texts import _, day_text, start, time_text
from gui.theme import pixels
from gui.widgets.small import EmptyState
from gui.widgets.table import Column, Table

if TYPE_CHECKING:
    from core.presence import Attended, History
    from gui.screens.student import Screen

SPANS = (30, 90, 365)
"""Days that can be chosen."""


class LessonsTab(Tab):
    """A table of the last month, or of more."""

    def __init__(self, screen: Screen, parent: tk.Misc) -> None:
        super().__init__(screen, parent)
        self._card: StudentCard | None = None
        self._zone = clock.school_zone(screen.app.settings)
        columns: tuple[Column[Attended], ...] = (
            Column(_("Day"), _day, 130, lambda one: one.mark.session.day),
            Column(_("Time"), lambda one: time_text(one.mark.session.starts_at, self._zone), 90),
            Column(_("Class"), lambda one: one.mark.class_code, 100),
            Column(_("Status"), status_text, 150),
            Column(_("Remark"), remark_text, 220, stretch=True),
            Column(_("Marked by"), lambda one: one.mark.changed_by or source_text(one.mark.source), 140),
        )
        self.table: Table[Attended] = Table(self, columns, lambda one: str(one.mark.session.id))
        self.table.pack(fill="both", expand=True)
        words = [_("Last 30 days"), _("Last 3 months"), _("Last year")]
        self.span = ttk.Combobox(self.table.head, state="readonly", width=16, values=words)
        self.span.current(0)
        self.span.pack(side=start(), padx=pixels(self, 10))
        self.span.bind("<<ComboboxSelected>>", lambda _event: self._load())
        self.table.show_when_empty(
            EmptyState(self.table.tree, "calendar-x", _("No lessons"), _("Nothing was marked in this time."))
        )

    def show(self, card: StudentCard) -> None:
        self._card = card
        self._load()

    def _load(self) -> None:
        card, days = self._card, SPANS[self.span.current()]
        if card is None:
            return

        def work(use: Use) -> History:
            from core.presence import history

            first = clock.today(clock.school_zone(use.settings)) - timedelta(days=days)
            return history(use.store, use.settings, card.student.roll, first)

        def take(found: History) -> None:
            if self.is_about(card):
                self.table.set_rows(found.lessons[::-1])

        self.screen.call(work, take)


def _day(one: Attended) -> str:
    return day_text(one.mark.session.day, "medium")


def status_text(one: Attended) -> str:
    """Letter and word."""
    return f"{one.status.letter}  {_(one.status.name)}" if one.status is not None else one.mark.status


def remark_text(one: Attended) -> str:
    """How late, how early, why."""
    parts = []
    if one.mark.minutes_late:
        parts.append(_("{minutes} min late").format(minutes=one.mark.minutes_late))
    if one.left_early_minutes is not None:
        parts.append(_("left {minutes} min early").format(minutes=one.left_early_minutes))
    return "  ·  ".join((*parts, *filter(None, (one.mark.reason,))))


def source_text(source: str) -> str:
    """Who marked, where it was no person."""
    return {"face": _("Face"), "manual": _("By hand"), "qr": _("QR code"), "auto": _("Automatic")}.get(source, source)
