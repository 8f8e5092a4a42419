"""What the server and the process that recognises say to each other."""

from dataclasses import dataclass, field
from typing import Literal

from core.actor import Actor
from core.errors import CancelledError, RollcallError
from core.review import Saying

CALLED_OFF = CancelledError("This was cancelled, and nothing of it is stored.")
"""What is told of a work with faces that a person cancelled."""
Camera = Literal["", "device", "room"]
"""What shows a lesson: no camera but files; the device of whoever asks, picture by picture; the camera of its room."""


@dataclass(frozen=True, slots=True)
class Begin:
    """Mark a lesson.  source: file or folder; of a camera, what it is called."""

    number: int
    actor: Actor
    class_code: str
    session_id: int
    source: str
    camera: Camera


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of the camera of a marking that was begun.  job: that marking's number; number: the picture's."""

    job: int
    number: int
    jpeg: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stop:
    """End the marking or work.  keep: what was seen counts; else only what was saved already."""

    keep: bool
    by_hand: bool = True


@dataclass(frozen=True, slots=True)
class Review:
    """Save what a person says about faces.  again: take back that the only one of them is not that student."""

    number: int
    actor: Actor
    session_id: int
    sayings: tuple[Saying, ...]
    again: bool = False


@dataclass(frozen=True, slots=True)
class Train:
    """Train a class."""

    class_code: str


@dataclass(frozen=True, slots=True)
class Enrol:
    """Take the faces of a student.

    photos: what the file or folder in ``folder`` is called; the same photos are called the same.
    """

    class_code: str
    roll: str
    name: str
    consent: str
    photos: str
    folder: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete stored faces of a student.  faces: their numbers."""

    roll: str
    faces: tuple[int, ...]


Wish = Train | Enrol | Delete


@dataclass(frozen=True, slots=True)
class Do:
    """Do a work with stored faces."""

    number: int
    actor: Actor
    wish: Wish


@dataclass(frozen=True, slots=True)
class Step:
    """How far such a work is.  of 0: nobody knows."""

    words: str
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Done:
    """What came of such a work.

    faces: so many were taken, deleted or learned; students: so many were learned; refused: photos and why they were not
    taken; notes: sentences to tell.
    """

    faces: int
    students: int = 0
    refused: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Looking:
    """The networks are loaded and the pictures are looked at.  frames, of: how far it is; of 0: no end."""

    frames: int
    of: int


@dataclass(frozen=True, slots=True)
class Taken:
    """The newest picture of a camera is being looked at: the next may be sent."""

    number: int


@dataclass(frozen=True, slots=True)
class Box:
    """A face.  place: left, top, width and height as shares of the picture; state: sure, unsure, unknown, open."""

    place: tuple[float, float, float, float]
    state: str
    name: str


@dataclass(frozen=True, slots=True)
class Faces:
    """The faces of the picture that was looked at last."""

    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Who is recognised by now, in that order, and how many faces wait for a person."""

    names: tuple[str, ...]
    review: int


@dataclass(frozen=True, slots=True)
class Lens:
    """How the camera of the room is, as long as it shows nothing; else empty."""

    text: str


@dataclass(frozen=True, slots=True)
class View:
    """What the camera of the room shows, with names at the faces."""

    jpeg: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stranger:
    """An unknown face as a PNG, for as long as somebody may look at it; it is stored nowhere."""

    sighting_id: int
    png: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence to tell."""

    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a marking."""

    present: int
    absent: int
    review: int
    unknown: int
    notes: tuple[str, ...]


Answer = Outcome | Done | tuple[str, ...]
"""What came of a marking, of a work, of a review."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A marking, review or work is over.  error: why it failed; outcome None without one: a bug, which is logged."""

    number: int
    outcome: Answer | None
    error: RollcallError | None = None


Told = Step | Looking | Taken | Faces | Counts | Lens | View | Stranger | Note | Ended
