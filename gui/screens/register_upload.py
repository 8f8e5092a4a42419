"""A sheet that was edited outside comes back: what would change, what is in conflict, what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.dialogs import files
from gui.screen import BaseScreen
from gui.screens.register_parts.differences import Decision, Texts, chosen_plan, decisions_of, summary_text
from gui.texts import N_, _, anchor, end, ngettext, shortened, start, told
from gui.theme import pixels
from gui.widgets.form import Form
from gui.widgets.small import EmptyState
from gui.widgets.table import Column, Table

if TYPE_CHECKING:
    from core.correcting import Corrected
    from core.register_import import ImportPlan, PlannedChange
    from gui.application import Application
    from gui.opening import Use

ENDINGS = ("xlsx", "ods", "csv")
LONGEST_DETAIL = 140


class Screen(BaseScreen):
    """``about``: the code of the class whose marks a plain table would be."""

    name = "register_upload"
    title = N_("Upload a sheet")
    action = "marks.import"

    def __init__(self, app: Application, parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.code = ""
        self.plan: ImportPlan | None = None
        self.decisions: list[Decision] = []
        self._done: Corrected | None = None
        line = self.heading(_("Upload a sheet"), (_("Register"), self._back))
        self.choose = ttk.Button(
            line, text=_("Choose a file"), icon="folder2-open", bootstyle="neutral", command=self._choose
        )
        self.choose.pack(side=end())
        self.page = ttk.Frame(self)
        self.page.pack(fill="both", expand=True)

    def show(self, about: object = None) -> None:
        if isinstance(about, str):
            self.code = about
        self._start_over()

    def _start_over(self) -> None:
        self.plan, self._done = None, None
        page = self._clear()
        EmptyState(
            page,
            "file-earmark-spreadsheet",
            _("Bring back a sheet that was edited"),
            _("Save the register as Excel, change marks in it, and choose it here. You see what would change first."),
            _("Choose a file"),
            self._choose,
        ).lie_on(page)
        self.choose.focus_set()

    def _back(self) -> None:
        self.app.open("register", self.code or None)

    def _choose(self) -> None:
        files.choose_file(self.app, ENDINGS, self.look_at)

    def look_at(self, path: Path) -> None:
        """Show what a file would change."""

        def work(use: Use) -> tuple[ImportPlan, Texts]:
            from core import clock
            from core.register_import import plan_file
            from core.statuses import list_all

            plan = plan_file(use.store, use.settings, path, self.code or None)
            statuses = {one.code: one for one in list_all(use.store)}
            return plan, Texts(statuses, clock.school_zone(use.settings))

        self.app.wait_for(_("Reading the sheet"), work, lambda found: self._show(*found), owner=self)

    def _show(self, plan: ImportPlan, texts: Texts) -> None:
        self.plan, self.decisions = plan, decisions_of(plan)
        page = self._clear()
        ttk.Label(page, text=shortened(plan.name, 60), style="Title.TLabel").pack(anchor=anchor())
        ttk.Label(page, text=summary_text(plan), style="Muted.TLabel").pack(anchor=anchor(), pady=(0, pixels(self, 8)))
        self._make_foot(page, plan)
        book = ttk.Notebook(page)
        book.pack(fill="both", expand=True)
        if plan.errors:
            self._add_errors(book, plan)
        if plan.changes or not plan.conflicts:
            self._add_changes(book, plan, texts)
        if plan.conflicts:
            self._add_conflicts(book, texts)
        if plan.notes:
            ttk.Label(page, text=" ".join(map(told, plan.notes))[:400], style="Small.TLabel").pack(anchor=anchor())

    def _add_errors(self, book: ttk.Notebook, plan: ImportPlan) -> None:
        frame = ttk.Frame(book, padding=pixels(self, 10))
        book.add(frame, text=_("Mistakes ({})").format(len(plan.errors)))
        sentence = _("Nothing can be taken over while there are mistakes. Mend them in the file and choose it again.")
        ttk.Label(frame, text=sentence, style="Problem.TLabel").pack(anchor=anchor(), pady=(0, pixels(self, 6)))
        column = Column[tuple[int, str]](_("What is wrong"), lambda one: one[1], 700, stretch=True)
        table = Table[tuple[int, str]](frame, [column], key=lambda one: str(one[0]), search=False)
        table.pack(fill="both", expand=True)
        table.set_rows(list(enumerate(plan.errors)))

    def _add_changes(self, book: ttk.Notebook, plan: ImportPlan, texts: Texts) -> None:
        columns: list[Column[tuple[int, PlannedChange]]] = [
            Column(_("Lesson"), lambda one: texts.lesson(one[1]), 190),
            Column(_("Student"), lambda one: texts.who(one[1]), 240, stretch=True),
            Column(_("In the register"), lambda one: texts.mark(one[1].before), 170),
            Column(_("In the file"), lambda one: texts.mark(one[1].after), 170),
            Column(_("Cell"), lambda one: one[1].where, 170),
        ]
        frame = ttk.Frame(book, padding=pixels(self, 10))
        book.add(frame, text=_("Changes ({})").format(len(plan.changes)))
        self.changes = Table(frame, columns, key=lambda one: str(one[0]), search=False)
        self.changes.pack(fill="both", expand=True)
        self.changes.set_rows(list(enumerate(plan.changes)))
        sentence = _("The file and the register say the same.")
        self.changes.show_when_empty(EmptyState(self.changes.tree, "check2", _("No changes"), sentence))

    def _add_conflicts(self, book: ttk.Notebook, texts: Texts) -> None:
        columns = [
            Column[Decision](_("Student"), lambda one: texts.who(one.conflict.change), 150),
            Column[Decision](
                _("In the register"), lambda one: texts.mark(one.conflict.change.before), 140, stretch=True
            ),
            Column[Decision](_("In the file"), lambda one: texts.mark(one.conflict.change.after), 130, stretch=True),
            Column[Decision](_("What shall it be?"), _decision_text, 150),
            Column[Decision](_("Lesson"), lambda one: texts.lesson(one.conflict.change), 180),
        ]
        frame = ttk.Frame(book, padding=pixels(self, 10))
        book.add(frame, text=_("Conflicts ({})").format(len(self.decisions)))
        line = ttk.Frame(frame)
        line.pack(fill="x", pady=(0, pixels(self, 6)))
        words = _("Changed here and in the file. Enter or Space chooses the other mark.")
        for text, takes in ((_("All from the file"), True), (_("All as they are"), False)):
            ttk.Button(
                line,
                text=text,
                bootstyle="link",
                command=lambda takes=takes: self._decide_all(takes),
            ).pack(side=end())
        # After the buttons: where there is little room, the words give way.
        ttk.Label(line, text=words, style="Muted.TLabel").pack(side=start())
        detail = ttk.Label(frame, style="Muted.TLabel", anchor=anchor(), text=" ")
        detail.pack(side="bottom", fill="x", pady=(pixels(self, 6), 0))

        def tell(one: Decision | None) -> None:
            detail.configure(text=" " if one is None else texts.now(one.conflict)[:LONGEST_DETAIL])

        self.conflicts = Table[Decision](
            frame, columns, key=lambda one: str(one.number), on_open=self._turn, on_select=tell, search=False
        )
        self.conflicts.pack(fill="both", expand=True)
        self.conflicts.tree.bind("<space>", lambda _event: self._turn(*self.conflicts.selected()[:1]))
        self.conflicts.set_rows(self.decisions)
        self.conflicts.select(["0"])

    def _turn(self, one: Decision | None = None) -> None:
        if one is None:
            return
        self.decisions[one.number] = one.turned()
        self.conflicts.update_row(self.decisions[one.number])

    def _decide_all(self, takes_file: bool) -> None:
        self.decisions = [Decision(one.number, one.conflict, takes_file) for one in self.decisions]
        self.conflicts.set_rows(self.decisions)

    def _make_foot(self, page: ttk.Frame, plan: ImportPlan) -> None:
        foot = ttk.Frame(page)
        foot.pack(side="bottom", fill="x", pady=(pixels(self, 8), 0))
        self.form = Form(foot)
        self.form.pack(side=start(), fill="x", expand=True)
        self.form.add_text("why", _("Why, for the history"), value=_("import of {file}").format(file=plan.name[:60]))
        self.take = ttk.Button(foot, text=_("Take it over"), bootstyle="primary", command=self.apply)
        self.take.pack(side=end(), padx=(pixels(self, 16), 0), anchor="s")
        if plan.errors or not (plan.changes or plan.conflicts):
            self.take.state(["disabled"])

    def apply(self) -> None:
        """Do what was decided."""
        if self.plan is None:
            return
        plan, why = chosen_plan(self.plan, self.decisions), self.form.values()["why"]

        def work(use: Use) -> Corrected:
            from core.register_import import apply_import

            return apply_import(use.store, use.settings, use.actor, plan, why, overwrite_conflicts=True)

        self.app.wait_for(_("Changing the register"), work, self._was_applied, owner=self)

    def _was_applied(self, done: Corrected) -> None:
        self._done, self.plan = done, None
        page = self._clear()
        count = len(done.changes)
        words = ngettext("{} mark was changed", "{} marks were changed", count).format(count)
        note = " ".join(done.notes) or _("Who, when and why stands in the history of each mark.")
        state = EmptyState(page, "check2-circle", words, note[:400], _("Back to the register"), self._back)
        state.pack(expand=True)
        state.button.focus_set()
        if count:
            self.undo = ttk.Button(state, text=_("Undo all of it"), bootstyle="neutral", command=self._undo)
            self.undo.pack(pady=pixels(self, 8))

    def _undo(self) -> None:
        done = self._done
        if done is None:
            return

        def work(use: Use) -> Corrected:
            from core.correcting import undo

            return undo(use.store, use.settings, use.actor, done.changes[0].session_id, act=done.act)

        def undone(_result: Corrected) -> None:
            self._start_over()
            if self.app.shell is not None:
                self.app.shell.status.tell(_("The upload was taken back."))

        self.app.wait_for(_("Taking it back"), work, undone, owner=self)

    def _clear(self) -> ttk.Frame:
        for old in self.page.winfo_children():
            old.destroy()
        return self.page


def _decision_text(one: Decision) -> str:
    return _("→ as in the file") if one.takes_file else _("stays as it is")
