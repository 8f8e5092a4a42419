"""A portal that runs for weeks closes lessons and erases what is due, as every command does."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from core import clock
from core.paths import Home
from core.store import copies, people, sessions
from core.store.database import Store
from tests.phone_support import confirm, noise, open_lesson, paired
from tests.test_consent import add_face
from tests.test_phone_privacy import state_of
from web import upkeep
from web.upkeep import Upkeep


@pytest.fixture
def lesson(store: Store) -> int:
    student = add_face(store, "R1", 1)
    with store.transaction() as db:
        people.add_to_roster(db, people.add_class(db, "C", "Class").id, student)
    return open_lesson(store, 1)


def lesson_state(store: Store, number: int) -> str:
    with store.read() as db:
        return sessions.get_session(db, number).state


def test_lessons_close_and_selfies_go(store: Store, lesson: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made = confirm(store, paired(store, "R1"), lesson, noise(1))
    keeper = Upkeep(store.home, store)
    keeper.work()
    assert (lesson_state(store, lesson), state_of(store, made.id).state) == ("open", "waiting")
    assert len(copies.list_copies(store.home.database)) == 1
    then = clock.now() + timedelta(days=20)
    monkeypatch.setattr(clock, "now", lambda: then)
    keeper.work()
    assert (lesson_state(store, lesson), state_of(store, made.id).state) == ("closed", "review")
    assert len(copies.list_copies(store.home.database)) == 2


def test_it_goes_on_after_what_fails(home: Home, store: Store, lesson: int, monkeypatch: pytest.MonkeyPatch) -> None:
    settings: Path = home.data / "settings.toml"
    settings.write_text("selfie_days = 0\n", encoding="utf-8")
    monkeypatch.setattr(upkeep, "EVERY_S", 0.01)
    done = threading.Event()
    real = upkeep.do_daily_work
    monkeypatch.setattr(upkeep, "do_daily_work", lambda *given: (real(*given), done.set())[0])
    keeper = Upkeep(home, store)
    keeper.start()
    assert not done.wait(0.3)
    settings.unlink()
    assert done.wait(60)
    keeper.stop()
    assert copies.list_copies(home.database)
