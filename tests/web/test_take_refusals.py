"""Pictures of a room that are not taken: broken, too large, of others, of a lesson that takes no marks."""

import os
import time

import pytest

from core.actor import acting
from core.sessions import lock_session
from core.store import people
from core.uploads import IDLE_S
from tests.cli_support import ASTRONAUT
from tests.store_support import lesson_now
from tests.take_support import ADA, OFFICE, PIECE, Room, Teacher, grey, jpeg_of, wait_over
from tests.web_support import HOST
from web.app import create_app
from web.site import Site
from web.taking.desk import Desk


def test_what_is_not_as_it_was_sent_is_not_looked_at(room: Room) -> None:
    grace, lesson = room.teacher(), room.lesson()
    photo = ("a.jpg", jpeg_of(ASTRONAUT))
    upload = grace.begin(lesson, [photo]).json["id"]
    for data in (b"", photo[1][:-1], photo[1] + b"x"):
        assert grace.piece(lesson, upload, 0, 0, data).status == 400
    for number, piece in ((1, 0), (0, 1)):
        assert grace.piece(lesson, upload, number, piece, photo[1]).status == 400
    assert grace.piece(lesson, upload, 0, 0, bytes(PIECE + 1)).status == 413
    grace.piece(lesson, upload, 0, 0, photo[1][::-1])
    wrong = grace.finish(lesson, upload, [photo])
    assert (wrong.status, wrong.json["error"]) == (
        400,
        "The pictures did not arrive as they were sent. Send them again.",
    )
    assert room.leftovers == []
    assert room.statuses(lesson) == {}
    assert grace.piece(lesson, upload, 0, 0, photo[1]).status == 404


REFUSED: list[tuple[list[tuple[object, object]], str]] = [
    ([], "Choose photos or a video first."),
    ([("notes.txt", 10)], "notes.txt is neither a photo nor a video."),
    ([("a.jpg", 0)], "a.jpg is empty."),
    ([("a.jpg", -5)], "a.jpg is empty."),
    ([("a.jpg", 30_000_001)], "a.jpg is larger than 30 MB."),
    ([("a.mp4", 600_000_001)], "a.mp4 is larger than 600 MB."),
    ([("a.jpg", 29_000_000)] * 11, "larger than 300 MB together"),
    ([("a.jpg", 10)] * 61, "These are 61 photos. Send 60 at most."),
    ([("a.mp4", 10), ("b.jpg", 10)], "Send one video at a time"),
    ([("a.jpg", True)], "Choose photos or a video first."),
    ([("a.jpg", "9")], "Choose photos or a video first."),
    ([(None, 9)], "Choose photos or a video first."),
]


def test_what_is_no_picture_or_too_much_is_refused_before_it_is_sent(room: Room) -> None:
    grace, lesson = room.teacher(), room.lesson()
    for files, words in REFUSED:
        named = [{"name": name, "size": size} for name, size in files]
        said = grace.call("POST", f"/teach/lesson/{lesson}/take/uploads", {"files": named})
        assert said.status == 400
        assert words in said.json["error"]
    for nonsense in (None, [], {"files": 1}, {"files": [1]}):
        assert grace.call("POST", f"/teach/lesson/{lesson}/take/uploads", nonsense).status == 400
    assert room.leftovers == []


def test_a_full_disk_is_told_before_anything_is_sent(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.uploads.SPARE_BYTES", 1 << 60)
    said = room.teacher().begin(room.lesson(), [("a.jpg", b"123")])
    assert (said.status, room.leftovers) == (507, [])
    assert "not enough room" in said.json["error"]


def test_pictures_nobody_goes_on_with_are_removed_and_so_is_what_a_crash_left(room: Room) -> None:
    grace, lesson = room.teacher(), room.lesson()
    begun = grace.begin(lesson, [("a.mp4", bytes(PIECE + 5))]).json
    grace.piece(lesson, begun["id"], 0, 0, bytes(PIECE))
    room.desk.uploads.discard_idle(time.monotonic() + IDLE_S - 60)
    [folder] = room.leftovers
    if os.name == "posix":
        assert {one.stat().st_mode & 0o077 for one in (folder, *folder.iterdir())} == {0}
    room.desk.uploads.discard_idle(time.monotonic() + IDLE_S + 60)
    assert room.leftovers == []
    gone = grace.piece(lesson, begun["id"], 0, 1, bytes(5))
    assert (gone.status, gone.json["error"]) == (404, "These pictures are not being sent any more. Choose them again.")
    room.desk.close()
    left = room.home.data / ".rollcall-upload-0123456789abcdef"
    left.mkdir()
    (left / "0.part").write_bytes(b"a face")
    other = Desk(room.store)
    other.open()
    try:
        assert room.leftovers == []
        # The first one does not disturb the second.
        refused = grace.begin(lesson, [("a.jpg", b"123")])
        assert refused.status == 503
        assert refused.json["error"].startswith("Another portal takes attendance on this folder.")
    finally:
        other.close()
    assert grace.begin(lesson, [("a.jpg", b"123")]).status == 201


def test_others_see_and_do_nothing(room: Room) -> None:
    grace, ada, lesson = room.teacher(), room.teacher(ADA), room.lesson()
    place = f"/teach/lesson/{lesson}/take"
    begun = grace.begin(lesson, [("a.jpg", jpeg_of(ASTRONAUT))]).json
    job = grace.send(lesson, ("b.jpg", grey()))
    wait_over(room, lesson, job)
    for path in (
        f"{place}/",
        f"{place}/live",
        f"{place}/jobs/{job}",
        f"{place}/jobs/{job}.json",
    ):
        assert ada.get(path).status == 403, path
    assert ada.begin(lesson, [("a.jpg", b"1")]).status == 403
    assert ada.piece(lesson, begun["id"], 0, 0, b"1").status == 404
    assert ada.call("POST", f"{place}/uploads/{begun['id']}/finish", {"sha256": []}).status == 403
    assert ada.call("DELETE", f"{place}/uploads/{begun['id']}").status == 404
    assert ada.call("POST", f"{place}/live").status == 403
    assert ada.call("PUT", f"{place}/live/{job}", grey()).status == 409
    assert ada.post(f"{place}/jobs/{job}/end", what="cancel").status == 403
    assert ada.get(f"/teach/lesson/{lesson}/faces/").status == 403
    # Nobody, too; and what is of one lesson is not found under another one.
    stranger = room.browser()
    assert stranger.get(f"{place}/", follow=False).place == f"/login?next=/teach/lesson/{lesson}/take/?"
    assert grace.get(f"/teach/lesson/{room.lesson()}/take/jobs/{job}").status == 404
    assert grace.call("POST", f"{place}/uploads", {"files": []}, **{"X-CSRFToken": "wrong"}).status == 400


def test_a_lesson_that_takes_no_marks_says_so_before_anything_is_sent(room: Room) -> None:
    grace, office, lesson = room.teacher(), room.teacher(OFFICE), room.lesson()
    with acting(room.office):
        lock_session(room.store, lesson)
    words = "This lesson is locked, so that only people mark."
    page = grace.get(f"/teach/lesson/{lesson}/take/")
    assert (page.status, words in page.words, "Send and recognise" in page.words) == (200, True, False)
    assert words in grace.get(f"/teach/lesson/{lesson}/take/live").words
    refused = grace.begin(lesson, [("a.jpg", b"1")])
    assert refused.status == 409
    assert words in refused.json["error"]
    with room.store.transaction() as db:
        school_class = people.get_class(db, "D")
        new = lesson_now(db, school_class.id).id
    assert "The class D has no students yet." in office.get(f"/teach/lesson/{new}/take/").words
    with room.store.transaction() as db:
        student = people.add_student(db, "R9", "New")
        people.add_to_roster(db, school_class.id, student.id)
    untrained = office.begin(new, [("a.jpg", b"1")])
    assert untrained.status == 400
    assert untrained.json["error"].startswith("The class D has not been trained yet.")
    way = f'href="/teach/training/{school_class.id}/"'
    for path in ("", "live"):
        assert way in office.get(f"/teach/lesson/{new}/take/{path}").text
        assert "/teach/training/" not in grace.get(f"/teach/lesson/{lesson}/take/{path}").text


def test_without_encryption_there_is_no_teacher(room: Room) -> None:
    plain = create_app(Site(room.home, room.store, False, lambda: {HOST}))
    found = Teacher(plain).get(f"/teach/lesson/{room.lesson()}/take/")
    assert found.path == "/login"
    assert "Passwords are not taken here" in found.words
