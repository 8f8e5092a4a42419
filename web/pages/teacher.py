"""A day of a teacher: its lessons, those that move or do not take place, and the way to all other pages."""

from datetime import datetime, timedelta

from flask import render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from core import clock, questions
from core.calendar.lessons import LessonRow, list_lessons, list_today
from core.errors import InputError
from core.sessions import SessionRequest, cancel_lesson, hold_lesson, move_lesson, open_session
from core.store.sessions import OPEN
from core.today import missed
from core.weakest import below_minimum
from web.site import site
from web.teaching import actor, blueprint, class_numbered, day_given, done, own_classes, told_on
from web.teaching import today as this_day
from web.wording import gettext as _

pages = blueprint("teacher")
ONE_DAY = timedelta(days=1)
MOST_BELOW = 5


@pages.get("/")
def today() -> ResponseReturnValue:
    """The lessons of a day, today if none is named, and what waits."""
    here, now = site(), this_day()
    day = day_given("day") or now
    found = list_today(here.store, here.settings) if day == now else list_lessons(here.store, here.settings, day, day)
    return render_template(
        "teacher/today.html",
        day=day,
        is_today=day == now,
        before=day - ONE_DAY,
        after=day + ONE_DAY,
        lessons=found.rows,
        statuses=found.statuses,
        now=clock.now(),
        classes=own_classes(),
        below=below_minimum(here.store, here.settings, MOST_BELOW) if day == now else None,
        missed=missed(here.store, here.settings) if day == now else (),
        waiting=len(questions.list_questions(here.store, only_open=True))
        + len(questions.list_absences_asked(here.store, only_open=True)),
    )


@pages.get("/more")
def more() -> ResponseReturnValue:
    """All pages that are not in the line above."""
    return render_template("teacher/more.html")


@pages.post("/open")
@told_on(today)
def open_lesson() -> ResponseReturnValue:
    """Open a lesson of the timetable, or one that begins now."""
    here, given = site(), request.form
    running = None if given.get("at") else _running(given.get("class", ""), given.get("group", type=int))
    if running is not None:
        # What was typed is meant for another lesson, and must not change this one.
        return done(_("This class has a lesson now; this is it."), "lesson.page", session_id=running)
    wanted = SessionRequest(
        given.get("class", ""),
        at=_moment(given["at"]) if given.get("at") else None,
        group_id=given.get("group", type=int),
        title=given.get("title", "").strip() or None,
        minutes=given.get("minutes", type=int),
        room=given.get("room") or None,
    )
    made = open_session(here.store, here.settings, actor(), wanted)
    return done(_("The lesson is open."), "lesson.page", session_id=made.id)


@pages.get("/change")
def change() -> ResponseReturnValue:
    """Move a lesson, or say that it does not take place."""
    return render_template("teacher/change.html", row=_meant())


@pages.post("/change")
@told_on(change)
def change_lesson() -> ResponseReturnValue:
    """Do it."""
    here, row, what = site(), _meant(), request.form.get("what", "")
    if what == "cancel":
        cancel_lesson(here.store, here.settings, actor(), _request(row))
        words = _("The lesson does not take place.")
    elif what == "move":
        day, time = request.form.get("day", ""), request.form.get("time", "")
        if not day or not time:
            raise InputError(_("Choose the day and the time that the lesson begins."))
        move_lesson(here.store, here.settings, actor(), _request(row), _moment(f"{day}T{time}"))
        words = _("The lesson was moved.")
    elif what == "hold" and row.lesson.session is not None:
        hold_lesson(here.store, here.settings, actor(), row.lesson.session.id)
        words = _("The lesson takes place after all.")
    else:
        raise InputError(_("Choose what shall be done with the lesson."))
    return done(words, "teacher.today", day=request.form.get("day") or row.lesson.day.isoformat())


def _running(class_code: str, group_id: int | None) -> int | None:
    """The number of a class's, or a group's, lesson that is open and going on now; None without one."""
    here, now = site(), clock.now()
    rows = list_today(here.store, here.settings, class_code).rows if class_code else ()
    going_on = (one.lesson for one in rows if one.lesson.starts_at <= now < one.lesson.ends_at)
    found = (one for one in going_on if one.group_id == group_id)
    return next((one.session.id for one in found if one.session is not None and one.session.state == OPEN), None)


def _meant() -> LessonRow:
    """The lesson that the address is about: of a class, at a moment, perhaps of a group."""
    here, asked = site(), request.args
    card = class_numbered(asked.get("class", type=int) or 0)
    at = _moment(asked.get("at", ""))
    day = clock.local(at, clock.school_zone(here.settings)).date()
    found = list_lessons(here.store, here.settings, day - ONE_DAY, day + ONE_DAY, card.school_class.code)
    group = asked.get("group", type=int)
    row = next((one for one in found.rows if one.lesson.starts_at == at and one.lesson.group_id == group), None)
    if row is None:
        raise NotFound(_("There is no such lesson any more. Look at the day again."))
    return row


def _request(row: LessonRow) -> SessionRequest:
    session = row.lesson.session
    return SessionRequest(
        row.school_class.code,
        at=row.lesson.starts_at,
        group_id=row.lesson.group_id,
        session_id=None if session is None else session.id,
    )


def _moment(text: str) -> datetime:
    return clock.parse_local(text, clock.school_zone(site().settings))
