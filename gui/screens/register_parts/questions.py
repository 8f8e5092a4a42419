"""What is asked before a mark is changed: which one it shall be, how late, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.store.marks import MarkState
from gui.dialogs.ask import AskDialog
from gui.screens.register_parts.month import check_minutes
from gui.texts import _
from gui.widgets.form import anything, not_empty

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.store.statuses import Status
    from gui.application import Application

NOTHING = ""
"""Chosen to take a mark away."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a mark shall be, and why; why is None where nobody had to say."""

    state: MarkState | None
    why: str | None


def state_of(status: Status | None, minutes: str, why: str) -> MarkState | None:
    """A mark as it is typed.  Why somebody is absent stays with the mark; why one became present, in the history."""
    if status is None:
        return None
    late = int(minutes) if minutes.strip() and status.counts_as == "late" else None
    return MarkState(status.code, late, (why.strip() or None) if status.counts_as != "present" else None)


def ask_details(
    app: Application,
    who: str,
    status: Status | None,
    then: Callable[[Answer], None],
    *,
    reason: str | None,
    minutes: str = "",
) -> AskDialog:
    """Ask how late (of a late one) and why; reason: what stands there at first, None where none is needed."""

    def answered(answers: dict[str, str]) -> None:
        why = answers.get("why", "")
        then(Answer(state_of(status, answers.get("minutes", ""), why), why.strip() or None))

    title = _(status.name) if status is not None else _("Take the mark away")
    dialog = AskDialog(app, title, who, _("OK"), answered)
    first = None
    if status is not None and status.counts_as == "late":
        first = dialog.form.add_text("minutes", _("Minutes late"), value=minutes, check=check_minutes)
    if reason is not None:
        field = dialog.form.add_text("why", _("Reason"), value=reason, check=not_empty)
        field.selection_range(0, "end")
        first = first or field
    dialog.open(first)
    return dialog


def ask_mark(
    app: Application,
    who: str,
    statuses: Sequence[Status],
    now: MarkState | None,
    then: Callable[[Answer], None],
    *,
    reason: str | None,
) -> AskDialog:
    """Ask for everything of a mark at once."""
    known = {one.code: one for one in statuses if one.active}

    def answered(answers: dict[str, str]) -> None:
        why = answers["why"]
        status = known.get(answers["status"])
        then(Answer(state_of(status, answers["minutes"], why), why.strip() or None))

    dialog = AskDialog(app, _("Mark"), who, _("OK"), answered)
    choices = [(one.code, f"{one.letter}   {_(one.name)}") for one in known.values()]
    if now is not None:
        choices.append((NOTHING, _("Take the mark away")))
    buttons = dialog.form.add_options("status", choices)
    codes = [code for code, _words in choices]
    place = codes.index(now.status) if now is not None and now.status in codes else 0
    dialog.form.set_value("status", codes[place])
    late = "" if now is None or now.minutes_late is None else str(now.minutes_late)
    dialog.form.add_text("minutes", _("Minutes late"), value=late, check=check_minutes)
    label = _("Reason") if reason is not None else _("Reason, if there is one")
    check = anything if reason is None else not_empty
    dialog.form.add_text("why", label, value=reason or "", check=check)
    dialog.open(buttons[place])
    return dialog
