"""Faces as small pictures in rows, several of which can be chosen and deleted."""

import tkinter as tk
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import ttkbootstrap as ttk
from PIL import ImageTk

from core.records import Image
from gui.texts import _, anchor, end, ngettext, number_text, start
from gui.theme import card, font, muted, on_change, pixels
from gui.widgets.picture import fitted

PICTURE_PX = 96
"""Side of a picture at 100 %."""
AT_ONCE = 24
"""So many pictures are made before the window gets its turn."""


@dataclass(frozen=True, slots=True, eq=False)
class GalleryItem:
    """A face.  key: not twice in a gallery; image: ``(h, w, 3) uint8 BGR``; caption: a few letters under it;
    details: a sentence about it, shown at the foot while it is the only one chosen.
    """

    key: int
    image: Image
    caption: str
    details: str = ""


class Gallery(ttk.Frame):
    """Shows items in as many columns as fit, with a line at the foot that counts, tells and deletes.

    A click or Space chooses one and lets go of it, with Shift all up to it; arrows move, with Shift they choose; Ctrl+A
    chooses all, Escape none, Delete deletes.  on_delete: gets the keys that are chosen, and asks for itself whether it
    is meant; without it nothing can be chosen.  hint: what to choose; empty: the sentence while there is nothing.
    """

    def __init__(
        self,
        parent: tk.Misc,
        *,
        on_delete: Callable[[list[int]], None] | None = None,
        hint: str = "",
        empty: str = "",
        rows: int = 2,
    ) -> None:
        """rows: how many are in sight at least."""
        super().__init__(parent)
        self._on_delete = on_delete
        self._hint, self._empty = hint, empty
        self._items: list[GalleryItem] = []
        self._photos: list[ImageTk.PhotoImage] = []
        self._chosen: set[int] = set()
        self._here = self._since = 0
        self._columns = 1
        self._making: str | None = None
        self._side = pixels(self, PICTURE_PX)
        self._cell = self._side + pixels(self, 14), self._side + pixels(self, 34)
        self._make_foot()
        self._make_canvas(rows)
        on_change(self, self._draw)

    def set_items(self, items: Iterable[GalleryItem]) -> None:
        """Show these instead; what is still there stays chosen."""
        self._items = list(items)
        self._chosen &= {one.key for one in self._items}
        self._here = self._since = max(0, min(self._here, len(self._items) - 1))
        self._photos = []
        self._make_more()

    @property
    def items(self) -> Sequence[GalleryItem]:
        """What is shown."""
        return tuple(self._items)

    def selected(self) -> list[int]:
        """The keys that are chosen, in the order they are shown."""
        return [one.key for one in self._items if one.key in self._chosen]

    def select(self, keys: Iterable[int]) -> None:
        """Choose these and no others."""
        self._chosen = set(keys) & {one.key for one in self._items} if self._on_delete is not None else set()
        self._draw()

    def delete_selected(self) -> None:
        """What the button and the key Delete do."""
        if self._on_delete is not None and self._chosen:
            self._on_delete(self.selected())

    def place_of(self, key: int) -> tuple[int, int]:
        """Middle of an item's picture in pixels of ``canvas`` as it is scrolled now.  Raises ValueError."""
        number = [one.key for one in self._items].index(key)
        left, top = self._corner(number)
        return left + self._cell[0] // 2, top + self._side // 2 - int(self.canvas.canvasy(0))

    def _make_foot(self) -> None:
        foot = ttk.Frame(self)
        foot.pack(side="bottom", fill="x", pady=(pixels(self, 6), 0))
        if self._on_delete is not None:
            self.delete = ttk.Button(
                foot, text=_("Delete"), icon="trash", bootstyle="danger", state="disabled", command=self.delete_selected
            )
            self.delete.pack(side=end())
        self.line = ttk.Label(foot, style="Muted.TLabel", anchor=anchor())
        self.line.pack(side=start(), fill="x", expand=True)

    def _make_canvas(self, rows: int) -> None:
        self.canvas = tk.Canvas(self, highlightthickness=pixels(self, 2), borderwidth=0, takefocus=True)
        self.canvas.configure(width=3 * self._cell[0], height=rows * self._cell[1], yscrollincrement=self._cell[1] // 2)
        self._bar = ttk.Scrollbar(self, command=self.canvas.yview)
        self.canvas.configure(yscrollcommand=self._bar.set)
        self.canvas.pack(fill="both", expand=True)
        for keys, does in {
            "<Configure>": lambda _event: self._draw(),
            "<FocusIn>": lambda _event: self._draw(),
            "<FocusOut>": lambda _event: self._draw(),
            "<Button-1>": self._clicked,
            "<Left>": lambda event: self._move(-1 if start() == "left" else 1, event),
            "<Right>": lambda event: self._move(1 if start() == "left" else -1, event),
            "<Up>": lambda event: self._move(-self._columns, event),
            "<Down>": lambda event: self._move(self._columns, event),
            "<Home>": lambda event: self._move(-len(self._items), event),
            "<End>": lambda event: self._move(len(self._items), event),
            "<space>": lambda _event: self._toggle(self._here),
            "<Delete>": lambda _event: self.delete_selected(),
            "<Control-a>": lambda _event: self.select(one.key for one in self._items),
            "<Escape>": lambda _event: self._let_go(),
            "<MouseWheel>": lambda event: self.canvas.yview_scroll(-1 if event.delta > 0 else 1, "units"),
            "<Button-4>": lambda _event: self.canvas.yview_scroll(-1, "units"),
            "<Button-5>": lambda _event: self.canvas.yview_scroll(1, "units"),
        }.items():
            self.canvas.bind(keys, does)

    def _make_more(self) -> None:
        """Tk takes pictures only in the main thread, so a few at a time."""
        if self._making is not None:
            self.after_cancel(self._making)
            self._making = None
        done = len(self._photos)
        for one in self._items[done : done + AT_ONCE]:
            picture = fitted(one.image, (self._side, self._side))
            self._photos.append(ImageTk.PhotoImage(picture, master=self))
        self._draw()
        if len(self._photos) < len(self._items):
            self._making = self.after(1, self._make_more)

    def _draw(self) -> None:
        colours = ttk.Style().colors
        ground = card(colours.bg, colours.fg)
        has_keys = self.canvas.focus_displayof() is self.canvas
        self.canvas.configure(background=ground, highlightbackground=ground, highlightcolor=colours.primary)
        self.canvas.delete("all")
        width = max(1, self.canvas.winfo_width())
        self._columns = max(1, width // self._cell[0])
        for number, photo in enumerate(self._photos):
            self._draw_item(number, photo, is_here=has_keys and number == self._here)
        if not self._items and self._empty:
            ink = muted(ground, colours.fg)
            middle = width // 2, self.canvas.winfo_height() // 2
            self.canvas.create_text(middle, text=self._empty, fill=ink, font=font(), width=width - pixels(self, 40))
        height = -(-len(self._items) // self._columns) * self._cell[1]
        self.canvas.configure(scrollregion=(0, 0, width, max(height, self.canvas.winfo_height())))
        if height <= self.canvas.winfo_height():
            self._bar.pack_forget()
        elif not self._bar.winfo_manager():
            self._bar.pack(side=end(), fill="y", before=self.canvas)
        self._show_line()

    def _draw_item(self, number: int, photo: ImageTk.PhotoImage, *, is_here: bool) -> None:
        colours, item = ttk.Style().colors, self._items[number]
        ground = card(colours.bg, colours.fg)
        left, top = self._corner(number)
        x, gap = left + self._cell[0] // 2, pixels(self, 4)
        chosen = item.key in self._chosen
        if chosen or is_here:
            box = left + gap // 2, top + gap // 2, left + self._cell[0] - gap // 2, top + self._cell[1] - gap // 2
            dash = () if chosen else (3, 3)
            self.canvas.create_rectangle(
                box,
                outline=colours.primary if chosen else colours.fg,
                width=pixels(self, 3 if chosen else 1),
                dash=dash,
            )
        self.canvas.create_image(x, top + 2 * gap, image=photo, anchor="n")
        # A mark besides the frame: never a colour alone.  Empty, it says that there is something to choose.
        box_text = "" if self._on_delete is None else "☑ " if chosen else "☐ "
        caption = f"{box_text}{item.caption}"
        ink = colours.fg if chosen else muted(ground, colours.fg)
        self.canvas.create_text(
            x, top + self._side + 2 * gap + pixels(self, 11), text=caption, fill=ink, font=font("Small")
        )

    def _corner(self, number: int) -> tuple[int, int]:
        row, column = divmod(number, self._columns)
        along = column * self._cell[0]
        if start() == "right":
            along = self.canvas.winfo_width() - along - self._cell[0]
        return along, row * self._cell[1]

    def _under(self, event: "tk.Event[tk.Misc]") -> int | None:
        along = event.x if start() == "left" else self.canvas.winfo_width() - event.x
        column, row = along // self._cell[0], int(self.canvas.canvasy(event.y)) // self._cell[1]
        if not 0 <= column < self._columns:
            return None
        number = row * self._columns + column
        return number if 0 <= number < len(self._items) else None

    def _clicked(self, event: "tk.Event[tk.Misc]") -> None:
        self.canvas.focus_set()
        number = self._under(event)
        if number is None:
            return
        if _has_shift(event):
            self._choose_to(number)
        else:
            self._toggle(number)

    def _move(self, step: int, event: "tk.Event[tk.Misc]") -> str:
        if self._items:
            number = max(0, min(len(self._items) - 1, self._here + step))
            if _has_shift(event):
                self._choose_to(number)
            else:
                self._here = self._since = number
                self._draw()
            self._show(number)
        return "break"

    def _choose_to(self, number: int) -> None:
        """All from where the keyboard was."""
        self._here = number
        low, high = sorted((self._since, number))
        self.select(self._chosen | {one.key for one in self._items[low : high + 1]})

    def _let_go(self) -> str | None:
        """Escape is the window's where there is nothing to let go of."""
        if not self._chosen:
            return None
        self.select(())
        return "break"

    def _toggle(self, number: int) -> str:
        if number < len(self._items):
            self._here = self._since = number
            self.select(self._chosen ^ {self._items[number].key})
        return "break"

    def _show(self, number: int) -> None:
        """Scroll so that an item is in sight."""
        top, whole = self._corner(number)[1], max(1, float(self.canvas.cget("scrollregion").split()[3]))
        first, last = (part * whole for part in self.canvas.yview())
        if top < first:
            self.canvas.yview_moveto(top / whole)
        elif top + self._cell[1] > last:
            self.canvas.yview_moveto((top + self._cell[1] - (last - first)) / whole)

    def _show_line(self) -> None:
        count, chosen = len(self._items), len(self._chosen)
        faces = ngettext("{} face", "{} faces", count).format(number_text(count)) if count else ""
        words = "   ".join(filter(None, (faces, self._hint))) if count else ""
        if chosen == 1:
            words = next(one.details for one in self._items if one.key in self._chosen) or words
        elif chosen:
            words = _("{chosen} of {all} chosen").format(chosen=number_text(chosen), all=number_text(count))
        self.line.configure(text=words)
        if self._on_delete is not None:
            self.delete.configure(
                text=ngettext("Delete {} face", "Delete {} faces", chosen).format(chosen) if chosen else _("Delete"),
                state="normal" if chosen else "disabled",
            )


def _has_shift(event: "tk.Event[tk.Misc]") -> bool:
    return isinstance(event.state, int) and bool(event.state & 0x1)
