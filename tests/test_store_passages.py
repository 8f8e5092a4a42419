"""Passages: nothing doubled, nothing missing, nothing negative, whatever the clock and the calendar do."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from core import clock
from core.paths import Home
from core.store import passages, people
from core.store.database import Store, open_store
from core.store.passages import Direction, Passage, Recorded, Seen
from core.store.tables import PassageTable

EIGHT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
DAY = date(2026, 11, 20)
QUIET = 5
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Pacific/Apia",
    "Africa/Cairo",
    "Australia/Lord_Howe",
)
# The hours around changes of the clock, around midnight, and an ordinary morning.
STARTS = st.sampled_from(
    [
        datetime(2026, 3, 28, 22, 0, tzinfo=UTC),
        datetime(2026, 10, 24, 22, 0, tzinfo=UTC),
        datetime(2026, 11, 1, 4, 0, tzinfo=UTC),
        datetime(2026, 4, 23, 20, 0, tzinfo=UTC),
        datetime(2026, 4, 4, 14, 0, tzinfo=UTC),
        EIGHT,
    ]
)
STEPS = st.lists(st.integers(0, 40 * 60), min_size=1, max_size=12)


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with open_store(home) as store:
        with store.transaction() as db:
            for roll in ("R1", "R2"):
                people.add_student(db, roll, f"Student {roll}")
        yield store


_kept: list[tempfile.TemporaryDirectory] = []


@contextmanager
def one_student() -> Iterator[tuple[Session, int]]:
    """A student nobody saw; one store serves all examples, of which none is kept."""
    if not _kept:
        _kept.append(tempfile.TemporaryDirectory(prefix="rollcall-passages-", ignore_cleanup_errors=True))
    home = Home(Path(_kept[0].name))
    home.create()

    class Undo(Exception):
        pass

    with open_store(home) as store:
        try:
            with store.transaction() as db:
                yield db, people.add_student(db, "R1", "Ada").id
                raise Undo
        except Undo:
            pass


def seen(student_id: int, at: datetime, direction: Direction = "both", **more: object) -> Seen:
    picture = more.pop("picture", at.isoformat().encode())
    return Seen(student_id, at, str(more.pop("camera", "gate")), direction, 0.9, picture, **more)  # type: ignore[arg-type]


def at(minutes: float) -> datetime:
    return EIGHT + timedelta(minutes=minutes)


def record(db: Session, student_id: int, moments: Sequence[datetime], zone: tzinfo = UTC) -> list[Recorded]:
    return [passages.record_sighting(db, seen(student_id, one), QUIET, zone) for one in moments]


def test_a_second_sighting_within_the_quiet_minutes_only_widens(store: Store) -> None:
    with store.transaction() as db:
        told = record(db, 1, [at(0), at(3), at(7.5), at(12.5), at(20)])
        assert [one.new for one in told] == [True, False, False, False, True]
        assert [one.first_of_day for one in told] == [True, True, True, True, False]
        first, second = passages.events_of(db, 1, DAY, DAY)
        assert (first.first_at, first.last_at) == (at(0), at(12.5))
        assert (second.first_at, second.last_at) == (at(20), at(20))
        pictures = passages.pictures_of(db, [first.id, second.id])
    # Each with its picture: the first of the one, the last of the other.
    assert pictures[first.id] == (at(0).isoformat().encode(), at(12.5).isoformat().encode())
    assert pictures[second.id] == (at(20).isoformat().encode(),) * 2


def test_another_camera_of_the_same_way_is_the_same_passage_but_not_another_way(store: Store) -> None:
    with store.transaction() as db:
        passages.record_sighting(db, seen(1, at(0), "in", camera="gate"), QUIET, UTC)
        again = passages.record_sighting(db, seen(1, at(1), "in", camera="hall"), QUIET, UTC)
        out = passages.record_sighting(db, seen(1, at(2), "out", camera="gate"), QUIET, UTC)
        other = passages.record_sighting(db, seen(2, at(2), "in"), QUIET, UTC)
    assert (again.new, again.passage.camera) == (False, "gate")
    assert (out.new, out.first_of_day) == (True, False)
    assert (other.new, other.first_of_day) == (True, True)


def test_what_comes_late_or_from_a_clock_that_was_set_back_moves_nothing_backwards(store: Store) -> None:
    with store.transaction() as db:
        record(db, 1, [at(10), at(12)])
        for earlier in (at(11), at(8), at(5)):
            [told] = record(db, 1, [earlier])
            assert not told.new
            assert (told.passage.first_at, told.passage.last_at) == (at(10), at(12))
        # Far away it is another passage in its own place, as of a recording that is played later.
        [morning] = record(db, 1, [at(-60)])
        assert (morning.new, morning.first_of_day) == (True, True)
        [day] = passages.days_of(db, DAY, DAY, [1])
    assert (day.arrival.at, day.last.at, day.passages) == (at(-60), at(12), 2)


def test_a_long_look_is_one_passage_even_without_quiet_minutes(store: Store) -> None:
    with store.transaction() as db:
        for end in (1, 2, 3):
            told = passages.record_sighting(db, seen(1, at(end), since=at(0)), 0, UTC)
        assert (told.new, told.passage.first_at, told.passage.last_at) == (False, at(0), at(3))


def test_at_midnight_a_new_passage_begins(store: Store) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    midnight = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
    with store.transaction() as db:
        told = record(db, 1, [midnight - timedelta(minutes=1), midnight + timedelta(minutes=1)], berlin)
        assert [(one.new, one.first_of_day) for one in told] == [(True, True), (True, True)]
        assert [one.passage.day for one in told] == [date(2026, 11, 20), date(2026, 11, 21)]
        # A look that goes on over midnight is cut there.
        late = seen(2, midnight + timedelta(seconds=30), since=midnight - timedelta(seconds=30))
        cut = passages.record_sighting(db, late, QUIET, berlin).passage
    assert (cut.day, cut.first_at) == (date(2026, 11, 21), midnight)


def test_a_day_has_its_arrival_its_departure_and_the_time_there(store: Store) -> None:
    def told(student_id: int, *passed: tuple[float, Direction]) -> passages.PersonDay:
        with store.transaction() as db:
            for minutes, direction in passed:
                passages.record_sighting(db, seen(student_id, at(minutes), direction), QUIET, UTC)
            [day] = passages.days_of(db, DAY, DAY, [student_id])
        return day

    day = told(1, (0, "both"))
    assert (day.arrival.at, day.departure, day.present_s) == (at(0), None, 0)
    day = told(1, (240, "both"))
    assert day.departure is not None
    assert (day.departure.at, day.present_s) == (at(240), 240 * 60)
    # Out at noon and in again an hour later: that hour was not spent here.
    day = told(2, (0, "in"), (240, "out"), (300, "in"))
    assert (day.departure, day.present_s) == (None, 240 * 60)
    day = told(2, (420, "out"))
    assert day.departure is not None
    assert (day.departure.at, day.present_s, day.passages) == (at(420), (240 + 120) * 60, 4)


def test_the_last_events_come_newest_first(store: Store) -> None:
    with store.transaction() as db:
        for i in range(7):
            record(db, 1 + i % 2, [at(30 * i)])
        assert [one.first_at for one in passages.last_events(db)] == [at(30 * i) for i in (6, 5, 4, 3, 2)]
        assert [one.roll for one in passages.last_events(db, 2)] == ["R1", "R2"]
        assert passages.events_of(db, 1, DAY + timedelta(days=1), DAY + timedelta(days=9)) == []
        everybody = passages.days_of(db, DAY, DAY)
    assert [one.student_id for one in everybody] == [1, 2]


def test_a_way_that_is_none_is_a_bug(store: Store) -> None:
    with pytest.raises(ValueError, match="direction"), store.transaction() as db:
        passages.record_sighting(db, seen(1, at(0), "up"), QUIET, UTC)  # type: ignore[arg-type]


def test_an_erased_student_s_passages_and_pictures_are_gone(store: Store) -> None:
    with store.transaction() as db:
        record(db, 1, [at(0)])
        record(db, 2, [at(0)])
        people.delete_student(db, "R1")
        assert [row.student_id for row in db.query(PassageTable)] == [2]


def expected(moments: Sequence[datetime], zone: tzinfo) -> list[tuple[datetime, datetime]]:
    """The plain way: a gap of more than the quiet minutes, or another day, begins a passage."""
    found: list[list[datetime]] = []
    for moment in moments:
        same = found and clock.local(found[-1][-1], zone).date() == clock.local(moment, zone).date()
        if same and moment - found[-1][-1] <= timedelta(minutes=QUIET):
            found[-1].append(moment)
        else:
            found.append([moment])
    return [(one[0], one[-1]) for one in found]


@settings(max_examples=60)
@given(start=STARTS, steps=STEPS, name=st.sampled_from(ZONES))
def test_in_order_passages_are_what_the_gaps_say(start: datetime, steps: list[int], name: str) -> None:
    zone = ZoneInfo(name)
    moments = [start + timedelta(seconds=sum(steps[: i + 1])) for i in range(len(steps))]
    with one_student() as (db, student):
        told = record(db, student, moments, zone)
        found = passages.events_of(db, student, date.min, date.max)
        assert [(one.first_at, one.last_at) for one in found] == expected(moments, zone)
        assert sum(one.new for one in told) == len(found)
        check_days(db, student, found, moments, zone)
        # The same once more, as a recording that is played twice, adds nothing.
        assert not any(one.new for one in record(db, student, moments, zone))
        assert passages.events_of(db, student, date.min, date.max) == found


@settings(max_examples=60)
@given(
    start=STARTS, steps=st.lists(st.integers(-90 * 60, 90 * 60), min_size=1, max_size=12), name=st.sampled_from(ZONES)
)
def test_whatever_the_clock_does_everybody_is_in_and_nothing_is_negative(
    start: datetime, steps: list[int], name: str
) -> None:
    zone = ZoneInfo(name)
    moments = [start + timedelta(seconds=sum(steps[: i + 1])) for i in range(len(steps))]
    with one_student() as (db, student):
        record(db, student, moments, zone)
        found = passages.events_of(db, student, date.min, date.max)
        check_days(db, student, found, moments, zone)
        assert len({one.first_at for one in found}) == len(found) <= len(moments)
        before = found
        assert not any(one.new for one in record(db, student, sorted(moments), zone))
        # Only the end of a passage may have moved, and only forwards.
        after = passages.events_of(db, student, date.min, date.max)
        assert [one.first_at for one in after] == [one.first_at for one in before]
        assert all(new.last_at >= old.last_at for new, old in zip(after, before, strict=True))


def check_days(db: Session, student: int, found: Sequence[Passage], moments: Sequence[datetime], zone: tzinfo) -> None:
    quiet = timedelta(minutes=QUIET)
    for one in found:
        assert one.first_at <= one.last_at
        assert clock.local(one.first_at, zone).date() == one.day == clock.local(one.last_at, zone).date()
    for moment in moments:
        day = clock.local(moment, zone).date()
        assert any(one.day == day and one.first_at - quiet <= moment <= one.last_at + quiet for one in found), (
            "a sighting is missing"
        )
    days = passages.days_of(db, date.min, date.max, [student])
    assert [one.day for one in days] == sorted({clock.local(one, zone).date() for one in moments})
    for day in days:
        assert day.arrival.at <= day.last.at
        assert 0 <= day.present_s <= 25 * 3600
        assert day.present_s == (day.last.at - day.arrival.at).total_seconds()
