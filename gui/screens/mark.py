"""Mark Attendance: a camera or recording fills the register while the teacher watches, corrects and saves."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.errors import InputError
from core.store.sessions import CLOSED, LOCKED
from gui.screen import BaseScreen
from gui.screens.mark_parts import lesson as work
from gui.screens.mark_parts.asking import KeysDialog, bind_keys
from gui.screens.mark_parts.faces import FACE_PX, FaceStrip
from gui.screens.mark_parts.lesson import Choice, Loaded
from gui.screens.mark_parts.marks import Marks
from gui.screens.mark_parts.panel import RegisterPanel
from gui.screens.mark_parts.parts import Counts, Foot, PicturePlace
from gui.screens.mark_parts.running import MarkNetworks, Running
from gui.screens.mark_parts.sources import LessonBox, SourceBox
from gui.screens.mark_parts.telling import Telling
from gui.texts import N_, _, end, start
from gui.theme import pixels
from gui.widgets.board_model import seats_of

if TYPE_CHECKING:
    from core.records import Image
    from core.store.sessions import SessionRow
    from core.timetable import Lesson
    from gui.application import Application

REFRESH_MS = 60
"""So long after something happened the register is read; what happens meanwhile is read with it."""


class Screen(BaseScreen):
    """The main screen: the picture at one side, the board at the other."""

    name = "mark"
    title = N_("Mark Attendance")
    action = "marks.recognise"
    order = 12
    icon = "camera-video"

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.loaded: Loaded | None = None
        self.networks = MarkNetworks()
        self.crops: dict[int, Image] = {}
        self._asked = 0
        self._refreshing: str | None = None
        self._is_reading = self._again = False
        self.saves_after = False
        """Whether the lesson is closed as soon as what runs has ended."""
        self.counts = Counts(self.heading(_("Mark Attendance")))
        self.counts.pack(side=end())
        self.marks = Marks(self)
        self._make_controls()
        self._make_body()
        self.telling = Telling(self)
        self.running = Running(self, self.pane.picture, self.networks, self.telling.told)
        self._bind_keys()
        self.show_state()

    @property
    def session(self) -> "SessionRow | None":
        """The session whose register is shown."""
        return None if self.loaded is None else self.loaded.register.session

    def show(self, about: object = None) -> None:
        wanted: Lesson | None = about  # type: ignore[assignment]
        self.panel.load_seats()
        if self.running.is_on:
            if wanted is not None and self.session is not None and wanted.session != self.session:
                self.app.tell(InputError(_("A marking is running. Stop it before you take another lesson.")))
            return
        if not self.sources.has_cameras:
            self.call(work.load_cameras, self.sources.set_cameras)
        self.call(lambda use: work.load_choices(use, wanted), lambda found: self._choose_first(found, wanted))

    def _choose_first(self, found: "Sequence[Choice]", wanted: "Lesson | None") -> None:
        """The lesson that is asked for is opened; of others only what is there is shown."""
        before = self.lessons.choice
        self.lessons.set_choices(found)
        if wanted is not None:
            self.lessons.choose(next(one for one in found if one.is_of(wanted)))
            self._take_choice(opens=True)
        elif before is not None and self.session is not None:
            self.refresh()
        elif found:
            self.lessons.choose(next((one for one in found if one.is_now), found[0]))
            self._take_choice()
            if not self._asked:
                self.running.warm()

    def _take_choice(self, *, opens: bool = False) -> None:
        choice = self.lessons.choice
        if choice is None:
            return
        self._forget_lesson()
        self.pane.idle()
        if choice.session_id is not None:
            self._load(choice.session_id)
        elif opens:
            self._open(choice)

    def open_register(self, then: Callable[[], None] | None = None) -> None:
        """Make the session of what was chosen, and show its register."""
        choice = self.lessons.choice
        if choice is not None:
            self._open(choice, then)

    def _open(self, choice: Choice, then: Callable[[], None] | None = None) -> None:
        self.call(lambda use: work.open_choice(use, choice), lambda row: self._load(row.id, then))

    def _forget_lesson(self) -> None:
        self.loaded, self._asked = None, 0
        self.crops.clear()
        self.strip.tray.forget()
        self.marks.forget()
        self.strip.draw()
        self.foot.show_sheet(None)
        self.foot.say("")
        self.show_state()

    def _load(self, session_id: int, then: Callable[[], None] | None = None) -> None:
        size, self._asked = pixels(self, FACE_PX), session_id

        def take(found: tuple[Loaded, work.Source | None]) -> None:
            if self._asked != session_id:
                return  # Another lesson was chosen meanwhile.
            loaded, room = found
            self.take(loaded)
            self._load_photos(loaded)
            self.panel.load_seats()
            self.sources.set_room(room)
            if loaded.sheet is not None:
                self.foot.show_sheet(loaded.sheet)
            if loaded.register.session.state == CLOSED:
                self.foot.say(_("The lesson is closed."))
            self.board.canvas.focus_set()
            (then or self.running.warm)()

        self.call(lambda use: work.open_lesson(use, session_id, size), take)

    def _load_photos(self, loaded: Loaded) -> None:
        rolls = {one.roll: one.student_id for one in loaded.register.rows}
        sizes = self.board.photo_sizes()
        self.call(lambda use: work.load_photos(use, rolls, sizes), self.board.show_photos)

    def take(self, loaded: Loaded) -> None:
        """Show a register as it is in the store."""
        self.loaded = loaded
        self.marks.was_read()
        before = {one.student_id: one.status for one in self.board.model.seats.values()}
        seats = seats_of(loaded.register, loaded.phones)
        self.board.show(seats, loaded.register.statuses)
        for one in seats:
            if one.by_machine and before.get(one.student_id, one.status) != one.status:
                self.board.tell(one.student_id)
        self.strip.show(loaded.faces)
        self.counts.show(self.board.model.counts())
        self.show_state()

    def refresh(self) -> None:
        """Read the register again, soon and once for all that happens until then."""
        if self._refreshing is None and self.session is not None:
            self._refreshing = self.after(REFRESH_MS, self._refresh)

    def _refresh(self) -> None:
        self._refreshing = None
        session = self.session
        if self._is_reading:
            self._again = True
            return
        if session is None:
            return
        self._is_reading, size, crops, done = True, pixels(self, FACE_PX), dict(self.crops), self.marks.done

        def take(loaded: Loaded) -> None:
            over()
            # What was done since it was read is shown already, and not in it.
            as_done = self.marks.done == done and not self.marks.is_saving
            if as_done and self.session is not None and self.session.id == session.id:
                self.take(loaded)

        def over() -> bool:
            self._is_reading = False
            if self._again:
                self._again = False
                self.refresh()
            return False

        self.call(lambda use: work.load_lesson(use, session.id, crops, size), take, failed=lambda _error: over())

    def start(self) -> None:
        """Begin to recognise; opens the session first, and asks before it opens a closed one again."""
        choice, session = self.lessons.choice, self.session
        if choice is None or self.running.is_on:
            return
        if session is None:
            self._open(choice, self.start)
        elif session.state in (CLOSED, LOCKED):
            self.marks.ask_to_open(self.start)
        else:
            spec = self.sources.spec
            if spec == "":
                self.app.tell(InputError(_("Choose what to look at: a camera, a video or photos.")))
                return
            self.pane.picture.clear()
            self.foot.say("")
            self.running.start(choice.code, session.id, spec, _("Marking {code}").format(code=choice.code))
            self.pane.say(_("One moment …"))
            self.show_state()
            self.board.canvas.focus_set()

    def pause(self) -> None:
        """Halt, or go on."""
        self.running.pause()
        self.pane.progress(_("Paused. Nobody is looked for.") if self.running.is_paused else "")
        self.show_state()

    def stop(self) -> None:
        """End the marking; what was seen counts."""
        if self.running.is_loading:
            self.cancel()
        elif self.running.is_on:
            self.pane.progress(_("Saving what was seen …"))
            self.running.stop()
            self.show_state()

    def cancel(self) -> None:
        """End the marking of a recording; what was saved until then stays."""
        if self.running.is_storing:
            return  # Who was seen would be lost, and absent at the next Save.
        self.running.cancel()
        self.telling.ended(_("Cancelled. What was saved until then stays."))

    def save(self) -> None:
        """Finish: who has no mark is absent, and the sheet is written."""
        if self.running.is_loading:
            self.cancel()
        if self.running.is_on:
            self.saves_after = True
            self.stop()
        elif self.session is not None:
            self.marks.close_session(self.telling.closed)

    def _make_controls(self) -> None:
        line = ttk.Frame(self)
        line.pack(fill="x", pady=(0, pixels(self, 12)))
        gap = pixels(self, 8)
        self.stop_button = ttk.Button(line, text=_("Stop"), icon="stop-fill", bootstyle="neutral", command=self.stop)
        self.pause_button = ttk.Button(
            line, text=_("Pause"), icon="pause-fill", bootstyle="neutral", command=self.pause
        )
        self.start_button = ttk.Button(line, text=_("Start"), icon="play-fill", bootstyle="primary", command=self.start)
        for button in (self.stop_button, self.pause_button, self.start_button):
            button.pack(side=end(), padx=(gap, 0))
        boxes = ttk.Frame(line)
        boxes.pack(side=start(), fill="x", expand=True, padx=(0, gap))
        self.lessons = LessonBox(boxes, self.app, self._take_choice)
        self.sources = SourceBox(boxes, self.app)
        for column, box in enumerate((self.lessons, self.sources)):
            boxes.columnconfigure(column, weight=1, uniform="boxes")
            box.grid(row=0, column=column, sticky="ew", padx=gap // 2)

    def _make_body(self) -> None:
        body = ttk.Frame(self)
        body.pack(fill="both", expand=True)
        body.rowconfigure(0, weight=1)
        body.columnconfigure(0, weight=5, uniform="halves")
        body.columnconfigure(1, weight=4, uniform="halves")
        left = ttk.Frame(body)
        left.grid(row=0, column=0, sticky="nsew", padx=(0, pixels(self, 16)))
        # Below the picture, which nobody needs by then: the board keeps its height.
        self.foot = Foot(left, self)
        self.foot.pack(side="bottom", fill="x", pady=(pixels(self, 8), 0))
        self.strip = FaceStrip(
            left,
            on_is=self.marks.is_candidate,
            on_stranger=self.marks.is_stranger,
            on_drag=self.marks.drag,
            on_drop=self.marks.drop,
        )
        self.strip.pack(side="bottom", fill="x", pady=(pixels(self, 8), 0))
        self.pane = PicturePlace(left, self.cancel)
        self.pane.pack(fill="both", expand=True)
        self.panel = RegisterPanel(body, self)
        self.panel.grid(row=0, column=1, sticky="nsew")
        self.board = self.panel.board

    def show_state(self) -> None:
        """Show which buttons can be used now."""
        is_on = self.running.is_on
        self.start_button.configure(state="disabled" if is_on else "normal")
        for button in (self.pause_button, self.stop_button):
            button.configure(state="normal" if is_on else "disabled")
        self.pause_button.configure(text=_("Go on") if is_on and self.running.is_paused else _("Pause"))
        for box in (self.lessons, self.sources):
            box.enable(on=not is_on)
        self.panel.show_loaded(self.loaded)
        # Where something is in the register and nothing runs, saving comes next.
        saves = self.session is not None and self.session.taken_at is not None and self.session.state != CLOSED
        self.panel.save.configure(bootstyle="primary" if saves and not is_on else "outline")
        self.start_button.configure(bootstyle="neutral" if saves else "primary")
        if self.session is None:
            self.board.show((), {})
            self.counts.show(())

    def _bind_keys(self) -> None:
        """The keys of the screen, wherever in it the keyboard is; those of the marks are the board's."""
        bind_keys(self, {
            "<F5>": self.start,
            "<Escape>": self.stop,
            "<Control-s>": self.save,
            "<Control-z>": self.marks.undo,
            "<F1>": lambda: KeysDialog(self.app),
            "<F8>": self.panel.phones.show_code,
            "<F9>": self.panel.phones.review,
            "<Key-n>": partial(self._letter, "n", self.marks.not_this_person),
            "<Key-u>": partial(self._letter, "u", self.marks.key_stranger),
            "<Key-1>": partial(self.marks.key_candidate, 0),
            "<Key-2>": partial(self.marks.key_candidate, 1),
            "<Key-3>": partial(self.marks.key_candidate, 2),
        })  # fmt: skip

    def _letter(self, letter: str, command: Callable[[], None]) -> None:
        """A letter of ours, unless the school has a status of that letter."""
        if not self.board.mark_by_key(letter):
            command()
