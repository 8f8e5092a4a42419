"""``app.py export register|month|all|session|marks`` and ``app.py import marks``: the register as files, both ways."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from core import clock
from core.commands.choices import AsAdmin, By, ClassCode, Json, read_day
from core.commands.console import out, write_json
from core.commands.context import Context, of
from core.correcting import Corrected
from core.errors import InputError
from core.files import Written
from core.register_import import ImportPlan, PlannedChange, apply_import, plan_file
from core.reports import register_files
from core.reports.register_files import FIRST_DAY, LAST_DAY, Period
from core.reports.session_files import write_sheet_of
from core.settings import Settings
from core.statuses import list_all
from core.store.marks import MarkState
from core.store.statuses import Status
from core.words import counted

SHOWN = 60
File = Annotated[Path | None, typer.Argument(help="File to write; else it goes to attendance/.")]
From = Annotated[str | None, typer.Option("--from", help="First day, like 2026-09-01.")]
To = Annotated[str | None, typer.Option("--to", help="Last day, like 2026-11-21 or today.")]


def register_export(app: typer.Typer) -> None:
    """Add what this module offers to ``export``."""
    app.command("register")(export_register)
    app.command("month")(export_month)
    app.command("all")(export_all)
    app.command("session")(export_session)
    app.command("marks")(export_marks)


def register_import(app: typer.Typer) -> None:
    """Add what this module offers to ``import``."""
    app.command("marks")(import_marks)


def export_register(
    context: typer.Context,
    class_code: ClassCode,
    file: File = None,
    first: From = None,
    last: To = None,
    json: Json = None,
) -> None:
    """Write a class's register, one column a session: .xlsx, .ods or .csv. Edited, it can be imported again."""
    here = of(context)
    period = _period(here.settings, first, last)
    with here.reading() as store:
        written = register_files.export_register(store, here.settings, class_code, _target(file), period)
    _tell_written(written, json)


def export_month(
    context: typer.Context,
    class_code: ClassCode,
    file: File = None,
    month: Annotated[str | None, typer.Option(help="Like 2026-11; else this month.")] = None,
    json: Json = None,
) -> None:
    """Write one month of a class's register, a column for each day: .xlsx, .ods or .csv, or .pdf to print."""
    here = of(context)
    year, number = _month(here.settings, month)
    with here.reading() as store:
        written = register_files.export_month(store, here.settings, class_code, year, number, _target(file))
    _tell_written(written, json)


def export_all(
    context: typer.Context, file: File = None, first: From = None, last: To = None, json: Json = None
) -> None:
    """Write the registers of all classes into one workbook with a summary."""
    here = of(context)
    period = _period(here.settings, first, last)
    with here.reading() as store:
        written = register_files.export_all(store, here.settings, _target(file), period)
    _tell_written(written, json)


def export_session(
    context: typer.Context,
    session: Annotated[int, typer.Argument(min=1, max=999_999_999, help="Number of the session.")],
    file: File = None,
    json: Json = None,
) -> None:
    """Write the dated sheet of one session. Edited, it can be imported again."""
    here = of(context)
    target = _target(file)
    if target is not None and target.suffix.casefold() != ".xlsx":
        raise InputError("The sheet of a session is an Excel workbook. Give a name that ends in .xlsx.")
    with here.reading() as store:
        written = write_sheet_of(store, here.settings, session, target)
    _tell_written(written, json)


def export_marks(
    context: typer.Context,
    class_code: ClassCode,
    file: File = None,
    first: From = None,
    last: To = None,
    json: Json = None,
) -> None:
    """Write a class's marks for other programs, one a row: .csv, .xlsx or .ods."""
    here = of(context)
    period = _period(here.settings, first, last)
    with here.reading() as store:
        written = register_files.export_marks(store, here.settings, class_code, _target(file), period)
    _tell_written(written, json)


def import_marks(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A workbook that was exported and edited, or a table of marks.")],
    class_code: Annotated[str | None, typer.Option("--class", help="Whose marks are in the table.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Make the changes; without this they are only shown.")] = False,
    why: Annotated[str | None, typer.Option(help="Why, for the history.")] = None,
    overwrite_conflicts: Annotated[
        bool, typer.Option("--overwrite-conflicts", help="Also where somebody changed the mark since the export.")
    ] = False,
    by: By = None,
    as_admin: AsAdmin = False,
    json: Json = None,
) -> None:
    """Take marks out of an edited workbook or a table: shows what would change, and does it with --apply."""
    here = of(context)
    with here.changing() as store:
        plan = plan_file(store, here.settings, file, class_code)
        done = None
        if apply and not plan.errors:
            actor = here.actor(by, admin=as_admin)
            done = apply_import(store, here.settings, actor, plan, why, overwrite_conflicts=overwrite_conflicts)
        statuses = {one.code: one for one in list_all(store)}
    write_json(json, _as_json(plan, done))
    _tell_plan(here, plan, statuses)
    if plan.errors and apply:
        count = "a mistake" if len(plan.errors) == 1 else f"{len(plan.errors)} mistakes"
        raise InputError(
            f"{plan.name} has {count}, so nothing was changed. Correct the cells above and import it again."
        )
    _tell_end(plan, done, overwrite_conflicts)


def _target(file: Path | None) -> Path | None:
    return None if file is None else file.expanduser().resolve()


def _period(settings: Settings, first: str | None, last: str | None) -> Period:
    begin = FIRST_DAY if first is None else read_day(first, settings)
    return Period(begin, LAST_DAY if last is None else read_day(last, settings))


def _month(settings: Settings, text: str | None) -> tuple[int, int]:
    if text is None:
        today = clock.local(clock.now(), clock.school_zone(settings))
        return today.year, today.month
    year, dash, month = text.strip().partition("-")
    if not (dash and year.isdecimal() and month.isdecimal() and len(year) == 4 and len(month) <= 2):
        raise InputError(f"“{text[:20]}” is no month. Write it like 2026-11.")
    return int(year), int(month)


def _tell_written(written: Written, json: Path | None) -> None:
    write_json(json, {"file": str(written.path), "note": written.note})
    if written.note:
        out.print(written.note, markup=False, soft_wrap=True)
    out.print(f"Written: {written.path}", markup=False, soft_wrap=True)


def _tell_plan(here: Context, plan: ImportPlan, statuses: dict[str, Status]) -> None:
    zone = clock.school_zone(here.settings)

    def row(one: PlannedChange) -> list[str]:
        begin = clock.moment_text(one.session.starts_at, zone)
        who = f"{one.student.roll} {one.student.name}"
        return [
            escape(text) for text in (one.where, begin, who, _shown(one.before, statuses), _shown(one.after, statuses))
        ]

    if plan.changes:
        table = Table("Cell", "Session", "Student", "Now", "New", title=escape(f"Changes in {plan.name}"))
        for change in plan.changes[:SHOWN]:
            table.add_row(*row(change))
        out.print(table)
        _tell_left(len(plan.changes))
    if plan.conflicts:
        table = Table("Cell", "Session", "Student", "Now", "New", "Changed by", title="Conflicts")
        for one in plan.conflicts[:SHOWN]:
            why = f" ({one.why})" if one.why else ""
            changed = (
                f"{one.by}, {clock.local(one.at, zone):%Y-%m-%d %H:%M}{why}; exported {_shown(one.exported, statuses)}"
            )
            table.add_row(*row(one.change), escape(changed))
        out.print(table)
        _tell_left(len(plan.conflicts))
    for sentence in (*plan.errors[:SHOWN], *plan.notes):
        out.print(sentence, markup=False, soft_wrap=True)
    _tell_left(len(plan.errors))


def _tell_left(count: int) -> None:
    if count > SHOWN:
        out.print(f"… and {count - SHOWN} more.")


def _tell_end(plan: ImportPlan, done: Corrected | None, overwrite: bool) -> None:
    counts = ", ".join(
        counted(len(some), one)
        for some, one in ((plan.changes, "change"), (plan.conflicts, "conflict"), (plan.errors, "mistake"))
    )
    out.print(f"{counts}, {counted(plan.same, 'cell')} as before.")
    if done is None:
        if plan.changes or plan.conflicts:
            out.print("Nothing was changed yet; --apply does it.")
        return
    out.print(f"{counted(len(done.changes), 'mark')} changed.")
    if plan.conflicts and not overwrite:
        out.print("Conflicts were left as they are; --overwrite-conflicts takes the file's marks there too.")
    for note in done.notes:
        out.print(note, markup=False, soft_wrap=True)


def _shown(state: MarkState | None, statuses: dict[str, Status]) -> str:
    if state is None:
        return "no mark"
    letter = statuses[state.status].letter if state.status in statuses else state.status
    minutes = "" if state.minutes_late is None else f" {state.minutes_late} min"
    return f"{letter}{minutes}" + (f" ({state.reason})" if state.reason else "")


def _as_json(plan: ImportPlan, done: Corrected | None) -> dict[str, Any]:
    """The contract of ``import marks --json``."""
    return {
        "file": plan.name,
        "changes": [_change(one) for one in plan.changes],
        "conflicts": [
            {
                **_change(one.change),
                "exported": one.exported.as_json() if one.exported else None,
                "by": one.by,
                "at": one.at,
                "why": one.why,
            }
            for one in plan.conflicts
        ],
        "errors": list(plan.errors),
        "same": plan.same,
        "notes": list(plan.notes),
        "applied": None if done is None else {"act": done.act, "changes": len(done.changes), "notes": list(done.notes)},
    }


def _change(one: PlannedChange) -> dict[str, Any]:
    return {
        "cell": one.where,
        "session": one.session.id,
        "roll": one.student.roll,
        "name": one.student.name,
        "before": one.before.as_json() if one.before else None,
        "after": one.after.as_json() if one.after else None,
    }
