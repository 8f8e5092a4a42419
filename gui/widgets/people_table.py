"""A table of students with a small picture and the badge of coverage in each row, loaded for the rows in sight only."""

import tkinter as tk
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import ttkbootstrap as ttk
from PIL import Image as Pictures
from PIL import ImageTk

from core.errors import RollcallError
from core.office.students import Coverage
from core.records import Image, Student
from gui.opening import Use
from gui.screen import BaseScreen
from gui.theme import on_change, pixels
from gui.widgets.coverage import coverage_colour, portrait
from gui.widgets.table import Column, Table

SIDE = 30
"""Pixels of a small picture at 100 %."""
LOOK_MS = 60
"""So long after the last scrolling the rows in sight get their pictures."""
MOST_KEPT = 800
_STYLE = "People.Table.Treeview"


class PersonLine(Protocol):
    """A row: a student and how many faces there are."""

    @property
    def student(self) -> Student: ...
    @property
    def samples(self) -> int: ...
    @property
    def coverage(self) -> Coverage: ...


P = TypeVar("P", bound=PersonLine)


class PeopleTable(Table[P]):
    """Rows by roll number.  The screen does the loading, so nothing comes back once it is gone."""

    def __init__(
        self,
        screen: BaseScreen,
        parent: tk.Misc,
        columns: Sequence[Column[P]],
        *,
        on_open: Callable[[P], None] | None = None,
        on_select: Callable[[P | None], None] | None = None,
    ) -> None:
        self._screen = screen
        self._side = pixels(parent, SIDE)
        self._photos: OrderedDict[str, ImageTk.PhotoImage] = OrderedDict()
        self._blank: dict[Coverage, ImageTk.PhotoImage] = {}
        self._look: str | None = None
        self._is_locked = False
        super().__init__(
            parent, columns, lambda one: one.student.roll, on_open=on_open, on_select=on_select, several=True
        )
        self.tree.configure(show="tree headings")
        width = self._side * 2 + pixels(parent, 14)
        self.tree.column("#0", width=width, minwidth=width, stretch=False)
        on_change(self, self._restyle)

    def set_rows(self, rows: Sequence[P]) -> None:
        """Show these; pictures are looked up anew."""
        self._photos.clear()
        self._is_locked = False
        super().set_rows(rows)

    def _restyle(self) -> None:
        style = ttk.Style.get_instance()
        style.configure(_STYLE, rowheight=self._side + pixels(self, 8), indent=0, padding=0)
        style.layout("People.Table.Treeview.Item", [("Treeitem.image", {"side": "left", "sticky": ""})])
        # Said again: what a style takes over from another, a tree does not always follow after a change of theme.
        for option in ("foreground", "background"):
            style.map(_STYLE, **{option: style.map("Table.Treeview", option)})
        self.tree.configure(style=_STYLE)
        self._photos.clear()
        self._blank.clear()
        for key in self.tree.get_children():
            self._dress(key)
        self._look_soon()

    def _colours(self, coverage: Coverage) -> tuple[str, str, str]:
        colours = ttk.Style.get_instance().colors
        return colours.bg, colours.fg, coverage_colour(coverage)

    def _draw_more(self) -> None:
        super()._draw_more()
        self._look_soon()

    def _drawn_as(self, key: str) -> dict[str, Any]:
        return {**super()._drawn_as(key), "image": self._picture(key)}

    def _dress(self, key: str) -> None:
        self.tree.item(key, image=self._picture(key))

    def _picture(self, key: str) -> ImageTk.PhotoImage:
        """The picture that is there, else one that stands for it."""
        photo = self._photos.get(key)
        if photo is None:
            coverage = self._rows[key].coverage
            photo = self._blank.get(coverage)
            if photo is None:
                photo = self._photo(portrait(None, coverage, self._side, self._colours(coverage)))
                self._blank[coverage] = photo
        return photo

    def _scrolled(self, first: str, last: str) -> None:
        super()._scrolled(first, last)
        self._look_soon()

    def _look_soon(self) -> None:
        if self._look is not None:
            self.after_cancel(self._look)
        self._look = self.after(LOOK_MS, self._look_now)

    def _look_now(self) -> None:
        self._look = None
        wanted = {key: self._rows[key] for key in self._seen() if key not in self._photos and self._rows[key].samples}
        if not wanted or self._is_locked:
            return
        side, looks = self._side, {key: self._colours(one.coverage) for key, one in wanted.items()}
        coverages = {key: one.coverage for key, one in wanted.items()}

        def work(use: Use) -> dict[str, Pictures.Image]:
            from core.face_gallery import portraits

            found: dict[str, Image] = portraits(use.store, list(wanted))
            return {key: portrait(crop, coverages[key], side, looks[key]) for key, crop in found.items()}

        self._screen.call(work, lambda made: self._take(made, looks), failed=self._no_pictures)

    def _no_pictures(self, _problem: RollcallError) -> bool:
        # Names do without; and nobody is asked for the passphrase at each turn of the wheel.
        self._is_locked = True
        return True

    def _seen(self) -> list[str]:
        """Keys of the rows in sight."""
        rows = self.tree.get_children()
        first, last = self.tree.yview()
        return list(rows[int(first * len(rows)) : int(last * len(rows)) + 1])

    def _take(self, made: dict[str, Pictures.Image], looks: dict[str, Any]) -> None:
        for key, picture in made.items():
            # Light may have become dark meanwhile.
            if key not in self._rows or looks[key] != self._colours(self._rows[key].coverage):
                continue
            self._photos[key] = self._photo(picture)
            if self.tree.exists(key):
                self._dress(key)
        while len(self._photos) > MOST_KEPT:
            old, _photo = self._photos.popitem(last=False)
            if old in self._rows and self.tree.exists(old):
                self._dress(old)

    def _photo(self, picture: Pictures.Image) -> ImageTk.PhotoImage:
        return ImageTk.PhotoImage(picture, master=self)
