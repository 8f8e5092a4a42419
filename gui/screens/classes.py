"""Classes: all of them with teachers, room and how well they are covered; from here to the roster."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.office.classes import ClassCard, list_classes
from gui.screen import LOW, BaseScreen
from gui.screens.class_parts.forms import ClassDialog
from gui.screens.class_parts.roster import delete_class
from gui.texts import N_, _, end, number_text, start
from gui.theme import pixels
from gui.widgets.coverage import LETTERS
from gui.widgets.small import EmptyState
from gui.widgets.table import Column, Table

if TYPE_CHECKING:
    from gui.application import Application


def covered_text(one: ClassCard) -> str:
    """How many of those who come have faces: a letter, then words."""
    active, covered = one.count.active, one.count.with_faces
    if not active:
        return "–"
    letter = LETTERS["enough" if covered == active else "few" if covered else "none"]
    return _("{letter}  {covered} of {all}").format(
        letter=letter, covered=number_text(covered), all=number_text(active)
    )


def share_covered(one: ClassCard) -> float:
    """What the table sorts by: 0 to 1, empty classes first."""
    return one.count.with_faces / one.count.active if one.count.active else -1.0


def columns() -> tuple[Column[ClassCard], ...]:
    """What the table shows of a class."""
    return (
        Column(_("Code"), lambda one: one.school_class.code, 90),
        Column(_("Name"), lambda one: one.school_class.name, 150, stretch=True),
        Column(_("Teachers"), lambda one: one.school_class.teacher or "", 140, stretch=True),
        Column(_("Room"), lambda one: one.room or "", 75),
        Column(_("Students"), lambda one: number_text(one.count.active), 90, _active, "end"),
        Column(_("With faces"), covered_text, 110, order=share_covered),
    )


def _active(one: ClassCard) -> int:
    return one.count.active


class Screen(BaseScreen):
    """The classes of the school, or those a teacher teaches."""

    name = "classes"
    title = N_("Classes")
    action = "classes.list"
    order = 30
    icon = "mortarboard"
    least = LOW

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        line = self.heading(_("Classes"))
        self.can_change = self.may("classes.change")
        if self.can_change:
            ttk.Button(line, text=_("Add a class"), icon="plus-lg", bootstyle="primary", command=self.add).pack(
                side=end()
            )
        self.acts = ttk.Frame(self)
        self.acts.pack(side="bottom", fill="x", pady=(pixels(self, 10), 0))
        self.table: Table[ClassCard] = Table(
            self, columns(), lambda one: one.school_class.code, on_open=self._open, on_select=self._chosen
        )
        self.table.pack(fill="both", expand=True)
        self.buttons = {"open": self._act(_("Open"), "people", self._open)}
        if self.can_change:
            self.buttons["edit"] = self._act(_("Edit"), "pencil", self._edit)
            self.buttons["delete"] = self._act(_("Delete …"), "trash", self._delete, "danger outline")
            self.table.tree.bind("<Delete>", lambda _event: self._with_chosen(self._delete))
        self.table.show_when_empty(self._nothing())

    def show(self, about: object = None) -> None:
        self.load()

    def load(self) -> None:
        """Read the classes again."""
        self.call(lambda use: list_classes(use.store), self._fill)

    def add(self) -> None:
        """Ask for a new class."""
        ClassDialog.for_new(self.app, lambda code: self.app.open("class", code))

    def _nothing(self) -> EmptyState:
        if not self.can_change:
            sentence = _("No class is yours yet. The office of the school says who teaches what.")
            return EmptyState(self.table.tree, "mortarboard", _("No classes yet"), sentence)
        sentence = _("A class has teachers, a room and a list of students. Lists of students can make classes too.")
        return EmptyState(
            self.table.tree, "mortarboard", _("No classes yet"), sentence, _("Add a class"), self.add
        )  # fmt: skip

    def _fill(self, found: tuple[ClassCard, ...]) -> None:
        self.table.set_rows(found)
        self._chosen(None)

    def _act(self, text: str, icon: str, act: Callable[[ClassCard], None], bootstyle: str = "neutral") -> ttk.Button:
        button = ttk.Button(
            self.acts, text=text, icon=icon, bootstyle=bootstyle, command=lambda: self._with_chosen(act)
        )
        # What deletes stands at the end, in line with the table.
        if bootstyle != "neutral":
            button.pack(side=end())
        else:
            button.pack(side=start(), padx=(0, pixels(self, 8)))
        return button

    def _with_chosen(self, act: Callable[[ClassCard], None]) -> None:
        for one in self.table.selected():
            act(one)

    def _chosen(self, _one: ClassCard | None) -> None:
        state = "normal" if self.table.selected() else "disabled"
        for button in self.buttons.values():
            button.configure(state=state)

    def _open(self, one: ClassCard) -> None:
        self.app.open("class", one.school_class.code)

    def _edit(self, one: ClassCard) -> None:
        ClassDialog.for_class(self.app, one, lambda _code: self.load())

    def _delete(self, one: ClassCard) -> None:
        delete_class(self, one.school_class, self.load)
