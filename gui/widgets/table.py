"""A table that stays quick with thousands of rows: sorted and searched in memory, drawn a page at a time."""

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import ttkbootstrap as ttk

from gui.texts import _, anchor, end, ngettext, number_text, shortened, start
from gui.theme import pixels
from gui.widgets.small import EmptyState

T = TypeVar("T")

PAGE = 200
"""So many rows are drawn at once, more as one scrolls down."""
STEP = 60
"""So far the keys Left and Right go, in pixels at 100 %."""
SEARCH_MS = 60
"""So long after the last key the search begins."""


@dataclass(frozen=True)  # Without slots, which Python 3.11 cannot join with Column[Student](…).
class Column(Generic[T]):
    """One column.  text: what a row shows; order: what it is sorted by, else its text; width: pixels at 100 %."""

    title: str
    text: Callable[[T], str]
    width: int = 120
    order: Callable[[T], Any] | None = None
    align: Literal["start", "end"] = "start"
    stretch: bool = False


class Table(ttk.Frame, Generic[T]):
    """Rows of any record.  ``on_open``: Enter or double click; ``on_select``: another row, None for none."""

    def __init__(
        self,
        parent: tk.Misc,
        columns: Sequence[Column[T]],
        key: Callable[[T], str],
        *,
        on_open: Callable[[T], None] | None = None,
        on_select: Callable[[T | None], None] | None = None,
        search: bool = True,
        several: bool = False,
    ) -> None:
        """key: what tells a row from all others.  search: with a box above; several: more than one can be selected."""
        super().__init__(parent)
        self._columns, self._key = list(columns), key
        self._on_open, self._on_select = on_open, on_select
        self._rows: dict[str, T] = {}
        self._words: dict[str, str] = {}
        self._found: list[str] = []
        self._first = self._drawn = 0
        self._is_drawing_before = False
        self._sorted: tuple[int, bool] | None = None
        self._waiting: str | None = None
        self._empty: EmptyState | None = None
        self._nothing: EmptyState | None = None
        self.search = tk.StringVar(self)
        self.box: ttk.Entry | None = None
        self.head = ttk.Frame(self)
        """The line of the search; a screen may put more that narrows the table down into it."""
        if search:
            self._make_search()
        self._make_tree("extended" if several else "browse")

    def set_rows(self, rows: Sequence[T]) -> None:
        """Show these; the search, the order and, where they are still there, the selected rows stay."""
        self._rows = {self._key(one): one for one in rows}
        self._words = {key: "\t".join(c.text(one) for c in self._columns).casefold() for key, one in self._rows.items()}
        self._find()

    def update_row(self, row: T) -> None:
        """Show a row that changed in its place, without sorting or searching again."""
        key = self._key(row)
        self._rows[key] = row
        self._words[key] = "\t".join(column.text(row) for column in self._columns).casefold()
        if self.tree.exists(key):
            self.tree.item(key, values=self._texts(row))

    def selected(self) -> list[T]:
        """The rows that are selected."""
        return [self._rows[key] for key in self.tree.selection() if key in self._rows]

    def select(self, keys: Sequence[str]) -> None:
        """Select the rows with these keys, as far as they are shown, and bring the first into sight."""
        if keys and keys[0] in self._found and not self.tree.exists(keys[0]):
            self._jump(keys)
        there = [key for key in keys if self.tree.exists(key)]
        self.tree.selection_set(there)
        if there:
            self.tree.focus(there[0])
            self.tree.see(there[0])

    def shown(self) -> list[T]:
        """All rows that the search left, in their order."""
        return [self._rows[key] for key in self._found]

    def show_when_empty(self, state: EmptyState) -> None:
        """What stands in the middle while there are no rows at all; make it with ``table.tree`` as its parent."""
        if self._empty is not None:
            self._empty.destroy()
        self._empty = state
        self._show_count()

    def sort(self, column: int, *, descending: bool = False) -> None:
        """Sort by a column, counted from 0."""
        self._sorted = column, descending
        for number, one in enumerate(self._columns):
            arrow = (" ▼" if descending else " ▲") if number == column else ""
            self.tree.heading(str(number), text=one.title + arrow)
        self._find()

    def _make_search(self) -> None:
        line = self.head
        line.pack(fill="x", pady=(0, pixels(self, 8)))
        ttk.Label(line, icon="search", style="Muted.TLabel").pack(side=start(), padx=(0, pixels(self, 6)))
        self.box = ttk.Entry(line, textvariable=self.search, width=32)
        self.box.pack(side=start())
        self.count = ttk.Label(line, style="Muted.TLabel")
        self.count.pack(side=end())
        self.search.trace_add("write", lambda *_: self._search_soon())
        self.box.bind("<Escape>", lambda _event: self._escape())
        self.box.bind("<Down>", lambda _event: self._into_rows())
        self.box.bind("<Return>", lambda _event: self._into_rows())

    def _make_tree(self, mode: Literal["extended", "browse"]) -> None:
        place = ttk.Frame(self)
        place.pack(fill="both", expand=True)
        names = [str(number) for number in range(len(self._columns))]
        self.tree = ttk.Treeview(place, columns=names, show="headings", selectmode=mode, bootstyle="table")
        self._bar = ttk.Scrollbar(place, command=self.tree.yview)
        self.tree.configure(yscrollcommand=self._scrolled)
        self._across = ttk.Scrollbar(place, orient="horizontal", command=self.tree.xview)
        self.tree.configure(xscrollcommand=self._scrolled_across)
        self.tree.pack(side=start(), fill="both", expand=True)
        for number, column in enumerate(self._columns):
            side: Literal["w", "e"] = anchor() if column.align == "start" else ("w" if anchor() == "e" else "e")
            self.tree.heading(names[number], text=column.title, anchor=side, command=lambda n=number: self._turn(n))
            width = pixels(self, column.width)
            # What stretches would shrink to nothing before anything can be scrolled.
            least = width if column.stretch else pixels(self, 40)
            self.tree.column(names[number], width=width, anchor=side, stretch=column.stretch, minwidth=least)
        if start() == "right":
            self.tree.configure(displaycolumns=names[::-1])
        self.tree.bind("<<TreeviewSelect>>", lambda _event: self._selected())
        self.tree.bind("<Return>", lambda _event: self._open())
        self.tree.bind("<Double-1>", self._double)
        self.tree.bind("<Home>", lambda _event: self._go_to(0))
        self.tree.bind("<End>", lambda _event: self._go_to(-1))
        self.tree.bind("<Left>", lambda _event: self._go_across(-1))
        self.tree.bind("<Right>", lambda _event: self._go_across(1))
        self.tree.bind("<Control-f>", lambda _event: self._into_box())

    def _texts(self, row: T) -> list[str]:
        return [column.text(row) for column in self._columns]

    def _search_soon(self) -> None:
        if self._waiting is not None:
            self.after_cancel(self._waiting)
        self._waiting = self.after(SEARCH_MS, self._find)

    def _find(self) -> None:
        """Every word of the search must be somewhere in the row."""
        self._waiting = None
        chosen = self.tree.selection()
        asked = self.search.get().casefold().split()
        self._found = [key for key, words in self._words.items() if all(one in words for one in asked)]
        if self._sorted is not None:
            column, descending = self._columns[self._sorted[0]], self._sorted[1]
            order = column.order or (lambda row: column.text(row).casefold())
            self._found.sort(key=lambda key: order(self._rows[key]), reverse=descending)
        self._draw_from(0)
        self.tree.yview_moveto(0)
        self.select([key for key in chosen if key in self._rows])
        self._show_count()

    def _jump(self, keys: Sequence[str]) -> None:
        """Draw the page of these rows and not all pages on the way to it."""
        wanted = set(keys)
        nearest = next(place for place, key in enumerate(self._found) if key in wanted)
        self._draw_from(max(0, min(nearest - PAGE // 2, len(self._found) - PAGE)))
        while not self.tree.exists(keys[0]):
            self._draw_more()

    def _draw_from(self, place: int) -> None:
        self.tree.delete(*self.tree.get_children())
        self._first = self._drawn = place
        self._draw_more()

    def _draw_before(self) -> None:
        """The page above the first row that is drawn; what is in sight stays where it is."""
        begin = max(0, self._first - PAGE)
        keys = self._found[begin : self._first]
        self._first, self._is_drawing_before = begin, True
        for place, key in enumerate(keys):
            self.tree.insert("", place, iid=key, **self._drawn_as(key))
        # Tk counts the new rows only when it is idle, and could not scroll past them before.
        self.tree.update_idletasks()
        self.tree.yview_scroll(len(keys), "units")
        self._is_drawing_before = False

    def _draw_more(self) -> None:
        for key in self._found[self._drawn : self._drawn + PAGE]:
            self.tree.insert("", "end", iid=key, **self._drawn_as(key))
        self._drawn = min(len(self._found), self._drawn + PAGE)

    def _drawn_as(self, key: str) -> dict[str, Any]:
        """How a row is put into the tree."""
        return {"values": self._texts(self._rows[key])}

    def _scrolled(self, first: str, last: str) -> None:
        self._bar.set(first, last)
        # Without it the table ends where everything else on the page does.
        is_needed = float(first) > 0 or float(last) < 1
        if is_needed and not self._bar.winfo_manager():
            self._bar.pack(side=end(), fill="y", before=self.tree)
        elif not is_needed and self._bar.winfo_manager():
            self._bar.pack_forget()
        if float(last) > 0.9 and self._drawn < len(self._found):
            self._draw_more()
        elif float(first) < 0.1 and self._first > 0 and not self._is_drawing_before:
            self._draw_before()

    def _scrolled_across(self, first: str, last: str) -> None:
        self._across.set(first, last)
        is_needed = float(first) > 0 or float(last) < 1
        if is_needed and not self._across.winfo_manager():
            self._across.pack(side="bottom", fill="x", before=self.tree)
            if start() == "right":
                # The first column is the rightmost.
                self.tree.xview_moveto(1)
        elif not is_needed and self._across.winfo_manager():
            self._across.pack_forget()

    def _go_across(self, way: int) -> None:
        self.tree.xview_scroll(way * pixels(self, STEP), "units")

    def _show_count(self) -> None:
        if self._empty is not None:
            self._empty.lie_on(self.tree, self._head_height(), is_wanted=not self._rows)
        if self._nothing is not None:
            self._nothing.destroy()
            self._nothing = None
        if self._rows and not self._found:
            words = _("No row has “{words}”.").format(words=shortened(self.search.get().strip(), 40))
            self._nothing = EmptyState(
                self.tree, "search", _("Nothing found"), words, _("Show all"), self._forget_search
            )
            self._nothing.lie_on(self.tree, self._head_height())
        if self.box is not None:
            found = len(self._found)
            words = ngettext("{} row", "{} rows", found).format(number_text(found))
            if found < len(self._rows):
                words = _("{found} of {all}").format(found=number_text(found), all=number_text(len(self._rows)))
            self.count.configure(text=words if self._rows else "")

    def _head_height(self) -> int:
        return tkfont.nametofont("TkHeadingFont", self).metrics("linespace") + pixels(self, 12)

    def _escape(self) -> str | None:
        """Only with nothing to forget is Esc left to the way back."""
        if not self.search.get():
            return None
        self._forget_search()
        return "break"

    def _forget_search(self) -> None:
        """Show all rows again."""
        self.search.set("")
        self._into_box()

    def _turn(self, column: int) -> None:
        self.sort(column, descending=self._sorted == (column, False))

    def _into_rows(self) -> None:
        if self._waiting is not None:
            self.after_cancel(self._waiting)
            self._find()
        if self._found:
            self.select([self._found[0]])
            self.tree.focus_set()

    def _into_box(self) -> None:
        if self.box is not None:
            self.box.focus_set()

    def _go_to(self, place: int) -> str:
        if self._found:
            self.select([self._found[place]])
        return "break"

    def _selected(self) -> None:
        if self._on_select is not None:
            self._on_select(next(iter(self.selected()), None))

    def _open(self) -> None:
        chosen = self.selected()
        if chosen and self._on_open is not None:
            self._on_open(chosen[0])

    def _double(self, event: "tk.Event[tk.Misc]") -> None:
        if self.tree.identify_region(event.x, event.y) == "cell":
            self._open()
