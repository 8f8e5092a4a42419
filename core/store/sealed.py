"""Which columns hold faces, and how they get there and back: sealed, and bound to whose they are.

The one list of such columns: whoever stores a picture of a face adds its column here and nowhere else, and
rotation, starting over and the search for plain bytes follow.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from core.errors import StoreError, VaultError
from core.store import vault_keys
from core.store.damage import damaged_face
from core.store.parts import in_parts
from core.store.tables import Base, ConfirmationTable, PassageTable, RejectionTable, SampleTable, SightingTable
from core.vault.sealing import SealError, generation_of, prefix_of
from core.vault.vault import Vault

INFO = "vault"
"""Where :class:`core.store.database.Store` leaves the vault in ``Session.info``."""
_GENERATION = "vault_generation"


@dataclass(frozen=True, slots=True)
class Place:
    """A column of sealed values.  owner: the column that says whose they are; bound: further columns that never change
    without the value.
    """

    table: type[Base]
    column: str
    owner: str
    bound: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.table.__tablename__}.{self.column}"

    def context(self, owner: int, *bound: str) -> bytes:
        """What a value is sealed together with."""
        if len(bound) != len(self.bound):
            raise TypeError(f"{self} is bound to {self.bound}")
        return "\x1f".join(("rollcall", self.table.__tablename__, self.column, str(owner), *bound)).encode()


SAMPLE_CROP = Place(SampleTable, "crop", "student_id", ("crop_sha256",))
SAMPLE_EMBEDDING = Place(SampleTable, "embedding", "student_id", ("crop_sha256", "model_key"))
REJECTION_CROP = Place(RejectionTable, "crop", "student_id", ("crop_sha256",))
REJECTION_EMBEDDING = Place(RejectionTable, "embedding", "student_id", ("crop_sha256", "model_key"))
THUMBNAIL = Place(SightingTable, "thumbnail", "session_id")
PASSAGE_PICTURE = Place(PassageTable, "picture", "student_id")
PASSAGE_LAST_PICTURE = Place(PassageTable, "last_picture", "student_id")
SELFIE_PICTURE = Place(ConfirmationTable, "picture", "student_id")
SELFIE_FRAMES = Place(ConfirmationTable, "frames", "student_id")
SELFIE_FACE = Place(ConfirmationTable, "face", "student_id")
PLACES = (
    *(SAMPLE_CROP, SAMPLE_EMBEDDING, REJECTION_CROP, REJECTION_EMBEDDING),
    *(THUMBNAIL, PASSAGE_PICTURE, PASSAGE_LAST_PICTURE),
    *(SELFIE_PICTURE, SELFIE_FRAMES, SELFIE_FACE),
)


def seal(db: Session, place: Place, owner: int, content: bytes, *bound: str) -> bytes:
    """``content`` as it may be stored in ``place``; nothing stays nothing.

    owner, bound: what the row has in those columns.  Raises VaultError when the key is not there.
    """
    if not content:
        return b""
    if _GENERATION not in db.info:
        # Read inside the transaction: a key that another process is just giving up must not be used again.
        db.info[_GENERATION] = vault_keys.newest_generation(db)
    return _vault(db).seal(content, place.context(owner, *bound), db.info[_GENERATION])


def unseal(db: Session, place: Place, owner: int, stored: bytes, *bound: str, what: str = "") -> bytes:
    """What was sealed.  Raises VaultError without the key, StoreError naming ``what`` was changed or moved."""
    if not stored:
        return b""
    try:
        return _vault(db).unseal(stored, place.context(owner, *bound))
    except SealError as error:
        raise damaged_face(what or str(place)) from error


def unseal_or_empty(db: Session, place: Place, owner: int, stored: bytes, *bound: str) -> bytes:
    """As :func:`unseal`, but nothing for a value that was changed or moved.  Raises VaultError."""
    try:
        return unseal(db, place, owner, stored, *bound)
    except StoreError:
        return b""


def unseal_to_show(db: Session, place: Place, owner: int, stored: bytes, *bound: str) -> bytes:
    """As :func:`unseal`, for pictures that only illustrate the register: nothing where it cannot be opened."""
    try:
        return unseal_or_empty(db, place, owner, stored, *bound)
    except VaultError:
        return b""


def hand_over(db: Session, table: type[Base], rows: Iterable[int], before: int, now: int) -> None:
    """Seal the values of some rows for another student, whose row they become.  Raises VaultError.

    A value that does not open stays, and goes on being refused.
    """
    for place in PLACES:
        if place.table is not table or place.owner != "student_id":
            continue
        bound = [getattr(table, name) for name in place.bound]
        query = select(_id(place), getattr(table, place.column), *bound)
        for part in in_parts(query, _id(place), rows):
            for number, stored, *more in db.execute(part).all():
                content = unseal_or_empty(db, place, before, stored, *more)
                if content:
                    changed = {place.column: seal(db, place, now, content, *more)}
                    db.execute(update(table).where(_id(place) == number).values(changed))


@dataclass(frozen=True, slots=True)
class Resealed:
    """One step.  last: the last row looked at, None at the end; sealed: values done; damaged: rows that do not open."""

    last: int | None
    sealed: int
    damaged: frozenset[int]


def reseal_some(db: Session, place: Place, generation: int, after: int, most: int, *, plain: bool) -> Resealed:
    """Bring up to ``most`` values behind row ``after`` to ``generation``; values that do not open stay as they are.

    plain: values that were never sealed are sealed, instead of counted as damaged.
    """
    names = ("id", place.owner, *place.bound, place.column)
    columns = [getattr(place.table, name) for name in names]
    rows: list[Any] = list(
        db.execute(select(*columns).where(_waits(place, generation, after)).order_by("id").limit(most))
    )
    sealed, damaged = 0, set()
    for number, owner, *bound, stored in rows:
        context = place.context(owner, *bound)
        try:
            content = stored if plain and generation_of(stored) is None else _vault(db).unseal(stored, context)
        except SealError:
            damaged.add(number)
            continue
        again = {place.column: _vault(db).seal(content, context, generation)}
        db.execute(update(place.table).where(columns[0] == number).values(again))
        sealed += 1
    return Resealed(rows[-1][0] if rows else None, sealed, frozenset(damaged))


def waiting(db: Session, place: Place, generation: int) -> set[int]:
    """The rows whose value is not of this generation."""
    return set(db.scalars(select(_id(place)).where(_waits(place, generation, 0))))


def holds_values(db: Session) -> bool:
    """Whether any face is stored at all."""
    return any(
        db.scalar(select(_id(place)).where(func.length(getattr(place.table, place.column)) > 0).limit(1)) is not None
        for place in PLACES
    )


def empty_all(db: Session) -> None:
    """Give up all stored faces: samples and rejections go, in sightings, passages and confirmations the pictures."""
    for table in (SampleTable, RejectionTable):
        db.query(table).delete()
    for place in (THUMBNAIL, PASSAGE_PICTURE, PASSAGE_LAST_PICTURE, SELFIE_PICTURE, SELFIE_FRAMES, SELFIE_FACE):
        db.execute(update(place.table).values({place.column: b""}))


def _waits(place: Place, generation: int, after: int) -> Any:  # noqa: ANN401 - SQLAlchemy's expression
    column, prefix = getattr(place.table, place.column), prefix_of(generation)
    begins_otherwise = func.substr(column, 1, len(prefix)) != prefix
    return and_(_id(place) > after, func.length(column) > 0, begins_otherwise)


def _id(place: Place) -> Any:  # noqa: ANN401 - of any of the tables
    return getattr(place.table, "id")  # noqa: B009 - the base class has none


def _vault(db: Session) -> Vault:
    found = db.info[INFO]
    if not isinstance(found, Vault):
        raise TypeError("this session does not come from a Store")
    return found
