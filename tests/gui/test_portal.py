"""The portal switched on and off in the real window: a real server over TLS, its end, and what is said of it."""

import json
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from core import rekeying
from core.accounts.admin import set_up
from core.certificates import AUTHORITY
from core.errors import VaultError
from core.paths import Home
from core.store import accounts
from core.store.database import open_store
from core.surfaces import PORT, Served
from gui import portal as portal_module
from gui.dialogs import ask
from gui.portal import State
from gui.preferences import load_preferences
from gui.screens import portal as page
from gui.screens.portal import Screen
from tests.account_support import PASSWORD, quickly
from tests.gui.driver import Driver

Window = Callable[..., Driver]
UP_S = 180.0
PASSPHRASE = "violet kettle 7 harbour"


@pytest.fixture
def office(home: Home) -> Home:
    """A school with one account."""
    with quickly(), open_store(home) as store:
        set_up(store, "office", PASSWORD)
    return home


def _screen(driver: Driver) -> Screen:
    screen = driver.open("portal")
    assert isinstance(screen, Screen)
    return screen


def _logged_in(window: Window, home: Home) -> Driver:
    with open_store(home) as store, store.read() as db:
        actor = accounts.list_accounts(db)[0].actor()
    return window(actor=actor)


def _child(driver: Driver) -> subprocess.Popen[str] | None:
    """The server's process."""
    return driver.app.portal._line._child


def _started(driver: Driver) -> subprocess.Popen[str]:
    driver.wait_for(lambda: _child(driver) is not None, "the child", UP_S)
    child = _child(driver)
    assert child is not None
    assert child.poll() is None
    return child


def _answers(url: str) -> bool:
    with socket.socket() as tried:
        tried.settimeout(60)
        return tried.connect_ex(("127.0.0.1", urlsplit(url).port or 0)) == 0


def test_switched_on_over_tls_ended_and_started_again(
    office: Home, window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = _logged_in(window, office)
    portal, screen = driver.app.portal, _screen(driver)
    assert driver.shows("The portal is off")
    driver.click(screen.switch)
    driver.wait_for(lambda: portal.served is not None, "the portal", UP_S)
    driver.wait_for(lambda: screen.code.pixels_a_square > 0, "its QR code")
    assert portal.served is not None
    url = portal.served.url
    assert screen.address.get() == url
    assert driver.shows("The portal is on")
    assert driver.shows(f"Portal: {url}")
    assert driver.shows(portal.served.fingerprint)
    # Whoever trusts the certificate that the page saves gets in without a warning.
    saved = tmp_path / "school.crt"
    monkeypatch.setattr(page, "save_as", lambda _app, _name, _endings, then: then(saved))
    driver.click(screen.certificate)
    driver.wait_for(lambda: driver.shows("Saved: "))
    assert saved.read_bytes() == (office.data / "web" / AUTHORITY).read_bytes()
    with requests.Session() as session:
        session.trust_env = False
        here = f"https://localhost:{urlsplit(url).port}"
        assert session.get(here, verify=str(office.data / "web" / "authority.pem"), timeout=60).status_code == 200
    # It ends by itself: somebody is told, and it comes again.
    _started(driver).kill()
    driver.wait_for(lambda: "started again" in portal.state.sentence, "the end", UP_S)
    driver.wait_for(lambda: portal.served is not None, "the portal again", UP_S)
    assert driver.shows("The portal ended by itself at")
    assert _answers(portal.served.url)
    assert len(driver.problems) == 1
    driver.problems.clear()
    _left_on_by_logging_out_and_ended_with_the_window(driver)


def _left_on_by_logging_out_and_ended_with_the_window(driver: Driver) -> None:
    portal = driver.app.portal
    assert portal.served is not None
    url = portal.served.url
    driver.app.log_out()
    driver.wait_for(lambda: driver.app.actor is None and driver.shows("Please log in."), "the login page")
    assert portal.is_on
    assert _answers(url)
    child = _started(driver)
    driver.app.ask_to_close()
    dialog = driver.wait_for_dialog()
    assert driver.shows("phones and portal")
    dialog.cancel()
    assert _answers(url)
    driver.app.ask_to_close()
    driver.click(driver.wait_for_dialog().yes)  # type: ignore[attr-defined]
    assert driver.app.is_closed
    child.wait(60)
    assert not _answers(url)


def test_without_accounts_it_says_what_is_missing(home: Home, window: Window) -> None:
    driver = window()
    screen = _screen(driver)
    assert screen.accounts.winfo_manager()
    driver.press("<space>", screen.switch)
    assert driver.app.portal.is_on
    driver.wait_for(lambda: not driver.app.portal.is_on, "its end", UP_S)
    assert driver.shows("Nobody could log in, for there are no accounts yet.")
    assert not driver.shows("app.py")
    ended = _child(driver)
    assert ended is not None
    assert ended.poll() is not None
    driver.click(screen.accounts)
    driver.wait_for(lambda: driver.screen.name == "people" and driver.is_ready)


def test_switched_off_before_it_is_on(office: Home, window: Window) -> None:
    driver = _logged_in(window, office)
    portal, screen = driver.app.portal, _screen(driver)
    driver.click(screen.switch)
    child = _started(driver)
    driver.click(screen.switch)
    assert portal.state == State("off")
    child.wait(60)
    driver.pump(0.2)
    assert portal.served is None
    assert driver.shows("The portal is off")


def test_a_passphrase_is_asked_for_and_handed_over(home: Home, window: Window) -> None:
    with quickly(), open_store(home) as store:
        rekeying.change_source(store, "passphrase", PASSPHRASE)
        set_up(store, "office", PASSWORD)
    driver = _logged_in(window, home)
    portal, screen = driver.app.portal, _screen(driver)
    driver.click(screen.switch)
    driver.wait_for_dialog().cancel()
    driver.wait_for(lambda: not portal.is_on)
    assert driver.shows("The portal needs the passphrase of the stored faces.")
    driver.click(screen.switch)
    dialog = driver.wait_for_dialog()
    assert isinstance(dialog, ask.AskDialog)
    dialog.form.set_value("text", PASSPHRASE)
    dialog.accept()
    child = _started(driver)
    handed = driver.app.store.vault.hand_over()
    # Arguments can be read by everybody on the computer.
    assert json.loads(handed)["key"] not in str(child.args)
    assert PASSPHRASE not in handed + str(child.args)
    with open_store(home, ask=lambda _attempt: None) as other:
        with pytest.raises(VaultError):
            other.vault.unlock()
        other.vault.take_over(handed)
        assert other.vault.can_open()
    driver.wait_for(lambda: portal.served is not None, "the portal", UP_S)


def test_it_comes_with_the_window_once_somebody_wants_that(home: Home, window: Window) -> None:
    driver = window()
    screen = _screen(driver)
    assert not load_preferences(home).serves
    driver.click(screen.with_window)
    assert load_preferences(home).serves
    driver = window()
    # There are no accounts, so it ends again, but nobody has to answer a dialog for that.
    driver.wait_for(lambda: driver.app.portal.state.sentence, "its end", UP_S)
    assert driver.app.dialogs == []


def test_what_is_said_of_the_address(home: Home, window: Window) -> None:
    driver = window()
    portal, screen = driver.app.portal, _screen(driver)
    portal._set(State("on", Served(f"https://192.168.1.5:{PORT}", True, "AA:BB")))
    assert portal.state.notes == []
    line = portal._line
    portal._take(line, Served(f"https://192.168.7.5:{PORT + 1}", True, "AA:BB"))
    assert driver.shows("The address has changed")
    assert driver.shows(f"has the usual place {PORT}")
    assert screen.address.get() == f"https://192.168.7.5:{PORT + 1}"
    portal._take(line, Served(f"https://localhost:{PORT}", False, ""))
    assert driver.shows("This computer is in no network")
    portal._set(State("off"))


def test_a_portal_that_cannot_be_kept_up_is_given_up_without_a_traceback(
    home: Home, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = [(True, "Traceback (most recent call last): KeyError")] * (portal_module.MOST_CRASHES + 1)
    monkeypatch.setattr(portal_module, "_run", lambda *_given: ends.pop())
    driver = window()
    portal, screen = driver.app.portal, _screen(driver)
    driver.click(screen.switch)
    driver.wait_for(lambda: not portal.is_on, "its end")
    assert ends == []
    assert driver.shows("The portal ended by itself. Switch it on again")
    assert not driver.shows("Traceback")
    # The log has what happened, for whoever mends it.
    assert all("KeyError" in one for one in driver.problems)
    ends.append((False, "Traceback (most recent call last): ImportError"))
    portal.switch_on()
    driver.wait_for_dialog().accept()
    assert not driver.shows("Traceback")
    ends.append((False, "No port from 8443 on is free. Close other programs, or choose another port."))
    portal.switch_on()
    driver.wait_for(lambda: not portal.is_on, "its end")
    assert portal.state.sentence.startswith("No port from 8443 on is free.")
    driver.problems.clear()
