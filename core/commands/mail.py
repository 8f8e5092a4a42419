"""``app.py mail``: preview, queue, send, retry, list, call off, test."""

from typing import Annotated, Any

import typer
from pydantic import SecretStr
from rich.markup import escape
from rich.table import Table

from core import clock
from core.commands.choices import Json, read_day
from core.commands.console import out, progress_bar, write_json
from core.commands.context import Context, of
from core.errors import InputError, MailError
from core.mail.kinds import KINDS
from core.mail.letters import Unit
from core.mail.listing import cancel_mails, list_mails
from core.mail.password import save_password
from core.mail.planning import Plan, Planned, Unreachable
from core.mail.planning import preview as plan_of
from core.mail.scopes import MailRequest, To
from core.mail.sending import Run, queue_and_send, send_test
from core.mail.sending import retry as retry_now
from core.store.outbox import STATES, WAITING, Mail
from core.words import counted

app = typer.Typer(help="Mail to parents, students and teachers: preview, then send.", no_args_is_help=True)

_ABOUT = "; ".join(f"{one.name}: {one.about}" for one in KINDS.values())
KindName = Annotated[str, typer.Argument(metavar="KIND", help=f"What is told. {_ABOUT}.")]
ClassOption = Annotated[str | None, typer.Option("--class", help="Only this class.")]
Number = Annotated[int | None, typer.Option("--session", min=1, max=999_999_999, help="Only this session.")]
Day = Annotated[str | None, typer.Option(help="This day, or the week or month with it: 2026-11-21, today, yesterday.")]
Week = Annotated[bool, typer.Option("--week", help="A week; without --day the last whole one.")]
Month = Annotated[bool, typer.Option("--month", help="A month; without --day the last whole one.")]
Since = Annotated[str | None, typer.Option("--from", help="For warnings: the first day that counts.")]
Whom = Annotated[To | None, typer.Option("--to", help="Who is told; else as the kind does.")]
MailNumbers = Annotated[list[int], typer.Argument(metavar="NUMBER…", help="Numbers from: app.py mail list")]
SHOWN = 20
"""So many people without an address, or problems, are named."""


@app.command()
def preview(
    context: typer.Context,
    kind: KindName,
    class_code: ClassOption = None,
    session: Number = None,
    day: Day = None,
    week: Week = False,
    month: Month = False,
    since: Since = None,
    to: Whom = None,
    json: Json = None,
) -> None:
    """Show who would get what, one message in full, and who has no address; nothing is sent."""
    here = of(context)
    request = _request(here, kind, class_code, session, day, week, month, since, to)
    with here.reading() as store:
        plan = plan_of(store, here.settings, request)
    write_json(json, plan_json(plan, in_full=True))
    table = Table("About", "To", "Address", "Subject", title=escape(f"{plan.kind}, {plan.label}"))
    for one in plan.planned:
        table.add_row(escape(one.who), one.draft.recipient_role, escape(one.draft.recipient), escape(one.draft.subject))
    if plan.planned:
        out.print(table)
        _show_example(plan.planned[0])
    _tell_plan(plan)


@app.command()
def send(
    context: typer.Context,
    kind: KindName,
    class_code: ClassOption = None,
    session: Number = None,
    day: Day = None,
    week: Week = False,
    month: Month = False,
    since: Since = None,
    to: Whom = None,
    json: Json = None,
) -> None:
    """Queue what preview shows, and send everything that is due; nobody is told twice."""
    here = of(context)
    settings = here.settings
    request = _request(here, kind, class_code, session, day, week, month, since, to)
    with here.changing() as store, progress_bar("Sending mail") as progress:
        queued, run = queue_and_send(store, settings, request, progress)
    write_json(json, {**plan_json(queued.plan, in_full=False), "queued": len(queued.ids), **run_json(run)})
    _tell_plan(queued.plan)
    _tell_run(run)


@app.command()
def retry(
    context: typer.Context,
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="[NUMBER…]", help="Only these, also if they were given up.")
    ] = None,
    due: Annotated[bool, typer.Option("--due", help="Only what is due by now, for a scheduler of tasks.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="Also all that was given up.")] = False,
    json: Json = None,
) -> None:
    """Send what waits, without waiting for its next turn."""
    here = of(context)
    settings = here.settings
    with here.changing() as store, progress_bar("Sending mail") as progress:
        run = retry_now(store, settings, numbers or (), due=due, failed=failed, progress=progress)
    write_json(json, run_json(run))
    _tell_run(run)


@app.command("list")
def list_(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help=f"One of {', '.join(STATES)}.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="The newest so many.")] = 50,
    json: Json = None,
) -> None:
    """List the outbox, newest first."""
    here = of(context)
    with here.reading() as store:
        found = list_mails(store, state, limit)
    mails, counts = found.mails, found.counts
    write_json(json, {"counts": counts, "mails": [_mail_json(one) for one in mails]})
    zone = clock.school_zone(here.settings)
    table = Table("Number", "Kind", "To", "Subject", "State", "Tries", "When", "Why not")
    for one in mails:
        when = clock.local(one.sent_at or one.created_at, zone)
        table.add_row(
            str(one.id),
            one.kind,
            escape(one.recipient),
            escape(one.subject),
            one.state,
            str(one.attempts),
            f"{when:%Y-%m-%d %H:%M}",
            escape(one.last_error or ""),
        )
    if mails:
        out.print(table)
    out.print(", ".join(f"{count} {name}" for name, count in counts.items()) + ".")


@app.command()
def cancel(context: typer.Context, numbers: MailNumbers, json: Json = None) -> None:
    """Call messages off that were not sent; their events are not mailed again."""
    here = of(context)
    with here.changing() as store:
        mails = cancel_mails(store, numbers)
    write_json(json, [_mail_json(one) for one in mails])
    for one in mails:
        out.print(f"Mail {one.id} to {one.recipient} is cancelled.", markup=False)


@app.command("test")
def try_out(
    context: typer.Context, address: Annotated[str, typer.Argument(help="Your own address.")], json: Json = None
) -> None:
    """Send one message to see whether the settings work."""
    here = of(context)
    with here.changing() as store:
        sent_to = send_test(store, here.settings, address)
    write_json(json, {"sent_to": sent_to})
    out.print(f"The mail server took a test for {sent_to}. Look whether it arrives, also among the spam.", markup=False)


@app.command()
def password(
    context: typer.Context,
    forget: Annotated[bool, typer.Option("--forget", help="Remove it from the keyring.")] = False,
    json: Json = None,
) -> None:
    """Ask for the mail password and keep it in the computer's keyring."""
    here = of(context)
    with here.changing() as store:
        typed = None if forget else typer.prompt("Mail password", hide_input=True, default="", show_default=False)
        account = save_password(store, here.settings, None if typed is None else SecretStr(typed))
    write_json(json, {"account": account, "stored": not forget})
    said = "was removed from" if forget else "is in"
    out.print(f"The password for {account} {said} the keyring.", markup=False)


def _request(
    here: Context,
    kind: str,
    class_code: str | None,
    session: int | None,
    day: str | None,
    week: bool,
    month: bool,
    since: str | None,
    to: To | None,
) -> MailRequest:
    if week and month:
        raise InputError("Give either --week or --month.")
    unit: Unit | None = "week" if week else "month" if month else None
    settings = here.settings
    return MailRequest(
        kind=kind,
        class_code=class_code,
        session_id=session,
        day=None if day is None else read_day(day, settings),
        unit=unit,
        since=None if since is None else read_day(since, settings),
        to=to,
    )


def _show_example(one: Planned) -> None:
    out.print(f"For example, to {one.draft.recipient}:\n", markup=False)
    out.print(f"Subject: {one.draft.subject}\n\n{one.draft.text}", markup=False)
    if one.sheet_of is not None:
        out.print(f"With the sheet of session {one.sheet_of}.\n", markup=False)
    if one.month_of is not None:
        out.print(f"With the register of {one.month_of}.\n", markup=False)


def _tell_plan(plan: Plan) -> None:
    before = ", ".join(f"{plan.known[state]} {state}" for state in STATES if plan.known.get(state))
    out.print(
        f"{counted(len(plan.planned), 'new message')}{f'; from before: {before}' if before else ''}.", markup=False
    )
    for role in dict.fromkeys(one.role for one in plan.unreachable):
        them = [one for one in plan.unreachable if one.role == role]
        more = f" and {len(them) - SHOWN} more" if len(them) > SHOWN else ""
        named = ", ".join(_unreachable(one) for one in them[:SHOWN])
        whose = {"parents": "address of the parents", "student": "address", "teacher": "address"}[role]
        out.print(f"{len(them)} without a usable {whose}: {named}{more}.", markup=False)
    if plan.inactive:
        out.print(f"Inactive, so without mail: {counted(plan.inactive, 'student')}.")
    for note in plan.notes:
        out.print(note, markup=False)


def _unreachable(one: Unreachable) -> str:
    return f"{one.who} (not usable: {', '.join(one.bad)})" if one.bad else one.who


def _tell_run(run: Run) -> None:
    """Print the counts.  Raises MailError when the run was stopped, so that scripts see it."""
    for one in run.problems[:SHOWN]:
        out.print(one, markup=False)
    if len(run.problems) > SHOWN:
        out.print(f"… and {len(run.problems) - SHOWN} more: app.py mail list --state failed")
    gone = f", {run.withdrawn} withdrawn because the register was corrected" if run.withdrawn else ""
    out.print(f"{run.sent} sent, {run.waiting} waiting, {run.failed} failed{gone}.")
    if run.stopped is not None:
        raise MailError(run.stopped)


def plan_json(plan: Plan, *, in_full: bool) -> dict[str, Any]:
    """The contract of ``mail preview --json``; ``in_full``: with the first message's text."""
    example = plan.planned[0] if in_full and plan.planned else None
    return {
        "kind": plan.kind,
        "label": plan.label,
        "new": len(plan.planned),
        "before": {state: plan.known.get(state, 0) for state in STATES},
        "messages": [
            {
                "about": one.who,
                "role": one.draft.recipient_role,
                "address": one.draft.recipient,
                "subject": one.draft.subject,
                "session": one.draft.session_id,
                "sheet_of": one.sheet_of,
                "month_of": None if one.month_of is None else str(one.month_of),
            }
            for one in plan.planned
        ],
        "example": None if example is None else {"text": example.draft.text, "html": example.draft.html},
        "unreachable": [{"who": one.who, "role": one.role, "not_usable": list(one.bad)} for one in plan.unreachable],
        "inactive": plan.inactive,
        "notes": list(plan.notes),
    }


def run_json(run: Run) -> dict[str, Any]:
    """The contract of ``mail retry --json``."""
    return {
        "sent": run.sent,
        "later": run.later,
        "failed": run.failed,
        "withdrawn": run.withdrawn,
        "waiting": run.waiting,
        "stopped": run.stopped,
        "problems": run.problems,
    }


def _mail_json(one: Mail) -> dict[str, Any]:
    return {
        "number": one.id,
        "event": one.event_key,
        "kind": one.kind,
        "to": one.recipient,
        "role": one.recipient_role,
        "subject": one.subject,
        "state": one.state,
        "tries": one.attempts,
        "next_try_at": one.next_try_at.isoformat() if one.state == WAITING else None,
        "error": one.last_error,
        "message_id": one.message_id,
        "created_at": one.created_at,
        "sent_at": one.sent_at,
    }
