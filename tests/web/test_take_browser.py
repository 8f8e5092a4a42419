"""A teacher's tablet in a real browser: a film sent in pieces, the camera live, and the faces, before a real class."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from core.commands.main import run
from core.paths import Home
from tests.take_support import GRACE, Room, opened_room
from tests.web.phone_support import a_phone, chromium, log_in, playwright, wait_until
from tests.web_support import Portal
from web.pictures import SMALL_PX

__all__ = ["playwright"]
TABLET = {"width": 820, "height": 1180}
DONE_MS = 240_000
"""The networks are loaded first, on a computer that may be busy."""


@dataclass(frozen=True)
class Lessons:
    """A class of real faces, its portal over TLS, and a browser whose camera shows the class."""

    room: Room
    url: str
    browser: Browser = field(repr=False)
    film: Path
    present: set[str]
    everybody: set[str]


@pytest.fixture(scope="module")
def lessons(
    shared: Path, engine_home: Home, tmp_path_factory: pytest.TempPathFactory, playwright: object
) -> Iterator[Lessons]:
    folder = tmp_path_factory.mktemp("tablet")
    faces, made = shared / "faces", folder / "made"
    options = (
        f"--present 5 --absent 2 --unknown 1 --unknown-from {faces / 'unknown'} "
        "--enrol 5 --seconds 5 --width 1280 --height 720 --seed 5"
    )
    build = [sys.executable, str(shared / "classroom.py"), str(faces / "known"), str(made), *options.split()]
    subprocess.run(build, check=True, capture_output=True)
    truth = json.loads((made / "truth.json").read_text(encoding="utf-8"))
    home = Home(folder / "home")
    home.create()
    home.networks.symlink_to(engine_home.networks, target_is_directory=True)
    command(home, "class", "add", "C", "Class")
    command(home, "enrol", "C", made / "enrol", "--consent", "test")
    command(home, "train", "C")
    camera = folder / "camera.mjpeg"
    camera.write_bytes(as_mjpeg(made / "class.mp4"))
    show = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    show.append(f"--use-file-for-fake-video-capture={camera}")
    rolls = truth["rolls"]
    with opened_room(home) as room, chromium(playwright, *show) as browser:  # type: ignore[arg-type]
        portal = Portal(home, room.store, None, room.app, 0, 0)  # type: ignore[arg-type]
        with portal.over_tls() as served:
            present = {rolls[one] for one in truth["present"]}
            yield Lessons(room, served.url, browser, made / "class.mp4", present, set(rolls.values()))


def command(home: Home, *arguments: object) -> None:
    assert run(["--home", str(home.root), *map(str, arguments)]) == 0


def as_mjpeg(video: Path) -> bytes:
    """Its pictures as JPEG, one behind the other."""
    capture, found = cv2.VideoCapture(str(video)), bytearray()
    while True:
        done, picture = capture.read()
        if not done:
            return bytes(found)
        found += cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()


def accessible(page: Page) -> None:
    """No violation that axe knows."""
    found = Axe().run(page).response["violations"]
    assert found == [], [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


def test_a_film_is_sent_over_a_bad_connection_and_marks_the_class(lessons: Lessons, tmp_path: Path) -> None:
    lesson = lessons.room.lesson()
    lost: list[str] = []
    told: list[bool] = []

    def lose_until_told(route: Route) -> None:
        if len(lost) < 2 or not told:
            lost.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    with a_phone(lessons.browser, lessons.url) as page:
        log_in(page, GRACE)
        page.goto(f"/teach/lesson/{lesson}/")
        page.get_by_role("link", name="Take attendance").click()
        accessible(page)
        page.get_by_role("button", name="Send and recognise").click()
        expect(page.get_by_role("alert")).to_have_text("Choose photos or a video first.")
        page.get_by_label("Film the room").set_input_files(lessons.film)
        expect(page.get_by_role("status")).to_contain_text("Chosen: 1, ")
        page.route("**/uploads/*/0/*", lose_until_told)
        shot(page, tmp_path, "choose")
        page.get_by_role("button", name="Send and recognise").click()
        expect(page.get_by_role("alert")).to_contain_text("The connection is lost.")
        told.append(True)
        page.wait_for_url("**/jobs/*")
        assert len(lost) >= 2
        shot(page, tmp_path, "looking")
        accessible(page)
        expect(page.get_by_role("link", name="Download the sheet")).to_be_visible(timeout=DONE_MS)
        shot(page, tmp_path, "done")
        accessible(page)
        marks = lessons.room.statuses(lesson)
        here = {roll for roll, status in marks.items() if status == "P"}
        assert marks.keys() == lessons.everybody
        assert here <= lessons.present
        assert len(here) >= 4
        with page.expect_download() as download:
            page.get_by_role("link", name="Download the sheet").click()
        assert download.value.suggested_filename.startswith("C_")
        page.get_by_role("link", name="Look at the faces").click()
        accessible(page)
        for image in page.locator(".take-faces img").all():
            image.scroll_into_view_if_needed()
            expect(image).to_have_js_property("complete", value=True)
            assert image.evaluate("one => one.naturalWidth") == SMALL_PX
        shot(page, tmp_path, "faces")
        page.get_by_role("button", name="Not this person").first.click()
        expect(page.get_by_role("button", name="Take that back")).to_have_count(1, timeout=DONE_MS)
    still_here = {roll for roll, status in lessons.room.statuses(lesson).items() if status == "P"}
    assert len(still_here) == len(here) - 1
    assert lessons.room.leftovers == []


def test_the_live_camera_shows_names_and_marks_the_class(lessons: Lessons, tmp_path: Path) -> None:
    lesson = lessons.room.lesson()
    with a_phone(lessons.browser, lessons.url, viewport=TABLET, permissions=["camera"]) as page:
        log_in(page, GRACE)
        page.goto(f"/teach/lesson/{lesson}/take/live")
        accessible(page)
        page.get_by_role("button", name="Start").click()
        # How many a busy computer gets to see well enough differs.
        most = re.compile(f"[3-{len(lessons.present)}] of {len(lessons.everybody)} seen")
        expect(page.get_by_role("status")).to_have_text(most, timeout=DONE_MS)
        # Names are drawn over the picture.
        drawn = "one => one.getContext('2d').getImageData(0, 0, one.width, one.height).data.some((part) => part)"
        wait_until(page, f"() => ({drawn})(document.getElementById('boxes'))")
        shot(page, tmp_path, "live")
        accessible(page)
        page.get_by_role("button", name="Stop and save").click()
        page.wait_for_url("**/jobs/*")
        expect(page.get_by_role("link", name="Download the sheet")).to_be_visible(timeout=DONE_MS)
        shot(page, tmp_path, "live-done")
    look_at_marks(lessons, lesson)


def test_the_camera_of_the_room_is_watched_left_alone_and_stopped(lessons: Lessons, tmp_path: Path) -> None:
    lesson = lessons.room.lesson_in("Lab 1", f"loop:{lessons.film}")
    with a_phone(lessons.browser, lessons.url) as page:
        log_in(page, GRACE)
        page.goto(f"/teach/lesson/{lesson}/take/")
        accessible(page)
        shot(page, tmp_path, "room-choose")
        page.get_by_role("button", name="Start the room’s camera").click()
        page.wait_for_url("**/jobs/*")
        accessible(page)
        view = page.get_by_role("img", name="What the camera shows")
        expect(view).to_be_visible(timeout=DONE_MS)
        names = page.locator("#names li")
        expect(names.first).to_be_visible(timeout=DONE_MS)
        wait_until(page, "() => document.getElementById('view').naturalWidth === 800")
        accessible(page)
        page.goto("/teach/")
        page.goto(f"/teach/lesson/{lesson}/take/")
        accessible(page)
        page.get_by_role("link", name="See how far it is").click()
        expect(names.first).to_be_visible()
        expect(names.nth(2)).to_be_visible(timeout=DONE_MS)
        shot(page, tmp_path, "room")
        page.get_by_role("button", name="Stop, and keep what was seen").click()
        expect(page.get_by_role("link", name="Download the sheet")).to_be_visible(timeout=DONE_MS)
        shot(page, tmp_path, "room-done")
    look_at_marks(lessons, lesson)


def test_a_device_without_a_camera_is_told(lessons: Lessons) -> None:
    with a_phone(lessons.browser, lessons.url) as page:
        log_in(page, GRACE)
        page.add_init_script("navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('no'))")
        page.goto(f"/teach/lesson/{lessons.room.lesson()}/take/live")
        page.get_by_role("button", name="Start").click()
        expect(page.get_by_role("alert")).to_contain_text("The camera cannot be used.")
        expect(page.get_by_role("button", name="Start")).to_be_enabled()


def look_at_marks(lessons: Lessons, lesson: int) -> None:
    """Nobody wrong is present, most who are there are, and everybody has a mark."""
    marks = lessons.room.statuses(lesson)
    here = {roll for roll, status in marks.items() if status == "P"}
    assert here <= lessons.present
    assert len(here) >= 3
    assert marks.keys() == lessons.everybody


def shot(page: Page, folder: Path, name: str) -> None:
    """Keep what the page looks like, for whoever looks into the folder of a test that failed."""
    page.screenshot(path=folder / f"{name}.png", full_page=True)
