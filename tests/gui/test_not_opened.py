"""A home whose database cannot be opened: said plainly, and the newest sound copy is put back from the window."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from core import backups, rekeying
from core.locks import home_lock
from core.paths import Home
from core.store import audit, people, vault_keys
from core.store.database import open_store
from gui.dialogs.ask import AskDialog
from tests.account_support import quickly
from tests.gui.driver import Driver
from tests.gui.people_support import add_faces

Window = Callable[..., Driver]
PASSPHRASE = "violet kettle 7 harbour"
GARBAGE = b"no database at all" * 100


@pytest.fixture
def damaged(home: Home) -> Home:
    """Two copies, the newer one torn; then the database was written over."""
    with open_store(home) as store:
        with store.transaction() as db:
            people.add_class(db, "CS101", "Programming 1")
        sound = backups.back_up(store).path
    torn = sound.with_name("rollcall-29991231T235959Z-daily.db")
    torn.write_bytes(sound.read_bytes()[:5000])
    for journal in home.data.glob("rollcall.db-*"):
        journal.unlink()
    home.database.write_bytes(GARBAGE)
    return home


def test_a_damaged_database_is_put_back_from_its_newest_sound_copy_and_kept(window: Window, damaged: Home) -> None:
    before = {one: one.read_bytes() for one in _copies(damaged)}
    driver = window(ready=False)
    driver.wait_for(lambda: driver.shows("Put the copy back"))
    assert driver.shows("The database is damaged")
    assert driver.shows("nothing is deleted")
    # Looking changes nothing.
    assert {one: one.read_bytes() for one in _copies(damaged)} == before
    assert damaged.database.read_bytes() == GARBAGE
    driver.wait_for(lambda: driver.root.focus_get() is driver.find("Put the copy back"), "the keyboard")
    driver.press("<space>")
    driver.wait_for(lambda: driver.shows("The copy is in place"))
    [kept] = (damaged.data / "backups").glob("damaged-*.db")
    assert kept.read_bytes() == GARBAGE
    assert driver.shows(kept.name)
    driver.press("<space>")
    driver.wait_for(lambda: driver.is_ready)
    with driver.app.store.read() as db:
        assert [one.code for one in people.list_classes(db)] == ["CS101"]
    assert {one: one.read_bytes() for one in before} == before


def test_who_else_works_on_the_folder_is_waited_for(window: Window, damaged: Home) -> None:
    driver = window(ready=False)
    driver.wait_for(lambda: driver.shows("Put the copy back"))
    with home_lock(damaged, "marking CS101"):
        driver.click(driver.find("Put the copy back"))
        driver.wait_for(lambda: driver.shows("marking CS101"))
    assert damaged.database.read_bytes() == GARBAGE
    driver.click(driver.find("Try again"))
    driver.wait_for(lambda: driver.shows("Put the copy back"))


def test_without_a_sound_copy_it_is_said_where_help_is(window: Window, home: Home) -> None:
    home.database.write_bytes(GARBAGE)
    (home.data / "backups").mkdir()
    (home.data / "backups" / "rollcall-20261120T120000Z-daily.db").write_bytes(GARBAGE)
    driver = window(ready=False)
    driver.wait_for(lambda: driver.shows("There is no copy of it here that can be used."))
    assert driver.shows("app.py doctor")
    assert not driver.shows("Put the copy back")
    assert home.database.read_bytes() == GARBAGE
    home.database.unlink()
    driver.wait_for(lambda: driver.root.focus_get() is driver.find("Try again"), "the keyboard to be on the button")
    driver.press("<space>")
    driver.wait_for(lambda: driver.is_ready)


def test_what_is_no_damage_is_a_sentence_and_another_try(window: Window, home: Home) -> None:
    home.create()
    home.database.mkdir()
    driver = window(ready=False)
    driver.wait_for(lambda: driver.shows("Rollcall cannot open its data"))
    assert not driver.shows("Put the copy back")
    home.database.rmdir()
    driver.click(driver.find("Try again"))
    driver.wait_for(lambda: driver.is_ready)


def test_a_copy_whose_faces_are_not_sealed_yet_asks_for_their_passphrase(window: Window, home: Home) -> None:
    with quickly(), open_store(home) as store:
        with store.transaction() as db:
            add_faces(db, people.add_student(db, "R1", "Ada").id, 1, np.random.default_rng(1))
        rekeying.change_source(store, "passphrase", PASSPHRASE)
        copy = backups.back_up(store).path
    with closing(sqlite3.connect(copy)) as raw:
        # As a program that was stopped while it sealed the faces left it.
        raw.execute("UPDATE vault_keys SET finished = 0")
        raw.execute("UPDATE samples SET embedding = ?", [np.full(512, 512**-0.5, np.float32).tobytes()])
        raw.commit()
    for journal in home.data.glob("rollcall.db-*"):
        journal.unlink()
    home.database.write_bytes(GARBAGE)
    driver = window(ready=False)
    driver.wait_for(lambda: driver.shows("Put the copy back"))
    driver.click(driver.find("Put the copy back"))
    dialog = driver.wait_for_dialog()
    assert isinstance(dialog, AskDialog)
    dialog.form.set_value("text", "not the one it is")
    dialog.accept()
    driver.wait_for(lambda: driver.shows("That was wrong. Please try once more."))
    dialog = driver.wait_for_dialog()
    assert isinstance(dialog, AskDialog)
    dialog.form.set_value("text", PASSPHRASE)
    dialog.accept()
    driver.wait_for(lambda: driver.shows("The copy is in place"))
    driver.press("<space>")
    driver.wait_for(lambda: driver.is_ready)
    with driver.app.store.read() as db:
        assert [one.finished for one in vault_keys.list_keys(db)] == [True]
        assert "data.restore" in [one.action for one in audit.rows(db, audit.Filter(), 10)]


def _copies(home: Home) -> list[Path]:
    return sorted((home.data / "backups").iterdir())
