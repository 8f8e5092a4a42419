"""The pages about other programs, in a browser: usable by everybody, on a phone and on a desk."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Playwright

from tests.web.phone_support import chromium, log_in, new_page, playwright
from tests.web_support import OFFICE, ServedPortal

__all__ = ["playwright"]

SCREENS = ({"width": 390, "height": 844}, {"width": 1366, "height": 768})


def test_an_admin_makes_a_token(
    served: ServedPortal, playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shots = tmp_path_factory.mktemp("shots")
    with chromium(playwright) as browser:
        for number, screen in enumerate(SCREENS):
            for light in ("light", "dark"):
                page = new_page(browser, served.url, viewport=screen, color_scheme=light)
                log_in(page, OFFICE)
                page.goto("/teach/more")
                page.get_by_role("link", name="Other programs").click()
                page.get_by_label("For which program").fill(f"School system {number}")
                page.get_by_label("Push rosters").check()
                page.get_by_role("button", name="Make a token").click()
                assert "rollcall_" in page.locator(".secret").inner_text()
                look(page, shots / f"tokens-{screen['width']}-{light}.png")
                page.get_by_role("link", name="What it can ask for").click()
                look(page, shots / f"manual-{screen['width']}-{light}.png")
                page.context.close()


def look(page: Page, shot: object) -> None:
    page.wait_for_load_state("load")
    page.screenshot(path=str(shot))
    found = Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
