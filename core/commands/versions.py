"""``app.py versions``: the trainings of a class, and going back to an earlier one."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from core import clock
from core.commands.console import out, write_json
from core.commands.context import of
from core.networks.prepare import network_key, read_manifest
from core.settings import Settings
from core.versions import Version, comparison, list_versions, use_version

COLUMNS = ("Version", "Trained", "Students", "Samples", "Right", "Wrong", "Refused", "Strangers named", "")


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
            use_version(store, class_code, use, read_manifest(here.home).model_key)
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
    table = Table(*COLUMNS, title=escape(title))
    zone = clock.school_zone(settings)
    for one in found:
        held = one.held_out
        figures = ["not measured", "", "", ""]
        if held:
            figures = [f"{held[name]} of {held['probes']}" for name in ("right", "wrong", "refused")]
            figures.append(f"{held['strangers_named']} of {held['strangers']}" if held["strangers"] else "not measured")
        table.add_row(
            str(one.run.id),
            f"{clock.local(one.run.created_at, zone):%Y-%m-%d %H:%M}",
            str(one.run.students),
            str(one.run.samples),
            *figures,
            _state(one),
        )
    return table


def _state(one: Version) -> str:
    extended = f"extended from {one.extended_from}" if one.extended_from is not None else ""
    return ", ".join(part for part in ("in use" if one.in_use else "", extended) if part)


def _as_json(one: Version) -> dict[str, Any]:
    return {
        "id": one.run.id,
        "created_at": one.run.created_at.isoformat(),
        "students": one.run.students,
        "samples": one.run.samples,
        "model_key": one.run.model_key,
        "held_out": one.held_out,
        "extended_from": one.extended_from,
        "in_use": one.in_use,
        "problem": one.problem,
    }
