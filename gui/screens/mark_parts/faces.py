"""The faces nobody is sure about: one at a time is decided on, by key, by click, or by dropping it onto a student."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ttkbootstrap as ttk
from PIL import Image as Pictures
from PIL import ImageTk

from gui.texts import _, anchor, ngettext
from gui.theme import card, font, mixed, muted, on_change, pixels

if TYPE_CHECKING:
    from core.records import Image
    from core.review import OpenItem

MOST_CANDIDATES = 3
FACE_PX, CARD_PX, HEIGHT_PX = 84, 250, 104
"""Pixels at 100 %."""
EMPTY_PX, LOW_WINDOW = 26, 600
"""So high is the empty strip where the whole window is lower than that, at 100 %: the picture needs the room."""
DRAG_PX = 8
"""Less is a click."""


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face to decide on.

    candidates: roll number and name, the likeliest first; taken_for: roll number of whom it may be, "" for a stranger.
    """

    id: int
    taken_for: str
    candidates: tuple[tuple[str, str], ...]
    picture: Pictures.Image | None


def faces_of(items: Sequence[OpenItem], crops: Mapping[int, Image], size: int) -> tuple[Face, ...]:
    """The faces to decide on, those that are probably students first; call it in a thread.

    crops: pictures by the number of the face, ``(h, w, 3) uint8 BGR``, where none is stored; size: pixels.
    """
    from core.store.sightings import SAID_NOT
    from core.vision.images import decode_png

    said = SAID_NOT.format("")
    # Whom a person called a stranger is no question any more.
    asked = [one for one in items if not one.reason.startswith(said)]
    asked.sort(key=lambda one: one.kind != "review")
    found = []
    for one in asked:
        crop = decode_png(one.thumbnail) if one.thumbnail else crops.get(one.id)
        if crop is None and one.kind != "review":
            # Of strangers no picture is kept, and who was not seen cannot be told.
            continue
        picture = None if crop is None else Pictures.fromarray(crop[:, :, ::-1]).resize((size, size))
        named = tuple((each.student.roll, each.student.name) for each in one.candidates[:MOST_CANDIDATES])
        found.append(Face(one.id, one.student.roll if one.student else "", named, picture))
    return tuple(found)


class Tray:
    """The faces that wait, which of them is asked about, and what was answered and is being saved."""

    def __init__(self) -> None:
        self.faces: tuple[Face, ...] = ()
        self._answered: set[int] = set()
        self._active: int | None = None

    def take(self, faces: Collection[Face]) -> None:
        """What the store has now; answered ones do not come back."""
        self.faces = tuple(one for one in faces if one.id not in self._answered)

    @property
    def active(self) -> Face | None:
        """The one that keys are about: the one chosen, else the first."""
        chosen = next((one for one in self.faces if one.id == self._active), None)
        return chosen or next(iter(self.faces), None)

    def choose(self, face_id: int) -> None:
        """Ask about this one."""
        self._active = face_id

    def answer(self, face_id: int) -> None:
        """It is decided on."""
        self._answered.add(face_id)
        self.take(self.faces)

    def ask_again(self, face_id: int) -> None:
        """The answer could not be saved."""
        self._answered.discard(face_id)

    def forget(self) -> None:
        """Another lesson."""
        self.faces, self._active = (), None
        self._answered.clear()


class FaceStrip(ttk.Frame):
    """Shows a tray.  ``on_is``: a face and the place of a candidate; ``on_stranger``; ``on_drag`` and ``on_drop`` with
    pixels of the screen.
    """

    def __init__(
        self,
        parent: tk.Misc,
        *,
        on_is: Callable[[Face, int], None],
        on_stranger: Callable[[Face], None],
        on_drag: Callable[[Face, int, int], None],
        on_drop: Callable[[Face, int, int], None],
    ) -> None:
        super().__init__(parent)
        self.tray = Tray()
        self._on_is, self._on_stranger, self._on_drag, self._on_drop = on_is, on_stranger, on_drag, on_drop
        self._photos: dict[int, ImageTk.PhotoImage] = {}
        self._pressed: tuple[Face, int, int] | None = None
        self._dragging = False
        self.title = ttk.Label(self, style="Small.TLabel")
        self.title.pack(anchor=anchor(), pady=(0, pixels(self, 2)))
        self.canvas = tk.Canvas(self, height=pixels(self, HEIGHT_PX), highlightthickness=0, borderwidth=0)
        self.canvas.pack(fill="x")
        for sign, call in (
            ("<ButtonPress-1>", self._press),
            ("<B1-Motion>", self._drag),
            ("<ButtonRelease-1>", self._release),
        ):
            self.canvas.bind(sign, call)
        self.canvas.bind("<Shift-MouseWheel>", lambda event: self._scroll(-1 if event.delta > 0 else 1))
        self.canvas.bind("<MouseWheel>", lambda event: self._scroll(-1 if event.delta > 0 else 1))
        self.canvas.bind("<Button-4>", lambda _event: self._scroll(-1))
        self.canvas.bind("<Button-5>", lambda _event: self._scroll(1))
        self.canvas.configure(xscrollincrement=pixels(self, CARD_PX // 2))
        # Where a line begins depends on the width.
        self.canvas.bind("<Configure>", lambda _event: None if self.tray.faces else self.draw())
        on_change(self, self.draw)

    def show(self, faces: Sequence[Face]) -> None:
        """The faces to decide on now."""
        before = [one.id for one in self.tray.faces]
        self.tray.take(faces)
        if [one.id for one in self.tray.faces] != before:
            self.draw()

    def draw(self) -> None:
        """Draw what the tray holds."""
        colours, canvas = ttk.Style().colors, self.canvas
        canvas.delete("all")
        low = not self.tray.faces and self.winfo_toplevel().winfo_height() < pixels(self, LOW_WINDOW)
        high = pixels(self, EMPTY_PX if low else HEIGHT_PX)
        canvas.configure(background=colours.bg)
        if not self.tray.faces:
            high = self._say_empty(high)
        if int(canvas.cget("height")) != high:
            canvas.configure(height=high)
        self._photos = {
            one.id: ImageTk.PhotoImage(one.picture, master=self) for one in self.tray.faces if one.picture is not None
        }
        count = len(self.tray.faces)
        words = ngettext("{} face to decide on", "{} faces to decide on", count).format(count)
        keys = _("keys 1, 2, 3, U, or drag it onto a student")
        self.title.configure(text=f"{words}: {keys}" if count else "")
        for place, one in enumerate(self.tray.faces):
            self._draw_face(one, place * pixels(self, CARD_PX))
        canvas.configure(scrollregion=(0, 0, count * pixels(self, CARD_PX), pixels(self, HEIGHT_PX)))

    def _say_empty(self, high: int) -> int:
        """What stands where no face is; the pixels it needs, ``high`` at least."""
        colours, canvas = ttk.Style().colors, self.canvas
        wide = canvas.winfo_width()
        words = canvas.create_text(
            wide if anchor() == "e" else 0,
            0,
            text=_("Faces that nobody is sure about appear here."),
            font=font(),
            fill=muted(colours.bg, colours.fg),
            anchor=anchor(),
            # Before it is shown nothing is known of its width.
            width=wide if wide > 1 else 0,
        )
        _left, top, _right, low = canvas.bbox(words)
        high = max(high, low - top)
        canvas.move(words, 0, high // 2)
        return high

    def _draw_face(self, one: Face, left: int) -> None:
        colours, canvas = ttk.Style().colors, self.canvas
        size, high, pad = pixels(self, FACE_PX), pixels(self, HEIGHT_PX), pixels(self, 8)
        is_active = self.tray.active is one
        ground = card(colours.bg, colours.fg)
        edge = colours.primary if is_active else mixed(colours.fg, colours.bg, 0.16)
        right = left + pixels(self, CARD_PX) - pad
        canvas.create_rectangle(
            left + 1, 1, right, high - 2, fill=ground, outline=edge, width=2 if is_active else 1, tags="card"
        )
        middle = high // 2
        if one.id in self._photos:
            canvas.create_image(left + pad + size // 2, middle, image=self._photos[one.id])
        else:
            canvas.create_text(left + pad + size // 2, middle, text="?", font=font("Heading"), fill=colours.fg)
        for row, text in enumerate(answers(one)):
            ink = colours.fg if row < len(one.candidates) else muted(ground, colours.fg)
            at = left + 2 * pad + size, self._row_y(row)
            item = canvas.create_text(*at, text=text, font=font("Small"), anchor="w", fill=ink)
            self._cut(item, text, right - pad // 2 - at[0])

    def _row_y(self, row: int) -> int:
        edge = pixels(self, 5)
        return edge + int((pixels(self, HEIGHT_PX) - 2 * edge) * (2 * row + 1) / (2 * (MOST_CANDIDATES + 1)))

    def _cut(self, item: int, text: str, room: int) -> None:
        shown = text[:60]
        while shown and self.canvas.bbox(item)[2] - self.canvas.bbox(item)[0] > room:
            shown = shown[:-1]
            self.canvas.itemconfigure(item, text=f"{shown}…")

    def _scroll(self, steps: int) -> None:
        self.canvas.xview_scroll(steps, "units")

    def _at(self, x: int) -> Face | None:
        place = int(self.canvas.canvasx(x)) // pixels(self, CARD_PX)
        return self.tray.faces[place] if 0 <= place < len(self.tray.faces) else None

    def _press(self, event: tk.Event[tk.Misc]) -> None:
        found = self._at(event.x)
        self._pressed = None if found is None else (found, event.x_root, event.y_root)
        self._dragging = False
        if found is not None:
            self.tray.choose(found.id)
            self.draw()

    def _drag(self, event: tk.Event[tk.Misc]) -> None:
        if self._pressed is None:
            return
        face, x, y = self._pressed
        self._dragging = self._dragging or abs(event.x_root - x) + abs(event.y_root - y) > DRAG_PX
        if self._dragging:
            self.canvas.configure(cursor="hand2")
            self._on_drag(face, event.x_root, event.y_root)

    def _release(self, event: tk.Event[tk.Misc]) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is None:
            return
        face = pressed[0]
        if self._dragging:
            self.canvas.configure(cursor="")
            self._on_drop(face, event.x_root, event.y_root)
            return
        # A click on one of the answers.
        along = int(self.canvas.canvasx(event.x)) % pixels(self, CARD_PX)
        row = event.y * (MOST_CANDIDATES + 1) // pixels(self, HEIGHT_PX)
        if along < pixels(self, FACE_PX + 12):
            return
        if row < len(one_of := face.candidates) and one_of:
            self._on_is(face, row)
        elif row == len(face.candidates):
            self._on_stranger(face)


def answers(face: Face) -> list[str]:
    """The answers of a face with their keys, in the order they stand."""
    named = [f"{place}  {name}" for place, (_roll, name) in enumerate(face.candidates, 1)]
    return [*named, _("U  nobody of these") if named else _("U  a stranger")]
