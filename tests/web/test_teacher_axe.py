"""Axe finds nothing on any page of a teacher: all there are, and those that only a form leads to."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.web.phone_support import log_in, playwright
from tests.web.teacher_desk import DESK, PHONE, Desk, desk
from tests.web.teacher_support import page_addresses
from tests.web.test_teacher_office import edited
from tests.web_support import ONE, TEACHER
from web import shield

__all__ = ["desk", "playwright"]
IN_DARK = {
    "teacher.today",
    "lesson.page",
    "lesson.details",
    "phones.page",
    "months.page",
    "students.page",
    "account.page",
    "reports.page",
    "timetable.week",
    "holidays.page",
}
"""Pages with everything that has a colour of its own."""


def problems(page: Page, width: int) -> list[tuple[str, str]]:
    """What axe finds, and whether the page is wider than the screen."""
    found = [(one["id"], one["nodes"][0]["html"][:200]) for one in Axe().run(page).response["violations"]]
    wide = page.evaluate("document.documentElement.scrollWidth")
    return found if wide <= width else [*found, ("wide", str(wide))]


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "light"), (DESK, "dark")])
def test_every_page(desk: Desk, size: dict[str, int], scheme: str) -> None:
    page, browser, found, looked = desk.page(size, scheme), desk.portal.browser(TEACHER), {}, set()
    log_in(page, TEACHER)
    for endpoint, address in page_addresses(desk.portal, desk.found).items():
        shield.limiter.reset()
        if (scheme == "dark" and endpoint not in IN_DARK) or not browser.get(address).is_page:
            continue
        reached = page.goto(address)
        if reached is not None and reached.ok:
            looked.add(endpoint)
        if there := problems(page, size["width"]):
            found[endpoint] = there
    assert found == {}
    assert looked >= IN_DARK
    assert scheme == "dark" or len(looked) >= 30


def test_pages_that_forms_lead_to(desk: Desk) -> None:
    page, portal, width = desk.page(PHONE), desk.portal, PHONE["width"]
    log_in(page, TEACHER)
    page.goto(f"/teach/student/{portal.student_id(ONE)}/")
    page.get_by_role("button", name="New code for a phone").click()
    expect(page.get_by_role("heading", name="Code for the phone")).to_be_visible()
    assert problems(page, width) == []
    page.goto(f"/teach/lesson/{portal.session_id}/")
    page.get_by_role("button", name="Save the marks").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was changed")
    assert problems(page, width) == []
    sheet = portal.browser(TEACHER).get(f"/teach/lesson/{portal.session_id}/sheet.xlsx").body
    page.goto(f"/teach/upload/{portal.school.own.class_id}/")
    data = edited(sheet, ONE, "A")
    page.get_by_label("File").set_input_files({"name": "edited.xlsx", "mimeType": "application/x", "buffer": data})
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_role("heading", name="Changes")).to_be_visible()
    assert problems(page, width) == []
    page.get_by_role("button", name="Take it over").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 mark was changed.")
    assert problems(page, width) == []
    page.get_by_role("button", name="Undo all of it").click()
    expect(page.get_by_text("The upload was taken back.")).to_be_visible()
