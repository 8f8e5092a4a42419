"""A whole home as one encrypted file, for another computer: database, classifiers, settings and keys."""

import re
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from core import clock, rekeying
from core.access import guarded
from core.backups import may_move_data
from core.errors import ConflictError, InputError, StoreError, VaultError
from core.files import workplace, write_atomically
from core.paths import Home
from core.store import arriving, audit, copies, people, schema, vault_keys, web_sessions
from core.store.arriving import DATABASE
from core.store.damage import BACKUPS
from core.store.database import Store, open_store
from core.vault import sources
from core.vault.archive import ArchiveReader, ArchiveWriter

_KEY, _AUDIT_KEY = "data/key", "data/audit.key"
_TAKEN = re.compile(
    r"data/(rollcall\.db|key|audit\.key|settings\.toml)|models/classifiers/\d{1,12}/[\w.-]{1,80}\.(npz|json)"
)
"""Nothing else is written by an import, whatever the file says."""


@dataclass(frozen=True, slots=True)
class Moved:
    """students, files: in it.  kept: where what an import replaced is now."""

    students: int
    files: int
    kept: Path | None = None


@guarded
def export_home(store: Store, file: Path, passphrase: str) -> Moved:
    """Write everything another computer needs to ``file``, encrypted with a passphrase.

    Networks, sheets and videos stay behind.  Raises InputError for a short passphrase, VaultError where the key of the
    faces is not there, DiskFullError.
    """
    home = store.home
    with _workplace(home) as folder:
        database, key = _copy_with_key(store, folder)
        parts = {DATABASE: database, **({_KEY: key} if key.exists() else {})}
        for name in (_AUDIT_KEY, "data/settings.toml"):
            parts |= {name: home.root / name} if (home.root / name).is_file() else {}
        for one in sorted(home.classifiers.glob("*/*.*")):
            name = one.relative_to(home.root).as_posix()
            parts |= {name: one} if _TAKEN.fullmatch(name) else {}
        write_atomically(file, lambda temporary: _pack(temporary, parts, passphrase))
    with store.transaction() as db:
        audit.record(db, None, "data.export")
        return Moved(len(people.list_students(db)), len(parts))


def _copy_with_key(store: Store, folder: Path) -> tuple[Path, Path]:
    """A copy of the database whose data keys are wrapped by a key in a file, or by the passphrase they had."""
    inner = Home(folder)
    inner.create()
    schema.copy_to(store.home.database, inner.database)
    with store.read() as db:
        keys = vault_keys.list_keys(db)
    if keys and keys[-1].source != "passphrase":
        store.vault.unlock()
        made = sources.create("file", inner)
        again = [store.vault.wrap_again(one, made) for one in keys]
        copies.change_copy(inner.database, lambda db: vault_keys.replace_keys(db, again))
    return inner.database, inner.key


def _pack(target: Path, parts: dict[str, Path], passphrase: str) -> None:
    with target.open("wb") as file:
        writer = ArchiveWriter(file, passphrase)
        with tarfile.open(fileobj=writer, mode="w|") as tar:
            for name, path in parts.items():
                tar.add(path, arcname=name, recursive=False)
        writer.finish()


def import_home(home: Home, file: Path, passphrase: str, *, replace: bool = False) -> Moved:
    """Take over what :func:`export_home` wrote on another computer.  Needs the home's lock.

    Raises ConflictError for a home that has data, unless ``replace``: then that is kept in a folder beside the copies.
    Raises InputError for a wrong passphrase or a damaged file and BusyError while another program has the database
    open, before anything is changed; AccessError.
    """
    may_move_data(home)
    if not file.is_file():
        raise InputError(f"There is no file {file}. Check the spelling.")
    if not replace and _has_data(home):
        raise ConflictError(
            "There are classes or students here already; nothing was changed. "
            "To have the file take their place (they are kept beside the copies), add --replace."
        )
    with _workplace(home) as folder:
        stage = folder / "home"
        names = _unpack(file, stage, passphrase)
        if DATABASE not in names:
            raise InputError("This file holds no database. Choose one written by app.py backup export.")
        copies.check_copy(stage / DATABASE, file)
        aside = _free_name(home) if home.database.exists() else None
        if aside is not None:
            with suppress(StoreError):  # A damaged one is put aside as it is.
                copies.require_alone(home.database)
        arriving.make_ready(home, stage, names, aside)
    # Opening does the moves, as it would after a power cut in the middle of them.
    with open_store(home) as store:
        _arrived(store)
        with store.read() as db:
            kept = None if aside is None else home.data / BACKUPS / aside
            return Moved(len(people.list_students(db)), len(names), kept)


def finish_import(home: Home) -> str | None:
    """Go on with an import that was stopped halfway; a sentence about it, None where there is none.

    Raises BusyError where another program uses a file.
    """
    if not arriving.is_waiting(home):
        return None
    with open_store(home) as store:
        _arrived(store)
    return "Taking over another computer’s data was interrupted and is finished now."


def _arrived(store: Store) -> None:
    with store.transaction() as db:
        web_sessions.end_everybody(db)
    _into_keyring(store)


def _free_name(home: Home) -> str:
    """Of a folder beside the copies that is not there yet: what another import put aside in this second stays apart."""
    name = f"before-import-{clock.now():%Y%m%dT%H%M%SZ}"
    taken = {one.name for one in (home.data / BACKUPS).glob(f"{name}*")}
    return f"{name}-{len(taken) + 1}" if taken else name


def _has_data(home: Home) -> bool:
    if not home.database.exists():
        return False
    try:
        with open_store(home) as store, store.read() as db:
            return bool(people.list_students(db) or people.list_classes(db))
    except StoreError:
        return True  # Nobody can tell what is in a damaged one.


def _unpack(file: Path, folder: Path, passphrase: str) -> list[str]:
    names = []
    with file.open("rb") as source:
        reader = ArchiveReader(source, passphrase)
        try:
            with tarfile.open(fileobj=reader, mode="r|") as tar:
                for part in tar:
                    # A sparse part claims any length, and would fill the disk with nothing.
                    plain = part.isreg() and not part.issparse()
                    content = tar.extractfile(part) if plain and _TAKEN.fullmatch(part.name) else None
                    if content is None:
                        raise InputError(f"The file holds something that does not belong there ({part.name[:60]!r}).")
                    target = folder / part.name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with target.open("wb") as out:
                        shutil.copyfileobj(content, out, 1 << 20)
                    names.append(part.name)
        except tarfile.TarError as error:
            raise InputError("The content of this file is damaged; nothing was changed.") from error
        reader.finish()
    for one in {_KEY, _AUDIT_KEY} & set(names):
        (folder / one).chmod(0o600)
    return names


def _into_keyring(store: Store) -> None:
    """The key came in a file; where there is a keyring, that is the better place."""
    with suppress(VaultError):
        if store.vault.newest().source == "file" and sources.best_kind() == "keyring":
            rekeying.change_source(store, "keyring")


@contextmanager
def _workplace(home: Home) -> Iterator[Path]:
    """A folder on the same disk."""
    home.create()
    with workplace(home.data) as folder:
        yield folder
