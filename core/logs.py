"""Where bugs are written down: one file a home, which never grows over a few megabytes."""

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from logging.handlers import RotatingFileHandler

from core.paths import Home

LOGGER = logging.getLogger("rollcall")


class _Discreet(logging.Formatter):
    """Of an address only its beginning: a traceback may quote that of a camera, with its password."""

    _ADDRESS = re.compile(r"\b(rtsps?|https?)://.*", re.IGNORECASE)

    def format(self, record: logging.LogRecord) -> str:
        return self._ADDRESS.sub(r"\1://…", super().format(record))


class _File(RotatingFileHandler):
    """A full disk keeps nobody from working on, nor from closing: then the log is what is lost."""

    def handleError(self, record: logging.LogRecord) -> None:
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)

    def close(self) -> None:
        # What could not be written is tried once more here.
        with suppress(OSError):
            super().close()


@contextmanager
def log_file(home: Home) -> Iterator[None]:
    """What is logged in the block goes to the log of ``home``, or to standard error where that cannot be written."""
    try:
        home.log.parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = _File(home.log, maxBytes=1_000_000, backupCount=3, encoding="utf-8")
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(_Discreet("%(asctime)s %(levelname)s %(message)s"))
    LOGGER.addHandler(handler)
    try:
        yield
    finally:
        LOGGER.removeHandler(handler)
        handler.close()
