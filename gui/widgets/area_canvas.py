"""A canvas of cards that scrolls both ways: what the board of a register and a seating plan share."""

import tkinter as tk
import tkinter.font as tkfont

import ttkbootstrap as ttk

from gui.texts import _, is_right_to_left
from gui.theme import card, font, mixed, muted, pixels
from gui.widgets.board_layout import Area, Measures, Room

RESIZE_MS, STEP = 60, 20
"""STEP: pixels at 100 % by which it scrolls."""


class AreaCanvas(ttk.Frame):
    """A subclass draws all of it in ``draw``, and calls ``on_change(self, self.restyle)`` once it is made."""

    def __init__(self, parent: tk.Misc) -> None:
        super().__init__(parent)
        self._waiting = ""
        self.canvas = tk.Canvas(self, highlightthickness=0, borderwidth=0, takefocus=True)
        self._body, self._small = (tkfont.nametofont(font(one), self) for one in ("Body", "Small"))
        self._place_bars()
        bind = self.canvas.bind
        bind("<MouseWheel>", lambda event: self.canvas.yview_scroll(-1 if event.delta > 0 else 1, "units"))
        bind("<Shift-MouseWheel>", lambda event: self.canvas.xview_scroll(-1 if event.delta > 0 else 1, "units"))
        bind("<Button-4>", lambda _event: self.canvas.yview_scroll(-2, "units"))
        bind("<Button-5>", lambda _event: self.canvas.yview_scroll(2, "units"))
        bind("<Configure>", self._resized)

    def draw(self) -> None:
        """Draw everything anew."""
        raise NotImplementedError

    def restyle(self) -> None:
        """Take the colours of the theme."""
        colours = ttk.Style().colors
        self._ground, self._ink = colours.bg, colours.fg
        self._card, self._accent = card(self._ground, self._ink), colours.primary
        self._muted, self._line = muted(self._card, self._ink), mixed(self._ink, self._ground, 0.16)
        self.canvas.configure(background=self._ground)
        self.draw()

    def measures(self) -> Measures:
        """What layouts go by."""
        return Measures(
            lambda size: pixels(self, size), self._body.metrics("linespace"), self._small.metrics("linespace")
        )

    def set_whole(self, whole: tuple[int, int]) -> None:
        """How big the drawing is, in pixels; there is a bar below it only where it is wider than the canvas."""
        self.canvas.configure(scrollregion=(0, 0, *whole))
        width = self.canvas.winfo_width()
        # One pixel is all it has before it is shown.
        if whole[0] > width > 1:
            self._along.grid()
        else:
            self._along.grid_remove()
            self.canvas.xview_moveto(0)

    def bring_into_sight(self, area: Area, whole: tuple[int, int]) -> None:
        """Scroll no further than is needed to see it all.  whole: of the drawing, pixels."""
        canvas, step = self.canvas, pixels(self, STEP)
        # Tk scrolls by whole steps, so by the one with which nothing is cut off.
        for first, size, sight, all_of_it, seen, move in (
            (area.top, area.height, canvas.winfo_height(), whole[1], canvas.canvasy(0), canvas.yview_moveto),
            (area.left, area.width, canvas.winfo_width(), whole[0], canvas.canvasx(0), canvas.xview_moveto),
        ):
            if first < seen:
                move(first // step * step / all_of_it)
            elif first + size > seen + sight:
                move(-(-(first + size - sight) // step) * step / all_of_it)

    def draw_room(self, room: Room) -> None:
        """The teacher's desk, empty seats, and words above those who have none."""
        draw, faint = self.canvas, mixed(self._ink, self._ground, 0.4)
        for area in room.free.values():
            draw.create_rectangle(area.box, outline=faint, dash=(3, 3))
        if room.desk is not None:
            draw.create_rectangle(room.desk.box, fill=self._line, outline="")
            draw.create_text(room.desk.middle, text=_("Teacher’s desk"), font=font("Small"), fill=self._ink)
        if room.line is not None:
            text = _("Without a seat") if room.seats else _("This class has no seating plan yet.")
            draw.create_text(room.line, text=text, font=font("Small"), fill=self._muted, anchor="nw")

    def _place_bars(self) -> None:
        down = ttk.Scrollbar(self, command=self.canvas.yview)
        self._along = ttk.Scrollbar(self, orient="horizontal", command=self.canvas.xview)
        step = pixels(self, STEP)
        self.canvas.configure(yscrollcommand=down.set, yscrollincrement=step)
        self.canvas.configure(xscrollcommand=self._along.set, xscrollincrement=step)
        near, far = (1, 0) if is_right_to_left() else (0, 1)
        self.rowconfigure(0, weight=1)
        self.columnconfigure(near, weight=1)
        self.canvas.grid(row=0, column=near, sticky="nsew")
        down.grid(row=0, column=far, sticky="ns")
        self._along.grid(row=1, column=near, sticky="ew")
        self._along.grid_remove()

    def _resized(self, _event: object) -> None:
        if self._waiting:
            self.after_cancel(self._waiting)
        self._waiting = self.after(RESIZE_MS, self._after_resizing)

    def _after_resizing(self) -> None:
        self._waiting = ""
        self.draw()
