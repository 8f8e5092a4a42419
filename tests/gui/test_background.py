"""Work beside the window, on a bare root."""

import ast
import gc
import os
import subprocess
import sys
import threading
import time
import tkinter as tk
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, cast

import pytest

from core.actor import Actor, current_actor
from core.paths import PROJECT
from core.records import Progress, ProgressSink
from gui.background import MOST_WAITING, Background, Cancelled, Once, Task
from gui.collector import Collector
from gui.networks import Networks
from gui.opening import Use
from tests.test_house import imported, name_of, parse, python_files

THREADS = {"threading", "_thread", "concurrent", "multiprocessing", "asyncio", "queue"}


@pytest.fixture
def root(screen: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tk.Tk]:
    monkeypatch.setenv("DISPLAY", screen)
    root = tk.Tk()
    root.withdraw()
    # As the application has it: no other thread may collect what belongs to Tk.
    collector = Collector(root)
    yield root
    for timer in root.tk.splitlist(root.tk.call("after", "info")):
        root.tk.call("after", "cancel", timer)
    root.destroy()
    collector.stop()


def until(root: tk.Tk, is_so: Callable[[], object], patience_s: float = 60.0) -> None:
    end = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < end
        root.update()
        time.sleep(0.002)


def fail(error: Exception) -> None:
    raise error


def test_only_the_background_starts_threads() -> None:
    guilty = {
        f"{name_of(path)}: {module}"
        for path in python_files("gui")
        if path.name != "background.py"
        for module in imported(parse(path))
        if module.split(".")[0] in THREADS
    }
    assert guilty == set()


def test_threads_are_really_looked_for() -> None:
    assert {one.split(".")[0] for one in imported(ast.parse("import concurrent.futures"))} & THREADS


def test_what_outlives_its_window_is_collected_by_no_other_thread(root: tk.Tk) -> None:
    collected_by: list[threading.Thread] = []

    class Ring:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            collected_by.append(threading.current_thread())

    collector, held = Collector(root), Ring()
    collector.stop()
    del held
    other = threading.Thread(target=gc.collect)
    other.start()
    other.join()
    assert collected_by == []
    Collector(root).stop()
    assert collected_by == [threading.main_thread()]


def test_result_comes_to_the_main_thread(root: tk.Tk) -> None:
    found: list[object] = []
    background = Background(root)
    background.run(
        lambda _task, _sink: threading.current_thread(),
        done=lambda where: found.extend([where, threading.current_thread()]),
        failed=fail,
    )
    until(root, lambda: found)
    assert found[0] is not threading.main_thread()
    assert found[1] is threading.main_thread()
    assert background.running == []


def test_failure_comes_as_it_was_raised(root: tk.Tk) -> None:
    found: list[Exception] = []

    def work(_task: Task, _sink: ProgressSink) -> None:
        raise KeyError("lost")

    Background(root).run(work, done=lambda _: None, failed=found.append)
    until(root, lambda: found)
    assert isinstance(found[0], KeyError)


def test_work_is_done_by_who_started_it(root: tk.Tk) -> None:
    found: list[Actor | None] = []
    ada = Actor("Ada", "teacher", account_id=1)
    Background(root).run(lambda _task, _sink: current_actor(), done=found.append, failed=fail, actor=ada)
    until(root, lambda: found)
    assert found == [ada]


def test_cancelled_work_stops_at_its_next_report_and_is_not_heard(root: tk.Tk) -> None:
    stopped, heard, began = threading.Event(), [], threading.Event()

    def work(_task: Task, sink: ProgressSink) -> str:
        try:
            while True:
                began.set()
                sink(Progress(1, 2, "half"))
                time.sleep(0.001)
        except Cancelled:
            stopped.set()
            raise

    background = Background(root)
    task = background.run(work, done=heard.append, failed=heard.append)
    assert began.wait(60)
    task.cancel()
    assert stopped.wait(60)
    until(root, lambda: not background.running)
    assert heard == []


def test_progress_shows_the_newest(root: tk.Tk) -> None:
    seen: list[int] = []
    go_on = threading.Event()

    def work(_task: Task, sink: ProgressSink) -> bool:
        for number in range(5000):
            sink(Progress(number, 5000, ""))
        return go_on.wait(60)

    done: list[bool] = []
    Background(root).run(work, done=done.append, failed=fail, progress=lambda one: seen.append(one.done))
    until(root, lambda: 4999 in seen)
    go_on.set()
    until(root, lambda: done)
    assert seen == sorted(seen)
    assert len(seen) < 5000


def test_the_newest_frame_wins(root: tk.Tk) -> None:
    shown: list[int] = []
    background = Background(root)
    slot = background.latest(shown.append)
    filled, go_on = threading.Event(), threading.Event()

    def camera(_task: Task, _sink: ProgressSink) -> bool:
        for number in range(1000):
            slot.put(number)
        filled.set()
        return go_on.wait(60)

    done: list[bool] = []
    background.run(camera, done=done.append, failed=fail)
    assert filled.wait(60)
    until(root, lambda: shown)
    assert shown == [999]
    go_on.set()
    until(root, lambda: done)


def test_a_callback_that_fails_does_not_stop_the_others(root: tk.Tk) -> None:
    found, problems = [], []
    root.report_callback_exception = lambda _kind, error, _trace: problems.append(error)
    background = Background(root)
    background.run(lambda _task, _sink: 1, done=lambda _: fail(ValueError("in the callback")), failed=fail)
    background.run(lambda _task, _sink: 2, done=found.append, failed=fail)
    until(root, lambda: found and problems)
    assert found == [2]
    assert [str(one) for one in problems] == ["in the callback"]


def test_closing_ends_what_listens_and_does_not_wait_for_what_hangs(root: tk.Tk) -> None:
    release = threading.Event()
    background = Background(root)
    background.run(lambda task, _sink: task.cancelled.wait(60), done=fail, failed=fail)  # type: ignore[arg-type]
    assert background.close(patience_s=60)
    hanging = Background(root)
    hanging.run(lambda _task, _sink: release.wait(60), done=fail, failed=fail)  # type: ignore[arg-type]
    assert not hanging.close(patience_s=0.05)
    release.set()
    root.update()


def test_work_that_ends_after_its_window_does_not_end_the_program(screen: str) -> None:
    # In a program of its own, for Tcl would end this one.
    program = (
        "import gc, threading, tkinter\n"
        "from gui.background import Background\n"
        "root, release = tkinter.Tk(), threading.Event()\n"
        "background = Background(root)\n"
        "background.run(lambda task, sink: release.wait(60), done=print, failed=print, title='hanging')\n"
        "[hanging] = [one for one in threading.enumerate() if one.name == 'hanging']\n"
        "assert not background.close(patience_s=0.05)\n"
        "root.destroy(); del root, background; gc.collect(); gc.disable()\n"
        "release.set(); hanging.join(60)\n"
        "assert not hanging.is_alive()\n"
        "root = tkinter.Tk(); Background(root); root.update()\n"
        "print('goes on')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT, env={**os.environ, "DISPLAY": screen}, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert (done.stdout.strip(), done.returncode) == ("goes on", 0), done.stderr


def test_a_thread_with_too_much_to_say_waits_and_is_let_go_by_closing(root: tk.Tk) -> None:
    background = Background(root)
    said: list[int] = []

    def work(_task: Task, _sink: ProgressSink) -> None:
        for number in range(MOST_WAITING * 2):
            background.post(lambda: None)
            said.append(number)

    background.run(work, done=lambda _: None, failed=fail)
    time.sleep(0.2)
    assert len(said) <= MOST_WAITING + 1
    assert background.close(patience_s=60)


def test_a_question_from_a_thread_waits_for_its_answer(root: tk.Tk) -> None:
    background = Background(root)
    found: list[str | None] = []
    background.run(
        lambda _task, _sink: background.ask(lambda answer: root.after(10, answer, "open sesame")),
        done=found.append, failed=fail,
    )  # fmt: skip
    until(root, lambda: found)
    assert found == ["open sesame"]


def test_what_several_works_need_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd, loaded, got = 4, [], []
    monkeypatch.setattr("gui.networks.load_networks", lambda _use: loaded.append(object()) or loaded[-1])
    networks, at_once = Networks(), threading.Barrier(crowd)
    use = _use(Task(""), lambda _one: at_once.wait(60))
    before = threading.gettrace()
    threading.settrace(_give_way)
    threads = [threading.Thread(target=lambda: got.append(networks.get(use))) for _one in range(crowd)]
    for one in threads:
        one.start()
    threading.settrace(before)  # type: ignore[arg-type]
    for one in threads:
        one.join(60)
    assert len(loaded) == 1
    assert got == loaded * crowd


def _give_way(frame: FrameType, event: str, _what: object) -> Callable[..., Any]:
    """Every other thread gets its turn between any two steps of the window's code, which it hardly ever does."""
    if event == "line" and Path(frame.f_code.co_filename).parent.name == "gui":
        time.sleep(0.005)
    return _give_way


def test_who_waits_for_what_another_makes_can_be_cancelled_and_makes_it_where_that_failed() -> None:
    once: Once[str] = Once()
    first, second, third = Task(""), Task(""), Task("")
    begun, fails = threading.Event(), threading.Event()

    def make() -> str:
        begun.set()
        fails.wait(60)
        raise Cancelled

    heard: list[str] = []

    def ask(task: Task, how: Callable[[], str]) -> None:
        try:
            heard.append(once.get(task, how))
        except Cancelled:
            heard.append("cancelled")

    makes = threading.Thread(target=ask, args=(first, make))
    makes.start()
    assert begun.wait(60)
    second.cancel()
    ask(second, lambda: "never")
    waits = threading.Thread(target=ask, args=(third, lambda: "made"))
    waits.start()
    fails.set()
    makes.join(60)
    waits.join(60)
    assert sorted(heard) == ["cancelled", "cancelled", "made"]
    assert once.get(second, lambda: "again") == "made"


def _use(task: Task, progress: ProgressSink) -> Use:
    nothing = cast("Any", None)
    return Use(nothing, nothing, nothing, Actor("ada", "admin"), progress, task)
