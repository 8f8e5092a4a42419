"""Lessons of the timetable: which days, which moments, and that no clock doubles or swallows one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import clock
from core.calendar.entries import EntryChange, change_entry
from core.calendar.lessons import list_today
from core.errors import ConflictError, InputError, NotFoundError
from core.paths import Home
from core.sessions import SessionRequest, cancel_lesson, hold_lesson, move_lesson, open_session
from core.settings import Settings
from core.store import groups, people, sessions, timetable
from core.store.database import Store, open_store
from core.store.tables import GroupTable
from core.store.timetable import Closure, Schedule
from core.timetable import (
    add_lesson,
    change_from,
    check_schedule,
    current_lesson,
    lesson_days,
    lessons_between,
    moment_of,
    planned_lessons,
)
from core.today import today
from tests.store_support import TEACHER, begin_session

MONDAY = date(2026, 11, 16)
ZONES = (
    "UTC",
    "Asia/Kolkata",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Africa/Cairo",  # the clock skips midnight
    "America/Santiago",  # so it does here, at 24:00
    "Pacific/Apia",  # skipped a whole day in 2011
    "Asia/Kathmandu",
)


def entry(**more: object) -> Schedule:
    standard: dict[str, object] = {
        "id": 1,
        "class_id": 1,
        "first_day": MONDAY,
        "last_day": None,
        "weekdays": (0, 2),
        "starts": time(9),
        "minutes": 45,
    }
    return Schedule(**{**standard, **more})  # type: ignore[arg-type]


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with open_store(home) as store:
        with store.transaction() as db:
            people.add_class(db, "CS101", "Programming", "Grace Hopper")
        yield store


def test_every_other_week_counts_from_the_week_of_the_first_day() -> None:
    # The first day is a Thursday: its week's Monday is over, the next one is in the week that is left out.
    days = list(
        lesson_days(entry(first_day=date(2026, 11, 19), weekdays=(0, 3), every_weeks=2), MONDAY, date(2026, 12, 6))
    )
    assert days == [date(2026, 11, 19), date(2026, 11, 30), date(2026, 12, 3)]


def test_the_last_day_is_a_lesson_and_nothing_after_it() -> None:
    days = list(lesson_days(entry(last_day=date(2026, 11, 23)), date(2020, 1, 1), date(2030, 1, 1)))
    assert days == [MONDAY, date(2026, 11, 18), date(2026, 11, 23)]


def test_holidays_of_the_school_and_of_one_class() -> None:
    every = entry(weekdays=tuple(range(7)))
    closures = [
        Closure(1, None, date(2026, 11, 17), date(2026, 11, 18), "festival"),
        Closure(2, 1, date(2026, 11, 20), date(2026, 11, 20), "exam"),
        Closure(3, 2, date(2026, 11, 21), date(2026, 11, 21), "another class"),
    ]
    found = [one.day.day for one in planned_lessons([every], closures, MONDAY, MONDAY + timedelta(days=6), UTC)]
    assert found == [16, 19, 21, 22]


@pytest.mark.parametrize(
    "wrong",
    [{"weekdays": ()}, {"weekdays": (7,)}, {"every_weeks": 0}, {"minutes": 0}, {"minutes": 1440},
     {"last_day": MONDAY - timedelta(days=1)}],
)  # fmt: skip
def test_an_entry_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        check_schedule(entry(**wrong))


def test_the_hour_that_is_skipped_and_the_hour_that_comes_twice() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    early = entry(starts=time(2, 30))
    assert moment_of(date(2026, 3, 29), early, berlin) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # shown as 03:30
    assert moment_of(date(2026, 10, 25), early, berlin) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # the first 02:30


@settings(max_examples=150)
@given(
    zone=st.sampled_from(ZONES),
    first=st.dates(date(2010, 1, 1), date(2035, 1, 1)),
    length=st.integers(1, 400),
    starts=st.times(),
    minutes=st.integers(1, 1439),
    weekdays=st.sets(st.integers(0, 6), min_size=1),
    every=st.integers(1, 5),
)
def test_no_clock_doubles_or_swallows_a_lesson(
    zone: str, first: date, length: int, starts: time, minutes: int, weekdays: set[int], every: int
) -> None:
    one = entry(
        first_day=first,
        last_day=first + timedelta(days=length),
        starts=starts.replace(microsecond=0),
        minutes=minutes,
        weekdays=tuple(weekdays),
        every_weeks=every,
    )
    place = ZoneInfo(zone)
    lessons = planned_lessons([one], [], first - timedelta(days=30), first + timedelta(days=500), place)
    monday = first - timedelta(days=first.weekday())
    expected = [
        day
        for day in (first + timedelta(days=i) for i in range(length + 1))
        if day.weekday() in weekdays and ((day - timedelta(days=day.weekday()) - monday).days // 7) % every == 0
    ]
    assert [lesson.planned_day for lesson in lessons] == expected
    assert all(lesson.ends_at - lesson.starts_at == timedelta(minutes=minutes) for lesson in lessons)
    # On the wall it is the time that was asked for, but for the hours (Apia: the day) that the clock skips.
    for lesson in lessons:
        wall = lesson.starts_at.astimezone(place).replace(tzinfo=None)
        asked = datetime.combine(lesson.day, one.starts.replace(fold=0))
        assert wall == asked or timedelta(0) < wall - asked <= timedelta(days=1)
    # Asked for day by day, it is the same: no midnight lies between two questions.
    single = [
        (lesson.schedule_id, lesson.planned_day)
        for day in expected
        for lesson in planned_lessons([one], [], day, day, place)
    ]
    assert single == [(1, day) for day in expected]


@settings(max_examples=25)
@given(
    zone=st.sampled_from(ZONES),
    starts=st.sampled_from([time(0), time(0, 30), time(2, 30), time(9), time(23, 45)]),
    steps=st.lists(st.integers(-180, 240), min_size=2, max_size=6),
    data=st.data(),
)
def test_a_moved_clock_opens_the_same_session(
    tmp_path_factory: pytest.TempPathFactory, zone: str, starts: time, steps: list[int], data: st.DataObject
) -> None:
    """However the computer's clock jumps within the lessons, each lesson of the timetable is one session."""
    school = Settings(time_zone=zone)
    day = data.draw(st.sampled_from([date(2026, 3, 29), date(2026, 10, 25), date(2026, 9, 6), date(2026, 4, 24)]))
    with pytest.MonkeyPatch.context() as patch, open_store(Home(tmp_path_factory.mktemp("home"))) as store:
        with store.transaction() as db:
            class_id = people.add_class(db, "C", "Class").id
            made = timetable.add_schedule(
                db, entry(class_id=class_id, first_day=day, weekdays=tuple(range(7)), starts=starts, minutes=180)
            )
        begin = moment_of(day, made, ZoneInfo(zone))
        opened = []
        for step in (0, *steps):
            now = begin + timedelta(minutes=step)
            patch.setattr(clock, "now", lambda now=now: now)
            with store.read() as db:
                lesson = current_lesson(db, school, class_id, now)
            if lesson is not None:
                opened.append((lesson.planned_day, open_session(store, school, TEACHER, SessionRequest("C")).id))
        numbers = dict(opened)
        assert all(numbers[planned] == number for planned, number in opened)
        assert len(set(numbers.values())) == len(numbers)
        with store.read() as db:
            rows = sessions.sessions_on(db, day - timedelta(days=3), day + timedelta(days=3))
        assert len(rows) == len(numbers)


def test_planned_lessons_and_sessions_stand_once_each(store: Store) -> None:
    school = Settings(time_zone="Asia/Kolkata")
    with store.transaction() as db:
        timetable.add_schedule(db, entry())
        timetable.add_schedule(db, entry(starts=time(14), title="Laboratory"))
    nine = datetime(2026, 11, 16, 3, 30, tzinfo=UTC)
    session = open_session(store, school, TEACHER, SessionRequest("cs101", at=nine))
    own = open_session(store, school, TEACHER, SessionRequest("CS101", at=nine + timedelta(hours=9), title="Extra"))
    assert (session.schedule_id, session.planned_day, session.teacher) == (1, MONDAY, "Grace Hopper")
    assert session.ends_at - session.starts_at == timedelta(minutes=45)
    assert (own.schedule_id, own.title) == (None, "Extra")
    with store.read() as db:
        found = lessons_between(db, school, MONDAY, MONDAY + timedelta(days=2))
    assert [(one.day.day, one.starts_at.hour, one.state, one.title) for one in found] == [
        (16, 3, "open", None),
        (16, 8, "planned", "Laboratory"),
        (16, 12, "open", "Extra"),
        (18, 3, "planned", None),
        (18, 8, "planned", "Laboratory"),
    ]
    assert open_session(store, school, TEACHER, SessionRequest("CS101", at=nine)).id == session.id


def test_a_moved_lesson_leaves_its_old_day_and_a_cancelled_one_is_not_held(store: Store) -> None:
    school = Settings(time_zone="UTC")
    with store.transaction() as db:
        timetable.add_schedule(db, entry())
    monday, wednesday = (datetime(2026, 11, day, 9, tzinfo=UTC) for day in (16, 18))
    moved = move_lesson(
        store, school, TEACHER, SessionRequest("CS101", at=monday), datetime(2026, 11, 17, 23, 30, tzinfo=UTC)
    )
    assert (moved.day, moved.planned_day, moved.ends_at.hour) == (date(2026, 11, 17), MONDAY, 0)
    cancel_lesson(store, school, TEACHER, SessionRequest("CS101", at=wednesday))
    with store.read() as db:
        found = lessons_between(db, school, MONDAY, MONDAY + timedelta(days=4))
        assert [(one.day.day, one.state) for one in found] == [(17, "planned"), (18, "cancelled")]
        assert lessons_between(db, school, MONDAY, MONDAY) == []
        late = datetime(2026, 11, 18, 0, 5, tzinfo=UTC)
        assert current_lesson(db, school, 1, late) == found[0]
        assert current_lesson(db, school, 1, wednesday) is None


def test_a_lesson_may_be_opened_a_little_early_and_the_later_of_two_counts(store: Store) -> None:
    school = Settings(time_zone="UTC", open_early_minutes=10)
    with store.transaction() as db:
        timetable.add_schedule(db, entry(minutes=60))
        timetable.add_schedule(db, entry(starts=time(9, 30), minutes=60, title="Second"))
    nine = datetime(2026, 11, 16, 9, tzinfo=UTC)
    with store.read() as db:

        def now(minutes: int) -> str | None:
            found = current_lesson(db, school, 1, nine + timedelta(minutes=minutes))
            return None if found is None else found.title or "First"

        assert [now(minutes) for minutes in (-11, -10, 0, 29, 30, 65, 90)] == [
            *(None, "First", "First", "First", "Second", "Second", None)
        ]


def test_a_clock_that_is_put_back_makes_no_second_session(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    school = Settings(time_zone="UTC")
    ten = datetime(2026, 11, 16, 10, tzinfo=UTC)
    numbers = []
    for minutes in (0, -20, -100, 5, -130):
        monkeypatch.setattr(clock, "now", lambda minutes=minutes: ten + timedelta(minutes=minutes))
        numbers.append(open_session(store, school, TEACHER, SessionRequest("CS101")).id)
    assert numbers[:4] == [numbers[0]] * 4
    assert numbers[4] != numbers[0]  # A clock that was wrong by hours is believed when it is right again.


def test_two_groups_have_their_lessons_at_once(store: Store) -> None:
    school = Settings(time_zone="UTC")
    nine = datetime(2026, 11, 16, 9, tzinfo=UTC)
    with store.transaction() as db:
        db.add_all([GroupTable(id=one, class_id=1, name=f"G{one}", name_key=f"g{one}") for one in (1, 2)])
        db.flush()
        for group in (1, 2):
            timetable.add_schedule(db, entry(group_id=group))
    with store.read() as db:
        assert [current_lesson(db, school, 1, nine, group).group_id for group in (1, 2)] == [1, 2]  # type: ignore[union-attr]
    first = open_session(store, school, TEACHER, SessionRequest("CS101", at=nine, group_id=1))
    second = open_session(store, school, TEACHER, SessionRequest("CS101", at=nine, group_id=2))
    assert (first.group_id, second.group_id) == (1, 2)
    assert first.schedule_id != second.schedule_id


def test_a_change_of_the_timetable_leaves_what_was_and_keeps_the_weeks(store: Store) -> None:
    school = Settings(time_zone="UTC")
    fortnightly = entry(weekdays=(0,), every_weeks=2)
    with store.transaction() as db:
        timetable.add_schedule(db, fortnightly)
    # The second lesson is on the 30th; its session is open before the timetable is changed from the 24th on.
    made = open_session(store, school, TEACHER, SessionRequest("CS101", at=datetime(2026, 11, 30, 9, tzinfo=UTC)))
    with store.transaction() as db:
        changed = change_from(db, entry(weekdays=(0, 1), every_weeks=2, starts=time(11)), date(2026, 11, 24))
        found = lessons_between(db, school, MONDAY, date(2026, 12, 20))
        assert changed.first_day == date(2026, 11, 30)
    assert [(one.day.isoformat()[5:], one.starts_at.hour, one.schedule_id) for one in found] == [
        *(("11-16", 9, 1), ("11-30", 9, 2), ("12-01", 11, 2), ("12-14", 11, 2), ("12-15", 11, 2))
    ]
    assert found[1].session is not None
    assert found[1].session.id == made.id
    with store.transaction() as db, pytest.raises(InputError, match="ended on"):
        change_from(db, fortnightly, date(2026, 12, 1))


def test_another_rhythm_begins_in_the_week_it_was_asked_for(store: Store) -> None:
    with store.transaction() as db:
        made = timetable.add_schedule(db, entry(weekdays=(0,), every_weeks=2))
        # The 23rd is in a week off; from then on every week.
        weekly = change_from(db, replace(made, every_weeks=1), date(2026, 11, 23))
        assert (weekly.first_day, weekly.every_weeks) == (date(2026, 11, 23), 1)
        third = change_from(db, replace(weekly, every_weeks=3), date(2026, 12, 7))
        found = list(lesson_days(third, date(2026, 12, 1), date(2027, 1, 5)))
    assert found == [date(2026, 12, 7), date(2026, 12, 28)]


def test_end_group_and_weeks_of_an_entry_can_be_changed_later(store: Store) -> None:
    with store.transaction() as db:
        name = groups.add_group(db, people.get_class(db, "CS101").id, "Lab A").name
        number = timetable.add_schedule(db, entry(weekdays=(0,), last_day=date(2026, 12, 31))).id
    first = entry().first_day
    change = EntryChange(no_end=True, group=name, every_weeks=2)
    made = change_entry(store, number, change, first)
    assert (made.group, made.schedule.last_day, made.schedule.every_weeks) == ("Lab A", None, 2)
    back = change_entry(store, number, EntryChange(group="", last_day=date(2027, 1, 4)), first)
    assert (back.group, back.schedule.last_day, back.schedule.every_weeks) == (None, date(2027, 1, 4), 2)
    with pytest.raises(InputError, match="every 1 to"):
        change_entry(store, number, EntryChange(every_weeks=0), first)
    with pytest.raises(NotFoundError):
        change_entry(store, number, EntryChange(group="nobody"), first)


def test_a_cancelled_lesson_takes_place_after_all(store: Store) -> None:
    school = Settings(time_zone="UTC")
    with store.transaction() as db:
        timetable.add_schedule(db, entry(weekdays=(0,)))
    nine = SessionRequest("CS101", at=datetime(2026, 11, 30, 9, tzinfo=UTC))
    gone = cancel_lesson(store, school, TEACHER, nine)
    assert gone.state == "cancelled"
    assert hold_lesson(store, school, TEACHER, gone.id).state == "planned"
    with pytest.raises(ConflictError, match="takes place anyway"):
        hold_lesson(store, school, TEACHER, gone.id)
    opened = open_session(store, school, TEACHER, nine)
    assert (opened.id, opened.state) == (gone.id, "open")


def test_no_lesson_stands_in_the_timetable_twice(store: Store) -> None:
    with store.transaction() as db:
        group = groups.add_group(db, 1, "Lab A").id
        fortnight = add_lesson(db, entry(every_weeks=2))
        add_lesson(db, entry(every_weeks=2, first_day=MONDAY + timedelta(weeks=1)))
        add_lesson(db, entry(group_id=group))
        add_lesson(db, entry(starts=time(10)))
        add_lesson(db, entry(weekdays=(3,)))
        with pytest.raises(ConflictError, match=f"Entry {fortnight.id} .* 2026-12-02 at 09:00"):
            add_lesson(db, entry(weekdays=(2,), every_weeks=4, first_day=date(2026, 12, 1)))
        timetable.end_schedule(db, fortnight.id, MONDAY)
        add_lesson(db, entry(weekdays=(2,), every_weeks=2, first_day=MONDAY + timedelta(days=1)))


def test_the_same_holidays_are_not_stored_twice(store: Store) -> None:
    with store.transaction() as db:
        timetable.add_closure(db, MONDAY, MONDAY, "Festival")
        timetable.add_closure(db, MONDAY, MONDAY, "Trip", 1)
        for class_id in (None, 1):
            with pytest.raises(ConflictError, match="already"):
                timetable.add_closure(db, MONDAY, MONDAY, "Feast", class_id)


def test_a_lesson_over_midnight_is_one_of_today_until_it_ends(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    utc, midnight = Settings(time_zone="UTC"), datetime(2026, 11, 17, tzinfo=UTC)
    with store.transaction() as db:
        over, late = (begin_session(db, 1, midnight - timedelta(minutes=one)) for one in (95, 10))
        morning = begin_session(db, 1, midnight + timedelta(hours=9))
    for minutes, expected in ((-1, (over, late)), (0, (late, morning)), (79, (late, morning)), (80, (morning,))):
        monkeypatch.setattr(clock, "now", lambda minutes=minutes: midnight + timedelta(minutes=minutes))
        found = today(store, utc)
        assert found.day == date(2026, 11, 16 if minutes < 0 else 17)
        assert tuple(one.lesson.session for one in found.lessons) == expected
        assert [one.lesson.session for one in found.lessons if one.is_now] == [late] * (minutes < 80)
        assert tuple(one.lesson.session for one in list_today(store, utc).rows) == expected
