"""A lesson in the portal: what is clicked stands in the store; what must not be is refused where it was clicked."""

import re
from datetime import timedelta

import pytest

from core import clock
from core.store import classes, marks, rooms, sessions
from core.store.marks import MarkState
from core.store.questions import absences_asked, queries
from core.store.sessions import SessionRow
from tests.web.teacher_support import HOSTILE, LETTERS, add_confirmation, furnish
from tests.web_support import FOUR, ONE, TEACHER, THREE, Client, Portal


@pytest.fixture
def browser(portal: Portal) -> Client:
    """The teacher’s."""
    return portal.browser(TEACHER)


def status(portal: Portal, roll: str) -> str:
    """The letter of a mark, or nothing."""
    found = state(portal, roll)
    return "" if found is None else found.status


def state(portal: Portal, roll: str) -> MarkState | None:
    """A mark of the lesson."""
    with portal.store.read() as db:
        mark = marks.marks_of(db, [portal.session_id]).get((portal.session_id, portal.student_id(roll)))
        return None if mark is None else mark.state


def lesson(portal: Portal) -> SessionRow:
    """The lesson as it is now."""
    with portal.store.read() as db:
        return sessions.get_session(db, portal.session_id)


def fields(portal: Portal, browser: Client) -> dict[str, str]:
    """What the form of the register holds as it was sent."""
    text = browser.get(f"/teach/lesson/{portal.session_id}/").text
    hidden = dict(re.findall(r'name="((?:was|seen)-\d+)" value="([^"]*)"', text))
    chosen = dict(re.findall(r'name="(mark-\d+)" value="([^"]*)" checked', text))
    assert len(hidden) == 2 * len(chosen) > 0
    return {**hidden, **chosen}


def save(portal: Portal, browser: Client, wanted: dict[str, str], **more: str) -> str:
    """Choose marks and save; what the page says then.  wanted: letters by roll number."""
    given = fields(portal, browser) | {f"mark-{portal.student_id(roll)}": code for roll, code in wanted.items()} | more
    return browser.post(f"/teach/lesson/{portal.session_id}/marks", follow=True, **given).words


def test_several_marks_are_saved_at_once(portal: Portal, browser: Client) -> None:
    said = save(portal, browser, {ONE: "P", THREE: "L", FOUR: "A"}, minutes="7", reason="bus")
    assert "3 marks are saved" in said
    assert state(portal, ONE) == MarkState("P")
    assert state(portal, THREE) == MarkState("L", 7, "bus")
    assert state(portal, FOUR) == MarkState("A", None, "bus")


def test_a_changed_mark_needs_a_reason_and_what_was_chosen_stays(portal: Portal, browser: Client) -> None:
    save(portal, browser, {ONE: "P"})
    said = save(portal, browser, {ONE: "A"})
    assert "Say why the mark is changed" in said
    assert "--reason" not in said
    assert status(portal, ONE) == "P"
    given = fields(portal, browser) | {f"mark-{portal.student_id(ONE)}": "A"}
    answer = browser.post(f"/teach/lesson/{portal.session_id}/marks", **given)
    assert answer.status == 400
    assert f'name="mark-{portal.student_id(ONE)}" value="A" checked' in answer.text
    save(portal, browser, {ONE: "A"}, reason=LETTERS)
    assert state(portal, ONE) == MarkState("A", None, LETTERS)
    details = browser.get(f"/teach/lesson/{portal.session_id}/student/{portal.student_id(ONE)}").words
    assert re.search(r"Grace Hopper no mark Present", details)
    assert re.search(r"Grace Hopper Present Absent", details)


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(portal: Portal, browser: Client) -> None:
    old = fields(portal, browser)
    save(portal, portal.browser("The Office"), {ONE: "E"}, reason="letter")
    given = old | {f"mark-{portal.student_id(ONE)}": "A", f"mark-{portal.student_id(THREE)}": "A"}
    answer = browser.post(f"/teach/lesson/{portal.session_id}/marks", **given)
    assert answer.status == 409
    assert "was changed while you looked" in answer.words
    assert (status(portal, ONE), status(portal, THREE)) == ("E", "")


def test_the_board_tells_what_the_page_must_know(portal: Portal, browser: Client) -> None:
    save(portal, browser, {ONE: "P"})
    rows = {one["student"]: one for one in browser.get(f"/teach/lesson/{portal.session_id}/board.json").json["rows"]}
    found = rows[portal.student_id(ONE)]
    assert found["status"] == "P"
    assert found["seen"] == fields(portal, browser)[f"seen-{portal.student_id(ONE)}"]


def test_all_present_undo_lock_close_and_open(portal: Portal, browser: Client) -> None:
    place = f"/teach/lesson/{portal.session_id}/do"
    save(portal, browser, {ONE: "A"})
    browser.post(place, what="present")
    assert (status(portal, ONE), status(portal, THREE)) == ("A", "P")
    browser.post(place, what="undo")
    assert (status(portal, ONE), status(portal, THREE)) == ("A", "")
    browser.post(place, what="lock")
    assert lesson(portal).state == "locked"
    # A teacher still marks in it; phones do not.
    save(portal, browser, {THREE: "P"})
    assert status(portal, THREE) == "P"
    refused = browser.post(f"/teach/lesson/{portal.session_id}/phones", mode="evidence")
    assert refused.status == 409
    assert "no phones are taken" in refused.words
    browser.post(place, what="close")
    assert (lesson(portal).state, status(portal, FOUR)) == ("closed", "A")
    browser.post(place, what="reviewed")
    assert lesson(portal).reviewed_at is not None
    browser.post(place, what="open")
    assert lesson(portal).state == "open"


def test_a_lesson_of_long_ago_takes_no_marks(portal: Portal, browser: Client) -> None:
    long_ago = clock.now() - timedelta(days=60)
    with portal.store.transaction() as db:
        sessions.change_session(
            db, portal.session_id, starts_at=long_ago, ends_at=long_ago, created_at=long_ago, state="closed"
        )
    assert "only an admin can change it" in browser.get(f"/teach/lesson/{portal.session_id}/").words
    said = save(portal, browser, {ONE: "P"})
    assert "only an admin can change it" in said
    assert "app.py" not in said
    assert status(portal, ONE) == ""


def test_one_mark_with_its_details(portal: Portal, browser: Client) -> None:
    place = f"/teach/lesson/{portal.session_id}/student/{portal.student_id(ONE)}"
    assert browser.post(place, status="L", minutes="12", reason="snow").status == 303
    assert state(portal, ONE) == MarkState("L", 12, "snow")
    assert browser.post(place, status="L", minutes="many").status == 400
    assert browser.post(place, status="", reason="not in this lesson").status == 303
    assert state(portal, ONE) is None
    assert browser.post(place, status="X").status == 400
    assert browser.get(f"/teach/lesson/{portal.session_id}/student/99999").status == 400


def test_a_waiting_selfie_is_decided(portal: Portal, browser: Client) -> None:
    portal.turn_on()
    first, second = add_confirmation(portal, ONE), add_confirmation(portal, THREE)
    page = browser.get(f"/teach/lesson/{portal.session_id}/board")
    assert "2 selfies wait for you" in page.words
    assert "The face is not like the stored ones" in page.words
    assert browser.get(f"/teach/lesson/{portal.session_id}/phones/{first}.jpg").body.startswith(b"\xff\xd8")
    browser.post(f"/teach/lesson/{portal.session_id}/phones/{first}", accepted="yes", back="board")
    browser.post(f"/teach/lesson/{portal.session_id}/phones/{second}", accepted="no", back="board")
    states = {one.student_id: (one.state, one.decided_by) for one in portal.confirmations()}
    assert states[portal.student_id(ONE)] == ("accepted", TEACHER)
    assert states[portal.student_id(THREE)] == ("refused", TEACHER)
    assert (status(portal, ONE), status(portal, THREE)) == ("P", "")
    again = browser.get(f"/teach/lesson/{portal.session_id}/board").words
    assert "Missing (3)" in again
    assert "phone refused" in again


def test_the_code_is_shown_with_what_it_is_for(portal: Portal, browser: Client) -> None:
    assert browser.get(f"/teach/lesson/{portal.session_id}/code").status == 409
    browser.post(f"/teach/lesson/{portal.session_id}/phones", mode="required")
    shown = browser.get(f"/teach/lesson/{portal.session_id}/code").words
    assert "OWN Class OWN" in shown
    assert "0 of 4 have confirmed" in shown
    assert len(browser.get(f"/teach/lesson/{portal.session_id}/code.json").json["rows"]) > 20
    # The class got its room when the lesson had begun already.
    with portal.store.transaction() as db:
        rooms.add_room(db, "Lab 3")
        classes.edit_class(db, portal.school.own.class_id, room="Lab 3")
    assert "Lab 3" in browser.get(f"/teach/lesson/{portal.session_id}/code").words


def test_lessons_are_opened_moved_called_off_and_held(portal: Portal, browser: Client) -> None:
    found = furnish(portal)
    day = portal.day
    page = browser.get(f"/teach/?day={day - timedelta(days=7)}")
    at = re.search(r'name="at" value="([^"]+)"', page.text)
    assert at is not None
    answer = browser.post("/teach/open", class_="OWN", at=at[1])
    assert re.fullmatch(r"/teach/lesson/\d+/", answer.place or "")
    change = re.search(r'href="(/teach/change[^"]+)"', browser.get(f"/teach/?day={day + timedelta(days=7)}").text)
    assert change is not None
    place = change[1].replace("&amp;", "&")
    assert browser.post(place, what="cancel").status == 303
    assert "does not take place" in browser.get(place).words
    assert browser.post(place, what="hold").status == 303
    assert browser.post(place, what="move", day=str(day + timedelta(days=8)), time="").status == 400
    assert browser.post(place, what="move", day=str(day + timedelta(days=8)), time="10:30").status == 303
    moved = browser.get(f"/teach/?day={day + timedelta(days=8)}").words
    assert "OWN Maths 10:30" in moved
    assert found.own.entry != found.foreign.entry
    refused = browser.post("/teach/open", class_="FOREIGN")
    assert refused.status == 403


def test_a_lesson_that_began_before_midnight_is_found_until_it_ends(portal: Portal, browser: Client) -> None:
    yesterday = clock.today(None) - timedelta(days=1)
    with portal.store.transaction() as db:
        sessions.change_session(db, portal.session_id, day=yesterday)
    assert f"/teach/lesson/{portal.session_id}/" in browser.get("/teach/").text
    assert browser.post("/teach/open", class_="OWN").place == f"/teach/lesson/{portal.session_id}/"
    with portal.store.transaction() as db:
        sessions.change_session(db, portal.session_id, ends_at=clock.now())
    assert f"/teach/lesson/{portal.session_id}/" not in browser.get("/teach/").text


def test_questions_and_absences_are_answered_once(portal: Portal, browser: Client) -> None:
    found = furnish(portal).own
    page = browser.get("/teach/questions/")
    assert "wedding" in page.words
    assert "&lt;script&gt;" in page.text
    browser.post(f"/teach/questions/{found.query}", answer="It is right now.")
    browser.post(f"/teach/questions/absences/{found.asked}", accepted="yes", answer="Have fun")
    again = browser.post(f"/teach/questions/{found.query}", answer="Once more")
    assert again.status == 409
    with portal.store.read() as db:
        mine = [one for one in queries(db) if one.id == found.query]
        asked = [one for one in absences_asked(db) if one.id == found.asked]
    assert (mine[0].answer, mine[0].answered_by, mine[0].question) == ("It is right now.", TEACHER, mine[0].question)
    assert (asked[0].accepted, asked[0].answer) == (True, "Have fun")
    assert "wedding" in browser.get(f"/teach/student/{portal.student_id(ONE)}/").words
    assert HOSTILE[:8] in mine[0].question


def test_marks_by_letter_as_before(portal: Portal, browser: Client) -> None:
    assert browser.post(f"/teach/lesson/{portal.session_id}/mark", roll=ONE, status="P").status == 303
    assert status(portal, ONE) == "P"
    assert browser.post(f"/teach/lesson/{portal.session_id}/mark", roll="R2", status="P").status == 403
