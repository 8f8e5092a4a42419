"""Mail to parents, students and teachers: what is told, to whom, looked at first, then sent; and the outbox."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core import clock
from gui.dialogs import ask
from gui.screen import LOW, BaseScreen
from gui.screens.mail_parts.outbox import OutboxPage
from gui.screens.mail_parts.request import (
    kind_choices,
    plan_text,
    request_of,
    role_choices,
    run_text,
    unit_choices,
)
from gui.texts import N_, _, anchor, end, ngettext, start, told
from gui.theme import font, pixels
from gui.widgets.form import Form
from gui.widgets.small import EmptyState, follow_width
from gui.widgets.table import Column, Table

if TYPE_CHECKING:
    from core.mail.letters import Kind
    from core.mail.planning import Plan, Planned, Queued
    from core.mail.scopes import MailRequest
    from core.mail.sending import Run
    from gui.application import Application
    from gui.opening import Use

FORM_WIDTH, LETTER_LINES = 270, 4
Kinds = dict[str, "Kind"]
Classes = list[tuple[str, str]]


class Screen(BaseScreen):
    """Two pages: writing, and the outbox."""

    name = "mail"
    title = N_("Mail")
    action = "mail.show"
    order = 60
    icon = "envelope"
    least = LOW

    def __init__(self, app: Application, parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.plan: Plan | None = None
        self.request: MailRequest | None = None
        self.form: Form | None = None
        self._kinds: Kinds = {}
        self._classes: Classes = []
        line = self.heading(_("Mail"))
        ttk.Button(line, text=_("Test mail"), icon="send-check", bootstyle="neutral", command=self._test).pack(
            side=end()
        )
        self.book = ttk.Notebook(self)
        self.book.pack(fill="both", expand=True)
        self.writing = ttk.Frame(self.book, padding=pixels(self, 10))
        self.outbox = OutboxPage(self.book, self)
        self.book.add(self.writing, text=_("Write"))
        self.book.add(self.outbox, text=_("Outbox"))
        self.book.bind("<<NotebookTabChanged>>", lambda _event: self._turned())
        self._make_writing()

    def show(self, about: object = None) -> None:
        self.call(_load, self._take_known)
        self.outbox.load()

    def _turned(self) -> None:
        if self.book.index("current") == 1:
            self.outbox.load()

    def _make_writing(self) -> None:
        side = ttk.Frame(self.writing, width=pixels(self, FORM_WIDTH))
        side.pack(side=start(), fill="y")
        side.pack_propagate(False)
        self.look = ttk.Button(side, text=_("Preview"), bootstyle="primary", command=self.preview)
        self.look.pack(side="bottom", fill="x", pady=(pixels(self, 8), 0), padx=(0, pixels(self, 24)))
        place = ttk.ScrolledFrame(side)
        place.pack(fill="both", expand=True)
        ttk.Label(place, text=_("What is told")).pack(anchor=anchor(), pady=(0, pixels(self, 2)))
        self.kind_box = ttk.Combobox(place, state="readonly")
        self.kind_box.pack(fill="x", padx=(0, pixels(self, 14)))
        self.kind_box.bind("<<ComboboxSelected>>", lambda _event: self._choose_kind())
        self.form_place = ttk.Frame(place)
        self.form_place.pack(fill="x", padx=(0, pixels(self, 14)))
        self.page = ttk.Frame(self.writing)
        gap = pixels(self, 16)
        self.page.pack(side=start(), fill="both", expand=True, padx=(gap, 0))

    def _take_known(self, found: tuple[Kinds, Classes]) -> None:
        is_first = not self._kinds
        self._kinds, self._classes = found
        if is_first:
            self.kind_box.configure(values=[words for _name, words in kind_choices(self._kinds)])
            self.kind_box.current(0)
            self._choose_kind()
            self.kind_box.focus_set()

    @property
    def kind(self) -> Kind:
        """The kind that is chosen."""
        return list(self._kinds.values())[max(0, self.kind_box.current())]

    def _choose_kind(self) -> None:
        """Each kind has its own times and readers."""
        for old in self.form_place.winfo_children():
            old.destroy()
        form = self.form = Form(self.form_place, wide=FORM_WIDTH - 30)
        form.pack(fill="x")
        form.add_choice("class", _("Class"), [("", _("(all classes)")), *self._classes])
        form.add_choice("unit", _("For"), unit_choices(self.kind))
        always = self.kind.units[0] == "always"
        label = _("Counting from") if always else _("The day, or one in it")
        hint = _("Empty: the first lesson.") if always else _("Empty: today, or the last whole week or month.")
        form.add_day("day", label, clock.school_zone(self.app.settings), optional=True, hint=hint)
        form.add_choice("to", _("Who gets it"), role_choices(self.kind))
        self._forget_plan()

    def _forget_plan(self) -> None:
        self.plan, self.request = None, None
        self._clear()
        words = _("See first who gets what. Nothing is sent before you say so.")
        EmptyState(self.page, "envelope-open", _("Preview"), words).pack(expand=True)

    def preview(self) -> None:
        """Show who would get what."""
        if self.form is None or not self.form.check():
            return
        request = request_of(self.kind.name, self.form.values(), clock.school_zone(self.app.settings))

        def work(use: Use) -> Plan:
            from core.mail.planning import preview

            return preview(use.store, use.settings, request)

        self.app.wait_for(_("Writing the letters"), work, partial(self._show_plan, request), owner=self)

    def _show_plan(self, request: MailRequest, plan: Plan) -> None:
        self.plan, self.request = plan, request
        self._clear()
        follow_width(ttk.Label(self.page, text=plan_text(plan)[:900], justify=start())).pack(fill="x")
        if not plan.planned:
            EmptyState(self.page, "envelope-check", _("Nothing to send")).pack(expand=True)
            return
        count = len(plan.planned)
        words = ngettext("Send {} message", "Send {} messages", count).format(count)
        self.send_button = ttk.Button(
            self.page, text=words, icon="send", bootstyle="success", command=self._ask_to_send
        )
        self.send_button.pack(side="bottom", anchor="e" if end() == "right" else "w", pady=(pixels(self, 8), 0))
        self.letter = ttk.Text(self.page, height=LETTER_LINES, wrap="word", font=font("Body"), state="disabled")
        columns: list[Column[Planned]] = [
            Column(_("About"), lambda one: one.who, 190, stretch=True),
            Column(_("Address"), lambda one: one.draft.recipient, 210),
            Column(_("Subject"), lambda one: one.draft.subject, 260, stretch=True),
        ]
        self.table: Table[Planned] = Table(
            self.page, columns, key=lambda one: one.draft.event_key, on_select=self._read, search=count > 20
        )
        self.table.tree.configure(height=4)
        self.table.pack(fill="both", expand=True, pady=pixels(self, 8))
        # After the table: where there is little room, the letter is what gives way, for it can be scrolled.
        self.letter.pack(fill="both", expand=True)
        self.table.set_rows(plan.planned)
        self.table.select([plan.planned[0].draft.event_key])
        self.table.tree.focus_set()

    def _read(self, one: Planned | None) -> None:
        """The letter itself, and what goes with it."""
        lines = [] if one is None else [one.draft.subject, "", one.draft.text]
        if one is not None and one.sheet_of is not None:
            lines.append(_("With the sheet of the lesson."))
        if one is not None and one.month_of is not None:
            lines.append(_("With the register of {month}.").format(month=one.month_of))
        self.letter.configure(state="normal")
        self.letter.delete("1.0", "end")
        self.letter.insert("1.0", "\n".join(lines))
        self.letter.configure(state="disabled")

    def _ask_to_send(self) -> None:
        if self.plan is not None:
            count = len(self.plan.planned)
            sentence = ngettext(
                "Send {} message now? It cannot be called back.",
                "Send {} messages now? They cannot be called back.",
                count,
            ).format(count)
            ask.yes_no(self.app, sentence, self._send, yes=_("Send"))

    def _send(self) -> None:
        request = self.request
        if request is None:
            return

        def work(use: Use) -> tuple[Queued, Run]:
            from core.mail.sending import queue_and_send

            return queue_and_send(use.store, use.settings, request, use.progress)

        self.app.wait_for(_("Sending mail"), work, self._was_sent, owner=self)

    def _was_sent(self, done: tuple[Queued, Run]) -> None:
        run = done[1]
        self._forget_plan()
        self._clear()
        icon = "envelope-check" if not (run.failed or run.stopped) else "exclamation-triangle"
        problems = " ".join(map(told, run.problems[:3]))
        title = ngettext("{} message sent", "{} messages sent", run.sent).format(run.sent)
        state = EmptyState(
            self.page, icon, title, f"{run_text(run)} {problems}"[:600], _("Outbox"), lambda: self.book.select(1)
        )
        state.pack(expand=True)
        state.button.focus_set()
        self.outbox.load()

    def _test(self) -> None:
        def send(address: str) -> None:
            def work(use: Use) -> str:
                from core.mail.sending import send_test

                return send_test(use.store, use.settings, address)

            self.app.wait_for(_("Sending a test mail"), work, self._was_tested, owner=self)

        sentence = _("One message shows whether the mail settings work.")
        ask.text(self.app, _("Your own address"), send, title=_("Test mail"), sentence=sentence)

    def _was_tested(self, address: str) -> None:
        words = _("The mail server took a test for {address}. Look whether it arrives, also among the spam.")
        if self.app.shell is not None:
            self.app.shell.status.tell(words.format(address=address))

    def _clear(self) -> None:
        for old in self.page.winfo_children():
            old.destroy()


def _load(use: Use) -> tuple[Kinds, Classes]:
    from core.mail.kinds import KINDS
    from core.office.classes import list_classes

    classes = [one.school_class for one in list_classes(use.store)]
    return dict(KINDS), [(one.code, f"{one.code}   {one.name}"[:60]) for one in classes]
