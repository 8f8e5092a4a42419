"""Mail about one student to the parents: what would be sent, word for word, before anything is."""

from __future__ import annotations

import tkinter as tk
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.errors import RollcallError
from core.records import Student
from gui.dialogs.base import Dialog
from gui.opening import Use
from gui.screens.student_parts.acts import named, tell
from gui.texts import _, anchor, ngettext, told
from gui.theme import font, on_change, pixels

if TYPE_CHECKING:
    from core.mail.planning import Plan
    from core.mail.scopes import MailRequest
    from gui.application import Application

KINDS = (("summary", "week"), ("summary", "month"), ("warning", "always"), ("absence", "day"))


def plan_text(plan: Plan) -> str:
    """What would be sent to whom, and who cannot be reached."""
    parts = [
        "\n".join((_("To: {address}").format(address=one.draft.recipient), one.draft.subject, "", one.draft.text))
        for one in plan.planned
    ]
    parts += [_("No address is known for the {role}.").format(role=one.role) for one in plan.unreachable if not one.bad]
    parts += [_("This is no address: {bad}").format(bad=", ".join(one.bad)) for one in plan.unreachable if one.bad]
    if plan.inactive:
        parts.append(_("The student is not active, so nobody is written to."))
    if plan.known:
        parts.append(_("It was put into the outbox before and is not sent twice."))
    return "\n\n".join((*parts, *plan.notes)) or _("There is nothing to tell: no reviewed lesson fits.")


class MailDialog(Dialog):
    """The kind, the preview, and Send."""

    def __init__(self, app: Application, student: Student) -> None:
        super().__init__(app, _("Mail to the parents of {who}").format(who=named(student)))
        self._student = student
        words = [_("The last week"), _("The last month"), _("Warning of low attendance"), _("Absence today")]
        self.kind = ttk.Combobox(self.body, state="readonly", values=words, width=32)
        self.kind.current(0)
        self.kind.pack(anchor=anchor())
        self.kind.bind("<<ComboboxSelected>>", lambda _event: self._load())
        self.text = tk.Text(
            self.body, width=72, height=16, wrap="word", font=font(), relief="flat", borderwidth=0,
            padx=pixels(self, 12), pady=pixels(self, 10), takefocus=True, state="disabled",
        )  # fmt: skip
        self.text.pack(fill="both", expand=True, pady=(pixels(self, 10), 0))
        on_change(self.text, self._restyle)
        self.send_button = self.add_button(_("Send"), self._send, "primary")
        self.add_button(_("Close"), self.close)
        self.open(self.kind)
        self._load()

    def accept(self) -> None:
        """Enter must not send by accident."""

    def _restyle(self) -> None:
        colours = ttk.Style.get_instance().colors
        self.text.configure(
            background=colours.inputbg, foreground=colours.inputfg, highlightthickness=pixels(self, 1),
            highlightbackground=colours.border, highlightcolor=colours.primary,
        )  # fmt: skip

    def _load(self) -> None:
        self.send_button.configure(state="disabled")
        self._show(_("Looking …"))
        number = self.kind.current()

        def work(use: Use) -> Plan:
            from core.mail.planning import preview

            return preview(use.store, use.settings, self._request_of(number))

        def take(plan: Plan) -> None:
            if number == self.kind.current():
                self._show(plan_text(plan))
                self.send_button.configure(state="normal" if plan.planned else "disabled")

        self.app.call(work, take, owner=self, failed=self._failed)

    def _request_of(self, number: int) -> MailRequest:
        from core.mail.scopes import MailRequest

        kind, unit = KINDS[number]
        return MailRequest(kind, unit=unit, to="parents", roll=self._student.roll)  # type: ignore[arg-type]

    def _failed(self, problem: RollcallError) -> bool:
        self._show(told(problem))
        return True

    def _show(self, text: str) -> None:
        self.text.configure(state="normal")
        self.text.delete("1.0", "end")
        self.text.insert("1.0", text)
        self.text.configure(state="disabled")

    def _send(self) -> None:
        number = self.kind.current()

        def work(use: Use) -> int:
            from core.mail.sending import queue_and_send

            return queue_and_send(use.store, use.settings, self._request_of(number), use.progress)[1].sent

        app = self.app
        self.close()
        app.wait_for(
            _("Sending"),
            work,
            lambda sent: tell(app, ngettext("{} mail was sent.", "{} mails were sent.", sent).format(sent)),
        )
