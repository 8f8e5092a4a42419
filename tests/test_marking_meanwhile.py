"""What others do to a lesson while a camera marks it: no mark is lost, and none comes into a wrong register."""

import http.server
import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import cv2
import pytest

from core import clock
from core.confirming.accepting import settle_phone
from core.confirming.lessons import set_mode
from core.engine import Engine
from core.erasure import erase_student
from core.errors import BusyError, ConflictError
from core.marking import MarkRequest, MarkResult, mark
from core.paths import Home
from core.records import Progress
from core.sessions import SessionRequest, cancel_lesson, close_due, close_session, lock_session, open_session
from core.settings import Settings
from core.store import confirmations, marks, people, sessions, timetable
from core.store.database import Store, open_store
from core.store.sessions import SessionRow
from core.store.sightings import sightings_of
from core.store.tables import RosterTable
from core.store.timetable import Schedule
from tests.cli_support import ASTRONAUT, Cli, portrait
from tests.store_support import TEACHER

SCHOOL = Settings(time_zone="UTC")
HERE = SessionRequest("C")


@pytest.fixture
def store(ready: Home, capsys: pytest.CaptureFixture[str]) -> Iterator[Store]:
    Cli(ready, capsys).trained_class()
    with open_store(ready) as store:
        yield store


def marked(
    store: Store, engine: Engine, meanwhile: Callable[[], object], source: str = str(ASTRONAUT), **more: object
) -> MarkResult:
    """Mark the class while something else is done; ``meanwhile`` runs once, before the marks are saved."""
    left = [meanwhile]

    def progress(_: Progress) -> None:
        if left:
            left.pop()()

    result = mark(store, engine, SCHOOL, MarkRequest("C", source, **more), progress)  # type: ignore[arg-type]
    assert not left
    return result


def in_store(store: Store) -> tuple[list[SessionRow], dict[tuple[int, int], str]]:
    with store.read() as db:
        rows = sessions.sessions_on(
            db, clock.now().date() - timedelta(days=2), clock.now().date() + timedelta(days=2), cancelled=True
        )
        found = marks.marks_of(db, [one.id for one in rows])
    return rows, {key: one.status for key, one in found.items()}


def add_lesson(store: Store) -> None:
    now = clock.now() - timedelta(minutes=5)
    with store.transaction() as db:
        timetable.add_schedule(db, Schedule(0, 1, now.date(), None, tuple(range(7)), now.time(), 60))


@pytest.mark.parametrize("planned", [True, False])
def test_a_lesson_that_is_opened_meanwhile_stays_one_session(store: Store, engine: Engine, planned: bool) -> None:
    if planned:
        add_lesson(store)
    opened: list[SessionRow] = []
    result = marked(store, engine, lambda: opened.append(open_session(store, SCHOOL, TEACHER, HERE)))
    assert result.session.id == opened[0].id
    rows, found = in_store(store)
    assert len(rows) == 1
    assert found == {(opened[0].id, 1): "P", (opened[0].id, 2): "A"}


def test_a_lesson_that_is_closed_meanwhile_still_takes_what_was_seen(store: Store, engine: Engine) -> None:
    for close in (
        lambda number: close_session(store, SCHOOL, TEACHER, number),
        lambda _: close_due(store, SCHOOL, clock.now() + timedelta(days=1)),
    ):
        session = open_session(store, SCHOOL, TEACHER, SessionRequest("C", new=True))
        result = marked(store, engine, lambda close=close, session=session: close(session.id))
        assert (result.session.id, result.session.state) == (session.id, "closed")
        found = in_store(store)[1]
        assert (found[session.id, 1], found[session.id, 2]) == ("P", "A")


def test_a_lesson_that_is_locked_meanwhile_leaves_who_was_seen_to_the_teacher(store: Store, engine: Engine) -> None:
    session = open_session(store, SCHOOL, TEACHER, HERE)
    result = marked(store, engine, lambda: lock_session(store, session.id))
    assert any("locked meanwhile" in note for note in result.notes)
    assert in_store(store)[1] == {}
    with store.read() as db:
        assert [one.student_id for one in sightings_of(db, session.id, ["review"])] == [1]


def test_a_lesson_that_is_cancelled_meanwhile_is_not_marked(store: Store, engine: Engine) -> None:
    add_lesson(store)
    with pytest.raises(ConflictError, match="cancelled meanwhile"):
        marked(store, engine, lambda: cancel_lesson(store, SCHOOL, TEACHER, HERE))
    rows, found = in_store(store)
    assert ([one.state for one in rows], found) == (["cancelled"], {})


def test_who_is_seen_where_the_phone_is_asked_for_too_waits_for_it(store: Store, engine: Engine) -> None:
    session = open_session(store, SCHOOL, TEACHER, HERE)
    set_mode(store, TEACHER, session.id, "required")
    result = marked(store, engine, lambda: None, session_id=session.id)
    roll = "".join(re.findall(r"before their phone confirms it: (\w+)\.", " ".join(result.notes)))
    assert (in_store(store)[1], len(result.present)) == ({(session.id, 2): "A"}, 0)
    with store.transaction() as db:
        student = people.get_student(db, roll)
        asked = {"session_id": session.id, "student_id": student.id, "device_id": None, "how": "kiosk", "reason": ""}
        sent = confirmations.add_confirmation(db, **asked, state="review")
    assert settle_phone(store, SCHOOL, TEACHER, sent.id, accepted=True)
    again = marked(store, engine, lambda: None, session_id=session.id)
    assert in_store(store)[1] == {(session.id, 1): "P", (session.id, 2): "A"}
    assert ([one.roll for one in again.present], "phone" in " ".join(again.notes)) == ([roll], False)


def test_a_student_who_goes_meanwhile_takes_no_mark_of_others_along(store: Store, engine: Engine) -> None:
    def leave() -> None:
        with store.transaction() as db:
            db.query(RosterTable).filter_by(student_id=2).delete()

    result = marked(store, engine, leave)
    assert in_store(store)[1] == {(result.session.id, 1): "P"}
    result = marked(store, engine, lambda: erase_student(store, "R1"), new=True)
    assert result.present == ()
    with store.read() as db:
        assert sightings_of(db, result.session.id, ["present", "review", "unknown"]) == []
        assert [one.roll for one in people.list_students(db)] == ["R2"]


def test_a_session_is_marked_by_its_number(store: Store, engine: Engine) -> None:
    old = open_session(store, SCHOOL, TEACHER, SessionRequest("C", at=clock.now() - timedelta(days=1, seconds=7)))
    result = marked(store, engine, lambda: None, session_id=old.id)
    assert result.session.id == old.id
    assert len(in_store(store)[0]) == 1


class _Camera(http.server.BaseHTTPRequestHandler):
    """Sends one picture again and again, as cameras of a network do."""

    def do_GET(self) -> None:
        data = cv2.imencode(".jpg", portrait(ASTRONAUT))[1].tobytes()
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
        self.end_headers()
        try:
            while True:
                head = f"--next\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
                self.wfile.write(head.encode() + data + b"\r\n")
                time.sleep(0.05)
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        """The test's output stays clean."""


def test_whom_a_camera_that_starts_late_finds_in_the_room_is_not_late(store: Store, engine: Engine) -> None:
    begun = SessionRequest("C", at=clock.now() - timedelta(minutes=40))
    session = open_session(store, SCHOOL, TEACHER, begun)

    def another_camera() -> None:
        with pytest.raises(BusyError, match="being marked with a camera already"):
            mark(store, engine, SCHOOL, MarkRequest("C", "7", session_id=session.id))

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Camera) as camera:
        threading.Thread(target=camera.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{camera.server_port}/"
        first = marked(store, engine, lambda: None, address, session_id=session.id, seconds=1.5)
        again = marked(store, engine, another_camera, address, session_id=session.id, seconds=1.5)
        with store.transaction() as db:
            marks.write_marks(db, TEACHER, [marks.Wish(session.id, 1, None)])
        # A camera looked before and did not see her: now it is known that she came late.
        late = marked(store, engine, lambda: None, address, session_id=session.id, seconds=1.5)
        camera.shutdown()
    assert [[one.status for one in result.present] for result in (first, again, late)] == [["P"], ["P"], ["L"]]
    # From the lesson's begin to the camera's, which a busy computer may reach a few minutes later.
    assert late.present[0].minutes_late in range(40, 50)
