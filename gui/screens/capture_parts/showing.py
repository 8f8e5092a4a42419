"""The live picture of a capture: drawn at the pace of the camera, whatever looking and storing take, and steady."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image as Pictures

from core.capture_store import ALIKE, SAME
from core.capturing import CaptureControl, Look
from core.vision.pose import Pose
from core.vision.viewing import HINTS
from gui.texts import N_, _
from gui.widgets.live import LivePainter
from gui.widgets.picture import Size

if TYPE_CHECKING:
    from core.records import Floats, Image
    from gui.background import Latest

HELD_S = 0.6
"""A sentence and its colour stay so long at least: what changes with every picture cannot be read."""
GONE_S = 0.3
"""A box stays so long after the face was seen last, or it would flicker."""
STILL, THERE, JUMP = 0.05, 0.01, 0.6
"""A box stands until the face is farther away than this share of it, goes until it is there, and is elsewhere at once
where it is another face.
"""
GAIN = 0.35
"""Share of the way that a box goes with each picture; more of it the farther it is."""
LINE_PX, EDGE_PX = 2, 4

ASKING: dict[Pose, str] = {
    "front": N_("Look straight into the camera."),
    "left": N_("Turn a little to your left."),
    "right": N_("Turn a little to your right."),
    "up": N_("Lift your chin a little."),
    "down": N_("Lower your chin a little."),
}
MOVE = N_("Move your head a little.")
GOOD, ASKED, WRONG = "#2fbf71", "#f2b84b", "#e5606c"
"""Of the box: being taken, waiting for the pose, something is wrong; the hint says it in words."""


@dataclass(frozen=True, slots=True)
class Advice:
    """The one thing to tell whoever stands before the camera, and the colour of the box."""

    words: str
    colour: str


def advice(look: Look) -> Advice:
    """What a picture is to be told."""
    said = look.taken.said
    if look.problem is not None:
        return Advice(_(HINTS[look.problem]), WRONG)
    if said and said not in (ALIKE, SAME):
        # It is about who this is, or about the store, so another pose would not help.
        return Advice(f"{said[0].upper()}{said[1:].rstrip('.')}.", WRONG)
    if look.asked is None:
        return Advice(_("Done. Thank you!"), GOOD)
    if look.pose != look.asked:
        return Advice(_(ASKING[look.asked]), ASKED)
    return Advice(_(MOVE) if said else _(ASKING[look.asked]), GOOD)


class Held:
    """What is told, one thing at a time and long enough to be read."""

    def __init__(self) -> None:
        self._advice: Advice | None = None
        self._since_s = 0.0

    def take(self, new: Advice, now_s: float) -> Advice:
        """What to tell at a moment when ``new`` is what there is to tell."""
        if self._advice is None or (new != self._advice and now_s - self._since_s >= HELD_S):
            self._advice, self._since_s = new, now_s
        return self._advice


class SteadyBox:
    """A box that follows a face without trembling with every look."""

    def __init__(self) -> None:
        self._box: Floats | None = None
        self._goes = False
        self._seen_s = 0.0

    def step(self, seen: Floats | None, now_s: float) -> Floats | None:
        """The box to draw, ``(4,) xyxy`` in the pixels of ``seen``, where the face was found last; None for none."""
        if seen is None:
            if now_s - self._seen_s > GONE_S:
                self._box = None
            return self._box
        self._seen_s = now_s
        if self._box is None:
            self._box = seen
            return seen
        away = float(abs(seen - self._box).max() / max(1.0, float(seen[2] - seen[0])))
        self._goes = away > (THERE if self._goes else STILL)
        if away > JUMP:
            self._box = seen
        elif self._goes:
            self._box = self._box + (seen - self._box) * min(1.0, GAIN + away)
        return self._box


class Painter(LivePainter):
    """Gives the window the newest picture with the box of the newest look."""

    fps = 30

    def __init__(
        self, control: CaptureControl, slot: Latest[Pictures.Image], space: Callable[[], Size], *, mirrored: bool
    ) -> None:
        """space: pixels there are for the picture, width first; mirrored: as people expect of their own camera."""
        self._control, self.slot, self._space, self._mirrored = control, slot, space, mirrored
        self._look: Look | None = None
        self._last: Look | None = None
        self._number = -1
        self._colour = ASKED
        self._box = SteadyBox()

    def take(self, look: Look, colour: str) -> None:
        """A picture was looked at; called by the thread that looks."""
        self._look, self._colour = look, colour

    def newest(self) -> Pictures.Image | None:
        """Of a camera what is newest, of a film and of photos what was looked at."""
        look = self._look
        if self._control.is_live:
            newest = self._control.newest(self._number)
            if newest is None:
                return None
            self._number = newest.number
            return self._drawn(newest.image, None if look is None else look.box)
        if look is None or look is self._last:
            return None
        self._last = look
        return self._drawn(look.image, look.box)

    def end(self) -> None:
        """A capture that is over does not mind; one whose window is closing must neither wait nor go on."""
        self._control.stop()

    def _drawn(self, image: Image, seen: Floats | None) -> Pictures.Image:
        import cv2
        import numpy as np

        from core.vision.live import fitted

        # Photos and a camera that has just begun may be of any size; the widget may have none yet.
        width, height = self._space()
        small = fitted(image, max(1, width), max(1, height))
        if self._mirrored:
            small = np.asarray(cv2.flip(small, 1), dtype=np.uint8)
        box = self._box.step(seen, time.monotonic()) if self._control.is_live else seen
        if box is not None:
            scale = small.shape[1] / image.shape[1]
            x0, y0, x1, y1 = (float(one) * scale for one in box)
            if self._mirrored:
                x0, x1 = small.shape[1] - x1, small.shape[1] - x0
            draw_box(small, (x0, y0, x1, y1), self._colour)
        # Ten times as quick as turning the colours by a step of -1.
        return Pictures.fromarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB))


def draw_box(image: Image, box: tuple[float, float, float, float], colour: str) -> None:
    """A thin box with a dark edge, so that it is seen on any ground; between pixels too, or it would tremble."""
    import cv2

    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    x0, y0, x1, y1 = (round(one * 16) for one in box)
    for ink, width in (((20, 20, 20), EDGE_PX), ((blue, green, red), LINE_PX)):
        cv2.rectangle(image, (x0, y0), (x1, y1), ink, width, cv2.LINE_AA, 4)
