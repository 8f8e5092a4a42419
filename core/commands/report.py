"""``app.py report``: list the reports, run one, write it as a file."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.markup import escape
from rich.table import Table

from core import clock
from core.commands.choices import Json
from core.commands.console import out, write_json
from core.commands.context import Context, of
from core.reports.cells import as_json, cell_text
from core.reports.output import Paper, endings, write_report
from core.reports.registry import Report, reports, run_report
from core.reports.result import Cell, Column, ReportResult
from core.reports.result import Table as ResultTable
from core.store.statuses import Status

MOST_ROWS = 200
"""Longer tables are cut on the screen; a file has all of them."""
NAME_WIDTH = 12
"""Texts get at least so much room, if they need it."""
_COLOURS = {"present": "green", "late": "yellow", "excused": "blue", "absent": "red"}
_FILE_HELP = f"Write the report to this file; its name ends with {', '.join(endings())}."


def register(app: typer.Typer) -> None:
    """Add what this module offers to the command line."""
    app.command("report")(report)


def report(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Name of the report; none lists them.")] = None,
    class_code: Annotated[str | None, typer.Option("--class", metavar="CLASS", help="Code of a class.")] = None,
    student: Annotated[str | None, typer.Option(metavar="ROLL", help="Roll number of a student.")] = None,
    teacher: Annotated[str | None, typer.Option(help="Name of a teacher.")] = None,
    session: Annotated[str | None, typer.Option(metavar="NUMBER", help="Number of a session.")] = None,
    day: Annotated[str | None, typer.Option(help="A day: 2026-11-21, today, yesterday.")] = None,
    first: Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day.")] = None,
    month: Annotated[str | None, typer.Option(help="A month: 2026-11.")] = None,
    threshold: Annotated[str | None, typer.Option(help="A least percentage, or how many in a row.")] = None,
    ended: Annotated[bool, typer.Option("--ended", help="Also absences in a row that are over.")] = False,
    target: Annotated[Path | None, typer.Option("--out", metavar="FILE", help=_FILE_HELP)] = None,
    json: Json = None,
) -> None:
    """Show a report; without a name, say which there are and what they take."""
    if name is None:
        write_json(json, [_described(one) for one in reports().values()])
        _list()
        return
    words = {
        "class": class_code,
        "student": student,
        "teacher": teacher,
        "session": session,
        "day": day,
        "from": first,
        "to": last,
        "month": month,
        "threshold": threshold,
        "ended": "yes" if ended else None,
    }
    _run(of(context), name, {key: text for key, text in words.items() if text is not None}, target, json)


def _run(here: Context, name: str, words: dict[str, str], target: Path | None, json: Path | None) -> None:
    with here.reading() as store:
        result = run_report(store, here.settings, name, words)
    write_json(json, as_json(result))
    if target is None:
        _show(result)
    else:
        _write(here, target, result)


def _list() -> None:
    table = Table("Name", "What it tells", "Takes", box=SIMPLE_HEAD)
    for one in reports().values():
        takes = " ".join(f"--{each.name}" if each.required else f"[--{each.name}]" for each in one.takes)
        table.add_row(escape(one.name), escape(one.about), escape(takes))
    out.print(table)
    out.print("Run one: app.py report month --class CS101. Write it: --out month.xlsx (or pdf, png, ods, csv, json).")
    out.print("What stands in square brackets can be left out.", markup=False)


def _described(one: Report) -> dict[str, Any]:
    """The contract of ``report --json`` without a name."""
    return {
        "name": one.name,
        "title": one.title,
        "about": one.about,
        "takes": [
            {
                "name": each.name,
                "kind": each.kind,
                "help": each.help,
                "default": each.default or None,
                "required": each.required,
            }
            for each in one.takes
        ],
    }


def _show(result: ReportResult) -> None:
    out.print(result.title, markup=False, style="bold")
    for sentence in result.sentences:
        out.print(sentence, markup=False)
    for table in result.tables:
        if not table.rows:
            continue
        out.print(_table(table))
        if len(table.rows) > MOST_ROWS:
            more = len(table.rows) - MOST_ROWS
            out.print(f"{more:,} more rows are not shown; --out FILE.xlsx has all of them.", markup=False)
    if result.charts:
        drawn = "One chart" if len(result.charts) == 1 else f"{len(result.charts)} charts"
        out.print(f"{drawn} can be drawn: --out FILE.png or FILE.pdf", markup=False)


def _table(table: ResultTable) -> Table:
    shown = Table(title=escape(table.title), title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for number, column in enumerate(table.columns):
        # Figures and days stay whole where the terminal is narrow; their heads and long names go on below.
        widest = max((cell_len(cell_text(column, row[number])) for row in table.rows[:MOST_ROWS]), default=1)
        least = min(widest, NAME_WIDTH) if column.kind == "text" else widest
        shown.add_column(
            escape(column.name), justify="right" if column.is_figure else "left", min_width=least, overflow="fold"
        )
    for row in table.rows[:MOST_ROWS]:
        shown.add_row(*(_cell(column, cell) for column, cell in zip(table.columns, row, strict=True)))
    return shown


def _cell(column: Column, cell: Cell) -> str:
    text = escape(cell_text(column, cell))
    if isinstance(cell, Status):
        return f"[{_COLOURS[cell.counts_as]}]{text}[/]"
    return text


def _write(here: Context, target: Path, result: ReportResult) -> None:
    settings = here.settings
    now = clock.local(clock.now(), clock.school_zone(settings)).replace(tzinfo=None)
    written = write_report(target, result, Paper(settings.school, now), fallback=here.home.output)
    for sentence in result.sentences:
        out.print(sentence, markup=False)
    if written.note:
        out.print(written.note, markup=False)
    out.print(f"Report: {written.path}", markup=False, soft_wrap=True)
