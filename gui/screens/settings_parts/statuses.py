"""What a mark can be in this school."""

from functools import partial
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.statuses import NO_POINTS, StatusChange, add_status, change_status, list_all
from core.store.statuses import Status
from gui.dialogs.ask import AskDialog
from gui.texts import N_, _
from gui.widgets.form import not_empty
from gui.widgets.pages import Page
from gui.widgets.table import Column, Table

if TYPE_CHECKING:
    from gui.application import Application

MEANINGS = {"present": N_("Present"), "late": N_("Late"), "excused": N_("Excused"), "absent": N_("Absent")}


def points_text(status: Status) -> str:
    """The points as they are typed."""
    return NO_POINTS if status.points is None else f"{status.points:g}"


def points(text: str) -> str | None:
    """The check of points."""
    plain = text.strip()
    try:
        fits = plain == NO_POINTS or 0 <= float(plain) <= 1
    except ValueError:
        fits = False
    return None if fits else _("Write 0 to 1, or - to leave the lesson out of the percentage.")


class StatusesPage(Page):
    """Added and changed; marks keep what they have."""

    title = N_("Statuses")
    action = "statuses.change"
    icon = "tags"

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        change = self.add_buttons(
            [(_("Add status"), lambda: self._ask(None), "primary"), (_("Change"), self._change, "neutral")]
        )[1]
        columns = (
            Column[Status](_("Letter"), lambda one: one.letter, 70),
            Column[Status](_("Name"), lambda one: one.name, 130, stretch=True),
            Column[Status](_("Counts as"), lambda one: _(MEANINGS[one.counts_as]), 100),
            Column[Status](_("Points"), points_text, 80, align="end"),
            Column[Status](_("In use"), lambda one: _("yes") if one.active else _("no"), 80),
        )
        self.table = Table(
            self, columns, lambda one: one.code, on_open=self._ask, search=False,
            on_select=lambda one: change.configure(state="normal" if one else "disabled"),
        )  # fmt: skip
        change.configure(state="disabled")
        self.table.pack(fill="both", expand=True)

    def show(self) -> None:
        self.call(lambda use: list_all(use.store), self.table.set_rows)

    def _change(self) -> None:
        for one in self.table.selected():
            self._ask(one)

    def _ask(self, status: Status | None) -> None:
        title = _("Add status") if status is None else _("Change status")
        dialog = AskDialog(self.app, title, "", _("Save"), partial(self._save, status))
        form = dialog.form
        field = form.add_text("letter", _("Letter"), value=status.letter if status else "", check=not_empty)
        form.add_text("name", _("Name"), value=status.name if status else "", check=not_empty)
        if status is None:
            form.add_choice("counts_as", _("Counts as"), [(key, _(words)) for key, words in MEANINGS.items()])
        hint = _("1 counts fully, 0 not at all, - leaves the lesson out of the percentage.")
        form.add_text("points", _("Points"), value=points_text(status) if status else "1", check=points, hint=hint)
        if status is not None:
            form.add_switch("active", _("In use"), value=status.active)
        dialog.open(field)

    def _save(self, status: Status | None, given: dict[str, str]) -> None:
        if status is None:
            self.call(
                lambda use: add_status(use.store, given["letter"], given["name"], given["counts_as"], given["points"]),
                lambda _made: self.show(),
                saves=True,
            )
            return
        change = StatusChange(given["letter"], given["name"], given["points"], active=given["active"] == "1")
        letter = status.letter
        self.call(lambda use: change_status(use.store, letter, change), lambda _made: self.show(), saves=True)
