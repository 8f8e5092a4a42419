"""Keeps the process that reads a camera going: takes its frames, tells its state, ends and begins it again."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from threading import Condition, Event, Thread
from typing import Literal

import numpy as np

from core.records import Image
from core.vision.camera_child import WANTED, Alive, Failed, Look, Memory, Openable, Opened, Shot, Size, serve
from core.vision.child import Child
from core.vision.decoding import MAX_PIXELS
from core.vision.devices import Trouble
from core.waits import Waits

OPEN_S, SILENT_S = 20.0, 5.0
"""How long opening may take (Windows is slow with some webcams), and how long a camera may send nothing afterwards."""
POLL_S = 0.1
"""Waiting is cut into pieces, so that it can be stopped."""
CLOSE_S = 2.0
AGAIN = "{trouble} Trying again in {seconds} s."

StateKind = Literal["opening", "showing", "closed"] | Literal["black", "frozen"] | Trouble


@dataclass(frozen=True, slots=True)
class CameraState:
    """How a camera is, told in ``text`` for people.  wait_s: it is tried again by itself after so many seconds."""

    kind: StateKind
    text: str
    wait_s: float | None = None

    @property
    def shows(self) -> bool:
        """Whether pictures come."""
        return self.kind in ("showing", "black", "frozen")


StateSink = Callable[[CameraState], None]


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """How a camera is read.

    size: ``(width, height)`` in pixels to ask a camera of this computer for; what comes is told by the state.
    on_state: told of every change in a thread of the camera; it must return at once and may not touch a window.
    reconnect: a camera that drops out is opened again until it is closed; else its frames end there.
    open_s, silent_s: after so many seconds without an answer, or without a picture, its process is killed.
    first_wait_s: before the first new try; each further one waits twice as long, 30 s at most.
    """

    size: tuple[int, int] | None = None
    on_state: StateSink | None = None
    reconnect: bool = False
    open_s: float = OPEN_S
    silent_s: float = SILENT_S
    first_wait_s: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A frame as it came.  number: of all that were taken out; index: of all the camera made; at_s: monotonic clock."""

    number: int
    index: int
    at_s: float
    image: Image


class Feed:
    """A camera being read in a child process.  All methods may be called by any thread; only ``close`` waits long.

    tell: makes the sentence of a state from its kind and the size of its frames.
    """

    def __init__(self, device: Openable, tell: Callable[[StateKind, Size], str], options: LiveOptions) -> None:
        self._device, self._tell, self._options = device, tell, options
        self._changed, self._over, self._hurry = Condition(), Event(), Event()
        self._waits = Waits(options.first_wait_s)
        self._link: Connection | None = None
        self._wanted = self._asked = False
        self._memory: SharedMemory | None = None
        self._picture: Picture | None = None
        self._before = 0
        self.size, self.fps, self.grabbed = Size(0, 0), 0.0, 0
        self.ended = False
        """Nothing comes any more."""
        self.pid: int | None = None
        """The child's process, for tests and for the curious."""
        self.state = CameraState("opening", tell("opening", self.size))
        self._thread = Thread(target=self._run, name="camera", daemon=True)
        self._thread.start()

    def next(self, timeout_s: float | None = None) -> Picture | None:
        """The next frame to arrive; None when there will be none, or not within ``timeout_s`` seconds."""
        until = None if timeout_s is None else time.monotonic() + timeout_s
        with self._changed:
            before = self._picture
            self._want()
            while self._picture is before and not self.ended and (until is None or time.monotonic() < until):
                # In pieces, because Windows does not hear Ctrl-C while a thread waits for another.
                self._changed.wait(POLL_S)
            return self._picture if self._picture is not before else None

    def newest(self, after: int = -1) -> Picture | None:
        """The newest frame without waiting, None when its number is not above ``after``; asks for the next one."""
        with self._changed:
            self._want()
            found = self._picture
        return found if found is not None and found.number > after else None

    def wait_opened(self) -> CameraState:
        """Wait until pictures come, or until the first trouble."""
        with self._changed:
            while not (self.ended or self.state.wait_s is not None or (self.state.shows and self.size.width)):
                self._changed.wait(POLL_S)
        return self.state

    def rest(self, seconds: float) -> None:
        """Wait, but not beyond the end."""
        if seconds > 0:
            self._over.wait(seconds)

    def retry(self) -> None:
        """Do not wait until the next try."""
        self._hurry.set()

    def stop(self) -> None:
        """End without waiting for it."""
        self._over.set()
        self._hurry.set()

    @property
    def stopped(self) -> bool:
        """Whether it was ended from here."""
        return self._over.is_set()

    def close(self) -> None:
        """End; waits for it, 2 s at most."""
        self.stop()
        self._thread.join(CLOSE_S)

    def _run(self) -> None:
        try:
            while not self._over.is_set():
                self._be("opening")
                trouble = self._read()
                if self._over.is_set() or not self._options.reconnect:
                    self._be("closed" if self._over.is_set() else trouble)
                    return
                wait_s = self._waits.next_s()
                self._hurry.clear()
                self._be(trouble, wait_s)
                # Asked after telling: a close in between has set it again or is seen by the loop.
                if not self._over.is_set():
                    self._hurry.wait(wait_s)
        finally:
            with self._changed:
                self.ended = True
                self._changed.notify_all()

    def _be(self, kind: StateKind, wait_s: float | None = None) -> None:
        text = self._tell(kind, self.size)
        if wait_s is not None:
            text = AGAIN.format(trouble=text, seconds=max(1, round(wait_s)))
        state = CameraState(kind, text, wait_s)
        with self._changed:
            changed, self.state = state != self.state or kind == "opening", state
            self._changed.notify_all()
        if changed and self._options.on_state is not None:
            self._options.on_state(state)

    def _read(self) -> Trouble:
        """One life of the child; why it ended."""
        child = Child(serve, self._device)
        self.pid = child.pid
        trouble: Trouble = "silent"
        try:
            with suppress(EOFError, OSError):  # it died
                trouble = self._listen(child.link)
        finally:
            with self._changed:
                self._link, self._before = None, self.grabbed
            child.end(gently=trouble not in ("hangs", "silent") or self._over.is_set())
            self._forget_memory()
        return "silent" if trouble == "hangs" else trouble

    def _listen(self, link: Connection) -> Trouble:
        heard, limit_s, shown = time.monotonic(), self._options.open_s, False
        while not self._over.is_set():
            if not link.poll(POLL_S):
                if time.monotonic() - heard > limit_s:
                    return "nothing" if self._link is not None and not shown else "hangs"
                continue
            message = link.recv()
            heard = time.monotonic()
            if isinstance(message, Failed):
                return message.trouble
            if isinstance(message, Opened):
                self.fps, limit_s = message.fps, max(self._options.silent_s, limit_s / 2)
                with self._changed:
                    self._link, self._asked = link, False
            elif isinstance(message, Size):
                if message.width * message.height > MAX_PIXELS:
                    return "large"
                self._make_memory(link, message)
            elif isinstance(message, Alive):
                shown, limit_s = True, self._options.silent_s
                self._alive(message.look, message.grabbed)
            elif isinstance(message, Shot):
                self._take(message)
        return "ended"

    def _alive(self, look: Look, grabbed: int) -> None:
        self.grabbed = self._before + grabbed
        if self.size.width:
            self._waits.rewarded()
            self._be("showing" if look == "good" else look)

    def _make_memory(self, link: Connection, size: Size) -> None:
        self._forget_memory()
        self._memory = SharedMemory(create=True, size=size.width * size.height * 3)
        with self._changed:
            self.size = size
            with suppress(OSError):  # it ended; why it did is still to be read
                link.send(Memory(self._memory.name, size))
            if self._wanted:
                self._want()
        self._be("showing")

    def _forget_memory(self) -> None:
        if self._memory is not None:
            self._memory.close()
            self._memory.unlink()
            self._memory = None

    def _take(self, shot: Shot) -> None:
        if self._memory is None:
            return
        image = np.ndarray((self.size.height, self.size.width, 3), np.uint8, self._memory.buf).copy()
        with self._changed:
            number = 0 if self._picture is None else self._picture.number + 1
            self._picture = Picture(number, self._before + shot.index, shot.at_s, image)
            self._wanted = self._asked = False
            self.grabbed = self._before + shot.index + 1
            self._changed.notify_all()

    def _want(self) -> None:
        """Ask the child for a frame, once."""
        self._wanted = True
        if self._link is not None and not self._asked:
            self._asked = True
            with suppress(OSError):  # it died; the thread finds out
                self._link.send(WANTED)
