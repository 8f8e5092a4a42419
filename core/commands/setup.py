"""``app.py setup``, ``doctor`` and ``demo``: getting ready, looking what is there, trying it out."""

from pathlib import Path
from typing import Annotated

import typer

from core.commands.console import errors, out, progress_bar, write_json
from core.commands.context import of
from core.commands.mark import as_json, tell
from core.demo import CLASS_CODE, run_demo
from core.doctor import examine
from core.marking import MarkResult
from core.networks.prepare import renew_networks
from core.statuses import list_all


def register(app: typer.Typer) -> None:
    """Add what this module offers to the command line."""
    app.command("setup")(setup)
    app.command("doctor")(doctor)
    app.command("demo")(demo)


def setup(
    context: typer.Context,
    download: Annotated[
        bool,
        typer.Option(
            "--download", help="Fetch the more accurate FaceNet weights (about 90 MB) from their release page."
        ),
    ] = False,
) -> None:
    """Prepare the neural networks once."""
    here = of(context)
    here.home.create()
    with progress_bar("Preparing the networks") as progress:
        manifest = renew_networks(here.home, download=download, progress=progress)
    out.print(f"The networks are ready in {here.home.networks} (FaceNet weights {manifest.model_key}).", markup=False)


def doctor(
    context: typer.Context,
    json: Annotated[Path | None, typer.Option(help="Write the result for machines to this file.")] = None,
) -> None:
    """Tell what is installed and ready, one line each: ok, or what to do."""
    findings = examine(of(context).home)
    for one in findings:
        out.print(f"{'ok ' if one.ok else 'DO '} {one.subject}: {one.text}", markup=False, soft_wrap=True)
    write_json(json, [{"subject": one.subject, "ok": one.ok, "text": one.text} for one in findings])
    if not all(one.ok for one in findings):
        raise typer.Exit(2)


def demo(
    context: typer.Context,
    json: Annotated[Path | None, typer.Option(help="Write the result for machines to this file.")] = None,
) -> None:
    """Do the main job once, on portraits that ship with two of the packages."""
    here = of(context)
    out.print(
        "A class of two: Eileen Collins will be in the video, the photographer will not, Grace Hopper is a stranger."
    )
    with here.writing("running the demo") as store, progress_bar("Demo") as progress:
        engine = here.engine(progress)
        result = run_demo(store, engine, here.settings, progress)
        known = {one.code: one for one in list_all(store)}
    write_json(json, as_json(result))
    tell(result, known)
    if not _as_expected(result):
        errors.print("The demo did not come out as it should on this computer. Run: app.py doctor")
        raise typer.Exit(1)
    out.print(f"The class {CLASS_CODE} stays for you to try things; its two students can be deleted.", markup=False)


def _as_expected(result: MarkResult) -> bool:
    """The truth of the demo video: one present, one absent, one stranger."""
    present, absent = [one.roll for one in result.present], [one.roll for one in result.absent]
    return present == ["D001"] and absent == ["D002"] and result.unknown_faces == 1
