"""The code of a lesson on the wall, who confirms by phone, and the selfies that a teacher looks at."""

import tkinter as tk
from collections.abc import Callable
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import screeninfo
from PIL import ImageGrab

from core.accounts.admin import set_up
from core.confirming import claims, codes, frames
from core.errors import InputError
from core.paths import Home
from core.store import confirmations, people, register
from core.store.confirmations import State as Confirmed
from core.store.database import Store
from core.surfaces import Served
from core.vision.images import encode_png
from gui import qr_window
from gui.portal import State
from gui.preferences import Preferences, save_preferences
from gui.qr_window import QrWindow
from gui.screens.mark import Screen
from gui.screens.mark_parts.phones import PhonesButton
from gui.screens.mark_parts.reviewing import ReviewDialog
from gui.theme import contrast
from tests.account_support import PASSWORD, quickly
from tests.gui.driver import Driver

Window = Callable[..., Driver]
URL = "https://192.168.100.100:8443"
NAMES = ("Ada Lovelace", "=cmd()", "محمد بن موسى", "Z" * 300)
PICTURE = encode_png(np.full((160, 160, 3), 120, np.uint8))


@pytest.fixture
def lessons(store: Store) -> Store:
    """Class CS101 with four students."""
    with store.transaction() as db:
        school_class = people.add_class(db, "CS101", "Programming 1", "Ms. Rao")
        for number, name in enumerate(NAMES, 1):
            student = people.add_student(db, f"R{number}", name)
            people.add_to_roster(db, school_class.id, student.id)
    return store


def _opened(window: Window, **options: object) -> tuple[Driver, Screen, PhonesButton]:
    driver = window(**options)
    screen = driver.open("mark")
    assert isinstance(screen, Screen)
    driver.wait_for(lambda: screen.lessons.choice)
    return driver, screen, screen.panel.phones


def _portal_on(driver: Driver, url: str = URL) -> None:
    """As if the server ran: what it does is its own tests' matter."""
    driver.app.portal._set(State("on", Served(url, True, "AA:BB")))


def _on_the_wall(driver: Driver, phones: PhonesButton) -> QrWindow:
    driver.wait_for(lambda: phones.window is not None, "the window of the code")
    wall = phones.window
    assert wall is not None
    driver.wait_for(lambda: wall.code.pixels_a_square > 0, "the code")
    driver.pump(0.2)
    return wall


def _scanned(driver: Driver, wall: QrWindow) -> str:
    """What a camera reads from the screen."""
    driver.pump(0.3)
    code = wall.code
    left, top = code.winfo_rootx(), code.winfo_rooty()
    box = (left, top, left + code.winfo_width(), top + code.winfo_height())
    picture = np.array(ImageGrab.grab(box, xdisplay=driver._screen).convert("L"))
    return cv2.QRCodeDetectorAruco().detectAndDecode(picture)[0]


def _confirm(store: Store, session_id: int, student_id: int, state: Confirmed, reason: str = "") -> int:
    """A confirmation as the portal stores it and as it is judged."""
    with store.transaction() as db:
        made = confirmations.add_confirmation(
            db,
            session_id=session_id,
            student_id=student_id,
            device_id=None,
            how="qr",
            state="waiting",
            reason="",
            frames=frames.pack([PICTURE]),
        )
        if state != "waiting":
            confirmations.judge(db, made.id, state, reason, {}, PICTURE)
    return made.id


def _states(store: Store) -> dict[int, str]:
    with store.read() as db:
        return {one.student_id: one.state for one in confirmations.confirmations_of(db, [1])}


def test_the_code_is_scanned_changes_ends_with_the_lesson_and_comes_back(
    lessons: Store, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = [codes.step_now()]
    monkeypatch.setattr(codes, "step_now", lambda: step[0])  # However long it takes here to read a code.
    driver, screen, phones = _opened(window)
    driver.press("<F8>", screen.start_button)
    # The portal is off: one question, and a no changes nothing.
    driver.wait_for_dialog().cancel()
    assert screen.session is None
    assert not driver.app.portal.is_on
    _portal_on(driver)
    driver.press("<F8>", screen.start_button)
    wall = _on_the_wall(driver, phones)
    driver.wait_for(lambda: driver.shows("Face or phone"))
    with lessons.read() as db:
        found = confirmations.lesson_of(db, 1)
    assert found is not None
    assert found.mode == "evidence"
    # A camera reads it, and the server takes it; so it does what stands there to be typed.
    first = _scanned(driver, wall)
    assert first.startswith(f"{URL.upper()}/C/")
    assert claims.open_code(lessons, first.rpartition("/")[2], None, "a phone").about.class_code == "CS101"
    typed = str(wall.lines["typed"].cget("text"))
    assert claims.open_typed(lessons, typed, None, "a phone").about.class_name == "Programming 1"
    for name in ("class", "about"):
        assert wall.lines[name].cget("text")
    assert "Ms. Rao" in str(wall.lines["about"].cget("text"))
    assert "Missing: 4" in str(wall.lines["count"].cget("text"))
    # The next step of the computer's clock.
    step[0] += 2
    driver.wait_for(lambda: str(wall.lines["typed"].cget("text")) != typed, "the next code")
    second = _scanned(driver, wall)
    assert second != first
    with pytest.raises(InputError, match="too old"):
        claims.open_code(lessons, first.rpartition("/")[2], None, "a phone")
    # Pressing again makes no second window.
    driver.press("<F8>", screen.start_button)
    assert phones.window is wall
    driver.click(screen.panel.lock)
    driver.wait_for(lambda: "takes no phones any more" in str(wall.lines["note"].cget("text")), "the end")
    assert wall.code.pixels_a_square == 0
    assert str(wall.lines["typed"].cget("text")) == ""
    # The wall may know of it before the window has its answer.
    driver.wait_for(lambda: str(screen.panel.lock.cget("text")) == "Unlock", "the button")
    driver.click(screen.panel.lock)
    driver.wait_for(lambda: wall.code.pixels_a_square > 0, "the code again")
    driver.press("<Escape>", wall)
    assert phones.window is None
    assert not wall.winfo_exists()


def test_modes_before_and_while_marking(lessons: Store, window: Window) -> None:
    driver, screen, phones = _opened(window)
    assert not phones.line.winfo_ismapped()
    phones.menu.invoke(2)
    driver.wait_for(lambda: phones.board is not None and phones.board.mode == "required", "the mode")
    assert screen.session is not None
    assert driver.shows("Face and phone")
    assert driver.shows("Missing:\N{NO-BREAK SPACE}4")
    phones.menu.invoke(0)
    driver.wait_for(lambda: phones.board is not None and phones.board.mode == "off", "the mode")
    assert not phones.line.winfo_ismapped()
    # A lesson that is locked is opened again only after a question.
    driver.click(screen.panel.lock)
    driver.wait_for(lambda: str(screen.panel.lock.cget("text")) == "Unlock")
    phones.menu.invoke(1)
    dialog = driver.wait_for_dialog()
    assert phones._mode.get() == "off"
    dialog.accept()
    driver.wait_for(lambda: phones.board is not None and phones.board.is_on, "the mode")


def test_who_confirmed_is_on_the_board_and_selfies_are_decided(lessons: Store, window: Window) -> None:
    driver, screen, phones = _opened(window)
    phones.menu.invoke(1)
    driver.wait_for(lambda: phones.board is not None and phones.board.is_on and driver.is_ready, "the mode")
    _confirm(lessons, 1, 1, "review", "the selfie does not look like this student")
    _confirm(lessons, 1, 2, "review", "a single picture, and no camera has seen the student in this lesson")
    _confirm(lessons, 1, 3, "waiting")
    # Nobody touched the window: it hears of it by itself.
    driver.wait_for(lambda: driver.shows("Selfies (3)"), "the selfies")
    model = screen.board.model
    assert [model.details(one) for one in model.seats.values()] == ["QR ?", "QR ?", "QR …", ""]
    assert driver.shows("To look at:\N{NO-BREAK SPACE}3")
    assert driver.shows("Missing:\N{NO-BREAK SPACE}1")
    driver.press("<F9>", screen.board.canvas)
    dialog = driver.wait_for_dialog()
    assert isinstance(dialog, ReviewDialog)
    driver.wait_for(lambda: dialog.case is not None)
    assert driver.shows("R1  Ada Lovelace")
    assert driver.shows("The selfie does not look like this student.")
    assert dialog.case is not None
    assert dialog.case.selfie is not None
    driver.press("<Key-n>", dialog)
    driver.wait_for(lambda: driver.shows("R2  =cmd()"))
    driver.press("<Return>", dialog)
    assert _states(lessons)[2] == "review"
    driver.press("<Key-H>", dialog)
    driver.wait_for(lambda: driver.shows("Rollcall has not looked at this selfie yet."))
    assert dialog.case.selfie is not None
    driver.click(dialog.later)
    driver.wait_for(lambda: driver.shows("Nothing is left to look at"))
    driver.press("<Escape>", dialog)
    assert _states(lessons) == {1: "refused", 2: "accepted", 3: "waiting"}
    driver.wait_for(lambda: model.seats[2].status == "P", "the mark")
    with lessons.read() as db:
        marked = {one.roll: one.status for one in register.register_rows(db, 1)}
    assert marked == {"R2": "P"}
    assert [model.details(one) for one in model.seats.values()] == ["QR ✗", "QR ✓", "QR …", ""]
    assert driver.shows("By phone:\N{NO-BREAK SPACE}1")


def test_who_was_declined_is_let_confirm_again(lessons: Store, window: Window) -> None:
    driver, screen, phones = _opened(window)
    phones.menu.invoke(1)
    driver.wait_for(lambda: phones.board is not None and phones.board.is_on and driver.is_ready, "the mode")
    phones._list_declined()
    assert _entries(phones._declined) == ["Nobody was declined."]
    for student in (1, 2):
        _confirm(lessons, 1, student, "refused", "the selfie does not look like this student")
    driver.wait_for(lambda: len(phones.declined()) == 2, "the declined")
    phones._list_declined()
    assert _entries(phones._declined) == ["R1  Ada Lovelace", "R2  =cmd()"]
    phones._declined.invoke(1)
    driver.wait_for(lambda: screen.board.model.seats[2].phone == "" and driver.is_ready, "the second try")
    assert _states(lessons) == {1: "refused"}
    assert driver.shows("This student may confirm again now.")
    # The same in the menu of the student, which a key opens; there is nothing of it for others.
    screen.board.select(2)
    driver.press("<Shift-F10>", screen.board.canvas)
    menu = screen.marks._menu
    assert menu is not None
    assert "Let them confirm again" not in _entries(menu)
    menu.unpost()
    screen.board.select(1)
    driver.press("<Shift-F10>", screen.board.canvas)
    menu = screen.marks._menu
    assert menu is not None
    assert menu.winfo_viewable()
    menu.invoke("Let them confirm again")
    menu.unpost()
    driver.wait_for(lambda: screen.board.model.seats[1].phone == "" and driver.is_ready, "the second try")
    assert _states(lessons) == {}
    # Who was declined on a board that is not new any more: the sentence says so.
    _confirm(lessons, 1, 1, "refused", "the selfie does not look like this student")
    driver.wait_for(lambda: phones.is_declined(1), "the declined")
    with lessons.transaction() as db:
        [found] = confirmations.confirmations_of(db, [1])
        confirmations.decide(db, found.id, "accepted", "office", "")
    phones.let_confirm_again(1)
    assert driver.wait_for_dialog()
    assert driver.shows("is not declined any more")
    driver.press("<Return>")
    assert _states(lessons) == {1: "accepted"}


def _entries(menu: tk.Menu) -> list[str]:
    last = menu.index("end")
    places = range(0 if last is None else last + 1)
    return [str(menu.entrycget(one, "label")) for one in places if menu.type(one) != "separator"]


def test_on_the_second_screen_in_dark_and_gone_with_who_is_logged_in(
    home: Home, lessons: Store, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    screens = [SimpleNamespace(x=0, y=0, width=1366, height=768), SimpleNamespace(x=1366, y=0, width=554, height=900)]
    monkeypatch.setattr(screeninfo, "get_monitors", lambda: screens)
    save_preferences(home, Preferences(mode="dark"))
    with quickly():
        office = set_up(lessons, "office", PASSWORD).actor()
    driver, screen, phones = _opened(window, actor=office)
    _portal_on(driver)
    driver.press("<F8>", screen.start_button)
    wall = _on_the_wall(driver, phones)
    driver.wait_for(lambda: wall.winfo_rootx() >= 1366, "the second screen")
    label = wall.lines["class"]
    assert contrast(str(label.cget("foreground")), str(label.cget("background"))) == 21
    assert str(wall.code.cget("background")) == "#ffffff"
    assert _scanned(driver, wall).startswith(URL.upper())
    # The room goes on scanning while the teacher's own window is locked.
    typed = str(wall.lines["typed"].cget("text"))
    driver.app.lock()
    now = codes.step_now
    monkeypatch.setattr(codes, "step_now", lambda: now() + 2)
    driver.wait_for(lambda: str(wall.lines["typed"].cget("text")) != typed, "the next code")
    assert wall.lines["trust"].cget("text") == f"The phone warns? {URL}/trust says what to do."
    # Its portal goes: nothing is left that could be scanned in vain.
    driver.app.portal._set(State("off"))
    driver.wait_for(lambda: wall.code.pixels_a_square == 0, "no code")
    assert "The portal is off." in str(wall.lines["note"].cget("text"))
    assert wall.lines["trust"].cget("text") == ""
    driver.app.log_out()
    driver.wait_for(lambda: not wall.winfo_exists(), "its end")
    assert phones.window is None


def test_the_words_fit_any_wall(lessons: Store, window: Window) -> None:
    driver, screen, phones = _opened(window)
    _portal_on(driver)
    driver.press("<F8>", screen.start_button)
    wall = _on_the_wall(driver, phones)
    for width, height in ((1900, 1000), (1024, 700), (640, 480)):
        size = f"{width}x{height}"
        wall.geometry(f"{size}+0+0")
        driver.wait_for(lambda wide=width: wall.winfo_width() == wide, "the size")
        driver.wait_for(lambda high=height: _fits(wall, high), f"all of it on {size}")
        assert wall.code.pixels_a_square >= 6, size


def _fits(wall: QrWindow, high: int) -> bool:
    """Whether nothing is cut off, and no word lies on the code."""
    words, code = wall._words, wall.code
    return (
        words.winfo_reqheight() <= high
        and words.winfo_rootx() >= code.winfo_rootx() + code.winfo_width()
        and wall.lines["typed"].winfo_reqwidth() <= words.winfo_width()
    )


def test_there_is_no_second_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> list[object]:
        raise screeninfo.ScreenInfoError("none")

    monkeypatch.setattr(screeninfo, "get_monitors", none)
    root = SimpleNamespace(winfo_rootx=lambda: 0, winfo_width=lambda: 10, winfo_rooty=lambda: 0, winfo_height=lambda: 9)
    assert qr_window.second_screen(root) is None  # type: ignore[arg-type]
    only = [SimpleNamespace(x=0, y=0, width=1366, height=768)]
    monkeypatch.setattr(screeninfo, "get_monitors", lambda: only)
    assert qr_window.second_screen(root) is None  # type: ignore[arg-type]
