"""A student's pages for everybody: by screen reader, by keyboard, with large letters, on small screens."""

import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.account_support import PASSWORD
from tests.web.pages_support import BUSY, HOSTILE, NEW, Pages, student_pages
from tests.web.phone_support import PATIENCE_MS, playwright
from tests.web_support import MOST_BYTES

__all__ = ["playwright", "student_pages"]
OWN = ("/my/", "/my/record", "/my/absences", "/my/questions", "/my/data")
PUBLIC = ("/login", "/code", "/code-of-lesson", "/pair", "/paired", "/confirmed", "/trust", "/nowhere")
STOPS = 12
FOCUS = """() => {
  const at = document.activeElement, look = getComputedStyle(at), box = at.getBoundingClientRect();
  return [at.textContent.trim(), look.outlineStyle, parseFloat(look.outlineWidth), box.width * box.height];
}"""


def opened(pages: Pages, page: Page) -> str:
    """The path of the page of a code that was just scanned."""
    page.goto(pages.portal.code().path)
    return page.url


@pytest.mark.parametrize(
    ("account", "scheme"), [(BUSY, "light"), (BUSY, "dark"), (NEW, "light"), (None, "light"), (None, "dark")]
)
def test_no_page_keeps_anybody_out(student_pages: Pages, account: str | None, scheme: str) -> None:
    with student_pages.phone(account, color_scheme=scheme) as page:
        places = [*(OWN if account else PUBLIC), opened(student_pages, page)]
        for place in places:
            page.goto(place)
            found = Axe().run(page)
            assert found.violations_count == 0, f"{place}: {found.generate_report()}"


def test_pages_are_small(student_pages: Pages) -> None:
    with student_pages.phone(BUSY) as page:
        listener = page.context.new_cdp_session(page)
        listener.send("Network.enable")
        listener.send("Network.setCacheDisabled", {"cacheDisabled": True})
        sizes: list[int] = []
        listener.on("Network.loadingFinished", lambda one: sizes.append(int(one["encodedDataLength"])))
        for place in (*OWN, *PUBLIC, opened(student_pages, page)):
            sizes.clear()
            page.goto(place)
            page.wait_for_load_state("networkidle")
            until = time.monotonic() + PATIENCE_MS / 1000
            # The page and its style; what was fetched is told a moment later.
            while len(sizes) < 2:
                assert time.monotonic() < until, place
                page.wait_for_timeout(50)
            assert sum(sizes) < MOST_BYTES, f"{place} takes {sum(sizes)} bytes"


@pytest.mark.parametrize(("size", "text"), [((360, 640), "100%"), ((320, 640), "100%"), ((390, 844), "200%")])
def test_nothing_is_cut_off_on_small_screens_and_with_large_letters(
    student_pages: Pages, size: tuple[int, int], text: str
) -> None:
    with student_pages.phone(HOSTILE, viewport={"width": size[0], "height": size[1]}) as page:
        for place in (*OWN, *PUBLIC, opened(student_pages, page)):
            page.goto(place)
            page.evaluate("size => { document.documentElement.style.fontSize = size }", text)
            beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert beyond <= 0, f"{place} is {beyond} pixels too wide"


def test_by_keyboard_alone_and_the_focus_is_seen(student_pages: Pages) -> None:
    with student_pages.phone() as page:
        page.goto("/login")
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == "name":
                break
        page.keyboard.type(BUSY)
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Hello")).to_be_visible()
        reached = []
        for _ in range(STOPS):
            page.keyboard.press("Tab")
            reached.append(page.evaluate(FOCUS))
        words = [one[0] for one in reached]
        assert words[0] == "To the content"
        for name in ("Today", "Record", "Absences", "Questions", "Data", "Log out", "Confirm that I am here"):
            assert name in words, words
        hidden = [words for words, style, width, area in reached if style != "solid" or width < 2 or not area]
        assert not hidden, "nobody sees where the focus is"
