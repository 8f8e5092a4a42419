"""Cards that pair the phones of a class, from the class's page in the real window to a file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.confirming import phones
from core.store.database import Store
from core.surfaces import Served
from gui.dialogs import files
from gui.portal import OFF, State
from gui.screens.class_page import Screen
from gui.screens.class_parts.cards import CardsDialog
from tests.card_support import read_cards
from tests.gui.driver import Driver
from tests.register_support import NAMES, ROLLS, fill

Window = Callable[..., Driver]
ON = State("on", Served("https://192.168.1.20:8443", True, "AB:CD"))


@pytest.fixture
def school(store: Store) -> Store:
    """CS101 with four students."""
    fill(store, "CS101", ROLLS, NAMES, starts=(0,))
    return store


def _asked(driver: Driver) -> tuple[Screen, CardsDialog]:
    screen = driver.open("class", "CS101")
    assert isinstance(screen, Screen)
    driver.click(screen.cards)
    dialog = driver.wait_for_dialog()
    assert isinstance(dialog, CardsDialog)
    return screen, dialog


def test_cards_are_saved_and_pair_phones(
    school: Store, window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, names = tmp_path / "cards.pdf", []
    monkeypatch.setattr(
        files.filedialog, "asksaveasfilename", lambda **given: names.append(given["initialfile"]) or path
    )
    driver = window()
    driver.app.portal._set(ON)
    screen, dialog = _asked(driver)
    assert driver.shows("earlier cards and codes of these students stop working")
    assert driver.shows("The codes work once, for 14 days.")
    assert driver.shows("https://192.168.1.20:8443")
    driver.press("<Return>", dialog)
    driver.wait_for(lambda: driver.shows("Saved: "), "the cards")
    assert names == ["Phone cards CS101.pdf"]
    assert screen.saved.path == path
    found = read_cards(path.read_bytes(), tmp_path)
    assert len(found) == len(ROLLS)
    assert found[0].address.startswith("HTTPS://192.168.1.20:8443/P/")
    for one in found:
        phones.pair(school, None, one.code, "Android")
    # Now nobody is without one, and that is said.
    _screen, dialog = _asked(driver)
    driver.press("<Return>", dialog)
    dialog = driver.wait_for_dialog()
    assert driver.shows("Every student of CS101 has a phone already.")
    driver.press("<Return>", dialog)


def test_without_the_portal_it_is_offered_to_switch_it_on(
    school: Store, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = window()
    portal, switched = driver.app.portal, []
    monkeypatch.setattr(portal, "switch_on", lambda: (switched.append(1), portal._set(State("starting"))))
    screen = driver.open("class", "CS101")
    assert isinstance(screen, Screen)
    driver.click(screen.cards)
    question = driver.wait_for_dialog()
    assert driver.shows("The cards lead to the portal, which is off.")
    driver.press("<Return>", question)
    driver.wait_for(lambda: any(isinstance(one, CardsDialog) for one in driver.app.dialogs), "the dialog")
    dialog = driver.wait_for_dialog()
    assert isinstance(dialog, CardsDialog)
    assert switched == [1]
    # What is not known yet cannot be printed.
    assert driver.shows("The portal starts …")
    driver.press("<Return>", dialog)
    assert driver.app.dialogs == [dialog]
    portal._set(ON)
    driver.pump()
    assert driver.shows("The cards lead to https://192.168.1.20:8443.")
    portal._set(OFF)
    driver.pump()
    assert str(dialog.yes.cget("state")) == "disabled"
    driver.press("<Escape>", dialog)
    assert driver.app.dialogs == []
