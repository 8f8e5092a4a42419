"""What the portal has the process that recognises do, from the moment somebody asks for it until it is forgotten."""

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from core.actor import Actor
from core.errors import BusyError, CancelledError, RollcallError
from core.taking import Taking
from core.uploads import folder_of, remove
from web.taking.messages import (
    CALLED_OFF,
    Answer,
    Begin,
    Box,
    Camera,
    Counts,
    Delete,
    Do,
    Done,
    Ended,
    Enrol,
    Faces,
    Lens,
    Looking,
    Note,
    Outcome,
    Step,
    Stranger,
    Taken,
    Told,
    View,
    Wish,
)

State = Literal["waiting", "loading", "looking", "ending", "done", "failed", "cancelled"]
"""waiting: for others; loading: the networks; ending: asked to end; done: it was done, and is stored."""
MOST_STRANGERS = 60
MOST_NOTES = 20
LOST = RollcallError("The pictures could not be looked at. What was saved before stays; try other pictures.")


@dataclass(slots=True, eq=False, kw_only=True)
class Job(ABC):
    """Changed under the lock of its desk only.

    number: for the process; id: for pages; frames, of: how far it is, of 0 where nobody knows.  Of each kind: what its
    asker is told when the process was lost, when it was cancelled, and when too many wait; after how long without a
    word it is given up.
    """

    lost: ClassVar[RollcallError] = LOST
    cancelled: ClassVar[CancelledError] = CancelledError(
        "Marking was cancelled. What was in the register until then stays."
    )
    crowd: ClassVar[BusyError] = BusyError("Too many lessons wait to be marked. Try again in a few minutes.")
    hangs_s: ClassVar[float] = 180.0
    cancels_s: ClassVar[float | None] = 10.0
    """One that is cancelled is given up when it has not ended by then; None: it ends by itself."""

    number: int
    id: str
    actor: Actor
    state: State = "waiting"
    frames: int = 0
    of: int = 0
    problem: RollcallError | None = None
    heard_s: float = field(default_factory=time.monotonic)
    began_s: float = field(default_factory=time.monotonic)
    ends_by_s: float | None = None
    """When it is given up if it has not ended, since it was asked to."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "failed", "cancelled")

    @property
    def is_live(self) -> bool:
        """Whether a page sends its pictures one by one."""
        return False

    @property
    def called_off(self) -> CancelledError:
        """What is told when a person cancelled it."""
        return self.cancelled

    @property
    def can_end(self) -> bool:
        """Whether it can be ended before it is done."""
        return not self.is_over

    @property
    @abstractmethod
    def folder(self) -> Path | None:
        """Where its pictures lie, which are removed when it is over."""

    @abstractmethod
    def begin(self) -> Begin | Do:
        """What the process is told."""

    def take(self, told: Told) -> None:
        """What the process said."""
        if isinstance(told, Looking | Step):
            self.state = "looking" if self.state == "loading" else self.state

    @abstractmethod
    def keep(self, answer: Answer | None) -> bool:
        """Keep what came of it; whether that is what comes of such a job."""

    def end(self, ended: Ended) -> None:
        """It is over; its pictures are removed.

        Said last: pages look without waiting for who changes it, and for the last time when it is over.
        """
        kept = self.keep(ended.outcome)
        if not kept:
            self.problem = ended.error or self.lost
        self.began_s = time.monotonic()
        if self.folder is not None:
            remove(self.folder)
        self.state = "done" if kept else "cancelled" if isinstance(ended.error, CancelledError) else "failed"


@dataclass(slots=True, eq=False, kw_only=True)
class Marking(Job):
    """A lesson being marked.

    source: file, folder, or what a camera is called.  names, review: as :class:`Counts`; sent, taken: numbers of live
    pictures.  lens, view: as :class:`Lens` and the newest :class:`View` with its number.  strangers: unknown faces as
    PNG by number, in memory only.
    """

    taking: Taking
    source: str
    camera: Camera = ""
    names: tuple[str, ...] = ()
    review: int = 0
    lens: str = ""
    view: bytes = field(default=b"", repr=False)
    views: int = 0
    sent: int = 0
    taken: int = 0
    boxes: tuple[Box, ...] = ()
    notes: list[str] = field(default_factory=list)
    strangers: dict[int, bytes] = field(default_factory=dict, repr=False)
    outcome: Outcome | None = None

    @property
    def is_live(self) -> bool:
        """Of a device; the camera of a room sends its pictures to no page."""
        return self.camera == "device"

    @property
    def session_id(self) -> int:
        """The lesson."""
        return self.taking.session.id

    @property
    def folder(self) -> Path | None:
        """Of what was sent; live pictures lie nowhere."""
        return None if self.camera else folder_of(Path(self.source))

    def begin(self) -> Begin:
        """The lesson and its pictures."""
        code = self.taking.school_class.code
        return Begin(self.number, self.actor, code, self.session_id, self.source, self.camera)

    def take(self, told: Told) -> None:
        """What is seen."""
        # Classes with slots are made twice, so that ``super()`` finds the wrong one.
        Job.take(self, told)
        if isinstance(told, Looking):
            self.frames, self.of = told.frames, told.of
        elif isinstance(told, Taken):
            self.taken = max(self.taken, told.number)
        elif isinstance(told, Faces):
            self.boxes = told.boxes
        elif isinstance(told, Counts):
            self.names, self.review = told.names, told.review
        elif isinstance(told, Lens):
            self.lens = told.text
        elif isinstance(told, View):
            self.view, self.views = told.jpeg, self.views + 1
        elif isinstance(told, Stranger):
            self.strangers.pop(told.sighting_id, None)
            if told.png and len(self.strangers) < MOST_STRANGERS:
                self.strangers[told.sighting_id] = told.png
        elif isinstance(told, Note) and len(self.notes) < MOST_NOTES and told.text not in self.notes:
            self.notes.append(told.text)

    def keep(self, answer: Answer | None) -> bool:
        """What is in the register."""
        self.outcome, self.boxes = answer if isinstance(answer, Outcome) else None, ()
        self.lens, self.view = "", b""
        return self.outcome is not None


@dataclass(slots=True, eq=False, kw_only=True)
class Errand(Job):
    """A work with stored faces.  about: by which its page finds it; words: what is being done."""

    lost: ClassVar[RollcallError] = RollcallError(
        "This could not be done. What was saved before stays; if you sent photos, try other ones."
    )
    cancelled: ClassVar[CancelledError] = CancelledError("The portal was switched off before this was done.")
    crowd: ClassVar[BusyError] = BusyError("Too much other work with faces waits. Try again in a few minutes.")
    # A large class is learned without a word for minutes.
    hangs_s: ClassVar[float] = 900.0
    # Killed amid storing, nobody could say whether it was done.
    cancels_s: ClassVar[float | None] = None

    about: str
    wish: Wish
    words: str = ""
    outcome: Done | None = None

    @property
    def called_off(self) -> CancelledError:
        """Nothing of it."""
        return CALLED_OFF

    @property
    def can_end(self) -> bool:
        """Faces that go are gone at once; what follows from it must be done."""
        return self.state == "waiting" or (self.state in ("loading", "looking") and not isinstance(self.wish, Delete))

    @property
    def folder(self) -> Path | None:
        """Of photos that were sent."""
        return Path(self.wish.folder) if isinstance(self.wish, Enrol) else None

    def begin(self) -> Do:
        """What is wished for."""
        return Do(self.number, self.actor, self.wish)

    def take(self, told: Told) -> None:
        """How far it is."""
        Job.take(self, told)
        if isinstance(told, Step):
            self.words, self.frames, self.of = told.words, told.done, told.of

    def keep(self, answer: Answer | None) -> bool:
        """What came of it."""
        self.outcome = answer if isinstance(answer, Done) else None
        return self.outcome is not None
