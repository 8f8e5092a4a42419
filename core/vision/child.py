"""A process of its own for what may hang in a driver: it can be killed, and it ends with the program that began it.

Spawned, not forked: a copy of a program with threads and a window would not work, and Windows has nothing else.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TypeVar

GENTLY_S, TERMINATE_S, KILL_S = 0.5, 1.0, 0.4
"""How long an end is waited for: by itself, asked to, and killed.  Less than 2 s together."""
_SPAWN = multiprocessing.get_context("spawn")

Answer = TypeVar("Answer")
Work = Callable[..., None]
"""What a child does: called with its end of the link and the arguments given.  A function of a module."""


class Child:
    """A process that runs ``work(link, *args)``.  link: this end; it says EOFError when the child is gone."""

    def __init__(self, work: Work, *args: object) -> None:
        self.link, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_begin, args=(theirs,), name="rollcall camera", daemon=True)
        try:
            self._process.start()
        except BaseException:
            self.link.close()
            raise
        finally:
            theirs.close()
        # Sent afterwards, so that the child heeds its parent's end before it imports anything that takes long.
        with suppress(OSError):
            self.link.send((work, args))

    @property
    def pid(self) -> int | None:
        """The number of the process."""
        return self._process.pid

    def end(self, *, gently: bool = True) -> None:
        """Let it end by itself when it finds the link closed, or end it; waits less than 2 s."""
        self.link.close()
        if gently:
            self._process.join(GENTLY_S)
        for force, wait_s in ((self._process.terminate, TERMINATE_S), (self._process.kill, KILL_S)):
            if self._process.is_alive():
                force()
                self._process.join(wait_s)
        # What hangs in the kernel itself cannot even be killed; nobody waits for it.
        with suppress(ValueError):
            self._process.close()


def answer_of(function: Callable[[], Answer], limit_s: float) -> Answer:
    """What ``function`` (of a module) returns, found out in a child.  Raises TimeoutError when it does not in time."""
    child = Child(_answer, function)
    until, done = time.monotonic() + limit_s, False
    try:
        while (left := until - time.monotonic()) > 0:
            # In pieces, because Windows does not hear Ctrl-C meanwhile.
            if child.link.poll(min(0.2, left)):
                answer: Answer = child.link.recv()
                done = True
                return answer
    except (EOFError, OSError) as error:
        raise TimeoutError(f"{function.__name__} ended without an answer") from error
    finally:
        child.end(gently=done)
    raise TimeoutError(f"{function.__name__} did not answer within {limit_s:g} s")


def _answer(link: Connection, function: Callable[[], object]) -> None:
    link.send(function())


def _begin(link: Connection) -> None:
    # Ctrl-C goes to every process of a terminal; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # It may begin a camera’s process itself, which ends with it in the same way.
    multiprocessing.current_process().daemon = False
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the other end was closed: nobody needs us
        work, args = link.recv()
        work(link, *args)
    # Nothing is left to do, and taking the libraries down again takes long.
    os._exit(0)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
