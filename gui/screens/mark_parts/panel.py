"""The register's side of the screen Mark Attendance: the board, what is done with all of it, and Save."""

from __future__ import annotations

import tkinter as tk
from dataclasses import replace
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.store.sessions import LOCKED
from gui.preferences import View
from gui.screens.mark_parts.lesson import Loaded, load_seats
from gui.screens.mark_parts.phones import PhonesButton
from gui.texts import N_, _, end, start
from gui.theme import pixels
from gui.widgets.board import Board
from gui.widgets.small import EmptyState, add_tip

if TYPE_CHECKING:
    from core.seats import Seats
    from gui.screens.mark import Screen

VIEWS: tuple[tuple[View, str, str], ...] = (
    ("seats", "grid-3x3-gap", N_("Seating plan")),
    ("list", "list-ul", N_("List")),
    ("grid", "person-square", N_("Cards")),
)
"""With icon and name, from the end of the line."""


class RegisterPanel(ttk.Frame):
    """The board with its buttons; a sentence instead while no register is open."""

    def __init__(self, parent: tk.Misc, screen: Screen) -> None:
        super().__init__(parent)
        self._screen, marks = screen, screen.marks
        line = ttk.Frame(self)
        line.pack(fill="x", pady=(0, pixels(self, 8)))
        self.all = ttk.Button(line, text=_("All present"), bootstyle="outline", command=marks.all_present)
        self.undo = ttk.Button(line, text=_("Undo"), bootstyle="outline", command=marks.undo)
        self.lock = ttk.Button(line, text=_("Lock"), bootstyle="outline", command=marks.turn_lock)
        gap = pixels(self, 6)
        for button in (self.all, self.undo, self.lock):
            button.pack(side=start(), padx=(0, gap))
        self.phones = PhonesButton(line, screen)
        self.phones.pack(side=end())
        self.phones.code_button.pack(side=end(), padx=(0, gap))
        self.phones.make_line(self)
        foot = ttk.Frame(self)
        foot.pack(side="bottom", fill="x", pady=(pixels(self, 8), 0))
        self.views = {view: self._view_button(foot, view, icon, tip) for view, icon, tip in VIEWS}
        self.save = ttk.Button(foot, text=_("Save (Ctrl+S)"), bootstyle="outline", command=screen.save)
        self.save.pack(side=start(), fill="x", expand=True, padx=(0, gap))
        self._make_seat_line()
        self.board = Board(self, on_mark=marks.mark, on_menu=marks.show_menu)
        self.board.pack(fill="both", expand=True)
        self.board.set_view(screen.app.preferences.view)
        self._show_view()
        self.empty = EmptyState(
            self,
            "list-check",
            _("The register is not open yet"),
            _("Start opens it and looks for the students. To mark by hand, open it here."),
            _("Open the register"),
            lambda: screen.open_register(),
        )

    def set_view(self, view: View) -> None:
        """As cards, as a list or on their seats; next time too."""
        self.board.set_view(view)
        self._show_view()
        self._screen.app.change_preferences(replace(self._screen.app.preferences, view=view))

    def load_seats(self) -> None:
        """Read where the students of the register sit."""
        code = self._code()
        if code:
            self._screen.call(lambda use: load_seats(use, code), lambda seats: self._show_seats(code, seats))

    def _show_seats(self, code: str, seats: Seats | None) -> None:
        # Another lesson may have been chosen meanwhile.
        if code == self._code():
            self.board.show_seats(seats)

    def _open_seats(self) -> None:
        self._screen.app.open("seating", self._code())

    def _code(self) -> str:
        loaded = self._screen.loaded
        return "" if loaded is None else loaded.register.school_class.code

    def _view_button(self, line: ttk.Frame, view: View, icon: str, tip: str) -> ttk.Button:
        button = ttk.Button(line, icon=icon, icon_only=True, text=_(tip), command=lambda: self.set_view(view))
        button.pack(side=end())
        add_tip(button, _(tip))
        return button

    def _make_seat_line(self) -> None:
        """What is there for the seats only."""
        self._seat_line = ttk.Frame(self)
        self._turned = tk.BooleanVar(self)
        self.turned = ttk.Checkbutton(
            self._seat_line,
            text=_("Seen from the teacher"),
            variable=self._turned,
            command=lambda: self.board.turn_room(on=self._turned.get()),
        )
        self.turned.pack(side=start())
        text = _("Change the seating plan")
        self.seats = ttk.Button(
            self._seat_line, icon="pencil", icon_only=True, text=text, bootstyle="ghost", command=self._open_seats
        )
        self.seats.pack(side=end())
        add_tip(self.seats, text)

    def _show_view(self) -> None:
        for view, button in self.views.items():
            button.configure(bootstyle="neutral" if view == self.board.view else "ghost")
        if self.board.view == "seats":
            self._seat_line.pack(fill="x", pady=(0, pixels(self, 6)), before=self.board)
        else:
            self._seat_line.pack_forget()

    def show_loaded(self, loaded: Loaded | None) -> None:
        """What can be done with this register; None while none is open."""
        session = None if loaded is None else loaded.register.session
        self.phones.show(None if loaded is None else loaded.phones)
        for button in (self.all, self.undo, self.lock, self.save):
            button.configure(state="disabled" if session is None else "normal")
        self.lock.configure(text=_("Unlock") if session is not None and session.state == LOCKED else _("Lock"))
        if session is None:
            self.empty.place(relx=0, rely=0, relwidth=1, relheight=1)
        else:
            self.empty.place_forget()
