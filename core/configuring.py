"""Changing the school's settings: the file keeps its comments, the audit keeps what was there before."""

import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import tomlkit
from pydantic import ValidationError
from tomlkit.exceptions import TOMLKitError

from core.access import guarded
from core.errors import InputError
from core.files import write_bytes_atomically
from core.settings import Settings, load_settings, settings_file
from core.store import audit
from core.store.database import Store
from core.store.text import clean_text

Value = str | int | float | bool | None


@guarded
def change_settings(store: Store, changes: Mapping[str, Value]) -> Settings:
    """Write these settings into the file and give all as they are then; None goes back to what holds without a line.

    All or nothing.  Raises InputError for an unknown name, for a value that cannot be, naming it, for one that an
    environment variable holds, and for a file that cannot be read; DiskFullError.
    """
    _check_names(changes)
    path = settings_file(store.home)
    with ExitStack() as undo:
        with store.transaction() as db:
            old = path.read_bytes() if path.is_file() else None
            document = _parsed(path, old)
            before = _valid(document.unwrap())
            for name, value in changes.items():
                _set(document, name, value)
            after = _valid(document.unwrap())
            different = sorted(name for name in changes if getattr(before, name) != getattr(after, name))
            if different:
                was, now = _seen(before, different), _seen(after, different)
                audit.record(db, None, "settings.change", before=was, after=now)
                # A row that cannot be saved brings the old file back.
                undo.callback(_put_back, path, old)
                write_bytes_atomically(path, tomlkit.dumps(document).encode("utf-8"))
        undo.pop_all()
    return load_settings(store.home)


def fixed_names() -> frozenset[str]:
    """The settings that environment variables hold, which the file cannot change."""
    variables = {name.upper() for name in os.environ}
    return frozenset(name for name in Settings.model_fields if f"ROLLCALL_{name.upper()}" in variables)


def limits_of(name: str) -> tuple[float, float]:
    """Least and most of a setting that is a number.  Raises ValueError for another one."""
    limits: dict[str, float] = {}
    for one in Settings.model_fields[name].metadata:
        for side, at in (("least", "ge"), ("least", "gt"), ("most", "le")):
            if hasattr(one, at):
                limits[side] = float(getattr(one, at))
    if len(limits) < 2:
        raise ValueError(f"{name} is no number with limits")
    return limits["least"], limits["most"]


def _check_names(changes: Mapping[str, Value]) -> None:
    for name in changes:
        if name not in Settings.model_fields:
            raise InputError(f"There is no setting “{clean_text(name, 40)}”.")
        if name in fixed_names():
            raise InputError(
                f"The setting {name} is held by the environment variable ROLLCALL_{name.upper()} of this computer. "
                "Remove that first."
            )


def _parsed(path: Path, content: bytes | None) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse((content or b"").decode("utf-8"))
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise InputError(f"The settings in {path} cannot be read ({error}). Correct or delete the file.") from error


def _valid(values: Mapping[str, Any]) -> Settings:
    """What the file alone comes to."""
    try:
        return Settings(**{name: value for name, value in values.items() if name in Settings.model_fields})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise InputError(f"The setting {name} cannot be so ({first['msg']}). Nothing was changed.") from error


def _set(document: tomlkit.TOMLDocument, name: str, value: Value) -> None:
    if value is None:
        document.pop(name, None)
    else:
        document[name] = clean_text(value) if isinstance(value, str) else value


def _put_back(path: Path, old: bytes | None) -> None:
    if old is None:
        path.unlink(missing_ok=True)
    else:
        write_bytes_atomically(path, old)


def _seen(settings: Settings, names: list[str]) -> dict[str, Any]:
    return settings.model_dump(mode="json", include=set(names))
