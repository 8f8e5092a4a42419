"""The process that looks at pictures for the portal: pages and phones never wait for it, and it may crash.

Hostile photos and videos are decoded here, and by what this process starts, never in the server.
"""

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from core.actor import acting
from core.engine import Engine, load_engine
from core.errors import InputError, NetworksError, RollcallError
from core.logs import LOGGER, log_file
from core.marking import MarkRequest, mark
from core.marking_live import Advance, Control, FaceEvent, Picture, ShownFace, Watching
from core.marking_picture import CROWD, first_name
from core.marking_result import MarkResult
from core.networks.prepare import networks_ready
from core.paths import Home
from core.records import Image, Progress
from core.reports.session_files import remake_sheets
from core.review import Reviewed, ask_again, settle
from core.settings import load_settings
from core.store.database import Store, open_store
from core.vision.images import decode_image, encode_png
from core.vision.sent import SentCamera, sent_camera
from core.vision.sources import Source, open_source
from web.taking.messages import (
    CALLED_OFF,
    Answer,
    Begin,
    Box,
    Counts,
    Do,
    Done,
    Ended,
    Faces,
    Looking,
    Note,
    Outcome,
    Review,
    Shot,
    Step,
    Stop,
    Stranger,
    Taken,
    Told,
)
from web.taking.room import RoomCamera
from web.taking.working import do

SMALLEST_FACE_PX = 30
TELL_EVERY_S = 0.25
MOST_SIDE_PX = 2000
"""A live picture of more is refused: the page sends 1280."""
CALM = 10
"""How far this process stands back behind the window and the phones, where the system knows that."""


def work(link: Connection, root: str, key: str) -> None:
    """Do what is asked until the link is closed.  key: of the faces, where it takes a passphrase."""
    if hasattr(os, "nice"):
        os.nice(max(0, CALM - os.nice(0)))
    home = Home(Path(root))
    with log_file(home), open_store(home) as store:
        store.vault.take_over(key)
        doing = _Work(link, store)
        try:
            doing.listen()
        finally:
            doing.close()


class _Work:
    def __init__(self, link: Connection, store: Store) -> None:
        self._link, self._store = link, store
        self._sending, self._loading = threading.Lock(), threading.Lock()
        self._engine: Engine | None = None
        self._control = Control()
        self._job = 0
        self._camera: SentCamera | None = None
        self._room: RoomCamera | None = None

    def listen(self) -> None:
        """Raises EOFError when the server is gone."""
        while True:
            message = self._link.recv()
            if isinstance(message, Shot):
                self._show(message)
            elif isinstance(message, Stop):
                self._stop(message)
            elif isinstance(message, Begin):
                self._control, self._job = Control(), message.number
                self._camera = self._camera_of(message) if message.camera == "device" else None
                self._room = RoomCamera(self._tell, self._control) if message.camera == "room" else None
                self._beside(message.number, partial(self._mark, message))
            elif isinstance(message, Review):
                self._beside(message.number, partial(self._review, message))
            elif isinstance(message, Do):
                self._control, self._camera, self._room = Control(), None, None
                self._beside(message.number, partial(self._do, message, self._control))

    def close(self) -> None:
        """Let go of the camera of a room; nobody is told of anything any more."""
        self._control.cancel()
        if self._room is not None:
            self._room.close()

    def _stop(self, message: Stop) -> None:
        self._control.by_hand = message.by_hand
        (self._control.stop if message.keep else self._control.cancel)()
        if self._room is not None:
            self._room.stop()

    def _tell(self, message: Told) -> None:
        # The server may be gone; then this process is about to end, too.
        with self._sending, suppress(OSError):
            self._link.send(message)

    def _beside(self, number: int, do: Callable[[], Answer]) -> None:
        """Do something in a thread, and tell what came of it."""

        def done() -> None:
            try:
                ended = Ended(number, do())
            except RollcallError as error:
                ended = Ended(number, None, type(error)(str(error)))
            except Exception:  # noqa: BLE001 - the boundary of a thread
                LOGGER.exception("taking attendance failed")
                ended = Ended(number, None)
            self._tell(ended)

        threading.Thread(target=done, name="taking", daemon=True).start()

    def _networks(self) -> Engine:
        with self._loading:
            if self._engine is None:
                home = self._store.home
                if not networks_ready(home):
                    # Preparing takes minutes; nobody who looks at a page waits that long.
                    raise NetworksError(
                        "The networks are not prepared yet. Open Rollcall on the school’s computer once."
                    )
                self._engine = load_engine(home, SMALLEST_FACE_PX, detector=load_settings(home).detector)
            return self._engine

    def _mark(self, asked: Begin) -> Outcome:
        watcher = _Watcher(self._tell)
        camera, room = self._camera, self._room

        def opened(address: str) -> Source:
            if room is not None:
                return room.open(address)
            return open_source(address) if camera is None else camera.opened()

        picture = watcher.picture if room is None else room.show
        watching = Watching(picture, watcher.event, watcher.advance, watcher.note, self._control, opened)
        # The address of a room's camera is known to nobody but whoever opens it.
        source = asked.source if room is None else None
        request = MarkRequest(asked.class_code, source, session_id=asked.session_id)
        with acting(asked.actor):
            engine = self._networks()
            self._tell(Looking(0, 0))
            result = mark(self._store, engine, load_settings(self._store.home), request, watching=watching)
        return _outcome(result)

    def _do(self, asked: Do, control: Control) -> Done:
        def progress(one: Progress) -> None:
            # The last step is told when it is stored: then it is too late.
            if control.cancelled and (one.total is None or one.done < one.total):
                raise CALLED_OFF
            self._tell(Step(one.text, one.done, one.total or 0))

        with acting(asked.actor):
            return do(self._store, self._networks, asked.wish, progress)

    def _camera_of(self, asked: Begin) -> SentCamera:
        control = self._control
        return sent_camera(asked.source, lambda number: self._tell(Taken(number)), lambda: control.stopped)

    def _show(self, shot: Shot) -> None:
        camera = self._camera
        if camera is None or shot.job != self._job:
            # It came late, when another lesson had begun: it shows none of that one's room.
            return
        try:
            camera.put(shot.number, _decoded(shot.jpeg))
        except InputError as error:
            self._tell(Note(str(error)))
            self._tell(Taken(shot.number))

    def _review(self, asked: Review) -> tuple[str, ...]:
        store, settings = self._store, load_settings(self._store.home)
        with acting(asked.actor):
            engine = self._networks()
            done: Reviewed
            if asked.again:
                one = asked.sayings[0]
                done = ask_again(store, engine, settings, asked.actor, one.sighting_id, one.roll)
            else:
                done = settle(store, engine, settings, asked.actor, asked.sayings, asked.session_id)
            return (*done.notes, *remake_sheets(store, settings, [done.session_id]))


class _Watcher:
    """Tells the server what happens in a marking."""

    def __init__(self, tell: Callable[[Told], None]) -> None:
        self._tell = tell
        self._seen: dict[int, str] = {}
        self._review: set[int] = set()
        self._told_s = 0.0
        self.note = lambda text: tell(Note(text))

    def picture(self, picture: Picture) -> None:
        high, wide = picture.image.shape[:2]
        crowded = len(picture.faces) > CROWD
        self._tell(Faces(tuple(_box(one, wide, high, crowded=crowded) for one in picture.faces)))

    def advance(self, advance: Advance) -> None:
        now_s, last = time.monotonic(), advance.frames == advance.of_frames
        if last or now_s - self._told_s >= TELL_EVERY_S:
            self._told_s = now_s
            self._tell(Looking(advance.frames, advance.of_frames or 0))

    def event(self, event: FaceEvent) -> None:
        if event.student is not None and event.kind == "sure":
            self._seen[event.student.id] = event.student.name
        elif event.student is not None and event.kind == "withdrawn":
            self._seen.pop(event.student.id, None)
        if event.sighting is not None:
            (self._review.add if event.kind == "review" else self._review.discard)(event.sighting)
            if event.kind == "unknown" and event.crop is not None:
                self._tell(Stranger(event.sighting, encode_png(event.crop)))
            elif event.kind in ("gone", "sure"):
                self._tell(Stranger(event.sighting, b""))
        self._tell(Counts(tuple(self._seen.values()), len(self._review)))


def _decoded(jpeg: bytes) -> Image:
    image = decode_image(jpeg, "The picture")
    if max(image.shape[:2]) > MOST_SIDE_PX:
        raise InputError("The picture of the camera is too large. Load the page again.")
    return image


def _box(face: ShownFace, wide: int, high: int, *, crowded: bool) -> Box:
    left, top, right, bottom = (float(one) for one in face.box)
    place = (left / wide, top / high, (right - left) / wide, (bottom - top) / high)
    name = "" if face.student is None else face.student.name
    return Box(place, face.state, first_name(name) if crowded else name)


def _outcome(result: MarkResult) -> Outcome:
    return Outcome(len(result.present), len(result.absent), len(result.review), result.unknown_faces, result.notes)
