"""``app.py mark``: the main job from the command line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from core import clock
from core.commands.choices import ClassCode, SessionNumber
from core.commands.console import out, progress_bar, write_json
from core.commands.context import of
from core.marking import MarkRequest, MarkResult
from core.marking import mark as mark_now
from core.statuses import list_all
from core.store.statuses import LATE, Status

At = Annotated[str | None, typer.Option(help="Start of the lesson on the school's clock: 2026-11-21T09:00.")]


Source = Annotated[
    str | None, typer.Argument(help="Video, folder of photos, photo, camera number or address; else the room's camera.")
]


def register(app: typer.Typer) -> None:
    """Add what this module offers to the command line."""
    app.command("mark")(mark)


def mark(
    context: typer.Context,
    class_code: ClassCode,
    source: Source = None,
    at: At = None,
    save_video: Annotated[
        Path | None, typer.Option(help="Write an annotated video (a bare name goes to output/).")
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="A new session even if this lesson was marked before.")] = False,
    session: SessionNumber = None,
    seconds: Annotated[float | None, typer.Option(help="How long a camera is watched; else until Ctrl-C.")] = None,
    explain: Annotated[
        Path | None, typer.Option(help="Write to this file why each face came out as it did; also shown in the video.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write the result for machines to this file.")] = None,
) -> None:
    """Mark attendance: recognise every face, fill the register, write the Excel sheet."""
    here = of(context)
    settings = here.settings
    request = MarkRequest(
        class_code=class_code,
        source=source,
        at=clock.parse_local(at, clock.school_zone(settings)) if at else None,
        new=new,
        session_id=session,
        save_video=_video_target(here.home.output, save_video),
        seconds=seconds,
        explain=explain is not None,
    )
    with here.writing("marking attendance") as store, progress_bar("Marking") as progress:
        engine = here.engine(progress)
        result = mark_now(store, engine, settings, request, progress)
        known = {one.code: one for one in list_all(store)}
    write_json(json, as_json(result))
    write_json(explain, {"source": result.session.source, "faces": list(result.faces)})
    tell(result, known)


def _video_target(output: Path, wanted: Path | None) -> Path | None:
    if wanted is None:
        return None
    return output / wanted if wanted.parent == Path() else wanted.resolve()


def tell(result: MarkResult, known: Mapping[str, Status]) -> None:
    """Print the register as a table and where the sheet is."""
    table = Table(
        "Roll", "Name", "Status", "Confidence", title=escape(f"{result.school_class.code} {result.school_class.name}")
    )
    for one in result.present:
        sure = "" if one.confidence is None else f"{one.confidence:.2f}"
        late = "" if one.minutes_late is None else f" {one.minutes_late} min"
        colour = "yellow" if known[one.status].counts_as == "late" else "green"
        table.add_row(escape(one.roll), escape(one.name), f"[{colour}]{_words(known[one.status])}{late}[/]", sure)
    for colour, rows in (("blue", result.excused), ("red", result.absent)):
        for row in rows:
            table.add_row(escape(row.roll), escape(row.name), f"[{colour}]{_words(known[row.status])}[/]", "")
    out.print(table)
    out.print(f"{len(result.present)} present, {len(result.absent)} absent, {result.unknown_faces} unknown faces.")
    for item in result.review:
        who = f"{item.student.roll} {item.student.name}" if item.student else "somebody"
        out.print(f"To review: perhaps {who}: {item.reason} ({item.confidence:.2f}).", markup=False)
    for guest in result.elsewhere:
        out.print(f"Seen, but not in this class: {guest.roll} {guest.name}.", markup=False)
    for note in result.notes:
        out.print(note, markup=False)
    if result.video:
        out.print(f"Annotated video: {result.video}", markup=False, soft_wrap=True)
    out.print(f"Sheet: {result.excel}", markup=False, soft_wrap=True)


def _words(status: Status) -> str:
    return escape(f"{status.letter} {status.name.lower()}")


def as_json(result: MarkResult) -> dict[str, Any]:
    """The contract of ``mark --json``."""
    return {
        "session": result.session.id,
        "class": result.school_class.code,
        "present": [
            {
                "roll": one.roll,
                "name": one.name,
                "confidence": one.confidence,
                "first_seen_s": one.first_seen_s,
                "last_seen_s": one.last_seen_s,
            }
            for one in result.present
        ],
        "absent": [{"roll": row.roll, "name": row.name} for row in result.absent],
        "late": [
            {"roll": one.roll, "name": one.name, "minutes_late": one.minutes_late}
            for one in result.present
            if one.status == LATE
        ],
        "excused": [{"roll": row.roll, "name": row.name, "reason": row.reason} for row in result.excused],
        "review": [
            {"roll": one.student.roll if one.student else None, "reason": one.reason, "confidence": one.confidence}
            for one in result.review
        ],
        "elsewhere": [{"roll": one.roll, "name": one.name} for one in result.elsewhere],
        "unknown_faces": result.unknown_faces,
        "frames": result.frames,
        "looked_at": result.looked_at,
        "video_seconds": round(result.video_seconds, 3),
        "wall_seconds": round(result.wall_seconds, 3),
        "excel": str(result.excel),
        "video": str(result.video) if result.video else None,
        "model_key": result.model_key,
        "notes": list(result.notes),
        "spent_s": {duty: round(seconds, 3) for duty, seconds in result.spent_s.items()},
    }
