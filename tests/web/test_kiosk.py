"""A device that is passed round: what each student sees, and that nobody comes to anything else."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy.orm import Session

from core import clock
from core.accounts import admin
from core.actor import acting
from core.sessions import lock_session
from core.store import confirmations, people, samples, sessions
from core.store.phone_marks import merge_phone_mark
from core.store.sessions import SessionDraft
from core.store.tables import AuditTable, ConfirmationTable, WebSessionTable
from tests.web_support import FIVE, FOUR, OFFICE, ONE, TEACHER, THREE, Answer, Client, Portal, jpeg
from web.app import create_app
from web.site import Site

PIN = "730518"


@pytest.fixture
def with_pin(portal: Portal) -> Portal:
    """The teacher has a PIN; ONE and THREE have a stored face, FOUR has not, FIVE does not agree to any."""
    with acting(portal.actor("admin")):
        admin.set_pin(portal.store, TEACHER, PIN)
    with portal.store.transaction() as db:
        for roll in (ONE, THREE):
            add_face(db, people.get_student(db, roll).id)
    return portal


def add_face(db: Session, student_id: int) -> None:
    """Store a face that nobody will compare."""
    embedding = np.zeros(512, np.float32)
    embedding[0] = 1.0
    samples.add_sample(
        db,
        student_id,
        crop=np.zeros((160, 160, 3), np.uint8),
        embedding=embedding,
        model_key="m",
        quality=1.0,
        sharpness=50.0,
        brightness=120.0,
        face_px=120.0,
        source="photo.jpg",
    )


def round_(portal: Portal) -> Client:
    """A device that its teacher has just begun to pass round."""
    device = portal.browser(TEACHER)
    device.get(f"/kiosk/start?lesson={portal.session_id}")
    begun = device.post("/kiosk/start", lesson=portal.session_id, pin=PIN)
    assert begun.place == "/kiosk/", begun.words
    device.get("/kiosk/")
    return device


def said(device: Client, who: str) -> Answer:
    """The page after somebody said who they are."""
    device.get("/kiosk/")
    return device.post("/kiosk/who", who=who, follow=True)


def snap(device: Client, who: str) -> Answer:
    """The page after somebody took a selfie."""
    assert "You are" in said(device, who).words
    assert device.send_json("/kiosk/", pictures=[jpeg()]).status == 202
    return device.get("/kiosk/")


def settle(portal: Portal, roll: str, state: str, reason: str = "") -> None:
    """What the networks would have said of the selfie that waits."""
    own = next(one for one in portal.confirmations() if one.student_id == portal.student_id(roll))
    with portal.store.transaction() as db:
        assert confirmations.judge(db, own.id, state, reason, {}, b"")  # type: ignore[arg-type]
        if state == "accepted":
            merge_phone_mark(db, own.session_id, own.student_id, own.at, None)


def states(portal: Portal) -> dict[str, tuple[str, str]]:
    """State and reason of each confirmation, by roll number."""
    with portal.store.read() as db:
        rolls = {one.id: one.roll for one in people.list_students(db)}
    return {rolls[one.student_id]: (one.state, one.reason) for one in portal.confirmations()}


def test_students_confirm_one_after_the_other(with_pin: Portal) -> None:
    device = round_(with_pin)
    assert "Who are you?" in device.get("/kiosk/").words
    assert "Student R1" in snap(device, "r1").words
    assert "being looked at" in device.get("/kiosk/").words
    assert "being looked at" in device.post("/kiosk/", pictures=[jpeg()]).words, "pressed twice"
    assert device.get("/kiosk/state").json == {"told": "waiting", "final": False}
    settle(with_pin, ONE, "accepted")
    assert device.get("/kiosk/state").json == {"told": "accepted", "final": True}
    assert "You are marked as here" in device.get("/kiosk/").words
    after = device.post("/kiosk/next", follow=True)
    assert "Who are you?" in after.words
    assert "R1" not in after.words
    snap(device, "Student R3")
    settle(with_pin, THREE, "review", "the selfie shows somebody else")
    told = device.get("/kiosk/").words
    assert "Please see your teacher" in told
    assert "somebody else" not in told
    assert [one.how for one in with_pin.confirmations()] == ["kiosk", "kiosk"]
    assert {one.device_id for one in with_pin.confirmations()} == {None}


def test_without_consent_or_stored_face_no_picture_is_taken(with_pin: Portal) -> None:
    device = round_(with_pin)
    for roll, why in ((FIVE, "has not agreed"), (FOUR, "has no stored faces")):
        page = said(device, roll)
        assert "No picture is taken of you" in page.words
        assert 'type="file"' not in page.text
        # Also not when it is sent all the same.
        assert device.post("/kiosk/", pictures=[jpeg()]).status == 303
        assert "Please see your teacher" in device.get("/kiosk/").words
        state, reason = states(with_pin)[roll]
        assert state == "review"
        assert why in reason
        device.post("/kiosk/next")
    assert with_frames(with_pin) == b""


def with_frames(portal: Portal) -> bytes:
    """All pictures that are kept of confirmations, one after the other."""
    with portal.store.read() as db:
        return b"".join(row.frames + row.picture for row in db.query(ConfirmationTable))


def test_whoever_wants_no_picture_goes_to_the_teacher(with_pin: Portal) -> None:
    device = round_(with_pin)
    said(device, ONE)
    assert device.post("/kiosk/", plain="yes").status == 303
    assert states(with_pin)[ONE][0] == "review"
    assert with_frames(with_pin) == b""


MEANT = ("R3", " r3 ", "student r3", "Stu R3", "R3 stu")
NOT_MEANT = ("Student", "St", "R", "", "R2", "Student R2", "%", "x" * 400)


def test_who_is_meant(with_pin: Portal) -> None:
    device = round_(with_pin)
    for typed in MEANT:
        assert "You are Student R3" in said(device, typed).words, typed
        device.post("/kiosk/next")
    for typed in NOT_MEANT:
        page = said(device, typed).words
        assert "Who are you?" in page, typed
        # Nothing is told of who is in the class.
        assert not [roll for roll in ("R1", "R3", "R4", "R5") if roll in page], typed


def test_the_teacher_is_logged_out_and_no_other_page_opens(with_pin: Portal) -> None:
    device = with_pin.browser(TEACHER)
    old = device.cookie("__Host-rollcall")
    device.get(f"/kiosk/start?lesson={with_pin.session_id}")
    begun = device.post("/kiosk/start", lesson=with_pin.session_id, pin=PIN)
    assert begun.headers["Clear-Site-Data"] == '"cache"'
    device.get("/kiosk/")
    for rule in with_pin.app.url_map.iter_rules():
        path = with_pin.app.url_map.bind("localhost").build(
            rule.endpoint, dict.fromkeys(rule.arguments, 1), force_external=False
        )
        if rule.endpoint.partition(".")[0] in ("kiosk", "static", "language", "api"):
            continue
        if "GET" in (rule.methods or ()):
            assert device.get(path, follow=False).place == "/kiosk/", rule
        if "POST" in (rule.methods or ()):
            assert device.post(path).status in (403, 404), rule
    assert device.get("/nowhere", follow=False).place == "/kiosk/"
    # A cookie from before opens nothing either.
    thief = with_pin.browser()
    assert old is not None
    thief.set_cookie("__Host-rollcall", old)
    assert thief.get("/teach/", follow=False).place == "/login?next=/teach/?"
    with with_pin.store.read() as db:
        assert db.query(WebSessionTable).count() == 0


def test_its_page_leaves_a_login_alone_where_nothing_is_passed_round(with_pin: Portal) -> None:
    teacher = with_pin.browser(TEACHER)
    assert "not passed round" in teacher.get("/kiosk/").words
    assert teacher.get("/teach/", follow=False).status == 200


def test_only_the_pin_ends_it(with_pin: Portal) -> None:
    device = round_(with_pin)
    device.get("/kiosk/leave")
    for wrong in ("", "0000", "730519"):
        refused = device.post("/kiosk/leave", pin=wrong)
        assert refused.status == 401
        # No name and no password were asked for.
        assert "The PIN does not fit." in refused.words
    assert device.get("/teach/", follow=False).place == "/kiosk/"
    assert device.post("/kiosk/leave", pin=PIN).place == "/login"
    # The PIN is no password: it lets nobody in.
    assert device.get("/teach/", follow=False).place == "/login?next=/teach/?"
    with with_pin.store.read() as db:
        acts = [row.action for row in db.query(AuditTable) if row.action.startswith("kiosk.")]
    assert acts == ["kiosk.start", "kiosk.end"]


@pytest.mark.usefixtures("one_minute")
def test_guessing_the_pin_is_locked(with_pin: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    device = round_(with_pin)
    device.get("/kiosk/leave")
    for wrong in range(5):
        assert device.post("/kiosk/leave", pin=f"99{wrong}7").status == 401
    assert device.post("/kiosk/leave", pin=PIN).status == 401
    assert device.get("/kiosk/", follow=False).status == 200
    found = {device.post("/kiosk/leave", pin=f"{number:04}").status for number in range(30)}
    assert 429 in found
    assert 303 not in found
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=16))
    from web import shield

    shield.limiter.reset()
    assert device.post("/kiosk/leave", pin=PIN).place == "/login"


def test_another_teachers_lesson_and_a_wrong_pin(with_pin: Portal) -> None:
    device = with_pin.browser(TEACHER)
    device.get("/kiosk/start")
    assert device.post("/kiosk/start", lesson=with_pin.foreign_session_id, pin=PIN).status == 409
    assert device.post("/kiosk/start", lesson=99_999, pin=PIN).status == 409
    assert device.post("/kiosk/start", lesson=with_pin.session_id, pin="1").status == 401
    assert device.get("/teach/").status == 200
    student = with_pin.browser("Student One")
    student.get("/kiosk/start")
    assert student.post("/kiosk/start", lesson=with_pin.session_id, pin=PIN).status == 401
    office = with_pin.browser(OFFICE)
    assert "You have no PIN" in office.get("/kiosk/start").words


def test_it_ends_with_the_lesson(with_pin: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    locked, late = round_(with_pin), round_(with_pin)
    said(late, ONE)
    now = clock.now()
    with monkeypatch.context() as later:
        later.setattr(clock, "now", lambda: now + timedelta(minutes=61))
        assert late.send_json("/kiosk/", pictures=[jpeg()]).status == 409
        assert "not passed round any more" in late.get("/kiosk/").words
    said(locked, ONE)
    with acting(with_pin.actor()):
        lock_session(with_pin.store, with_pin.session_id)
    assert locked.send_json("/kiosk/", pictures=[jpeg()]).status == 409
    assert "not passed round any more" in locked.get("/kiosk/").words
    assert locked.get("/", follow=False).place == "/login"
    assert with_pin.confirmations() == []


def test_it_ends_when_the_account_is_switched_off(with_pin: Portal) -> None:
    device = round_(with_pin)
    with acting(with_pin.actor("admin")):
        admin.set_active(with_pin.store, TEACHER, active=False)
    assert "not passed round any more" in device.get("/kiosk/").words


def test_nobody_is_asked_for_ever(with_pin: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    device = round_(with_pin)
    said(device, ONE)
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=4))
    assert "Who are you?" in device.get("/kiosk/").words
    assert device.send_json("/kiosk/", pictures=[jpeg()]).status == 409
    assert with_pin.confirmations() == []


def test_who_typed_anothers_number_keeps_nobody_out(with_pin: Portal) -> None:
    device = round_(with_pin)
    snap(device, ONE)
    settle(with_pin, ONE, "review", "the selfie shows somebody else")
    assert "Take the selfie once more" in device.get("/kiosk/").words
    device.post("/kiosk/next")
    snap(device, ONE)
    assert "confirmed this lesson already" in said(device, ONE).words
    settle(with_pin, ONE, "accepted")
    assert states(with_pin) == {ONE: ("accepted", "")}
    assert "confirmed this lesson already" in said(device, ONE).words


def test_a_student_tries_five_times(with_pin: Portal) -> None:
    device = round_(with_pin)
    for _ in range(5):
        snap(device, ONE)
        settle(with_pin, ONE, "review", "no face can be seen clearly")
        device.post("/kiosk/next")
    assert "see your teacher" in said(device, ONE).words
    assert len(with_pin.confirmations()) == 1


def test_many_posts_of_one_selfie_are_one_row(with_pin: Portal) -> None:
    device = round_(with_pin)
    said(device, ONE)
    start, token, cookie = threading.Barrier(20), device.token(), device.cookie("__Host-rollcall")

    def post(_number: int) -> int:
        hand = with_pin.browser()
        hand.set_cookie("__Host-rollcall", str(cookie))
        start.wait()
        return hand.send_json("/kiosk/", pictures=[jpeg()], csrf=False, csrf_token=token).status

    with ThreadPoolExecutor(20) as pool:
        found = sorted(pool.map(post, range(20)))
    assert found == [202, *[409] * 19]
    assert len(with_pin.confirmations()) == 1


def test_forms_need_their_token(with_pin: Portal) -> None:
    device = round_(with_pin)
    for path in ("/kiosk/who", "/kiosk/", "/kiosk/next", "/kiosk/leave", "/kiosk/start"):
        assert device.post(path, csrf=False, who="R1", pin=PIN).status == 400


def test_hostile_pictures_and_names(with_pin: Portal) -> None:
    device = round_(with_pin)
    for bad in (b"", b"GIF89a", b"<svg/>", b"%PDF-1.4"):
        said(device, ONE)
        assert device.post("/kiosk/", pictures=[bad]).status == 400
    assert with_pin.confirmations() == []
    with with_pin.store.transaction() as db:
        made = people.add_student(db, "H1", "<script>alert(1)</script> \u0645\u0631\u064a\u0645" + "x" * 250)
        people.add_to_roster(db, with_pin.school.own.class_id, made.id)
    page = said(device, "h1")
    assert "<script>alert" not in page.text
    assert page.status == 200


def test_without_tls_name_and_pin_begin_it_and_one_picture_is_taken(with_pin: Portal) -> None:
    app = create_app(Site(with_pin.home, with_pin.store, False, lambda: {"localhost"}))
    device = Client(app)
    shown = device.get("/kiosk/start")
    assert "not encrypted" in shown.words
    assert 'name="name"' in shown.text
    assert 'type="password"' in shown.text
    assert device.post("/kiosk/start", name=TEACHER, pin="1234").status == 401
    assert device.post("/kiosk/start", name=TEACHER, pin=PIN, lesson=with_pin.session_id).place == "/kiosk/"
    device.get("/kiosk/")
    said(device, ONE)
    assert device.post("/kiosk/", pictures=[jpeg()]).place == "/kiosk/"
    assert states(with_pin)[ONE] == ("waiting", "")
    assert device.post("/kiosk/leave", pin=PIN).place == "/login"
    assert device.get("/teach/", follow=False).place == "/login?next=/teach/?"


def test_one_of_several_open_lessons_is_chosen(with_pin: Portal) -> None:
    with with_pin.store.transaction() as db:
        now = clock.now()
        made = sessions.add_session(
            db, SessionDraft(with_pin.school.own.class_id, now, now + timedelta(minutes=30), None, title="Lab")
        )
    device = with_pin.browser()
    device.get("/kiosk/start")
    several = device.post("/kiosk/start", name=TEACHER, pin=PIN)
    assert several.status == 200
    assert "Choose one" in several.words
    assert f'value="{made.id}"' in several.text
    assert device.post("/kiosk/start", name=TEACHER, pin=PIN, lesson=made.id).place == "/kiosk/"


def test_a_stolen_or_changed_cookie_is_nothing(with_pin: Portal) -> None:
    device = round_(with_pin)
    cookie = str(device.cookie("__Host-rollcall"))
    # The last letter has bits to spare: another one can say the same.
    for place in range(0, len(cookie) - 1, 7):
        bad = with_pin.browser()
        bad.set_cookie("__Host-rollcall", cookie[:place] + ("A" if cookie[place] != "A" else "B") + cookie[place + 1 :])
        assert "Who are you?" not in bad.get("/kiosk/").words
    # After the end the cookie is worth nothing.
    device.get("/kiosk/leave")
    device.post("/kiosk/leave", pin=PIN)
    again = with_pin.browser()
    again.set_cookie("__Host-rollcall", cookie)
    assert "not passed round any more" in again.get("/kiosk/").words
