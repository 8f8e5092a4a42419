"""``app.py timetable``, ``holiday`` and ``absence``: what is known beforehand."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy.orm import Session

from core.commands.choices import By, ClassCode, Json, read_day
from core.commands.console import out, write_json
from core.commands.context import of
from core.errors import InputError
from core.settings import Settings
from core.store import groups, people, rooms, timetable
from core.store.statuses import EXCUSED, read_status
from core.store.timetable import PlannedAbsence, Schedule
from core.timetable import change_from, check_schedule
from core.words import days_text

lessons = typer.Typer(help="Repeating lessons.", no_args_is_help=True)
holidays = typer.Typer(help="Days without lessons.", no_args_is_help=True)
absences = typer.Typer(help="Absences that are excused beforehand.", no_args_is_help=True)
Entry = Annotated[int, typer.Argument(min=1, max=999_999_999, help="Number of the entry.")]
Number = Annotated[int, typer.Argument(min=1, max=999_999_999, help="Its number.")]
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
    with here.changing() as store, store.transaction() as db:
        school_class = people.get_class(db, class_code)
        draft = Schedule(
            id=0,
            class_id=school_class.id,
            first_day=read_day(first, settings),
            last_day=None if until is None else read_day(until, settings),
            weekdays=_weekdays(days),
            starts=_time(starts),
            minutes=minutes,
            every_weeks=every,
            group_id=None if group is None else groups.get_group(db, school_class.id, group).id,
            room_id=None if room is None else rooms.get_room(db, room).id,
            title=title,
        )
        made = timetable.add_schedule(db, check_schedule(draft))
        places = _places(db)
    write_json(json, _schedule_json(school_class.code, made, places))
    out.print(f"Added entry {made.id}: {school_class.code} {_in_words(made)}.", markup=False)


@lessons.command("list")
def list_lessons(
    context: typer.Context,
    class_code: Annotated[str | None, typer.Argument(metavar="CLASS", help="Only this class.")] = None,
    json: Json = None,
) -> None:
    """List the repeating lessons."""
    with of(context).reading() as store, store.read() as db:
        only = None if class_code is None else [people.get_class(db, class_code).id]
        codes = {one.id: one.code for one in people.list_classes(db)}
        found = timetable.list_schedules(db, only)
        places = _places(db)
    write_json(json, [_schedule_json(codes[one.class_id], one, places) for one in found])
    if not found:
        out.print("The timetable is empty. Add a lesson: app.py timetable add CLASS Mon,Wed 09:00", markup=False)
        return
    table = Table("Entry", "Class", "When", "Group", "Room", "Title")
    for one in found:
        where = (escape(name or "") for name in (*_group_and_room(one, places), one.title))
        table.add_row(str(one.id), escape(codes[one.class_id]), _in_words(one), *where)
    out.print(table)


@lessons.command("edit")
def edit_lesson(
    context: typer.Context,
    entry: Entry,
    first: Annotated[str, typer.Option("--from", help="The first day it is so.")] = "tomorrow",
    days: Annotated[str | None, typer.Option(help="Days of the week: Mon,Wed.")] = None,
    starts: Annotated[str | None, typer.Option(help="Start on the school's clock: 09:00.")] = None,
    minutes: Annotated[int | None, typer.Option(help="How long a lesson is.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day.")] = None,
    room: Annotated[str | None, typer.Option(help="Where it is.")] = None,
    title: Annotated[str | None, typer.Option(help="What it is about.")] = None,
    json: Json = None,
) -> None:
    """Change a repeating lesson from a day on; what was before that day stays."""
    here = of(context)
    settings = here.settings
    with here.changing() as store, store.transaction() as db:
        old = timetable.get_schedule(db, entry)
        changed = replace(
            old,
            weekdays=old.weekdays if days is None else _weekdays(days),
            starts=old.starts if starts is None else _time(starts),
            minutes=old.minutes if minutes is None else minutes,
            last_day=old.last_day if until is None else read_day(until, settings),
            room_id=old.room_id if room is None else rooms.get_room(db, room).id,
            title=old.title if title is None else title,
        )
        made = change_from(db, changed, read_day(first, settings))
        code = people.get_class_by_id(db, made.class_id).code
        places = _places(db)
    write_json(json, _schedule_json(code, made, places))
    out.print(f"Entry {made.id} from now on: {code} {_in_words(made)}.", markup=False)


@lessons.command("end")
def end_lesson(
    context: typer.Context,
    entry: Entry,
    day: Annotated[str, typer.Argument(help="Its last day.")],
) -> None:
    """Let a repeating lesson go on until a day only."""
    here = of(context)
    with here.changing() as store, store.transaction() as db:
        before = timetable.get_schedule(db, entry)
        last = read_day(day, here.settings)
        if last < before.first_day:
            raise InputError(f"Entry {entry} begins on {before.first_day}. To take it away: app.py timetable delete")
        made = timetable.end_schedule(db, entry, last)
    out.print(f"Entry {entry} goes on {_in_words(made)}.", markup=False)


@lessons.command("delete")
def delete_lesson(context: typer.Context, entry: Entry) -> None:
    """Take a repeating lesson away; sessions that were held stay."""
    with of(context).changing() as store, store.transaction() as db:
        timetable.delete_schedule(db, entry)
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
    if not reason.strip():
        raise InputError("Say why there are no lessons, like: Winter holidays")
    with here.changing() as store, store.transaction() as db:
        class_id = None if class_code is None else people.get_class(db, class_code).id
        made = timetable.add_closure(db, begin, end, reason, class_id)
    write_json(json, {"id": made.id, "from": begin, "to": end, "reason": made.reason})
    out.print(f"No lessons {days_text(begin, end)} ({made.reason}); number {made.id}.", markup=False)


@holidays.command("list")
def list_holidays(context: typer.Context, json: Json = None) -> None:
    """List the days without lessons."""
    with of(context).reading() as store, store.read() as db:
        codes = {one.id: one.code for one in people.list_classes(db)}
        found = timetable.list_closures(db)
    write_json(
        json,
        [
            {
                "id": one.id,
                "class": None if one.class_id is None else codes[one.class_id],
                "from": one.first_day,
                "to": one.last_day,
                "reason": one.reason,
            }
            for one in found
        ],
    )
    if not found:
        out.print("There are no holidays yet. Add some: app.py holiday add 2026-12-24 “Winter” --until 2027-01-06")
    for one in found:
        whose = "all classes" if one.class_id is None else codes[one.class_id]
        out.print(f"{one.id}: {days_text(one.first_day, one.last_day)}, {whose}: {one.reason}", markup=False)


@holidays.command("delete")
def delete_holiday(context: typer.Context, number: Number) -> None:
    """Have lessons on these days again."""
    with of(context).changing() as store, store.transaction() as db:
        timetable.delete_closure(db, number)
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
    if not reason.strip():
        raise InputError("Say why the student is excused: --reason “hospital”")
    with here.changing() as store, store.transaction() as db:
        student = people.get_student(db, roll)
        class_id = None if class_code is None else people.get_class(db, class_code).id
        code = read_status(db, status).code
        draft = PlannedAbsence(0, student.id, class_id, begin, end, code, reason, "")
        made = timetable.add_absence(db, here.actor(by), draft)
    write_json(json, {"id": made.id, "roll": student.roll, "from": begin, "to": end})
    out.print(f"{student.roll} {student.name} is excused {days_text(begin, end)}; number {made.id}.", markup=False)


@absences.command("list")
def list_absences(context: typer.Context, json: Json = None) -> None:
    """List the planned absences."""
    with of(context).reading() as store, store.read() as db:
        found = timetable.list_absences(db)
        who = {one.id: one for one in people.list_students(db)}
    rows = [(one, who[one.student_id]) for one in found]
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
    with of(context).changing() as store, store.transaction() as db:
        timetable.delete_absence(db, number)
    out.print(f"Planned absence {number} is gone.")


def _weekdays(text: str) -> tuple[int, ...]:
    known = {name.lower(): number for number, name in enumerate(DAYS)}
    words = [word.strip().lower()[:3] for word in text.split(",") if word.strip()]
    if not words or any(word not in known for word in words):
        raise InputError(f"“{text}” are no days of the week. Write them like Mon,Wed,Fri.")
    return tuple(known[word] for word in words)


def _time(text: str) -> time:
    try:
        found = time.fromisoformat(text.strip().rjust(5, "0"))  # 9:00, too
    except ValueError as error:
        raise InputError(f"“{text}” is no time of day. Write it like 09:00.") from error
    if found.tzinfo is not None:
        raise InputError("Times of the timetable are on the school's clock. Write one like 09:00.")
    return found.replace(second=0, microsecond=0)


def _span(first: str, until: str | None, settings: Settings) -> tuple[date, date]:
    begin = read_day(first, settings)
    end = begin if until is None else read_day(until, settings)
    if end < begin:
        raise InputError(f"The last day {end} is before the first day {begin}. Correct one of them.")
    return begin, end


def _in_words(one: Schedule) -> str:
    days = ", ".join(DAYS[day] for day in one.weekdays)
    weeks = "" if one.every_weeks == 1 else f" every {one.every_weeks} weeks"
    until = "" if one.last_day is None else f" until {one.last_day}"
    return f"{days} {one.starts:%H:%M}, {one.minutes} min{weeks} from {one.first_day}{until}"


@dataclass(frozen=True, slots=True)
class _Places:
    """Names by number."""

    groups: Mapping[int, str]
    rooms: Mapping[int, str]


def _places(db: Session) -> _Places:
    return _Places(
        {one.id: one.name for one in groups.list_groups(db)}, {one.id: one.name for one in rooms.list_rooms(db)}
    )


def _group_and_room(one: Schedule, places: _Places) -> tuple[str | None, str | None]:
    group = None if one.group_id is None else places.groups[one.group_id]
    return group, None if one.room_id is None else places.rooms[one.room_id]


def _schedule_json(code: str, one: Schedule, places: _Places) -> dict[str, object]:
    group, room = _group_and_room(one, places)
    return {
        "id": one.id,
        "class": code,
        "weekdays": [DAYS[day] for day in one.weekdays],
        "starts": f"{one.starts:%H:%M}",
        "minutes": one.minutes,
        "every_weeks": one.every_weeks,
        "from": one.first_day,
        "until": one.last_day,
        "group": group,
        "room": room,
        "title": one.title,
    }
