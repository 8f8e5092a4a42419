"""``app.py watch``: a camera that runs all day, each arrival a line."""

from collections.abc import Callable
from datetime import tzinfo
from typing import Annotated, Any

import typer

from core import clock
from core.commands.choices import Json
from core.commands.console import out, progress_bar, write_json
from core.commands.context import of
from core.errors import InputError
from core.store.database import Store
from core.store.passages import DIRECTIONS, Direction
from core.watching import WatchEvent, WatchRequest, WatchResult, recorded
from core.watching import watch as watch_now


def register(app: typer.Typer) -> None:
    """Add what this module offers to the command line."""
    app.command("watch")(watch)


def watch(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="Camera number or address, room:NAME; a video for a try-out.")],
    camera: Annotated[str | None, typer.Option(help="Name of the camera in the register, like: main gate.")] = None,
    direction: Annotated[str, typer.Option(help="How people pass it: in, out or both.")] = "both",
    class_code: Annotated[
        str | None, typer.Option("--class", help="Record this class only, and mark its open lesson.")
    ] = None,
    seconds: Annotated[float | None, typer.Option(min=0, help="How long to watch; else until Ctrl-C.")] = None,
    at: Annotated[str | None, typer.Option(help="When a recording began on the school's clock; else now.")] = None,
    json: Json = None,
) -> None:
    """Record who passes a camera, all day long; other commands can be used meanwhile."""
    here = of(context)
    settings = here.settings
    zone = clock.school_zone(settings)
    request = WatchRequest(
        source=source,
        camera=camera,
        direction=_direction(direction),
        class_code=class_code,
        seconds=seconds,
        at=clock.parse_local(at, zone) if at else None,
    )
    with here.reading() as store, progress_bar("Watching") as progress:
        engine = here.engine(progress)
        result = watch_now(store, engine, settings, request, _teller(zone), progress)
        if json is not None:
            write_json(json, as_json(store, result))
    tell(result)


def _direction(text: str) -> Direction:
    for one in DIRECTIONS:
        if text.strip().lower() == one:
            return one
    raise InputError(f"“{text[:40]}” is no direction. Write in, out or both.")


def _teller(zone: tzinfo | None) -> Callable[[WatchEvent], None]:
    def say(event: WatchEvent) -> None:
        out.print(line(event, zone), markup=False, soft_wrap=True)

    return say


def line(event: WatchEvent, zone: tzinfo | None) -> str:
    """One event as a line."""
    moment = clock.time_text(event.at, zone, seconds=True)
    kept = event.kept
    if kept is None:
        return f"{moment}  {event.text}"
    who = f"{kept.student.roll} {kept.student.name}"
    text = f"{moment}  {who}  {', '.join(kept.classes) or 'no class'}  {kept.kind}"
    for mark in kept.marked:
        late = f", {mark.minutes_late} minutes late" if mark.minutes_late else ""
        text += f"; {mark.class_code}: {mark.letter}{late}"
    return text


def tell(result: WatchResult) -> None:
    """Print the summary."""
    out.print(
        f"{result.passages} passages of {result.students} students at {result.camera}; "
        f"watched for {result.seconds / 60:.1f} minutes, {result.faces} faces in {result.looked_at} pictures.",
        markup=False,
    )


def as_json(store: Store, result: WatchResult) -> dict[str, Any]:
    """The contract of ``watch --json``; the events are read from the register, so a long day takes no memory."""
    return {
        "camera": result.camera,
        "passages": result.passages,
        "students": result.students,
        "frames": result.frames,
        "looked_at": result.looked_at,
        "seconds": round(result.seconds, 1),
        "events": [
            {
                "number": one.id,
                "roll": one.roll,
                "name": one.name,
                "first_at": one.first_at,
                "last_at": one.last_at,
                "direction": one.direction,
                "confidence": round(one.confidence, 4),
            }
            for one in recorded(store, result)
        ],
        "notes": list(result.notes),
    }
