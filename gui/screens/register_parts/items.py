"""The things on a canvas, each drawn once and afterwards changed only where it differs."""

import tkinter as tk
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["rectangle", "text", "line", "polygon", "arc"]


@dataclass(slots=True)
class _Item:
    number: int
    coords: tuple[int, ...]
    options: dict[str, Any]
    is_hidden: bool = False


class Items:
    """Between :meth:`begin` and :meth:`end` everything that shall be seen is put; what is not put again is hidden.

    What lies on what is settled by the order in which things come first.
    """

    def __init__(self, canvas: tk.Canvas) -> None:
        self._canvas = canvas
        self._items: dict[tuple[object, ...], _Item] = {}
        self._put: set[tuple[object, ...]] = set()
        self._place: tuple[object, ...] = ()
        self._counts: dict[str, int] = {}

    def begin(self) -> None:
        """Nothing is put yet."""
        self._put.clear()

    def at(self, *place: object) -> None:
        """What follows belongs to this place, and is the same as what was put there in the same order before."""
        self._place = place
        self._counts = {}

    def put(self, kind: Kind, coords: tuple[int, ...], *, on_top: bool = False, **options: Any) -> None:  # noqa: ANN401
        """Show something; options as Tk's canvas has them."""
        number = self._counts[kind] = self._counts.get(kind, 0) + 1
        slot = (*self._place, kind, number)
        self._put.add(slot)
        item = self._items.get(slot)
        if item is None:
            made = getattr(self._canvas, f"create_{kind}")(*coords, **options)
            self._items[slot] = _Item(made, coords, options)
            return
        if item.coords != coords:
            self._canvas.coords(item.number, *coords)
            item.coords = coords
        if item.options != options or item.is_hidden:
            self._canvas.itemconfigure(item.number, **options, state="normal")
            item.options, item.is_hidden = options, False
        if on_top:
            self._canvas.tag_raise(item.number)

    def end(self) -> None:
        """Hide what was not put."""
        for slot, item in self._items.items():
            if not item.is_hidden and slot not in self._put:
                self._canvas.itemconfigure(item.number, state="hidden")
                item.is_hidden = True
