"""Phones that do not get a mark: somebody else's face, a photo of a photo, two people in turn, an old code."""

import time
from collections.abc import Mapping, Sequence

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.confirming import codes
from core.records import Image
from tests.web.phone_support import (
    ALSO_AHEAD,
    STILL,
    TURNING,
    PhoneSchool,
    phone_school,
    playwright,
    read_photo,
)
from tests.web_support import ACCOUNTS, FOUR, ONE

__all__ = ["phone_school", "playwright"]


@pytest.fixture
def lesson(phone_school: PhoneSchool) -> PhoneSchool:
    """A lesson of its own for each test: nobody confirms one twice."""
    phone_school.new_lesson()
    return phone_school


def reviewed(school: PhoneSchool, phone: Page, looks: Mapping[str, Sequence[Image]]) -> str:
    """Send what is before the camera; why the teacher has to look at it."""
    school.take_selfie(phone, looks)
    confirmed = school.judged(phone)
    assert confirmed.state == "review"
    expect(phone.locator("#state")).to_contain_text("Waiting for your teacher.")
    assert school.mark_of(confirmed.student_id) == ""
    return confirmed.reason


def test_somebody_else_who_does_all_that_is_asked(lesson: PhoneSchool) -> None:
    with lesson.phone() as phone:
        lesson.pair_and_scan(phone, FOUR)
        assert reviewed(lesson, phone, lesson.looks()) == "the selfie shows somebody else"


def test_a_photo_that_is_turned_before_the_camera(lesson: PhoneSchool) -> None:
    with lesson.phone() as phone:
        lesson.scan_and_log_in(phone, ACCOUNTS[ONE])
        photo = lesson.looks()["front"][0]
        paper = {"front": [photo], **{step: [turned(photo, step)] for step in ("left", "right", "up")}}
        assert reviewed(lesson, phone, paper) in (
            "the head did not turn as it was asked to",
            "it could be a flat picture of the student",
        )


def test_the_student_begins_and_a_friend_turns(lesson: PhoneSchool) -> None:
    with lesson.phone() as phone:
        lesson.scan_and_log_in(phone, ACCOUNTS[ONE])
        student = read_photo(lesson.photos(TURNING)[ALSO_AHEAD])
        two = lesson.still(lesson.photos(STILL)[2]) | {"front": [student]}
        assert reviewed(lesson, phone, two) in (
            "the pictures show different people",
            "the selfie looks like this student, but not clearly enough",
            "the selfie does not look like this student",
            "the selfie shows somebody else",
        )


def test_a_screen_held_before_the_camera(lesson: PhoneSchool) -> None:
    with lesson.phone() as phone:
        lesson.pair_and_scan(phone, FOUR)
        screen = lesson.still(lesson.shared / "faces" / "spoof" / "fake" / "minivision_F2.jpg")
        assert reviewed(lesson, phone, screen)


def test_an_old_code_and_one_that_was_used(lesson: PhoneSchool, monkeypatch: pytest.MonkeyPatch) -> None:
    old = lesson.portal.code(lesson.session_id).path
    began = time.monotonic()
    with lesson.phone() as phone:
        lesson.scan_and_log_in(phone, ACCOUNTS[ONE])
        claim = phone.url
        reviewed(lesson, phone, lesson.still(lesson.photos(STILL)[2]))
        # Going back shows what became of it and nothing to send again.
        phone.goto(claim)
        expect(phone.locator("#state")).to_contain_text("Waiting for your teacher.")
        assert phone.get_by_role("button", name="Confirm").count() == 0
        monkeypatch.setattr(codes, "step_now", lambda: int((began + 3 * codes.STEP_S) // codes.STEP_S))
        phone.goto(old)
        expect(phone.get_by_role("alert")).to_have_text("This code is too old. Scan the one that is on the screen now.")


def turned(photo: Image, step: str) -> Image:
    """A sheet of paper turned by 35 degrees around its middle."""
    height, width = photo.shape[:2]
    near, far = (0.0, 0.16) if step == "left" else (0.16, 0.0)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    if step == "up":
        seen = np.array([[0.12, 0.15], [0.88, 0.15], [1, 0.9], [0, 0.9]], np.float32)
    else:
        seen = np.array([[0.1, near], [0.9, far], [0.9, 1 - far], [0.1, 1 - near]], np.float32)
    size = np.array([width, height], np.float32)
    matrix = cv2.getPerspectiveTransform(corners * size, seen * size)
    return np.asarray(cv2.warpPerspective(photo, matrix, (width, height), borderValue=(90, 90, 90)), np.uint8)
