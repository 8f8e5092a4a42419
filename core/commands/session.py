"""``app.py session``: open, close, lock, list and show lessons."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from core import clock, sessions
from core.calendar.lessons import LessonRow, Lessons, list_lessons
from core.commands.choices import AsAdmin, By, ClassCode, Json, SessionNumber, headline, read_day, session_of
from core.commands.console import out, write_json
from core.commands.context import Context, of
from core.errors import InputError
from core.records import MarkRow, SchoolClass
from core.registers import register_of
from core.sessions import Closed, SessionRequest
from core.store.database import Store
from core.store.sessions import SessionRow
from core.store.statuses import Status
from core.words import days_text

app = typer.Typer(help="Lessons: open, close, lock, list, show, cancel and move them.", no_args_is_help=True)

At = Annotated[str | None, typer.Option(help="Start on the school's clock: 2026-11-21T09:00; else now.")]


@app.command("open")
def open_(
    context: typer.Context,
    class_code: Annotated[str | None, typer.Argument(metavar="CLASS", help="Code of the class.")] = None,
    session: SessionNumber = None,
    at: At = None,
    minutes: Annotated[int | None, typer.Option(help="How long it is; else as the timetable or settings say.")] = None,
    title: Annotated[str | None, typer.Option(help="What it is about.")] = None,
    group: Annotated[str | None, typer.Option(help="Only this group of the class.")] = None,
    room: Annotated[str | None, typer.Option(help="Where it is; else in the class's room.")] = None,
    new: Annotated[bool, typer.Option("--new", help="A new one even if there is a lesson now.")] = False,
    by: By = None,
    as_admin: AsAdmin = False,
    json: Json = None,
) -> None:
    """Open the lesson that is going on, or one of its own; a closed one opens with all that was saved."""
    here = of(context)
    actor = here.actor(by, admin=as_admin)
    settings = here.settings
    with here.changing() as store:
        if class_code is None and session is not None:
            row = sessions.open_again(store, settings, actor, session)
        elif class_code is None:
            raise InputError("Say which class: app.py session open CLASS")
        else:
            asked = _request(here, class_code, at, session)
            wanted = replace(asked, minutes=minutes, group=group, room=room, title=title, new=new)
            row = sessions.open_session(store, settings, actor, wanted)
        _tell_state(here, class_of(store, row), row, json)


@app.command()
def close(
    context: typer.Context,
    class_code: Annotated[str | None, typer.Argument(metavar="CLASS", help="Code of the class.")] = None,
    session: SessionNumber = None,
    due: Annotated[bool, typer.Option("--due", help="Every session whose time is over.")] = False,
    by: By = None,
    as_admin: AsAdmin = False,
    json: Json = None,
) -> None:
    """End a lesson: who is unmarked is absent, or excused where that was planned."""
    here = of(context)
    with here.changing(close_due=not due) as store:
        if due:
            closed = sessions.close_due(store, here.settings)
        elif class_code is None:
            raise InputError("Say which class: app.py session close CLASS, or all that are over: --due")
        else:
            row = session_of(store, here.settings, class_code, session)[1]
            closed = (sessions.close_session(store, here.settings, here.actor(by, admin=as_admin), row.id),)
        classes = sessions.classes_of(store, [one.session.id for one in closed])
    # What is over is closed for everybody, and told to whom it concerns.
    named = [(classes[one.session.id], one) for one in closed if one.session.id in classes]
    write_json(json, [_closed_json(here, who, one) for who, one in named])
    if not named:
        out.print("No session is over and still open.")
    for who, one in named:
        count = len(one.absent)
        out.print(
            f"Closed session {one.session.id} of {who.code}; {count} unmarked are absent or excused.", markup=False
        )
        for line in (*one.notes, *(f"Sheet: {sheet}" for sheet in one.sheets)):
            out.print(line, markup=False, soft_wrap=True)


@app.command()
def lock(context: typer.Context, class_code: ClassCode, session: SessionNumber = None, json: Json = None) -> None:
    """From now on only the teacher marks in this lesson."""
    here = of(context)
    with here.changing() as store:
        school_class, row = session_of(store, here.settings, class_code, session)
        row = sessions.lock_session(store, row.id)
        _tell_state(here, school_class, row, json)


@app.command()
def reviewed(context: typer.Context, class_code: ClassCode, session: SessionNumber = None, json: Json = None) -> None:
    """Say that you looked through the register, so that parents may be told."""
    here = of(context)
    with here.changing() as store:
        school_class, row = session_of(store, here.settings, class_code, session)
        row = sessions.review_session(store, row.id)
    write_json(json, as_json(here, school_class, row))
    out.print(f"Session {row.id} of {school_class.code} is reviewed; parents may be told now.", markup=False)


@app.command()
def cancel(
    context: typer.Context,
    class_code: ClassCode,
    session: SessionNumber = None,
    at: At = None,
    by: By = None,
    as_admin: AsAdmin = False,
    json: Json = None,
) -> None:
    """Say that a lesson does not take place."""
    here = of(context)
    actor = here.actor(by, admin=as_admin)
    with here.changing() as store:
        row = sessions.cancel_lesson(store, here.settings, actor, _request(here, class_code, at, session))
        _tell_state(here, class_of(store, row), row, json)


@app.command()
def move(
    context: typer.Context,
    class_code: ClassCode,
    to: Annotated[str, typer.Option(help="New start on the school's clock: 2026-11-21T09:00.")],
    session: SessionNumber = None,
    at: At = None,
    by: By = None,
    as_admin: AsAdmin = False,
    json: Json = None,
) -> None:
    """Give a lesson another time."""
    here = of(context)
    actor = here.actor(by, admin=as_admin)
    moment = clock.parse_local(to, clock.school_zone(here.settings))
    with here.changing() as store:
        row = sessions.move_lesson(store, here.settings, actor, _request(here, class_code, at, session), moment)
        _tell_state(here, class_of(store, row), row, json)


@app.command("list")
def list_(
    context: typer.Context,
    class_code: Annotated[str | None, typer.Argument(metavar="CLASS", help="Only this class.")] = None,
    first: Annotated[str, typer.Option("--from", help="First day: 2026-11-21, today, yesterday.")] = "today",
    last: Annotated[str | None, typer.Option("--to", help="Last day; else the first.")] = None,
    json: Json = None,
) -> None:
    """List the lessons of a day, planned ones too."""
    here = of(context)
    settings = here.settings
    begin = read_day(first, settings)
    end = begin if last is None else read_day(last, settings)
    with here.reading() as store:
        found = list_lessons(store, settings, begin, end, class_code)
    write_json(json, [_lesson_json(here, one) for one in found.rows])
    if not found.rows:
        out.print(f"There is no lesson {days_text(begin, end)}. Open one: app.py session open CLASS", markup=False)
        return
    _print_lessons(clock.school_zone(settings), found)


@app.command()
def show(context: typer.Context, class_code: ClassCode, session: SessionNumber = None, json: Json = None) -> None:
    """Show the register of a lesson, the unmarked too."""
    here = of(context)
    with here.reading() as store:
        meant = session_of(store, here.settings, class_code, session)[1]
        found = register_of(store, meant.id)
    zone = clock.school_zone(here.settings)
    rows = [_row_json(one, found.statuses, zone) for one in found.rows]
    write_json(json, {**as_json(here, found.school_class, found.session), "register": rows})
    out.print(headline(here, found.school_class, found.session), markup=False)
    out.print(_register_table(found.rows, found.statuses, zone))


def _register_table(rows: Sequence[MarkRow], known: Mapping[str, Status], zone: tzinfo | None) -> Table:
    """The register; columns in which nobody has anything are left out."""
    words = ("Roll", "Name", "Status", "Late", "First seen", "Last seen", "Source", "Reason")
    lines = [
        (
            one.roll,
            one.name,
            f"{known[one.status].letter} {known[one.status].name}" if one.status else "?",
            "" if one.minutes_late is None else f"{one.minutes_late} min",
            clock.time_text(one.first_seen, zone, seconds=True),
            clock.time_text(one.last_seen, zone, seconds=True),
            one.source,
            one.reason or "",
        )
        for one in rows
    ]
    shown = [i for i in range(len(words)) if i < 3 or any(line[i] for line in lines)]
    table = Table(*(words[i] for i in shown))
    for line in lines:
        table.add_row(*(escape(line[i]) for i in shown))
    return table


def class_of(store: Store, row: SessionRow) -> SchoolClass:
    """The class of a session that who acts may see."""
    return sessions.classes_of(store, [row.id])[row.id]


def _request(here: Context, class_code: str, at: str | None, session: int | None) -> SessionRequest:
    moment = None if at is None else clock.parse_local(at, clock.school_zone(here.settings))
    return SessionRequest(class_code, at=moment, session_id=session)


def _tell_state(here: Context, school_class: SchoolClass, row: SessionRow, json: Path | None) -> None:
    write_json(json, as_json(here, school_class, row))
    out.print(headline(here, school_class, row), markup=False)


def as_json(here: Context, school_class: SchoolClass, row: SessionRow) -> dict[str, Any]:
    """A session for machines; times with the school's offset."""
    zone = clock.school_zone(here.settings)

    def moment(value: datetime | None) -> str | None:
        return None if value is None else clock.local(value, zone).isoformat()

    return {
        "session": row.id,
        "class": school_class.code,
        "state": row.state,
        "day": row.day,
        "title": row.title,
        "starts_at": moment(row.starts_at),
        "ends_at": moment(row.ends_at),
        "taken_at": moment(row.taken_at),
        "reviewed_at": moment(row.reviewed_at),
        "closed_at": moment(row.closed_at),
    }


def _closed_json(here: Context, school_class: SchoolClass, one: Closed) -> dict[str, Any]:
    sheets = [str(sheet) for sheet in one.sheets]
    return {**as_json(here, school_class, one.session), "absent": len(one.absent), "sheets": sheets}


def _lesson_json(here: Context, found: LessonRow) -> dict[str, Any]:
    zone = clock.school_zone(here.settings)
    lesson = found.lesson
    if lesson.session is not None:
        return {**as_json(here, found.school_class, lesson.session), "marks": found.marks}
    return {
        "session": None,
        "class": found.school_class.code,
        "state": lesson.state,
        "day": lesson.day,
        "title": lesson.title,
        "starts_at": clock.local(lesson.starts_at, zone).isoformat(),
        "ends_at": clock.local(lesson.ends_at, zone).isoformat(),
        "marks": {},
    }


def _row_json(row: MarkRow, known: Mapping[str, Status], zone: tzinfo | None) -> dict[str, Any]:
    return {
        "roll": row.roll,
        "name": row.name,
        "status": row.status or None,
        "letter": known[row.status].letter if row.status else None,
        "minutes_late": row.minutes_late,
        "reason": row.reason,
        "source": row.source or None,
        "first_seen": None if row.first_seen is None else clock.local(row.first_seen, zone).isoformat(),
        "last_seen": None if row.last_seen is None else clock.local(row.last_seen, zone).isoformat(),
    }


def _print_lessons(zone: tzinfo | None, found: Lessons) -> None:
    table = Table("Day", "Time", "Class", "Title", "State", "Session", "Marks")
    for row in found.rows:
        one = row.lesson
        begin, end = clock.local(one.starts_at, zone), clock.local(one.ends_at, zone)
        table.add_row(
            one.day.isoformat(),
            f"{begin:%H:%M}–{end:%H:%M}",
            escape(row.school_class.code),
            escape(one.title or ""),
            one.state,
            str(one.session.id) if one.session else "",
            escape(" ".join(f"{found.statuses[code].letter}{count}" for code, count in row.marks.items())),
        )
    out.print(table)
