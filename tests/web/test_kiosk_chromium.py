"""A teacher's device in a browser with a camera, real faces and networks: passed round, taking a student's faces."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from core import clock
from core.accounts import admin
from core.actor import acting
from core.face_gallery import faces_of
from core.store import people
from tests.web.faces_support import faces_page
from tests.web.phone_support import (
    HIGH,
    JUDGED_MS,
    SETTLED_S,
    WIDE,
    PhoneSchool,
    a_phone,
    log_in,
    phone_school,
    playwright,
    read_photo,
)
from tests.web_support import FIVE, FOUR, MOST_BYTES, ONE, TEACHER, THREE

__all__ = ["phone_school", "playwright"]

PIN = "730518"
SCREENS = {"phone": {"width": 390, "height": 844}, "tablet": {"width": 1024, "height": 768}}
LEAST_TARGET = 24
LARGE_TARGET = 60
POSES = ("front", "left", "right", "up", "down")
NEW, NEW_PERSON = "R20", "Ariel_Sharon"
"""Agreed, and nobody took a face yet."""
STEP_MS, MOST_STEPS = 400, 3000
TAKEN_MS = 240_000
"""Thirty pictures are looked at, on a computer that may be busy."""


@pytest.fixture(scope="module")
def school(phone_school: PhoneSchool) -> PhoneSchool:
    portal = phone_school.portal
    with acting(portal.actor("admin")):
        admin.set_pin(portal.store, TEACHER, PIN)
    return phone_school


@pytest.fixture
def device(school: PhoneSchool) -> Iterator[Page]:
    """A phone whose teacher has just begun to pass it round."""
    with school.phone() as page:
        begin(school, page)
        yield page


def begin(school: PhoneSchool, page: Page) -> None:
    log_in(page, TEACHER)
    page.goto(f"/teach/lesson/{school.portal.session_id}/")
    page.get_by_role("link", name="Pass this device round").click()
    page.get_by_label("PIN").fill(PIN)
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()


def say(page: Page, who: str) -> None:
    page.get_by_label("Your roll number or name").fill(who)
    page.get_by_role("button", name="Go on").click()


def take_selfie(school: PhoneSchool, page: Page) -> None:
    """Whoever was enrolled as ONE stands before the device; wait until the selfie is judged."""
    school.take_selfie(page, school.looks())
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    expect(page.locator("#state")).not_to_contain_text("being looked at", timeout=JUDGED_MS)


def test_two_students_one_device(school: PhoneSchool, device: Page) -> None:
    say(device, ONE)
    take_selfie(school, device)
    (own,) = school.portal.confirmations()
    assert (own.state, own.how) == ("accepted", "kiosk"), own.reason
    expect(device.locator("#state")).to_have_text("You are marked as here.")
    device.get_by_role("button", name="Next student").click()
    # The same face under another number.
    say(device, FOUR)
    take_selfie(school, device)
    expect(device.locator("#state")).to_have_text("Please see your teacher, who decides.")
    expect(device.get_by_role("button", name="Take the selfie once more")).to_be_visible()
    found = {one.student_id: one.state for one in school.portal.confirmations()}
    assert found == {school.portal.student_id(ONE): "accepted", school.portal.student_id(FOUR): "review"}
    device.get_by_role("button", name="Next student").click()
    # Who has no stored face is asked for no picture.
    say(device, THREE)
    device.get_by_role("button", name="I am here").click()
    expect(device.locator("#state")).to_have_text("Please see your teacher, who decides.")


def test_nothing_else_opens(school: PhoneSchool, device: Page) -> None:
    for path in ("/", "/teach/", f"/teach/lesson/{school.portal.session_id}/", "/login", "/my/", "/code-of-lesson"):
        device.goto(path)
        assert re.search(r"/kiosk/$", device.url), path
    for _ in range(4):
        device.go_back()
        expect(device.get_by_role("heading", name="Who are you?")).to_be_visible()
    device.get_by_role("link", name="For the teacher").click()
    device.get_by_label("PIN").fill("111222")
    device.get_by_role("button", name="End").click()
    expect(device.get_by_role("alert")).to_be_visible()
    device.get_by_label("PIN").fill(PIN)
    device.get_by_role("button", name="End").click()
    expect(device.get_by_role("heading", name="Log in")).to_be_visible()
    device.goto("/teach/")
    expect(device.get_by_role("heading", name="Log in")).to_be_visible()


@pytest.mark.parametrize("light", ["light", "dark"])
@pytest.mark.parametrize("screen", list(SCREENS))
def test_every_page_can_be_used_by_everybody(
    school: PhoneSchool, screen: str, light: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shots = tmp_path_factory.mktemp("shots")
    with a_phone(school.browser, school.served.url, viewport=SCREENS[screen], color_scheme=light) as page:
        log_in(page, TEACHER)
        page.goto(f"/kiosk/start?lesson={school.portal.session_id}")
        look(page, shots / f"{screen}-{light}-1-start.png", large=False)
        page.get_by_label("PIN").fill(PIN)
        page.get_by_role("button", name="Start").click()
        look(page, shots / f"{screen}-{light}-2-who.png")
        say(page, "nobody")
        look(page, shots / f"{screen}-{light}-3-wrong.png")
        say(page, "C1")
        look(page, shots / f"{screen}-{light}-4-selfie.png")
        page.get_by_role("button", name="That is not me").click()
        say(page, FIVE)
        look(page, shots / f"{screen}-{light}-5-plain.png")
        page.get_by_role("button", name="I am here").click()
        look(page, shots / f"{screen}-{light}-6-result.png")
        page.get_by_role("link", name="For the teacher").click()
        look(page, shots / f"{screen}-{light}-7-leave.png")


def look(page: Page, shot: object, *, large: bool = True) -> None:
    """No violation of WCAG, nothing beyond the screen, and what is touched is large."""
    page.wait_for_load_state("load")
    page.screenshot(path=str(shot))
    found = Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for one in page.locator(".kiosk button:visible, .kiosk input:visible, .kiosk a:visible").all():
        box = one.bounding_box()
        assert box is not None
        is_plain = "plain" in (one.get_attribute("class") or "")
        assert box["height"] >= (LEAST_TARGET if is_plain or not large else LARGE_TARGET), one.inner_text()


def test_the_pages_are_light(school: PhoneSchool, device: Page) -> None:
    sizes = []
    device.on("response", lambda answer: sizes.append(len(answer.body())))
    device.reload()
    device.wait_for_load_state("networkidle")
    assert 0 < sum(sizes) < MOST_BYTES


@pytest.fixture
def new_student(school: PhoneSchool) -> int:
    with school.portal.store.transaction() as db:
        found = people.find_student(db, NEW)
        if found is None:
            found = people.add_student(db, NEW, "New Student")
            people.add_to_roster(db, school.portal.school.own.class_id, found.id)
            people.record_consent(db, found.id, "paper form", clock.now())
        return found.id


def stored(school: PhoneSchool) -> int:
    with acting(school.portal.actor("admin")):
        return len(faces_of(school.portal.store, NEW))


def open_camera(page: Page) -> None:
    page.get_by_role("button", name="Open the camera").press("Enter")
    expect(page.locator("#view")).not_to_have_js_property("videoWidth", 0)
    expect(page.get_by_role("button", name="Begin")).to_be_focused()


def begin_capture(page: Page) -> None:
    """From here on the page's own clock goes on only when it is told to."""
    page.clock.install()
    page.clock.pause_at(page.evaluate("Date.now()") + 1000)
    page.get_by_role("button", name="Begin").press("Enter")
    expect(page.locator("#ready")).to_have_text("3")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()


def pass_on(page: Page) -> None:
    """A little later; what the page takes meanwhile needs a moment that its clock does not have."""
    page.clock.run_for(STEP_MS)
    time.sleep(0.02)


def test_the_faces_of_a_student_are_taken_with_the_camera(
    school: PhoneSchool, new_student: int, tmp_path: Path
) -> None:
    photos = [read_photo(one) for one in school.photos(NEW_PERSON)[: len(POSES)]]
    shown = dict(zip(POSES, photos, strict=True)) | {"down": np.full((HIGH, WIDE, 3), 128, np.uint8)}
    with school.phone() as page:
        log_in(page, TEACHER)
        page.goto(faces_page(new_student))
        look(page, tmp_path / "1-closed.png", large=False)
        school.camera.show(shown["front"])
        open_camera(page)
        time.sleep(SETTLED_S)
        look(page, tmp_path / "2-open.png", large=False)
        begin_capture(page)
        asked: list[str] = []
        for _ in range(MOST_STEPS):
            if not page.locator("#view").is_visible():
                break
            step = page.locator("#ask").get_attribute("data-step") or ""
            if step not in asked:
                asked.append(step)
                school.camera.show(shown[step])
                time.sleep(SETTLED_S)
            pass_on(page)
        assert tuple(asked) == POSES
        page.clock.resume()
        expect(page.get_by_role("status").first).to_have_text(
            "4 faces are taken. 26 pictures were refused.", timeout=TAKEN_MS
        )
        page.screenshot(path=tmp_path / "4-done.png", full_page=True)
        expect(page.get_by_text("20 pictures: the same picture as another one")).to_be_visible()
        expect(page.get_by_text("6 pictures: no face found")).to_be_visible()
        expect(page.locator(".faces img")).to_have_count(4)
    assert stored(school) == 4


def test_a_capture_that_is_cancelled_or_refused_sends_and_keeps_nothing(school: PhoneSchool, new_student: int) -> None:
    before, sent = stored(school), []
    with school.phone() as page:
        log_in(page, TEACHER)
        page.goto(faces_page(new_student))
        page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
        for end in (
            lambda: page.get_by_role("button", name="Cancel").press("Enter"),
            lambda: page.keyboard.press("Escape"),
        ):
            open_camera(page)
            begin_capture(page)
            for _ in range(MOST_STEPS):
                if page.locator("#count").is_visible():
                    break
                pass_on(page)
            expect(page.locator("#count")).to_have_text(re.compile("Picture . of 30"))
            end()
            expect(page.get_by_role("alert")).to_have_text("Cancelled. No picture was sent or kept.")
            expect(page.locator("#view")).to_have_js_property("srcObject", None)
            expect(page.locator("#count")).to_be_hidden()
            expect(page.get_by_role("button", name="Open the camera")).to_be_focused()
            page.clock.run_for(60_000)
            page.clock.resume()
        page.add_init_script(
            "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))"
        )
        page.reload()
        page.get_by_role("button", name="Open the camera").click()
        expect(page.get_by_role("alert")).to_contain_text("This page may not use the camera.")
        expect(page.get_by_role("button", name="Open the camera")).to_be_focused()
        expect(page.get_by_label("Photos of this student alone")).to_be_visible()
        page.goto(faces_page(school.portal.student_id(FIVE)))
        expect(page.get_by_text("Record the consent first.")).to_be_visible()
        expect(page.locator("#capture")).to_have_count(0)
    assert (stored(school), sent) == (before, [])
