"""``app.py enrol``: photos, a video or a camera in, face samples stored."""

from pathlib import Path
from typing import Annotated, Any

import typer

from core.commands.console import out, progress_bar, write_json
from core.commands.context import of
from core.enrolment import EnrolRequest, StudentReport
from core.enrolment import enrol as enrol_now
from core.enrolment_folder import StudentName
from core.errors import InputError
from core.extending import Extension, extend

SHOWN_REASONS = 5


def register(app: typer.Typer) -> None:
    """Add what this module offers to the command line."""
    app.command("enrol")(enrol)


def enrol(
    context: typer.Context,
    class_code: Annotated[str, typer.Argument(metavar="CLASS", help="Code of the class they join.")],
    source: Annotated[
        str | None,
        typer.Argument(
            help="Folder with a sub-folder a student (“R001 Ada Lovelace”), or a video, photo, camera or address."
        ),
    ] = None,
    consent: Annotated[str, typer.Option(help="The recorded consent, e.g. “paper form, 2026-11”.")] = "",
    student: Annotated[
        str | None, typer.Option(help="Roll number and name, when the source shows one student.")
    ] = None,
    camera: Annotated[int | None, typer.Option(help="Enrol from this webcam instead of a file.")] = None,
    address: Annotated[str | None, typer.Option("--source", help="Enrol from this RTSP or HTTP address.")] = None,
    seconds: Annotated[float | None, typer.Option(help="How long a camera is watched.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the result for machines to this file.")] = None,
) -> None:
    """Enrol students' faces; each picture gives a sample or a reason why not."""
    given = [one for one in (source, None if camera is None else str(camera), address) if one is not None]
    if len(given) != 1:
        raise InputError("Give exactly one source: a folder, video or photo, or --camera 0, or --source ADDRESS.")
    request = EnrolRequest(class_code, given[0], consent, StudentName.parse(student) if student else None, seconds)
    here = of(context)
    with here.writing("enrolling students") as store, progress_bar("Enrolling") as progress:
        here.home.create()
        settings = here.settings
        engine = here.engine(progress)
        reports = enrol_now(store, engine, settings, request, progress)
        extension = extend(store, engine, class_code, [one.roll for one in reports if one.kept], progress)
    _write(json, class_code, reports, extension)
    if not any(report.accepted or report.kept for report in reports):
        raise InputError("No face could be enrolled; the reasons are above. Try other pictures.")


def _write(json: Path | None, class_code: str, reports: list[StudentReport], extension: Extension) -> None:
    """Tell what came of it, in words and to the file for machines."""
    for report in reports:
        _tell(report)
    total = sum(report.accepted for report in reports)
    result = {
        "class": class_code,
        "accepted": total,
        "usable_in": [extension.class_code] if extension.usable else [],
        "students": [_as_json(one) for one in reports],
    }
    write_json(json, result)
    out.print(f"{total} new samples of {len(reports)} students. {_next_step(extension)}".rstrip(), markup=False)


def _next_step(extension: Extension) -> str:
    if extension.obstacle is not None:
        return extension.obstacle
    rolls = [one.roll for one in extension.renewed]
    if not rolls:
        return ""
    named = f"{', '.join(rolls[:-1])} and {rolls[-1]}" if len(rolls) > 1 else rolls[0]
    return f"{named} can be recognised in {extension.class_code} from now on."


def _tell(report: StudentReport) -> None:
    out.print(f"{report.roll} {report.name}: {report.accepted} new, {report.kept} kept", markup=False)
    if report.warning:
        out.print(f"  warning: {report.warning}", markup=False)
    for refusal in report.refused[:SHOWN_REASONS]:
        out.print(f"  {refusal.source}: {refusal.reason}", markup=False)
    if len(report.refused) > SHOWN_REASONS:
        out.print(f"  … and {len(report.refused) - SHOWN_REASONS} more refused", markup=False)


def _as_json(report: StudentReport) -> dict[str, Any]:
    return {
        "roll": report.roll,
        "name": report.name,
        "accepted": report.accepted,
        "kept": report.kept,
        "warning": report.warning,
        "refused": [{"source": one.source, "reason": one.reason} for one in report.refused],
    }
