"""The kiosk itself: a window over the whole screen that greets who is recognised, and shows nothing of anybody else.

The main window is hidden meanwhile, so that nothing of it can be reached; it comes back once the kiosk was left.
"""

from __future__ import annotations

import time
import tkinter as tk
import tkinter.font as tkfont
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.screens.kiosk_parts import work
from gui.screens.kiosk_parts.keypad import Keypad
from gui.sound import play_tick
from gui.texts import _, end, start, time_text, told
from gui.theme import on_change

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from core.errors import RollcallError
    from core.watching import WatchRequest
    from gui.application import Application
    from gui.background import Task

GREET_MS, HURRIED_MS = 2000, 1000
"""So long a name stands on the screen; less while many wait for theirs."""
MANY = 3
FRESH_S = 10.0
"""Who was recognised longer ago has gone in, and is not greeted any more; they are in the register all the same."""
SAID_MS = 6000
"""So long an answer to a typed number stands."""
TYPING_MS = 60_000
"""Nobody's half-typed number stays for the next one."""
AGAIN_MS = 30_000
"""A camera that could not be opened is tried again by itself: nobody stands by a kiosk."""
MOST_WAITING = 20
LONGEST_NAME = 60
WIDE, HIGH = 18, 16
"""The screen in units: letters, keys and distances are as large as it allows, upright and across."""
SIZES = {"Name": 1.35, "Title": 0.8, "Words": 0.5, "Key": 0.55}


def unit_of(width: int, height: int) -> int:
    """A unit of the layout for a screen in pixels."""
    return max(16, min(width // WIDE, height // HIGH))


class Door(ttk.Toplevel):
    """``left`` is called once it was left."""

    def __init__(
        self, app: Application, request: WatchRequest, needs_pin: bool, left: Callable[[], None], *, sound: bool = True
    ) -> None:
        super().__init__(master=app.root)
        self.app, self.request, self.needs_pin, self.sound = app, request, needs_pin, sound
        self._left = left
        self._waiting: deque[tuple[str, datetime, float]] = deque(maxlen=MOST_WAITING)
        self._timer: str | None = None
        self._retry: str | None = None
        self._is_greeting = False
        self._trouble: str | None = None
        self.task: Task | None = None
        self.field: ttk.Entry | None = None
        self.keypad: Keypad | None = None
        self.problem: ttk.Label | None = None
        self.typed = tk.StringVar(self)
        self.typed.trace_add("write", self._was_typed)
        self.title("Rollcall")
        self.geometry(f"{self.winfo_screenwidth()}x{self.winfo_screenheight()}+0+0")
        self.attributes("-fullscreen", True)
        self.protocol("WM_DELETE_WINDOW", self.ask_to_leave)
        self.bind("<Escape>", lambda _event: self.escape())
        self.unit = unit_of(self.winfo_screenwidth(), self.winfo_screenheight())
        self._make_fonts()
        self._make_foot()
        self.page = ttk.Frame(self)
        self.page.place(relx=0.5, rely=0.44, anchor="center")
        on_change(self, self._own_styles)
        app.root.withdraw()
        self.show_ready()
        self.bind("<Configure>", self._resized)
        self.focus_force()
        self.start()

    def start(self) -> None:
        """Watch the camera until the kiosk is left."""
        self._trouble = None
        self.task = self.app.call(
            lambda use: work.watch_door(use, self.request, self._recognised_in_thread, self._lost_in_thread),
            lambda _result: self._stopped(""),
            owner=self,
            failed=self._failed,
            title=_("Kiosk"),
        )

    def show_ready(self) -> None:
        """Nobody is there: what to do."""
        if self._trouble is not None:
            self.show_stopped(self._trouble)
        else:
            self._new_page("camera", _("Please look into the camera"), _("Your name appears once you are recognised."))

    def greet(self, name: str, at: datetime) -> None:
        """A name and a tick for two seconds; who comes at the same time is next."""
        self._waiting.append((name, at, time.monotonic()))
        if not self._is_greeting:
            self._next()

    def show_typing(self) -> None:
        """The way without a face."""
        self._new_page("", _("Type your roll number"), _("Your teacher sees it and decides."))
        self._add_field(secret=False, accept=self._typed, words=_("Send"))

    def ask_to_leave(self) -> None:
        """By PIN; at once where nobody has one."""
        if not self.needs_pin:
            self.leave()
            return
        self._new_page("", _("PIN to leave the kiosk"), "")
        self._add_field(secret=True, accept=self._leave_by_pin, words=_("Leave"))

    def show_stopped(self, sentence: str) -> None:
        """The camera ended or could not be used."""
        self._new_page("camera-video-off", _("The camera is not running"), sentence)
        if self.task is not None and not self.task.is_over:
            return  # It tries by itself.
        again = ttk.Button(self.page, text=_("Try again"), bootstyle="primary", command=self._start_again)
        again.configure(style=f"Kiosk.{again.cget('style')}")
        again.pack(pady=self.unit // 2, ipadx=self.unit // 2)
        again.focus_set()

    def escape(self) -> None:
        """Back from typing; from the first page towards leaving."""
        if self.field is not None:
            self.show_ready()
        else:
            self.ask_to_leave()

    def leave(self) -> None:
        """Close the kiosk and bring the window back."""
        if self.task is not None:
            self.task.cancel()
        self._stop_timer()
        if self._retry is not None:
            self.after_cancel(self._retry)
        self.app.root.deiconify()
        self.destroy()
        self._left()

    def _make_fonts(self) -> None:
        family = tkfont.nametofont("TkDefaultFont", self).actual("family")
        self.fonts = {
            name: tkfont.Font(self, family=family, weight="normal" if name in ("Words", "Key") else "bold")
            for name in SIZES
        }
        self._size_fonts()

    def _size_fonts(self) -> None:
        for name, part in SIZES.items():
            self.fonts[name].configure(size=-round(part * self.unit))

    def _own_styles(self) -> None:
        style = ttk.Style()
        for look, size in (("primary", "Key"), ("neutral", "Key"), ("link", "Words")):
            button = ttk.Button(self, bootstyle=look)
            style.configure(f"Kiosk.{button.cget('style')}", font=self.fonts[size], anchor="center")
            button.destroy()

    def _make_foot(self) -> None:
        foot = ttk.Frame(self, padding=self.unit // 2)
        foot.pack(side="bottom", fill="x")
        self.without = ttk.Button(
            foot, text=_("Not recognised? Type your roll number"), bootstyle="neutral", command=self.show_typing
        )
        self.without.configure(style=f"Kiosk.{self.without.cget('style')}")
        self.without.pack(side=start(), ipadx=self.unit // 3, ipady=self.unit // 4)
        self.exit = ttk.Button(foot, text=_("Leave kiosk"), bootstyle="link", command=self.ask_to_leave)
        self.exit.configure(style=f"Kiosk.{self.exit.cget('style')}")
        self.exit.pack(side=end())

    def _resized(self, event: tk.Event[tk.Misc]) -> None:
        """On another screen, or one that was turned."""
        if event.widget is self and (unit := unit_of(event.width, event.height)) != self.unit:
            self.unit = unit
            self._size_fonts()
            if self.field is None and not self._is_greeting:
                self.show_ready()

    def _new_page(
        self, icon: str, title: str, sentence: str, *, style: str = "Muted.TLabel", large: str = "Title"
    ) -> None:
        self._stop_timer()
        for old in self.page.winfo_children():
            old.destroy()
        self.field = self.problem = self.keypad = None
        wide = int((self.winfo_width() if self.winfo_width() > 1 else self.winfo_screenwidth()) * 0.9)
        if icon:
            ttk.Label(self.page, icon=icon, icon_size=3 * self.unit, style=style).pack(pady=(0, self.unit // 2))
        for text, font in ((title, large), (sentence, "Words")):
            if text:
                label = ttk.Label(self.page, text=text, font=self.fonts[font], wraplength=wide, justify="center")
                label.configure(style="Muted.TLabel" if font == "Words" else "TLabel")
                label.pack(pady=(0, self.unit // 4))

    def _add_field(self, *, secret: bool, accept: Callable[[str], None], words: str) -> None:
        self.typed.set("")
        field = ttk.Entry(
            self.page, font=self.fonts["Title"], width=12, justify="center", show="●" if secret else "",
            textvariable=self.typed,
        )  # fmt: skip
        field.pack(pady=self.unit // 4)
        self.problem = ttk.Label(self.page, style="Problem.TLabel", font=self.fonts["Words"])
        self.problem.pack()
        self.keypad = Keypad(
            self.page, self.typed, unit=round(1.25 * self.unit), letters=not secret, words=words,
            accept=lambda: accept(self.typed.get()), leave=self.show_ready,
        )  # fmt: skip
        self.keypad.pack()
        for key in ("<Return>", "<KP_Enter>"):
            field.bind(key, lambda _event: accept(self.typed.get()))
        field.focus_force()
        self.field = field
        self._wait_for_typing()

    def _was_typed(self, *_args: str) -> None:
        if self.field is not None:
            self.field.icursor("end")
            self._wait_for_typing()

    def _wait_for_typing(self) -> None:
        self._stop_timer()
        self._timer = self.after(TYPING_MS, self.show_ready)

    def _recognised_in_thread(self, name: str, at: datetime) -> None:
        self.app.background.post(lambda: self._recognised(name, at))

    def _recognised(self, name: str, at: datetime) -> None:
        # Who types or leaves is not interrupted; the register knows already.
        if self.winfo_exists() and self.field is None:
            self.greet(name, at)

    def _lost_in_thread(self, lost: bool) -> None:
        self.app.background.post(lambda: self._lost(lost=lost))

    def _lost(self, *, lost: bool) -> None:
        """The camera dropped out, or is back; it is tried again beneath."""
        if self.winfo_exists():
            self._trouble = _("It is tried again by itself. Type your roll number meanwhile.") if lost else None
            if self.field is None and not self._is_greeting:
                self.show_ready()

    def _next(self) -> None:
        self._timer, self._is_greeting = None, False
        while self._waiting and time.monotonic() - self._waiting[0][2] > FRESH_S:
            self._waiting.popleft()
        if not self._waiting:
            self.show_ready()
            return
        name, at, _since = self._waiting.popleft()
        shown = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
        when = time_text(at, work.zone_of(self.app.settings))
        self._new_page("check-circle-fill", shown, when, style="Tick.TLabel", large="Name")
        self._make_sound()
        self._is_greeting = True
        self._timer = self.after(HURRIED_MS if len(self._waiting) >= MANY else GREET_MS, self._next)

    def _make_sound(self) -> None:
        """In a thread, and nobody waits for it; where no sound can be played, the bell may be heard."""
        if self.sound:
            self.app.call(lambda use: play_tick(use.home), lambda done: None if done else self.bell(), owner=self)

    def _typed(self, text: str) -> None:
        if text.strip():
            self.app.call(
                partial(work.ask_teacher, request=self.request, roll=text.strip()), self._was_asked,
                owner=self, failed=self._say_problem,
            )  # fmt: skip

    def _was_asked(self, lessons: int) -> None:
        if lessons:
            self._new_page(
                "send-check", _("Your teacher was asked"), _("You are marked once your teacher confirms it.")
            )
        else:
            self._new_page("info-circle", _("No lesson of yours is open here"), _("Please tell your teacher."))
        self._timer = self.after(SAID_MS, self.show_ready)

    def _leave_by_pin(self, pin: str) -> None:
        self.app.call(
            partial(work.prove_pin, pin=pin), lambda _done: self.leave(), owner=self, failed=self._say_problem
        )

    def _say_problem(self, problem: RollcallError) -> bool:
        if self.field is None or self.problem is None:
            return False
        self.typed.set("")
        self.problem.configure(text=work.plain(problem))
        return True

    def _failed(self, problem: RollcallError) -> bool:
        self._stopped(told(problem))
        self._retry = self.after(AGAIN_MS, self._start_again)
        return True

    def _stopped(self, sentence: str) -> None:
        """Said at once, but to nobody who is typing."""
        self._trouble = sentence
        if self.field is None:
            self.show_stopped(sentence)

    def _start_again(self) -> None:
        if self._retry is not None:
            self.after_cancel(self._retry)
            self._retry = None
        if self.task is not None and not self.task.is_over:
            return
        self.start()
        if self.field is None and not self._is_greeting:
            self.show_ready()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self.after_cancel(self._timer)
        self._timer, self._is_greeting = None, False
