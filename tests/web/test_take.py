"""Photos and videos of a room, sent to the portal: to marks, the sheet and the faces to decide on."""

import os
import signal
from pathlib import Path

import openpyxl
import pytest

from core.actor import acting
from core.consent import withdraw
from core.rekeying import change_source
from core.store import sessions
from core.vault.sources import VARIABLE
from tests.cli_support import ASTRONAUT, HOPPER, PHOTOGRAPHER
from tests.take_support import PIECE, Room, grey, halted, jpeg_of, wait_over


def test_photos_mark_the_class_and_leave_nothing_but_the_register(room: Room, tmp_path: Path) -> None:
    grace, lesson = room.teacher(), room.lesson()
    photos = [("row 1.jpg", jpeg_of(ASTRONAUT)), ("../row 2.JPG", jpeg_of(HOPPER)), ("wall.jpg", grey())]
    job = grace.send(lesson, *photos)
    wait_over(room, lesson, job)
    said = grace.job(lesson, job)
    assert said["state"] == "done"
    assert said["words"] == "1 student is here."
    assert room.statuses(lesson) == {"R1": "P", "R2": "A"}
    assert room.leftovers == []
    page = grace.get(f"/teach/lesson/{lesson}/take/jobs/{job}")
    assert "1 student is absent." in page.words
    assert "Download the sheet" in page.words
    sheet = grace.get(f"/teach/lesson/{lesson}/sheet.xlsx")
    (tmp_path / "sheet.xlsx").write_bytes(sheet.body)
    rows = list(openpyxl.load_workbook(tmp_path / "sheet.xlsx").worksheets[0].values)
    assert any("Eileen Collins" in map(str, row) for row in rows)


def test_a_video_arrives_in_pieces_that_may_be_lost_and_doubled(room: Room, video: bytes) -> None:
    grace, lesson = room.teacher(), room.lesson()
    # Made longer than a piece by what players pass over.
    film = ("Room 12.mp4", video + (1_200_000).to_bytes(4, "big") + b"free" + bytes(1_199_992))
    begun = grace.begin(lesson, [film]).json
    upload, pieces = begun["id"], begun["missing"][0]
    assert len(pieces) > 1
    last = film[1][pieces[-1] * PIECE :]
    assert grace.piece(lesson, upload, 0, pieces[-1], last).json == {"missing": len(pieces) - 1}
    # A phone that got no answer sends it again.
    assert grace.piece(lesson, upload, 0, pieces[-1], last).json == {"missing": len(pieces) - 1}
    early = grace.finish(lesson, upload, [film])
    assert (early.status, early.json["error"]) == (
        409,
        f"{len(pieces) - 1} pieces of Room 12.mp4 are missing. Send them again.",
    )
    # The page was closed and opened again: the same file goes on where it was.
    again = grace.begin(lesson, [film]).json
    assert again["id"] == upload
    assert again["missing"][0] == pieces[:-1]
    for piece in again["missing"][0]:
        assert grace.piece(lesson, upload, 0, piece, film[1][piece * PIECE : (piece + 1) * PIECE]).status == 200
    done = grace.finish(lesson, upload, [film])
    assert done.status == 202
    wait_over(room, lesson, done.json["id"])
    assert room.statuses(lesson) == {"R1": "P", "R2": "A"}
    assert room.leftovers == []
    with room.store.read() as db:
        source = sessions.get_session(db, lesson).source or ""
    assert source.startswith("Room 12 ")
    assert source.endswith(".mp4")


def test_a_text_that_is_called_a_video_or_photo_gives_a_sentence(room: Room) -> None:
    grace, lesson = room.teacher(), room.lesson()
    text = ("class.mp4", b"#EXTM3U\nfile:///etc/passwd\n" * 50)
    upload = grace.begin(lesson, [text]).json["id"]
    grace.piece(lesson, upload, 0, 0, text[1])
    said = grace.finish(lesson, upload, [text])
    assert said.status == 400
    assert "is not a video that can be read" in said.json["error"]
    job = grace.send(lesson, ("class.jpg", text[1]))
    wait_over(room, lesson, job)
    found = grace.job(lesson, job)
    assert found["state"] == "failed"
    assert "is not a picture that Rollcall can read" in found["words"]
    assert room.statuses(lesson) == {}
    assert room.leftovers == []


def test_a_program_that_ends_over_a_picture_is_begun_again(room: Room, video: bytes) -> None:
    grace, lesson = room.teacher(), room.lesson()
    job = grace.send(lesson, ("a.mp4", video))
    pid = room.desk.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_over(room, lesson, job)
    said = grace.job(lesson, job)
    assert said["state"] == "failed"
    assert said["words"].startswith("The pictures could not be looked at.")
    assert room.leftovers == []
    job = grace.send(lesson, ("a.jpg", jpeg_of(ASTRONAUT)))
    wait_over(room, lesson, job)
    assert room.statuses(lesson)["R1"] == "P"


def test_two_teachers_wait_for_one_another_and_may_go(room: Room, video: bytes) -> None:
    grace, edith = room.teacher(), room.teacher("Edith Clarke")
    one, two, three = room.lesson(), room.lesson(), room.lesson()
    first = grace.send(one, ("a.mp4", video))
    with halted(room.desk):
        second = edith.send(two, ("a.jpg", jpeg_of(PHOTOGRAPHER)))
        third = edith.send(three, ("b.jpg", jpeg_of(PHOTOGRAPHER)))
        assert edith.job(two, second) | {"id": ""} == {
            "id": "", "state": "waiting", "over": False, "words": "1 other is before you.", "share": None,
            "names": [], "seen": 0, "expected": 2, "review": 0, "lens": "", "view": 0, "notes": [],
        }  # fmt: skip
        assert edith.job(three, third)["words"] == "2 others are before you."
        live = edith.call("POST", f"/teach/lesson/{two}/take/live")
        assert live.status == 503
        assert live.json["error"].startswith("Another lesson is being marked at the moment.")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("web.taking.desk.MOST_WAITING", 2)
            upload = grace.begin(one, [("c.jpg", grey())]).json["id"]
            grace.piece(one, upload, 0, 0, grey())
            full = grace.finish(one, upload, [("c.jpg", grey())])
        assert (full.status, len(room.leftovers)) == (503, 3)
        assert full.json["error"] == "Too many lessons wait to be marked. Try again in a few minutes."
        assert edith.post(f"/teach/lesson/{three}/take/jobs/{third}/end", what="cancel").status == 303
        assert edith.job(three, third)["state"] == "cancelled"
    for lesson, job in ((one, first), (two, second)):
        wait_over(room, lesson, job)
    assert room.statuses(one) == {"R1": "P", "R2": "A"}
    assert room.statuses(two) == {"R1": "A", "R2": "P"}
    assert room.statuses(three) == {}
    assert room.leftovers == []


def test_a_marking_that_is_cancelled_leaves_nobody_absent(room: Room, video: bytes) -> None:
    grace, lesson = room.teacher(), room.lesson()
    job = grace.send(lesson, ("a.mp4", video))
    with halted(room.desk):
        assert grace.post(f"/teach/lesson/{lesson}/take/jobs/{job}/end", what="cancel").status == 303
    wait_over(room, lesson, job)
    assert grace.job(lesson, job)["state"] == "cancelled"
    assert "A" not in room.statuses(lesson).values()
    assert room.leftovers == []


def test_who_said_no_is_not_recognised_and_that_is_told(room: Room) -> None:
    grace, lesson = room.teacher(), room.lesson()
    with acting(room.office):
        withdraw(room.store, "R1")
    job = grace.send(lesson, ("a.jpg", jpeg_of(ASTRONAUT)), ("b.jpg", jpeg_of(PHOTOGRAPHER)))
    wait_over(room, lesson, job)
    assert room.statuses(lesson) == {"R2": "P"}
    words = grace.get(f"/teach/lesson/{lesson}/take/jobs/{job}").words
    assert "No consent, so not recognised: R1." in words
    assert "app.py" not in words
    assert "No face waits for a decision." in grace.get(f"/teach/lesson/{lesson}/faces/").words


def test_a_browser_without_scripts_sends_all_at_once(room: Room) -> None:
    grace, lesson = room.teacher(), room.lesson()
    path = f"/teach/lesson/{lesson}/take/"
    nothing = grace.post(path)
    assert (nothing.status, "Choose photos or a video first." in nothing.words) == (400, True)
    sent = grace.send_form(path, ("a.jpg", jpeg_of(ASTRONAUT)), ("b.jpg", jpeg_of(HOPPER)))
    assert sent.status == 303
    job = (sent.place or "").rpartition("/")[2]
    wait_over(room, lesson, job)
    assert room.statuses(lesson) == {"R1": "P", "R2": "A"}
    too_much = grace.send_form(path, ("a.jpg", bytes(7_000_000)))
    assert too_much.status == 413
    assert room.leftovers == []


def test_faces_behind_a_passphrase_are_opened_by_the_server_only(room: Room) -> None:
    grace, lesson = room.teacher(), room.lesson()
    passphrase = "eight words that nobody could ever guess"
    with acting(room.office):
        change_source(room.store, "passphrase", passphrase)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, passphrase)
        room.store.vault.unlock()
    job = grace.send(lesson, ("a.jpg", jpeg_of(ASTRONAUT)))
    wait_over(room, lesson, job)
    assert grace.job(lesson, job)["words"] == "1 student is here."
    # A server that nobody told it marks nobody, and says why.
    room.desk._worker.close()
    room.store.vault.forget()
    job = grace.send(lesson, ("b.jpg", jpeg_of(HOPPER)))
    wait_over(room, lesson, job)
    said = grace.job(lesson, job)
    assert said["state"] == "failed"
    assert said["words"].startswith("The stored faces are locked")
