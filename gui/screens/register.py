"""The register: a class's month as a sheet, changed in place with keys or mouse, exported, printed, uploaded again."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core import clock
from core.store.marks import BY_MACHINE
from gui import open_file
from gui.dialogs import ask, files
from gui.screen import BaseScreen
from gui.screens.register_parts.legend import Legend
from gui.screens.register_parts.mark_line import MarkLine
from gui.screens.register_parts.month import (
    AT_ONCE,
    Key,
    Month,
    class_text,
    load_month,
    month_after,
    next_status,
    status_of_key,
)
from gui.screens.register_parts.questions import Answer, ask_details, ask_mark, state_of
from gui.screens.register_parts.saving import Edit, Saved, Saving
from gui.screens.register_parts.sheet import RegisterSheet
from gui.texts import N_, _, end, month_text, ngettext, start, told
from gui.theme import pixels
from gui.widgets.flow import Flow
from gui.widgets.saved import SavedLine
from gui.widgets.small import EmptyState, add_tip

if TYPE_CHECKING:
    import tkinter as tk

    from core.correcting import Corrected
    from core.files import Written
    from core.office.classes import ClassCard
    from core.store.marks import MarkState
    from core.store.statuses import Status
    from gui.application import Application
    from gui.opening import Use

ENDINGS = ("xlsx", "ods", "csv", "pdf")


class Screen(BaseScreen):
    """``about``: the code of a class, or the code and a day of the month to show."""

    name = "register"
    title = N_("Register")
    action = "marks.set"
    order = 14
    icon = "table"

    def __init__(self, app: Application, parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.month: Month | None = None
        self.code = ""
        self.day = clock.today(clock.school_zone(app.settings)).replace(day=1)
        self._classes: tuple[ClassCard, ...] = ()
        self._own: dict[Key, str] = {}
        self._last_reason = ""
        self._is_filled = False
        self.saving = Saving(self, lambda: (self.code, self.day), self._was_saved)
        self._make_heading()
        self._make_choice()
        self.saved = SavedLine(self, self)
        self.saved.pack(side="bottom", fill="x")
        self.line = MarkLine(self, self)
        self.line.pack(side="bottom", fill="x", pady=(pixels(self, 8), 0))
        self.sheet = RegisterSheet(self, on_move=self._moved, on_open=self._ask_mark)
        self.sheet.pack(fill="both", expand=True)
        self.empty: EmptyState | None = None
        self._bind_keys()

    def show(self, about: object = None) -> None:
        before = self.code
        if isinstance(about, tuple):
            self.code, self.day = about[0], about[1].replace(day=1)
        elif isinstance(about, str):
            self.code = about
        if self.code != before:
            self.saving.forget()
        self.call(_list_classes, self._take_classes)

    def _make_heading(self) -> None:
        line = self.heading(_("Register"))
        gap = {"side": end(), "padx": (0, pixels(self, 8))}
        self.needing: list[ttk.Button] = []
        """The buttons that are for nothing without a register."""
        self.all_present = ttk.Button(
            line, text=_("All present"), icon="check2-all", bootstyle="primary", command=self._all_present
        )
        self.all_present.pack(side=end())
        add_tip(self.all_present, _("Marks everybody present who has no mark in the chosen lesson (Ctrl+Enter)"))
        for words, icon, command in (
            (_("Upload a sheet"), "upload", self._upload),
            (_("Print"), "printer", self._print),
            (_("Save as"), "download", self._export),
        ):
            button = ttk.Button(line, text=words, icon=icon, bootstyle="neutral", command=command)
            button.pack(**gap)
            self.needing.append(button)
        # What comes back may bring the first lessons of a month.
        self.needing[0] = self.all_present

    def _make_choice(self) -> None:
        line = Flow(self)
        line.pack(fill="x", pady=(0, pixels(self, 10)))
        self.classes = ttk.Combobox(line, state="readonly", width=26)
        line.add(self.classes)
        turning = ttk.Frame(line)
        line.add(turning, 12)
        self.classes.bind("<<ComboboxSelected>>", lambda _event: self._choose_class())
        before = ttk.Button(
            turning,
            icon=f"chevron-{start()}",
            icon_only=True,
            text=_("Earlier"),
            bootstyle="ghost",
            command=partial(self._turn, -1),
        )
        before.pack(side=start())
        add_tip(before, _("The month before (Ctrl+Left)"))
        self.title_of_month = ttk.Label(turning, style="Title.TLabel", width=16, anchor="center")
        self.title_of_month.pack(side=start())
        after = ttk.Button(
            turning,
            icon=f"chevron-{end()}",
            icon_only=True,
            text=_("Later"),
            bootstyle="ghost",
            command=partial(self._turn, 1),
        )
        after.pack(side=start())
        add_tip(after, _("The month after (Ctrl+Right)"))
        self.legend = Legend(line, self._wish)
        line.add(self.legend, at_end=True)

    def _bind_keys(self) -> None:
        canvas = self.sheet.canvas
        canvas.bind("<Key>", self._typed)
        canvas.bind("<space>", lambda _event: self._cycle())
        for key in ("<Delete>", "<BackSpace>"):
            canvas.bind(key, lambda _event: self._wish(None))
        canvas.bind("<Control-Return>", lambda _event: self._all_present())
        canvas.bind("<Control-z>", lambda _event: self._undo())
        canvas.bind("<Control-s>", lambda _event: self._export())
        canvas.bind("<Control-p>", lambda _event: self._print())
        for widget in (canvas, self.classes):
            widget.bind(f"<Control-{start().title()}>", lambda _event: self._turn(-1))
            widget.bind(f"<Control-{end().title()}>", lambda _event: self._turn(1))

    # What is shown.

    def _take_classes(self, found: tuple[ClassCard, ...]) -> None:
        self._classes = found
        codes = [one.school_class.code for one in found]
        self.classes.configure(values=[class_text(one) for one in found])
        if not codes:
            self.title_of_month.configure(text=month_text(self.day))
            self._show_empty(_("No class yet"), _("Once you have a class, its register is here."))
            return
        if self.code not in codes:
            self.code = codes[0]
        self.classes.current(codes.index(self.code))
        self._load()

    def _choose_class(self) -> None:
        self.code = self._classes[self.classes.current()].school_class.code
        self.saving.forget()
        self._load()
        self.sheet.canvas.focus_set()

    def _turn(self, months: int) -> str:
        self.day = month_after(self.day, months)
        if self._classes:
            self._load()
        return "break"

    def _load(self) -> None:
        code, day = self.code, self.day
        self.title_of_month.configure(text=month_text(day))

        def fill(month: Month) -> None:
            # Somebody may have turned on meanwhile.
            if (code, day) == (self.code, self.day):
                self._fill(month)

        self.call(lambda use: load_month(use, code, day), fill)

    def _fill(self, month: Month) -> None:
        month.typed = self.saving.waiting
        had_focus = self._is_filled
        same_month = self.month is not None and self._is_of(self.month)
        self.month, self._is_filled = month, True
        self.legend.show(month.statuses, self.winfo_width())
        if not month.students:
            self._show_empty(_("Nobody is in this class yet"), _("Students are added on the page Students."))
        elif not month.lessons:
            sentence = _("Lessons stand here once they were opened. Other months: Ctrl+Left and Ctrl+Right.")
            self._show_empty(_("No lessons in {month}").format(month=month_text(self.day)), sentence)
        else:
            self._hide_empty()
        if same_month:
            self.sheet.update_month(month)
        else:
            self.sheet.set_month(month)
        if not had_focus:
            self.sheet.canvas.focus_set()

    def _is_of(self, month: Month) -> bool:
        lessons = month.lessons
        return month.grid.school_class.code == self.code and bool(lessons) and lessons[0].day.replace(day=1) == self.day

    def _show_empty(self, title: str, sentence: str) -> None:
        self._hide_empty()
        for button in self.needing:
            button.state(["disabled"])
        self.line.show(None, None)
        # Over the whole sheet, which has nothing to show.
        self.cover = ttk.Frame(self.sheet)
        self.cover.place(relwidth=1.0, relheight=1.0)
        self.empty = EmptyState(self.cover, "table", title, sentence)
        self.empty.lie_on(self.cover)

    def _hide_empty(self) -> None:
        for button in self.needing:
            button.state(["!disabled"])
        if self.empty is not None:
            self.cover.destroy()
            self.empty = None

    def _moved(self, key: Key | None) -> None:
        self.line.show(self.month, key)

    # What is changed.

    def _typed(self, event: tk.Event[tk.Misc]) -> None:
        # Ctrl and Alt with a letter mean something else.
        if self.month is None or not event.char or int(event.state) & 0x4 or int(event.state) & 0x20000:
            return
        now = None if self.sheet.key is None else self.month.state(self.sheet.key)
        status = status_of_key(event.char, self.month.statuses, None if now is None else now.status)
        if status is not None:
            self._wish(status)

    def _cycle(self) -> str:
        if self.month is not None and self.sheet.key is not None:
            now = self.month.state(self.sheet.key)
            self._wish(next_status(self.month.statuses, None if now is None else now.status))
        return "break"

    def _wish(self, status: Status | None) -> None:
        """Make the chosen mark this, after what must be asked."""
        month, key = self.month, self.sheet.key
        if month is None or key is None or not self._may_change(key):
            return
        now = month.state(key)
        if status is None and now is None:
            return
        is_late = status is not None and status.counts_as == "late"
        reason = self._reason_for(key, now)
        if reason is None and not is_late:
            self._save(key, Answer(state_of(status, "", ""), None))
            return
        minutes = "" if now is None or now.minutes_late is None else str(now.minutes_late)
        ask_details(self.app, self._who(key), status, partial(self._save, key), reason=reason, minutes=minutes)

    def _ask_mark(self) -> None:
        month, key = self.month, self.sheet.key
        if month is None or key is None or not self._may_change(key):
            return
        now = month.state(key)
        ask_mark(
            self.app, self._who(key), month.statuses, now, partial(self._save, key), reason=self._reason_for(key, now)
        )

    def _may_change(self, key: Key) -> bool:
        month = self.month
        sentence = None if month is None else month.refused.get(key[0])
        if sentence is not None:
            self.line.warn(_("This lesson is locked: it is too long ago. An admin can still change it."))
        return sentence is None

    def _reason_for(self, key: Key, now: MarkState | None) -> str | None:
        """What stands in the field for it; None where nobody is asked: a first mark, or one's own of just now."""
        is_own = now is not None and key in self._own and now.source not in BY_MACHINE
        return None if now is None or is_own else self._last_reason

    def _save(self, key: Key, answer: Answer) -> None:
        month = self.month
        if month is None or month.state(key) == answer.state:
            return
        is_first = month.state(key) is None
        if answer.why and not is_first:
            self._last_reason = answer.why
        why = answer.why or (None if is_first else self._own.get(key) or AT_ONCE)
        self._own.setdefault(key, answer.why or AT_ONCE)
        month.typed[key] = answer.state
        self.saving.edit(Edit(key, answer.state, why), month)
        self.sheet.draw()
        self.line.show(month, key)

    def _all_present(self) -> None:
        lesson = self.sheet.lesson_id
        if lesson is None or self.month is None or self.sheet.key is None or not self._may_change(self.sheet.key):
            return

        def act(use: Use) -> Corrected:
            from core.correcting import mark_all_present

            return mark_all_present(use.store, use.settings, use.actor, lesson)

        self.saving.act(act, self.month)

    def _undo(self) -> None:
        if self.month is None or self.sheet.key is None or self.saving.undo(self.month):
            return
        lesson, month = self.sheet.key[0], self.month

        def act(use: Use) -> Corrected:
            from core.correcting import undo

            return undo(use.store, use.settings, use.actor, lesson)

        sentence = _("Take back the last change of the chosen lesson, whoever made it and whenever that was?")
        ask.yes_no(self.app, sentence, lambda: self.saving.act(act, month), yes=_("Take it back"))

    def _was_saved(self, saved: Saved) -> None:
        for done in saved.done:
            self._tell(done)
        if saved.problem is not None and self.month is not None:
            for key in self.month.typed:
                self._own.pop(key, None)
        if self.month is not None and self._is_of(saved.month):
            self._fill(saved.month)
        if saved.problem is not None:
            self.app.tell(saved.problem)

    def _tell(self, done: Corrected) -> None:
        for one in done.changes:
            key = one.session_id, one.student_id
            if one.undoes:
                self._own.pop(key, None)  # It is again what somebody else, or an earlier day, made it.
            else:
                self._own.setdefault(key, AT_ONCE)
        count = len(done.changes)
        words = (
            ngettext("{} mark changed.", "{} marks changed.", count).format(count) if count else _("Nothing changed.")
        )
        if self.app.shell is not None:
            self.app.shell.status.tell(" ".join((words, *map(told, done.notes))))

    def _who(self, key: Key) -> str:
        student = next((one for one in (self.month.students if self.month else ()) if one.id == key[1]), None)
        return "" if student is None else f"{student.roll}  {student.name[:80]}"

    # What leaves and comes back.

    def _export(self) -> None:
        if self.month is not None:
            files.save_as(self.app, f"{self.code}_{self.day:%Y-%m}.xlsx", ENDINGS, self._export_to)

    def _print(self) -> None:
        """A page that every program can print, made and opened."""
        if self.month is not None:
            self._write(None, then_open=True)

    def _export_to(self, path: Path) -> None:
        self._write(path, then_open=False)

    def _write(self, path: Path | None, *, then_open: bool) -> None:
        code, day = self.code, self.day

        def work(use: Use) -> Written:
            from core.files import safe_name
            from core.reports.register_files import export_month

            target = path or use.home.output / f"{safe_name(code)}_{day:%Y-%m}.pdf"
            written = export_month(use.store, use.settings, code, day.year, day.month, target)
            if then_open:
                open_file.open_file(written.path)
            return written

        self.app.wait_for(_("Writing the register"), work, self.saved.show, owner=self)

    def _upload(self) -> None:
        self.app.open("register_upload", self.code)


def _list_classes(use: Use) -> tuple[ClassCard, ...]:
    from core.office.classes import list_classes

    return list_classes(use.store)
