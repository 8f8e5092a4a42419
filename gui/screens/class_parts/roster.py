"""The students of a class: who is in it, and putting in, taking out, moving."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core import clock
from core.office.classes import Roster, RosterLine, roster
from core.records import SchoolClass
from gui.dialogs import ask
from gui.opening import Use
from gui.screen import BaseScreen
from gui.texts import _, day_text, end, ngettext, start
from gui.theme import pixels
from gui.widgets.coverage import coverage_text, state_text
from gui.widgets.people_table import PeopleTable
from gui.widgets.small import EmptyState
from gui.widgets.table import Column

if TYPE_CHECKING:
    from gui.screens.class_page import Screen


def rolls_in(text: str) -> list[str]:
    """Roll numbers with commas, semicolons or blanks between them, each once."""
    return list(dict.fromkeys(text.replace(",", " ").replace(";", " ").split()))


def delete_class(screen: BaseScreen, school_class: SchoolClass, done: Callable[[], None]) -> None:
    """Delete a class that was never taught, after asking."""

    def work(use: Use) -> None:
        from core.office.classes import delete_class as delete_now

        delete_now(use.store, school_class.code)

    sentence = _("{code} {name} is deleted with its groups and what was learned of it. The students stay.").format(
        code=school_class.code, name=school_class.name[:60]
    )
    ask.yes_no(
        screen.app, sentence, lambda: _call(screen, work, done), title=_("Delete a class"), yes=_("Delete"), danger=True
    )


def _call(screen: BaseScreen, work: Callable[[Use], object], done: Callable[[], None]) -> None:
    screen.call(work, lambda _result: done(), saves=True)


def _covered(one: RosterLine) -> str:
    return coverage_text(one.coverage, one.samples)


class RosterTab(ttk.Frame):
    """The table and what can be done with who is selected."""

    def __init__(self, screen: Screen, parent: tk.Misc) -> None:
        super().__init__(parent, padding=pixels(parent, 14))
        self.screen = screen
        self._class: SchoolClass | None = None
        self._codes: list[str] = []
        self.acts = ttk.Frame(self)
        self.acts.pack(side="bottom", fill="x", pady=(pixels(self, 10), 0))
        self.table: PeopleTable[RosterLine] = PeopleTable(
            screen, self, self._columns(), on_open=self._open, on_select=lambda _line: self._chosen()
        )
        self.table.pack(fill="both", expand=True)
        self.can_change = screen.may("classes.change")
        self._needing: list[ttk.Button] = []
        self._needing.append(self._button(_("Open"), "person-vcard", self._open_chosen))
        if self.can_change:
            self._button(_("Put in …"), "person-plus", self._ask_join)
            self._needing.append(self._button(_("Take out"), "person-dash", self._leave))
            self._needing.append(self._button(_("Move to …"), f"arrow-{end()}", self._move))
            self.table.tree.bind("<Delete>", lambda _event: self._leave())
        if screen.may("faces.enrol"):
            photos = self._button(_("Import photos"), "images", self._photos)
            photos.pack_configure(side=end())
        self.table.show_when_empty(self._nobody())

    def load(self, school_class: SchoolClass, codes: list[str]) -> None:
        """Read who is in it; codes: of all classes one can move to."""
        self._class, self._codes = school_class, codes

        def take(found: Roster) -> None:
            if self._class is not None and found.school_class.id == self._class.id:
                self.table.set_rows(found.lines)
                self._chosen()

        self.screen.call(lambda use: roster(use.store, school_class.code), take)

    def _columns(self) -> tuple[Column[RosterLine], ...]:
        return (
            Column(_("Roll"), lambda one: one.student.roll, 90),
            Column(_("Name"), lambda one: one.student.name, 160, stretch=True),
            Column(_("Faces"), _covered, 140, order=lambda one: one.samples),
            Column(_("Since"), self._since, 110, order=lambda one: str(one.joined_at or "")),
            Column(_("State"), lambda one: state_text(one.student), 80),
        )

    def _since(self, one: RosterLine) -> str:
        if one.joined_at is None:
            return ""
        zone = clock.school_zone(self.screen.app.settings)
        return day_text(clock.local(one.joined_at, zone).date(), "medium")

    def _nobody(self) -> EmptyState:
        if not self.can_change:
            sentence = _("The office of the school puts students into classes.")
            return EmptyState(self.table.tree, "people", _("Nobody is in this class yet"), sentence)
        sentence = _("Put in students who are known already, or import a list.")
        return EmptyState(
            self.table.tree, "people", _("Nobody is in this class yet"), sentence, _("Put in …"), self._ask_join
        )

    def _button(self, text: str, icon: str, command: Callable[[], None]) -> ttk.Button:
        button = ttk.Button(self.acts, text=text, icon=icon, bootstyle="neutral", command=command)
        button.pack(side=start(), padx=(0, pixels(self, 8)))
        return button

    def _chosen(self) -> None:
        state = "normal" if self.table.selected() else "disabled"
        for button in self._needing:
            button.configure(state=state)

    def _open(self, line: RosterLine) -> None:
        self.screen.app.open("student", line.student.roll)

    def _open_chosen(self) -> None:
        for line in self.table.selected()[:1]:
            self._open(line)

    def _photos(self) -> None:
        self.screen.app.open("import_photos", self.screen.code)

    def _ask_join(self) -> None:
        ask.text(
            self.screen.app, _("Roll numbers, with blanks between"), self._join,
            title=_("Put students into {code}").format(code=self.screen.code),
        )  # fmt: skip

    def _join(self, text: str) -> None:
        code = self.screen.code

        def work(use: Use) -> None:
            from core.office.classes import join

            join(use.store, code, rolls_in(text))

        _call(self.screen, work, self.screen.load)

    def _rolls(self) -> list[str]:
        return [one.student.roll for one in self.table.selected()]

    def _leave(self) -> None:
        code, rolls = self.screen.code, self._rolls()

        def work(use: Use) -> None:
            from core.office.classes import leave

            leave(use.store, code, rolls)

        if rolls:
            sentence = ngettext(
                "{count} student is taken out of {code}. Marks stay.",
                "{count} students are taken out of {code}. Marks stay.",
                len(rolls),
            ).format(count=len(rolls), code=code)
            ask.yes_no(self.screen.app, sentence, lambda: _call(self.screen, work, self.screen.load))

    def _move(self) -> None:
        code, rolls = self.screen.code, self._rolls()
        others = [(one, one) for one in self._codes if one != code]
        if not rolls:
            return
        if not others:
            ask.yes_no(self.screen.app, _("There is no other class yet."), lambda: None, title=_("Move"), yes=_("OK"))
            return
        sentence = ngettext("Move {} student to:", "Move {} students to:", len(rolls)).format(len(rolls))
        dialog = ask.AskDialog(
            self.screen.app, _("Move"), sentence, _("Move"), lambda given: self._move_to(rolls, given["class"])
        )
        dialog.open(dialog.form.add_choice("class", _("Class"), others))

    def _move_to(self, rolls: list[str], target: str) -> None:
        code = self.screen.code

        def work(use: Use) -> None:
            from core.office.classes import move_student

            for roll in rolls:
                move_student(use.store, roll, code, target)

        _call(self.screen, work, self.screen.load)
