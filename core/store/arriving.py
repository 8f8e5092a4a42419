"""A home that came from another computer takes the place of what is here: wholly, also where it is stopped halfway.

It lies ready in the folder ``data/import``, which appears in one step.  As long as that folder is there, whoever opens
the database first goes on with the moves; a file that has left the folder is in place.
"""

import json
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from core.errors import BusyError
from core.paths import Home
from core.store.damage import BACKUPS

DATABASE = "data/rollcall.db"
_PLAN = "plan.json"
_OWN = (DATABASE, "data/rollcall.db-wal", "data/key", "data/audit.key", "data/settings.toml", "models/classifiers")
"""What is put aside, as far as there is any."""


def is_waiting(home: Home) -> bool:
    """Whether a home lies ready and is not, or not wholly, in place."""
    return (_stage(home) / _PLAN).exists()


def make_ready(home: Home, folder: Path, names: list[str], aside: str | None) -> None:
    """From now on ``folder`` (on the same disk) takes the place of what is here.

    names: its files, relative to it; aside: name of a folder beside the copies for what is here, None where nothing is.
    """
    (folder / _PLAN).write_text(json.dumps({"names": names, "aside": aside}), encoding="utf-8")
    folder.rename(_stage(home))


def put_in_place(home: Home) -> None:
    """Do the moves that are left.  Needs the schema's lock.  Raises BusyError where a file cannot be moved now."""
    stage = _stage(home)
    try:
        plan = json.loads((stage / _PLAN).read_text(encoding="utf-8"))
        names = [str(one) for one in plan["names"]]
        if plan["aside"] is not None and all((stage / name).exists() for name in names):
            _put_aside(home, home.data / BACKUPS / str(plan["aside"]))
        # The database last: who sees it finds its key there too.
        for name in sorted(names, key=lambda one: one == DATABASE):
            if (stage / name).exists():
                _move(stage / name, home.root / name)
    except FileNotFoundError:
        if is_waiting(home):
            raise
        # Another program did it while this one waited for the lock.
    except OSError as error:
        raise BusyError(
            f"Data from another computer is half in place and {error.filename} cannot be moved ({error.strerror}). "
            "Close other programs that use it and try again."
        ) from error


def finish(home: Home) -> None:
    """All is in place and recorded: let go of the folder, in one step too."""
    gone = Path(tempfile.mkdtemp(prefix=".rollcall-", dir=home.data))
    with suppress(FileNotFoundError):
        _stage(home).rename(gone / "import")
    shutil.rmtree(gone, ignore_errors=True)


def _stage(home: Home) -> Path:
    return home.data / "import"


def _put_aside(home: Home, folder: Path) -> None:
    for name in _OWN:
        if (home.root / name).exists():
            _move(home.root / name, folder / name)
    (home.data / "rollcall.db-shm").unlink(missing_ok=True)


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)
