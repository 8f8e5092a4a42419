"""The seats of a room on a canvas: students are dragged onto them, or picked up and put down with Enter."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PIL import ImageTk

from core.seats import Place
from gui.screens.seating_parts.arranging import Arranging, Spot
from gui.theme import font, mixed, on_change, pixels
from gui.widgets.area_canvas import AreaCanvas
from gui.widgets.board_layout import MOVES, PHOTO_PX, Area, Room, around, toward
from gui.widgets.board_model import Direction, initials, two_lines
from gui.widgets.small import shortened

if TYPE_CHECKING:
    from PIL import Image as Pictures

    from core.records import Student

DRAG_PX, EDGE_PX = 8, 28
"""Less is a click; so near to the edge the plan scrolls while somebody is dragged.  Pixels at 100 %."""
_HAND = "hand"


class PlanCanvas(AreaCanvas):
    """Shows an :class:`Arranging`.  ``on_new``: something of it is new, or somebody is taken into the hand."""

    def __init__(self, parent: tk.Misc, on_new: Callable[[], None]) -> None:
        super().__init__(parent)
        self._told = on_new
        self.arranging: Arranging | None = None
        self.here: Spot | None = None
        self._students: dict[int, Student] = {}
        self._photos: dict[int, ImageTk.PhotoImage] = {}
        self._turned = self._dragging = False
        self._pressed: tuple[Spot, int, int] | None = None
        self._room = self._new_room()
        self._bind_keys()
        on_change(self, self.restyle)

    def show(self, students: Mapping[int, Student], arranging: Arranging) -> None:
        """Show this plan."""
        if arranging is not self.arranging:
            self.here = None
            self.canvas.yview_moveto(0)
        self._students, self.arranging = dict(students), arranging
        self.draw()

    def show_photos(self, photos: Mapping[int, Pictures.Image]) -> None:
        """Round photos by student."""
        self._photos = {who: ImageTk.PhotoImage(picture, master=self) for who, picture in photos.items()}
        self.draw()

    def turn(self, *, on: bool) -> None:
        """As the teacher sees the room, or as the class does."""
        self._turned = on
        self.draw()

    def area_of(self, spot: Spot) -> Area:
        """Where a spot is, pixels of the canvas.  Raises KeyError."""
        return self._spots()[spot]

    def act(self) -> None:
        """What Enter does: take who is there, or put down who is in the hand."""
        if self.arranging is None or self.here is None:
            return
        if self.arranging.held is None:
            self.arranging.take(self.here)
            self._changed()
        else:
            self._put(self.here)

    def draw(self) -> None:
        self.canvas.delete("all")
        if self.arranging is None:
            return
        self._room = self._new_room()
        self._room.lay(self.arranging.students, max(1, self.canvas.winfo_width()))
        spots = self._spots()
        if self.here not in spots:
            self.here = next(iter(sorted(spots, key=lambda one: (spots[one].top, spots[one].left))), None)
        self.draw_room(self._room)
        for who, area in self._room.areas.items():
            self._draw_student(who, area)
        self._draw_cursor()
        self.set_whole(self._room.whole)

    def _new_room(self) -> Room:
        seats = None if self.arranging is None else self.arranging.seats
        return Room(self.measures(), seats, turned=self._turned, has_badges=False)

    def _spots(self) -> dict[Spot, Area]:
        """Every seat, and who has none."""
        spots: dict[Spot, Area] = dict(self._room.free.items())
        if self.arranging is not None:
            spots |= {self.arranging.spot_of(who): area for who, area in self._room.areas.items()}
        return spots

    def _bind_keys(self) -> None:
        bind = self.canvas.bind
        for key, direction in MOVES.items():
            bind(key, lambda _event, to=direction: self._move(to))  # type: ignore[misc]
        for key, does in {
            "<Return>": self.act,
            "<space>": self.act,
            "<Delete>": self._stand,
            "<BackSpace>": self._stand,
        }.items():
            bind(key, lambda _event, do=does: self._key(do))  # type: ignore[misc]
        bind("<Escape>", lambda _event: self._let_go())
        bind("<ButtonPress-1>", self._press)
        bind("<B1-Motion>", self._drag)
        bind("<ButtonRelease-1>", self._release)
        for sign in ("<FocusIn>", "<FocusOut>"):
            bind(sign, lambda _event: self._draw_cursor())

    def _draw_student(self, who: int, area: Area, tag: str = "student") -> None:
        draw, spots, size = self.canvas, self._room.spots(area), pixels(self, PHOTO_PX["seats"]) // 2
        name = self._students[who].name
        is_held = self.arranging is not None and self.arranging.held == who
        ground = mixed(self._accent, self._card, 0.22) if is_held else self._card
        draw.create_rectangle(area.box, fill=ground, outline=self._line, tags=tag)
        draw.create_oval(around(spots.photo, size, size), fill=self._line, outline="", tags=tag)
        if who in self._photos:
            draw.create_image(spots.photo, image=self._photos[who], tags=tag)
        else:
            draw.create_text(spots.photo, text=initials(name), font=font("Title"), fill=self._muted, tags=tag)
        lines = zip((spots.name, spots.more), two_lines(name), (self._ink, self._muted), strict=True)
        for place, text, ink in lines:
            shown = shortened(text, self._room.room(area), self._small)
            draw.create_text(place, text=shown, font=font("Small"), fill=ink, anchor="n", tags=tag)

    def _draw_cursor(self, spot: Spot | None = None) -> None:
        """Where the keyboard is, or where somebody who is dragged would drop."""
        self.canvas.delete("cursor")
        area = self._spots().get(spot or self.here or 0)
        if area is not None:
            width = 3 if spot is not None or self.canvas.focus_get() is self.canvas else 1
            self.canvas.create_rectangle(area.box, outline=self._accent, width=width, tags="cursor")
            self.canvas.tag_raise(_HAND)

    def _key(self, do: Callable[[], None]) -> str:
        do()
        return "break"

    def _move(self, direction: Direction) -> str:
        self.here = toward(self._spots(), self.here, direction)
        self._draw_cursor()
        self._see()
        return "break"

    def _let_go(self) -> str | None:
        """Only with empty hands is Esc left to the way back."""
        if self.arranging is None or self.arranging.held is None:
            return None
        self.arranging.held = None
        self._changed()
        return "break"

    def _stand(self) -> None:
        who = None if self.arranging is None or self.here is None else self.arranging.who(self.here)
        if self.arranging is not None and who is not None:
            self.arranging.stand(who)
            self._changed()

    def _put(self, spot: Spot) -> None:
        if self.arranging is not None:
            held = self.arranging.held
            self.arranging.put(spot)
            self.here = spot if held is None else self.arranging.spot_of(held)
            self._changed()

    def _changed(self) -> None:
        self.draw()
        self._see()
        self._told()

    def _see(self) -> None:
        area = self._spots().get(self.here or 0)
        if area is not None:
            self.bring_into_sight(area, self._room.whole)

    def _at(self, event: tk.Event[tk.Misc]) -> Spot | None:
        x, y = int(self.canvas.canvasx(event.x)), int(self.canvas.canvasy(event.y))
        return next((spot for spot, area in self._spots().items() if area.holds(x, y)), None)

    def _press(self, event: tk.Event[tk.Misc]) -> None:
        self.canvas.focus_set()
        spot = self._at(event)
        self._dragging, self._pressed = False, None if spot is None else (spot, event.x, event.y)

    def _drag(self, event: tk.Event[tk.Misc]) -> None:
        if self._pressed is None or self.arranging is None:
            return
        spot, x, y = self._pressed
        if not self._dragging and abs(event.x - x) + abs(event.y - y) > DRAG_PX and self.arranging.take(spot):
            self._dragging = True
            self.canvas.configure(cursor="hand2")
            self.draw()
            self._told()
        held = self.arranging.held
        if self._dragging and held is not None:
            self._scroll_at_edge(event)
            area = self.area_of(self.arranging.spot_of(held))
            at = int(self.canvas.canvasx(event.x)), int(self.canvas.canvasy(event.y))
            self.canvas.delete(_HAND)
            near = Area(at[0] - area.width // 2, at[1] - area.height // 2, area.width, area.height)
            self._draw_student(held, near, _HAND)
            self._draw_cursor(self._at(event))

    def _scroll_at_edge(self, event: tk.Event[tk.Misc]) -> None:
        edge = pixels(self, EDGE_PX)
        if event.y < edge or event.y > self.canvas.winfo_height() - edge:
            self.canvas.yview_scroll(-1 if event.y < edge else 1, "units")
        if event.x < edge or event.x > self.canvas.winfo_width() - edge:
            self.canvas.xview_scroll(-1 if event.x < edge else 1, "units")

    def _release(self, event: tk.Event[tk.Misc]) -> None:
        pressed, self._pressed = self._pressed, None
        self.canvas.configure(cursor="")
        if pressed is None or self.arranging is None:
            return
        spot = self._at(event)
        if not self._dragging:
            self._click(pressed[0])
            return
        self._dragging = False
        inside = 0 <= event.x < self.canvas.winfo_width() and 0 <= event.y < self.canvas.winfo_height()
        held = self.arranging.held
        if spot is not None:
            self._put(spot)
        elif inside and held is not None and self.canvas.canvasy(event.y) > self._below():
            self.arranging.stand(held)
            self._changed()
        else:
            self._let_go()

    def _below(self) -> int:
        """Where the seats end and those without one stand."""
        cells = [area for spot, area in self._spots().items() if isinstance(spot, Place)]
        return max(area.top + area.height for area in cells)

    def _click(self, spot: Spot) -> None:
        """A click chooses; with somebody in the hand it puts them down."""
        self.here = spot
        if self.arranging is not None and self.arranging.held is not None:
            self._put(spot)
        else:
            self._draw_cursor()
