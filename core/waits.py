"""How long to wait before something is done again: after it failed, or because it takes its time."""

import random

FIRST_S, LONGEST_S = 1.0, 30.0
JITTER = 0.2
"""Each wait is up to this share shorter or longer."""


class Waits:
    """How long to leave something alone before it is tried again: 1, 2, 4 … 30 s, until it worked.

    Each is a little off, so that not all computers try at the same moment.
    """

    def __init__(self, first_s: float = FIRST_S, longest_s: float = LONGEST_S) -> None:
        self._first_s, self._longest_s = first_s, longest_s
        self._next_s = first_s

    def next_s(self) -> float:
        """Seconds to wait before the next try."""
        wait_s = self._next_s * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret
        self._next_s = min(2 * self._next_s, self._longest_s)
        return min(wait_s, self._longest_s)

    def rewarded(self) -> None:
        """It worked: next time it is tried soon again."""
        self._next_s = self._first_s


class Share:
    """Work that is done again and again, and may take a share of the time."""

    def __init__(self, one_of: float, ahead_s: float, now_s: float) -> None:
        """one_of: so many seconds give it one; ahead_s: so much it may take ahead.  now_s: as in :meth:`rest`."""
        self._one_of, self._most_s, self._ahead_s, self._now_s = one_of, ahead_s, ahead_s, now_s

    def rest(self, took_s: float, now_s: float) -> float:
        """Seconds to wait after it took ``took_s`` until ``now_s`` of a clock that only goes on; none below 0."""
        earned_s, self._now_s = (now_s - self._now_s) / self._one_of, now_s
        self._ahead_s = min(self._most_s, self._ahead_s + earned_s) - took_s
        return -self._ahead_s * self._one_of
