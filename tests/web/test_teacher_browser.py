"""A teacher's pages in a real browser: the main tasks by keyboard alone, and what others do meanwhile."""

from datetime import UTC, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from core import addresses, clock
from core.store import marks, sessions
from core.store.sessions import SessionDraft
from tests.account_support import PASSWORD
from tests.web.phone_support import log_in, playwright, wait_until
from tests.web.teacher_desk import DESK, Desk, desk
from tests.web_support import FOUR, ONE, TEACHER, THREE, Portal

__all__ = ["desk", "playwright"]
MOST_TABS = 90
SQUARES = "document.getElementById('qr').toDataURL()"
FOCUSED = """async () => {
  const one = document.activeElement, style = getComputedStyle(one.closest(".letter") || one);
  const isSeen = () => {
    const box = one.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return one.contains(top) || !!top && top.contains(one);
  };
  // The browser scrolls to what has the focus with one of its next pictures.
  for (let pictures = 0; pictures < 60 && !isSeen(); pictures += 1) await new Promise(requestAnimationFrame);
  const named = one.labels && one.labels.length ? one.labels[0].textContent : one.textContent;
  return {
    name: (one.getAttribute("aria-label") || named).replace(/\\s+/g, " ").trim(),
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: isSeen(),
  };
}"""


def tab(page: Page) -> str:
    """Press Tab; the name of what has the focus then, which is to be seen once the page has scrolled there."""
    page.keyboard.press("Tab")
    now = page.evaluate(FOCUSED)
    assert now["seen"], now
    assert now["outlined"], now
    return now["name"]


def tab_to(page: Page, name: str) -> None:
    """Press Tab until something of this name has the focus."""
    for _each in range(MOST_TABS):
        if tab(page).startswith(name):
            return
    pytest.fail(f"Tab does not come to “{name}”")


def tab_into(page: Page, selector: str) -> None:
    """The same until what is meant has the focus."""
    for _each in range(MOST_TABS):
        tab(page)
        if page.locator(selector).count():
            return
    pytest.fail(f"Tab does not come to {selector}")


def status_of(portal: Portal, roll: str) -> str | None:
    """The letter of a mark in the lesson."""
    with portal.store.read() as db:
        found = marks.marks_of(db, [portal.session_id]).get((portal.session_id, portal.student_id(roll)))
        return None if found is None else found.status


def test_the_main_tasks_need_no_mouse(desk: Desk) -> None:
    page, portal = desk.page(DESK), desk.portal
    page.goto("/login")
    tab_to(page, "Name")
    page.keyboard.type(TEACHER)
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today")
    # The skipping link leads past the line of pages.
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    tab_into(page, f'a:focus[href="/teach/lesson/{portal.session_id}/"]')
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("OWN")
    _mark(page, portal)
    _decide(page, portal)
    _close(page, portal)


def _mark(page: Page, portal: Portal) -> None:
    five = page.locator(f"#student-{portal.student_id('R5')}")
    tab_into(page, f"#student-{portal.student_id('R5')} input:focus")
    page.keyboard.press("ArrowRight")
    expect(five.get_by_label("Present")).to_be_checked()
    tab_to(page, "Save")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="1 mark is saved")).to_be_visible()
    assert status_of(portal, "R5") == "P"


def _decide(page: Page, portal: Portal) -> None:
    tab_to(page, "Live board")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="1 selfie waits for you")).to_be_visible()
    tab_to(page, "Accept")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The confirmation is accepted.")).to_be_visible()
    expect(page.locator("[data-count=phone]")).to_have_text("1")
    assert status_of(portal, FOUR) == "P"


def _close(page: Page, portal: Portal) -> None:
    tab_to(page, "Register")
    tab_to(page, "Register")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Marks")).to_be_visible()
    tab_to(page, "All others present")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="saved")).to_be_visible()
    tab_to(page, "Phones, locking and closing")
    page.keyboard.press("Enter")
    tab_to(page, "Lock")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The lesson is locked")).to_be_visible()
    with portal.store.read() as db:
        assert sessions.get_session(db, portal.session_id).state == "locked"
    assert status_of(portal, THREE) == "L"


def test_the_register_follows_what_others_do_and_keeps_what_is_chosen(desk: Desk) -> None:
    page, portal = desk.page(DESK), desk.portal
    log_in(page, TEACHER)
    page.goto(f"/teach/lesson/{portal.session_id}/")
    one, three = (page.locator(f"#student-{portal.student_id(roll)}") for roll in (ONE, THREE))
    three.get_by_label("Absent").check()
    teacher = portal.browser(TEACHER)
    for roll in (ONE, THREE):
        place = f"/teach/lesson/{portal.session_id}/student/{portal.student_id(roll)}"
        assert teacher.post(place, status="E", reason="letter").status == 303
    expect(one.locator(".state")).to_have_text("Excused")
    expect(one.get_by_label("Excused")).to_be_checked()
    # What is chosen here stays, and is not saved over what somebody else did.
    expect(three.get_by_label("Absent")).to_be_checked()
    page.get_by_label("Why").fill("not seen")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("was changed while you looked")
    assert status_of(portal, THREE) == "E"


def test_the_wall_follows_the_address_and_shows_no_code_that_nobody_takes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, portal = desk.page(DESK), desk.portal
    monkeypatch.setattr(addresses, "lan_addresses", lambda: ["192.0.2.8"])
    with portal.store.transaction() as db:
        now = clock.now()
        draft = SessionDraft(portal.school.own.class_id, now, now + timedelta(hours=1), UTC)
        number = sessions.add_session(db, draft).id
    portal.turn_on(session_id=number)
    log_in(page, TEACHER)
    page.goto(f"/teach/lesson/{number}/code")
    expect(page.locator("#scan")).to_contain_text("192.0.2.8")
    wait_until(page, "document.getElementById('qr').width > 300")
    assert page.evaluate("document.getElementById('wall').getBoundingClientRect().bottom") <= DESK["height"]
    # The code stays the same one, so that nothing but the address changes the picture.
    still = page.evaluate("document.getElementById('typed').textContent")
    page.route("**/code.json", lambda route: _with(route, route.fetch().json(), typed=still))
    before = page.evaluate(SQUARES)
    monkeypatch.setattr(addresses, "lan_addresses", lambda: ["192.0.2.9"])
    wait_until(page, f"before => {SQUARES} !== before", before)
    expect(page.locator("#scan")).to_contain_text("192.0.2.9")
    expect(page.locator("#trust")).to_contain_text("192.0.2.9")
    page.unroute("**/code.json")
    page.clock.install()
    page.route("**/code.json", lambda route: route.abort())
    page.clock.run_for(5_000)
    expect(page.locator("#ended")).to_be_hidden()
    page.clock.run_for(30_000)
    expect(page.locator("#ended")).to_contain_text("cannot be reached from here")
    assert page.evaluate("document.getElementById('qr').width") == 0
    expect(page.locator("#typed")).to_be_empty()
    page.unroute("**/code.json")
    page.clock.run_for(5_000)
    expect(page.locator("#ended")).to_be_hidden()
    expect(page.locator("#typed")).not_to_be_empty()


def _with(route: Route, answer: dict[str, Any], **changes: Any) -> None:
    route.fulfill(json={**answer, **changes})
