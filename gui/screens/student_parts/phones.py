"""A student's phones: paired with a code, taken away."""

from __future__ import annotations

import tkinter as tk
from functools import partial
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core import clock
from core.office.students import StudentCard
from gui.dialogs import ask
from gui.dialogs.one_time import OneTimeDialog
from gui.screens.student_parts import acts
from gui.screens.student_parts.tab import Tab
from gui.texts import _, anchor, end, moment_text, start
from gui.theme import pixels
from gui.widgets.small import follow_width, keep_focus_in_sight

if TYPE_CHECKING:
    from core.confirming.phones import PairingCode
    from core.store.devices import Device
    from gui.opening import Use
    from gui.screens.student import Screen


class PhonesTab(Tab):
    """With which phone this student confirms lessons."""

    def __init__(self, screen: Screen, parent: tk.Misc) -> None:
        super().__init__(screen, parent)
        self.removing: list[ttk.Button] = []

    def show(self, card: StudentCard) -> None:
        def take(found: tuple[Device, ...]) -> None:
            if self.is_about(card):
                self._fill(card, found)

        self.screen.call(partial(_phones, card.student.roll), take)

    def _fill(self, card: StudentCard, found: tuple[Device, ...]) -> None:
        for old in self.inside.winfo_children():
            old.destroy()
        self.removing = []
        for one in found:
            self._add(card, one)
        words = (
            _("With a new code another phone takes its place: a student confirms with one phone.")
            if found
            else _("No phone is paired. Hand over a code; the student types it once on their own phone, and needs no "
                   "password for confirming from then on.")
        )  # fmt: skip
        follow_width(ttk.Label(self.inside, text=words, style="Muted.TLabel", justify=start())).pack(fill="x")
        if self.screen.may("phones.pair"):
            self.new = ttk.Button(
                self.inside,
                text=_("Code for a phone"),
                icon="phone",
                bootstyle="primary",
                command=partial(self._pair, card),
            )
            self.new.pack(anchor=anchor(), pady=(pixels(self, 12), 0))
        keep_focus_in_sight(self.inside, self.inside)

    def _add(self, card: StudentCard, one: Device) -> None:
        zone = clock.school_zone(self.screen.app.settings)
        line = ttk.Frame(self.inside, style="Card.TFrame", padding=pixels(self, 12))
        line.pack(fill="x", pady=(0, pixels(self, 8)))
        if self.screen.may("phones.pair"):
            remove = ttk.Button(
                line, text=_("Remove"), bootstyle="danger outline", command=partial(self._remove, card, one)
            )
            remove.pack(side=end())
            self.removing.append(remove)
        told = _("{kind}, paired on {when}, last used on {last}").format(
            kind=one.kind or _("Phone"), when=moment_text(one.paired_at, zone), last=moment_text(one.seen_at, zone)
        )
        label = follow_width(ttk.Label(line, text=told, style="Card.TLabel", justify=start()))
        label.pack(side=start(), fill="x", expand=True)

    def _pair(self, card: StudentCard) -> None:
        self.screen.call(partial(_new_code, card.student.roll), partial(self._show_code, card), saves=True)

    def _show_code(self, card: StudentCard, made: PairingCode) -> None:
        app = self.screen.app
        until = moment_text(made.until, clock.school_zone(app.settings))
        served = app.portal.served
        if served is None:
            sentence = _("It works once, until {when}: on the phone, in the portal under “Pair this phone”. The portal "
                         "is off now; switch it on under Phones and portal.").format(when=until)  # fmt: skip
        else:
            sentence = _("It works once, until {when}: on the phone, at {address}").format(
                when=until, address=f"{served.url}/pair"
            )
        OneTimeDialog(app, acts.named(card.student)[:80], made.code, sentence)

    def _remove(self, card: StudentCard, one: Device) -> None:
        def remove() -> None:
            self.screen.call(partial(_unpair, card.student.roll, one.id), lambda _none: self.show(card), saves=True)

        sentence = _("This phone confirms nothing any more. What it confirmed stays.")
        ask.yes_no(self.screen.app, sentence, remove, yes=_("Remove"), danger=True)


def _phones(roll: str, use: Use) -> tuple[Device, ...]:
    from core.confirming.phones import phones_of

    return phones_of(use.store, roll)


def _new_code(roll: str, use: Use) -> PairingCode:
    from core.confirming.phones import new_pairing

    return new_pairing(use.store, use.actor, roll)


def _unpair(roll: str, device_id: int, use: Use) -> None:
    from core.confirming.phones import unpair

    unpair(use.store, use.actor, roll, device_id)
