"""Reading ahead keeps order, bounds and errors."""

import threading
from collections.abc import Iterator

import pytest

from core.vision.ahead import read_ahead


def counted(until: int, made: list[int]) -> Iterator[int]:
    for number in range(until):
        made.append(number)
        yield number


def test_everything_comes_in_order() -> None:
    assert list(read_ahead(iter(range(100)), 3)) == list(range(100))
    assert list(read_ahead(iter(()), 3)) == []


def test_no_more_than_the_depth_is_made_ahead() -> None:
    made: list[int] = []
    for number in read_ahead(counted(50, made), 4):
        assert len(made) <= number + 1 + 4
    assert made == list(range(50))


def test_an_error_comes_where_its_item_would_have_come() -> None:
    def broken() -> Iterator[int]:
        yield 1
        yield 2
        raise ZeroDivisionError

    items = read_ahead(broken(), 5)
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(ZeroDivisionError):
        next(items)


def test_stopping_early_stops_the_thread() -> None:
    made: list[int] = []
    before = threading.active_count()
    items = read_ahead(counted(10_000, made), 2)
    assert next(items) == 0
    items.close()  # type: ignore[attr-defined]
    assert len(made) <= 5
    assert threading.active_count() == before
