"""What the timetable says: which lesson is when, and which session was made of it.

A lesson is told by its entry and its day on the school's calendar, never by a moment: so the hour that a clock skips
or repeats makes no lesson vanish or come twice, and a computer whose clock was wrong opens the same session again.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo

from sqlalchemy.orm import Session

from core import clock
from core.errors import ConflictError, InputError, NotFoundError
from core.records import SchoolClass
from core.settings import Settings
from core.store import sessions, timetable
from core.store.sessions import CANCELLED, LOCKED, OPEN, PLANNED, SessionRow
from core.store.timetable import Closure, Schedule

LONGEST_MINUTES = 24 * 60
MOST_WEEKS = 52
CLOCK_PUT_BACK = timedelta(hours=2)
"""So far back a clock that went wrong is followed."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson of the timetable, a session, or both in one.

    day: on the school's calendar; starts_at, ends_at: aware UTC.  state: ``planned`` while no session was made of it,
    else the session's (also ``planned`` for one that was only moved).
    """

    class_id: int
    day: date
    starts_at: datetime
    ends_at: datetime
    state: str
    title: str | None = None
    group_id: int | None = None
    room_id: int | None = None
    schedule_id: int | None = None
    planned_day: date | None = None
    session: SessionRow | None = None


def check_schedule(draft: Schedule) -> Schedule:
    """The entry, if it can be one.  Raises InputError."""
    if not draft.weekdays or not set(draft.weekdays) <= set(range(7)):
        raise InputError("A lesson needs at least one day of the week, like Mon,Wed.")
    if not 1 <= draft.every_weeks <= MOST_WEEKS:
        raise InputError(f"A lesson is every 1 to {MOST_WEEKS} weeks.")
    if not 1 <= draft.minutes < LONGEST_MINUTES:
        raise InputError("A lesson lasts from a minute to less than a day. Write its minutes, like 45.")
    if draft.last_day is not None and draft.last_day < draft.first_day:
        raise InputError(
            f"The last day {draft.last_day} is before the first day {draft.first_day}. Correct one of them."
        )
    return draft


def add_lesson(db: Session, draft: Schedule) -> Schedule:
    """Store a repeating lesson.  Raises InputError, ConflictError when the class has this lesson already."""
    check_schedule(draft)
    for one in timetable.list_schedules(db, [draft.class_id]):
        same = one.group_id == draft.group_id and one.starts == draft.starts
        day = _common_day(one, draft) if same else None
        if day is not None:
            raise ConflictError(
                f"Entry {one.id} of the timetable has a lesson on {day} at {draft.starts:%H:%M} already. "
                "Choose another time or other days, or change it: app.py timetable edit"
            )
    return timetable.add_schedule(db, draft)


def _common_day(one: Schedule, other: Schedule) -> date | None:
    """The first day on which both have a lesson, None when there is none."""
    begin = max(one.first_day, other.first_day)
    # After so many weeks both go on as at the beginning.
    end = begin + timedelta(weeks=math.lcm(one.every_weeks, other.every_weeks))
    others = set(lesson_days(other, begin, end))
    return next((day for day in lesson_days(one, begin, end) if day in others), None)


def lesson_days(schedule: Schedule, first: date, last: date) -> Iterator[date]:
    """The days from ``first`` to ``last``, both included, on which the entry has a lesson; holidays not taken out.

    Weeks are counted from the Monday of the entry's first week.
    """
    begin = max(first, schedule.first_day)
    end = last if schedule.last_day is None else min(last, schedule.last_day)
    monday = _monday(schedule.first_day)
    for number in range((end - begin).days + 1):
        day = begin + timedelta(days=number)
        if day.weekday() in schedule.weekdays and (day - monday).days // 7 % schedule.every_weeks == 0:
            yield day


def change_from(db: Session, changed: Schedule, day: date) -> Schedule:
    """Have a repeating lesson (told by its id) as it is in ``changed`` from this day on; before, it stays as it was.

    The entry that goes on is a new one; sessions that were made already from this day on belong to it.  "Every other
    week" keeps its weeks.  Raises InputError for an entry that cannot be, NotFoundError.
    """
    old = timetable.get_schedule(db, changed.id)
    if day <= old.first_day:
        return timetable.change_schedule(db, check_schedule(changed))
    if old.last_day is not None and old.last_day < day:
        raise InputError(f"Entry {old.id} ended on {old.last_day}, so nothing of it is left to change.")
    weeks = (day - _monday(old.first_day)).days // 7
    # Another rhythm begins in the week of the day; the same one keeps its weeks.
    on_time = changed.every_weeks != old.every_weeks or weeks % old.every_weeks == 0
    first_day = day if on_time else _monday(day) + timedelta(weeks=-weeks % old.every_weeks)
    return timetable.follow_schedule(db, old, check_schedule(replace(changed, first_day=first_day)), day)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def moment_of(day: date, schedule: Schedule, zone: tzinfo | None) -> datetime:
    """When the lesson of this day starts, aware UTC.

    A time that the clock skips on this day is as much later as the clock was moved (02:30 becomes 03:30); of a time
    that comes twice it is the first (PEP 495, fold 0).
    """
    naive = datetime.combine(day, schedule.starts.replace(fold=0))
    aware = naive.replace(tzinfo=zone) if zone else naive.astimezone()
    return aware.astimezone(UTC)


def is_closed(closures: Sequence[Closure], class_id: int, day: date) -> bool:
    """Whether the class has no lessons on this day."""
    return any(one.class_id in (None, class_id) and one.first_day <= day <= one.last_day for one in closures)


def planned_lessons(
    schedules: Sequence[Schedule], closures: Sequence[Closure], first: date, last: date, zone: tzinfo | None
) -> list[Lesson]:
    """The lessons of these entries on the days from ``first`` to ``last``, both included, without holidays."""
    found = []
    for one in schedules:
        for day in lesson_days(one, first, last):
            if not is_closed(closures, one.class_id, day):
                starts_at = moment_of(day, one, zone)
                ends_at = starts_at + timedelta(minutes=one.minutes)
                found.append(
                    Lesson(
                        one.class_id,
                        day,
                        starts_at,
                        ends_at,
                        PLANNED,
                        one.title,
                        one.group_id,
                        one.room_id,
                        one.id,
                        day,
                    )
                )
    return found


def lessons_between(
    db: Session, settings: Settings, first: date, last: date, class_ids: Collection[int] | None = None
) -> list[Lesson]:
    """All lessons on the days from ``first`` to ``last``, both included, by start: planned ones and sessions.

    A planned lesson of which a session was made stands once, as that session, on the day it was held; cancelled
    sessions are in it.
    """
    zone = clock.school_zone(settings)
    schedules = timetable.list_schedules(db, class_ids)
    planned = planned_lessons(schedules, timetable.list_closures(db, first, last), first, last, zone)
    rows = sessions.sessions_on(db, first, last, class_ids, cancelled=True)
    # A lesson that was moved to another day must not stand on its old one too.
    entries = None if class_ids is None else [one.id for one in schedules]
    made = sessions.planned_days(db, first, last, entries) | {(one.schedule_id, one.planned_day) for one in rows}
    lessons = [one for one in planned if (one.schedule_id, one.planned_day) not in made]
    lessons += [lesson_of(row) for row in rows]
    return sorted(lessons, key=lambda one: (one.starts_at, one.class_id, one.session.id if one.session else 0))


def lessons_of_today(
    db: Session, settings: Settings, class_ids: Collection[int] | None = None
) -> tuple[date, list[Lesson]]:
    """The day it is and its lessons, before them those that began on the day before and go on."""
    now = clock.now()
    day = clock.local(now, clock.school_zone(settings)).date()
    found = lessons_between(db, settings, day - timedelta(days=1), day, class_ids)
    return day, [one for one in found if one.day == day or now < one.ends_at]


def lesson_of(row: SessionRow) -> Lesson:
    """A session as a lesson."""
    return Lesson(
        class_id=row.class_id,
        day=row.day,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        state=row.state,
        title=row.title,
        group_id=row.group_id,
        room_id=row.room_id,
        schedule_id=row.schedule_id,
        planned_day=row.planned_day,
        session=row,
    )


def current_lesson(
    db: Session, settings: Settings, class_id: int, now: datetime, group_id: int | None = None
) -> Lesson | None:
    """The class's lesson (with group_id: of that group) that is going on, or starts within the minutes it may be opened
    early, or None.

    Of several the one that started last and is not over; a cancelled one never.
    """
    day = clock.local(now, clock.school_zone(settings)).date()
    early = timedelta(minutes=settings.open_early_minutes)
    # A lesson may have begun before midnight.
    lessons = lessons_between(db, settings, day - timedelta(days=1), day + timedelta(days=1), [class_id])
    fitting = [
        one
        for one in lessons
        if one.state != CANCELLED
        and group_id in (None, one.group_id)
        and (one.starts_at - early <= now < one.ends_at or _before_its_opening(one, now))
    ]
    begun = [one for one in fitting if one.starts_at <= now]
    return begun[-1] if begun else next(iter(fitting), None)


def session_in_hand(
    db: Session, settings: Settings, school_class: SchoolClass, session_id: int | None = None, *, to_mark: bool = False
) -> SessionRow:
    """The session that a person means: with this number, else the one going on, else the latest.

    Raises NotFoundError without one; with ``to_mark`` ConflictError while a lesson goes on that was not opened, so that
    today's marks never come into the register of another day.
    """
    if session_id is not None:
        return sessions.session_of_class(db, school_class, session_id)
    now, code = clock.now(), school_class.code
    lesson = current_lesson(db, settings, school_class.id, now)
    if lesson is not None and lesson.session is not None:
        return lesson.session
    if to_mark and lesson is not None and lesson.starts_at <= now:
        begin = clock.local(lesson.starts_at, clock.school_zone(settings))
        raise ConflictError(
            f"The lesson of {code} at {begin:%H:%M} is not open. Open it: app.py session open {code}; "
            "or name another session with --session."
        )
    latest = sessions.latest_session(db, school_class.id)
    if latest is None:
        raise NotFoundError(f"No lesson of {code} was opened or marked yet. Mark one: app.py mark {code} SOURCE")
    return latest


def _before_its_opening(lesson: Lesson, now: datetime) -> bool:
    """Whether the lesson was opened later than now: the clock was put back meanwhile, and the lesson goes on."""
    row = lesson.session
    if row is None or row.state not in (OPEN, LOCKED):
        return False
    return now < row.opened_at and now < row.starts_at <= now + CLOCK_PUT_BACK
