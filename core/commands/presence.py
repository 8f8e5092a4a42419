"""``app.py last``, ``onsite`` and ``history``: who came, who is there, one student's days."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Column, Table

from core import clock, presence
from core.commands.choices import Json, read_day
from core.commands.console import out, write_json
from core.commands.context import of
from core.presence import Attended, Event, History
from core.store.onsite import OnSite
from core.store.passages import Moment, Passage, PersonDay

Pictures = Annotated[
    Path | None, typer.Option(help="Write the pictures to this folder, named by the numbers of the events.")
]


def register(app: typer.Typer) -> None:
    """Add what this module offers to the command line."""
    app.command("last")(last)
    app.command("onsite")(onsite)
    app.command("history")(history)


def last(
    context: typer.Context,
    count: Annotated[int, typer.Argument(metavar="[N]", help="How many.")] = 5,
    pictures: Pictures = None,
    json: Json = None,
) -> None:
    """The last arrivals and departures, newest first."""
    here = of(context)
    with here.reading() as store:
        found = presence.last_events(store, count)
        if pictures is not None:
            presence.write_pictures(store, pictures, [one.passage.id for one in found])
    write_json(json, {"events": [{**_passage_json(one.passage), "classes": list(one.classes)} for one in found]})
    _tell_last(found, clock.school_zone(here.settings))


def _tell_last(found: Sequence[Event], zone: tzinfo | None) -> None:
    if not found:
        out.print("Nobody has passed a camera yet. Watch one: app.py watch CAMERA", markup=False)
        return
    moments = (Column(one, min_width=10) for one in ("From", "Until"))
    table = Table("Number", *moments, "Roll", "Name", "Classes", "Camera", "Way")
    for one in found:
        passage, times = one.passage, (one.passage.first_at, one.passage.last_at)
        cells = (passage.roll, passage.name, ", ".join(one.classes), passage.camera, passage.direction)
        table.add_row(str(passage.id), *(_full(each, zone) for each in times), *(escape(each) for each in cells))
    out.print(table)


def onsite(context: typer.Context, json: Json = None) -> None:
    """Everybody who came today and is not known to have left, for the case of fire."""
    here = of(context)
    with here.reading() as store:
        found = presence.on_site(store, here.settings)
    write_json(json, {"people": [_on_site_json(one) for one in found]})
    _tell_on_site(found, clock.school_zone(here.settings))


def _tell_on_site(found: Sequence[OnSite], zone: tzinfo | None) -> None:
    if not found:
        out.print("Nobody is known to be in the house.")
        return
    table = Table("Class", "Group", "Roll", "Name", "Came", "Last seen", "Where", "")
    for one in found:
        texts = (", ".join(one.classes), ", ".join(one.groups), one.roll, one.name)
        times = (clock.time_text(one.arrived_at, zone), clock.time_text(one.last_seen, zone))
        perhaps = "[yellow]may have left[/]" if one.may_have_left else ""
        table.add_row(*(escape(each) for each in texts), *times, escape(one.where), perhaps)
    out.print(table)
    unsure = sum(one.may_have_left for one in found)
    out.print(f"{len(found)} people, {unsure} of whom may have left.")


def history(
    context: typer.Context,
    roll: Annotated[str, typer.Argument(metavar="ROLL", help="Roll number of the student.")],
    from_: Annotated[str | None, typer.Option("--from", help="First day, like 2026-11-01; else a month back.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="Last day; else today.")] = None,
    pictures: Pictures = None,
    json: Json = None,
) -> None:
    """One student's lessons, arrivals and departures."""
    here = of(context)
    settings = here.settings
    days = [read_day(text, settings) if text else None for text in (from_, to)]
    with here.reading() as store:
        found = presence.history(store, settings, roll, *days)
        if pictures is not None:
            presence.write_pictures(store, pictures, [one.id for one in found.passages])
    write_json(json, _history_json(found))
    _tell_history(found, clock.school_zone(settings))


def _tell_history(found: History, zone: tzinfo | None) -> None:
    who = f"{found.student.roll} {found.student.name}"
    out.print(f"{who} ({', '.join(found.classes) or 'no class'}), {found.first} to {found.last}", markup=False)
    if found.lessons:
        table = Table("Lesson", "Class", "Status", "Seen", "Left early", "Reason", "By")
        for one in found.lessons:
            table.add_row(*(escape(cell) for cell in _lesson_cells(one, zone)))
        out.print(table)
    if found.days:
        table = Table("Day", "Came", "Left", "There for", "Passages", "Left a lesson early")
        for day in found.days:
            early = found.early_leave(day.day)
            table.add_row(*_day_cells(day, zone), "" if early is None else f"{early} minutes")
        out.print(table)
    if not found.lessons and not found.days:
        out.print("No lesson is marked and no camera saw this student on these days.")


def _lesson_cells(one: Attended, zone: tzinfo | None) -> tuple[str, ...]:
    mark = one.mark
    letter = one.status.letter if one.status else mark.status
    status = f"{letter} ({mark.minutes_late} minutes)" if mark.minutes_late else letter
    times = [clock.time_text(each, zone) for each in (mark.first_seen, mark.last_seen) if each]
    early = "" if one.left_early_minutes is None else f"{one.left_early_minutes} minutes"
    start = f"{mark.session.day} {clock.time_text(mark.session.starts_at, zone)}"
    return start, mark.class_code, status, " to ".join(times), early, mark.reason or "", mark.changed_by or mark.source


def _day_cells(day: PersonDay, zone: tzinfo | None) -> tuple[str, ...]:
    left = clock.time_text(day.departure.at, zone) if day.departure else ""
    minutes = round(day.present_s / 60)
    there = f"{minutes // 60}:{minutes % 60:02d} hours"
    return str(day.day), clock.time_text(day.arrival.at, zone), left, there, str(day.passages)


def _full(moment: datetime, zone: tzinfo | None) -> str:
    return f"{clock.local(moment, zone):%Y-%m-%d %H:%M:%S}"


def _passage_json(one: Passage) -> dict[str, Any]:
    return {
        "number": one.id,
        "roll": one.roll,
        "name": one.name,
        "day": one.day,
        "first_at": one.first_at,
        "last_at": one.last_at,
        "camera": one.camera,
        "direction": one.direction,
        "confidence": round(one.confidence, 4),
    }


def _on_site_json(one: OnSite) -> dict[str, Any]:
    return {
        "roll": one.roll,
        "name": one.name,
        "classes": list(one.classes),
        "groups": list(one.groups),
        "arrived_at": one.arrived_at,
        "last_seen": one.last_seen,
        "where": one.where,
        "may_have_left": one.may_have_left,
    }


def _moment_json(moment: Moment | None) -> Mapping[str, Any] | None:
    if moment is None:
        return None
    return {"at": moment.at, "camera": moment.camera, "number": moment.passage_id}


def _lesson_json(one: Attended) -> dict[str, Any]:
    mark = one.mark
    return {
        "session": mark.session.id,
        "day": mark.session.day,
        "starts_at": mark.session.starts_at,
        "ends_at": mark.session.ends_at,
        "class": mark.class_code,
        "status": mark.status,
        "minutes_late": mark.minutes_late,
        "left_early_minutes": one.left_early_minutes,
        "reason": mark.reason,
        "first_seen": mark.first_seen,
        "last_seen": mark.last_seen,
        "source": mark.source,
        "changed_by": mark.changed_by,
    }


def _history_json(found: History) -> dict[str, Any]:
    """The contract of ``history --json``."""
    return {
        "roll": found.student.roll,
        "name": found.student.name,
        "classes": list(found.classes),
        "from": found.first,
        "to": found.last,
        "lessons": [_lesson_json(one) for one in found.lessons],
        "days": [
            {
                "day": one.day,
                "arrival": _moment_json(one.arrival),
                "departure": _moment_json(one.departure),
                "last": _moment_json(one.last),
                "present_minutes": round(one.present_s / 60, 1),
                "passages": one.passages,
                "left_early_minutes": found.early_leave(one.day),
            }
            for one in found.days
        ],
        "passages": [_passage_json(one) for one in found.passages],
    }
