"""The thread that judges selfies while the portal runs; the networks are loaded when the first one comes."""

import logging
import threading

from core.confirming.judging import is_waiting, judge_waiting
from core.engine import Engine, load_engine
from core.errors import RollcallError
from core.paths import Home
from core.records import Progress
from core.settings import load_settings
from core.store.database import Store
from core.vision.spoof import SpoofSense

LOOK_EVERY_S = 0.5
AGAIN_S = 30.0
"""After something a person must mend (the key is locked, no networks) it is tried again so often."""
SMALLEST_FACE_PX = 40
_log = logging.getLogger(__name__)


class _StoppedError(Exception):
    """The portal ends while the networks are being prepared."""


class Judge:
    """Runs from ``start`` until ``stop``; what waits when it ends waits for the next start."""

    def __init__(self, home: Home, store: Store) -> None:
        self._home, self._store = home, store
        self._stopped = threading.Event()
        self._engine: Engine | None = None
        self._spoof: SpoofSense | None = None
        self._thread = threading.Thread(target=self._run, name="judge", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the selfie that is being judged; waits for it, but not for ever."""
        self._stopped.set()
        self._thread.join(10)

    def _run(self) -> None:
        pause = LOOK_EVERY_S
        while not self._stopped.wait(pause):
            try:
                pause = 0.0 if is_waiting(self._store) and self._judge_one() else LOOK_EVERY_S
            except _StoppedError:
                return
            except RollcallError as error:
                _log.warning("selfies wait: %s", error)
                pause = AGAIN_S
            except Exception:  # noqa: BLE001 - the boundary of a thread
                # The portal goes on without it, and what waits is seen by the teacher.
                _log.exception("judging selfies failed")
                pause = AGAIN_S

    def _judge_one(self) -> int:
        settings = load_settings(self._home)
        if self._engine is None:
            self._engine = load_engine(self._home, SMALLEST_FACE_PX, self._go_on, settings.detector)
            self._spoof = SpoofSense.load(self._home)
        return judge_waiting(self._store, self._engine, settings, self._spoof, 1)

    def _go_on(self, _: Progress) -> None:
        """Preparing the networks takes half a minute, for which nobody who ends the portal waits."""
        if self._stopped.is_set():
            raise _StoppedError
