"""What a person does to the register on the screen Mark Attendance: one after another, each shown at once."""

from __future__ import annotations

import tkinter as tk
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from core.errors import ChangedError, RollcallError
from core.store.sessions import LOCKED
from core.store.statuses import Status
from gui.dialogs import ask
from gui.screens.mark_parts import lesson as work
from gui.screens.mark_parts.asking import ask_about, ask_all_the_same
from gui.screens.mark_parts.lesson import Loaded
from gui.texts import _, told
from gui.widgets.board import NEXT
from gui.widgets.board_model import Seat, marked

if TYPE_CHECKING:
    from core.correcting import Corrected
    from core.registers import Register
    from core.review import Reviewed
    from core.sessions import Closed
    from core.store.marks import MarkState
    from gui.opening import Use
    from gui.screens.mark import Screen
    from gui.screens.mark_parts.faces import Face


_Doing = tuple[int, Callable[["Use"], Any], Callable[[Any], None] | None, Callable[[RollcallError], bool] | None]
"""The session, what to save, and what to do when it was, or was not; the last says whether that was told."""


@dataclass(frozen=True, slots=True)
class _Before:
    """What a mark was as it was shown.  read_at: so much of what was done here was in what was shown."""

    state: MarkState | None
    read_at: int


class Marks:
    """Saves in the order in which things were done, however fast somebody types."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._waiting: deque[_Doing] = deque()
        self._menu: tk.Menu | None = None
        self._is_busy = False
        self.count = 0
        """How many things were begun."""
        self._strangers: list[Face] = []
        """Faces that were nobody of these, said since something else was done: they are what undo takes back first."""
        self._said: set[int] = set()
        """Faces that were answered with a student."""
        self._log: list[tuple[int, int, MarkState | None]] = []
        """What was done here: session, student, what the mark became; student 0 for what may have changed any."""
        self._read_at = 0
        """So much of it is in the register that is shown."""

    @property
    def is_saving(self) -> bool:
        """Whether something that is shown is not in the store yet."""
        return self._is_busy

    def mark(self, seat: Seat, code: str) -> None:
        """A key or click on a student: the code of a status, ``NEXT`` or "" for no mark."""
        model = self._screen.board.model
        status = model.next_status(seat) if code == NEXT else model.statuses.get(code)
        minutes = status is not None and status.counts_as == "late" and code != NEXT
        stays = status is not None and status.code == seat.status and code != NEXT
        # Who is late already may be so by other minutes.
        if self._screen.loaded is None or (stays and not minutes):
            return
        before = _Before(work.state_in(self._screen.loaded.register, seat.student_id), self._read_at)
        if minutes or seat.by_machine:
            ask_about(
                self._screen.app,
                seat,
                status,
                lambda late, why: self._set(seat, status, late, why, before),
                minutes=minutes,
                reason=seat.by_machine,
            )
        else:
            self._set(seat, status, None, "", before)

    def _set(self, seat: Seat, status: Status | None, late: int | None, why: str, before: _Before) -> None:
        code = None if status is None else status.code
        board = self._screen.board
        now = [marked(one, code or "", late) if one is seat else one for one in board.model.seats.values()]
        board.show(now, board.model.statuses)
        self._screen.counts.show(board.model.counts())
        self._strangers.clear()
        reason = why or (work.CORRECTED if seat.status else "")
        self._save(work.MarkWish(self._session_id(), seat.student_id, code, late, reason), before)

    def _save(self, wish: work.MarkWish, before: _Before) -> None:
        def save(use: Use) -> Corrected:
            return work.set_mark(use, wish, self._expected(wish, before))

        self._do(save, None, lambda problem: self._changed_meanwhile(problem, wish), wish.session_id)

    def _changed_meanwhile(self, problem: RollcallError, wish: work.MarkWish) -> bool:
        """Somebody else changed the mark: what it is now is shown, and what was wished is a key away."""
        if not isinstance(problem, ChangedError):
            return False

        read_at = len(self._log)

        def ask_about_it(register: Register) -> None:
            now = work.state_in(register, wish.student_id)
            if now is None and wish.status is None:
                return
            if now is None or (now.status, now.minutes_late) != (wish.status, wish.minutes):
                anew = replace(wish, why=wish.why or (work.CORRECTED if now else ""))
                ask_all_the_same(self._screen.app, register, wish, lambda: self._save(anew, _Before(now, read_at)))

        self._screen.call(lambda use: work.load_register(use, wish.session_id), ask_about_it)
        return True

    def _expected(self, wish: work.MarkWish, before: _Before) -> dict[tuple[int, int], MarkState | None]:
        """What the mark must be still: what was shown, or what was made of it here since; nothing where any will do."""
        state = before.state
        for session_id, student_id, after in self._log[before.read_at :]:
            if session_id == wish.session_id and not student_id:
                return {}
            if (session_id, student_id) == (wish.session_id, wish.student_id):
                state = after
        return {(wish.session_id, wish.student_id): state}

    @property
    def done(self) -> tuple[int, int]:
        """How much was begun and how much is saved; a register that was read before that changed is an old one."""
        return self.count, len(self._log)

    def was_read(self) -> None:
        """The register is shown with all that was done here."""
        self._read_at = len(self._log)

    def all_present(self) -> None:
        """Everybody who has no mark yet."""
        from core.correcting import mark_all_present

        session_id = self._session_id()
        self._strangers.clear()
        self._do(lambda use: mark_all_present(use.store, use.settings, use.actor, session_id))

    def undo(self) -> None:
        """Take back what was done last; a face that was decided on is asked about again."""
        from core.correcting import undo

        if self._strangers:
            self._ask_again(self._strangers.pop())
        elif self._screen.session is not None:
            session_id = self._session_id()
            self._do(lambda use: undo(use.store, use.settings, use.actor, session_id), lambda _done: self._undone())

    def _undone(self) -> None:
        # Those that are still somebody's do not come back: the store holds them as decided.
        for face_id in self._said:
            self._screen.strip.tray.ask_again(face_id)
        self._said.clear()
        self._screen.foot.say("")

    def _ask_again(self, face: Face) -> None:
        self._screen.strip.tray.ask_again(face.id)
        if not face.taken_for:
            self._screen.refresh()
            return
        networks = self._screen.networks
        self._do(lambda use: work.ask_again(use, networks.get(use), face.id, face.taken_for), self._reviewed)

    def forget(self) -> None:
        """Another lesson: its own undo begins."""
        self._strangers.clear()
        self._said.clear()

    def turn_lock(self) -> None:
        """From now on nobody but a person marks, or the machine may again."""
        from core.sessions import lock_session, open_again

        session, session_id = self._screen.session, self._session_id()
        self._screen.foot.say("")
        if session is not None and session.state == LOCKED:
            self._do(lambda use: open_again(use.store, use.settings, use.actor, session_id))
        else:
            self._do(lambda use: lock_session(use.store, session_id))

    def ask_to_open(self, then: Callable[[], None]) -> None:
        """A lesson that is over is opened again only when somebody says so."""
        session_id = self._session_id()

        def open_it() -> None:
            self._do(lambda use: work.reopen(use, session_id), opened)

        def opened(loaded: Loaded) -> None:
            self._screen.take(loaded)
            then()

        session = self._screen.session
        if session is not None and session.state == LOCKED:
            sentence = _("This lesson is locked, so that only people mark. Open it again and go on?")
        else:
            sentence = _("This lesson is closed. Open it again and go on? What was saved stays.")
        ask.yes_no(self._screen.app, sentence, open_it, yes=_("Open it"))

    def close_session(self, done: Callable[[Closed], None]) -> None:
        """Who has no mark is absent; the sheet is written."""
        from core.sessions import close_session

        session_id = self._session_id()
        self._do(lambda use: close_session(use.store, use.settings, use.actor, session_id), done)

    def key_candidate(self, place: int) -> None:
        """The framed face is its first, second, third candidate."""
        face = self._screen.strip.tray.active
        if face is not None:
            self.is_candidate(face, place)

    def key_stranger(self) -> None:
        """The framed face is nobody of its candidates."""
        face = self._screen.strip.tray.active
        if face is not None:
            self.is_stranger(face)

    def is_candidate(self, face: Face, place: int) -> None:
        """The face is this candidate, counted from 0."""
        if place < len(face.candidates):
            self.is_student(face, face.candidates[place][0])

    def is_student(self, face: Face, roll: str) -> None:
        """The face is the student with this roll number."""
        self._said.add(face.id)
        self._strangers.clear()
        self._say(face, roll, is_student=True)

    def is_stranger(self, face: Face) -> None:
        """The face is nobody of these; where it was taken for somebody, that is learned."""
        if face.taken_for:
            self._say(face, face.taken_for, is_student=False)
        else:
            self._screen.strip.tray.answer(face.id)
            self._screen.strip.draw()
        self._strangers.append(face)

    def not_this_person(self) -> None:
        """Whoever was recognised as the selected student is somebody else."""
        seat = self._screen.board.seat
        if seat is not None and self._screen.session is not None:
            session_id, networks, roll = self._session_id(), self._screen.networks, seat.roll
            self._strangers.clear()
            self._do(lambda use: work.refuse_all(use, networks.get(use), session_id, roll), self._reviewed)

    def drag(self, _face: Face, x: int, y: int) -> None:
        """A face is dragged over the screen, pixels of it."""
        seat = self._screen.board.at_screen(x, y)
        self._screen.board.hover(0 if seat is None else seat.student_id)

    def drop(self, face: Face, x: int, y: int) -> None:
        """A face was dropped: it is the student it was dropped onto."""
        seat = self._screen.board.at_screen(x, y)
        self._screen.board.hover(0)
        if seat is not None:
            self.is_student(face, seat.roll)

    def show_menu(self, seat: Seat, x: int, y: int) -> None:
        """What can be done with a student, at a place of the screen."""
        if self._menu is not None:
            self._menu.destroy()
        self._menu = menu = tk.Menu(self._screen, tearoff=False)
        for status in self._screen.board.model.active:
            menu.add_command(label=f"{status.letter}  {_(status.name)}", command=partial(self.mark, seat, status.code))
        menu.add_separator()
        menu.add_command(label=_("Take the mark away"), command=partial(self.mark, seat, ""))
        menu.add_command(label=_("N  Not this person"), command=self.not_this_person)
        phones = self._screen.panel.phones
        if phones.is_declined(seat.student_id):
            menu.add_command(
                label=_("Let them confirm again"), command=partial(phones.let_confirm_again, seat.student_id)
            )
        menu.tk_popup(x, y)

    def _say(self, face: Face, roll: str, *, is_student: bool) -> None:
        session_id, networks, tray = self._session_id(), self._screen.networks, self._screen.strip.tray
        tray.answer(face.id)
        self._screen.strip.draw()

        def saying(use: Use) -> Reviewed:
            return work.say(use, networks.get(use), session_id, face.id, roll, is_student=is_student)

        def failed(_problem: RollcallError) -> bool:
            tray.ask_again(face.id)
            return False

        self._do(saying, self._reviewed, failed)

    def _reviewed(self, reviewed: Reviewed) -> None:
        self._screen.foot.say(" ".join(map(told, reviewed.notes)))

    def _session_id(self) -> int:
        session = self._screen.session
        if session is None:
            raise RuntimeError("no register is open")
        return session.id

    def _do(
        self,
        do: Callable[[Use], Any],
        done: Callable[[Any], None] | None = None,
        failed: Callable[[RollcallError], bool] | None = None,
        session_id: int | None = None,
    ) -> None:
        """Save after what was done before.  session_id: None for the one that is shown."""
        self.count += 1
        self._waiting.append((self._session_id() if session_id is None else session_id, do, done, failed))
        self._next()

    def _next(self) -> None:
        if self._is_busy or not self._waiting:
            return
        session_id, do, done, refused = self._waiting.popleft()
        self._is_busy = True

        def over() -> None:
            self._is_busy = False
            self._next()
            self._screen.refresh()

        def succeeded(result: Any) -> None:  # noqa: ANN401 - whatever the work gives
            self._learn(session_id, result)
            if done is not None:
                done(result)
            over()

        def failed(problem: RollcallError) -> bool:
            is_told = refused is not None and refused(problem)
            if not is_told:
                self._waiting.clear()
            over()
            return is_told

        self._screen.call(do, succeeded, failed=failed, progress=self._screen.telling.progress, saves=True)

    def _learn(self, session_id: int, result: object) -> None:
        """What this window did itself is no change by somebody else."""
        from core.correcting import Corrected

        if isinstance(result, Corrected):
            self._log += [(one.session_id, one.student_id, one.after) for one in result.changes]
        else:
            self._log.append((session_id, 0, None))
