"""``app.py train``: make the classifier of a class."""

from pathlib import Path
from typing import Annotated, Any

import typer

from core.commands.console import out, progress_bar, write_json
from core.commands.context import of
from core.training import TrainingResult
from core.training import train as train_now


def register(app: typer.Typer) -> None:
    """Add what this module offers to the command line."""
    app.command("train")(train)


def train(
    context: typer.Context,
    class_code: Annotated[str, typer.Argument(metavar="CLASS", help="Code of the class.")],
    json: Annotated[Path | None, typer.Option(help="Write the result for machines to this file.")] = None,
) -> None:
    """Train a class on its face samples."""
    here = of(context)
    with here.writing("training a class") as store, progress_bar("Training") as progress:
        result = train_now(store, here.engine(progress), class_code, progress)
    write_json(json, _as_json(result))
    _tell(result)


def _as_json(result: TrainingResult) -> dict[str, Any]:
    return {
        "class": result.class_code,
        "run": result.run_id,
        "students": result.students,
        "samples": result.samples,
        "seconds": round(result.seconds, 3),
        "held_out": result.held_out.as_json(),
        "look_alikes": [[one.roll, other.roll] for one, other in result.look_alikes],
        "without_faces": [{"roll": one.roll, "name": one.name} for one in result.without_faces],
        "without_consent": [{"roll": one.roll, "name": one.name} for one in result.without_consent],
        "model_key": result.model_key,
    }


def _tell(result: TrainingResult) -> None:
    held = result.held_out
    out.print(
        f"Trained {result.class_code}: {result.students} students, {result.samples} samples, {result.seconds:.1f} s.",
        markup=False,
    )
    if held.probes:
        out.print(
            f"Held-out test, one photo each: {held.right} of {held.probes} named rightly, {held.wrong} wrongly, "
            f"{held.refused} refused; {held.strangers_named} of {held.strangers} strangers named.",
            markup=False,
        )
    else:
        out.print("There are too few photos to test the class with; enrol several of each student.", markup=False)
    for one, other in result.look_alikes:
        out.print(
            f"{one.roll} {one.name} and {other.roll} {other.name} look alike: between them you will be asked.",
            markup=False,
        )
    for one in result.without_faces:
        out.print(f"{one.roll} {one.name} has no face sample and cannot be recognised yet.", markup=False)
    for one in result.without_consent:
        out.print(f"{one.roll} {one.name} has no consent and is left out: mark them by hand.", markup=False)
