"""Phones for tests: Chromium with a camera that shows what a test wants, and a school that knows some real faces."""

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from core import clock
from core.actor import acting
from core.confirming import claims, passing
from core.confirming.challenge import STEPS
from core.engine import Engine
from core.enrolment import EnrolRequest, enrol
from core.enrolment_folder import StudentName
from core.paths import Home
from core.records import Image
from core.settings import load_settings
from core.store import marks, people
from core.store.confirmations import Confirmation
from core.store.database import open_store
from core.store.tables import ConfirmationTable
from tests.account_support import PASSWORD, quickly
from tests.store_support import lesson_now
from tests.web_support import FOUR, ONE, PHONE, Portal, ServedPortal, open_portal
from web import shield

CHROMIUM = Path("/usr/bin/chromium")
WIDE, HIGH = 640, 480
"""Of the camera's picture."""
SCREEN = {"width": 390, "height": 844}
PATIENCE_MS = 60_000
"""Waiting for a page longer costs nothing when it comes, and this computer may be busy."""
JUDGED_MS = 180_000
"""The networks are loaded for the first selfie, on a computer that may be busy."""
TURNING = "Howard_Dean"
LOOKS = {"front": 5, "left": 11, "right": 7, "up": 3}
"""Photos of him, by number, in which he looks where a page may ask him to: any two turns are those of a head.  One for
each, for which of several a page's pictures show is left to chance."""
ALSO_AHEAD = 9
"""Another one of him, which is less like others."""
SLOTS, SLOT_BYTES = 6, 120_000
TICK_MS, LONGEST_MS, SETTLED_S = 100, 60_000, 0.6
CLASSMATES = ("Bill_Gates", "Hans_Blix", "Nicole_Kidman", "Tony_Blair")
STILL = "Colin_Powell"
expect.set_options(timeout=PATIENCE_MS)


@dataclass(slots=True)
class Camera:
    """What the browser's camera shows, from one moment to the next.

    file: pictures as JPEG, one behind the other, which the browser shows over and over.  All have the same size, so
    that others can be put in their place while it does.
    """

    file: Path

    def show(self, *pictures: Image) -> None:
        """Show these from now on."""
        slots = [_filled(_jpeg(one)) for one in pictures]
        content = b"".join(slots[place % len(slots)] for place in range(SLOTS))
        if not self.file.exists():
            self.file.write_bytes(content)
            return
        with self.file.open("r+b", buffering=0) as file:
            file.write(content)


@dataclass
class PhoneSchool:
    """A school behind the real server with its known faces.

    shared: the folder of faces; session_id: the lesson that takes phones.
    """

    served: ServedPortal
    browser: Browser = field(repr=False)
    camera: Camera
    shared: Path
    session_id: int

    @property
    def portal(self) -> Portal:
        """The school."""
        return self.served.portal

    def new_lesson(self) -> None:
        """Open another lesson of the class, which takes phones."""
        portal = self.portal
        with portal.store.transaction() as db:
            self.session_id = lesson_now(db, portal.school.own.class_id).id
        portal.turn_on(session_id=self.session_id)

    def scan_and_log_in(self, phone: Page, account: str) -> None:
        """As a student who has a password."""
        phone.goto(self.portal.code(self.session_id).path)
        phone.get_by_role("link", name="Log in").click()
        log_in(phone, account)

    def pair_and_scan(self, phone: Page, roll: str) -> None:
        """As a student who was given a code."""
        phone.goto("/pair")
        phone.get_by_label("Code").fill(self.portal.pairing(roll))
        phone.get_by_role("button", name="Pair").click()
        expect(phone.get_by_role("heading", name="This phone is yours now")).to_be_visible()
        phone.goto(self.portal.code(self.session_id).path)

    def scores(self, confirmation_id: int) -> dict[str, Any]:
        """What the judge measured."""
        with self.portal.store.read() as db:
            row = db.get(ConfirmationTable, confirmation_id)
            return {} if row is None else dict(row.scores or {})

    def judged(self, phone: Page) -> Confirmation:
        """What became of the only selfie of the lesson, when the phone has told its owner."""
        expect(phone.locator("#waiting:not([data-told=waiting])")).to_be_visible(timeout=JUDGED_MS)
        (found,) = self.portal.confirmations(self.session_id)
        print("judged", found.challenge, found.state, found.reason, self.scores(found.id))
        return found

    def mark_of(self, student_id: int) -> str:
        """The status in the lesson, "" for none."""
        with self.portal.store.read() as db:
            found = marks.marks_of(db, [self.session_id]).get((self.session_id, student_id))
        return "" if found is None else found.status

    def photos(self, person: str) -> list[Path]:
        """The photos of one of the known."""
        return sorted((self.shared / "faces" / "known" / person).iterdir())

    def looks(self) -> dict[str, list[Image]]:
        """The person who was enrolled as ONE, looking wherever a page may ask for."""
        photos = self.photos(TURNING)
        return {step: [read_photo(photos[one])] for step, one in LOOKS.items()}

    def take_selfie(self, phone: Page, looks: Mapping[str, Sequence[Image]]) -> None:
        """Press the button and do what the page asks for.

        looks: what is before the camera for each step.  The page's own clock stands still until the person has turned,
        so that a busy computer does not matter.
        """
        self.camera.show(*looks["front"])
        # Until its script has come the page asks for a picture from the file field, as where there is no camera.
        expect(phone.locator("#how")).to_be_visible()
        phone.clock.install()
        phone.clock.pause_at(phone.evaluate("Date.now()") + 1000)
        phone.get_by_role("button", name="Confirm").click()
        step, passed = "", 0
        expect(phone.locator("#view")).to_be_visible()
        # Not by a script of its own, which the page's policy refuses where it does not hold at once.
        expect(phone.locator("#view")).not_to_have_js_property("videoWidth", 0)
        while not phone.locator("#waiting").count():
            assert passed < LONGEST_MS, "the page asks for ever"
            asked = phone.locator("#ask").get_attribute("data-step") if phone.locator("#view").is_visible() else step
            if asked and asked != step:
                self.camera.show(*looks[asked])
                # What was on its way to the page when the camera turned is gone by then.
                time.sleep(SETTLED_S)
                step = asked
            # Each picture is another one of the film.
            time.sleep(TICK_MS / 1000)
            phone.clock.run_for(TICK_MS)
            passed += TICK_MS
            phone.wait_for_load_state()
        phone.clock.resume()

    def still(self, picture: Path) -> dict[str, list[Image]]:
        """A photo, whatever the page asks for."""
        return {step: [read_photo(picture)] for step in ("front", *STEPS)}

    @contextmanager
    def phone(self, **how: object) -> Iterator[Page]:
        """A phone that was never here; it went past the warning about the certificate."""
        # All phones come from one address.
        shield.limiter.reset()
        with a_phone(self.browser, self.served.url, **how) as page:
            yield page

    @contextmanager
    def teacher(self, name: str, session_id: int) -> Iterator[Page]:
        """The teacher's register of a lesson."""
        page = new_page(self.browser, self.served.url)
        log_in(page, name)
        page.goto(f"/teach/lesson/{session_id}/")
        yield page
        page.context.close()


def new_page(browser: Browser, url: str, **how: Any) -> Page:
    """A page of a browser of its own, which went past the warning about the certificate."""
    context = browser.new_context(base_url=url, ignore_https_errors=True, **how)
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """Type a name and a password on the page for logging in, which is opened unless it is there."""
    if "/login" not in page.url:
        page.goto("/login")
    # Whatever language the page is in.
    page.locator("#name").fill(name)
    page.locator("#password").fill(password)
    page.locator("main button").click()
    expect(page.locator(".who")).to_be_visible()


def wait_until(page: Page, script: str, given: object = None) -> None:
    """Wait for what a script says of a page whose policy forbids the scripts that Playwright itself would wait with."""
    until = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(script, given):
        assert time.monotonic() < until, f"waited in vain for {script}"
        page.wait_for_timeout(50)


def challenge_of(page: Page) -> list[str]:
    """What the page of a claim asks for."""
    return (page.locator("#selfie").get_attribute("data-challenge") or "").split()


@contextmanager
def a_phone(browser: Browser, url: str, **how: object) -> Iterator[Page]:
    """A page as a phone shows it; a script that fails, fails the test."""
    page = new_page(
        browser,
        url,
        viewport=how.pop("viewport", SCREEN),
        device_scale_factor=1,
        is_mobile=True,
        has_touch=True,
        user_agent=PHONE,
        **how,
    )
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    page.context.close()
    assert not problems


@contextmanager
def chromium(playwright: Playwright, *arguments: str) -> Iterator[Browser]:
    """The browser; tests are skipped where it is missing."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *arguments])
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """What drives the browser."""
    with sync_playwright() as made:
        yield made


@pytest.fixture(scope="module")
def phone_school(
    tmp_path_factory: pytest.TempPathFactory, playwright: Playwright, shared: Path, engine_home: Home, engine: Engine
) -> Iterator[PhoneSchool]:
    """ONE turns his head, FOUR has one photo; THREE agreed, but nobody took a face."""
    folder = tmp_path_factory.mktemp("phones")
    home = Home(folder / "home")
    home.create()
    shutil.copytree(engine_home.networks, home.networks, dirs_exist_ok=True)
    camera = Camera(folder / "camera.mjpeg")
    camera.show(np.full((HIGH, WIDE, 3), 128, np.uint8))
    show = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    with (
        open_store(home) as store,
        quickly(),
        pytest.MonkeyPatch.context() as patch,
        chromium(playwright, *show, f"--use-file-for-fake-video-capture={camera.file}") as browser,
    ):
        # No photo of whom this camera shows has closed eyes; where a test wants them asked for, it says so.
        # Whoever turns before the camera of a busy computer takes longer.
        for module in (claims, passing):
            patch.setattr(module, "eyes_file", lambda: None)
            patch.setattr(module, "LASTS", timedelta(minutes=30))
        portal = open_portal(home, store)
        enrol_faces(portal, engine, shared, folder)
        with portal.over_tls() as served:
            yield PhoneSchool(served, browser, camera, shared, portal.session_id)
    shield.limiter.reset()
    shutil.rmtree(folder, ignore_errors=True)


def enrol_faces(portal: Portal, engine: Engine, shared: Path, folder: Path) -> None:
    """Give ONE, FOUR and some classmates their faces."""
    known = shared / "faces" / "known"
    shown = {*LOOKS.values(), ALSO_AHEAD}
    himself = [one for place, one in enumerate(sorted((known / TURNING).iterdir())) if place not in shown]
    faces = {ONE: himself, FOUR: sorted((known / STILL).iterdir())}
    faces |= {f"C{number}": sorted((known / one).iterdir()) for number, one in enumerate(CLASSMATES)}
    with portal.store.transaction() as db:
        for roll in sorted(faces.keys() - {ONE, FOUR}):
            people.add_to_roster(db, portal.school.own.class_id, people.add_student(db, roll, f"Classmate {roll}").id)
            people.record_consent(db, people.get_student(db, roll).id, "paper form", clock.now())
    for roll, source in faces.items():
        some = folder / f"of-{roll}"
        some.mkdir()
        for one in source[:5]:
            shutil.copy(one, some)
        with portal.store.read() as db:
            student = people.get_student(db, roll)
        request = EnrolRequest("OWN", str(some), "paper form", StudentName(roll, student.name))
        with acting(portal.actor("admin")):
            reports = enrol(portal.store, engine, load_settings(portal.home), request)
        assert reports[0].accepted >= 3, reports


def read_photo(path: Path) -> Image:
    """A photo as it fills the camera's picture."""
    found = cv2.imread(str(path))
    assert found is not None
    height, width = found.shape[:2]
    high, wide = min(height, width * HIGH // WIDE), min(width, height * WIDE // HIGH)
    top, left = (height - high) // 2, (width - wide) // 2
    part = found[top : top + high, left : left + wide]
    return np.asarray(cv2.resize(part, (WIDE, HIGH), interpolation=cv2.INTER_CUBIC), np.uint8)


def _jpeg(picture: Image) -> bytes:
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 92])
    assert done
    return data.tobytes()


def _filled(jpeg: bytes) -> bytes:
    """The same picture in just so many bytes: the rest are comments."""
    left, comments = SLOT_BYTES - len(jpeg), b""
    while left:
        # No rest may be too small for a comment of its own.
        size = left if left <= 65_000 else min(65_000, left - 4)
        comments += b"\xff\xfe" + (size - 2).to_bytes(2, "big") + bytes(size - 4)
        left -= size
    return jpeg[:2] + comments + jpeg[2:]
