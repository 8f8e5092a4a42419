"""What a marking tells, shown on the screen Mark Attendance while it goes on and when it has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import CancelledError, RollcallError
from gui.screens.mark_parts.running import Told
from gui.texts import _, ngettext, told

if TYPE_CHECKING:
    from core.marking_live import Advance, FaceEvent
    from core.marking_result import MarkResult
    from core.records import Progress
    from core.sessions import Closed
    from core.vision.feed import CameraState
    from gui.screens.mark import Screen


class Telling:
    """Takes what :class:`Told` names.  Main thread only."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self.told = Told(
            self._event, self._advance, self._note, self._camera, self.progress, self._marked, self._not_marked
        )

    def closed(self, closed: Closed) -> None:
        """The lesson was closed; what was told before is over."""
        screen = self._screen
        screen.foot.show_sheet(next(iter(closed.sheets), None))
        done = _("The lesson is closed. Who had no mark is absent.")
        screen.foot.say(" ".join((done, *map(told, closed.notes))))
        screen.pane.idle()
        screen.pane.progress("")
        screen.refresh()

    def _event(self, event: FaceEvent) -> None:
        if not self._screen.winfo_exists():
            return
        if event.crop is not None and event.sighting is not None:
            self._screen.crops[event.sighting] = event.crop
        self._screen.refresh()

    def _advance(self, advance: Advance) -> None:
        from gui.dialogs.progress import left_text

        if self._screen.running.is_paused:
            return
        self._screen.pane.say("")
        if advance.of_frames is None:
            self._screen.pane.progress(_("Looking …"))
        else:
            left = "" if advance.left_s is None else left_text(advance.left_s)
            self._screen.pane.progress(left, advance.frames / max(1, advance.of_frames))

    def _note(self, text: str) -> None:
        if self._screen.winfo_exists():
            self._screen.foot.say(told(text))
            if self._screen.running.is_storing:
                self._screen.pane.progress(_("Saving what was seen …"))
                self._screen.pane.say(told(text))

    def _camera(self, state: CameraState) -> None:
        if not self._screen.running.is_on:
            return
        if not self._screen.running.is_loading:
            self._screen.pane.progress("")
        if state.kind == "showing":
            self._screen.pane.say("")
        elif state.kind == "opening":
            self._screen.pane.say(told(state.text))
        elif state.kind != "closed":
            self._screen.pane.say(told(state.text), _("Retry"), self._screen.running.retry)

    def progress(self, progress: Progress) -> None:
        """How far the networks are loaded."""
        if progress.total is None and not progress.done:
            self._screen.pane.progress(told(progress.text))

    def _marked(self, result: MarkResult) -> None:
        count = len(result.present)
        self.ended(ngettext("{} student is here.", "{} students are here.", count).format(count))
        self._screen.foot.show_sheet(result.excel)
        # What was told while it went on is over, also where there is nothing else to tell.
        self._screen.foot.say(" ".join(map(told, result.notes)))
        if self._screen.saves_after:
            self._screen.saves_after = False
            self._screen.save()

    def _not_marked(self, problem: RollcallError) -> bool:
        screen = self._screen
        screen.saves_after = False
        self.ended("")
        if not isinstance(problem, CancelledError):
            # After Stop only the sheet can have failed: nobody is to be looked for once more.
            again = (_("Save"), screen.save) if screen.running.was_stopped else (_("Retry"), screen.start)
            screen.pane.say(told(problem), *again)
        return True

    def ended(self, sentence: str) -> None:
        """Nothing is looked at any more.  sentence: what came of it."""
        self._screen.pane.idle()
        self._screen.pane.progress(sentence)
        self._screen.show_state()
        self._screen.refresh()
