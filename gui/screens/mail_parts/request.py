"""What can be mailed, as choices, and what a plan or a run of sending comes to, in words; nothing here knows Tk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING

from core.words import MAIL_KINDS
from gui.texts import _, ngettext, told
from gui.widgets.days import optional_day

if TYPE_CHECKING:
    from core.mail.letters import Kind
    from core.mail.planning import Plan
    from core.mail.scopes import MailRequest
    from core.mail.sending import Run

NAMED = 8
"""So many people without an address are named."""


def kind_choices(kinds: Mapping[str, Kind]) -> list[tuple[str, str]]:
    """The kinds with what each tells; lessons are mailed by day here, so what is asked for stays in sight."""
    return [(name, _(MAIL_KINDS.get(name, name))) for name in kinds]


def unit_choices(kind: Kind) -> list[tuple[str, str]]:
    """The times that a kind can be asked for."""
    words = {
        "day": _("a day"),
        "week": _("a week"),
        "month": _("a month"),
        "always": _("all lessons so far"),
    }
    return [(unit, words[unit]) for unit in kind.units if unit in words]


def role_choices(kind: Kind) -> list[tuple[str, str]]:
    """Who can get a kind."""
    words = {"parents": _("the parents"), "student": _("the student"), "teacher": _("the teachers")}
    both = [("both", _("parents and student"))] if len(kind.roles) > 1 else []
    return [*((role, words[role]) for role in kind.roles), *both]


def request_of(kind: str, values: Mapping[str, str], zone: tzinfo | None = None) -> MailRequest:
    """What a filled form asks for.  Raises InputError for a day that is none."""
    from core.mail.scopes import MailRequest

    day = optional_day(values.get("day", ""), zone)
    unit = values.get("unit") or None
    return MailRequest(
        kind=kind,
        class_code=values.get("class") or None,
        day=None if unit == "always" else day,
        unit=unit,  # type: ignore[arg-type]  # the choices are the units
        since=day if unit == "always" else None,
        to=values.get("to") or None,  # type: ignore[arg-type]  # likewise
    )


def plan_text(plan: Plan) -> str:
    """How many messages are new, what was mailed before, and who cannot be reached."""
    count = len(plan.planned)
    parts = [ngettext("{} new message for {}.", "{} new messages for {}.", count).format(count, plan.label)]
    before = sum(plan.known.values())
    if before:
        parts.append(ngettext("{} was mailed before.", "{} were mailed before.", before).format(before))
    if plan.unreachable:
        names = ", ".join(one.who[:40] for one in plan.unreachable[:NAMED])
        more = " …" if len(plan.unreachable) > NAMED else ""
        parts.append(_("Without an address: {names}").format(names=names) + more + ".")
    if plan.inactive:
        words = ngettext(
            "{} student left and is not written to.", "{} students left and are not written to.", plan.inactive
        )
        parts.append(words.format(plan.inactive))
    return " ".join((*parts, *map(told, plan.notes)))


def run_text(run: Run) -> str:
    """What a run of sending came to."""
    parts = [_("{sent} sent, {waiting} waiting, {failed} failed.").format(
        sent=run.sent, waiting=run.waiting, failed=run.failed
    )]  # fmt: skip
    if run.withdrawn:
        words = ngettext(
            "{} is not true any more and was not sent.", "{} are not true any more and were not sent.", run.withdrawn
        )
        parts.append(words.format(run.withdrawn))
    if run.stopped:
        parts.append(run.stopped)
    return " ".join(parts)


def state_text(state: str) -> str:
    """The state of a message."""
    known = {"waiting": _("waiting"), "sent": _("sent"), "failed": _("failed"), "cancelled": _("cancelled")}
    return known.get(state, state)
