"""Times: the school's clock in, UTC inside, the school's clock out."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.errors import InputError
from core.settings import Settings

BERLIN = ZoneInfo("Europe/Berlin")


def test_now_is_aware_and_whole_seconds() -> None:
    moment = clock.now()
    assert moment.utcoffset() == timedelta(0)
    assert moment.microsecond == 0


def test_the_school_s_zone() -> None:
    assert clock.school_zone(Settings(time_zone=None)) is None
    assert clock.school_zone(Settings(time_zone="Asia/Kolkata")) == ZoneInfo("Asia/Kolkata")


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2026-11-21T09:00", "Asia/Kolkata", "2026-11-21T03:30"),
        (" 2026-11-21 09:00:30.9 ", "Asia/Kathmandu", "2026-11-21T03:15:30"),
        ("2026-01-10T09:00", "Europe/Berlin", "2026-01-10T08:00"),
        ("2026-07-10T09:00", "Europe/Berlin", "2026-07-10T07:00"),
        ("2026-11-21T09:00+02:00", "Asia/Kolkata", "2026-11-21T07:00"),
        ("2026-11-21T09:00Z", "Asia/Kolkata", "2026-11-21T09:00"),
        ("2026-11-21", "UTC", "2026-11-21T00:00"),
    ],
)
def test_local_times_become_utc(text: str, zone: str, utc: str) -> None:
    assert clock.parse_local(text, ZoneInfo(zone)) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_the_hour_that_does_not_exist_is_read_as_an_hour_later() -> None:
    moment = clock.parse_local("2026-03-29T02:30", BERLIN)
    assert clock.local(moment, BERLIN).strftime("%H:%M") == "03:30"


def test_the_hour_that_comes_twice_is_the_first_unless_its_offset_is_given() -> None:
    first = clock.parse_local("2026-10-25T02:30", BERLIN)
    second = clock.parse_local("2026-10-25T02:30+01:00", BERLIN)
    assert second - first == timedelta(hours=1)
    assert {clock.local(one, BERLIN).strftime("%H:%M") for one in (first, second)} == {"02:30"}


def test_without_a_zone_the_computer_s_own_is_used() -> None:
    moment = clock.parse_local("2026-11-21T09:00", None)
    assert moment.utcoffset() == timedelta(0)
    assert clock.local(moment, None).strftime("%Y-%m-%d %H:%M") == "2026-11-21 09:00"


@pytest.mark.parametrize("text", ["", "tomorrow", "09:00", "2026-13-01T09:00", "2026-02-30", "21.11.2026", "\x00", "٣"])
def test_nonsense_gives_a_sentence(text: str) -> None:
    with pytest.raises(InputError, match="is not a date and time"):
        clock.parse_local(text, BERLIN)


@pytest.mark.parametrize("zone", [None, ZoneInfo("Asia/Kolkata"), ZoneInfo("America/New_York")])
@pytest.mark.parametrize("text", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"])
def test_the_ends_of_time_give_a_sentence(text: str, zone: ZoneInfo | None) -> None:
    with pytest.raises(InputError, match="too far away"):
        clock.parse_local(text, zone)


@given(st.text(max_size=30) | st.datetimes().map(str))
def test_any_text_gives_a_moment_or_a_sentence(text: str) -> None:
    for zone in (None, BERLIN):
        with suppress(InputError):
            assert clock.parse_local(text, zone).utcoffset() == timedelta(0)
