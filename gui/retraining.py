"""Classes that changed are trained again by themselves, beside everything else, once nobody changes them any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import BusyError, ClassifierError, NetworksError, NotFoundError, VaultError
from gui.networks import load_networks
from gui.screen import may
from gui.texts import _

if TYPE_CHECKING:
    from core.training_state import TrainingState
    from gui.application import Application
    from gui.opening import Use
    from gui.shell import Shell

LOOK_MS = 60_000
"""A class is trained after it stayed the same from one look to the next: nobody is in the middle of taking photos."""


class Retraining:
    """Looks now and then, for as long as the shell of who logged in lives."""

    def __init__(self, app: Application, shell: Shell) -> None:
        self._app, self._shell = app, shell
        self._seen: dict[str, TrainingState] = {}
        self._tried: dict[str, TrainingState] = {}
        if app.actor is not None and may(app.actor, "faces.train"):
            shell.after(LOOK_MS, self.look)

    def look(self) -> None:
        """Train what is due; nothing while a camera or other long work is running."""
        self._shell.after(LOOK_MS, self.look)
        busy = any(task.title for task in self._app.background.running)
        if self._app.settings.train_by_itself and not busy:
            self._app.call(_states, self._take, owner=self._shell)

    def _take(self, found: tuple[TrainingState, ...]) -> None:
        # Who went back to an older version means it, and trains again by hand.
        due = [one for one in found if one.is_changed and one.can_be_trained and not one.went_back]
        settled = [one for one in due if self._seen.get(one.school_class.code) == one]
        self._seen = {one.school_class.code: one for one in due}
        fresh = [one for one in settled if self._tried.get(one.school_class.code) != one]
        if not fresh:
            return
        code = fresh[0].school_class.code
        self._tried[code] = fresh[0]
        self._app.call(
            lambda use: _train(use, code),
            self._shell.status.tell,
            owner=self._shell,
            title=_("Training {code} again").format(code=code),
        )


def _states(use: Use) -> tuple[TrainingState, ...]:
    from core.training_state import training_states

    return training_states(use.store)


def _train(use: Use, code: str) -> str:
    """Train; whatever stands in the way is said on the page Train, and must not disturb anybody here."""
    from core.locks import home_lock
    from core.training import train

    try:
        with home_lock(use.home, f"training {code}"):
            result = train(use.store, load_networks(use), code, use.progress)
    except (BusyError, ClassifierError, NetworksError, NotFoundError, VaultError):
        return ""
    return _("{code} was trained again.").format(code=result.class_code)
