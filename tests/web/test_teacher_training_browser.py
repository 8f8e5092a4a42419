"""A training followed in a real browser: the page renews itself until it is over, and then says what came of it."""

import pytest
from playwright.sync_api import expect

from tests.take_support import halted
from tests.web.phone_support import JUDGED_MS, log_in, playwright
from tests.web.teacher_desk import PHONE, Desk, desk
from tests.web_support import TEACHER

__all__ = ["desk", "playwright"]


def test_the_page_tells_by_itself_what_came_of_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.taking.desk.SOON_S", 0.0)
    page, number = desk.page(PHONE), desk.portal.school.own.class_id
    page.goto("/login")
    log_in(page, TEACHER)
    page.goto(f"/teach/training/{number}/")
    with halted(desk.served.server._desk):
        page.get_by_role("button", name="Train the class").click()
        expect(page.get_by_role("status")).to_have_text("One moment …")
        expect(page.get_by_role("progressbar")).to_be_visible()
        expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    # Its process has to begin first, and steps back behind all others of a busy computer.
    expect(page.get_by_role("alert")).to_contain_text("The networks are not prepared yet.", timeout=JUDGED_MS)
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    assert page.url.endswith(f"/teach/training/{number}/")
