"""A teacher's computer for tests: a browser, and a school behind the real server with something on every page."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, Playwright

from core.paths import Home
from core.store.database import open_store
from tests.account_support import quickly
from tests.web.phone_support import chromium, new_page
from tests.web.teacher_support import Furnished, furnish
from tests.web_support import Portal, ServedPortal, open_portal
from web import shield

DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}


@dataclass(frozen=True)
class Desk:
    """The portal, what is in it, and a browser."""

    served: ServedPortal
    found: Furnished
    browser: Browser

    @property
    def portal(self) -> Portal:
        """The school."""
        return self.served.portal

    def page(self, size: dict[str, int], scheme: str = "light") -> Page:
        """A new page of the teacher’s browser."""
        shield.limiter.reset()
        return new_page(self.browser, self.served.url, viewport=size, color_scheme=scheme)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[Desk]:
    """A school with something on every page."""
    home = Home(tmp_path_factory.mktemp("desk") / "home")
    home.create()
    with open_store(home) as store, quickly(), chromium(playwright, "--disable-gpu") as browser:
        portal = open_portal(home, store)
        found = furnish(portal)
        with portal.over_tls() as served:
            yield Desk(served, found, browser)
    shield.limiter.reset()
