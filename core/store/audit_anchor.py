"""Where the audit begins: rows that were kept long enough go, and a signed anchor says which was the last of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core import clock
from core.audit_key import AuditKey, signing_key
from core.store.audit import is_mac_of, mac_of, moment_text
from core.store.tables import AuditAnchorTable, AuditSessionTable, AuditTable

_COLUMNS = ("number", "row_mac", "at", "key_id", "mac")


@dataclass(frozen=True, slots=True)
class Anchor:
    """The anchor as it lies there, whoever wrote it; columns as in :class:`core.store.tables.AuditAnchorTable`."""

    number: Any
    row_mac: Any
    at: Any
    key_id: Any
    mac: Any

    def is_signed_by(self, key: AuditKey) -> bool:
        return is_mac_of(self.mac, key, _signed(self.number, self.row_mac, self.at, self.key_id))


def read(db: Session) -> Anchor | None:
    """The anchor; None while no row ever went.  One that is unreadable or not alone has None in every column."""
    try:
        found = db.execute(text(f"SELECT {', '.join(_COLUMNS)} FROM audit_anchor")).all()  # noqa: S608 - names of this file
    except DBAPIError as error:
        if "decode" not in str(error):
            raise
        return Anchor(None, None, None, None, None)
    if not found:
        return None
    return Anchor(*found[0]) if len(found) == 1 else Anchor(None, None, None, None, None)


def last_before(db: Session, moment: datetime) -> int:
    """Number of the last row before the first that was written at ``moment`` or later, and never the newest row; or 0.

    moment: aware.
    """
    newest = db.scalar(select(func.max(AuditTable.id))) or 0
    kept = db.scalar(select(func.min(AuditTable.id)).where(AuditTable.at >= moment_text(moment)))
    return max(0, (newest if kept is None else min(kept, newest)) - 1)


def count_before(db: Session, moment: datetime) -> int:
    """How many rows :func:`last_before` says may go.  moment: aware."""
    up_to = select(func.count()).select_from(AuditTable).where(AuditTable.id <= last_before(db, moment))
    return db.scalar(up_to) or 0


def remove_up_to(db: Session, number: int, row_mac: str) -> int:
    """Erase the rows up to one, whose mac is ``row_mac``, and set the anchor onto it; returns how many went.

    The database refuses it for a row that is not there and for the newest.
    """
    key = signing_key(db.info["home"])
    at = moment_text(clock.now())
    anchor = db.get(AuditAnchorTable, 1)
    if anchor is None:
        anchor = AuditAnchorTable(id=1)
        db.add(anchor)
    anchor.number, anchor.row_mac, anchor.at, anchor.key_id = number, row_mac, at, key.id
    anchor.mac = mac_of(key, _signed(number, row_mac, at, key.id))
    db.flush()
    db.execute(delete(AuditSessionTable).where(AuditSessionTable.audit_id <= number))
    old = AuditTable.id <= number
    return len(db.scalars(delete(AuditTable).where(old).returning(AuditTable.id)).all())


def _signed(number: Any, row_mac: Any, at: Any, key_id: Any) -> Sequence[Any]:  # noqa: ANN401 - whatever lies there
    # A row's first value is its number: nothing that was signed as a row can pass for an anchor.
    return ("anchor", number, row_mac, at, key_id)
