"""One marking that goes on beside the window: started, halted, stopped; what it tells comes to the main thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import RollcallError
from gui.background import Once
from gui.collector import loaded_for_good
from gui.networks import Networks

if TYPE_CHECKING:
    from PIL.Image import Image

    from core.marking_live import Advance, Control, FaceEvent
    from core.marking_result import MarkResult
    from core.records import Progress
    from core.vision.feed import CameraState
    from gui.background import Task
    from gui.opening import Use
    from gui.screen import BaseScreen
    from gui.screens.mark_parts.eye import Eye
    from gui.widgets.picture import Picture


class MarkNetworks(Networks):
    """As Start needs them: compiled, with all of core that marking is made of."""

    def __init__(self) -> None:
        super().__init__()
        self._warmed: Once[None] = Once()

    def warm(self, use: Use) -> None:
        import core.marking  # noqa: F401 - with all that it needs
        from core.networks.prepare import networks_ready
        from core.recognising import warm

        if networks_ready(use.home):
            self._warmed.get(use.task, lambda: warm(self.get(use)))


@dataclass(frozen=True, slots=True)
class Told:
    """Whom a marking tells, all in the main thread.  progress: of loading; failed: whether it was told already."""

    event: Callable[[FaceEvent], None]
    advance: Callable[[Advance], None]
    note: Callable[[str], None]
    camera: Callable[[CameraState], None]
    progress: Callable[[Progress], None]
    done: Callable[[MarkResult], None]
    failed: Callable[[RollcallError], bool]


class Running:
    """A marking of one session.  Main thread only."""

    def __init__(self, screen: BaseScreen, place: Picture, networks: MarkNetworks, told: Told) -> None:
        self._screen, self._place, self._networks, self._told = screen, place, networks, told
        self._control: Control | None = None
        self._eye: Eye | None = None
        self._painting: Task | None = None
        self._marking: Task | None = None
        self.was_stopped = False
        """Whether a person ended the last one, who was content with what was seen."""

    @property
    def is_on(self) -> bool:
        """Whether it has begun and not ended."""
        return self._marking is not None

    @property
    def is_loading(self) -> bool:
        """Whether it has begun, but nobody looks yet: then there is nothing to stop, only to cancel."""
        return self.is_on and (self._eye is None or not self._eye.is_ready)

    @property
    def is_storing(self) -> bool:
        """Whether all was looked at, and there is no room to store it: it is tried until there is."""
        return self._control is not None and self._control.is_storing

    @property
    def is_paused(self) -> bool:
        return self._control is not None and self._control.paused

    def warm(self) -> None:
        """Prepare beside the window what :meth:`start` needs; what is wrong with it is told when it is needed."""
        told = self._told.progress

        def done(_nothing: None) -> None:
            from core.records import Progress

            loaded_for_good()
            if not self.is_on:
                told(Progress(0, None, ""))

        if not self.is_on:
            self._screen.call(self._networks.warm, done, failed=lambda _error: True, progress=told)

    def start(self, class_code: str, session_id: int, spec: str | None, title: str) -> None:
        """Begin.  spec: the source, None for the camera of the room; title: for the status line."""
        if self.is_on:
            raise RuntimeError("a marking is running")
        self.was_stopped = False
        # Made in the marking's thread first of all: core's parts load the networks' library.
        background = self._screen.app.background
        advance, camera = background.latest(self._if_on(self._told.advance)), background.latest(self._told.camera)
        picture = background.latest(self._show)

        def work(use: Use) -> MarkResult:
            from core.marking import MarkRequest, mark
            from core.marking_live import Control, Watching
            from gui.screens.mark_parts.eye import Eye

            eye = Eye(Control(), self._place, picture, camera, use.task)
            background.post(lambda: self._began(eye))
            watching = Watching(
                picture=eye.take,
                event=lambda one: background.post(lambda: self._told.event(one)),
                advance=advance.put,
                note=lambda text: background.post(lambda: self._told.note(text)),
                control=eye.control,
                opened=eye.open,
            )
            request = MarkRequest(class_code, spec, session_id=session_id)
            with eye.beginning(spec):
                engine = self._networks.get(use)
                eye.is_ready = True
                return mark(use.store, engine, use.settings, request, use.progress, watching)

        self._marking = self._screen.call(
            work, self._done, failed=self._failed, progress=self._told.progress, title=title
        )

    def pause(self) -> None:
        """Halt, or go on."""
        if self._control is not None:
            if self._control.paused:
                self._control.resume()
            else:
                self._control.pause()

    def stop(self) -> None:
        """End it; what was seen until then counts."""
        if self._control is not None and self._eye is not None:
            self.was_stopped = True
            self._control.stop()
            self._eye.stop()

    def cancel(self) -> None:
        """End it at once; what was saved stays."""
        task = self._marking
        if task is not None:
            if self._control is not None:
                self._control.cancel()
            task.cancel()
            self._end()

    def retry(self) -> None:
        """Try the camera again now."""
        if self._eye is not None:
            self._eye.retry()

    def _began(self, eye: Eye) -> None:
        if self._marking is None or self._marking.is_cancelled:
            eye.control.cancel()
            return
        self._eye, self._control = eye, eye.control
        self._painting = self._screen.call(lambda use: eye.paint(use.task))

    def _show(self, picture: Image) -> None:
        self._place.show(picture)
        # Tk draws when it has nothing else to do, and calls this after that.
        self._place.after_idle(self._drawn)

    def _drawn(self) -> None:
        if self._eye is not None:
            self._eye.is_drawn = True

    def _done(self, result: MarkResult) -> None:
        self._end()
        self._told.done(result)

    def _failed(self, problem: RollcallError) -> bool:
        self._end()
        return self._told.failed(problem)

    def _end(self) -> None:
        if self._painting is not None:
            self._painting.cancel()
        self._marking = self._painting = self._control = self._eye = None

    def _if_on(self, show: Callable[[Advance], None]) -> Callable[[Advance], None]:
        return lambda one: show(one) if self.is_on else None
