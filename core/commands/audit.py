"""``app.py audit``: what was done, and whether the record of it is whole."""

from datetime import UTC, datetime, time
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from core import audit, clock
from core.audit import AuditRow, Filter
from core.commands.choices import By, Json, read_day
from core.commands.console import errors, out, write_json
from core.commands.context import of
from core.settings import Settings

app = typer.Typer(help="What was done, by whom, and whether the record of it is whole.", no_args_is_help=True)


@app.command()
def verify(
    context: typer.Context,
    head: Annotated[list[str] | None, typer.Option(help="A head that a sheet shows; may be given again.")] = None,
    by: By = None,
    json: Json = None,
) -> None:
    """Check every row of the audit; name the first that is wrong."""
    with of(context).reading() as store:
        found = audit.verify(store, head or ())
    write_json(
        json,
        {
            "ok": found.ok,
            "rows": found.rows,
            "first_row": found.first,
            "head": found.head,
            "wrong_row": found.wrong_row,
            "problem": found.problem,
            "warnings": list(found.warnings),
            "older_heads": list(found.older),
        },
    )
    for warning in found.warnings:
        errors.print(f"Warning: {warning}.", markup=False)
    if found.wrong_row is not None:
        errors.print(f"Row {found.wrong_row} of the audit {found.problem}; {found.rows} before it are right.")
    if not found.ok:
        raise typer.Exit(2)
    since = f", from row {found.first} on; older ones were kept long enough" if found.first > 1 else ""
    out.print(f"All {found.rows} rows of the audit are right{since}. Its head: {found.head}", markup=False)
    for one in found.older:
        out.print(f"The head {one} is older than what is kept, so it proves nothing any more.", markup=False)


@app.command("head")
def head_(context: typer.Context, by: By = None, json: Json = None) -> None:
    """Show the newest row's mark; write it down to tell later whether rows are missing."""
    with of(context).reading() as store:
        found = audit.head_of(store)
    write_json(json, {"head": found})
    out.print(found, markup=False)


@app.command("list")
def list_(
    context: typer.Context,
    first: Annotated[str | None, typer.Option("--from", help="First day: 2026-11-21, today, yesterday.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day, included.")] = None,
    who: Annotated[str | None, typer.Option(help="Only of this account.")] = None,
    action: Annotated[str | None, typer.Option(help="Only this action, or those that begin so, like: accounts")] = None,
    student: Annotated[str | None, typer.Option(help="Only about the student with this roll number.")] = None,
    limit: Annotated[int, typer.Option(help="So many rows at most.")] = 200,
    by: By = None,
    json: Json = None,
) -> None:
    """List what was done, newest first."""
    here = of(context)
    settings = here.settings
    since = None if first is None else _moment(first, time.min, settings)
    until = None if last is None else _moment(last, time.max, settings)
    with here.reading() as store:
        found = audit.entries(store, Filter(since, until, who, action), roll=student, limit=limit)
    write_json(json, [as_json(one) for one in found])
    if not found:
        out.print("The audit has nothing of this.")
        return
    zone = clock.school_zone(settings)
    table = Table("Row", "When", "Who", "As", "What", "On", "Details")
    for one in found:
        when = f"{clock.local(one.at, zone):%Y-%m-%d %H:%M:%S}"
        details = ", ".join(filter(None, (_words(one.before), _words(one.after), one.why)))
        texts = (when, one.who, one.role, one.action, _objects(one), details)
        table.add_row(str(one.id), *(escape(text) for text in texts))
    out.print(table)


def _moment(text: str, at: time, settings: Settings) -> datetime:
    naive = datetime.combine(read_day(text, settings), at)
    zone = clock.school_zone(settings)
    return (naive.replace(tzinfo=zone) if zone else naive.astimezone()).astimezone(UTC)


def _objects(one: AuditRow) -> str:
    numbers = (("class", one.class_id), ("session", one.session_id), ("student", one.student_id))
    return ", ".join(filter(None, (*(f"{kind} {number}" for kind, number in numbers if number), one.subject)))


def _words(data: Any) -> str:  # noqa: ANN401 - whatever was recorded
    return ", ".join(f"{name} {value}" for name, value in data.items()) if isinstance(data, dict) else ""


def as_json(one: AuditRow) -> dict[str, Any]:
    """The contract of ``audit list --json``."""
    return {
        "row": one.id,
        "at": one.at.isoformat(),
        "who": one.who,
        "role": one.role,
        "computer_user": one.computer_user,
        "action": one.action,
        "class_id": one.class_id,
        "session_id": one.session_id,
        "student_id": one.student_id,
        "subject": one.subject,
        "before": one.before,
        "after": one.after,
        "why": one.why,
    }
