"""Work beside the window: the only file of the application that starts threads.

Tk belongs to the main thread.  Work is a plain function that runs in a thread of its own and knows nothing of Tk; what
it gives comes back through a queue, which the main thread empties in small batches.
"""

from __future__ import annotations

import queue
import threading
import time
import tkinter as tk
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from core.actor import Actor, acting, current_actor

if TYPE_CHECKING:
    from core.records import Progress, ProgressSink

T = TypeVar("T")

POLL_MS = 15
"""So often the queue is looked at while anything runs; never while nothing does."""
BATCH_S = 0.02
"""So long results are taken up before the window gets its turn."""
MOST_WAITING = 200
"""A thread that gives more than this before the window takes it waits."""
WAIT_S = 0.05
"""So often work that waits for other work looks whether it was cancelled."""
PATIENCE_S = 2.0
"""How long closing waits for work that was cancelled; threads are daemons, so nothing can keep the program alive."""
_outliving: list[tuple[threading.Thread, object]] = []
"""Threads that had not ended when their window closed, with what they hold: the next window lets go of it."""


class Cancelled(Exception):
    """Raised in the work's own thread by its progress sink, or by :meth:`Task.check`, once it was cancelled."""


class Task:
    """Work that was started.  All methods may be called from any thread."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._cancelled = threading.Event()
        self._over = threading.Event()
        self._news: Progress | None = None

    def cancel(self) -> None:
        """Ask the work to stop; nothing that it still gives is heard."""
        self._cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    @property
    def is_over(self) -> bool:
        """Whether the thread has ended."""
        return self._over.is_set()

    @property
    def cancelled(self) -> threading.Event:
        """For services of core that take an Event to stop them."""
        return self._cancelled

    def check(self) -> None:
        """For work without progress, between two steps.  Raises Cancelled."""
        if self.is_cancelled:
            raise Cancelled

    def _report(self, progress: Progress) -> None:
        """The work's progress sink: only the newest is shown.  Raises Cancelled."""
        self.check()
        self._news = progress

    def _take_news(self) -> Progress | None:
        news, self._news = self._news, None
        return news


class Latest(Generic[T]):
    """A place for one thing, live pictures above all: what was not shown yet is replaced by what is newer."""

    def __init__(self, background: Background, show: Callable[[T], None]) -> None:
        self._background = background
        self._show = show
        self._lock = threading.Lock()
        self._waiting: list[T] = []

    def put(self, thing: T) -> None:
        """From any thread; never waits."""
        with self._lock:
            announced = bool(self._waiting)
            self._waiting[:] = [thing]
        if not announced:
            self._background.post(self._deliver)

    def clear(self) -> None:
        """Forget what was not shown yet."""
        with self._lock:
            self._waiting.clear()

    def _deliver(self) -> None:
        with self._lock:
            things, self._waiting = self._waiting, []
        if things:
            self._show(things[0])


class Once(Generic[T]):
    """What several works need and the first of them makes, while the others wait; from any thread."""

    def __init__(self) -> None:
        self._making = threading.Lock()
        self._made: list[T] = []

    def get(self, task: Task, make: Callable[[], T]) -> T:
        """It; made by the next who waits where making it fails.  Raises Cancelled, also while it is waited for."""
        while not self._making.acquire(timeout=WAIT_S):
            task.check()
        try:
            if not self._made:
                self._made.append(make())
            return self._made[0]
        finally:
            self._making.release()


class Background:
    """The window's threads.  Make one for each root; everything but :meth:`post` belongs to the main thread."""

    def __init__(self, root: tk.Misc, changed: Callable[[], None] | None = None) -> None:
        """changed: called in the main thread when work began or ended."""
        _outliving[:] = _alive(_outliving)
        self._root = root
        self._changed = changed
        self._lasting: set[Task] = set()
        self._queue: queue.Queue[Callable[[], None]] = queue.Queue(MOST_WAITING)
        self._tasks: dict[Task, Callable[[Progress], None] | None] = {}
        self._closed = threading.Event()
        self._poll: str | None = None
        self._leaving: list[tuple[threading.Thread, object]] = []

    @property
    def running(self) -> list[Task]:
        """What was started and has not ended, the oldest first; without what is there for as long as the window."""
        return [one for one in self._tasks if one not in self._lasting]

    def run(
        self,
        work: Callable[[Task, ProgressSink], T],
        *,
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        progress: Callable[[Progress], None] | None = None,
        actor: Actor | None = None,
        title: str = "",
        lasting: bool = False,
    ) -> Task:
        """Start ``work`` in a thread; exactly one of ``done`` and ``failed`` is called, unless it was cancelled.

        The callbacks run in the main thread.  actor: who does it, else who acts at the moment.  lasting: it is nobody's
        work but there for as long as the window, whoever logs in.
        """
        task = Task(title)
        if self._closed.is_set():
            task.cancel()
            return task
        self._tasks[task] = progress
        if lasting:
            self._lasting.add(task)
        whose = actor or current_actor()
        thread = threading.Thread(
            target=self._work, args=(task, work, done, failed, whose), name=title or "work", daemon=True
        )
        # Held until the thread has ended: else it could be the last to let go of a widget, which only this thread may.
        self._leaving.append((thread, (work, done, failed)))
        thread.start()
        self._keep_polling()
        self._tell()
        return task

    def latest(self, show: Callable[[T], None]) -> Latest[T]:
        """A slot whose newest content is shown in the main thread; filled by work that runs."""
        return Latest(self, show)

    def post(self, call: Callable[[], None]) -> None:
        """From a thread: have ``call`` run in the main one.  Waits while too much is waiting; nothing after closing."""
        while not self._closed.is_set():
            try:
                self._queue.put(call, timeout=0.1)
            except queue.Full:
                continue
            return

    def ask(self, question: Callable[[Callable[[T | None], None]], None]) -> T | None:
        """From a thread: put a question to the person and wait for the answer; None when the window is closed.

        question: runs in the main thread and is given what to call with the answer.
        """
        answered = threading.Event()
        answers: list[T | None] = []

        def answer(given: T | None) -> None:
            answers.append(given)
            answered.set()

        self.post(lambda: question(answer))
        while not answered.wait(0.1):
            if self._closed.is_set():
                return None
        return answers[0]

    def close(self, patience_s: float = PATIENCE_S) -> bool:
        """Cancel everything and wait a little; whether all of it ended.  Nothing is called back any more."""
        self._closed.set()
        if self._poll is not None:
            self._root.after_cancel(self._poll)
            self._poll = None
        for task in self._tasks:
            task.cancel()
        until = time.monotonic() + patience_s
        ended = all(task._over.wait(max(0.0, until - time.monotonic())) for task in list(self._tasks))
        # A thread that lets go of the window last would destroy it, and Tcl ends the whole program for that.
        _outliving.extend((thread, (self, held)) for thread, held in _alive(self._leaving))
        return ended

    def _work(
        self,
        task: Task,
        work: Callable[[Task, ProgressSink], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        actor: Actor | None,
    ) -> None:
        try:
            with acting(actor):
                result = work(task, task._report)
        except Cancelled:
            self._end(task, lambda: None)
        except Exception as error:  # noqa: BLE001 - the boundary of a thread: whoever started it hears of it
            told = error
            self._end(task, lambda: failed(told))
        else:
            self._end(task, lambda: done(result))

    def _end(self, task: Task, callback: Callable[[], None]) -> None:
        def end() -> None:
            self._tasks.pop(task, None)
            self._lasting.discard(task)
            self._tell()
            if not task.is_cancelled:
                callback()

        task._over.set()
        self.post(end)

    def _tell(self) -> None:
        if self._changed is not None:
            self._changed()

    def _keep_polling(self) -> None:
        if self._poll is None and not self._closed.is_set():
            self._poll = self._root.after(POLL_MS, self._drain)

    def _drain(self) -> None:
        """Take up what is there.  A callback that fails ends the batch, and the next one goes on."""
        self._poll = None
        self._leaving = _alive(self._leaving)
        if self._leaving or self._tasks or not self._queue.empty():
            self._keep_polling()
        for task, show in list(self._tasks.items()):
            news = task._take_news()
            if news is not None and show is not None and not task.is_cancelled:
                show(news)
        until = time.monotonic() + BATCH_S
        while time.monotonic() < until and not self._closed.is_set():
            try:
                call = self._queue.get_nowait()
            except queue.Empty:
                return
            call()


def _alive(threads: list[tuple[threading.Thread, object]]) -> list[tuple[threading.Thread, object]]:
    return [one for one in threads if one[0].is_alive()]
