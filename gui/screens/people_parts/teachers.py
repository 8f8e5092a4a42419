"""The teachers of the school."""

import tkinter as tk
from functools import partial
from typing import TYPE_CHECKING

from core.office.teachers import TeacherCard, add_teacher, edit_teacher, list_teachers
from gui.dialogs.ask import AskDialog
from gui.screens.settings_parts.forms import e_mail
from gui.texts import N_, _
from gui.widgets.form import not_empty
from gui.widgets.pages import Page
from gui.widgets.small import EmptyState
from gui.widgets.table import Column, Table

if TYPE_CHECKING:
    from core.store.teachers import Teacher
    from gui.application import Application


class TeachersPage(Page):
    """Added and changed; who left stays in old registers."""

    title = N_("Teachers")

    def __init__(self, app: "Application", parent: tk.Misc) -> None:
        super().__init__(app, parent)
        self.buttons = self.add_buttons([
            (_("Add teacher"), lambda: self._ask(None), "primary"), (_("Change"), self._change, "neutral")
        ])  # fmt: skip
        columns = (
            Column[TeacherCard](_("Name"), lambda one: one.teacher.name, 200, stretch=True),
            Column[TeacherCard](_("E-mail"), lambda one: one.teacher.email or "", 220, stretch=True),
            Column[TeacherCard](_("Classes"), lambda one: ", ".join(one.classes), 200, stretch=True),
            Column[TeacherCard](_("Here"), lambda one: _("yes") if one.teacher.active else _("no"), 70),
        )
        self.table = Table(
            self, columns, lambda one: str(one.teacher.id), on_open=self._ask,
            on_select=lambda one: self.buttons[1].configure(state="normal" if one else "disabled"),
        )  # fmt: skip
        self.table.pack(fill="both", expand=True)
        self.table.show_when_empty(EmptyState(
            self.table.tree, "person-badge", _("No teachers yet"), _("They come with classes, or are added here.")
        ))  # fmt: skip
        self.buttons[1].configure(state="disabled")

    def show(self) -> None:
        self.call(lambda use: list_teachers(use.store), self.table.set_rows)

    def _change(self) -> None:
        for one in self.table.selected():
            self._ask(one)

    def _ask(self, card: TeacherCard | None) -> None:
        who = None if card is None else card.teacher
        title = _("Add teacher") if who is None else _("Change teacher")
        dialog = AskDialog(self.app, title, "", _("Save"), partial(self._save, who))
        field = dialog.form.add_text("name", _("Name"), value=who.name if who else "", check=not_empty)
        email = (who.email or "") if who else ""
        dialog.form.add_text("email", _("E-mail"), value=email, check=e_mail, hint=_("May be empty."))
        if who is not None:
            dialog.form.add_switch("active", _("Still at this school"), value=who.active)
        dialog.open(field)

    def _save(self, who: "Teacher | None", given: dict[str, str]) -> None:
        name, email = given["name"], given["email"].strip()
        if who is None:
            self.call(lambda use: add_teacher(use.store, name, email or None), lambda _one: self.show(), saves=True)
            return
        old, active = who.name, given["active"] == "1"
        self.call(
            lambda use: edit_teacher(use.store, old, new_name=name, email=email, active=active),
            lambda _one: self.show(),
            saves=True,
        )
