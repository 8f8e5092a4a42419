"""A student's phone in a real browser: scanned, logged in or paired, looked into the camera, marked on the board."""

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect

from core.confirming import claims, codes
from core.confirming.picture import qr_squares
from core.records import Image
from tests.web.phone_support import (
    HIGH,
    STILL,
    WIDE,
    PhoneSchool,
    log_in,
    phone_school,
    playwright,
)
from tests.web_support import ACCOUNTS, FOUR, ONE, TEACHER

__all__ = ["phone_school", "playwright"]
READER = """window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect(view) {
    const canvas = document.createElement("canvas");
    canvas.width = view.videoWidth; canvas.height = view.videoHeight;
    canvas.getContext("2d").drawImage(view, 0, 0);
    const text = await readCode(canvas.toDataURL("image/png").split(",")[1]);
    return text ? [{ rawValue: text }] : [];
  }
};"""
"""What browsers of phones have and this one has not; the picture of its camera is read all the same."""


def test_scan_log_in_selfie_and_the_teacher_sees_a_p(phone_school: PhoneSchool) -> None:
    portal = phone_school.portal
    portal.turn_on()
    with phone_school.teacher(TEACHER, portal.session_id) as board, phone_school.phone() as phone:
        mark = board.locator(f"#student-{portal.student_id(ONE)} .state")
        expect(mark).to_have_text("no mark")
        phone.goto(portal.code().path)
        expect(phone.get_by_role("heading", name="I am here")).to_be_visible()
        expect(phone.locator("main")).to_contain_text("OWN Class OWN")
        phone.get_by_role("link", name="Log in").click()
        log_in(phone, ACCOUNTS[ONE])
        # The scan was kept while the password was typed.
        expect(phone.locator("main")).to_contain_text("You are Student R1 (R1)")
        phone_school.take_selfie(phone, phone_school.looks())
        confirmed = phone_school.judged(phone)
        assert (confirmed.state, confirmed.how) == ("accepted", "qr"), confirmed.reason
        assert phone_school.scores(confirmed.id)["pictures"] == 9
        expect(phone.locator("#state")).to_have_text("You are marked as here.")
        # Nobody loaded the teacher's page again.
        expect(mark).to_have_text("Present")


def test_paired_phone_still_face_and_the_teacher_decides(
    phone_school: PhoneSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = phone_school.portal
    monkeypatch.setattr(claims, "new_challenge", lambda **_: ("left", "blink"))
    phone_school.new_lesson()
    with phone_school.teacher(TEACHER, phone_school.session_id) as board, phone_school.phone() as phone:
        phone.goto(portal.code(phone_school.session_id).path)
        phone.get_by_role("link", name="Use a code from my teacher").click()
        phone.get_by_label("Code").fill(portal.pairing(FOUR))
        phone.get_by_role("button", name="Pair").click()
        expect(phone.locator("main")).to_contain_text("You are Student R4 (R4)")
        expect(phone.locator("#selfie")).to_have_attribute("data-blink", "Close your eyes for two seconds")
        phone_school.take_selfie(phone, phone_school.still(phone_school.photos(STILL)[9]))
        judged = phone_school.judged(phone)
        assert (judged.state, judged.challenge) == ("review", ("left", "blink"))
        assert phone_school.scores(judged.id)["pictures"] == 9
        expect(phone.locator("#state")).to_contain_text("Waiting for your teacher.")
        board.reload()
        expect(board.locator("main")).to_contain_text(judged.reason)
        picture = board.get_by_alt_text("Selfie of Student R4")
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", value=True)
        assert picture.evaluate("one => one.naturalWidth > 50"), "the teacher sees the face"
        board.locator("button[name=accepted][value=yes]").click()
        expect(board.locator(f"#student-{portal.student_id(FOUR)} .state")).to_have_text("Present")
        # The student, who put the phone away, reads it there.
        expect(phone.locator("#state")).to_have_text("You are marked as here.")


def test_scanned_inside_the_page(phone_school: PhoneSchool, monkeypatch: pytest.MonkeyPatch) -> None:
    portal = phone_school.portal
    portal.turn_on()
    with phone_school.phone() as phone:
        phone.context.expose_function("readCode", _read_code)
        phone.context.add_init_script(READER)
        # The code stays good, however long a busy computer takes to read it.
        now = codes.step_now()
        monkeypatch.setattr(codes, "step_now", lambda: now)
        # The address on the wall is another name of the same computer.
        phone_school.camera.show(_wall("HTTPS://192.168.1.5:8443" + portal.code().path.upper()))
        phone.goto("/code-of-lesson")
        phone.get_by_role("button", name="Scan the code with the camera").click()
        expect(phone.get_by_role("heading", name="I am here", exact=True)).to_be_visible()
        assert "/confirm/" in phone.url
        phone_school.camera.show(_wall("HTTPS://EXAMPLE.ORG/WIN-A-PHONE"))
        phone.goto("/code-of-lesson?scan=yes")
        expect(phone.locator("#scan-told")).to_contain_text("This is no code of a lesson.")
        phone.get_by_role("button", name="Stop the camera").click()
        expect(phone.locator("#scan-view")).to_be_hidden()


def _wall(address: str) -> Image:
    """The code as a camera sees it."""
    squares = (~qr_squares(address)).astype(np.uint8) * 255
    side = HIGH // len(squares) * len(squares)
    shown = np.full((HIGH, WIDE, 3), 200, np.uint8)
    shown[:side, :side] = cv2.resize(squares, (side, side), interpolation=cv2.INTER_NEAREST)[:, :, np.newaxis]
    return shown


def _read_code(png: str) -> str:
    import base64

    picture = cv2.imdecode(np.frombuffer(base64.b64decode(png), np.uint8), cv2.IMREAD_COLOR)
    return "" if picture is None else cv2.QRCodeDetectorAruco().detectAndDecode(picture)[0]
