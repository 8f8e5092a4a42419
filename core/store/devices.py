"""Phones and other browsers, and whose they are."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFoundError
from core.store.tables import DeviceTable, PairingTable
from core.store.text import clean_text
from core.store.tokens import new_token, token_hash

LONGEST_KIND = 60


@dataclass(frozen=True, slots=True)
class Device:
    """A browser; columns as in :class:`core.store.tables.DeviceTable`, without the secret."""

    id: int
    student_id: int | None
    kind: str
    active: bool
    paired_at: datetime | None
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Pairing:
    """A code for pairing; columns as in :class:`core.store.tables.PairingTable`, without the secret."""

    id: int
    student_id: int
    until: datetime
    ended: str | None


def add_device(db: Session, token: str, kind: str) -> Device:
    """Remember a browser by what its cookie holds."""
    now = clock.now()
    row = DeviceTable(
        token_hash=token_hash(token), kind=clean_text(kind, LONGEST_KIND), active=True, created_at=now, seen_at=now
    )
    db.add(row)
    db.flush()
    return _device(row)


def find_device(db: Session, token: str) -> Device | None:
    """The browser with this cookie, taken away or not; None where nobody knows it."""
    row = db.scalar(select(DeviceTable).filter_by(token_hash=token_hash(token)))
    return None if row is None else _device(row)


def known_or_new(db: Session, token: str | None, kind: str) -> tuple[Device, str]:
    """The browser with this cookie, else a new one; and what its cookie has to hold.

    What an unknown browser brings is not taken for its secret: somebody else could have put it there.
    """
    found = None if token is None else find_device(db, token)
    if found is not None and token is not None:
        db.execute(update(DeviceTable).where(DeviceTable.id == found.id).values(seen_at=clock.now()))
        return found, token
    token = new_token()
    return add_device(db, token, kind), token


def get_device(db: Session, device_id: int) -> Device:
    """The browser with this number.  Raises NotFoundError."""
    row = db.get(DeviceTable, device_id)
    if row is None:
        raise NotFoundError("This phone is not known any more. Look at the list again.")
    return _device(row)


def devices_of(db: Session, student_id: int) -> list[Device]:
    """A student's paired browsers that still count, the newest first."""
    query = select(DeviceTable).filter_by(student_id=student_id, active=True).order_by(DeviceTable.id.desc())
    return [_device(row) for row in db.scalars(query)]


def with_phones(db: Session, student_ids: Collection[int]) -> set[int]:
    """Those of these students who have a paired browser that still counts."""
    found = db.scalars(select(DeviceTable.student_id).where(DeviceTable.active, DeviceTable.student_id.is_not(None)))
    return {one for one in found if one is not None} & set(student_ids)


def set_owner(db: Session, device_id: int, student_id: int) -> None:
    """From now on it is this student's, and the only one of theirs."""
    db.execute(update(DeviceTable).filter_by(student_id=student_id).values(active=False))
    paired = {"student_id": student_id, "active": True, "paired_at": clock.now()}
    db.execute(update(DeviceTable).where(DeviceTable.id == device_id).values(**paired))


def take_away(db: Session, device_id: int) -> None:
    """It confirms nothing any more."""
    db.execute(update(DeviceTable).where(DeviceTable.id == device_id).values(active=False))


def set_pairing(db: Session, student_id: int, code: str, until: datetime, made_by: str) -> None:
    """Keep the code with which a phone becomes this student's; an older one ends."""
    db.execute(update(PairingTable).filter_by(student_id=student_id, ended=None).values(ended="replaced"))
    made = clean_text(made_by)
    db.add(PairingTable(student_id=student_id, code_hash=token_hash(code), until=until, made_by=made))
    db.flush()


def find_pairing(db: Session, code: str) -> Pairing | None:
    """The code, whether it still works or not; None for one that is wrong or was forgotten since."""
    row = db.scalar(select(PairingTable).filter_by(code_hash=token_hash(code)))
    return None if row is None else Pairing(row.id, row.student_id, row.until, row.ended)


def use_pairing(db: Session, pairing_id: int) -> None:
    """It does nothing any more."""
    db.execute(update(PairingTable).where(PairingTable.id == pairing_id).values(ended="used"))


def _device(row: DeviceTable) -> Device:
    return Device(row.id, row.student_id, row.kind, row.active, row.paired_at, row.seen_at)
