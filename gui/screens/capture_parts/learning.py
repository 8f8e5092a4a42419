"""Whoever was captured is learned beside the window, one after another, while the next stands before the camera."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from gui.texts import _, told

if TYPE_CHECKING:
    from core.errors import RollcallError
    from core.extending import Extension
    from gui.application import Application
    from gui.background import Task
    from gui.networks import Networks
    from gui.opening import Use


class Learner:
    """Tells in the line at the foot what came of it, for the window may show something else by then."""

    def __init__(self, app: Application, networks: Networks) -> None:
        self._app, self._networks = app, networks
        self._waiting: deque[tuple[str, str]] = deque()
        self._task: Task | None = None

    def learn(self, code: str, roll: str) -> None:
        """Let the class's classifier know a student, once those before are learned: only one can write it."""
        self._waiting.append((code, roll))
        self._go_on()

    def _go_on(self) -> None:
        is_busy = self._task is not None and not self._task.is_over
        if is_busy or not self._waiting:
            return
        code, roll = self._waiting.popleft()

        def over(sentence: str) -> None:
            if self._app.shell is not None:
                self._app.shell.status.tell(sentence)
            self._go_on()

        def failed(problem: RollcallError) -> bool:
            over(told(problem))
            return True

        title = _("Learning {roll}").format(roll=roll)
        work = _learn_work(code, roll, self._networks)
        self._task = self._app.call(work, lambda found: over(_learned_text(found, roll)), failed=failed, title=title)


def _learn_work(code: str, roll: str, networks: Networks) -> Callable[[Use], Extension]:
    def work(use: Use) -> Extension:
        from core.extending import extend
        from core.locks import home_lock

        with home_lock(use.home, "learning new faces"):
            return extend(use.store, networks.get(use), code, [roll], use.progress)

    return work


def _learned_text(found: Extension, roll: str) -> str:
    if found.obstacle is not None:
        return _("{roll} is stored. Train {code} next, so that {roll} is recognised.").format(
            roll=roll, code=found.class_code
        )
    return _("{roll} can be recognised in {code} from now on.").format(roll=roll, code=found.class_code)
