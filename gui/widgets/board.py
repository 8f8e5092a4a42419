"""The board of a register: every student with photo, name and mark, as cards, as a list or on their seats.

Drawn on one canvas: sixty students with photos stay smooth, and faces can be dropped onto them.
"""

import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image as Pictures
from PIL import ImageDraw, ImageTk

from core.records import Image
from core.store.statuses import Status
from gui.preferences import View
from gui.texts import _
from gui.theme import contrast, font, mixed, on_change, pixels
from gui.widgets.area_canvas import AreaCanvas
from gui.widgets.board_layout import (
    LEAST_CARD,
    MOVES,
    PHOTO_PX,
    Area,
    Cards,
    Layout,
    Lines,
    Room,
    around,
)
from gui.widgets.board_model import BoardModel, Direction, Seat, initials
from gui.widgets.small import is_plain, shortened

if TYPE_CHECKING:
    from core.seats import Seats

NEXT = "next"
"""What Space asks for instead of a status."""
NEWS_MS = 1600
MENU_KEYS = {"x11": ("<Menu>", "<Shift-F10>"), "win32": ("<App>", "<Shift-F10>")}
"""The keys of a keyboard that open a menu, by window system."""
PHOTOS_AT_ONCE = 10
_SMOOTH = 4


def round_photo(crop: Image, size: int) -> Pictures.Image:
    """A face ``(h, w, 3) uint8 BGR`` as a round picture of ``size`` pixels; call it in a thread."""
    picture = Pictures.fromarray(crop[:, :, ::-1]).resize((size, size), Pictures.Resampling.LANCZOS)
    mask = Pictures.new("L", (size * _SMOOTH, size * _SMOOTH))
    ImageDraw.Draw(mask).ellipse((0, 0, size * _SMOOTH - 1, size * _SMOOTH - 1), fill=255)
    picture.putalpha(mask.resize((size, size), Pictures.Resampling.LANCZOS))
    return picture


@dataclass(frozen=True, slots=True)
class _Items:
    """The parts of a card on the canvas."""

    ground: int
    photo: int
    initials: int
    name: int
    more: int
    field: int
    letter: int


class Board(AreaCanvas):
    """``on_mark``: a student and the code of a status, or :data:`NEXT`; ``on_menu``: a right click or its key, pixels
    of the screen.
    """

    def __init__(
        self,
        parent: tk.Misc,
        *,
        on_mark: Callable[[Seat, str], None],
        on_select: Callable[[Seat | None], None] | None = None,
        on_menu: Callable[[Seat, int, int], None] | None = None,
    ) -> None:
        super().__init__(parent)
        self.model = BoardModel()
        self.view: View = "grid"
        self._on_mark, self._on_select, self._on_menu = on_mark, on_select, on_menu
        self._seats: Seats | None = None
        self._turned = False
        self._places: dict[int, Area] = {}
        self._items: dict[int, _Items] = {}
        self._photos: dict[View, dict[int, ImageTk.PhotoImage]] = {view: {} for view in PHOTO_PX}
        self._cut: dict[tuple[str, str, int], str] = {}
        self._news: dict[int, str] = {}
        self._hovered = 0
        self._layout = self._new_layout()
        self._bind_keys()
        on_change(self, self.restyle)

    def photo_sizes(self) -> dict[View, int]:
        """Pixels of the photos, for :func:`round_photo`."""
        return {view: pixels(self, size) for view, size in PHOTO_PX.items()}

    def show(self, seats: Sequence[Seat], statuses: Mapping[str, Status]) -> None:
        """Show these students; only what changed is drawn."""
        before = self.model.selected
        changed = self.model.take(seats, statuses)
        if changed is None:
            self.draw()
        else:
            for one in changed:
                self._fill(one)
        if self.model.selected != before:
            self._selected()

    def show_photos(self, photos: Mapping[View, Mapping[int, Pictures.Image]]) -> None:
        """Photos by view and student, made by :func:`round_photo`; put in a few at a time."""
        waiting = [(view, who, picture) for view, found in photos.items() for who, picture in found.items()]
        # Those in sight first.
        waiting.sort(key=lambda one: one[0] != self.view)
        self._put_photos(waiting)

    def set_view(self, view: View) -> None:
        """As cards, as a list or on their seats."""
        self.view = view
        self._arrange()

    def show_seats(self, seats: "Seats | None") -> None:
        """Where they sit; None while there is no plan."""
        if seats != self._seats:
            self._seats = seats
            self._arrange()

    def turn_room(self, *, on: bool) -> None:
        """Seats as the teacher sees them, or as the class does."""
        self._turned = on
        self._arrange()

    def _arrange(self) -> None:
        self._layout = self._new_layout()
        self.draw()
        self._see()

    def _new_layout(self) -> Layout:
        if self.view == "seats":
            return Room(self.measures(), self._seats, turned=self._turned)
        return Cards(self.measures()) if self.view == "grid" else Lines(self.measures())

    def select(self, student_id: int | None) -> None:
        """Select a student and bring them into sight."""
        if student_id in self.model.seats:
            before, self.model.selected = self.model.selected, student_id
            for one in {before, student_id} - {None}:
                self._frame(one or 0)
            self._see()
            self._selected()

    @property
    def seat(self) -> Seat | None:
        """Who is selected."""
        return self.model.at(self.model.selected)

    def tell(self, student_id: int) -> None:
        """Let a card stand out for a moment, since something of it is new."""
        if student_id not in self._items:
            return
        if student_id in self._news:
            self.after_cancel(self._news[student_id])
        self._news[student_id] = self.after(NEWS_MS, self._old, student_id)
        self._frame(student_id)

    def at_screen(self, x: int, y: int) -> Seat | None:
        """The student at a place of the screen, for what is dropped there."""
        x, y = x - self.canvas.winfo_rootx(), y - self.canvas.winfo_rooty()
        inside = 0 <= x < self.canvas.winfo_width() and 0 <= y < self.canvas.winfo_height()
        return self._at(x, y) if inside else None

    def hover(self, student_id: int) -> None:
        """Show where something would drop; 0 for nowhere."""
        before, self._hovered = self._hovered, student_id
        for one in {before, student_id} - {0}:
            self._frame(one)

    def _bind_keys(self) -> None:
        bind = self.canvas.bind
        for keys, direction in MOVES.items():
            bind(keys, lambda _event, to=direction: self._move(to))  # type: ignore[misc]
        bind("<space>", lambda _event: self._mark(NEXT))
        bind("<Return>", lambda _event: self._move("down" if self.view == "list" else "right"))
        bind("<Key>", self._key)
        bind("<ButtonPress-1>", self._click)
        bind("<Double-1>", lambda _event: self._mark(NEXT))
        for button in ("<ButtonPress-3>", "<ButtonPress-2>", "<Control-ButtonPress-1>"):
            bind(button, self._menu)
        for key in MENU_KEYS.get(self.tk.call("tk", "windowingsystem"), ("<Shift-F10>",)):
            bind(key, self._menu_by_key)
        for sign in ("<FocusIn>", "<FocusOut>"):
            bind(sign, lambda _event: self._frame(self.model.selected or 0))

    def draw(self) -> None:
        self.canvas.delete("all")
        self._items.clear()
        width = max(self.canvas.winfo_width(), pixels(self, LEAST_CARD))
        self._layout.lay(list(self.model.seats), width)
        self._places = self._layout.areas
        if isinstance(self._layout, Room):
            self.draw_room(self._layout)
        for one in self._places:
            self._make(one)
            self._fill(one)
        self.set_whole(self._layout.whole)
        if not self.model.seats:
            self._say_empty(width)

    def _say_empty(self, width: int) -> None:
        text = _("Nobody is in this class yet.")
        self.canvas.create_text(width // 2, pixels(self, 40), text=text, font=font(), fill=self._muted, width=width)

    def _make(self, student_id: int) -> None:
        place, draw, spots = self._places[student_id], self.canvas, self._layout.spots(self._places[student_id])
        half_photo, half, high = pixels(self, PHOTO_PX[self.view]) // 2, pixels(self, 14), pixels(self, 12)
        self._items[student_id] = _Items(
            draw.create_rectangle(place.box),
            draw.create_oval(around(spots.photo, half_photo, half_photo)),
            draw.create_text(spots.photo, font=font("Title")),
            draw.create_text(spots.name, font=font("Small"), anchor=spots.side),
            draw.create_text(spots.more, font=font("Small"), anchor=spots.side),
            draw.create_rectangle(around(spots.badge, half, high)),
            draw.create_text(spots.badge, font=font("Title")),
        )
        self._show_photo(student_id, spots.photo)

    def _fill(self, student_id: int) -> None:
        seat, items = self.model.seats[student_id], self._items[student_id]
        letter, colour, ink = self.model.badge(seat)
        room = self._layout.room(self._places[student_id])
        name, more = self._layout.texts(seat, self.model.details(seat))
        configure = self.canvas.itemconfigure
        configure(items.name, text=self._fitted(name, room), fill=self._ink)
        configure(items.more, text=self._fitted(more, room), fill=self._muted)
        configure(items.field, fill=colour, outline=ink)
        configure(items.letter, text=letter, fill=ink)
        configure(items.initials, text=initials(seat.name), fill=self._muted)
        configure(items.photo, fill=self._line, outline="")
        self._frame(student_id)

    def _frame(self, student_id: int) -> None:
        """The edge of a card says who is selected, what is new, and where something would drop."""
        items, seat = self._items.get(student_id), self.model.seats.get(student_id)
        if items is None or seat is None:
            return
        ground, edge, width = self._card, self._line, 1
        if student_id == self._hovered or student_id in self._news:
            _letter, colour, ink = self.model.badge(seat)
            edge, width = max((colour, ink), key=lambda one: contrast(one, self._ground)), 2
            ground = mixed(colour, self._card, 0.35 if self._ground > "#888888" else 0.15)
        if student_id == self.model.selected:
            edge, width = self._accent, 3 if self.canvas.focus_get() is self.canvas else 2
        self.canvas.itemconfigure(items.ground, fill=ground, outline=edge, width=width)

    def _old(self, student_id: int) -> None:
        self._news.pop(student_id, None)
        self._frame(student_id)

    def _fitted(self, text: str, room: int) -> str:
        """As much of a text as fits, with an ellipsis."""
        key = (text, self.view, room)
        if key not in self._cut:
            self._cut[key] = shortened(text, room, self._small)
        return self._cut[key]

    def _put_photos(self, waiting: list[tuple[View, int, Pictures.Image]]) -> None:
        for view, who, picture in waiting[:PHOTOS_AT_ONCE]:
            self._photos[view][who] = ImageTk.PhotoImage(picture, master=self)
            if view == self.view and who in self._items:
                left, top, right, bottom = self.canvas.coords(self._items[who].photo)
                self._show_photo(who, (int(left + right) // 2, int(top + bottom) // 2))
        if waiting[PHOTOS_AT_ONCE:]:
            self.after(1, self._put_photos, waiting[PHOTOS_AT_ONCE:])

    def _show_photo(self, student_id: int, centre: tuple[int, int]) -> None:
        photo = self._photos[self.view].get(student_id)
        if photo is not None:
            items = self._items[student_id]
            self.canvas.tag_raise(self.canvas.create_image(*centre, image=photo), items.initials)
            self.canvas.tag_raise(items.field)
            self.canvas.tag_raise(items.letter)

    def _at(self, x: int, y: int) -> Seat | None:
        x, y = int(self.canvas.canvasx(x)), int(self.canvas.canvasy(y))
        found = next((one for one, place in self._places.items() if place.holds(x, y)), None)
        return self.model.at(found)

    def _click(self, event: "tk.Event[tk.Misc]") -> None:
        self.canvas.focus_set()
        found = self._at(event.x, event.y)
        if found is not None:
            self.select(found.student_id)

    def _menu(self, event: "tk.Event[tk.Misc]") -> str:
        self._click(event)
        found = self._at(event.x, event.y)
        if found is not None and self._on_menu is not None:
            self._on_menu(found, event.x_root, event.y_root)
        return "break"

    def _menu_by_key(self, _event: "tk.Event[tk.Misc]") -> str:
        """The menu of who is selected, at their place."""
        seat, place = self.seat, self._places.get(self.model.selected or 0)
        if seat is not None and place is not None and self._on_menu is not None:
            self._see()
            x, y = place.middle
            canvas = self.canvas
            x, y = x - int(canvas.canvasx(0)), y - int(canvas.canvasy(0))
            self._on_menu(seat, canvas.winfo_rootx() + x, canvas.winfo_rooty() + y)
        return "break"

    def _key(self, event: "tk.Event[tk.Misc]") -> None:
        # With Control and its like it is somebody else's key.
        if is_plain(event):
            self.mark_by_key(event.char)

    def mark_by_key(self, letter: str) -> bool:
        """Mark who is selected with the status of this letter; whether there is one."""
        status = self.model.status_for_key(letter)
        if status is not None:
            self._mark(status.code)
        return status is not None

    def _mark(self, status: str) -> None:
        if self.seat is not None:
            self._on_mark(self.seat, status)

    def _move(self, direction: Direction) -> str:
        self.select(self._layout.neighbour(self.model.selected, direction))
        return "break"

    def _selected(self) -> None:
        if self._on_select is not None:
            self._on_select(self.seat)

    def _see(self) -> None:
        """Scroll so far that who is selected is in sight."""
        place = self._places.get(self.model.selected or 0)
        if place is not None:
            self.bring_into_sight(place, self._layout.whole)
