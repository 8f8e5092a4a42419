"""A school whose class C is trained, its portal, and a teacher's browser that sends pictures to it."""

import hashlib
import os
import shutil
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from sqlalchemy import update

from core.accounts import admin
from core.actor import Actor, acting
from core.demo import build_video
from core.paths import Home
from core.records import no_progress
from core.store import people, register, rooms, sessions
from core.store.database import Store, open_store
from core.store.tables import RoomTable
from tests.account_support import PASSWORD, new_account, quickly
from tests.cli_support import Cli
from tests.store_support import lesson_now
from tests.web_support import HOST, Answer, Client
from web import shield
from web.app import Portal, create_app
from web.site import Site
from web.taking.desk import Desk
from web.taking.here import desk_of
from web.taking.messages import Stop

OFFICE, GRACE, ADA = "The Office", "Grace Hopper", "Ada Lovelace"
"""Grace and Edith teach C, Ada another class."""
PIECE = 1_000_000


@dataclass
class Room:
    """One home with its portal."""

    home: Home
    store: Store
    app: Portal
    office: Actor

    @property
    def desk(self) -> Desk:
        return desk_of(self.app)

    def lesson(self) -> int:
        """A new lesson of class C, open now."""
        with self.store.transaction() as db:
            return lesson_now(db, people.get_class(db, "C").id).id

    def lesson_in(self, name: str, camera: str | None) -> int:
        """A new lesson in a new room with this camera, or with a recording that stands in for one."""
        lesson = self.lesson()
        with self.store.transaction() as db:
            made = rooms.add_room(db, name)
            # Rooms themselves take real cameras only.
            db.execute(update(RoomTable).where(RoomTable.id == made.id).values(camera=camera))
            sessions.change_session(db, lesson, room_id=made.id)
        return lesson

    def statuses(self, session_id: int) -> dict[str, str]:
        """Status by roll number."""
        with self.store.read() as db:
            return {row.roll: row.status for row in register.register_rows(db, session_id)}

    def teacher(self, name: str = GRACE) -> "Teacher":
        return Teacher(self.app).log_in(name)

    def browser(self) -> "Teacher":
        """Of nobody who is logged in."""
        return Teacher(self.app)

    @property
    def leftovers(self) -> list[Path]:
        """Folders of uploads."""
        return list(self.home.data.glob(".rollcall-upload-*"))


class Teacher(Client):
    """A browser that sends what a page's script sends."""

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Ask for JSON; a body of bytes is sent as it is."""
        how: dict[str, Any] = {"data": body} if isinstance(body, bytes) else {"json": body}
        got = self._client.open(
            path,
            method=method,
            base_url=self.origin,
            headers={
                "Accept": "application/json", "X-CSRFToken": self.token(), "Referer": f"{self.origin}/",
                "User-Agent": self._agent, **headers,
            },
            **(how if body is not None else {}),
        )  # fmt: skip
        return Answer(got.status_code, dict(got.headers), got.get_data(), path)

    def begin(self, session_id: int, files: Sequence[tuple[str, bytes]]) -> Answer:
        """Say which files come."""
        named = [{"name": name, "size": len(data)} for name, data in files]
        return self.call("POST", f"/teach/lesson/{session_id}/take/uploads", {"files": named})

    def piece(self, session_id: int, upload: str, number: int, piece: int, data: bytes) -> Answer:
        return self.call("PUT", f"/teach/lesson/{session_id}/take/uploads/{upload}/{number}/{piece}", data)

    def finish(self, session_id: int, upload: str, files: Sequence[tuple[str, bytes]]) -> Answer:
        digests = [hashlib.sha256(data).hexdigest() for _name, data in files]
        return self.call("POST", f"/teach/lesson/{session_id}/take/uploads/{upload}/finish", {"sha256": digests})

    def send(self, session_id: int, *files: tuple[str, bytes]) -> str:
        """Send files as the page does; the number of the marking."""
        begun = self.begin(session_id, files)
        assert begun.status == 201, begun.text
        upload = begun.json["id"]
        for number, (_name, data) in enumerate(files):
            for piece in begun.json["missing"][number]:
                put = self.piece(session_id, upload, number, piece, data[piece * PIECE : (piece + 1) * PIECE])
                assert put.status == 200, put.text
        done = self.finish(session_id, upload, files)
        assert done.status == 202, done.text
        return done.json["id"]

    def send_form(self, path: str, *files: tuple[str, bytes], field: str = "pictures") -> Answer:
        """Send files as a browser without scripts does."""
        data: Any = {"csrf_token": self.token(), field: [(BytesIO(data), name) for name, data in files]}
        headers = {"Referer": f"{self.origin}/", "User-Agent": self._agent}
        got = self._client.post(path, data=data, base_url=self.origin, headers=headers)
        return Answer(got.status_code, dict(got.headers), got.get_data(), path)

    def job(self, session_id: int, job: str) -> dict[str, Any]:
        return self.call("GET", f"/teach/lesson/{session_id}/take/jobs/{job}.json").json


def wait_over(room: Room, session_id: int, job: str, limit_s: float = 300) -> None:
    """Wait until a marking is over."""
    found = room.desk.get(job, session_id)
    with room.desk._changed:
        assert room.desk._changed.wait_for(lambda: found.is_over, limit_s), found.state


@contextmanager
def halted(desk: Desk) -> Iterator[None]:
    """What is asked for is not done before a test has looked, however slow that is, where a process can be halted."""
    if desk.pid is None:
        # Begins the process; nothing is stopped.
        desk._worker.send(Stop(keep=True))
    pid = desk.pid
    assert pid is not None
    if hasattr(signal, "SIGSTOP"):
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        if hasattr(signal, "SIGCONT"):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@contextmanager
def opened_room(home: Home) -> Iterator[Room]:
    """The portal of a home whose class C is trained; ``Cli.trained_class`` or another one made it."""
    with open_store(home) as store, quickly():
        office = admin.set_up(store, OFFICE, PASSWORD).actor()
        with acting(office):
            from core.office.classes import add_class, edit_class

            edit_class(store, "C", teachers=[GRACE, "Edith Clarke"])
            add_class(store, "D", "Class D", teachers=[ADA])
        for name in (GRACE, "Edith Clarke", ADA):
            new_account(store, office, name, "teacher")
        room = Room(home, store, create_app(Site(home, store, True, lambda: {HOST})), office)
        try:
            yield room
        finally:
            room.desk.close()
            shield.limiter.reset()


def jpeg_of(path: Path, width: int = 640) -> bytes:
    """A picture file as a JPEG of this width."""
    image = cv2.imread(str(path))
    return jpeg(cv2.resize(image, (width, image.shape[0] * width // image.shape[1])))


def jpeg(image: np.ndarray) -> bytes:
    done, data = cv2.imencode(".jpg", image)
    assert done
    return data.tobytes()


def grey(width: int = 640, height: int = 480) -> bytes:
    """A JPEG without a face."""
    return jpeg(np.full((height, width, 3), 127, np.uint8))


@pytest.fixture(scope="module")
def room_home(engine_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with networks and a class."""
    home = Home(tmp_path_factory.mktemp("room") / "home")
    home.create()
    shutil.copytree(engine_home.networks, home.networks)
    return home


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Eileen Collins and a stranger for six seconds."""
    path = tmp_path_factory.mktemp("video") / "lesson.mp4"
    build_video(path, no_progress)
    return path.read_bytes()


@pytest.fixture
def room(room_home: Home, capsys: pytest.CaptureFixture[str]) -> Iterator[Room]:
    Cli(room_home, capsys).trained_class()
    with opened_room(room_home) as room:
        yield room
    shutil.rmtree(room_home.data)
