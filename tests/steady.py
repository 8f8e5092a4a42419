"""A clock for what a test may take, which a busy machine does not make run faster."""

import time
from pathlib import Path

_QUEUED = Path("/proc/thread-self/schedstat")


def steady_s() -> float:
    """Seconds in which this thread worked or waited for something.

    Where the system tells (Linux), it stands still while the processor is busy with other programs.
    """
    try:
        queued_s = int(_QUEUED.read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        queued_s = 0.0
    return time.monotonic() - queued_s
