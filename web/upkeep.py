"""What is done by the clock while the portal runs, for weeks on end and without a window: lessons that are over are
closed, files that nobody went on with removed, and once a day what was kept long enough is erased and the database
copied.
"""

import logging
import threading

from core.daily import do_daily_work
from core.errors import RollcallError
from core.paths import Home
from core.sessions import close_due
from core.settings import load_settings
from core.store.database import Store
from web.held import forget_old

EVERY_S = 300.0
_log = logging.getLogger(__name__)


class Upkeep:
    """Runs from ``start`` until ``stop``."""

    def __init__(self, home: Home, store: Store) -> None:
        self._home, self._store = home, store
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begin; the first time after a while, for whoever starts the portal has just done it."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is being done; waits for it, but not for ever."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def work(self) -> None:
        """Do once what is due.  What fails is logged and tried again the next time."""
        try:
            forget_old(self._home)
            settings = load_settings(self._home)
            close_due(self._store, settings)
            for sentence in do_daily_work(self._store, settings):
                _log.info("%s", sentence)
        except RollcallError as error:
            _log.warning("what is due could not be done: %s", error)
        except Exception:  # noqa: BLE001 - the boundary of a thread
            _log.exception("upkeep failed")

    def _run(self) -> None:
        while not self._stopped.wait(EVERY_S):
            self.work()
