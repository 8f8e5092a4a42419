"""What a mark can be: four statuses at first, a school may name, colour and add its own."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import ConflictError, InputError
from core.store import audit
from core.store.tables import StatusTable
from core.store.text import clean_name, clean_text, key_of

PRESENT = "P"
LATE = "L"
EXCUSED = "E"
ABSENT = "A"
BUILT_IN = (PRESENT, LATE, EXCUSED, ABSENT)
"""Recognition, lateness, planned absences and closing set these, so they cannot go; names and letters can change."""
Meaning = Literal["present", "late", "excused", "absent"]
LONGEST_LETTER = 3
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, slots=True)
class Status:
    """One status; columns as in :class:`core.store.tables.StatusTable`."""

    code: str
    letter: str
    name: str
    counts_as: Meaning
    points: float | None
    colour: str
    ink: str
    active: bool = True

    @property
    def in_room(self) -> bool:
        """Whether the student was there."""
        return self.counts_as in ("present", "late")


def list_statuses(db: Session) -> list[Status]:
    """All statuses in the order of the school, inactive ones last in their place."""
    rows = db.scalars(select(StatusTable).order_by(StatusTable.position, StatusTable.code))
    return [_status(row) for row in rows]


def status_set(db: Session) -> Mapping[str, Status]:
    """All statuses by code."""
    return {one.code: one for one in list_statuses(db)}


def read_status(db: Session, text: str, *, retired: bool = False) -> Status:
    """The status with this letter, code or name, upper or lower case; ``retired``: also one that is not used any more.

    Raises InputError, which names those there are.
    """
    asked = key_of(clean_text(text))
    there = [one for one in list_statuses(db) if one.active or retired]
    for words in ("letter", "code", "name"):
        for one in there:
            if key_of(getattr(one, words)) == asked:
                return one
    known = ", ".join(f"{one.letter} ({one.name.lower()})" for one in there)
    raise InputError(f"“{clean_text(text, 20)}” is no status. Use one of {known}.")


def save_status(db: Session, status: Status, position: int | None = None) -> Status:
    """Add a status, or change the one with its code; ``position`` 0 stands first, new ones stand last without it.

    Raises ConflictError when another one has the letter or name, or a built-in one would change its meaning; InputError
    for a letter, colour or points that cannot be used.
    """
    letter, name = clean_text(status.letter), clean_name(status.name, "status")
    _check(status, letter)
    others = [one for one in list_statuses(db) if one.code != status.code]
    for one in others:
        if key_of(letter) in {key_of(one.letter), key_of(one.code)} or key_of(name) == key_of(one.name):
            raise ConflictError(f"The status {one.letter} {one.name} has this letter or name already. Choose another.")
    row = db.get(StatusTable, status.code)
    before = None if row is None else asdict(_status(row))
    if row is None:
        row = StatusTable(code=status.code, position=len(others))
        db.add(row)
    elif status.code in BUILT_IN and (row.counts_as != status.counts_as or not status.active):
        raise ConflictError(f"The status {row.letter} {row.name} is built in: its meaning stays. Add one of your own.")
    row.letter, row.name, row.counts_as, row.points = letter, name, status.counts_as, status.points
    row.colour, row.ink, row.active = status.colour, status.ink, status.active
    row.position = row.position if position is None else position
    db.flush()
    made = _status(row)
    audit.record(db, None, "statuses.change", subject=f"status:{made.code}", before=before, after=asdict(made))
    return made


def _check(status: Status, letter: str) -> None:
    if not letter or len(letter) > LONGEST_LETTER or letter[0] in "=+-@'":
        raise InputError(f"A status has 1 to {LONGEST_LETTER} letters, like P or AM. Choose another letter.")
    if status.counts_as not in get_args(Meaning):
        raise InputError(f"A status counts as one of {', '.join(get_args(Meaning))}.")
    if status.points is not None and not 0 <= status.points <= 1:
        raise InputError("The points of a status are from 0 to 1, or none to leave the session out of the percentage.")
    if not all(_COLOUR.fullmatch(one) for one in (status.colour, status.ink)):
        raise InputError("Write colours like #DDF1E1.")
    if not re.fullmatch(r"[A-Za-z0-9_]{1,8}", status.code):
        raise InputError("The code of a status has 1 to 8 Latin letters or digits.")


def _status(row: StatusTable) -> Status:
    return Status(
        code=row.code,
        letter=row.letter,
        name=row.name,
        counts_as=row.counts_as,  # type: ignore[arg-type]  # the store keeps it as text
        points=row.points,
        colour=row.colour,
        ink=row.ink,
        active=row.active,
    )
