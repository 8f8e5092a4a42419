"""What phones make of marks in each mode, together with the camera and the teacher."""

from datetime import timedelta

import pytest

from core import addresses, clock
from core.actor import acting
from core.confirming import accepting, lessons
from core.confirming.picture import qr_squares
from core.correcting import set_mark
from core.sessions import SessionRequest, cancel_lesson
from core.settings import Settings
from core.store import register, sessions
from core.store.register import FaceEvidence, SightingDraft
from tests.register_support import letters_of
from tests.web_support import FIVE, ONE, TEACHER, THREE, Portal, ServedPortal, jpeg

UTC_SCHOOL = Settings(time_zone="UTC")


def confirm(portal: Portal, roll: str = ONE) -> int:
    """A selfie of a student; the number of the confirmation."""
    phone = portal.paired(roll)
    assert phone.send_json(portal.scan(phone), pictures=[jpeg()]).status == 202
    return portal.confirmations()[-1].id


def decide(portal: Portal, number: int, *, accepted: bool = True) -> bool:
    teacher = portal.actor()
    with acting(teacher):
        return accepting.settle_phone(portal.store, UTC_SCHOOL, teacher, number, accepted=accepted)


def seen(portal: Portal, *rolls: str, at: timedelta = timedelta()) -> None:
    """A camera looks over the class and sees these."""
    with portal.store.transaction() as db:
        session = sessions.get_session(db, portal.session_id)
        moment = session.starts_at + at
        ids = {one: portal.student_id(one) for one in (ONE, THREE)}
        evidence = {ids[one]: FaceEvidence(0.9, moment, moment) for one in rolls}
        drafts = [
            SightingDraft("present", "", ids[one], confidence=0.9, first_seen=moment, last_seen=moment) for one in rolls
        ]
        register.replace_sightings(db, session.id, "room", drafts)
        register.merge_face_marks(db, session.id, evidence, list(ids.values()), late_after_minutes=10)


def letter(portal: Portal, roll: str = ONE) -> str | None:
    return letters_of(portal.store, portal.session_id).get((portal.session_id, roll))


def board_of(portal: Portal) -> dict[str, int]:
    with acting(portal.actor()):
        return {name: count for name, count in lessons.board(portal.store, portal.session_id).counts.items() if count}


def test_evidence_one_of_both_is_enough(portal: Portal) -> None:
    portal.turn_on("evidence")
    number = confirm(portal)
    assert (letter(portal), board_of(portal)) == (None, {"review": 1, "missing": 3})
    assert decide(portal, number)
    assert (letter(portal), board_of(portal)) == ("P", {"phone": 1, "missing": 3})
    seen(portal, THREE)
    assert (letter(portal), letter(portal, THREE)) == ("P", "P")
    assert board_of(portal) == {"phone": 1, "face": 1, "missing": 2}


@pytest.mark.parametrize("face_first", [True, False])
def test_required_is_present_with_face_and_phone_only(portal: Portal, *, face_first: bool) -> None:
    portal.turn_on("required")
    if face_first:
        seen(portal, ONE, THREE)
        assert (letter(portal), letter(portal, THREE)) == (None, None)
        assert board_of(portal) == {"face": 2, "missing": 2}
        number = confirm(portal)
        assert letter(portal) is None
        assert decide(portal, number)
    else:
        number = confirm(portal)
        assert not decide(portal, number)
        assert (letter(portal), board_of(portal)) == (None, {"phone": 1, "missing": 3})
        seen(portal, ONE, THREE)
    assert (letter(portal), letter(portal, THREE)) == ("P", None)
    assert board_of(portal) == {"both": 1, "face": 1, "missing": 2}


def test_required_tells_the_student_what_is_missing(portal: Portal) -> None:
    portal.turn_on("required")
    phone = portal.paired(ONE)
    sent = phone.send_json(portal.scan(phone), pictures=[jpeg()]).json
    decide(portal, portal.confirmations()[0].id)
    assert "The camera of the room has to see you, too, before you are marked." in phone.get(sent["page"]).words
    seen(portal, ONE)
    assert "You are marked as here." in phone.get(sent["page"]).words


def test_required_asks_nobody_for_a_face_that_may_not_be_compared(portal: Portal) -> None:
    """Who has not agreed is marked by phone and teacher as well as everybody else."""
    portal.turn_on("required")
    phone = portal.paired(FIVE)
    sent = phone.send_json(portal.scan(phone)).json
    number = portal.confirmations()[0].id
    assert decide(portal, number)
    assert (letter(portal, FIVE), board_of(portal)) == ("P", {"phone": 1, "missing": 3})
    assert "You are marked as here." in phone.get(sent["page"]).words
    portal.turn_on("evidence")
    portal.turn_on("required")
    assert letter(portal, FIVE) == "P"
    assert not decide(portal, number, accepted=False)
    assert letter(portal, FIVE) is None


@pytest.mark.parametrize("mode", ["evidence", "required"])
def test_what_the_teacher_said_always_stays(portal: Portal, mode: str) -> None:
    portal.turn_on(mode)
    teacher = portal.actor()
    with acting(teacher):
        set_mark(portal.store, UTC_SCHOOL, teacher, portal.session_id, ONE, "A")
    number = confirm(portal)
    seen(portal, ONE)
    assert not decide(portal, number)
    assert letter(portal) == "A"
    for other in ("evidence", "required", "off"):
        portal.turn_on(other)
        assert letter(portal) == "A"
    with acting(teacher):
        set_mark(portal.store, UTC_SCHOOL, teacher, portal.session_id, ONE, "P", reason="was there")
    decide(portal, number, accepted=False)
    assert letter(portal) == "P"


def test_asking_for_both_later_takes_back_what_one_had_made(portal: Portal) -> None:
    portal.turn_on("evidence")
    seen(portal, ONE, THREE)
    decide(portal, confirm(portal))
    assert (letter(portal), letter(portal, THREE)) == ("P", "P")
    portal.turn_on("required")
    assert (letter(portal), letter(portal, THREE)) == ("P", None)
    portal.turn_on("evidence")
    assert (letter(portal), letter(portal, THREE)) == ("P", "P")


def test_a_mark_that_the_teacher_took_away_does_not_come_back_with_a_mode(portal: Portal) -> None:
    portal.turn_on("evidence")
    seen(portal, THREE)
    teacher = portal.actor()
    with acting(teacher):
        set_mark(portal.store, UTC_SCHOOL, teacher, portal.session_id, THREE, None, reason="another one")
    portal.turn_on("required")
    portal.turn_on("evidence")
    assert letter(portal, THREE) is None


def test_a_phone_that_is_refused_after_all_marks_nobody(portal: Portal) -> None:
    portal.turn_on("evidence")
    number = confirm(portal)
    assert decide(portal, number)
    assert not decide(portal, number, accepted=False)
    assert (letter(portal), board_of(portal)) == (None, {"missing": 4})
    assert decide(portal, number)
    assert letter(portal) == "P"
    seen(portal, ONE)
    assert not decide(portal, number, accepted=False)
    assert letter(portal) == "P"  # A camera has seen them.


def test_who_was_declined_confirms_again_once_the_teacher_lets_them(portal: Portal) -> None:
    portal.turn_on("evidence")
    phone, teacher = portal.paired(ONE), portal.browser(TEACHER)
    place = f"/teach/lesson/{portal.session_id}/student/{portal.student_id(ONE)}"
    assert phone.send_json(portal.scan(phone), pictures=[jpeg()]).status == 202
    first = portal.confirmations()[0].id
    answer = f"/teach/lesson/{portal.session_id}/phones/{first}"
    # Nobody takes back what nobody declined.
    assert teacher.post(answer, accepted="again").status == 409
    assert "Let them confirm again" not in teacher.get(place).words
    assert teacher.post(answer, accepted="no").status == 303
    scanned = phone.get(portal.code().path)
    assert "You have confirmed this lesson already" in scanned.words or scanned.path == "/confirmed"
    assert "Let them confirm again" in teacher.get(place).words
    assert phone.post(answer, accepted="again").status in (302, 303, 401, 403)
    assert [one.state for one in portal.confirmations()] == ["refused"]
    assert "This student may confirm again now." in teacher.post(answer, accepted="again", follow=True).words
    assert portal.confirmations() == []
    assert phone.send_json(portal.scan(phone), pictures=[jpeg()]).status == 202
    second = portal.confirmations()[0].id
    assert second != first
    # A teacher decides anew, and a lesson that takes no phones asks nobody for another selfie.
    assert teacher.post(f"/teach/lesson/{portal.session_id}/phones/{second}", accepted="no").status == 303
    portal.turn_on("off")
    assert "Let them confirm again" not in teacher.get(place).words
    late = teacher.post(f"/teach/lesson/{portal.session_id}/phones/{second}", accepted="again")
    assert (late.status, "Mark the student by hand." in late.words) == (409, True)


@pytest.mark.parametrize(("begun", "confirmed", "said"), [(0, 5, "P"), (0, 25, "L"), (40, 45, "P"), (40, 55, "L")])
def test_late_is_who_confirms_long_after_codes_were_first_taken(
    portal: Portal, monkeypatch: pytest.MonkeyPatch, begun: int, confirmed: int, said: str
) -> None:
    """Codes that are shown at the end of a lesson make nobody late, for nobody knows when they came."""
    start, real = clock.now(), clock.now
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(minutes=begun))
    portal.turn_on("evidence")
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(minutes=confirmed))
    decide(portal, confirm(portal))
    assert letter(portal) == said
    assert real() - start < timedelta(minutes=5)


def test_in_a_cancelled_lesson_nobody_is_marked(portal: Portal) -> None:
    from core.store.phone_marks import merge_phone_mark

    portal.turn_on("evidence")
    number = confirm(portal)
    office = portal.actor("admin")
    with acting(office):
        cancel_lesson(portal.store, UTC_SCHOOL, office, SessionRequest("OWN", session_id=portal.session_id))
    with portal.store.transaction() as db:
        assert not merge_phone_mark(db, portal.session_id, portal.student_id(ONE), clock.now(), 10)
    assert letter(portal) is None
    assert [one.id for one in portal.confirmations()] == [number]


@pytest.mark.usefixtures("one_minute")
def test_the_code_on_the_wall_leads_phones_to_this_computer(
    served: ServedPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the teacher opened the page at the computer itself, by a name that no phone knows."""
    monkeypatch.setattr(addresses, "lan_addresses", lambda: ["192.0.2.9"])
    served.portal.turn_on()
    teacher = served.phone(TEACHER)
    shown = teacher.get(f"/teach/lesson/{served.portal.session_id}/code.json").json
    port = served.url.rsplit(":", 1)[1]
    squares = qr_squares(f"https://192.0.2.9:{port}{served.portal.code().path}".upper())
    assert shown["rows"] == ["".join("1" if one else "0" for one in row) for row in squares]
    wall = teacher.get(f"/teach/lesson/{served.portal.session_id}/code").words
    assert f"The phone warns? https://192.0.2.9:{port}/trust says what to do." in wall
