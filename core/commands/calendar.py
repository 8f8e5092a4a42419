"""``app.py timetable``, ``holiday`` and ``absence``: what is known beforehand."""

from datetime import date
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from core import clock
from core.calendar import absences as absence_list
from core.calendar import holidays as holiday_list
from core.calendar.absences import AbsenceRequest
from core.calendar.entries import (
    Entry,
    EntryChange,
    EntryRequest,
    add_entry,
    change_entry,
    delete_entry,
    end_entry,
    list_entries,
)
from core.commands.choices import By, ClassCode, Json, read_day
from core.commands.console import out, write_json
from core.commands.context import of
from core.errors import InputError
from core.settings import Settings
from core.store.statuses import EXCUSED
from core.store.timetable import Schedule
from core.words import days_text

lessons = typer.Typer(help="Repeating lessons.", no_args_is_help=True)
holidays = typer.Typer(help="Days without lessons.", no_args_is_help=True)
absences = typer.Typer(help="Absences that are excused beforehand.", no_args_is_help=True)
EntryNumber = Annotated[int, typer.Argument(min=1, max=999_999_999, help="Number of the entry.")]
Number = Annotated[int, typer.Argument(min=1, max=999_999_999, help="Its number.")]
NEVER = "never"
"""What takes the last day of a repeating lesson away."""
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@lessons.command("add")
def add_lesson(
    context: typer.Context,
    class_code: ClassCode,
    days: Annotated[str, typer.Argument(help="Days of the week: Mon,Wed.")],
    starts: Annotated[str, typer.Argument(help="Start on the school's clock: 09:00.")],
    minutes: Annotated[int, typer.Option(help="How long a lesson is.")] = 45,
    first: Annotated[str, typer.Option("--from", help="First day.")] = "today",
    until: Annotated[str | None, typer.Option(help="Last day; else for ever.")] = None,
    every: Annotated[int, typer.Option(help="Every so many weeks.")] = 1,
    group: Annotated[str | None, typer.Option(help="Only this group of the class.")] = None,
    room: Annotated[str | None, typer.Option(help="Where it is; else in the class's room.")] = None,
    title: Annotated[str | None, typer.Option(help="What it is about.")] = None,
    json: Json = None,
) -> None:
    """Add a repeating lesson."""
    here = of(context)
    settings = here.settings
    request = EntryRequest(
        class_code=class_code,
        weekdays=_weekdays(days),
        starts=clock.parse_time(starts),
        minutes=minutes,
        first_day=read_day(first, settings),
        last_day=None if until is None else read_day(until, settings),
        every_weeks=every,
        group=group,
        room=room,
        title=title,
    )
    with here.changing() as store:
        made = add_entry(store, request)
    write_json(json, _entry_json(made))
    out.print(f"Added entry {made.schedule.id}: {made.class_code} {_in_words(made.schedule)}.", markup=False)


@lessons.command("list")
def list_lessons(
    context: typer.Context,
    class_code: Annotated[str | None, typer.Argument(metavar="CLASS", help="Only this class.")] = None,
    json: Json = None,
) -> None:
    """List the repeating lessons."""
    with of(context).reading() as store:
        found = list_entries(store, class_code)
    write_json(json, [_entry_json(one) for one in found])
    if not found:
        out.print("The timetable is empty. Add a lesson: app.py timetable add CLASS Mon,Wed 09:00", markup=False)
        return
    table = Table("Entry", "Class", "When", "Group", "Room", "Title")
    for one in found:
        where = (escape(name or "") for name in (one.group, one.room, one.schedule.title))
        table.add_row(str(one.schedule.id), escape(one.class_code), _in_words(one.schedule), *where)
    out.print(table)


@lessons.command("edit")
def edit_lesson(
    context: typer.Context,
    entry: EntryNumber,
    first: Annotated[str, typer.Option("--from", help="The first day it is so.")] = "tomorrow",
    days: Annotated[str | None, typer.Option(help="Days of the week: Mon,Wed.")] = None,
    starts: Annotated[str | None, typer.Option(help="Start on the school's clock: 09:00.")] = None,
    minutes: Annotated[int | None, typer.Option(help="How long a lesson is.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day, or never.")] = None,
    every: Annotated[int | None, typer.Option(help="Every so many weeks.")] = None,
    group: Annotated[str | None, typer.Option(help="For this group only; empty: for the class.")] = None,
    room: Annotated[str | None, typer.Option(help="Where it is.")] = None,
    title: Annotated[str | None, typer.Option(help="What it is about.")] = None,
    json: Json = None,
) -> None:
    """Change a repeating lesson from a day on; what was before that day stays."""
    here = of(context)
    settings = here.settings
    change = EntryChange(
        weekdays=None if days is None else _weekdays(days),
        starts=None if starts is None else clock.parse_time(starts),
        minutes=minutes,
        last_day=None if until in (None, NEVER) else read_day(until, settings),
        no_end=until == NEVER,
        every_weeks=every,
        group=group,
        room=room,
        title=title,
    )
    with here.changing() as store:
        made = change_entry(store, entry, change, read_day(first, settings))
    write_json(json, _entry_json(made))
    now = f"{made.class_code} {_in_words(made.schedule)}"
    out.print(f"Entry {made.schedule.id} from now on: {now}.", markup=False)


@lessons.command("end")
def end_lesson(
    context: typer.Context,
    entry: EntryNumber,
    day: Annotated[str, typer.Argument(help="Its last day.")],
) -> None:
    """Let a repeating lesson go on until a day only."""
    here = of(context)
    with here.changing() as store:
        made = end_entry(store, entry, read_day(day, here.settings))
    out.print(f"Entry {entry} goes on {_in_words(made.schedule)}.", markup=False)


@lessons.command("delete")
def delete_lesson(context: typer.Context, entry: EntryNumber) -> None:
    """Take a repeating lesson away; sessions that were held stay."""
    with of(context).changing() as store:
        delete_entry(store, entry)
    out.print(f"Entry {entry} is gone.")


@holidays.command("add")
def add_holiday(
    context: typer.Context,
    first: Annotated[str, typer.Argument(help="First day.")],
    reason: Annotated[str, typer.Argument(help="Why, like: Winter holidays.")],
    until: Annotated[str | None, typer.Option(help="Last day; else the first.")] = None,
    class_code: Annotated[str | None, typer.Option("--class", help="Only for this class.")] = None,
    json: Json = None,
) -> None:
    """Add days without lessons."""
    here = of(context)
    begin, end = _span(first, until, here.settings)
    with here.changing() as store:
        made = holiday_list.add_holiday(store, begin, end, reason, class_code).closure
    write_json(json, {"id": made.id, "from": begin, "to": end, "reason": made.reason})
    out.print(f"No lessons {days_text(begin, end)} ({made.reason}); number {made.id}.", markup=False)


@holidays.command("list")
def list_holidays(context: typer.Context, json: Json = None) -> None:
    """List the days without lessons."""
    with of(context).reading() as store:
        found = [(one.closure, one.class_code) for one in holiday_list.list_holidays(store)]
    write_json(
        json,
        [
            {
                "id": one.id,
                "class": code,
                "from": one.first_day,
                "to": one.last_day,
                "reason": one.reason,
            }
            for one, code in found
        ],
    )
    if not found:
        out.print("There are no holidays yet. Add some: app.py holiday add 2026-12-24 “Winter” --until 2027-01-06")
    for one, code in found:
        whose = "all classes" if code is None else code
        out.print(f"{one.id}: {days_text(one.first_day, one.last_day)}, {whose}: {one.reason}", markup=False)


@holidays.command("delete")
def delete_holiday(context: typer.Context, number: Number) -> None:
    """Have lessons on these days again."""
    with of(context).changing() as store:
        holiday_list.delete_holiday(store, number)
    out.print(f"Holiday {number} is gone.")


@absences.command("add")
def add_absence(
    context: typer.Context,
    roll: Annotated[str, typer.Argument(help="Roll number.")],
    first: Annotated[str, typer.Argument(help="First day.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    until: Annotated[str | None, typer.Option(help="Last day; else the first.")] = None,
    class_code: Annotated[str | None, typer.Option("--class", help="Only from this class.")] = None,
    status: Annotated[str, typer.Option(help="What it is marked as.")] = EXCUSED,
    by: By = None,
    json: Json = None,
) -> None:
    """Excuse a student beforehand; they are excused, not absent, when they are not seen."""
    here = of(context)
    begin, end = _span(first, until, here.settings)
    request = AbsenceRequest(roll, begin, end, reason, class_code, status)
    with here.changing() as store:
        made = absence_list.add_absence(store, here.actor(by), request)
    student, number = made.student, made.planned.id
    write_json(json, {"id": number, "roll": student.roll, "from": begin, "to": end})
    out.print(f"{student.roll} {student.name} is excused {days_text(begin, end)}; number {number}.", markup=False)


@absences.command("list")
def list_absences(context: typer.Context, json: Json = None) -> None:
    """List the planned absences."""
    with of(context).reading() as store:
        rows = [(one.planned, one.student) for one in absence_list.list_absences(store)]
    write_json(
        json,
        [
            {
                "id": one.id,
                "roll": student.roll,
                "from": one.first_day,
                "to": one.last_day,
                "status": one.status,
                "reason": one.reason,
                "recorded_by": one.recorded_by,
            }
            for one, student in rows
        ],
    )
    if not rows:
        out.print("Nobody is excused beforehand.")
    for one, student in rows:
        days = days_text(one.first_day, one.last_day)
        out.print(f"{one.id}: {student.roll} {student.name} {days}: {one.reason} ({one.recorded_by})", markup=False)


@absences.command("delete")
def delete_absence(context: typer.Context, number: Number) -> None:
    """Withdraw a planned absence; marks that it made stay."""
    with of(context).changing() as store:
        absence_list.delete_absence(store, number)
    out.print(f"Planned absence {number} is gone.")


def _weekdays(text: str) -> tuple[int, ...]:
    known = {name.lower(): number for number, name in enumerate(DAYS)}
    words = [word.strip().lower()[:3] for word in text.split(",") if word.strip()]
    if not words or any(word not in known for word in words):
        raise InputError(f"“{text}” are no days of the week. Write them like Mon,Wed,Fri.")
    return tuple(known[word] for word in words)


def _span(first: str, until: str | None, settings: Settings) -> tuple[date, date]:
    begin = read_day(first, settings)
    return begin, begin if until is None else read_day(until, settings)


def _in_words(one: Schedule) -> str:
    days = ", ".join(DAYS[day] for day in one.weekdays)
    weeks = "" if one.every_weeks == 1 else f" every {one.every_weeks} weeks"
    until = "" if one.last_day is None else f" until {one.last_day}"
    return f"{days} {one.starts:%H:%M}, {one.minutes} min{weeks} from {one.first_day}{until}"


def _entry_json(made: Entry) -> dict[str, object]:
    one = made.schedule
    return {
        "id": one.id,
        "class": made.class_code,
        "weekdays": [DAYS[day] for day in one.weekdays],
        "starts": f"{one.starts:%H:%M}",
        "minutes": one.minutes,
        "every_weeks": one.every_weeks,
        "from": one.first_day,
        "until": one.last_day,
        "group": made.group,
        "room": made.room,
        "title": one.title,
    }
