"""``app.py import people`` and ``app.py export people``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from core.commands.choices import Json
from core.commands.console import out, write_json
from core.commands.context import of
from core.errors import InputError
from core.rosters.columns import FIELDS
from core.rosters.exporting import export_people as write_people
from core.rosters.importing import PeopleImport, PeopleOutcome, preview_people
from core.rosters.importing import import_people as take_in
from core.rosters.plan import PersonPlan

SHOWN = 20


def register_import(app: typer.Typer) -> None:
    """Add what this module offers to ``import``."""
    app.command("people")(import_people)


def register_export(app: typer.Typer) -> None:
    """Add what this module offers to ``export``."""
    app.command("people")(export_people)


def export_people(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="File to write: .csv, .xlsx or .ods.")],
    class_code: Annotated[str | None, typer.Option("--class", help="Only the students of this class.")] = None,
    json: Json = None,
) -> None:
    """Write all students with their classes, groups, addresses and consent."""
    here = of(context)
    with here.reading() as store:
        done = write_people(store, here.settings, file.resolve(), class_code)
    write_json(json, {"file": str(done.written.path), "people": done.people, "note": done.written.note})
    if done.written.note:
        out.print(done.written.note, markup=False, soft_wrap=True)
    out.print(f"{done.people} students: {done.written.path}", markup=False, soft_wrap=True)


def import_people(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="List to take in: CSV, .xlsx or .ods.")],
    class_code: Annotated[str | None, typer.Option("--class", help="Everybody comes into this class.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Name of the sheet; else the first with anything in it.")] = None,
    mapped: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=HEADING", help=f"What a column means; fields: {', '.join(FIELDS)}."),
    ] = None,
    rename: Annotated[bool, typer.Option(help="A name that differs from the stored one is the new name.")] = False,
    create_classes: Annotated[bool, typer.Option(help="Make classes and groups that are not there.")] = False,
    skip_bad: Annotated[bool, typer.Option(help="Take the good rows although there are bad ones.")] = False,
    apply: Annotated[bool, typer.Option(help="Write it; without this it is only shown.")] = False,
    json: Json = None,
) -> None:
    """Take in a list of students: shows what would happen, and does it with --apply.

    An empty cell changes nothing, and nobody leaves a class: what is not in the list stays as it is.
    """
    here = of(context)
    request = PeopleImport(file, sheet, _mapping(mapped or ()), class_code, rename, create_classes, skip_bad)
    if apply:
        with here.writing("taking in a list of people") as store:
            outcome = take_in(store, here.settings, request)
    else:
        with here.reading() as store:
            outcome = preview_people(store, here.settings, request)
    write_json(json, outcome.as_json())
    _tell(outcome)
    _tell_end(outcome, request, apply)


def _mapping(texts: list[str] | tuple[()]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    for (field, equals, heading), text in zip(pairs, texts, strict=True):
        if not (field.strip() and equals and heading.strip()):
            raise InputError(f"“{text}” says nothing about a column. Write it like --map roll=Matrikel")
    return {field.strip().casefold(): heading for field, _, heading in pairs}


def _tell(outcome: PeopleOutcome) -> None:
    place = f"{outcome.file}, sheet {outcome.sheet}" if outcome.sheet else outcome.file
    means = "; ".join(f"“{one.heading}” is {one.field}" for one in outcome.columns)
    out.print(f"{place}, headings in row {outcome.header_row}: {means}.", markup=False)
    if outcome.unused:
        out.print(f"Not used: {', '.join(outcome.unused)}.", markup=False)
    for note in outcome.notes:
        out.print(note, markup=False)
    table = Table("Row", "Roll", "Name", "E-mail", "Parents' e-mail", "Classes", "Groups", title="The first rows")
    for row in outcome.first_rows:
        texts = (row.roll, row.name, row.email or "", row.parents_email or "", ", ".join(row.classes))
        table.add_row(str(row.numbers[0]), *(escape(text) for text in (*texts, ", ".join(row.groups))))
    out.print(table)
    for title, people in (("New", outcome.of("new")), ("Changed", outcome.of("changed"))):
        _tell_some(title, people)
    for one in outcome.people:
        for warning in one.warnings:
            out.print(f"Look at {_rows(one)}: {warning}", markup=False)
    for one in outcome.of("bad"):
        for problem in one.problems:
            out.print(f"Error in {_rows(one)}: {problem}", markup=False)
    made = [*outcome.new_classes, *(f"{code}: {name}" for code, name in outcome.new_groups)]
    if made:
        out.print(f"{'Made' if outcome.applied else 'To be made'}: {', '.join(made)}.", markup=False)


def _tell_some(title: str, people: list[PersonPlan]) -> None:
    for one in people[:SHOWN]:
        what = ", ".join(f"{each.field} {f'“{each.old}” → ' if each.old else ''}“{each.new}”" for each in one.changes)
        out.print(f"{title}: {one.roll} {one.name}{f' ({what})' if title == 'Changed' else ''}", markup=False)
    if len(people) > SHOWN:
        out.print(f"{title}: … and {len(people) - SHOWN} more", markup=False)


def _rows(one: PersonPlan) -> str:
    return f"row{'' if len(one.rows) == 1 else 's'} {', '.join(str(number) for number in one.rows)}"


def _tell_end(outcome: PeopleOutcome, request: PeopleImport, apply: bool) -> None:
    counts = {action: len(outcome.of(action)) for action in ("new", "changed", "same", "bad")}
    bad = counts["bad"]
    summary = (
        f"{counts['new']} new, {counts['changed']} changed, {counts['same']} without change, "
        f"{bad} with error{'' if bad == 1 else 's'}."
    )
    if outcome.applied:
        out.print(f"Done: {summary}", markup=False)
    elif apply:
        raise InputError(
            f"Nothing was written: {summary} Correct the list, or leave out the rows with errors: --skip-bad"
        )
    elif not outcome.has_changes:
        out.print(f"{summary} There is nothing to write: no changes.", markup=False)
    elif bad and not request.skip_bad:
        out.print(f"{summary} Correct the errors first; nothing will be written with them.", markup=False)
    else:
        out.print(f"{summary} Nothing is written yet; do it with --apply", markup=False)
