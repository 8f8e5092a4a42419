"""Cards of a class, from the teacher's page over the printed code to a phone that is paired."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from core import clock
from core.store import devices
from tests.card_support import ReadCard, read_cards
from tests.web_support import ACCOUNTS, FIVE, FOUR, ONE, TEACHER, THREE, Browser, Phone, Portal, ServedPortal


def page_of(portal: Portal, *, foreign: bool = False) -> str:
    side = portal.school.foreign if foreign else portal.school.own
    return f"/teach/phones/{side.class_id}/"


def cards_of(portal: Portal, browser: Browser, folder: Path, who: str = "missing") -> dict[str, ReadCard]:
    """By roll number."""
    browser.get(page_of(portal))
    answer = browser.post(page_of(portal), who=who)
    assert answer.status == 200, answer.words
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    assert ".pdf" in answer.headers["Content-Disposition"]
    return {one.words.split("roll ")[1].split()[0]: one for one in read_cards(answer.body, folder)}


def path_of(card: ReadCard) -> str:
    return urlsplit(card.address).path


def owner(portal: Portal, roll: str) -> int:
    """How many phones a student has."""
    with portal.store.read() as db:
        return len(devices.devices_of(db, portal.student_id(roll)))


def test_from_the_printed_card_to_the_paired_phone(served: ServedPortal, tmp_path: Path) -> None:
    portal = served.portal
    found = cards_of(portal, served.phone(TEACHER), tmp_path)
    assert sorted(found) == [ONE, THREE, FOUR, FIVE]
    # What the phone makes of the square; it leads to the address in the network, not to the teacher's “localhost”.
    address = urlsplit(found[FOUR].address)
    origin = f"{address.scheme}://{address.netloc.lower()}"
    assert origin == served.server.where.url
    assert f"{origin}/pair" in found[FOUR].words
    phone = Phone(origin, served.authority)
    for _ in range(3):
        # Looking is not using, however often it is done and by whatever.
        page = phone.get(address.path)
        assert page.status == 200
        assert "This code is for Student R4. Is that you?" in page.words
        assert f'value="{found[FOUR].code.replace("-", "")}"' in page.text
    assert owner(portal, FOUR) == 0
    assert phone.post("/pair", code=found[FOUR].code.replace("-", "")).place == "/paired"
    assert owner(portal, FOUR) == 1
    portal.turn_on()
    claim = phone.get(portal.code().path)
    assert "Student R4" in claim.words


def test_a_card_that_does_nothing_says_why(portal: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    teacher = portal.browser(TEACHER)
    first = cards_of(portal, teacher, tmp_path)
    phone = portal.browser()
    assert phone.post("/pair", code=first[ONE].code).status == 303
    assert "used already" in phone.get(path_of(first[ONE])).words
    assert "another student’s already" in phone.get(path_of(first[THREE])).words
    refused = phone.post("/pair", code=first[THREE].code)
    assert (refused.status, owner(portal, THREE)) == (401, 0)
    assert "another student’s already" in refused.words
    again = cards_of(portal, teacher, tmp_path, "all")
    assert "paired for Student R1 already; there is nothing to do" in phone.get(path_of(again[ONE])).words
    stranger = portal.browser()
    assert "It confirms nothing any more after that." in stranger.get(path_of(again[ONE])).words
    assert "an old one" in stranger.get(path_of(first[THREE])).words
    assert "wrong, was used already or is too old" in stranger.get("/P/AAAABBBBCCCC").words
    later = clock.now().replace(year=clock.now().year + 1)
    monkeypatch.setattr(clock, "now", lambda: later)
    answer = stranger.get(path_of(again[THREE]))
    assert answer.status == 401
    assert "This code is too old" in answer.words


def test_only_those_without_a_phone_are_offered_first(portal: Portal, tmp_path: Path) -> None:
    portal.paired(THREE)
    teacher = portal.browser(TEACHER)
    page = teacher.get(page_of(portal))
    assert "3 students without a phone" in page.words
    assert "earlier cards and codes of these students stop working" in page.words
    assert sorted(cards_of(portal, teacher, tmp_path)) == [ONE, FOUR, FIVE]
    assert sorted(cards_of(portal, teacher, tmp_path, "all")) == [ONE, THREE, FOUR, FIVE]
    for roll in (ONE, FOUR, FIVE):
        portal.paired(roll)
    refused = teacher.post(page_of(portal))
    assert refused.status == 400
    assert "has a phone already" in refused.words


def test_nothing_of_the_cards_stays_on_the_computer(portal: Portal, tmp_path: Path) -> None:
    before = {one for one in portal.home.root.rglob("*") if one.is_file()}
    cards_of(portal, portal.browser(TEACHER), tmp_path)
    after = {one for one in portal.home.root.rglob("*") if one.is_file()}
    assert {one.suffix for one in after - before} <= {".db-wal", ".db-shm"}


def test_others_print_nothing(portal: Portal) -> None:
    teacher = portal.browser(TEACHER)
    assert teacher.get(page_of(portal, foreign=True)).status == 404
    teacher.get(page_of(portal))
    assert teacher.post(page_of(portal, foreign=True), who="all").status == 404
    assert teacher.post(page_of(portal), csrf=False, who="all").status == 400
    student = portal.browser(ACCOUNTS[ONE])
    assert student.post(page_of(portal), who="all").status in (302, 303, 403)
    assert portal.column("select count(*) from pairings") == (0,)


@pytest.mark.usefixtures("one_minute")
def test_cards_are_tried_ten_times_a_minute(portal: Portal) -> None:
    phone = portal.paired(ONE)
    answers = [phone.get(f"/P/AAAABBBB{number:04}").status for number in range(12)]
    assert answers == [401] * 10 + [429] * 2
