"""``app.py versions``: the trainings of a class, and going back to an earlier one."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Column, Table

from core import clock
from core.commands.console import out, write_json
from core.commands.context import of
from core.networks.prepare import network_key, read_manifest
from core.settings import Settings
from core.versions import Version, comparison, list_versions, use_version

COLUMNS = ("No.", "Trained", "Students", "Samples", "Right, wrong,\nrefused", "Strangers\nnamed", "")


def register(app: typer.Typer) -> None:
    """Add what this module offers to the command line."""
    app.command("versions")(versions)


def versions(
    context: typer.Context,
    class_code: Annotated[str, typer.Argument(metavar="CLASS", help="Code of the class.")],
    use: Annotated[int | None, typer.Option(help="Go back to the version with this number.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the result for machines to this file.")] = None,
) -> None:
    """List the trainings of a class and compare them; go back to an earlier one."""
    here = of(context)
    if use is not None:
        with here.writing("choosing a version") as store:
            use_version(store, class_code, use, read_manifest(here.home).embedding_key)
    with here.reading() as store:
        school_class, found = list_versions(store, class_code, network_key(here.home))
    code, sentences = school_class.code, comparison(found)
    write_json(json, {"class": code, "versions": [_as_json(one) for one in found], "comparison": sentences})
    if not found:
        out.print(f"The class {code} has not been trained yet. Train it: app.py train {code}", markup=False)
        return
    out.print(_table(found, f"Versions of {code}", here.settings))
    for sentence in sentences:
        out.print(sentence, markup=False)
    for one in found:
        if one.problem:
            out.print(f"Version {one.run.id} cannot be used: {one.problem}.", markup=False)
    if use is not None:
        out.print(f"Version {use} of {code} is in use from now on.", markup=False)


def _table(found: list[Version], title: str, settings: Settings) -> Table:
    # Narrow enough for a terminal of 80 letters, so that no row is broken.
    table = Table(
        *(Column(one, no_wrap=True) for one in COLUMNS), title=escape(title), box=SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    zone = clock.school_zone(settings)
    for one in found:
        table.add_row(
            str(one.run.id),
            clock.moment_text(one.run.created_at, zone),
            str(one.run.students),
            str(one.run.samples),
            *_figures(one),
            "in use" if one.in_use else "",
        )
    return table


def _figures(one: Version) -> tuple[str, str]:
    held = one.held_out
    if held is None:
        return f"extended from {one.extended_from}" if one.extended_from is not None else "not measured", ""
    strangers = f"{held['strangers_named']} of {held['strangers']}" if held["strangers"] else "not measured"
    return f"{held['right']}, {held['wrong']}, {held['refused']}", strangers


def _as_json(one: Version) -> dict[str, Any]:
    return {
        "id": one.run.id,
        "created_at": one.run.created_at,
        "students": one.run.students,
        "samples": one.run.samples,
        "model_key": one.run.model_key,
        "held_out": one.held_out,
        "extended_from": one.extended_from,
        "in_use": one.in_use,
        "problem": one.problem,
    }
