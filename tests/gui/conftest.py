"""The real window on a screen of its own, so that tests neither disturb nor are disturbed by anybody's desktop."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from core.paths import Home
from gui import texts
from tests.gui.driver import Driver

SCREEN = "1920x1080x24"


@contextmanager
def x_server(program: str) -> Iterator[str]:
    """The name of an empty X screen that lives as long as the context."""
    reading, writing = os.pipe()
    command = [program, "-displayfd", str(writing), "-screen", "0", SCREEN, "-dpi", "96", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        name = f":{pipe.readline().strip()}"
    try:
        yield name
    finally:
        server.terminate()
        server.wait(60)


@pytest.fixture(scope="session")
def screen() -> Iterator[str]:
    """The name of an empty X screen; skips where none can be had."""
    pytest.importorskip("tkinter", reason="this Python has no tkinter")
    program = shutil.which("Xvfb")
    if program is None:
        pytest.skip("windows are tested on a screen of Xvfb, which is not installed")
    with x_server(program) as name:
        yield name


@pytest.fixture
def window(home: Home, screen: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Driver]]:
    """``window()`` opens the application on ``home`` and waits until a screen shows; several times if need be.

    The test fails when a Tk callback raised, when anything was logged, or when a dialog told of a bug.
    """
    monkeypatch.setenv("DISPLAY", screen)
    opened: list[Driver] = []

    def open_window(size: tuple[int, int] = (1366, 768), *, ready: bool = True, **options: object) -> Driver:
        for old in opened:
            old.close()
        driver = Driver(home, size, screen, **options)
        opened.append(driver)
        if ready:
            driver.wait_for(lambda: driver.is_ready, "the first screen")
        return driver

    yield open_window
    for driver in opened:
        driver.close()
    problems = [problem for driver in opened for problem in driver.problems]
    assert problems == []


@pytest.fixture
def english_afterwards() -> Iterator[None]:
    """The language belongs to the process; other tests speak English."""
    yield
    texts.use_language("en")


@pytest.fixture
def arabic(english_afterwards: None) -> None:
    """Texts in Arabic, without a window."""
    texts.use_language("ar")
