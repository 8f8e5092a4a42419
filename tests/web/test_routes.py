"""Every page of the portal, for everybody who may and may not open it.  A page without a rule here fails the test."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from werkzeug.routing import Rule

from core import clock
from core.store import people
from core.store import questions as asked
from tests.account_support import DAY
from tests.web_support import ACCOUNTS, HOST, OFFICE, ONE, TEACHER, Client, Portal, jpeg

OPEN, STUDENT, STAFF, OWN_KEY = "everybody", "students", "teachers and admins", "whoever brings a key or PIN"
RULES = {
    **dict.fromkeys(
        ("", "/c", "/C", "/code", "/code-of-lesson", "/confirm", "/confirmed", "/p", "/P", "/pair", "/paired"), OPEN
    ),
    **dict.fromkeys(("/login", "/logout", "/language", "/static", "/trust"), OPEN),
    "/my": STUDENT,
    "/teach": STAFF,
    **dict.fromkeys(("/api", "/kiosk", "/tokens"), OWN_KEY),
}
"""Who may open what begins so; other pages tests of their own."""
LATER = DAY + timedelta(days=7)
LEAVING = ("login.leave", "account.leave_everywhere")
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")
PEOPLE = {"nobody": None, "admin": OFFICE, "teacher": TEACHER, "student": ACCOUNTS[ONE], "kiosk": "Door"}
HOMES = {"admin": "/teach/", "teacher": "/teach/", "student": "/my/"}


def rule_of(route: Rule) -> str | None:
    return RULES.get("/" + route.rule.split("/")[1] if route.rule != "/" else "")


def routes(portal: Portal) -> list[tuple[Rule, str]]:
    """Every page with each method it takes."""
    return [
        (route, method)
        for route in portal.app.url_map.iter_rules()
        for method in METHODS
        if route.methods is not None and method in route.methods
    ]


def path_of(portal: Portal, route: Rule, given: dict[str, object]) -> str:
    """Its address, its parts filled in."""
    filled = {one: given.get(one, "x") for one in route.arguments}
    return portal.app.url_map.bind(HOST, url_scheme="https").build(route.endpoint, filled)


def parts(
    portal: Portal, roll: str, class_id: int, session_id: int, number: int, confirmation_id: int
) -> dict[str, object]:
    return {
        "session_id": session_id,
        "class_id": class_id,
        "student_id": portal.student_id(roll),
        "confirmation_id": confirmation_id,
        "number": number,
        "piece": 1,
        "month": "2026-11",
        "name": "class",
        "ending": "csv",
        "filename": "portal.css",
    }


@pytest.fixture
def filled(portal: Portal) -> Portal:
    """A portal with a confirmation, a question and a planned absence of each of the two classes."""
    for roll, session_id in ((ONE, portal.session_id), ("R2", portal.foreign_session_id)):
        portal.turn_on(session_id=session_id)
        phone = portal.paired(roll)
        if roll == "R2":
            with portal.store.transaction() as db:
                people.record_consent(db, portal.student_id(roll), "paper form", clock.now())
        assert phone.send_json(portal.scan(phone, session_id), pictures=[jpeg()]).status == 202
        with portal.store.transaction() as db:
            student = portal.student_id(roll)
            asked.add_query(db, session_id, student, "I was there")
            asked.add_absence_asked(db, student, LATER, LATER, "wedding")
    return portal


def own_parts(portal: Portal) -> dict[str, object]:
    side = portal.school.own
    return parts(portal, ONE, side.class_id, portal.session_id, 1, portal.confirmations()[0].id)


def foreign_parts(portal: Portal) -> dict[str, object]:
    side, session_id = portal.school.foreign, portal.foreign_session_id
    return parts(portal, "R2", side.class_id, session_id, 2, portal.confirmations(session_id)[0].id)


def ask(browser: Client, method: str, path: str) -> tuple[int, str | None, str]:
    """Status, where it leads, and what it says, with the token of one's own form."""
    answer = (
        browser.get(path, follow=False) if method == "GET" else browser.send(method, path, csrf_token=browser.token())
    )
    return answer.status, answer.place, answer.text


def test_every_page_has_a_rule(portal: Portal) -> None:
    assert [route.rule for route, _ in routes(portal) if rule_of(route) is None] == []


@pytest.mark.parametrize("who", PEOPLE)
def test_who_may_open_what(filled: Portal, who: str) -> None:
    """Who may not is sent to the login, or to their own pages; who may is neither, and nothing ever breaks."""
    given, seen, browser = own_parts(filled), 0, filled.browser(PEOPLE[who])
    for route, method in routes(filled):
        rule = rule_of(route)
        if rule == OWN_KEY or route.endpoint in LEAVING:
            continue
        status, place, _ = ask(browser, method, path_of(filled, route, given))
        seen += 1
        here = (who, method, route.rule, status, place)
        assert status < 500, here
        refused = status == 302 and place is not None and (place == "/" or place.startswith("/login"))
        allowed = {OPEN: True, STUDENT: who == "student", STAFF: who in ("teacher", "admin")}[rule or ""]
        if rule != OPEN:
            assert refused is not allowed, here
            assert allowed or place == "/" or who == "nobody", here
    assert seen > 40


def dump(portal: Portal) -> list[str]:
    """All that is stored, but for who is logged in."""
    with closing(sqlite3.connect(portal.home.database)) as raw:
        return [line for line in raw.iterdump() if "web_sessions" not in line and "sqlite_sequence" not in line]


def test_a_teacher_sees_and_changes_nothing_of_other_classes(filled: Portal) -> None:
    given, browser, seen = foreign_parts(filled), filled.browser(TEACHER), 0
    named = {"session_id", "class_id", "student_id", "confirmation_id", "number"}
    before = dump(filled)
    for route, method in routes(filled):
        if rule_of(route) != STAFF or not named & route.arguments:
            continue
        path = path_of(filled, route, given)
        status, place, said = ask(browser, method, path)
        seen += 1
        assert status in ((403, 404) if method == "GET" else (400, 403, 404)), (method, path, status, place)
        assert "Student R2" not in said, path
        assert "Class FOREIGN" not in said, path
    assert seen > 20
    assert dump(filled) == before


def test_the_number_of_another_class_in_the_address_of_ones_own_lesson(filled: Portal) -> None:
    """The lesson is the teacher's own; what is asked for in it is not."""
    mixed = {**foreign_parts(filled), "session_id": filled.session_id, "class_id": filled.school.own.class_id}
    browser, before = filled.browser(TEACHER), dump(filled)
    for route, method in routes(filled):
        if rule_of(route) == STAFF and {"confirmation_id", "student_id"} & route.arguments:
            path = path_of(filled, route, mixed)
            status, _, said = ask(browser, method, path)
            assert status in (400, 403, 404), (method, path, status)
            assert "Student R2" not in said, path
    assert dump(filled) == before


def test_a_student_sees_nothing_of_others(filled: Portal) -> None:
    browser = filled.browser(ACCOUNTS[ONE])
    for route, method in routes(filled):
        if rule_of(route) == STUDENT and method == "GET":
            for given in (own_parts(filled), foreign_parts(filled)):
                _, _, said = ask(browser, method, path_of(filled, route, given))
                for other in ("Student R2", "Student R3", "Student R4"):
                    assert other not in said, route.rule
