"""Working ahead in a thread: the next items are fetched while the last one is being used."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class _End:
    """What comes after the last item."""


_END = _End()


def read_ahead(items: Iterator[T], depth: int) -> Iterator[T]:
    """``items`` in their order, of which a thread holds up to ``depth`` ready.

    An error of ``items`` is raised where its item would have come.  Whoever stops early closes this generator, which
    waits for the one item that is being fetched and fetches no more.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="reading") as pool:
        waiting: deque[Future[T | _End]] = deque(pool.submit(next, items, _END) for _ in range(depth))
        try:
            while True:
                item = waiting.popleft().result()
                if isinstance(item, _End):
                    return
                waiting.append(pool.submit(next, items, _END))
                yield item
        finally:
            for one in waiting:
                one.cancel()
