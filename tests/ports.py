"""Ports for servers of tests, where neither the system nor other tests take one away between choosing and binding."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

HERE = "127.0.0.1"
FIRST, LAST = 10_000, 19_000
"""Below what Linux, macOS and Windows hand out to whoever connects; the portals of tests begin above."""
STRIDE = 97


@contextmanager
def taken(first: int, count: int = 1) -> Iterator[None]:
    """So many ports in a row that another program has.  Raises OSError when one is taken already."""
    with ExitStack() as held:
        for port in range(first, first + count):
            held.enter_context(socket.create_server((HERE, port)))
        yield


def free_ports(count: int = 1) -> int:
    """The first of so many free ports in a row; each process begins to look elsewhere."""
    span = LAST - FIRST
    for step in range(0, span, count):
        first = FIRST + (os.getpid() * STRIDE + step) % span
        try:
            with taken(first, count):
                return first
        except OSError:
            continue
    raise AssertionError("no free ports")
