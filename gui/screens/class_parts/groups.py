"""The groups of a class: added, renamed, removed, filled."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.office.groups import GroupCard, groups_of_class
from core.records import SchoolClass, Student
from gui.dialogs import ask
from gui.opening import Use
from gui.screens.class_parts.roster import rolls_in
from gui.texts import _, end, number_text, start
from gui.theme import pixels
from gui.widgets.small import EmptyState
from gui.widgets.table import Column, Table

if TYPE_CHECKING:
    from gui.screens.class_page import Screen


class GroupsTab(ttk.Frame):
    """The groups at one side, the students of the chosen one at the other."""

    def __init__(self, screen: Screen, parent: tk.Misc) -> None:
        super().__init__(parent, padding=pixels(parent, 14))
        self.screen = screen
        self._class: SchoolClass | None = None
        self.acts = ttk.Frame(self)
        self.acts.pack(side="bottom", fill="x", pady=(pixels(self, 10), 0))
        halves = ttk.Frame(self)
        halves.pack(fill="both", expand=True)
        halves.rowconfigure(0, weight=1)
        halves.columnconfigure((0, 1), weight=1, uniform="half")
        groups: tuple[Column[GroupCard], ...] = (
            Column(_("Group"), lambda one: one.group.name, 200, stretch=True),
            Column(_("Students"), lambda one: number_text(len(one.students)), 90, align="end"),
        )
        members: tuple[Column[Student], ...] = (
            Column(_("Roll"), lambda one: one.roll, 100),
            Column(_("Name"), lambda one: one.name, 200, stretch=True),
        )
        self.table: Table[GroupCard] = Table(
            halves, groups, lambda one: one.group.name, on_select=self._chosen, search=False
        )
        self.members: Table[Student] = Table(halves, members, lambda one: one.roll, search=False, several=True)
        self.table.grid(row=0, column=0, sticky="nsew", padx=(0, pixels(self, 12)))
        self.members.grid(row=0, column=1, sticky="nsew")
        self.can_change = screen.may("classes.change")
        self._needing: list[ttk.Button] = []
        if self.can_change:
            self._make_acts()
        self.table.show_when_empty(self._nothing())

    def load(self, school_class: SchoolClass) -> None:
        """Read the groups of a class."""
        self._class = school_class

        def take(found: tuple[GroupCard, ...]) -> None:
            if self._class is school_class:
                self.table.set_rows(found)
                if found and not self.table.selected():
                    self.table.select([found[0].group.name])
                self._chosen(next(iter(self.table.selected()), None))

        self.screen.call(lambda use: groups_of_class(use.store, school_class.code), take)

    def _nothing(self) -> EmptyState:
        sentence = _("A part of the class, like a lab.")
        if not self.can_change:
            return EmptyState(self.table.tree, "diagram-3", _("No groups"), sentence)
        return EmptyState(self.table.tree, "diagram-3", _("No groups"), sentence, _("Add a group"), self._add)

    def _make_acts(self) -> None:
        offered = (
            (_("Add a group"), "plus-lg", self._add, False), (_("Rename"), "pencil", self._rename, True),
            (_("Remove …"), "trash", self._remove, True),
        )  # fmt: skip
        for text, icon, command, needs in offered:
            self._button(text, icon, command, start(), needs)
        self._button(_("Take out"), "person-dash", self._leave, end(), True)
        self._button(_("Put in …"), "person-plus", self._ask_join, end(), True)

    def _button(
        self, text: str, icon: str, command: Callable[[], None], side: str, needs_group: bool
    ) -> None:  # fmt: skip
        button = ttk.Button(self.acts, text=text, icon=icon, bootstyle="neutral", command=command)
        button.pack(side=side, padx=(0, pixels(self, 8)))
        if needs_group:
            self._needing.append(button)

    def _chosen(self, card: GroupCard | None) -> None:
        self.members.set_rows(card.students if card else ())
        for button in self._needing:
            button.configure(state="normal" if card else "disabled")

    def _group(self) -> str:
        return next(iter(self.table.selected())).group.name

    def _do(self, work: Callable[[Use], object]) -> None:
        self.screen.call(work, lambda _result: self._again(), saves=True)

    def _again(self) -> None:
        if self._class is not None:
            self.load(self._class)

    def _add(self) -> None:
        code = self.screen.code

        def add(name: str) -> None:
            def work(use: Use) -> None:
                from core.office.groups import add_group

                add_group(use.store, code, name)

            self._do(work)

        ask.text(self.screen.app, _("Name of the group"), add, title=_("Add a group"))

    def _rename(self) -> None:
        code, name = self.screen.code, self._group()

        def rename(new: str) -> None:
            def work(use: Use) -> None:
                from core.office.groups import rename_group

                rename_group(use.store, code, name, new)

            self._do(work)

        ask.text(self.screen.app, _("New name"), rename, title=_("Rename the group"), value=name)

    def _remove(self) -> None:
        code, name = self.screen.code, self._group()

        def work(use: Use) -> None:
            from core.office.groups import remove_group

            remove_group(use.store, code, name)

        sentence = _("The group “{name}” is removed; its students stay in the class.").format(name=name[:60])
        ask.yes_no(self.screen.app, sentence, lambda: self._do(work), yes=_("Remove"), danger=True)

    def _ask_join(self) -> None:
        code, name = self.screen.code, self._group()

        def join(text: str) -> None:
            def work(use: Use) -> None:
                from core.office.groups import join_group

                join_group(use.store, code, name, rolls_in(text))

            self._do(work)

        ask.text(
            self.screen.app, _("Roll numbers, with blanks between"), join,
            title=_("Put students into “{name}”").format(name=name[:60]),
        )  # fmt: skip

    def _leave(self) -> None:
        code, name = self.screen.code, self._group()
        rolls = [one.roll for one in self.members.selected()]

        def work(use: Use) -> None:
            from core.office.groups import leave_group

            leave_group(use.store, code, name, rolls)

        if rolls:
            self._do(work)
