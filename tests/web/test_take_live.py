"""The camera of a teacher's device as that of the room, and the faces of such a lesson."""

from collections.abc import Callable
from operator import itemgetter
from types import SimpleNamespace

import pytest

from core.actor import acting
from core.review import open_items
from core.store import sessions
from tests.cli_support import ASTRONAUT, HOPPER
from tests.take_support import ADA, Room, Teacher, grey, jpeg_of, wait_over
from web.taking.child import _Work
from web.taking.messages import Shot

FRAMES = 400
"""So many pictures are sent at most until what is waited for has come."""


def begin(teacher: Teacher, lesson: int) -> str:
    begun = teacher.call("POST", f"/teach/lesson/{lesson}/take/live")
    assert begun.status == 201, begun.text
    return begun.json["id"]


def show(teacher: Teacher, lesson: int, job: str, jpeg: bytes, until: Callable[[dict], object]) -> dict:
    """Send a picture again and again until the answer has what is looked for; that answer."""
    for _ in range(FRAMES):
        said = teacher.call("PUT", f"/teach/lesson/{lesson}/take/live/{job}", jpeg)
        assert said.status == 200, said.text
        if until(said.json):
            return said.json
    raise AssertionError(f"it did not come: {said.json}")


SEEN, NOTED = itemgetter("seen"), itemgetter("notes")


def test_a_picture_that_comes_late_is_not_of_the_next_lesson() -> None:
    taken: list[int] = []
    worker = _Work.__new__(_Work)
    worker._job = 2
    worker._camera = SimpleNamespace(put=lambda number, _picture: taken.append(number))  # type: ignore[assignment]
    worker._show(Shot(1, 7, jpeg_of(HOPPER)))
    assert taken == []
    worker._show(Shot(2, 8, jpeg_of(HOPPER)))
    assert taken == [8]


def is_sure(said: dict) -> bool:
    """Whether a box says so: the boxes are those of a picture before the one that is answered."""
    return any(box[4] == "sure" for box in said["boxes"])


def test_live_pictures_mark_and_show_who_was_recognised(room: Room) -> None:
    grace, lesson = room.teacher(), room.lesson()
    job = begin(grace, lesson)
    jpeg = jpeg_of(ASTRONAUT)
    seen = show(grace, lesson, job, jpeg, SEEN)
    assert seen["words"] == "1 of 2 seen"
    assert not seen["over"]
    # It is in the register while the camera goes on; nobody is absent yet.
    assert room.statuses(lesson) == {"R1": "P"}
    [box] = show(grace, lesson, job, jpeg, is_sure)["boxes"]
    assert box[4:] == ["sure", "Eileen Collins"]
    left, top, width, height = box[:4]
    assert 0 < left < left + width < 1
    assert 0 < top < top + height < 1
    assert grace.post(f"/teach/lesson/{lesson}/take/jobs/{job}/end", what="stop").status == 303
    wait_over(room, lesson, job)
    assert grace.job(lesson, job)["words"] == "1 student is here."
    assert room.statuses(lesson) == {"R1": "P", "R2": "A"}
    with room.store.read() as db:
        assert sessions.get_session(db, lesson).source == "camera: Android, Chrome"


def test_only_pictures_of_whom_it_belongs_to_are_taken(room: Room) -> None:
    grace, edith, lesson = room.teacher(), room.teacher("Edith Clarke"), room.lesson()
    job = begin(grace, lesson)
    place = f"/teach/lesson/{lesson}/take/live/{job}"
    other = edith.call("PUT", place, grey())
    assert other.status == 409
    assert other.json["error"].startswith("Somebody else takes attendance with a camera here.")
    assert room.teacher(ADA).call("PUT", place, grey()).status == 409
    for wrong in (b"", b"GIF89a", b"\x89PNG\r\n\x1a\n" + bytes(50)):
        assert grace.call("PUT", place, wrong).status == 400
    assert grace.call("PUT", place, b"\xff\xd8\xff" + bytes(1_000_000)).status == 413
    # The page was loaded again and begins anew: it goes on.
    assert begin(grace, lesson) == job
    assert edith.call("POST", f"/teach/lesson/{lesson}/take/live").status == 503
    # One that is broken or huge is told, and the next ones are looked at all the same.
    assert grace.call("PUT", place, grey()[:400]).status == 200
    show(grace, lesson, job, grey(2400, 1800), NOTED)
    assert show(grace, lesson, job, jpeg_of(ASTRONAUT), SEEN)["notes"]


def test_a_page_that_is_closed_ends_the_marking_and_what_was_seen_counts(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    grace, lesson = room.teacher(), room.lesson()
    job = begin(grace, lesson)
    show(grace, lesson, job, jpeg_of(ASTRONAUT), SEEN)
    monkeypatch.setattr("web.taking.desk.SILENT_S", 0.5)
    wait_over(room, lesson, job)
    said = grace.job(lesson, job)
    assert said["state"] == "done"
    assert said["notes"] == ["The page sent no more pictures, so taking attendance was ended."]
    assert room.statuses(lesson) == {"R1": "P", "R2": "A"}


def test_a_camera_that_never_shows_anything_marks_nobody(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.taking.desk.SILENT_S", 0.5)
    grace, lesson = room.teacher(), room.lesson()
    job = begin(grace, lesson)
    wait_over(room, lesson, job)
    said = grace.job(lesson, job)
    assert said["state"] == "cancelled"
    assert room.statuses(lesson) == {}


def test_the_faces_of_a_lesson_are_seen_and_decided_on(room: Room) -> None:
    grace, lesson = room.teacher(), room.lesson()
    job = grace.send(lesson, ("a.jpg", jpeg_of(ASTRONAUT)), ("b.jpg", jpeg_of(HOPPER)))
    wait_over(room, lesson, job)
    path = f"/teach/lesson/{lesson}/faces/"
    with acting(room.office):
        marked, stranger = sorted(open_items(room.store, lesson, marked=True), key=lambda one: one.kind)
    assert (marked.kind, stranger.kind, stranger.thumbnail) == ("present", "unknown", b"")
    page = grace.get(path)
    assert "Nobody of the class" in page.words
    assert "Not this person" in page.words
    for number in (marked.id, stranger.id):
        picture = grace.get(f"{path}{number}.jpg")
        assert (picture.status, picture.headers["Cache-Control"]) == (200, "no-store")
        assert picture.body.startswith(b"\xff\xd8")
        assert grace.get(f"/teach/lesson/{room.lesson()}/faces/{number}.jpg").status == 404
        assert room.teacher(ADA).get(f"{path}{number}.jpg").status == 403
    # The stranger is the second student after all, whom nobody recognised.
    assert grace.post(f"{path}{stranger.id}", what="is", roll="R2").status == 303
    assert "R2 The Photographer is present" in grace.get(path).words
    assert room.statuses(lesson) == {"R1": "P", "R2": "P"}
    # And Eileen is not Eileen.
    assert grace.post(f"{path}{marked.id}", what="not", roll="R1").status == 303
    assert room.statuses(lesson)["R1"] == "A"
    assert "Take that back" in grace.get(path).words
    assert grace.post(f"{path}{marked.id}", what="again", roll="R1").status == 303
    assert "Take that back" not in grace.get(path).words
    assert grace.post(f"{path}{marked.id}", what="is", roll="R1").status == 303
    assert room.statuses(lesson) == {"R1": "P", "R2": "P"}


def test_what_cannot_be_said_of_a_face_is_refused(room: Room) -> None:
    grace, ada, lesson = room.teacher(), room.teacher(ADA), room.lesson()
    job = grace.send(lesson, ("b.jpg", jpeg_of(HOPPER)))
    wait_over(room, lesson, job)
    path = f"/teach/lesson/{lesson}/faces/"
    with acting(room.office):
        [stranger] = open_items(room.store, lesson)
    assert ada.post(f"{path}{stranger.id}", what="is", roll="R1").status == 403
    assert grace.post(f"/teach/lesson/{room.lesson()}/faces/{stranger.id}", what="is", roll="R1").status == 404
    for what, roll in (("is", ""), ("is", "R999"), ("nonsense", "R1"), ("again", "R1")):
        said = grace.post(f"{path}{stranger.id}", what=what, roll=roll)
        assert said.status in (400, 404), (what, roll)
        assert 'role="alert"' in said.text
    assert grace.post(f"{path}{stranger.id}", what="stranger").status == 303
    assert "No face waits for a decision." in grace.get(path).words
    # Another teacher was not asked yet.
    assert "Nobody of the class" in room.teacher("Edith Clarke").get(path).words
    assert room.statuses(lesson) == {"R1": "A", "R2": "A"}
