"""What the page Timetable has done in the background."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from core import clock
from gui.widgets.days import optional_day

if TYPE_CHECKING:
    from core.calendar.absences import Absence
    from core.calendar.entries import Entry
    from core.calendar.holidays import Holiday
    from core.calendar.lessons import LessonRow
    from core.sessions import SessionRequest
    from core.timetable import Lesson
    from gui.opening import Use

Given = dict[str, str]


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everything the page shows.  groups: names by the code of their class; statuses: what an absence can be."""

    lessons: tuple[LessonRow, ...]
    entries: list[Entry]
    holidays: list[Holiday]
    absences: list[Absence]
    classes: list[tuple[str, str]]
    rooms: list[str]
    groups: dict[str, list[str]]
    statuses: list[tuple[str, str]]

    @property
    def class_choices(self) -> list[tuple[str, str]]:
        """The classes as a list offers them."""
        return [(code, f"{code}  {name}"[:60]) for code, name in self.classes]


def load(use: Use, monday: date, code: str | None) -> Loaded:
    """Read it all at once."""
    from core.calendar.absences import list_absences
    from core.calendar.entries import list_entries
    from core.calendar.holidays import list_holidays
    from core.calendar.lessons import list_lessons
    from core.office.classes import list_classes
    from core.office.groups import list_groups
    from core.office.rooms import list_rooms
    from core.statuses import list_all
    from core.store.statuses import EXCUSED

    groups: dict[str, list[str]] = {}
    for card in list_groups(use.store):
        groups.setdefault(card.school_class.code, []).append(card.group.name)
    statuses = sorted(list_all(use.store), key=lambda one: one.code != EXCUSED)
    return Loaded(
        lessons=list_lessons(use.store, use.settings, monday, monday + timedelta(days=6), code).rows,
        entries=list_entries(use.store, code),
        holidays=list_holidays(use.store),
        absences=list_absences(use.store),
        classes=[(one.school_class.code, one.school_class.name) for one in list_classes(use.store)],
        rooms=[one.name for one in list_rooms(use.store)],
        groups=groups,
        statuses=[(one.code, one.name) for one in statuses],
    )


def students(use: Use) -> list[tuple[str, str]]:
    """Roll number and words of each student whom who acts may excuse."""
    from core.office.students import list_students

    found = (one.student for one in list_students(use.store))
    return [(one.roll, f"{one.roll}  {one.name}"[:80]) for one in found if one.active]


def add_lesson(use: Use, given: Given) -> None:
    """Store a repeating lesson."""
    from core.calendar.entries import EntryRequest, add_entry

    zone = clock.school_zone(use.settings)
    add_entry(
        use.store,
        EntryRequest(
            class_code=given["class"],
            weekdays=_weekdays(given),
            starts=clock.parse_time(given["starts"]),
            minutes=int(given["minutes"]),
            first_day=clock.parse_day(given["first"], zone),
            last_day=optional_day(given["last"], zone),
            every_weeks=int(given["weeks"]),
            group=given.get("group") or None,
            room=given["room"] or None,
            title=given["title"].strip() or None,
        ),
    )


def change_lesson(use: Use, number: int, given: Given) -> None:
    """Have a repeating lesson otherwise from a day on."""
    from core.calendar.entries import EntryChange, change_entry

    zone = clock.school_zone(use.settings)
    change = EntryChange(
        weekdays=_weekdays(given),
        starts=clock.parse_time(given["starts"]),
        minutes=int(given["minutes"]),
        last_day=optional_day(given["last"], zone),
        no_end=not given["last"].strip(),
        every_weeks=int(given["weeks"]),
        group=given.get("group"),
        room=given["room"],
        title=given["title"].strip(),
    )
    change_entry(use.store, number, change, clock.parse_day(given["first"], zone))


def end_lesson(use: Use, given: Given, number: int) -> None:
    """Let it go on until a day only."""
    from core.calendar.entries import end_entry

    end_entry(use.store, number, clock.parse_day(given["day"], clock.school_zone(use.settings)))


def delete_lesson(use: Use, number: int) -> None:
    """Take it away."""
    from core.calendar.entries import delete_entry

    delete_entry(use.store, number)


def cancel_lesson(use: Use, lesson: Lesson, code: str) -> None:
    """Say that this one lesson does not take place."""
    from core.sessions import cancel_lesson

    cancel_lesson(use.store, use.settings, use.actor, _request(lesson, code))


def hold_lesson(use: Use, number: int) -> None:
    """Let the cancelled lesson of this session take place after all."""
    from core.sessions import hold_lesson

    hold_lesson(use.store, use.settings, use.actor, number)


def move_lesson(use: Use, given: Given, lesson: Lesson, code: str) -> None:
    """Have this one lesson at another time."""
    from core.sessions import move_lesson

    zone = clock.school_zone(use.settings)
    day, starts = clock.parse_day(given["day"], zone), clock.parse_time(given["starts"])
    at = clock.parse_local(f"{day.isoformat()}T{starts:%H:%M}", zone)
    move_lesson(use.store, use.settings, use.actor, _request(lesson, code), at)


def _request(lesson: Lesson, code: str) -> SessionRequest:
    from core.sessions import SessionRequest

    number = None if lesson.session is None else lesson.session.id
    return SessionRequest(code, at=lesson.starts_at, group_id=lesson.group_id, session_id=number)


def add_days(use: Use, given: Given) -> None:
    """Have no lessons on these days."""
    from core.calendar.holidays import add_holiday

    first, last = _span(use, given)
    add_holiday(use.store, first, last, given["reason"], given["class"] or None)


def delete_days(use: Use, number: int) -> None:
    """Have lessons on them again."""
    from core.calendar.holidays import delete_holiday

    delete_holiday(use.store, number)


def excuse(use: Use, given: Given) -> None:
    """Excuse a student beforehand."""
    from core.calendar.absences import AbsenceRequest, add_absence

    first, last = _span(use, given)
    request = AbsenceRequest(
        given["roll"].strip(), first, last, given["reason"], given["class"] or None, given["status"]
    )
    add_absence(use.store, use.actor, request)


def withdraw(use: Use, number: int) -> None:
    """Withdraw a planned absence."""
    from core.calendar.absences import delete_absence

    delete_absence(use.store, number)


def _weekdays(given: Given) -> tuple[int, ...]:
    return tuple(int(day) for day in given["days"].split(","))


def _span(use: Use, given: Given) -> tuple[date, date]:
    zone = clock.school_zone(use.settings)
    first = clock.parse_day(given["first"], zone)
    return first, optional_day(given["last"], zone) or first
