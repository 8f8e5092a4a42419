"""Works with faces beside one another: double clicks, lessons meanwhile, a server that stops, a locked key."""

import os
import signal

import pytest
from flask import Flask

from core.actor import acting
from core.languages.language import language as language_of
from core.locks import home_lock
from core.rekeying import change_source
from core.vault.sources import VARIABLE
from tests.cli_support import ASTRONAUT, PHOTOGRAPHER
from tests.take_support import Room, grey, halted, jpeg_of, wait_over
from tests.web.faces_support import (
    class_of,
    faces_page,
    number_of,
    stored,
    train,
    versions,
    wait_done,
)
from web import works
from web.taking.job import Errand
from web.taking.messages import Done


def test_a_double_click_is_one_work_and_other_work_waits(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.taking.desk.SOON_S", 0.0)
    grace, number, lesson = room.teacher(), class_of(room), room.lesson()
    student = number_of(room, "R2")
    assert grace.post(f"/teach/training/{number}/").status == 303
    with halted(room.desk):
        assert grace.post(f"/teach/training/{number}/").status == 303
        page = grace.get(f"/teach/training/{number}/")
        assert "One moment …" in page.words
        assert grace.get(f"/teach/training/{number}/work.json").json["over"] is False
        photos, sent = f"{faces_page(student)}photos", [("a.jpg", jpeg_of(PHOTOGRAPHER)), ("b.jpg", grey())]
        assert [grace.send_form(photos, *sent, field="photo").status for _ in range(2)] == [303, 303]
        assert "1 other is before you." in grace.get(faces_page(student)).words
        assert len(room.leftovers) == 1
        busy = grace.post(faces_page(student), face="1")
        assert busy.status == 503
        assert "What was asked for here before is still going on. Wait until it is done." in busy.words
        # A camera waits for nothing.
        live = grace.call("POST", f"/teach/lesson/{lesson}/take/live")
        assert (live.status, live.json["error"]) == (
            503,
            "Faces are being learned at the moment. Try again when that is over.",
        )
        # A lesson waits for what goes on, not for what waits itself.
        job = grace.send(lesson, ("c.jpg", jpeg_of(ASTRONAUT)))
        assert grace.job(lesson, job)["words"] == "1 other is before you."
        assert "2 others are before you." in grace.get(faces_page(student)).words
    wait_over(room, lesson, job)
    wait_done(room.desk, f"faces {student}")
    assert len([one for one in room.desk._jobs.values() if isinstance(one, Errand)]) == 2
    assert "1 face is taken. 1 picture was refused. photo 2.jpg: no face found" in grace.get(faces_page(student)).words
    assert "Learned: 2 students, 2 photos." in grace.get(f"/teach/training/{number}/").words
    assert room.leftovers == []


def test_what_comes_between_is_told_and_leaves_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.taking.desk.SOON_S", 0.0)
    grace, number, student = room.teacher(), class_of(room), number_of(room, "R2")
    photos, photo = f"{faces_page(student)}photos", ("a.jpg", jpeg_of(PHOTOGRAPHER))
    grace.post(f"/teach/training/{number}/")
    with halted(room.desk):
        grace.send_form(photos, photo, field="photo")
        assert len(room.leftovers) == 1
        room.desk.close()  # as the server does when it stops
    found = [wait_done(room.desk, about) for about in (f"train {number}", f"faces {student}")]
    assert [(one.state, str(one.problem)) for one in found] == [
        ("cancelled", "The portal was switched off before this was done.")
    ] * 2
    assert (room.desk.pid, room.leftovers, len(versions(room))) == (None, [], 1)
    with home_lock(room.home, "marking C"):
        assert "Another Rollcall is marking C on this folder" in train(room, grace)
    grace.send_form(photos, photo, field="photo")
    pid = room.desk.pid
    assert pid is not None
    os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))  # as a photo that breaks the decoder
    wait_done(room.desk, f"faces {student}")
    assert "This could not be done. What was saved before stays" in grace.get(faces_page(student)).words
    assert (room.leftovers, stored(room, "R2")) == ([], 1)
    assert "Learned: 2 students, 2 photos." in train(room, grace)


def test_faces_behind_a_passphrase_are_learned_with_the_key_of_the_server(room: Room) -> None:
    grace, passphrase = room.teacher(), "eight words that nobody could ever guess"
    with acting(room.office):
        change_source(room.store, "passphrase", passphrase)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, passphrase)
        room.store.vault.unlock()
    assert "Learned: 2 students, 2 photos." in train(room, grace)


@pytest.mark.parametrize("language", ["en", "hi", "ar"])
def test_a_whole_sentence_names_its_photo_itself_whatever_sign_ends_it(language: str) -> None:
    why = "This was cancelled, and nothing of it is stored."
    with Flask(__name__).test_request_context(headers={"Accept-Language": language}):
        assert works._notes(Done(0, refused=(("a.jpg", why),))) == (language_of(language).told(why),)
        (named,) = works._notes(Done(0, refused=(("a.jpg", "too blurred"),)))
        assert named.startswith("a.jpg: ")
