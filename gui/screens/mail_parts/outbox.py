"""The outbox: what was sent, what waits, what could not be sent; tried again or called off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core import clock
from gui.dialogs import ask
from gui.screens.mail_parts.request import run_text, state_text
from gui.texts import _, anchor, end, moment_text, ngettext, start
from gui.theme import pixels
from gui.widgets.small import EmptyState, follow_width
from gui.widgets.table import Column, Table

if TYPE_CHECKING:
    import tkinter as tk

    from core.mail.listing import Outbox
    from core.mail.sending import Run
    from core.store.outbox import Mail
    from gui.opening import Use
    from gui.screen import BaseScreen

NEWEST = 5000
STATES = ("waiting", "failed", "sent", "cancelled")


class OutboxPage(ttk.Frame):
    """All messages; the states' buttons filter them."""

    def __init__(self, parent: tk.Misc, screen: BaseScreen) -> None:
        super().__init__(parent, padding=pixels(parent, 10))
        self._screen, self.app = screen, screen.app
        self._state: str | None = None
        zone = clock.school_zone(self.app.settings)
        line = ttk.Frame(self)
        line.pack(fill="x", pady=(0, pixels(self, 8)))
        self.state_box = ttk.Combobox(line, state="readonly", width=22)
        self.state_box.pack(side=start())
        self.state_box.bind("<<ComboboxSelected>>", lambda _event: self._choose())
        self.cancel = ttk.Button(line, text=_("Call off"), bootstyle="danger outline", command=self._cancel)
        self.retry = ttk.Button(line, text=_("Send again"), bootstyle="neutral", command=self._retry_chosen)
        self.retry_all = ttk.Button(line, text=_("Send all that wait"), bootstyle="neutral", command=self._retry_all)
        for button in (self.cancel, self.retry, self.retry_all):
            button.pack(side=end(), padx=pixels(self, 3))
        columns: list[Column[Mail]] = [
            Column(_("State"), lambda one: state_text(one.state), 90),
            Column(_("When"), lambda one: moment_text(one.sent_at or one.created_at, zone), 190, _when),
            Column(_("To"), lambda one: one.recipient, 200),
            Column(_("Subject"), lambda one: one.subject, 260, stretch=True),
            Column(_("Tries"), lambda one: str(one.attempts), 60, lambda one: one.attempts, "end"),
        ]
        self.table: Table[Mail] = Table(
            self, columns, key=lambda one: str(one.id), several=True, on_select=self._chosen, on_open=self._read
        )
        self.why = follow_width(ttk.Label(self, style="Muted.TLabel", anchor=anchor(), text=" "))
        self.why.pack(side="bottom", fill="x", pady=(pixels(self, 6), 0))
        self.table.pack(fill="both", expand=True)
        words = _("What is mailed stands here, with what became of it.")
        self.table.show_when_empty(EmptyState(self.table.tree, "envelope", _("The outbox is empty"), words))

    def load(self) -> None:
        """Look what there is."""

        def work(use: Use) -> Outbox:
            from core.mail.listing import list_mails

            return list_mails(use.store, self._state, NEWEST)

        self._screen.call(work, self._fill)

    def _fill(self, found: Outbox) -> None:
        total = sum(found.counts.values())
        words = [_("all ({})").format(total)]
        words += [f"{state_text(one)} ({found.counts.get(one, 0)})" for one in STATES]
        self.state_box.configure(values=words)
        self.state_box.current(0 if self._state is None else STATES.index(self._state) + 1)
        self.table.set_rows(found.mails)
        self._chosen(None)

    def _choose(self) -> None:
        place = self.state_box.current()
        self._state = None if place == 0 else STATES[place - 1]
        self.load()

    def _chosen(self, _mail: Mail | None) -> None:
        chosen = self.table.selected()
        self.why.configure(text=(chosen[0].last_error or " ")[:300] if chosen else " ")
        can_wait = any(one.state in ("waiting", "failed") for one in chosen)
        for button in (self.cancel, self.retry):
            button.state(["!disabled" if can_wait else "disabled"])

    def _read(self, mail: Mail) -> None:
        """The letter as it was written."""
        from gui.dialogs.base import Dialog

        dialog = Dialog(self.app, mail.subject[:80])
        dialog.add_sentence(_("To {address}").format(address=mail.recipient), "Muted.TLabel")
        dialog.add_sentence(mail.text[:2000])
        dialog.open(dialog.add_button(_("Close"), dialog.close, "primary"))

    def _numbers(self) -> list[int]:
        return [one.id for one in self.table.selected() if one.state in ("waiting", "failed")]

    def _retry_chosen(self) -> None:
        self._retry(self._numbers())

    def _retry_all(self) -> None:
        self._retry([])

    def _retry(self, numbers: list[int]) -> None:
        def work(use: Use) -> Run:
            from core.mail.sending import retry

            return retry(use.store, use.settings, numbers, progress=use.progress)

        self.app.wait_for(_("Sending mail"), work, self._was_sent, owner=self)

    def _was_sent(self, run: Run) -> None:
        if self.app.shell is not None:
            self.app.shell.status.tell(run_text(run))
        self.why.configure(text=run_text(run))
        self.load()

    def _cancel(self) -> None:
        numbers = self._numbers()
        count = len(numbers)
        sentence = ngettext(
            "Call off {} message? What it tells is not mailed again.",
            "Call off {} messages? What they tell is not mailed again.",
            count,
        ).format(count)

        def work(use: Use) -> list[Mail]:
            from core.mail.listing import cancel_mails

            return cancel_mails(use.store, numbers)

        def call_off() -> None:
            self._screen.call(work, lambda _mails: self.load(), saves=True)

        if numbers:
            ask.yes_no(self.app, sentence, call_off, yes=_("Call off"), danger=True)


def _when(mail: Mail) -> object:
    return mail.sent_at or mail.created_at
