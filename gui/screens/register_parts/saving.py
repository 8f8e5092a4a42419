"""Saves what is typed into a register, one after the other and in the background, so that nobody waits for the disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from core.errors import NotFoundError, RollcallError
from core.store.marks import MarkState, Wish
from gui.screens.register_parts.month import Key, Month, load_month

if TYPE_CHECKING:
    from core.correcting import Corrected
    from gui.opening import Use
    from gui.screen import BaseScreen

Act = Callable[["Use"], "Corrected"]


@dataclass(frozen=True, slots=True)
class Edit:
    """One mark that was changed on the screen."""

    key: Key
    state: MarkState | None
    why: str | None


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of some acts: those that were done, the month as it is now, and what was in the way of the rest."""

    done: tuple[Corrected, ...]
    month: Month
    problem: RollcallError | None


class Saving:
    """The acts of one screen in their order.  ``then`` gets each batch; what was typed meanwhile comes after it."""

    def __init__(self, screen: BaseScreen, what: Callable[[], tuple[str, date]], then: Callable[[Saved], None]) -> None:
        """what: class and month that are shown."""
        self._screen, self._what, self._then = screen, what, then
        self._edits: list[Edit] = []
        self._acts: list[Act] = []
        self._done: list[tuple[int, str]] = []
        self._flying = False

    @property
    def is_busy(self) -> bool:
        return self._flying or bool(self._edits or self._acts)

    @property
    def waiting(self) -> dict[Key, MarkState | None]:
        """What is typed and not on its way yet."""
        return {one.key: one.state for one in self._edits}

    def edit(self, edit: Edit, month: Month) -> None:
        """Save a mark soon; a second change of one that is not on its way yet takes the first one's place."""
        self._edits = [one for one in self._edits if one.key != edit.key] + [edit]
        self._start(month)

    def act(self, act: Act, month: Month) -> None:
        """Do something else with the register, after what is typed."""
        self._acts.append(act)
        self._start(month)

    def undo(self, month: Month) -> bool:
        """Take back the last act of this sitting; False when there is none."""
        if not (self._done or self.is_busy):
            return False
        self.act(self._undo_last, month)
        return True

    def forget(self) -> None:
        """Another class: what was done before is not undone from here."""
        self._done = []

    def _undo_last(self, use: Use) -> Corrected:
        from core.correcting import undo

        if not self._done:
            raise NotFoundError("There is nothing to undo.")
        session_id, act = self._done.pop()
        return undo(use.store, use.settings, use.actor, session_id, act=act)

    def _start(self, month: Month) -> None:
        if self._flying:
            return
        self._flying = True
        edits, acts = self._edits, self._acts
        self._edits, self._acts = [], []
        before = {one.key: month.grid.states.get(one.key) for one in edits}
        code, day = self._what()

        def work(use: Use) -> Saved:
            done: list[Corrected] = []
            problem = None
            try:
                for one in edits:
                    done.append(self._keep(_save(use, one, before[one.key])))
                for act in acts:
                    # What takes something back cannot be taken back in its turn.
                    done.append(act(use) if act == self._undo_last else self._keep(act(use)))
            except RollcallError as error:
                problem = error
            return Saved(tuple(done), load_month(use, code, day), problem)

        self._screen.call(work, self._finished, failed=self._fell, saves=True)

    def _keep(self, done: Corrected) -> Corrected:
        """Only the one thread that works at a time comes here."""
        if done.changes:
            self._done.append((done.changes[0].session_id, done.act))
        return done

    def _finished(self, saved: Saved) -> None:
        self._flying = False
        if saved.problem is not None:
            self._edits, self._acts = [], []
        self._then(saved)
        if self._edits or self._acts:
            self._start(saved.month)

    def _fell(self, _problem: RollcallError) -> bool:
        self._flying = False
        self._edits, self._acts = [], []
        return False


def _save(use: Use, edit: Edit, before: MarkState | None) -> Corrected:
    from core.correcting import set_marks

    wish = Wish(*edit.key, edit.state)
    return set_marks(use.store, use.settings, use.actor, [wish], why=edit.why, before={edit.key: before})
