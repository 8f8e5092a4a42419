"""Phones in a lesson, on the screen Mark Attendance: how they count, the code for the room, and who has confirmed."""

from __future__ import annotations

import tkinter as tk
from functools import partial
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.store.sessions import CLOSED, LOCKED
from gui.dialogs import ask
from gui.qr_window import QrWindow, counts_text
from gui.screens.mark_parts.reviewing import ReviewDialog, to_decide
from gui.texts import N_, _, anchor, end, number_text, shortened, start
from gui.theme import pixels
from gui.widgets.small import add_tip, follow_width

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.confirming.lessons import Board, BoardRow
    from core.store.confirmations import PhoneLesson
    from gui.opening import Use
    from gui.screens.mark import Screen

LOOK_MS = 1500
"""So often it is asked whether a phone has confirmed, while phones are taken."""
LONGEST_NAME = 60
"""So many letters of a student in the menu."""
MODES = {
    "off": N_("No phones"),
    "evidence": N_("Face or phone: one is enough"),
    "required": N_("Face and phone: both are needed"),
}
SHORT = {"evidence": N_("Face or phone"), "required": N_("Face and phone")}


class PhonesButton(ttk.Menubutton):
    """What phones do in this lesson, and all that can be done about it; :attr:`line` tells how far it is."""

    def __init__(self, parent: tk.Misc, screen: Screen) -> None:
        super().__init__(parent, text=_("Phones"), bootstyle="outline")
        self._screen = screen
        self.board: Board | None = None
        self.window: QrWindow | None = None
        self._version = 0
        self._mode = tk.StringVar(self, value="off")
        self.menu = ttk.Menu(self, tearoff=False)
        for mode, words in MODES.items():
            self.menu.add_radiobutton(
                label=_(words), value=mode, variable=self._mode, command=lambda: self.set_mode(self._mode.get())
            )
        self.menu.add_separator()
        self.code_button = ttk.Button(
            parent, icon="qr-code", icon_only=True, text=_("Show QR code"), bootstyle="outline", command=self.show_code
        )
        add_tip(self.code_button, _("Show QR code (F8)"))
        self.menu.add_command(label=_("Show QR code"), accelerator="F8", command=self.show_code)
        self.menu.add_command(label=_("Look at selfies"), accelerator="F9", command=self.review)
        self._declined = ttk.Menu(self.menu, tearoff=False, postcommand=self._list_declined)
        self.menu.add_cascade(label=_("Let them confirm again"), menu=self._declined)
        self.configure(menu=self.menu)
        self._after: str | None = None
        self.bind("<Destroy>", lambda _event: self._stop_looking())

    def make_line(self, parent: tk.Misc) -> ttk.Frame:
        """The line below, there only while phones are taken."""
        self.line = ttk.Frame(parent)
        self.review_button = ttk.Button(self.line, bootstyle="primary", command=self.review)
        self.counts = follow_width(ttk.Label(self.line, style="Small.TLabel", justify=start(), anchor=anchor()))
        self.counts.pack(side=start(), fill="x", expand=True)
        return self.line

    def show(self, board: Board | None) -> None:
        """As it is in the store; None while no register is open."""
        self.board = board
        mode = "off" if board is None else board.mode
        self._mode.set(mode)
        if board is None or mode == "off":
            self._stop_looking()
            self.line.pack_forget()
            return
        if self._after is None:
            self._after = self.after(LOOK_MS, self._look)
        self.line.pack(fill="x", pady=(0, pixels(self, 6)), before=self._screen.board)
        # A number stays on the line of its word.
        counts = counts_text(board, "  ·  ").replace(": ", ":\N{NO-BREAK SPACE}")
        self.counts.configure(text=f"{_(SHORT[mode])}  ·  {counts}")
        waiting = len(to_decide(board))
        if waiting:
            self.review_button.configure(text=_("Selfies ({count})").format(count=number_text(waiting)))
            self.review_button.pack(side=end(), padx=(pixels(self, 6), 0), before=self.counts)
        else:
            self.review_button.pack_forget()

    def set_mode(self, mode: str, then: Callable[[], None] | None = None) -> None:
        """Say how phones count from now on; opens the register first."""
        # The menu shows it already; until it is stored, it is not so.
        self._mode.set("off" if self.board is None else self.board.mode)
        self._with_session(lambda session_id: self._set(session_id, mode, then))

    def _set(self, session_id: int, mode: str, then: Callable[[], None] | None) -> None:
        def done(_made: PhoneLesson) -> None:
            self._screen.refresh()
            if then is not None:
                then()

        self._screen.call(partial(_set_mode, session_id, mode), done, saves=True)

    def show_code(self) -> None:
        """Put the code on the wall; switches on what that needs, after one question."""
        if self.window is not None:
            self.window.lift()
            return
        portal = self._screen.app.portal
        if portal.is_on:
            self._begin()
            return
        sentence = _("Phones reach this computer through the portal, which is off. Switch it on and show the code?")

        def switch_on() -> None:
            portal.switch_on()
            self._begin()

        ask.yes_no(self._screen.app, sentence, switch_on, yes=_("Switch on"))

    def _begin(self) -> None:
        if self.board is None or self.board.mode == "off":
            self.set_mode("evidence", self._open)
        else:
            self._with_session(lambda _session_id: self._open())

    def _open(self) -> None:
        session = self._screen.session
        if session is not None and self.window is None:
            self.window = QrWindow(self._screen.app, session.id, self._closed)

    def _closed(self) -> None:
        self.window = None

    def _with_session(self, then: Callable[[int], None]) -> None:
        """``then`` with a session that is open: opened, or opened again, before."""
        session = self._screen.session

        def now() -> None:
            found = self._screen.session
            if found is not None:
                then(found.id)

        if session is None:
            self._screen.open_register(now)
        elif session.state in (CLOSED, LOCKED):
            self._screen.marks.ask_to_open(now)
        else:
            now()

    def review(self) -> None:
        """Decide about selfies that nobody could be sure of."""
        session = self._screen.session
        if session is not None:
            ReviewDialog(self._screen.app, session.id, self._screen.refresh)

    def declined(self) -> list[BoardRow]:
        """Whose phone does not count since their confirmation was declined."""
        rows = () if self.board is None or not self.board.is_on else self.board.rows
        return [one for one in rows if one.phone is not None and one.phone.state == "refused"]

    def is_declined(self, student_id: int) -> bool:
        return any(one.student.id == student_id for one in self.declined())

    def let_confirm_again(self, student_id: int) -> None:
        """Take the declined confirmation of a student back, so that they can send another one."""
        session = self._screen.session
        found = next((one for one in self.declined() if one.student.id == student_id), None)
        if session is None or found is None or found.phone is None:
            return

        def done(_nothing: None) -> None:
            if self._screen.session is not None and self._screen.session.id == session.id:
                self._screen.foot.say(_("This student may confirm again now."))
                self._screen.refresh()

        self._screen.call(partial(_let_again, found.phone.id), done, saves=True)

    def _list_declined(self) -> None:
        """The menu's names, as they are when it is opened."""
        self._declined.delete(0, "end")
        rows = self.declined()
        for one in rows:
            name = shortened(f"{one.student.roll}  {one.student.name}", LONGEST_NAME)
            self._declined.add_command(label=name, command=partial(self.let_confirm_again, one.student.id))
        if not rows:
            self._declined.add_command(label=_("Nobody was declined."), state="disabled")

    def _look(self) -> None:
        """Phones tell the portal, not this window: so it looks whether anything is new."""
        self._after = self.after(LOOK_MS, self._look)
        if self.winfo_viewable():
            self._screen.call(lambda use: use.store.version(), self._changed)

    def _stop_looking(self) -> None:
        if self._after is not None:
            self.after_cancel(self._after)
            self._after = None

    def _changed(self, version: int) -> None:
        if version != self._version:
            self._version = version
            self._screen.refresh()


def _set_mode(session_id: int, mode: str, use: Use) -> PhoneLesson:
    from core.confirming.lessons import set_mode

    return set_mode(use.store, use.actor, session_id, mode)


def _let_again(confirmation_id: int, use: Use) -> None:
    from core.confirming.accepting import let_confirm_again

    let_confirm_again(use.store, use.settings, use.actor, confirmation_id)
