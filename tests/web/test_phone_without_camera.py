"""Phones whose page gets no camera: not allowed, not there, not encrypted, no scripts.  Everybody gets through."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Page, Playwright, expect

from core.paths import Home
from core.store.database import open_store
from tests.account_support import quickly
from tests.web.phone_support import a_phone, chromium, log_in, playwright
from tests.web_support import ACCOUNTS, FIVE, ONE, THREE, Portal, jpeg, open_portal
from web import shield
from web.shield import MOST_BYTES

__all__ = ["playwright"]
FAKE = "--use-fake-device-for-media-stream"
ALLOW = "--use-fake-ui-for-media-stream"
PICTURE: FilePayload = {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
LARGE: FilePayload = {**PICTURE, "buffer": jpeg(3000, quality=100) + bytes(8_000_000)}
"""As large as photos of some phones."""
REVIEW = "It is being looked at. You can put the phone away."


@pytest.fixture
def secure(portal: Portal) -> Iterator[tuple[Portal, str]]:
    """A portal over TLS, whose lesson takes phones."""
    portal.turn_on()
    with portal.over_tls() as served:
        yield portal, served.url


@pytest.fixture
def plain(home: Home) -> Iterator[tuple[Portal, str]]:
    """A portal that a school chose to serve without encryption."""
    with open_store(home) as store, quickly():
        portal = open_portal(home, store, secure=False)
        portal.turn_on()
        with portal.over_tls(secure=False) as served:
            yield portal, served.url
    shield.limiter.reset()


@pytest.fixture(scope="module")
def blind(playwright: Playwright) -> Iterator[Browser]:
    """A browser on a computer without a camera, which would be allowed."""
    with chromium(playwright, ALLOW) as browser:
        yield browser


def scanned(portal: Portal, phone: Page, account: str) -> None:
    """The page of a claim, for somebody who logged in."""
    phone.goto(portal.code().path)
    phone.get_by_role("link", name="Log in").click()
    log_in(phone, account)
    expect(phone.get_by_role("heading", name="I am here", exact=True)).to_be_visible()


def send_file(phone: Page, picture: FilePayload = PICTURE) -> None:
    """Send a picture by the file field."""
    phone.get_by_label("Selfie").set_input_files(picture)
    phone.get_by_role("button", name="Confirm").click()
    phone.wait_for_url("**/confirmed?number=*")


def test_who_does_not_allow_the_camera_is_told_and_sends_a_picture(
    playwright: Playwright, secure: tuple[Portal, str]
) -> None:
    portal, url = secure
    with chromium(playwright, FAKE) as browser, a_phone(browser, url, permissions=[]) as phone:
        scanned(portal, phone, ACCOUNTS[ONE])
        expect(phone.get_by_label("Selfie")).to_be_hidden()
        phone.get_by_role("button", name="Confirm").click()
        expect(phone.get_by_role("alert")).to_contain_text("This page may not use the camera.")
        send_file(phone)
        (sent,) = portal.confirmations()
        assert sent.student_id == portal.student_id(ONE)


def test_without_a_camera_a_picture_is_sent(blind: Browser, secure: tuple[Portal, str]) -> None:
    portal, url = secure
    with a_phone(blind, url) as phone:
        scanned(portal, phone, ACCOUNTS[ONE])
        # Until its script has come the page asks for a picture at once.
        expect(phone.get_by_label("Selfie")).to_be_hidden()
        phone.get_by_role("button", name="Confirm").click()
        expect(phone.get_by_role("alert")).to_contain_text("No camera was found")
        send_file(phone)
        assert len(portal.confirmations()) == 1


def test_who_wants_to_sends_a_picture_at_once(blind: Browser, secure: tuple[Portal, str]) -> None:
    portal, url = secure
    with a_phone(blind, url) as phone:
        scanned(portal, phone, ACCOUNTS[THREE])
        phone.get_by_role("button", name="Send a picture instead").click()
        expect(phone.get_by_label("Selfie")).to_be_focused()
        # Made smaller by the page, or nobody with a good camera could send one.
        send_file(phone, LARGE)
        assert len(portal.confirmations()) == 1
        assert 1000 < portal.column("SELECT max(length(frames)) FROM confirmations")[0] < MOST_BYTES


def test_who_did_not_agree_is_asked_for_no_picture(blind: Browser, secure: tuple[Portal, str]) -> None:
    portal, url = secure
    with a_phone(blind, url) as phone:
        scanned(portal, phone, ACCOUNTS[FIVE])
        assert phone.locator("video, input[type=file]").count() == 0
        phone.get_by_role("button", name="Confirm").click()
        expect(phone.locator("#state")).to_contain_text("Waiting for your teacher.")
        assert portal.confirmations()[0].state == "review"


def test_without_scripts_the_code_is_typed_and_a_picture_sent(blind: Browser, secure: tuple[Portal, str]) -> None:
    portal, url = secure
    with a_phone(blind, url, java_script_enabled=False) as phone:
        phone.goto("/code-of-lesson")
        phone.get_by_label("Code under the picture").fill(portal.code().typed.lower())
        phone.get_by_role("button", name="Go on").click()
        phone.get_by_role("link", name="Log in").click()
        log_in(phone, ACCOUNTS[ONE])
        expect(phone.get_by_label("Selfie")).to_be_visible()
        phone.get_by_label("Selfie").set_input_files(LARGE)
        phone.get_by_role("button", name="Confirm").click()
        expect(phone.get_by_role("alert")).to_contain_text("That is too large to be sent.")
        phone.get_by_role("link", name="Back").click()
        send_file(phone)
        expect(phone.locator("#state")).to_have_text(REVIEW)
        (sent,) = portal.confirmations()
        assert sent.how == "typed"
        phone.get_by_role("link", name="Look again").click()
        expect(phone.locator("#state")).to_be_visible()


def test_a_lost_answer_confirms_once(blind: Browser, secure: tuple[Portal, str]) -> None:
    portal, url = secure
    with a_phone(blind, url) as phone:
        scanned(portal, phone, ACCOUNTS[ONE])
        claim = phone.url
        phone.get_by_role("button", name="Send a picture instead").click()
        send_file(phone)
        there = phone.url
        # Whoever comes back to the page of the scan is led to what became of it.
        phone.goto(claim)
        assert phone.url == there
        assert len(portal.confirmations()) == 1


def test_plain_http_takes_codes_and_pictures_and_no_password(blind: Browser, plain: tuple[Portal, str]) -> None:
    portal, url = plain
    # A phone calls the computer by its address, where no browser gives its camera without encryption; Chromium trusts
    # "localhost" more than phones trust any address, so it is told not to have one.
    with a_phone(blind, url) as phone:
        phone.add_init_script("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
        phone.goto("/login")
        expect(phone.get_by_role("note")).to_contain_text("This connection is not encrypted.")
        assert phone.locator("input[type=password]").count() == 0
        phone.goto("/trust")
        expect(phone.locator("main")).to_contain_text("there is nothing to trust")
        assert phone.request.get(f"{url}/trust/rollcall-school.crt").status == 404
        phone.goto(portal.code().path)
        assert phone.get_by_role("link", name="Log in").count() == 0
        phone.get_by_role("link", name="Use a code from my teacher").click()
        phone.get_by_label("Code").fill(portal.pairing(ONE))
        phone.get_by_role("button", name="Pair").click()
        expect(phone.get_by_label("Selfie")).to_be_visible()
        send_file(phone)
        assert len(portal.confirmations()) == 1
