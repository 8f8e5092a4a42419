"""The queue of selfies: the oldest first, nothing lost, nobody absent by it, one that breaks stops nobody."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core import clock
from core.confirming import claims, judging, selfies
from core.confirming.accepting import NO_CONSENT, Status, settle_phone, status_of
from core.confirming.judging import BROKEN, DAMAGED, TOO_LATE, is_waiting, judge_waiting
from core.confirming.reviewing import selfie_of
from core.confirming.twins import TWICE
from core.consent import withdraw
from core.engine import Engine
from core.erasure import erase_student
from core.errors import NotFoundError, VaultError
from core.paths import Home
from core.sessions import lock_session
from core.store import confirmations, marks, people, register, samples
from core.store.confirmations import Confirmation
from core.store.database import Store, open_store
from core.store.register import SightingDraft
from core.store.tables import ConfirmationTable
from core.vision.images import decode_png
from tests.phone_support import UTC_SCHOOL, Phone, confirm, jpeg, noise, open_lesson, paired
from tests.selfie_support import AHEAD, HER, LEFT, TURNED, UP, Known, known_people, photos, turning
from tests.selfie_support import OTHERS as NAMES
from tests.store_support import TEACHER, begin_session
from tests.test_house import PROJECT
from web.judge import Judge

MEMBERS = (HER, 2, 3, 4)
ROLLS = {number: f"R{number}" for number in MEMBERS}


@pytest.fixture(scope="module")
def faces(shared: Path) -> Path:
    return shared / "faces"


@pytest.fixture(scope="module")
def known(engine: Engine, faces: Path) -> Known:
    return known_people(engine, faces, MEMBERS)


def fill(store: Store, engine: Engine, known: Known) -> None:
    """A class of four with their faces, whose numbers are those of ``selfie_support``."""
    with store.transaction() as db:
        made = people.add_class(db, "C", "Class")
        for number in MEMBERS:
            student = people.add_student(db, ROLLS[number], f"Student {number}")
            assert student.id == number
            people.record_consent(db, number, "paper form", clock.now())
            people.add_to_roster(db, made.id, number)
            for crop, embedding in zip(known.crops[number], known.embeddings[number], strict=True):
                samples.add_sample(
                    db, number, crop=crop, embedding=embedding, model_key=engine.model_key, quality=0.9,
                    sharpness=0.6, brightness=120, face_px=90, source="a.png",
                )  # fmt: skip


@pytest.fixture
def store(home: Home, engine: Engine, known: Known, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    # Nobody in these films hears what is asked, so it is asked what they do.
    monkeypatch.setattr(claims, "new_challenge", lambda **_: TURNED)
    with open_store(home) as store:
        fill(store, engine, known)
        yield store


@pytest.fixture
def lesson(store: Store) -> int:
    return open_lesson(store, 1)


def phones(store: Store) -> dict[int, Phone]:
    return {number: paired(store, roll) for number, roll in ROLLS.items()}


def judge(store: Store, engine: Engine, most: int = 10) -> int:
    return judge_waiting(store, engine, UTC_SCHOOL, None, most)


def state_of(store: Store, number: int) -> Confirmation:
    with store.read() as db:
        return confirmations.get_confirmation(db, number)


def states(store: Store, lesson: int) -> list[str]:
    with store.read() as db:
        return [one.state for one in confirmations.confirmations_of(db, [lesson])]


def stored(store: Store, number: int) -> ConfirmationTable:
    with store.read() as db:
        row = db.get_one(ConfirmationTable, number)
        db.expunge(row)
        return row


def mark_of(store: Store, lesson: int, student: int) -> str | None:
    with store.read() as db:
        found = marks.marks_of(db, [lesson]).get((lesson, student))
        return None if found is None else found.status


def test_accepted_marks_and_keeps_nothing_of_the_face(store: Store, engine: Engine, lesson: int, faces: Path) -> None:
    phone = paired(store, ROLLS[HER])
    made = confirm(store, phone, lesson, *turning(faces, AHEAD, LEFT, UP))
    assert status_of(store, made.id, phone.cookie).state == "waiting"
    assert mark_of(store, lesson, HER) is None
    assert judge(store, engine) == 1
    row = stored(store, made.id)
    assert (row.state, row.reason, row.frames, row.picture) == ("accepted", selfies.UNCHECKED, b"", b"")
    assert row.scores is not None
    assert (row.scores["network"], row.scores["spoof_network"], row.scores["real"]) == (
        engine.model_key, "not available", None,
    )  # fmt: skip
    assert row.scores["cosine"] >= row.scores["cut"]
    assert row.judged_at is not None
    assert mark_of(store, lesson, HER) == "P"
    assert status_of(store, made.id, phone.cookie).marked
    assert judge(store, engine) == 0


def test_doubtful_waits_for_the_teacher_with_a_picture(store: Store, engine: Engine, lesson: int, faces: Path) -> None:
    """Another student's head, which does all that is asked, sent by student 2."""
    phone = paired(store, ROLLS[2])
    made = confirm(store, phone, lesson, *turning(faces, AHEAD, LEFT, UP))
    assert decode_png(selfie_of(store, made.id)).shape == (240, 240, 3)  # The teacher may look before it is judged.
    judge(store, engine)
    found = state_of(store, made.id)
    assert (found.state, found.reason) == ("review", selfies.ANOTHER)
    assert decode_png(selfie_of(store, made.id)).shape == (240, 240, 3)
    assert status_of(store, made.id, phone.cookie) == Status("review", marked=False)
    # Neither present nor absent by it, neither of the two.
    assert mark_of(store, lesson, 2) is mark_of(store, lesson, HER) is None
    assert settle_phone(store, UTC_SCHOOL, TEACHER, made.id, accepted=True)
    assert mark_of(store, lesson, 2) == "P"
    assert judge(store, engine) == 0


def test_refused_by_a_teacher_is_not_absent_by_it(store: Store, engine: Engine, lesson: int) -> None:
    made = confirm(store, paired(store, ROLLS[2]), lesson, noise(1))
    judge(store, engine)
    assert not settle_phone(store, UTC_SCHOOL, TEACHER, made.id, accepted=False)
    assert state_of(store, made.id).state == "refused"
    assert mark_of(store, lesson, 2) is None


def test_a_single_picture_needs_a_camera_that_saw_the_student(
    store: Store, engine: Engine, lesson: int, faces: Path
) -> None:
    photo = turning(faces, AHEAD[:1])
    first = confirm(store, paired(store, ROLLS[HER]), lesson, *photo)
    judge(store, engine)
    assert state_of(store, first.id).reason == selfies.SINGLE
    seen = open_lesson(store, 1)
    with store.transaction() as db:
        now = clock.now()
        register.replace_sightings(db, seen, "cam", [SightingDraft("present", "", HER, 0.9, now, now)])
    second = confirm(store, paired(store, ROLLS[HER]), seen, *photo)
    judge(store, engine)
    assert state_of(store, second.id).state == "accepted"


def test_first_come_first_served(store: Store, engine: Engine, lesson: int) -> None:
    made = [confirm(store, phone, lesson, noise(number)) for number, phone in phones(store).items()]
    assert [one.id for one in made] == sorted(one.id for one in made)
    for done in range(len(made)):
        assert states(store, lesson) == ["review"] * done + ["waiting"] * (len(made) - done)
        assert judge(store, engine, most=1) == 1
    assert judge(store, engine, most=1) == 0


def test_one_that_breaks_stops_nobody(store: Store, engine: Engine, lesson: int, faces: Path) -> None:
    pairs = phones(store)
    damaged = confirm(store, pairs[2], lesson, noise(1))
    with store.transaction() as db:
        other = open_lesson_in(db)
        garbled = confirmations.add_confirmation(
            db, session_id=other, student_id=3, device_id=None, how="qr", state="waiting", reason="", frames=b"\0\7none"
        )
        sealed = bytearray(stored_bytes(db, damaged.id))
        sealed[-20] ^= 1
        db.get_one(ConfirmationTable, damaged.id).frames = bytes(sealed)
    unreadable = confirm(store, pairs[4], lesson, b"\xff\xd8\xff" + bytes(500))
    right = confirm(store, pairs[HER], lesson, *turning(faces, AHEAD, LEFT, UP))
    assert judge(store, engine) == 4
    found = [state_of(store, one.id) for one in (damaged, garbled, unreadable, right)]
    assert [one.reason for one in found] == [DAMAGED, BROKEN, selfies.UNREADABLE, selfies.UNCHECKED]
    assert [one.state for one in found] == ["review"] * 3 + ["accepted"]
    with pytest.raises(NotFoundError):
        selfie_of(store, damaged.id)


def open_lesson_in(db: Any) -> int:
    return begin_session(db, 1, clock.now()).id


def stored_bytes(db: Any, number: int) -> bytes:
    return bytes(db.get_one(ConfirmationTable, number).frames)


def test_without_the_key_selfies_wait_and_then_are_judged(
    store: Store, engine: Engine, lesson: int, faces: Path
) -> None:
    made = confirm(store, paired(store, ROLLS[HER]), lesson, *turning(faces, AHEAD, LEFT, UP))
    home = store.home
    aside = home.key.rename(home.key.with_name("elsewhere"))
    with open_store(home) as locked:
        for _ in range(4):
            with pytest.raises(VaultError):
                judge(locked, engine)
        assert state_of(locked, made.id).state == "waiting"
        with pytest.raises(NotFoundError):
            selfie_of(locked, made.id)
    aside.rename(home.key)
    assert judge(store, engine) == 1
    assert state_of(store, made.id).state == "accepted"


def test_what_somebody_must_mend_is_not_held_against_a_selfie(
    store: Store, engine: Engine, lesson: int, faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = confirm(store, paired(store, ROLLS[HER]), lesson, *turning(faces, AHEAD, LEFT, UP))
    with monkeypatch.context() as patch:
        patch.setattr(judging, "open_school", locked)
        for _ in range(4):
            with pytest.raises(VaultError):
                judge(store, engine)
    assert state_of(store, made.id).state == "waiting"
    assert judge(store, engine) == 1
    assert state_of(store, made.id).state == "accepted"


def locked(*_: object) -> None:
    raise VaultError("The key was locked in the middle of it.")


def test_who_is_erased_or_withdraws_meanwhile(store: Store, engine: Engine, lesson: int) -> None:
    pairs = phones(store)
    confirm(store, pairs[2], lesson, noise(1))
    silent = confirm(store, pairs[3], lesson, noise(2))
    kept = confirm(store, pairs[4], lesson, noise(3))
    erase_student(store, ROLLS[2])
    with store.transaction() as db:
        db.connection().exec_driver_sql("UPDATE students SET consent_text = NULL WHERE id = 3")
    assert judge(store, engine) == 2
    assert state_of(store, silent.id).reason == NO_CONSENT
    assert state_of(store, kept.id).reason == selfies.NO_FACE


def test_a_lesson_that_was_locked_meanwhile(store: Store, engine: Engine, lesson: int, faces: Path) -> None:
    made = confirm(store, paired(store, ROLLS[HER]), lesson, *turning(faces, AHEAD, LEFT, UP))
    lock_session(store, lesson)
    judge(store, engine)
    found = state_of(store, made.id)
    assert (found.state, found.reason) == ("review", TOO_LATE)
    assert mark_of(store, lesson, HER) is None
    assert selfie_of(store, made.id)


def test_a_lesson_that_asks_for_the_face_too(store: Store, engine: Engine, faces: Path) -> None:
    lesson = open_lesson(store, 1, "required")
    made = confirm(store, paired(store, ROLLS[HER]), lesson, *turning(faces, AHEAD, LEFT, UP))
    judge(store, engine)
    assert state_of(store, made.id).state == "accepted"
    assert mark_of(store, lesson, HER) is None


def test_what_a_teacher_decided_meanwhile_stays(
    store: Store, engine: Engine, lesson: int, faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = confirm(store, paired(store, ROLLS[HER]), lesson, *turning(faces, AHEAD, LEFT, UP))
    real = selfies.decode_image

    def slow(content: bytes, name: str) -> Any:
        if state_of(store, made.id).state == "waiting":
            settle_phone(store, UTC_SCHOOL, TEACHER, made.id, accepted=False)
        return real(content, name)

    monkeypatch.setattr(selfies, "decode_image", slow)
    judge(store, engine)
    found = state_of(store, made.id)
    assert (found.state, found.decided_by) == ("refused", TEACHER.name)
    assert mark_of(store, lesson, HER) is None


KILLED = """
import os, signal, sys
from pathlib import Path
from core.confirming import selfies
from core.confirming.judging import judge_waiting
from core.engine import load_engine
from core.paths import PROJECT, Home
from core.settings import Settings
from core.store.database import open_store
home, victim = Home(Path(sys.argv[1])), sys.argv[2]
real = selfies.decode_image
def crash(content, name):
    # As a decoder that a file brings down.
    if victim == "every" or content.endswith(victim.encode()):
        os.kill(os.getpid(), signal.SIGKILL)
    return real(content, name)
selfies.decode_image = crash
with open_store(home) as store:
    judge_waiting(store, load_engine(Home(PROJECT), 30), Settings(time_zone="UTC"), None)
"""


def killed(home: Home, victim: str) -> int:
    run = [sys.executable, "-c", KILLED, str(home.root), victim]
    return subprocess.run(run, cwd=PROJECT, timeout=200, check=False, capture_output=True).returncode


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_judge_that_is_killed_loses_nothing(store: Store, engine: Engine, lesson: int, faces: Path) -> None:
    pairs = phones(store)
    right = confirm(store, pairs[HER], lesson, *turning(faces, AHEAD, LEFT, UP))
    other = confirm(store, pairs[2], lesson, noise(2))
    assert killed(store.home, "every") == -signal.SIGKILL
    assert states(store, lesson) == ["waiting", "waiting"]
    assert judge(store, engine) == 2
    assert state_of(store, right.id).state == "accepted"
    assert mark_of(store, lesson, HER) == "P"
    assert state_of(store, other.id).reason == selfies.NO_FACE


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_selfie_that_kills_the_judge_does_so_twice(store: Store, engine: Engine, lesson: int) -> None:
    pairs = phones(store)
    bad = confirm(store, pairs[2], lesson, noise(1) + b"bad")
    behind = confirm(store, pairs[3], lesson, noise(2))
    for _ in range(2):
        assert killed(store.home, "bad") == -signal.SIGKILL
        assert states(store, lesson) == ["waiting", "waiting"]
    assert killed(store.home, "bad") == 0
    assert state_of(store, bad.id).reason == BROKEN
    assert state_of(store, behind.id).reason == selfies.NO_FACE


def test_the_judge_of_the_portal_takes_up_what_waited(ready: Home, engine: Engine, known: Known, faces: Path) -> None:
    with open_store(ready) as store:
        fill(store, engine, known)
        lesson = open_lesson(store, 1)
        pairs = phones(store)
        first = confirm(store, pairs[2], lesson, noise(1))
        for made in (first, None):
            # What came while nobody judged, and what comes while somebody does; then a second run of the portal.
            running = Judge(ready, store)
            running.start()
            if made is None:
                made = confirm(store, pairs[3], lesson, noise(2))
            wait_until_judged(store)
            running.stop()
            assert state_of(store, made.id).reason == selfies.NO_FACE


def test_a_portal_that_ends_while_networks_are_prepared_takes_that_with_it(
    home: Home, engine: Engine, known: Known
) -> None:
    """Half a minute of a whole processor, for which nobody waits any more."""
    with open_store(home) as store:
        fill(store, engine, known)
        made = confirm(store, phones(store)[2], open_lesson(store, 1), noise(1))
        running = Judge(home, store)
        running.start()
        for _ in range(1200):
            if (home.output / "setup.log").exists():
                break
            time.sleep(0.05)
        running.stop()
        assert not running._thread.is_alive()
        assert list(home.models.glob("preparing-*")) == []
        assert not home.networks.exists()
        assert state_of(store, made.id).state == "waiting"


def wait_until_judged(store: Store) -> None:
    for _ in range(1200):
        if not is_waiting(store):
            return
        time.sleep(0.05)
    pytest.fail("nothing was judged within a minute")


def test_photos_of_other_years_of_the_same_person(store: Store, engine: Engine, lesson: int, faces: Path) -> None:
    """Three press photos: the right person, whose head did not turn."""
    sent = [jpeg(one) for one in photos(faces, NAMES[0])[6:9]]
    made = confirm(store, paired(store, ROLLS[2]), lesson, *sent)
    judge(store, engine)
    found = state_of(store, made.id)
    assert found.state == "review"
    assert mark_of(store, lesson, 2) is None


@pytest.mark.parametrize("meanwhile", ["nothing", "refused", "withdrew"])
def test_one_face_does_not_confirm_for_two(
    store: Store, engine: Engine, lesson: int, faces: Path, meanwhile: str
) -> None:
    """Whoever comes second goes to the teacher, unless the first was refused, or may not be compared with any more."""
    hers = turning(faces, AHEAD, LEFT, UP)
    with store.transaction() as db:
        newcomer = people.add_student(db, "R9", "Nobody knows the face of R9")
        people.record_consent(db, newcomer.id, "paper form", clock.now())
        people.add_to_roster(db, 1, newcomer.id)
    first = confirm(store, paired(store, "R9"), lesson, *hers)
    judge(store, engine)
    assert state_of(store, first.id).reason == selfies.NO_FACES
    if meanwhile == "refused":
        settle_phone(store, UTC_SCHOOL, TEACHER, first.id, accepted=False)
    elif meanwhile == "withdrew":
        withdraw(store, "R9")
    second = confirm(store, paired(store, ROLLS[HER]), lesson, *hers)
    third = confirm(store, paired(store, ROLLS[2]), lesson, *hers)
    judge(store, engine)
    found = [state_of(store, one.id) for one in (second, third)]
    if meanwhile != "nothing":
        assert [one.state for one in found] == ["accepted", "review"]
        assert found[1].reason == f"{TWICE.format(ROLLS[HER])}; {selfies.ANOTHER}"
        assert mark_of(store, lesson, HER) == "P"
        return
    assert [(one.state, one.reason.split("; ")[0]) for one in found] == [("review", TWICE.format("R9"))] * 2
    assert mark_of(store, lesson, HER) is None
    # Who is erased is named nowhere any more.
    erase_student(store, "R9")
    assert state_of(store, second.id).reason == TWICE.format("a student who was deleted")
    # The next lesson is another one.
    other = open_lesson(store, 1)
    again = confirm(store, paired(store, ROLLS[HER]), other, *hers)
    judge(store, engine)
    assert state_of(store, again.id).state == "accepted"


def test_two_people_confirm_beside_each_other(store: Store, engine: Engine, lesson: int, faces: Path) -> None:
    hers = confirm(store, paired(store, ROLLS[HER]), lesson, *turning(faces, AHEAD, LEFT, UP))
    for number, name in zip((2, 3, 4), NAMES, strict=False):
        confirm(store, paired(store, ROLLS[number]), lesson, jpeg(photos(faces, name)[-1]))
    judge(store, engine)
    with store.read() as db:
        reasons = [one.reason for one in confirmations.confirmations_of(db, [lesson])]
    assert state_of(store, hers.id).state == "accepted"
    assert not [one for one in reasons if "the same face" in one]
