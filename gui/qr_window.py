"""The code of a lesson for the whole room: on the second screen where there is one, else over the window.

It shows what lesson it is, so that a code left on the screen is not scanned by the next class.
"""

from __future__ import annotations

import tkinter as tk
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.errors import RollcallError
from gui import texts
from gui.texts import _
from gui.theme import pixels
from gui.widgets.qr import BLACK, WHITE, QrCode
from gui.widgets.small import follow_width

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from core.confirming.lessons import Board, ShownCode
    from gui.application import Application
    from gui.opening import Use

LOOK_MS = 1000
MOST_OF_WIDTH = 0.62
"""Of the window is the code's, the rest is for words."""
LONGEST = 60
"""Letters of a class's name, a lesson's or a room's."""
SIZES = {
    "class": (22, 14), "about": (32, 24), "typed": (10, 6), "count": (30, 18), "note": (40, 30), "trust": (48, 36)
}  # fmt: skip
"""Of the words: so many lines would fill the height, so many letters the width beside the code."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What is on the wall at a moment.  code, squares: None while no phones are taken, or nothing reaches us."""

    board: Board
    code: ShownCode | None
    squares: NDArray[np.bool_] | None


class QrWindow(ttk.Toplevel):
    """Not modal: the teacher goes on working, also while their window is locked.  Esc closes it, F11 fills the screen.

    It belongs to who is logged in: logging out closes it.
    """

    def __init__(self, app: Application, session_id: int, closed: Callable[[], None]) -> None:
        super().__init__(master=app.shell or app.root)
        self.app, self._session_id, self._closed = app, session_id, closed
        self._after: str | None = None
        self._is_reading = False
        self.title(_("Code of the lesson"))
        self.configure(background=WHITE)
        self.protocol("WM_DELETE_WINDOW", self.close)
        self.bind("<Escape>", lambda _event: self.close())
        self.bind("<F11>", lambda _event: self._fill())
        self.bind("<Destroy>", self._gone)
        self.code = QrCode(self)
        self._words = tk.Frame(self, background=WHITE)
        self.lines = {name: self._line(name) for name in SIZES}
        self.bind("<Configure>", self._arrange)
        self._place()
        app.portal.listen(self, self._look_now)

    def _line(self, name: str) -> ttk.Label:
        made = follow_width(ttk.Label(self._words, background=WHITE, foreground=BLACK, justify=texts.start()))
        made.pack(fill="x", pady=pixels(self, 10 if name == "typed" else 6))
        return made

    def _arrange(self, event: tk.Event[tk.Misc]) -> None:
        """The code as large as there is room, the words beside it as large as fits beside."""
        if event.widget is not self:
            return
        edge = pixels(self, 16)
        side = int(min(event.height - 2 * edge, event.width * MOST_OF_WIDTH))
        room = event.width - side - 3 * edge
        code, words = (edge, side + 2 * edge) if texts.start() == "left" else (room + 2 * edge, edge)
        self.code.place(x=code, rely=0.5, anchor="w", width=side, height=side)
        self._words.place(x=words, rely=0.5, anchor="w", width=room)
        for name, (lines, letters) in SIZES.items():
            # Whoever sits in the last row reads the class and the code; what is on the wall must not be cut off.
            size = max(pixels(self, 10), min(event.height // lines, int(room / letters / 0.62)))
            self.lines[name].configure(font=("TkDefaultFont", -size, "bold" if name in ("class", "typed") else ""))

    def _place(self) -> None:
        second = second_screen(self.app.root)
        if second is None:
            width, height = self.winfo_screenwidth() * 9 // 10, self.winfo_screenheight() * 8 // 10
            self.geometry(f"{width}x{height}+{width // 18}+{height // 16}")
            # Esc ends it; on a second screen the keys stay with the register.
            self.focus_force()
            return
        width, height, left, top = second
        self.geometry(f"{width}x{height}+{left}+{top}")
        self.after_idle(self._fill)

    def _fill(self) -> None:
        self.attributes("-fullscreen", not self.attributes("-fullscreen"))

    def close(self) -> None:
        """End it; harmless twice."""
        if self.winfo_exists():
            self.destroy()

    def _gone(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self:
            if self._after is not None:
                self.after_cancel(self._after)
                self._after = None
            self._closed()

    def _look_now(self) -> None:
        """Now, and again and again: the server's steps decide when a code changes, so nothing here counts seconds."""
        if self._after is not None:
            self.after_cancel(self._after)
        self._after = self.after(LOOK_MS, self._look_now)
        if not self._is_reading and self.app.actor is not None:
            self._is_reading = True
            served = self.app.portal.served
            work = partial(_read, self._session_id, "" if served is None else served.url)
            self.app.call(work, self._take, owner=self, failed=self._failed)

    def _failed(self, problem: RollcallError) -> bool:
        """The lesson is gone, or somebody else's now: nothing is left that could be scanned."""
        self._is_reading = False
        if self.winfo_exists():
            self.code.show(None)
            self.lines["typed"].configure(text="")
            self.lines["note"].configure(text=texts.told(problem))
            self.lines["trust"].configure(text="")
        return True

    def _take(self, shown: Shown) -> None:
        self._is_reading = False
        about, lines = shown.board.about, self.lines
        lines["class"].configure(text=texts.shortened(f"{about.class_code} {about.class_name}", LONGEST))
        title = None if about.title == about.class_name else about.title
        parts = (title, about.room, about.teacher)
        lines["about"].configure(text="\n".join(texts.shortened(one, LONGEST) for one in parts if one))
        lines["count"].configure(text=counts_text(shown.board, "\n"))
        served = self.app.portal.served
        is_taken = shown.code is not None and served is not None
        lines["typed"].configure(text=shown.code.typed if shown.code is not None and is_taken else "")
        self.code.show(shown.squares if is_taken else None)
        if shown.code is None:
            note = _("This lesson takes no phones any more.")
        elif served is None:
            note = _("The portal starts …") if self.app.portal.is_on else _("The portal is off.")
        else:
            note = _("Scan it with the phone’s camera, or open {address} and type the code.").format(address=served.url)
        lines["note"].configure(text=note)
        # Over plain HTTP no phone warns.
        trust = f"{served.url}/trust" if served is not None and served.fingerprint and is_taken else ""
        help_at = _("The phone warns? {address} says what to do.").format(address=trust) if trust else ""
        lines["trust"].configure(text=help_at)


def counts_text(board: Board, between: str) -> str:
    """By what the students are there, each counted once; what nobody is in is left out, but for who is missing."""
    named = {
        "both": _("By face and phone: {count}"),
        "face": _("By face: {count}"),
        "phone": _("By phone: {count}"),
        "review": _("To look at: {count}"),
        "missing": _("Missing: {count}"),
    }
    counts = board.counts
    shown = [name for name in named if counts[name] or name == "missing"]
    return between.join(named[name].format(count=texts.number_text(counts[name])) for name in shown)


def _read(session_id: int, url: str, use: Use) -> Shown:
    from core.confirming.lessons import board, show_code
    from core.confirming.picture import qr_squares
    from core.errors import ConflictError

    found = board(use.store, session_id)
    try:
        code = show_code(use.store, session_id) if found.is_on else None
    except ConflictError:
        code = None  # It ended between the two.
    # In capitals, which make larger squares.
    squares = qr_squares(f"{url}{code.path}".upper()) if code is not None and url else None
    return Shown(found, code, squares)


def second_screen(root: tk.Misc) -> tuple[int, int, int, int] | None:
    """Width, height, left and top of a screen on which the window is not; None where there is only one."""
    from screeninfo import ScreenInfoError, get_monitors

    try:
        found = get_monitors()
    except (ScreenInfoError, OSError):
        return None
    here = root.winfo_rootx() + root.winfo_width() // 2, root.winfo_rooty() + root.winfo_height() // 2
    for one in found:
        on_it = one.x <= here[0] < one.x + one.width and one.y <= here[1] < one.y + one.height
        if not on_it:
            return one.width, one.height, one.x, one.y
    return None
