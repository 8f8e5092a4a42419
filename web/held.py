"""A file that somebody sent, kept while they look at what it would change: theirs alone, for an hour.

It is called as temporary ones are, so that the daily work removes what a portal left that was ended meanwhile.
"""

import re
import secrets
import time
from contextlib import suppress
from pathlib import Path

from core.errors import NotFoundError
from core.files import write_private
from core.paths import Home
from web.site import site
from web.teaching import actor

KEPT_S = 3600
_FILE = ".rollcall-held-"
_TOKEN = re.compile(r"[0-9a-f]{32}\.[a-z]{3,4}")


def hold(data: bytes, ending: str) -> str:
    """Keep it.  What comes back names it in a form; ending: without a dot."""
    forget_old(site().home)
    token = f"{secrets.token_hex(16)}.{ending}"
    write_private(_path(token), data)
    return token


def forget_old(home: Home) -> None:
    """Remove what nobody went on with."""
    for old in home.data.glob(f"{_FILE}*"):
        with suppress(FileNotFoundError):
            if time.time() - old.stat().st_mtime > KEPT_S:
                old.unlink()


def held(token: str) -> Path:
    """Where it is.  Raises NotFoundError for another’s, and for one that is gone."""
    path = _path(token)
    if not _TOKEN.fullmatch(token) or not path.is_file():
        raise NotFoundError("The file is not here any more. Choose it again.")
    return path


def forget(token: str) -> None:
    """It is not needed any more."""
    held(token).unlink(missing_ok=True)


def _path(token: str) -> Path:
    return site().home.data / f"{_FILE}{actor().account_id}-{token}"
