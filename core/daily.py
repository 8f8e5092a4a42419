"""What is done once a day, by the first command of that day: what is due is erased, then the database copied."""

import shutil
from datetime import timedelta
from pathlib import Path

from core import clock
from core.access import guarded
from core.backups import DAILY
from core.errors import DiskFullError, RollcallError
from core.files import write_bytes_atomically
from core.paths import Home
from core.retention import sweep
from core.settings import Settings
from core.store import people, schema
from core.store.database import Store

_LEFTOVER_AFTER = timedelta(days=1)


@guarded
def do_daily_work(store: Store, settings: Settings) -> tuple[str, ...]:
    """The work of this day, unless it was done; sentences worth telling.

    Whatever fails is told, and no command fails for it: a copy is tried again by the next one, erasing tomorrow.
    """
    marker, today = _marker(store.home), clock.today(clock.school_zone(settings)).isoformat()
    if _read(marker) == today:
        return ()
    with store.read() as db:
        if not people.list_students(db):
            return ()  # Nothing to lose, and nothing personal to let go.
    told = []
    try:
        # Before the copy, which would keep it for another month.
        swept = sweep(store, settings, wait_for_key=True)
        told += [f"Kept long enough, so erased today: {swept.in_words}."] if swept.erased else []
        told += swept.notes
    except RollcallError as error:
        told.append(f"What was kept long enough could not be erased today. {error}")
    try:
        _remove_leftovers(store.home)
        schema.backup(store.home.database, DAILY)
        write_bytes_atomically(marker, today.encode())
    except RollcallError as error:
        told.append(f"Today’s copy of the database could not be made. {error}")
    return tuple(told)


def _marker(home: Home) -> Path:
    return home.data / "last-daily-work"


def _read(marker: Path) -> str:
    try:
        return marker.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def _remove_leftovers(home: Home) -> None:
    """What a killed program left half done: temporary files and folders, which may hold faces."""
    since = (clock.now() - _LEFTOVER_AFTER).timestamp()
    for folder in (home.data, home.data / "backups", home.models):
        for path in folder.glob(".rollcall-*"):
            try:
                if path.stat().st_mtime > since:
                    continue
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()
            except OSError as error:
                raise DiskFullError(f"{path} cannot be removed ({error.strerror}). Remove it by hand.") from error
