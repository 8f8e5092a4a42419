"""How far each pose is: a ring whose parts fill, with the number of all in its middle."""

import tkinter as tk
from collections.abc import Mapping

import ttkbootstrap as ttk

from core.vision.pose import POSES, Pose
from gui.texts import N_, _, number_text
from gui.theme import card, font, mixed, muted, on_change, pixels

SIDE = 172
"""Pixels at 100 %."""
GAP = 6
"""Degrees between two parts."""
MIDDLES: Mapping[Pose, int] = {"right": 0, "up": 90, "left": 180, "down": 270}
"""Where the parts stand, degrees against the clock; the pose to the front is a ring of its own inside."""
NAMES: Mapping[Pose, str] = {
    "front": N_("Straight"),
    "left": N_("Left"),
    "right": N_("Right"),
    "up": N_("Up"),
    "down": N_("Down"),
}


class Ring(tk.Canvas):
    """Shows what was taken of what is wanted; the pose that is asked for is bold."""

    def __init__(self, parent: tk.Misc) -> None:
        self._side = pixels(parent, SIDE)
        super().__init__(parent, width=self._side, height=self._side, highlightthickness=0, borderwidth=0)
        self._taken: Mapping[Pose, int] = {}
        self._wanted: Mapping[Pose, int] = {}
        self._asked: Pose | None = None
        self._total = 0
        on_change(self, self._draw)

    def show(self, taken: Mapping[Pose, int], wanted: Mapping[Pose, int], asked: Pose | None, total: int) -> None:
        """total: all that were taken, those of no pose too."""
        if (taken, wanted, asked, total) == (self._taken, self._wanted, self._asked, self._total):
            return
        self._taken, self._wanted, self._asked, self._total = dict(taken), dict(wanted), asked, total
        self._draw()

    def share(self, pose: Pose) -> float:
        """How much of a pose there is, 0 to 1."""
        wanted = self._wanted.get(pose, 0)
        return min(1.0, self._taken.get(pose, 0) / wanted) if wanted else 0.0

    def _draw(self) -> None:
        colours = ttk.Style.get_instance().colors
        self.configure(background=colours.bg)
        self.delete("all")
        for pose in POSES:
            self._draw_pose(pose, colours.primary, mixed(colours.fg, colours.bg, 0.14), colours.fg)
        middle, wanted = self._side // 2, sum(self._wanted.values())
        ink = muted(card(colours.bg, colours.fg), colours.fg)
        self.create_text(
            middle, middle - pixels(self, 6), text=number_text(self._total), font=font("Heading"), fill=colours.fg
        )
        if wanted:
            words = _("of {number}").format(number=number_text(wanted))
            self.create_text(middle, middle + pixels(self, 18), text=words, font=font("Small"), fill=ink)

    def _draw_pose(self, pose: Pose, full: str, empty: str, ink: str) -> None:
        inner = pose == "front"
        width, edge = pixels(self, 12), pixels(self, 34 if inner else 14)
        box = edge, edge, self._side - edge, self._side - edge
        extent = 359.9 if inner else 90 - GAP
        start = 90.0 if inner else MIDDLES[pose] - extent / 2
        if pose == self._asked:
            self.create_arc(box, start=start, extent=extent, style="arc", width=width + pixels(self, 4), outline=ink)
        self.create_arc(box, start=start, extent=extent, style="arc", width=width, outline=empty)
        if self.share(pose):
            # From one end, so that what is missing is seen as a gap.
            self.create_arc(box, start=start, extent=extent * self.share(pose), style="arc", width=width, outline=full)
