"""Lessons of the timetable: which days, which moments, and that no clock doubles or swallows one."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import clock
from core.errors import InputError
from core.paths import Home
from core.sessions import SessionRequest, cancel_lesson, move_lesson, open_session
from core.settings import Settings
from core.store import people, sessions, timetable
from core.store.database import Store, open_store
from core.store.tables import GroupTable
from core.store.timetable import Closure, Schedule
from core.timetable import (
    change_from,
    check_schedule,
    current_lesson,
    lesson_days,
    lessons_between,
    moment_of,
    planned_lessons,
)
from tests.store_support import TEACHER

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


@settings(max_examples=150, deadline=None)
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


@settings(max_examples=25, deadline=None)
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
