"""The first start: from an empty home to a school with an admin, step by step."""

from collections.abc import Callable

import pytest

from core.accounts.admin import list_all
from core.accounts.login import log_in
from core.actor import acting
from core.paths import Home
from core.settings import Settings, load_settings
from core.store.database import open_store
from gui.screens.first_start import Screen
from gui.screens.first_start_parts.steps import AccountStep, CameraStep, FacesStep, LastStep, SchoolStep, kept_text
from tests.gui.driver import Driver

Window = Callable[..., Driver]
PASSWORD = "violet kettle 7 harbour"


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ROLLCALL_{name.upper()}", raising=False)


def test_how_faces_are_kept_is_said_in_words() -> None:
    assert "keyring" in kept_text("keyring")
    assert "beside them" in kept_text("file")


def test_a_new_school_is_set_up_step_by_step(ready: Home, window: Window) -> None:
    driver = window()
    screen = driver.screen
    assert isinstance(screen, Screen)
    driver.click(driver.find("Set it up"))
    assert isinstance(screen.step, SchoolStep)
    driver.press("<Return>", screen.step.first)
    assert driver.shows("Please fill this in")
    driver.type_into(screen.step.first, "Green Hill")
    screen.step.form.set_value("time_zone", "Asia/Kolkata")
    driver.press("<Return>")
    driver.wait_for(lambda: isinstance(screen.step, FacesStep) and driver.is_ready, "how faces are kept")
    assert driver.shows("encrypted")
    driver.click(screen.next)
    driver.wait_for(lambda: isinstance(screen.step, CameraStep))
    driver.click(screen.skip)
    driver.wait_for(lambda: isinstance(screen.step, AccountStep))
    step = screen.step
    driver.type_into(step.first, "ada")
    driver.type_into(step.password.first, "aaaaaaaaaa")
    assert driver.shows("guessed first")
    for name in ("password", "again"):
        step.form.set_value(name, PASSWORD)
    driver.click(screen.next)
    driver.wait_for(lambda: driver.app.actor is not None and driver.app.actor.name == "ada")
    driver.wait_for(lambda: driver.is_ready and isinstance(driver.screen, Screen))
    assert isinstance(driver.screen.step, LastStep)
    assert driver.shows("Try it with the demo class")
    settings = load_settings(ready)
    assert (settings.school, settings.time_zone) == ("Green Hill", "Asia/Kolkata")
    driver.click(driver.screen.next)
    driver.wait_for(lambda: driver.screen.name == "today")
    driver.close()
    with open_store(ready) as store:
        account = log_in(store, "ada", PASSWORD)
        with acting(account.actor()):
            assert [one.account.role for one in list_all(store)] == ["admin"]
