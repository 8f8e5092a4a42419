"""Questions: what students asked in the portal, about their marks and to be excused, and the answers."""

import tkinter as tk
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core import clock
from gui.dialogs.ask import SaveDialog
from gui.screen import BaseScreen
from gui.screens.question_parts.inbox import Item, load_items
from gui.texts import N_, _, anchor, end, moment_text, shortened, start
from gui.theme import pixels
from gui.widgets.form import anything, not_empty
from gui.widgets.small import EmptyState, follow_width
from gui.widgets.table import Column, Table

if TYPE_CHECKING:
    from gui.application import Application
    from gui.opening import Use

LONGEST = 500


class Screen(BaseScreen):
    """A small inbox: what is open, and on demand what was answered."""

    name = "questions"
    title = N_("Questions")
    action = "queries.answer"
    order = 62
    icon = "chat-left-text"

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.heading(_("Questions"))
        self._make_foot()
        zone = clock.school_zone(app.settings)
        columns = (
            Column[Item](_("Asked"), lambda one: moment_text(one.asked_at, zone), 165, lambda one: one.asked_at),
            Column[Item](_("Student"), lambda one: f"{one.roll}  {one.student}", 190, lambda one: one.student),
            Column[Item](_("About"), lambda one: one.about, 290, stretch=True),
            Column[Item](_("Answer"), lambda one: one.state or _("open"), 160, stretch=True),
        )
        self.table = Table(self, columns, lambda one: one.key, on_select=self._select, on_open=self._answer)
        self.table.pack(fill="both", expand=True)
        self._all = tk.BooleanVar(self, value=False)
        self.all = ttk.Checkbutton(self.table.head, text=_("Answered ones too"), variable=self._all, command=self._load)
        self.all.pack(side=end(), padx=pixels(self, 8))
        sentence = _("Students ask in the portal, under a lesson or a day of their own record.")
        self.table.show_when_empty(EmptyState(self.table.tree, "chat-left-text", _("Nothing waits for you"), sentence))

    def show(self, about: object = None) -> None:
        self._load()

    def _make_foot(self) -> None:
        foot = ttk.Frame(self)
        foot.pack(side="bottom", fill="x", pady=(pixels(self, 10), 0))
        buttons = ttk.Frame(foot)
        buttons.pack(side="bottom", fill="x", pady=(pixels(self, 8), 0))
        made: tuple[tuple[str, str, Callable[[], None]], ...] = (
            (_("Answer"), "primary", self._answer_selected),
            (_("Excuse"), "primary", partial(self._decide, accepted=True)),
            (_("Do not excuse"), "danger outline", partial(self._decide, accepted=False)),
            (_("Open register"), "neutral", self._open_register),
            (_("Student"), "neutral", self._open_student),
        )
        self.buttons = [
            ttk.Button(buttons, text=text, bootstyle=style, command=command) for text, style, command in made
        ]
        # Lines for two or three sentences, so that nothing moves from one row to the next.
        self.words = follow_width(ttk.Label(foot, justify=start(), anchor=anchor()))
        self.words.pack(fill="x")
        self.said = follow_width(ttk.Label(foot, style="Muted.TLabel", justify=start(), anchor=anchor()))
        self.said.pack(fill="x")

    @property
    def item(self) -> Item | None:
        """What is selected."""
        return next(iter(self.table.selected()), None)

    def _load(self) -> None:
        only_open = not self._all.get()
        self.call(lambda use: load_items(use, only_open=only_open), self._fill)

    def _fill(self, found: Sequence[Item]) -> None:
        self.table.set_rows(found)
        if found and self.item is None:
            self.table.select([self.table.shown()[0].key] if self.table.shown() else [])
        self._select(self.item)

    def _select(self, item: Item | None) -> None:
        self.words.configure(text="" if item is None else shortened(item.text, LONGEST))
        self.said.configure(text="" if item is None else item.state)
        offered = () if item is None else _offered(item)
        for number, button in enumerate(self.buttons):
            button.pack_forget()
            if number in offered:
                button.pack(side=start(), padx=(0, pixels(self, 8)))

    def _answer(self, item: Item) -> None:
        """Enter or a double click."""
        if item.is_open:
            self._ask(item, accepted=True if item.is_absence else None)

    def _answer_selected(self) -> None:
        if self.item is not None:
            self._ask(self.item, accepted=None)

    def _decide(self, *, accepted: bool) -> None:
        if self.item is not None:
            self._ask(self.item, accepted=accepted)

    def _ask(self, item: Item, *, accepted: bool | None) -> None:
        AnswerDialog(self.app, item, accepted, self._load)

    def _open_register(self) -> None:
        if self.item is not None and self.item.place is not None:
            self.app.open("register", self.item.place)

    def _open_student(self) -> None:
        if self.item is not None:
            self.app.open("student", self.item.roll)


class AnswerDialog(SaveDialog[None]):
    """accepted: whether the student is excused; None for a question, which needs words."""

    def __init__(self, app: "Application", item: Item, accepted: bool | None, saved: Callable[[], None]) -> None:
        words = {None: _("Answer"), True: _("Excuse"), False: _("Do not excuse")}[accepted]
        sentence = "\n".join((f"{item.roll}  {shortened(item.student, 60)}", item.about, shortened(item.text, 300)))
        super().__init__(
            app, words, partial(_save, item, accepted), lambda _none: saved(), sentence=sentence, yes=words
        )
        label = _("Answer") if accepted is None else _("A word about it, if you like")
        check = not_empty if accepted is None else anything
        self.open(self.form.add_text("answer", label, check=check))


def _offered(item: Item) -> tuple[int, ...]:
    """Places of the buttons that make sense."""
    acts = () if not item.is_open else (1, 2) if item.is_absence else (0,)
    return (*acts, 4) if item.place is None else (*acts, 3, 4)


def _save(item: Item, accepted: bool | None, use: "Use", answers: dict[str, str]) -> None:
    from core.questions import answer_absence, answer_question

    words = answers["answer"].strip()
    if accepted is None:
        answer_question(use.store, use.actor, item.number, words)
    else:
        answer_absence(use.store, use.actor, item.number, accepted=accepted, answer=words)
