"""The timetable: the lessons of a week, and those that repeat, which an admin changes."""

from collections.abc import Mapping
from datetime import date, timedelta

from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from core import clock
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
from core.calendar.holidays import list_holidays
from core.calendar.lessons import list_lessons
from core.errors import AccessError, InputError, NotFoundError
from core.office.groups import list_groups
from core.office.rooms import list_rooms
from web.site import site
from web.teaching import blueprint, class_options, day_given, done, may, own_classes, today, told_on
from web.wording import gettext as _

pages = blueprint("timetable", "/timetable")
DAYS_OF_WEEK = 7


@pages.get("/")
def week() -> ResponseReturnValue:
    """A week, this one if no day is named."""
    here = site()
    asked = day_given("day") or today()
    monday = asked - timedelta(days=asked.weekday())
    days = [monday + timedelta(days=number) for number in range(DAYS_OF_WEEK)]
    code = request.args.get("class") or None
    rows = list_lessons(here.store, here.settings, days[0], days[-1], code).rows
    return render_template(
        "teacher/week.html",
        days=[(day, [one for one in rows if one.lesson.day == day], _closed(day, code)) for day in days],
        before=monday - timedelta(days=DAYS_OF_WEEK),
        after=monday + timedelta(days=DAYS_OF_WEEK),
        monday=monday,
        code=code or "",
        classes=class_options(own_classes()),
        entries=list_entries(here.store, code),
    )


def _closed(day: date, code: str | None) -> str:
    """Why there are no lessons; empty on other days."""
    if "holidays" not in g:
        g.holidays = list_holidays(site().store)
    return next(
        (
            one.closure.reason
            for one in g.holidays
            if one.class_code in (None, code) and one.closure.first_day <= day <= one.closure.last_day
        ),
        "",
    )


@pages.get("/new")
def new() -> ResponseReturnValue:
    """The form for another lesson that repeats."""
    return _form(None)


@pages.post("/new")
@told_on(new)
def add() -> ResponseReturnValue:
    """Store it."""
    given = request.form
    wanted = EntryRequest(
        class_code=given.get("class", ""),
        weekdays=_weekdays(given.getlist("weekday")),
        starts=clock.parse_time(given.get("starts", "")),
        minutes=_number("minutes"),
        first_day=day_given("first") or today(),
        last_day=day_given("last"),
        every_weeks=_number("weeks"),
        group=given.get("group", "").strip() or None,
        room=given.get("room") or None,
        title=given.get("title", "").strip() or None,
    )
    add_entry(site().store, wanted)
    return done(_("The lesson is in the timetable."), "timetable.week", day=wanted.first_day.isoformat())


@pages.get("/<int:number>")
def entry(number: int) -> ResponseReturnValue:
    """One lesson that repeats."""
    found = next((one for one in list_entries(site().store) if one.schedule.id == number), None)
    if found is None:
        raise NotFoundError("This lesson is not in the timetable any more. Look at it again.")
    return _form(found)


@pages.post("/<int:number>")
@told_on(entry)
def change(number: int) -> ResponseReturnValue:
    """Have it otherwise from a day on, end it, or delete it."""
    given, store = request.form, site().store
    what = given.get("what")
    if what == "delete":
        delete_entry(store, number)
        return done(_("The lesson is deleted from the timetable. Lessons that were held stay."), "timetable.week")
    if what == "end":
        day = day_given("day")
        if day is None:
            raise InputError(_("Choose the last day."))
        end_entry(store, number, day)
        return done(_("The lesson ends on that day."), "timetable.week")
    changed = EntryChange(
        weekdays=_weekdays(given.getlist("weekday")),
        starts=clock.parse_time(given.get("starts", "")),
        minutes=_number("minutes"),
        last_day=day_given("last"),
        no_end=not given.get("last", "").strip(),
        every_weeks=_number("weeks"),
        group=given.get("group", "").strip(),
        room=given.get("room", ""),
        title=given.get("title", "").strip(),
    )
    change_entry(store, number, changed, day_given("first") or today())
    return done(_("The lesson is changed."), "timetable.week")


def _form(found: Entry | None) -> str:
    if not may("timetable.change"):
        raise AccessError("Only an admin of the school changes the timetable. Ask one of them.")
    store = site().store
    groups: Mapping[str, None] = dict.fromkeys(one.group.name for one in list_groups(store))
    return render_template(
        "teacher/entry.html",
        entry=found,
        classes=class_options(own_classes()),
        groups=[(one, one) for one in groups],
        rooms=[(one.name, one.name) for one in list_rooms(store)],
        minutes=site().settings.lesson_minutes,
        first=today(),
    )


def _weekdays(given: list[str]) -> tuple[int, ...]:
    found = tuple(int(one) for one in given if one in "0123456" and len(one) == 1)
    if not found:
        raise InputError(_("Choose at least one day of the week."))
    return found


def _number(name: str) -> int:
    found = request.form.get(name, type=int)
    if found is None:
        raise InputError(_("Write minutes and weeks as numbers."))
    return found
