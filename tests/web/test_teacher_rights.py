"""Forms of teachers: what is another teacher’s stays as it is, and an empty or foolish form breaks nothing."""

import pytest

from core.store.database import Store
from tests.web.teacher_support import Furnished, furnish, page_addresses
from tests.web_support import OFFICE, TEACHER, Portal


@pytest.fixture
def found(portal: Portal) -> Furnished:
    """Something on every page."""
    return furnish(portal)


def test_nobody_changes_what_is_of_another_teacher(portal: Portal, found: Furnished) -> None:
    browser, before = portal.browser(TEACHER), _everything(portal.store)
    own = page_addresses(portal, found, method="POST")
    tried = {
        endpoint: browser.post(address, **HURTFUL).status
        for endpoint, address in page_addresses(portal, found, foreign=True, method="POST").items()
        if address != own[endpoint]
    }
    assert len(tried) > 15
    assert {one: status for one, status in tried.items() if status not in (400, 403, 404)} == {}
    assert _everything(portal.store) == before


HURTFUL = {
    "what": "present",
    "mode": "evidence",
    "accepted": "yes",
    "roll": "R2",
    "status": "P",
    "text": "paper",
    "sure": "yes",
    "row": "1",
    "column": "1",
    "answer": "no",
}


def _everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """What a wrong click could have changed."""
    tables = ("marks", "mark_changes", "sessions", "phone_lessons", "consents", "seats", "devices", "schedules")
    with store.read() as db:
        names = {one[0] for one in db.connection().exec_driver_sql("select name from sqlite_master")}
        assert set(tables) & names, names
        return {
            one: sorted(map(repr, db.connection().exec_driver_sql(f"select * from {one}").all()))
            for one in tables
            if one in names
        }


def test_an_empty_form_is_answered_and_never_breaks(portal: Portal, found: Furnished) -> None:
    browser = portal.browser(OFFICE)
    for endpoint, address in page_addresses(portal, found, method="POST").items():
        if endpoint == "account.leave_everywhere":
            continue
        assert browser.post(address).status < 500, endpoint
        assert browser.post(address, **dict.fromkeys((*HURTFUL, "day", "first", "number"), "½ \u202e'\"<")).status < 500
