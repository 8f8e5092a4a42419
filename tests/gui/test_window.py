"""The window as a whole: opening, logging in, locking, closing; every screen opens and draws."""

import json
import os
import subprocess
import sys
import threading
import tkinter as tk
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from core import clock
from core.accounts.admin import set_up
from core.actor import Actor, acting
from core.configuring import change_settings
from core.errors import InputError
from core.logs import LOGGER
from core.paths import PROJECT, Home
from core.store import accounts, people
from core.store.database import Store
from gui.dialogs.error import ErrorDialog
from gui.login import LoginPage
from gui.opening import Use
from gui.preferences import Preferences, load_preferences, save_preferences
from gui.screen import list_screens
from gui.shell import Shell
from tests.gui.driver import Driver

Window = Callable[..., Driver]
NOT_AT_START = ("tensorflow", "keras", "matplotlib", "openvino", "sklearn", "cv2", "scipy", "mtcnn")
FULL = Path("/dev/full")
PASSWORD = "violet kettle 7 harbour"


@pytest.fixture
def school(store: Store) -> Store:
    """A school with one class and no account."""
    with store.transaction() as db:
        people.add_class(db, "CS101", "Programming 1")
    return store


@pytest.fixture
def with_admin(school: Store) -> Store:
    set_up(school, "ada", PASSWORD)
    return school


def test_a_new_home_is_welcomed(window: Window) -> None:
    driver = window()
    assert driver.shows("Welcome to Rollcall")
    driver.click(driver.find("Look around"))
    driver.wait_for(lambda: driver.shows("No lessons today"))


def test_setting_up_goes_on_where_it_was_left(window: Window, store: Store) -> None:
    with acting(Actor("ada", "admin")):  # The name is kept, then the computer loses its power.
        change_settings(store, {"school": "Green School"})
    driver = window()
    assert driver.shows("Welcome to Rollcall")
    assert driver.shows("Green School")


def test_a_school_begins_with_today(window: Window, school: Store) -> None:
    driver = window()
    assert driver.screen.name == "today"
    assert driver.shows("No lessons today")


@pytest.mark.parametrize("info", list_screens(), ids=lambda one: one.name)
def test_every_screen_opens_and_the_window_goes_on_meanwhile(window: Window, school: Store, info: object) -> None:
    driver = window()
    driver.open(info.name)  # type: ignore[attr-defined]
    assert driver.screen.winfo_viewable()
    # Loose, for machines that do much else; benchmarks measure it.
    assert driver.longest_s < 1.0


def test_no_two_pages_of_the_side_list_look_alike() -> None:
    icons = [one.icon for one in list_screens() if one.order]
    assert len(icons) > 10
    assert sorted(set(icons)) == sorted(icons)


def test_keys_open_screens_but_not_behind_a_question(window: Window, school: Store) -> None:
    driver = window()
    driver.press("<F1>")
    driver.wait_for(lambda: driver.screen.name == "help")
    driver.app.tell(InputError("Something to mend."))
    driver.wait_for_dialog()
    driver.press("<Control-Key-1>")
    assert driver.screen.name == "help"
    driver.press("<Escape>")
    driver.press("<Control-Key-1>")
    driver.wait_for(lambda: driver.screen.name == "today")


def test_the_keyboard_goes_along_to_the_next_page(window: Window, school: Store) -> None:
    driver = window()
    students = driver.open("students")
    driver.type_into(next(one for one in driver.walk(students) if one.winfo_class() == "TEntry"), "x")
    driver.press("<Control-Key-2>")
    driver.wait_for(lambda: driver.screen.name == "mark" and driver.is_ready)
    assert str(driver.root.focus_get()).startswith(str(driver.screen)), "else F5 starts nothing"


def test_a_wrong_password_is_told_and_the_right_one_opens(window: Window, with_admin: Store) -> None:
    driver = window(ready=False)
    driver.wait_for(lambda: driver.shows("Please log in"))
    page = _login(driver)
    driver.type_into(page.name, "ada")
    driver.type_into(page.password, "wrong")
    driver.press("<Return>")
    driver.wait_for(lambda: driver.shows("do not fit"))
    assert page.form.values()["password"] == ""
    driver.type_into(page.password, PASSWORD)
    driver.press("<Return>")
    driver.wait_for(lambda: driver.is_ready)
    assert driver.app.actor is not None
    assert (driver.app.actor.name, driver.app.actor.role) == ("ada", "admin")


def test_locking_hides_everything_until_the_password_comes(window: Window, with_admin: Store) -> None:
    driver = window(actor=_ada(with_admin))
    driver.app.tell(InputError("A secret of somebody."))
    driver.wait_for_dialog()
    assert driver.shows("A secret of somebody")
    driver.app.lock()
    driver.pump(0.1)
    assert not driver.shows("A secret of somebody")
    assert not driver.shows("Today")
    page = _login(driver)
    driver.type_into(page.password, PASSWORD)
    driver.press("<Return>")
    driver.wait_for(lambda: driver.shows("A secret of somebody"))
    assert driver.screen.name == "today"


def test_nobody_there_for_long_locks(window: Window, with_admin: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = window(actor=_ada(with_admin))
    driver.app.idle._look()
    assert not driver.app.is_locked
    later = clock.now() + timedelta(minutes=driver.app.settings.idle_minutes)
    monkeypatch.setattr(clock, "now", lambda: later)
    driver.app.idle._look()
    assert driver.app.is_locked


def test_logging_out_leaves_nothing_behind(window: Window, with_admin: Store) -> None:
    driver = window(actor=_ada(with_admin))
    driver.app.log_out()
    driver.wait_for(lambda: driver.shows("Please log in"))
    assert driver.app.actor is None
    assert not [one for one in driver.walk() if isinstance(one, Shell)]


def test_a_teacher_does_not_see_what_only_admins_may(window: Window, with_admin: Store) -> None:
    teacher = Actor("bob", "student", account_id=99, student_id=1)
    open_to_all = {one.name for one in list_screens() if one.order and one.is_open_to(teacher)}
    assert "today" not in open_to_all
    assert "help" in open_to_all


def test_what_can_be_mended_is_told_in_its_words(window: Window, school: Store) -> None:
    driver = window()

    def work(_use: Use) -> None:
        raise InputError("The file has no heading. Add one.")

    driver.app.call(work)
    driver.wait_for(lambda: driver.shows("The file has no heading. Add one."))
    driver.press("<Return>")
    assert driver.app.dialogs == []


def test_daily_work_with_nothing_to_say_leaves_what_was_told(
    window: Window, school: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, is_over = threading.Event(), threading.Event()

    def slow_day(_use: Use) -> str:
        told.wait(60)
        is_over.set()
        return ""

    monkeypatch.setattr("gui.application.DAILY_WORK_MS", 0)
    monkeypatch.setattr("gui.application.daily_work", slow_day)
    driver = window()
    assert driver.app.shell is not None
    driver.app.shell.status.tell("R1 is stored.")
    told.set()
    driver.wait_for(lambda: is_over.is_set() and driver.is_ready, "the daily work")
    assert driver.shows("R1 is stored.")


def test_a_bug_is_logged_and_apologised_for(window: Window, school: Store, home: Home) -> None:
    driver = window()

    def work(_use: Use) -> None:
        raise KeyError("the bug")

    driver.app.call(work)
    driver.wait_for(lambda: driver.app.dialogs)
    dialog = driver.app.dialogs[0]
    assert isinstance(dialog, ErrorDialog)
    assert "Nothing that was saved is lost" in dialog.sentence
    assert "KeyError" in home.log.read_text(encoding="utf-8")
    assert "KeyError" in driver.problems.pop()


def test_a_bug_in_a_callback_of_tk_is_logged_too(window: Window, school: Store) -> None:
    driver = window()
    driver.root.after(1, lambda: {}["nothing"])
    driver.wait_for(lambda: driver.app.dialogs)
    assert "KeyError" in driver.problems.pop()


def test_closing_amid_work_asks_and_then_ends_it(window: Window, school: Store) -> None:
    driver, ended = window(), threading.Event()

    def work(use: Use) -> None:
        use.task.cancelled.wait(30)
        ended.set()

    driver.app.call(work, title="Marking CS101")
    driver.wait_for(lambda: driver.shows("Marking CS101"))
    # Neither a larger letter nor another person ends it without a word.
    for end in (lambda: driver.app.change_preferences(Preferences(font_percent=150)), driver.app.log_out):
        end()
        driver.wait_for_dialog()
        driver.press("<Escape>")
        driver.wait_for(lambda: not driver.app.dialogs)
    assert not ended.is_set()
    driver.app.ask_to_close()
    driver.wait_for_dialog()
    assert not driver.app.is_closed
    driver.click(driver.find("Stop and close"))
    assert driver.app.is_closed
    assert ended.is_set()


def test_waiting_can_be_cancelled(window: Window, school: Store) -> None:
    driver, heard = window(), []
    dialog = driver.app.wait_for("Training", lambda use: use.task.cancelled.wait(30), heard.append)
    driver.wait_for_dialog()
    driver.press("<Escape>", dialog.stop)
    driver.wait_for(lambda: not driver.app.background.running)
    assert driver.app.dialogs == []
    assert heard == []


def test_looks_are_kept_for_the_next_time(window: Window, school: Store, home: Home) -> None:
    driver = window()
    driver.app.toggle_mode()
    assert load_preferences(home).mode == "dark"
    assert driver.root.style.theme_use() == "rollcall-dark"
    assert window().root.style.theme_use() == "rollcall-dark"


def test_a_home_that_cannot_be_written_keeps_nobody_from_closing(window: Window, school: Store, home: Home) -> None:
    driver = window()
    (home.data / "window").write_text("no folder")
    driver.root.geometry("1100x700+5+5")
    driver.pump()
    driver.app.ask_to_close()
    assert driver.app.is_closed
    with pytest.raises(tk.TclError):
        driver.root.winfo_exists()
    assert "could not be kept" in driver.problems.pop()


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
def test_a_full_disk_keeps_nobody_from_closing(
    home: Home, school: Store, screen: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DISPLAY", screen)
    home.log.symlink_to(FULL)
    driver = Driver(home, (1366, 768), screen)
    driver.wait_for(lambda: driver.is_ready)
    LOGGER.warning("that cannot be written down")
    driver.close()
    assert driver.app.is_closed
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("text", ["", "[]", '{"font_percent": 7, "mode": "pink", "language": 3}', "\x00"])
def test_preferences_that_make_no_sense_are_as_at_first(home: Home, text: str) -> None:
    save_preferences(home, Preferences(mode="dark"))
    path = next((home.data / "window").iterdir())
    path.write_text(text, encoding="utf-8")
    assert load_preferences(home) == Preferences()


def test_the_window_loads_nothing_heavy(school: Store, home: Home, screen: str) -> None:
    program = (
        "import json, sys\nfrom pathlib import Path\nfrom core.paths import Home\n"
        "from gui import application\n"
        # What is done once a day comes later on purpose, for it may load a lot.
        "application.DAILY_WORK_MS = 3_600_000\n"
        "app = application.Application(Home(Path(sys.argv[1])))\n"
        "def look():\n"
        "    if app.shell and app.shell.current and not app.background.running: app.root.quit()\n"
        "    else: app.root.after(20, look)\n"
        "look(); app.root.mainloop(); app.close()\n"
        "print(json.dumps([name for name in sys.argv[2:] if name in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(home.root), *NOT_AT_START],
        cwd=PROJECT, env={**os.environ, "DISPLAY": screen}, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


def _login(driver: Driver) -> LoginPage:
    return next(one for one in driver.walk() if isinstance(one, LoginPage))


def _ada(store: Store) -> Actor:
    with store.read() as db:
        return accounts.get_account(db, "ada").actor()


def test_pictures_of_the_window(window: Window, school: Store, tmp_path: Path) -> None:
    assert window().photograph(tmp_path / "window.png").stat().st_size > 5000


def test_without_a_screen_the_window_is_a_sentence_and_no_command_is_the_help(home: Home) -> None:
    without = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    for arguments, code, words in ((["window"], 2, "There is no screen"), ([], 2, "Usage")):
        done = subprocess.run(
            [sys.executable, str(PROJECT / "app.py"), "--home", str(home.root), *arguments],
            env=without, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert (done.returncode, "Traceback" in done.stderr) == (code, False)
        assert words in done.stdout + done.stderr
