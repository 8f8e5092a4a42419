"""What a mark can be, as a school names, colours and adds it."""

from dataclasses import dataclass, replace
from typing import get_args

from core.access import guarded
from core.errors import InputError
from core.store.database import Store
from core.store.statuses import Meaning, Status, list_statuses, read_status, save_status, status_set

NO_POINTS = "-"
"""Typed instead of points: the lesson is left out of the percentage."""
QUIET = ("#ECECEC", "#3A3A3A")
"""Colours of cell and letter, unless somebody chooses some."""


@dataclass(frozen=True, slots=True)
class StatusChange:
    """What of a status shall be different; None stays as it is.

    points: as it is typed, 0 to 1 or :data:`NO_POINTS`; active False: marks keep it, new ones cannot have it.
    """

    letter: str | None = None
    name: str | None = None
    points: str | None = None
    colour: str | None = None
    ink: str | None = None
    active: bool | None = None


@guarded
def list_all(store: Store) -> list[Status]:
    """All statuses in the order of the school, retired ones too."""
    with store.read() as db:
        return list_statuses(db)


@guarded
def add_status(
    store: Store, letter: str, name: str, counts_as: str, points: str | None = None, colours: tuple[str, str] = QUIET
) -> Status:
    """Add a status of the school's own.

    counts_as: present, late, excused or absent, whose points it takes unless some are typed.  Raises as
    :func:`core.store.statuses.save_status`, InputError for no such meaning or no points.
    """
    with store.transaction() as db:
        known = status_set(db)
        like = next((one for one in known.values() if one.counts_as == counts_as), None)
        if like is None:
            raise InputError(f"“{counts_as}” is no meaning. Use one of {', '.join(get_args(Meaning))}.")
        made = replace(
            like,
            code=_free_code(set(known)),
            letter=letter,
            name=name,
            points=_points(points, like.points),
            colour=colours[0],
            ink=colours[1],
            active=True,
        )
        return save_status(db, made)


@guarded
def change_status(store: Store, status: str, change: StatusChange) -> Status:
    """Change the status with this letter or name, retired or not; marks that have it show the new letter and name.

    Raises as :func:`core.store.statuses.save_status`, InputError for no such status or no points.
    """
    with store.transaction() as db:
        old = read_status(db, status, retired=True)
        changed = replace(
            old,
            letter=old.letter if change.letter is None else change.letter,
            name=old.name if change.name is None else change.name,
            points=_points(change.points, old.points),
            colour=change.colour or old.colour,
            ink=change.ink or old.ink,
            active=old.active if change.active is None else change.active,
        )
        return save_status(db, changed)


def _points(text: str | None, unchanged: float | None) -> float | None:
    if text is None:
        return unchanged
    if text.strip() == NO_POINTS:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise InputError(f"“{text}” are no points. Write 0 to 1, or - to leave the lesson out.") from error


def _free_code(taken: set[str]) -> str:
    return next(code for code in (f"S{number}" for number in range(1, len(taken) + 2)) if code not in taken)
