"""Every page of a teacher: there, small, for those alone whom it concerns, with hostile names, in an empty school."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.accounts import admin
from core.actor import acting
from core.office.teachers import add_teacher
from core.paths import Home
from core.store import people
from core.store.database import open_store
from tests.account_support import ADMIN_NAME, PASSWORD, new_account, quickly
from tests.web.teacher_support import LETTERS, Furnished, add_faces, furnish, page_addresses
from tests.web_support import MOST_BYTES, OFFICE, ONE, TEACHER, Client, Portal, open_portal, weight
from web import shield
from web.app import create_app
from web.site import Site

OF_ADMINS = {"timetable.new", "timetable.entry"}
NOT_THERE = {
    "faces.picture",
    "review.picture",
    "training.chart",
    "take.upload",
    "take.job",
    "take.job_now",
    "take.job_view",
}
"""Pictures of faces, and what goes on, in a school without either."""
FACES = 30
SEEN = re.compile(r"Class FOREIGN|Student R2\b")


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """One for all tests of this file, which only look."""
    home = Home(tmp_path_factory.mktemp("pages") / "home")
    home.create()
    with open_store(home) as store, quickly():
        yield open_portal(home, store)


@pytest.fixture(scope="module")
def found(portal: Portal) -> Furnished:
    """Something on every page."""
    return furnish(portal)


@pytest.fixture(autouse=True)
def _no_limits(portal: Portal) -> None:
    """All pages are asked for at once."""
    shield.limiter.reset()


def test_each_page_is_there(portal: Portal, found: Furnished) -> None:
    teacher, office = portal.browser(TEACHER), portal.browser(OFFICE)
    addresses = page_addresses(portal, found)
    assert len(addresses) > 40
    for endpoint, address in addresses.items():
        if endpoint not in NOT_THERE:
            assert office.get(address).status == 200, endpoint
            assert teacher.get(address).status == (403 if endpoint in OF_ADMINS else 200), endpoint


def test_each_page_has_a_heading_and_is_small(portal: Portal, found: Furnished) -> None:
    with portal.store.transaction() as db:
        for number in range(60):
            one = people.add_student(db, f"N{number}", f"Somebody with a long name, the {number}th of them")
            people.add_to_roster(db, portal.school.own.class_id, one.id)
    browser = portal.browser(TEACHER)
    for endpoint, address in page_addresses(portal, found).items():
        answer = browser.get(address)
        if not answer.is_page:
            continue
        assert answer.text.count("<h1") == 1, endpoint
        assert weight(browser, answer) < MOST_BYTES, endpoint


def test_pages_with_thirty_faces_and_more_are_small_and_show_all_of_them(home: Home, shared: Path) -> None:
    with open_store(home) as store, quickly():
        portal = open_portal(home, store)
        add_faces(portal, shared, FACES)
        browser, lesson = portal.browser(TEACHER), f"/teach/lesson/{portal.session_id}"
        pages = {
            f"/teach/student/{portal.student_id(ONE)}/faces/": 1,
            f"{lesson}/faces/": 2,
            f"{lesson}/board": 1,
            f"{lesson}/": 1,
        }
        for first, times in pages.items():
            shown, place = list[str](), first
            while place:
                answer = browser.get(place)
                heavy = weight(browser, answer)
                assert heavy < MOST_BYTES, place
                shown += re.findall(r'<img src="([^"]+small[^"]*)"', answer.text)
                after = re.search(r'rel="next" href="([^"]+)"', answer.text)
                place = after[1] if after else ""
            assert len(set(shown)) == len(shown) == times * FACES, first
        small, large = browser.get(shown[0].replace("&amp;", "&")), browser.get(shown[0].split("?")[0])
        assert len(small.body) < len(large.body) / 2
    shield.limiter.reset()


def test_nobody_sees_what_is_of_another_teacher(portal: Portal, found: Furnished) -> None:
    browser = portal.browser(TEACHER)
    own = set(page_addresses(portal, found).items())
    for endpoint, address in page_addresses(portal, found, foreign=True).items():
        answer = browser.get(address)
        assert not SEEN.search(answer.text), endpoint
        if (endpoint, address) not in own and endpoint not in NOT_THERE:
            assert answer.status in (403, 404), endpoint


def test_pages_are_for_who_teaches(portal: Portal, found: Furnished) -> None:
    nobody, student = portal.browser(), portal.browser("Student One")
    for endpoint, address in page_addresses(portal, found).items():
        assert (nobody.get(address, follow=False).place or "").startswith("/login"), endpoint
        assert student.get(address, follow=False).status in (302, 403), endpoint


def test_hostile_names_stay_words(portal: Portal, found: Furnished) -> None:
    browser = portal.browser(TEACHER)
    shown = 0
    for endpoint, address in page_addresses(portal, found).items():
        answer = browser.get(address)
        if "text/html" in answer.headers["Content-Type"]:
            assert "<script>alert" not in answer.text, endpoint
            shown += "&lt;script&gt;alert" in answer.text
    assert shown >= 6
    assert LETTERS in browser.get(f"/teach/student/{portal.student_id(LETTERS)}/").words.replace("&#39;", "'")


def test_a_new_school_has_pages_too(home: Home) -> None:
    with open_store(home) as store, quickly():
        office = admin.set_up(store, ADMIN_NAME, PASSWORD).actor()
        with acting(office):
            add_teacher(store, "Nobody Yet")
        new_account(store, office, "Nobody Yet", "teacher", teacher="Nobody Yet")
        app = create_app(Site(home, store, True, lambda: {"localhost"}))
        for who in (ADMIN_NAME, "Nobody Yet"):
            browser = Client(app).log_in(who)
            for rule in app.url_map.iter_rules():
                if rule.rule.startswith("/teach") and "GET" in (rule.methods or ()) and not rule.arguments:
                    allowed = (403, 404) if rule.endpoint in OF_ADMINS | {"teacher.change"} else ()
                    assert browser.get(rule.rule).status in (200, *allowed), rule.endpoint
        shield.limiter.reset()


def test_days_are_turned_and_nonsense_is_refused_kindly(portal: Portal) -> None:
    browser = portal.browser(TEACHER)
    assert "Open the register" in browser.get(f"/teach/?day={portal.day}").words
    assert "No lessons on this day" in browser.get("/teach/?day=2020-02-29").words
    for address in ("/teach/?day=31.02.2026x", "/teach/register/1?month=2026-13", "/teach/register/1?month=0001-01"):
        answer = browser.get(address)
        assert answer.status == 400
        assert "went wrong" not in answer.words
