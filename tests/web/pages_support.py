"""Students' pages for tests: a school behind the real server, a term of marks, hostile names, somebody new."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, Playwright

from core import clock, questions
from core.actor import MACHINE, acting
from core.paths import Home
from core.settings import load_settings
from core.store import people, sessions
from core.store.database import open_store
from core.store.marks import MarkState, Wish, write_marks
from core.store.sessions import SessionDraft
from tests.account_support import new_account, quickly
from tests.web.phone_support import a_phone, chromium, log_in
from tests.web_support import ONE, Portal, ServedPortal, open_portal
from web import shield

BUSY, ARABIC, NEW, HOSTILE = "Student One", "عائشة", "Newcomer", "Hostile"
"""Accounts: a term of marks; the same for a name from right to left; nothing at all; a name that breaks pages."""
HOSTILE_NAME = "<b>=cmd()</b>\"'\u202e " + "Wolfeschlegelsteinhausenbergerdorff" * 4
CODES = "PPPPLPPAPPEPPPLPPPPPAPPP"
SOFTWARE_RENDERED = ("--disable-gpu",)


@dataclass(frozen=True)
class Pages:
    """The pages of students in a browser."""

    served: ServedPortal
    browser: Browser = field(repr=False)

    @property
    def portal(self) -> Portal:
        """The school."""
        return self.served.portal

    @contextmanager
    def phone(self, account: str | None = None, **how: object) -> Iterator[Page]:
        """A phone, logged in if an account is named."""
        shield.limiter.reset()
        with a_phone(self.browser, self.served.url, **how) as page:
            if account is not None:
                log_in(page, account)
            yield page


@pytest.fixture(scope="module")
def student_pages(tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[Pages]:
    """The school, a lesson that takes phones now, and a browser without a camera."""
    home = Home(tmp_path_factory.mktemp("pages") / "home")
    home.create()
    with open_store(home) as store, quickly(), chromium(playwright, *SOFTWARE_RENDERED) as browser:
        portal = open_portal(home, store)
        _fill(portal)
        portal.turn_on()
        with portal.over_tls() as served:
            yield Pages(served, browser)
    shield.limiter.reset()


def _fill(portal: Portal) -> None:
    office = portal.actor("admin")
    with portal.store.transaction() as db:
        for roll, name in (("R7", "عائشة محمد الأنصاري"), ("=R8", HOSTILE_NAME)):
            made = people.add_student(db, roll, name)
            people.add_to_roster(db, portal.school.own.class_id, made.id)
            people.record_consent(db, made.id, "paper form", clock.now())
        people.add_student(db, "R9", "Newcomer")
    for name, roll in ((ARABIC, "R7"), (HOSTILE, "=R8"), (NEW, "R9")):
        new_account(portal.store, office, name, "student", roll=roll)
    _mark(portal, [portal.student_id(one) for one in (ONE, "R7", "=R8")])
    with acting(portal.actor("student")):
        actor, student = portal.actor("student"), portal.student_id(ONE)
        settings, today = load_settings(portal.home), portal.day
        questions.ask_for_absence(
            portal.store, settings, actor, student, today + timedelta(3), today + timedelta(5), "My sister’s wedding"
        )


def _mark(portal: Portal, student_ids: Sequence[int]) -> None:
    """Twenty-four lessons, the last of them two days ago."""
    with portal.store.transaction() as db:
        wishes = []
        for number, letter in enumerate(CODES):
            begin = clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=2 + number, hours=2)
            draft = SessionDraft(portal.school.own.class_id, begin, begin + timedelta(minutes=50), None)
            session = sessions.add_session(db, draft)
            minutes = 7 if letter == "L" else None
            state = MarkState(letter, minutes, source="face")
            wishes += [Wish(session.id, student, state) for student in student_ids]
        write_marks(db, MACHINE, wishes)
