"""Works with faces that are cancelled on their pages: what was begun ends, and nothing of it is stored."""

import signal

import pytest

from core.marking_live import Control
from core.records import Progress
from tests.cli_support import ASTRONAUT, PHOTOGRAPHER
from tests.take_support import Room, grey, halted, jpeg_of
from tests.web.faces_support import class_of, faces_page, number_of, stored, train, versions, wait_done
from web.taking.child import _Work
from web.taking.job import Errand
from web.taking.messages import CALLED_OFF, Delete, Do, Done, Ended, Enrol, Step, Train


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the end of a work before its page is shown."""
    monkeypatch.setattr("web.taking.desk.SOON_S", 0.0)


def test_what_is_cancelled_stores_nothing_and_can_be_asked_for_again(room: Room) -> None:
    grace, number, student = room.teacher(), class_of(room), number_of(room, "R2")
    place, faces = f"/teach/training/{number}/", faces_page(student)
    grace.post(place)
    with halted(room.desk):
        grace.send_form(f"{faces}photos", ("a.jpg", jpeg_of(PHOTOGRAPHER)), ("b.jpg", grey()), field="photo")
        assert f"{place}cancel" in grace.get(place).text
        assert f"{faces}cancel" in grace.get(faces).text
        # What waits is gone at once, with its photos.
        assert grace.post(f"{faces}cancel").status == 303
        assert room.desk.errand(f"faces {student}").state == "cancelled"  # type: ignore[union-attr]
        assert room.leftovers == []
        # What goes on ends where nothing is stored yet.
        assert grace.post(f"{place}cancel").status == 303
    assert wait_done(room.desk, f"train {number}").state == "cancelled"
    for one in (place, faces):
        assert str(CALLED_OFF) in grace.get(one).words
        assert f"{one}cancel" not in grace.get(one).text
    assert (len(versions(room)), stored(room, "R2"), room.leftovers) == (1, 1, [])
    # Of what is over nothing is left to cancel.
    assert grace.post(f"{place}cancel").status == 303
    assert "Learned: 2 students, 2 photos." in train(room, grace)
    assert len(versions(room)) == 2


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="this system cannot halt a process")
def test_photos_that_are_looked_at_are_not_taken_once_that_is_cancelled(room: Room) -> None:
    grace, student = room.teacher(), number_of(room, "R2")
    faces, about = faces_page(student), f"faces {student}"
    assert "Learned: 2 students, 2 photos." in train(room, grace)
    with halted(room.desk):
        grace.send_form(f"{faces}photos", ("a.jpg", jpeg_of(ASTRONAUT)), field="photo")
        assert grace.post(f"{faces}cancel").status == 303
        page = grace.get(faces)
        assert "Cancelling …" in page.words
        assert f"{faces}cancel" not in page.text
        # It is not asked for again before it has ended.
        assert grace.send_form(f"{faces}photos", ("a.jpg", jpeg_of(ASTRONAUT)), field="photo").status == 503
    assert wait_done(room.desk, about).state == "cancelled"
    assert str(CALLED_OFF) in grace.get(faces).words
    assert (stored(room, "R2"), room.leftovers) == (1, [])


def test_who_did_not_ask_cannot_cancel(room: Room) -> None:
    grace, number = room.teacher(), class_of(room)
    place, about = f"/teach/training/{number}/", f"train {number}"
    room.desk.ask(room.office, about, Train("C"))
    with halted(room.desk):
        assert f"{place}cancel" not in grace.get(place).text
        refused = grace.post(f"{place}cancel")
        assert (refused.status, "Somebody else asked for this." in refused.words) == (409, True)
    assert wait_done(room.desk, about).state == "done"
    other = f"/teach/training/{class_of(room, 'D')}/cancel"
    assert grace.post(other).status == 404


def test_faces_that_are_being_deleted_are_deleted(room: Room) -> None:
    def errand(wish: Train | Delete, state: str) -> Errand:
        return Errand(number=1, id="1", actor=room.office, about="x", wish=wish, state=state)  # type: ignore[arg-type]

    gone = Delete("R1", (1,))
    assert [errand(gone, one).can_end for one in ("waiting", "looking", "ending")] == [True, False, False]
    assert [errand(Train("C"), one).can_end for one in ("waiting", "looking", "done")] == [True, True, False]


def test_what_is_stored_already_is_told_as_done(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    worker = _Work.__new__(_Work)
    monkeypatch.setattr(worker, "_tell", told.append, raising=False)
    monkeypatch.setattr(worker, "_store", room.store, raising=False)

    control = Control()

    def storing(*given: object) -> Done:
        progress = given[-1]
        assert callable(progress)
        control.cancel()
        progress(Progress(1, 1, "done"))
        return Done(1)

    monkeypatch.setattr("web.taking.child.do", storing)
    assert worker._do(Do(1, room.office, Train("C")), control) == Done(1)
    assert told == [Step("done", 1, 1)]


def test_what_is_over_has_its_words_and_left_no_pictures(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that looks this moment shows what it finds for good."""
    folder = room.home.data / ".rollcall-upload-0123456789abcdef"
    wish = Enrol("C", "R1", "Eileen", "paper form", "a.jpg", str(folder))
    job = Errand(number=1, id="1", actor=room.office, about="x", wish=wish)
    seen: list[tuple[bool, object]] = []
    monkeypatch.setattr("web.taking.job.remove", lambda _: seen.append((job.is_over, job.problem)))
    job.end(Ended(1, None))
    assert seen == [(False, Errand.lost)]
    assert job.state == "failed"
