"""From the code on the wall to the mark in the register: every way in, and what ends it."""

import threading
from datetime import timedelta

import pytest

from core import clock
from core.accounts import admin
from core.actor import acting
from core.confirming import accepting, lessons
from core.consent import withdraw
from core.office.students import set_active
from core.sessions import SessionRequest, cancel_lesson, close_session, lock_session, open_again
from core.settings import Settings
from core.store import people
from tests.account_support import PASSWORD
from tests.register_support import letters_of
from tests.web_support import ACCOUNTS, FIVE, FOUR, ONE, TEACHER, THREE, Client, Portal, ServedPortal, jpeg
from web import shield

ALL_OVER = "Your teacher has ended this"


def send(browser: Client, place: str) -> int:
    """Send a selfie; the status."""
    return browser.send_json(place, pictures=[jpeg()]).status


def settle(portal: Portal, *, accepted: bool) -> bool:
    """The teacher decides about the newest confirmation."""
    teacher = portal.actor()
    with acting(teacher):
        newest = portal.confirmations()[-1].id
        return accepting.settle_phone(portal.store, Settings(), teacher, newest, accepted=accepted)


def letter(portal: Portal, roll: str = ONE) -> str | None:
    """What the register says of a student."""
    return letters_of(portal.store, portal.session_id).get((portal.session_id, roll))


def test_the_scan_is_kept_while_somebody_logs_in(portal: Portal) -> None:
    portal.turn_on()
    phone = portal.browser()
    place = portal.scan(phone)
    asked = phone.get(place)
    assert "this scan is kept" in asked.words
    assert "Class OWN" in asked.words
    login = phone.get(f"/login?next={place}")
    assert login.status == 200
    came = phone.post("/login", name=ACCOUNTS[ONE], password=PASSWORD, next=place)
    assert came.place == place
    assert "You are Student R1" in phone.get(place).words
    sent = phone.send_json(place, pictures=[jpeg()])
    assert (sent.status, sent.json["state"]) == (202, "waiting")
    (made,) = portal.confirmations()
    assert (made.state, made.how, made.student_id) == ("waiting", "qr", portal.student_id(ONE))
    assert letter(portal) is None
    assert settle(portal, accepted=True)
    assert letter(portal) == "P"
    assert "You are marked as here." in phone.get(sent.json["page"]).words


def test_the_scan_is_kept_while_somebody_sets_their_first_password(portal: Portal) -> None:
    portal.turn_on()
    office = portal.actor("admin")
    with acting(office):
        made = admin.add(portal.store, "Student Four", "student", roll=FOUR)
    phone = portal.browser()
    place = portal.scan(phone)
    assert f'href="/code?next={place}"' in phone.get(f"/login?next={place}").text
    assert place in phone.get(f"/code?next={place}").text
    given = {"name": "Student Four", "code": made.code, "password": "a new one with words", "next": place}
    assert phone.post("/code", **given).place == place
    assert "Student R4" in phone.get(place).words


def test_the_scan_is_kept_while_a_phone_is_paired(portal: Portal) -> None:
    portal.turn_on()
    phone = portal.browser()
    place = portal.scan(phone)
    assert phone.post("/pair", code="K7QM-2XRA-9DHT", next=place).status == 401
    assert phone.post("/pair", code=portal.pairing(FOUR).lower().replace("-", " "), next=place).place == place
    assert "Student R4" in phone.get(place).words
    # From now on it needs neither.
    again = portal.scan(phone)
    assert "Student R4" in phone.get(again).words
    assert send(phone, again) == 202


def test_a_typed_code_does_as_well(portal: Portal) -> None:
    portal.turn_on()
    phone = portal.paired(ONE)
    wrong = phone.post("/code-of-lesson", code="AAAA-AAAA")
    assert wrong.status == 400
    assert "This code is wrong or too old" in wrong.words
    place = phone.post("/code-of-lesson", code=portal.code().typed.lower()).place
    assert place is not None
    assert send(phone, place) == 202
    assert portal.confirmations()[0].how == "typed"


def test_a_code_is_old_after_its_step_and_one_of_grace(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    portal.turn_on()
    running = [3000.0]
    monkeypatch.setattr(clock, "running", lambda: running[0])
    shown, phone = portal.code(), portal.browser()
    running[0] = 3029.9
    assert phone.get(shown.path, follow=False).status == 303
    running[0] = 3030.0
    late = phone.get(shown.path)
    assert late.status == 400
    assert "This code is too old. Scan the one that is on the screen now." in late.words
    assert "wrong or too old" in phone.post("/code-of-lesson", code=shown.typed).words


def test_a_claim_lasts_three_minutes_and_three_more_when_it_is_known_who_it_is(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.turn_on()
    running = [3000.0]
    monkeypatch.setattr(clock, "running", lambda: running[0])
    phone = portal.browser()
    place = portal.scan(phone)
    running[0] += 179
    phone.log_in(ACCOUNTS[ONE])
    assert phone.get(place).status == 200
    running[0] += 179
    assert phone.get(place).status == 200
    running[0] += 1
    assert "The time for this is over" in phone.get(place).words
    assert send(phone, place) == 400
    assert portal.confirmations() == []
    # A computer that was started anew counts from nothing.
    place = portal.scan(phone)
    running[0] = 5.0
    assert "The time for this is over" in phone.get(place).words


@pytest.mark.parametrize("hours", [-24, -1, 1])
def test_a_clock_that_is_set_changes_nothing(portal: Portal, monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    portal.turn_on()
    phone = portal.paired(ONE)
    shown, running = portal.code(), [clock.running()]
    monkeypatch.setattr(clock, "running", lambda: running[0])
    moved = clock.now() + timedelta(hours=hours)
    monkeypatch.setattr(clock, "now", lambda: moved)
    place = phone.get(shown.path, follow=False).place
    assert place is not None
    assert phone.get(place).status == 200
    running[0] += 181
    assert phone.get(place).status == 400
    assert phone.get(shown.path).status == 400


def test_a_used_claim_gives_nothing_again(portal: Portal) -> None:
    portal.turn_on()
    phone = portal.paired(ONE)
    place = portal.scan(phone)
    sent = phone.send_json(place, pictures=[jpeg()])
    again = phone.send_json(place, pictures=[jpeg()])
    assert (again.status, again.json["error"]) == (
        409,
        "You have confirmed this lesson already. You need not do it again.",
    )
    # The back button, a reload, and another scan show what became of it.
    for one in (place, portal.scan(phone)):
        assert phone.get(one, follow=False).place == sent.json["page"]
    assert "It is being looked at" in phone.get(sent.json["page"]).words
    # Who presses twice where no script holds the button sees the same.
    assert "It is being looked at" in phone.post(place, pictures=[jpeg()], follow=True).words
    assert len(portal.confirmations()) == 1


def test_a_claim_is_of_one_browser_and_one_lesson(portal: Portal) -> None:
    portal.turn_on()
    portal.turn_on(session_id=portal.foreign_session_id)
    mine, stranger = portal.paired(ONE), portal.paired(THREE)
    place = portal.scan(mine)
    for browser in (stranger, portal.browser(), portal.browser(ACCOUNTS[ONE])):
        told = browser.get(place)
        assert told.status == 400
        assert "was opened in another browser, or this one keeps no cookies" in told.words
        assert send(browser, place) == 400
    elsewhere = mine.get(portal.code(portal.foreign_session_id).path)
    assert elsewhere.status == 409
    assert "You are not on the list of this lesson" in elsewhere.words
    assert "is no code of a lesson" in mine.get("/confirm/nothing").words
    assert portal.confirmations() == []


def test_codes_of_one_lesson_open_no_other(portal: Portal) -> None:
    portal.turn_on()
    portal.turn_on(session_id=portal.foreign_session_id)
    head, step, mac = portal.code().path.split("-")
    other = portal.code(portal.foreign_session_id).path.split("-")[0]
    phone = portal.browser()
    for path in (f"{other}-{step}-{mac}", f"/c/ZZZZ-{step}-{mac}", f"{head}-1-{mac}", "/c/nothing", "/c/" + "A" * 3000):
        told = phone.get(path)
        assert told.status == 400
        assert "is no code of a lesson that takes phones now" in told.words


def test_two_students_on_one_phone(portal: Portal) -> None:
    portal.turn_on()
    phone = portal.browser(ACCOUNTS[ONE])
    assert send(phone, portal.scan(phone)) == 202
    phone.post("/logout")
    phone.log_in(ACCOUNTS[THREE])
    place = portal.scan(phone)
    told = phone.get(place)
    assert told.status == 409
    assert "Somebody else has confirmed this lesson with this phone" in told.words
    assert send(phone, place) == 409
    # A phone that is somebody's own confirms for nobody else, in no lesson.
    own = portal.paired(FOUR)
    own.log_in(ACCOUNTS[THREE])
    assert "cannot confirm for you" in own.get(portal.scan(own)).words
    assert [one.student_id for one in portal.confirmations()] == [portal.student_id(ONE)]


def test_one_student_with_two_phones(portal: Portal) -> None:
    portal.turn_on()
    first, second = portal.browser(ACCOUNTS[ONE]), portal.browser(ACCOUNTS[ONE])
    early, late = portal.scan(first), portal.scan(second)
    assert send(first, early) == 202
    told = second.get(late)
    assert told.status == 409
    assert "You have confirmed this lesson already, with another phone." in told.words
    assert send(second, late) == 409
    # Of two phones that are paired one after the other the older one counts no more.
    old, new = portal.paired(THREE), portal.paired(THREE)
    assert "Say once who you are" in old.get(portal.scan(old)).words
    assert send(new, portal.scan(new)) == 202


def test_of_fifty_posts_of_one_claim_at_once_one_counts(served: ServedPortal, monkeypatch: pytest.MonkeyPatch) -> None:
    # How often one phone may post is another test's.
    monkeypatch.setattr(shield.limiter, "enabled", False)
    portal = served.portal
    portal.turn_on()
    phone = served.phone(ACCOUNTS[ONE])
    place = portal.scan(phone)
    phone.get(place)
    token, ready, found = phone.token(), threading.Barrier(50), []
    cookies = {name: phone.cookie(name) for name in ("__Host-rollcall", "__Host-rollcall-phone")}

    def post() -> None:
        one = served.phone()
        one.take_cookies(cookies)
        ready.wait(60)
        found.append(one.send_json(place, pictures=[jpeg()], csrf=False, csrf_token=token).status)

    threads = [threading.Thread(target=post) for _ in range(50)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert len(portal.confirmations()) == 1
    assert (found.count(202), found.count(409)) == (1, 49)


@pytest.mark.usefixtures("one_minute")
@pytest.mark.parametrize("how", ["lock", "close", "off", "cancel"])
def test_what_ends_a_lesson_ends_codes_claims_and_selfies(portal: Portal, how: str) -> None:
    portal.turn_on()
    phone, waiting = portal.paired(ONE), portal.paired(THREE)
    shown, place, unsent = portal.code(), portal.scan(phone), portal.scan(waiting)
    assert phone.get(place).status == 200
    teacher, office = portal.actor(), portal.actor("admin")
    with acting(office):
        if how == "lock":
            lock_session(portal.store, portal.session_id)
        elif how == "close":
            close_session(portal.store, Settings(), office, portal.session_id)
        elif how == "off":
            lessons.set_mode(portal.store, teacher, portal.session_id, "off")
        else:
            cancel_lesson(portal.store, Settings(), office, SessionRequest("OWN", session_id=portal.session_id))
    assert "takes phones now" in phone.get(shown.path).words
    assert phone.post("/code-of-lesson", code=shown.typed).status == 400
    for browser, one in ((phone, place), (waiting, unsent)):
        told = browser.get(one)
        assert told.status == 400
        assert ALL_OVER in told.words
        assert send(browser, one) == 400
    assert portal.confirmations() == []
    with acting(teacher):
        assert not lessons.board(portal.store, portal.session_id).is_on


def test_a_lesson_that_is_opened_again_takes_phones_again(portal: Portal) -> None:
    portal.turn_on()
    phone = portal.paired(ONE)
    place = portal.scan(phone)
    teacher = portal.actor()
    with acting(teacher):
        lock_session(portal.store, portal.session_id)
        open_again(portal.store, Settings(), teacher, portal.session_id)
    assert send(phone, place) == 202


def test_switching_on_anew_makes_new_codes(portal: Portal) -> None:
    portal.turn_on()
    old = portal.code()
    portal.turn_on()
    assert "is no code of a lesson" in portal.browser().get(old.path).words


def test_who_has_not_agreed_is_confirmed_by_the_teacher_and_no_picture_is_kept(portal: Portal) -> None:
    portal.turn_on()
    phone = portal.browser(ACCOUNTS[FIVE])
    place = portal.scan(phone)
    page = phone.get(place)
    assert "No picture is taken of you. Your teacher confirms that you are here." in page.words
    assert 'type="file"' not in page.text
    # A script that sends one all the same leaves nothing.
    assert phone.send_json(place, pictures=[jpeg()]).json["state"] == "review"
    (made,) = portal.confirmations()
    assert (made.state, made.reason) == ("review", "has not agreed to face comparison; say whether they are here")
    assert kept(portal) == (0, 0)
    # Nor does the teacher's page ask for one, which would be shown as a broken picture.
    board = portal.browser(TEACHER).get(f"/teach/lesson/{portal.session_id}/board")
    assert "say whether they are here" in board.words
    assert "<img" not in board.text
    assert settle(portal, accepted=True)
    assert letter(portal, FIVE) == "P"


def test_everybody_may_confirm_without_a_picture(portal: Portal) -> None:
    portal.turn_on()
    phone = portal.paired(ONE)
    place = portal.scan(phone)
    assert "Without a picture: my teacher decides" in phone.get(place).words
    done = phone.post(place, plain="yes", follow=True)
    assert "Waiting for your teacher" in done.words
    (made,) = portal.confirmations()
    assert (made.state, made.reason) == ("review", "wanted no picture to be taken; say whether they are here")
    assert kept(portal) == (0, 0)


def test_a_consent_that_is_withdrawn_on_the_way_is_respected(portal: Portal) -> None:
    portal.turn_on()
    phone = portal.paired(ONE)
    place = portal.scan(phone)
    assert 'type="file"' in phone.get(place).text
    with acting(portal.actor("admin")):
        withdraw(portal.store, ONE)
    assert "No picture is taken of you" in phone.get(place).words
    assert phone.send_json(place, pictures=[jpeg()]).json["state"] == "review"
    assert kept(portal) == (0, 0)


def test_the_phone_of_who_left_the_school_is_nobodys(portal: Portal) -> None:
    portal.turn_on()
    phone, student = portal.paired(ONE), portal.student_id(ONE)
    place = portal.scan(phone)
    with acting(portal.actor("admin")):
        set_active(portal.store, ONE, active=False)
    assert send(phone, place) == 400
    assert "Say once who you are" in phone.get(portal.scan(phone)).words
    assert student not in {one.student_id for one in portal.confirmations()}


@pytest.mark.parametrize("how", ["left the class", "of another class"])
def test_who_is_not_in_the_lesson_is_told_to_talk_to_the_teacher(portal: Portal, how: str) -> None:
    portal.turn_on()
    phone, students_id = portal.paired("R2" if how == "of another class" else ONE), portal.student_id(ONE)
    with portal.store.transaction() as db:
        if how == "left the class":
            people.remove_from_roster(db, portal.school.own.class_id, students_id)
    place = portal.scan(phone)
    told = phone.get(place)
    assert told.status == 409
    assert "You are not on the list of this lesson. Talk to your teacher." in told.words
    assert send(phone, place) == 409
    assert portal.confirmations() == []


def test_logged_out_in_the_middle(portal: Portal) -> None:
    portal.turn_on()
    phone = portal.browser(ACCOUNTS[ONE])
    place = portal.scan(phone)
    phone.get(place)
    portal.end_logins()
    told = phone.send_json(place, pictures=[jpeg()])
    assert (told.status, told.json["error"]) == (401, "Log in, or pair this phone with a code from your teacher.")
    # Without a script the page comes back and asks.
    assert phone.post(place, pictures=[jpeg()], follow=True).words.count("this scan is kept") == 1
    phone.log_in(ACCOUNTS[ONE])
    assert send(phone, place) == 202


def test_a_stolen_login_does_not_use_the_scan_of_the_phone(portal: Portal) -> None:
    portal.turn_on()
    phone, thief = portal.browser(ACCOUNTS[ONE]), portal.browser()
    place = portal.scan(phone)
    thief.set_cookie("__Host-rollcall", phone.cookie("__Host-rollcall") or "")
    assert "Student R1" in thief.get("/my/").words
    assert thief.get(place).status == 400
    assert send(thief, place) == 400
    # The phone's own cookie alone is that phone, and there is still one row of it.
    thief.set_cookie("__Host-rollcall-phone", phone.cookie("__Host-rollcall-phone") or "")
    assert send(thief, place) == 202
    assert send(phone, place) == 409
    assert len(portal.confirmations()) == 1


def test_a_phone_without_cookies_is_told_so(portal: Portal) -> None:
    portal.turn_on()
    phone = portal.browser()
    place = portal.scan(phone)
    phone.without_cookies()
    told = phone.get(place)
    assert told.status == 400
    assert "Allow cookies and scan it once more." in told.words


def test_a_phone_that_confirmed_nothing_is_not_told_that_it_did(portal: Portal) -> None:
    phone = portal.browser()
    told = phone.get("/confirmed")
    assert told.status == 404
    assert "Nothing was confirmed here" in told.words
    portal.turn_on()
    other = portal.paired(ONE)
    sent = other.send_json(portal.scan(other), pictures=[jpeg()]).json
    for path in (
        sent["page"],
        sent["status"],
        "/confirmed/99999999999999999999",
        "/confirmed?number=99999999999999999999",
    ):
        assert phone.get(path).status == 404


def test_while_the_key_of_the_faces_is_away_nothing_is_lost(portal: Portal) -> None:
    portal.turn_on()
    phone = portal.paired(ONE)
    place = portal.scan(phone)
    portal.home.key.rename(portal.home.data / "elsewhere")
    assert phone.send_json(place, pictures=[jpeg()]).json["state"] == "review"
    assert "the key of the faces is not there" in portal.confirmations()[0].reason


def kept(portal: Portal) -> tuple[int, int]:
    """Bytes of selfies and of pictures in the database."""
    return portal.column("SELECT total(length(frames)), total(length(picture)) FROM confirmations")
