"""What other programs read."""

import base64
import hashlib
import json
from collections import Counter
from datetime import datetime

from flask import Response, jsonify, render_template

from core import clock, statuses
from core.calendar import entries
from core.calendar import lessons as lessons_of
from core.errors import InputError
from core.office.classes import ClassCard, list_classes, roster
from core.registers import Register, register_of
from core.reports.cells import as_json
from core.reports.register_files import Period, load_grid
from core.reports.registry import get_report, reports, run_report
from core.reports.status_cells import percent
from core.starting import first_look
from core.store.marks import MarkState
from core.store.sessions import SessionRow
from core.store.text import key_of
from web.api import shapes
from web.api.door import class_of, code_of, describe, description, gives, local, pages
from web.site import site

UNMARKED = "unmarked"
"""The version of a mark that is not there."""


@pages.get("/health")
@describe.validate(resp=gives(shapes.Health), security={}, tags=["Rollcall"], operation_id="health")
def health(query: shapes.Nothing) -> shapes.Health:
    """Whether the portal answers; needs no token."""
    first_look(site().store)
    return shapes.Health(status="ok", now=local(clock.now()))


@pages.get("/openapi.json")
def description_file() -> Response:
    """The description of the API."""
    return jsonify(description())


@pages.get("/")
def manual() -> str:
    """The same to read."""
    return render_template("api.html", made=description())


@pages.get("/classes")
@describe.validate(resp=gives(shapes.Classes), tags=["Classes"], operation_id="classes")
def classes(query: shapes.ClassesAsked) -> shapes.Classes:
    """The classes."""
    found = [
        one
        for one in list_classes(site().store)
        if not query.code or key_of(one.school_class.code) == key_of(query.code)
    ]
    return shapes.Classes(classes=[_class(one) for one in found])


def _class(one: ClassCard) -> shapes.Class:
    known = one.school_class
    return shapes.Class(
        id=known.id,
        code=known.code,
        name=known.name,
        teachers=list(known.teachers),
        room=one.room,
        students=one.count.students,
    )


@pages.get("/classes/<int(max=2147483647):class_id>/students")
@describe.validate(resp=gives(shapes.Students), tags=["Classes"], operation_id="students")
def students(class_id: int, query: shapes.Nothing) -> shapes.Students:
    """The roster of a class."""
    found = roster(site().store, class_of(class_id).school_class.code)
    return shapes.Students(
        class_id=class_id,
        students=[
            shapes.Student(
                id=one.id, roll=one.roll, name=one.name, active=one.active, email=one.email, consent=bool(one.consent)
            )
            for one in (line.student for line in found.lines)
        ],
    )


@pages.get("/timetable")
@describe.validate(resp=gives(shapes.Timetable), tags=["Lessons"], operation_id="timetable")
def timetable(query: shapes.TimetableAsked) -> shapes.Timetable:
    """The repeating lessons."""
    return shapes.Timetable(
        entries=[
            shapes.TimetableEntry(
                id=one.schedule.id,
                class_id=one.schedule.class_id,
                weekdays=sorted(one.schedule.weekdays),
                starts=one.schedule.starts,
                minutes=one.schedule.minutes,
                every_weeks=one.schedule.every_weeks,
                first_day=one.schedule.first_day,
                last_day=one.schedule.last_day,
                group=one.group,
                room=one.room,
                title=one.schedule.title,
            )
            for one in entries.list_entries(site().store, code_of(query.class_id))
        ]
    )


@pages.get("/lessons")
@describe.validate(resp=gives(shapes.Lessons), tags=["Lessons"], operation_id="lessons")
def lessons(query: shapes.LessonsAsked) -> shapes.Lessons:
    """The lessons of some days, planned and held."""
    here = site()
    found = lessons_of.list_lessons(here.store, here.settings, query.first, query.last, code_of(query.class_id))
    return shapes.Lessons(
        lessons=[
            shapes.Lesson(
                session_id=one.lesson.session.id if one.lesson.session else None,
                class_id=one.lesson.class_id,
                day=one.lesson.day,
                starts_at=local(one.lesson.starts_at),
                ends_at=local(one.lesson.ends_at),
                state=one.lesson.state,
                title=one.lesson.title,
                group=one.group,
                room=one.room,
                marks=dict(one.marks),
            )
            for one in found.rows
        ]
    )


@pages.get("/classes/<int(max=2147483647):class_id>/register")
@describe.validate(resp=gives(shapes.Register), tags=["Register"], operation_id="register")
def register(class_id: int, query: shapes.RegisterAsked) -> shapes.Register:
    """The register of a class between two days, a page at a time."""
    grid = load_grid(site().store, class_of(class_id).school_class.code, Period(query.first, query.last))
    after = _read_cursor(query.cursor)
    rest = [one for one in sorted(grid.sessions, key=_place) if after is None or _place(one) > after]
    shown = rest[: query.limit]
    made = [
        _session(
            one,
            grid.group_name(one),
            [
                _mark(student.id, student.roll, student.name, grid.states.get((one.id, student.id)))
                for student in grid.students
                if (one.id, student.id) in grid.states or (student.active and grid.is_expected(one, student.id))
            ],
        )
        for one in shown
    ]
    more = _cursor(shown[-1]) if len(rest) > len(shown) else None
    return shapes.Register(class_id=class_id, sessions=made, next_cursor=more)


def _place(one: SessionRow) -> tuple[datetime, int]:
    return one.starts_at, one.id


def _cursor(one: SessionRow) -> str:
    return base64.urlsafe_b64encode(f"{one.starts_at.isoformat()} {one.id}".encode()).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[datetime, int] | None:
    if not text:
        return None
    try:
        moment, _, number = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(" ")
        found = datetime.fromisoformat(moment), int(number)
        if found[0].utcoffset() is not None:
            return found
    except ValueError:
        pass
    raise InputError("This cursor was not given by the page before. Begin without one.")


def _session(one: SessionRow, group: str | None, marks: list[shapes.Mark]) -> shapes.Session:
    return shapes.Session(
        id=one.id,
        class_id=one.class_id,
        day=one.day,
        starts_at=local(one.starts_at),
        ends_at=local(one.ends_at),
        state=one.state,
        title=one.title,
        group=group,
        taken_at=None if one.taken_at is None else local(one.taken_at),
        marks=marks,
    )


def _mark(student_id: int, roll: str, name: str, state: MarkState | None) -> shapes.Mark:
    return shapes.Mark(
        student_id=student_id,
        roll=roll,
        name=name,
        status=None if state is None else state.status,
        minutes_late=None if state is None else state.minutes_late,
        reason=None if state is None else state.reason,
        source="" if state is None else state.source,
        version=version_of(state),
    )


def version_of(state: MarkState | None) -> str:
    """Another one for every state a mark can have."""
    if state is None:
        return UNMARKED
    return hashlib.sha256(json.dumps(state.as_json(), sort_keys=True).encode()).hexdigest()[:16]


def states_of(found: Register) -> dict[int, MarkState | None]:
    """What every mark of a lesson is, by student."""
    return {
        one.student_id: MarkState(one.status, one.minutes_late, one.reason, one.source) if one.status else None
        for one in found.rows
    }


@pages.get("/sessions/<int(max=2147483647):session_id>")
@describe.validate(resp=gives(shapes.Session), tags=["Register"], operation_id="session")
def session(session_id: int, query: shapes.Nothing) -> shapes.Session:
    """One lesson with its marks."""
    return session_now(session_id)


def session_now(session_id: int) -> shapes.Session:
    """A lesson as it is at this moment.  Raises NotFoundError."""
    found = register_of(site().store, session_id)
    states = states_of(found)
    marks = [_mark(one.student_id, one.roll, one.name, states[one.student_id]) for one in found.rows]
    return _session(found.session, found.group, marks)


@pages.get("/classes/<int(max=2147483647):class_id>/summary")
@describe.validate(resp=gives(shapes.Summary), tags=["Register"], operation_id="summary")
def summary(class_id: int, query: shapes.DaysAsked) -> shapes.Summary:
    """The marks of each student of a class, counted."""
    here = site()
    grid = load_grid(here.store, class_of(class_id).school_class.code, Period(query.first, query.last))
    known = statuses.list_all(here.store)
    counts: dict[int, Counter[str]] = {one.id: Counter() for one in grid.students}
    for (_session_id, student_id), state in grid.states.items():
        counts[student_id][state.status] += 1
    rows = []
    for one in grid.students:
        share = percent(counts[one.id], known)
        rows.append(
            shapes.StudentSummary(
                student_id=one.id,
                roll=one.roll,
                name=one.name,
                counts=dict(counts[one.id]),
                percent=None if share is None else round(100 * share, 2),
            )
        )
    return shapes.Summary(class_id=class_id, sessions=len(grid.sessions), students=rows)


@pages.get("/statuses")
@describe.validate(resp=gives(shapes.Statuses), tags=["Register"], operation_id="statuses")
def status_list(query: shapes.Nothing) -> shapes.Statuses:
    """What a mark can be."""
    return shapes.Statuses(
        statuses=[
            shapes.Status(
                code=one.code,
                letter=one.letter,
                name=one.name,
                counts_as=one.counts_as,
                points=one.points,
                active=one.active,
            )
            for one in statuses.list_all(site().store)
        ]
    )


@pages.get("/reports")
@describe.validate(resp=gives(shapes.Reports), tags=["Reports"], operation_id="reports")
def report_list(query: shapes.Nothing) -> shapes.Reports:
    """The reports there are, and what each takes."""
    return shapes.Reports(
        reports=[
            shapes.ReportAbout(
                name=one.name,
                title=one.title,
                about=one.about,
                takes=[
                    shapes.ReportParameter(
                        name=each.name, kind=each.kind, help=each.help, default=each.default, required=each.required
                    )
                    for each in one.takes
                ],
            )
            for one in reports().values()
        ]
    )


@pages.get("/reports/<name>")
@describe.validate(resp=gives(shapes.Report), tags=["Reports"], operation_id="report")
def report(name: str, query: shapes.ReportAsked) -> shapes.Report:
    """What a report says."""
    here = site()
    given = {key: str(value) for key, value in query.model_dump(by_alias=True).items() if value}
    result = run_report(here.store, here.settings, get_report(name).name, given)
    return shapes.Report.model_validate(as_json(result))
