"""What the screen Mark Attendance asks: minutes late, why a mark is changed; and the keys it tells about."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.dialogs import ask
from gui.dialogs.ask import AskDialog
from gui.dialogs.base import Dialog
from gui.texts import N_, _, anchor
from gui.theme import pixels
from gui.widgets.form import not_empty
from gui.widgets.small import is_plain

if TYPE_CHECKING:
    from core.registers import Register
    from core.store.statuses import Status
    from gui.application import Application
    from gui.screens.mark_parts.lesson import MarkWish
    from gui.widgets.board_model import Seat

BY = {
    "face": N_("by the camera"),
    "phone": N_("by phone"),
    "auto": N_("as the lesson was closed"),
}
"""How a mark came about that no person set."""
LONGEST_LATE = 24 * 60
KEYS = (
    ("P, A, L, E", N_("Mark the selected student present, absent, late, excused")),
    (N_("Arrows"), N_("Another student")),
    (N_("Space"), N_("The next status, around and around")),
    ("1, 2, 3", N_("The framed face is the first, second, third student beside it")),
    ("U", N_("The framed face is nobody of these")),
    ("N", N_("The selected student was taken for somebody else: not this person")),
    ("Ctrl+Z", N_("Undo the last mark")),
    ("Ctrl+S", N_("Save: who has no mark is absent, and the sheet is written")),
    ("F5, Esc", N_("Start, stop")),
    ("F8, F9", N_("Show the QR code, look at selfies")),
    ("Shift+F10", N_("All that can be done with the selected student")),
    ("F1", N_("These keys")),
)


def check_minutes(value: str) -> str | None:
    """Minutes late; nothing means: counted from the start of the lesson."""
    text = value.strip()
    if not text or (text.isascii() and text.isdecimal() and int(text[:6]) <= LONGEST_LATE and len(text) <= 6):
        return None
    return _("Write minutes from 0 to {most}.").format(most=LONGEST_LATE)


def likely_reason(status: Status | None) -> str:
    """Why a mark of the machine is usually changed to this; a person may write something else."""
    if status is None:
        return _("marked by mistake")
    if status.counts_as == "late":
        return _("came late")
    if status.in_room:
        return _("is here, was not recognised")
    return _("is not here, was taken for somebody else")


def ask_about(
    app: Application,
    seat: Seat,
    status: Status | None,
    then: Callable[[int | None, str], None],
    *,
    minutes: bool,
    reason: bool,
) -> AskDialog:
    """Ask for minutes late, for the reason, or for both; ``then`` gets them, None and "" for what was not asked."""

    def answered(answers: dict[str, str]) -> None:
        typed = answers.get("minutes", "").strip()
        then(int(typed) if typed else None, answers.get("reason", "").strip())

    what = _("No mark") if status is None else _(status.name)
    dialog = AskDialog(app, f"{seat.roll}  {seat.name}: {what}"[:80], "", _("OK"), answered)
    fields = []
    if minutes:
        hint = _("Leave it empty to count from the start of the lesson until now.")
        now = "" if seat.minutes_late is None else str(seat.minutes_late)
        fields.append(dialog.form.add_text("minutes", _("Minutes late"), value=now, check=check_minutes, hint=hint))
    if reason:
        fields.append(
            dialog.form.add_text("reason", _("Why is it changed?"), value=likely_reason(status), check=not_empty)
        )
    fields[0].select_range(0, "end")
    dialog.open(fields[0])
    return dialog


def ask_all_the_same(app: Application, register: Register, wish: MarkWish, then: Callable[[], None]) -> AskDialog:
    """Show what somebody else made of a mark meanwhile, and whether it shall be what was wished; Return does it."""
    row = next((one for one in register.rows if one.student_id == wish.student_id), None)
    who = "" if row is None else f"{row.roll}  {row.name[:80]}"
    if row is None or not row.status:
        sentence = _("The mark of {who} was taken away meanwhile.").format(who=who)
    else:
        by = _(BY.get(row.source, "")) or row.changed_by or ""
        status = _(register.statuses[row.status].name)
        sentence = _("{who} was marked “{status}” meanwhile ({by}).").format(who=who, status=status, by=by)
    if wish.status is None:
        question, yes = _("Take the mark away all the same?"), _("Take it away")
    else:
        yes = _(register.statuses[wish.status].name)
        question = _("Mark “{status}” all the same?").format(status=yes)
    return ask.yes_no(app, f"{sentence} {question}", then, yes=yes)


def bind_keys(screen: tk.Misc, keys: Mapping[str, Callable[[], object]]) -> None:
    """Have keys do something wherever in the screen the keyboard is, before the widget there gets them.

    A letter is the same with the caps locked.
    """
    for key, command in keys.items():
        pressed = partial(_pressed, command, "Control" not in key)
        screen.bind(key, pressed)
        if key[-3] == "-":
            screen.bind(f"{key[:-2]}{key[-2].swapcase()}>", pressed)
    waiting = screen.winfo_children()
    while waiting:
        widget = waiting.pop()
        widget.bindtags((str(screen), *widget.bindtags()))
        waiting += widget.winfo_children()


def _pressed(command: Callable[[], object], by_itself: bool, event: tk.Event[tk.Misc]) -> str | None:
    if by_itself and not is_plain(event):
        return None
    command()
    return "break"


class KeysDialog(Dialog):
    """The keys of the screen."""

    def __init__(self, app: Application) -> None:
        super().__init__(app, _("Keys"))
        for row, (key, does) in enumerate(KEYS):
            ttk.Label(self.body, text=_(key)).grid(row=row, column=0, sticky=anchor(), padx=(0, pixels(self, 20)))
            ttk.Label(self.body, text=_(does), style="Muted.TLabel").grid(
                row=row, column=1, sticky=anchor(), pady=pixels(self, 3)
            )
        self.open(self.add_button(_("OK"), self.close, "primary"))
