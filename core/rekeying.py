"""The first key of a database, a new key for everything, another keeper of the key, and beginning anew without it.

Sealing everything anew goes in small steps, each of them whole or not done at all: a value says itself which key opens
it, and older keys stay until nothing needs them.  So it can be stopped at any moment and goes on where it was.
"""

import contextlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from core.access import guarded
from core.errors import BusyError, ClassifierError, StoreError, VaultError
from core.paths import Home
from core.recognition.files import needs_sealing, reseal_classifier
from core.records import Progress, ProgressSink, no_progress
from core.school import forget_school
from core.store import audit, copies, schema, sealed, training_runs, vault_keys
from core.store.database import Store
from core.vault import sources
from core.vault.sources import Kind
from core.vault.vault import WrappedKey

AT_ONCE = 100
"""Values of one transaction: some 4 MB of pictures."""
_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Rotated:
    """values, files: sealed with the new key.  damaged: values that no key opened; they stayed as they are."""

    values: int
    files: int
    damaged: int


@dataclass(frozen=True, slots=True)
class KeyState:
    """How the faces of a home are kept.

    source: ``keyring``, ``passphrase`` or ``file``.  generation: grows with every new key.  unfinished: some values
    still wait for the newest key.  problem: why the faces cannot be read now, in words, or None.
    """

    source: str
    generation: int
    unfinished: bool
    problem: str | None


def begin(store: Store) -> None:
    """Give the database its first key, and seal what was stored before there was one; goes on where it was stopped.

    Where the first key was lost in the middle of that, what is sealed stays so, and the register opens all the same.
    Raises StoreError, DiskFullError, BusyError.
    """
    with store.transaction() as db:
        keys = vault_keys.list_keys(db)
        if keys and (keys[0].finished or keys[0].generation > 1):
            return  # Another process did it while this one waited.
        if not keys:
            made = store.vault.wrap_new(vault_keys.next_generation(db), sources.create_first(store.home))
            vault_keys.add_key(db, made)
            keys = [made]
        if not sealed.holds_values(db) and not _classifiers(store):
            vault_keys.finish(db, keys[-1].generation)
            return
    with contextlib.suppress(VaultError):
        _seal_what_was_plain(store, keys[-1])


def _seal_what_was_plain(store: Store, key: WrappedKey) -> None:
    _bring_to(store, key, no_progress, plain=True)
    for leftover in (*store.home.classifiers.glob("*/.rollcall-*"), *store.home.models.glob(".rollcall-*")):
        leftover.unlink(missing_ok=True)
    store.pack()
    _replace_plain_copies(store)
    with store.transaction() as db:
        vault_keys.finish(db, key.generation)


def _replace_plain_copies(store: Store) -> None:
    """Copies of before hold the faces as they were; one of now takes their place."""
    plain = [copy for copy in copies.copies(store.home.database) if not _is_sealed(copy)]
    newest = schema.backup(store.home.database, "sealed") if plain else None
    for copy in plain:
        if copy != newest:
            copy.unlink(missing_ok=True)


def _is_sealed(copy: Path) -> bool:
    try:
        return copies.is_sealed(copy)
    except StoreError:
        # Nobody can tell what is in a damaged one, nor put it back.
        return False


@guarded
def rotate(store: Store, progress: ProgressSink = no_progress) -> Rotated:
    """Seal every face with a new key and give the old one up; goes on where an earlier one was stopped.

    Needs the home's lock.  Copies of the database made before keep the old key.  Raises VaultError without the present
    key, DiskFullError, BusyError.
    """
    store.vault.unlock()
    with store.transaction() as db:
        newest = vault_keys.list_keys(db)[-1]
        if newest.finished:
            newest = store.vault.wrap_new(vault_keys.next_generation(db))
            vault_keys.add_key(db, newest)
            audit.record(db, None, "security.rotate", after={"generation": newest.generation})
    done = _bring_to(store, newest, progress, plain=False)
    _finish(store, newest.generation)
    return done


def _bring_to(store: Store, key: WrappedKey, progress: ProgressSink, *, plain: bool) -> Rotated:
    values, damaged = 0, 0
    with store.read() as db:
        total = sum(len(sealed.waiting(db, place, key.generation)) for place in sealed.PLACES)
    for place in sealed.PLACES:
        last: int | None = 0
        while last is not None:
            with store.transaction() as db:
                step = sealed.reseal_some(db, place, key.generation, last, AT_ONCE, plain=plain)
            values, damaged, last = values + step.sealed, damaged + len(step.damaged), step.last
            progress(Progress(values + damaged, total, "sealing the stored faces"))
    # It is of the old key or plain; the next search makes a new one.
    forget_school(store.home)
    files = 0
    for path in _classifiers(store):
        try:
            files += reseal_classifier(path, store.vault, key.generation, plain=plain)
        except ClassifierError:
            # What is damaged can only be trained anew; and it must not stay when it was never sealed.
            if plain:
                path.unlink(missing_ok=True)
        progress(Progress(values + damaged, total, "sealing the classifiers"))
    return Rotated(values, files, damaged)


def _finish(store: Store, generation: int) -> None:
    """Give older keys up once nothing waits but what no key opens."""
    hopeless_files: set[Path] = set()
    for _ in range(_ROUNDS):
        for path in _classifiers(store):
            try:
                reseal_classifier(path, store.vault, generation, plain=False)
            except ClassifierError:
                # Damaged: the old key would not open it either.
                hopeless_files.add(path)
        with store.transaction() as db:
            left = {place: sealed.waiting(db, place, generation) for place in sealed.PLACES}
            hopeless = {
                place: set(sealed.reseal_some(db, place, generation, 0, len(rows) + 1, plain=False).damaged)
                for place, rows in left.items()
                if rows
            }
            files = {path for path in _classifiers(store) if needs_sealing(path, generation)}
            if files <= hopeless_files and all(rows == hopeless.get(place, set()) for place, rows in left.items()):
                vault_keys.finish(db, generation)
                audit.record(db, None, "security.rotate", after={"generation": generation, "finished": True})
                return
    raise BusyError("Other programs keep storing faces. Close them, then run once more: app.py security rotate")


@guarded
def change_source(store: Store, kind: Kind, passphrase: str | None = None) -> None:
    """Have the key kept by the keyring, a passphrase or a file from now on; the faces themselves stay as they are.

    Needs the home's lock.  Raises VaultError without the present key or where the keyring refuses, InputError for a
    short passphrase.
    """
    store.vault.unlock()
    made = sources.create(kind, store.home, passphrase)
    with store.read() as db:
        before = vault_keys.list_keys(db)
    # The copies first: while the database still has the old wrapping, that cannot be given up yet.
    for copy in copies.copies(store.home.database):
        # One that an even older key wraps stays with it.
        with contextlib.suppress(StoreError, VaultError):
            copies.change_copy(copy, lambda db: _wrap_again(store, db, made))
    with store.transaction() as db:
        _wrap_again(store, db, made)
        audit.record(db, None, "security.key", before={"source": before[-1].source}, after={"source": kind})
    store.vault.forget()
    for one in {(key.source, key.source_id) for key in before}:
        sources.remove(store.home, *one)
    if kind != "file":
        sources.remove_file(store.home)
    store.pack()


def _wrap_again(store: Store, db: Session, made: sources.WrappingKey) -> None:
    vault_keys.replace_keys(db, [store.vault.wrap_again(one, made) for one in vault_keys.list_keys(db)])


@guarded
def start_over(store: Store) -> None:
    """Give up every stored face and classifier, and begin with a new key: the way out when the key is lost.

    Names, marks and sheets stay.  Needs the home's lock.
    """
    with store.transaction() as db:
        sealed.empty_all(db)
        training_runs.delete_all(db)
        vault_keys.remove_all(db)
        audit.record(db, None, "security.start_over")
    forget_school(store.home)
    if store.home.classifiers.exists():
        shutil.rmtree(store.home.classifiers)
    store.vault.forget()
    begin(store)
    store.pack()


@guarded
def state(store: Store, *, unlock: bool = True) -> KeyState:
    """How the faces are kept, and whether they can be read now.  unlock: try it, where that asks nobody."""
    with store.read() as db:
        keys = vault_keys.list_keys(db)
    problem = None
    try:
        newest = store.vault.newest()
        if unlock and newest.source != "passphrase":
            store.vault.unlock()
    except VaultError as error:
        problem = str(error)
    if not keys:
        return KeyState("none", 0, False, problem)
    return KeyState(keys[-1].source, keys[-1].generation, not keys[-1].finished, problem)


def in_words(home: Home, source: str) -> str:
    """How faces whose key is kept by ``source`` are kept, and what that protects against."""
    if source == "keyring":
        return "encrypted; their key is in the keyring of this account, so another account or computer cannot read them"
    if source == "passphrase":
        return "encrypted; their key comes from the passphrase, which is asked for when a face is needed"
    return (
        f"encrypted, but their key lies beside them ({home.key}): who copies the whole folder can read them. "
        "Keep it elsewhere: app.py security key --passphrase (or --keyring)"
    )


def _classifiers(store: Store) -> list[Path]:
    return sorted(one for one in store.home.classifiers.glob("*/*.npz") if not one.name.startswith("."))
