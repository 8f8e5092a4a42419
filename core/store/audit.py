"""The rows of the audit: appended and read, never changed.  Which may go is in :mod:`core.store.audit_anchor`."""

import hashlib
import hmac
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, desc, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor, computer_user, current_actor
from core.audit_key import AuditKey, signing_key
from core.errors import StoreError
from core.store.tables import AccountTable, AuditSessionTable, AuditTable
from core.store.text import clean_text, key_of

BEGINNING = "0" * 64
"""What the first row has before it."""
TRIGGERS = frozenset(
    {
        *("audit_no_update", "audit_no_delete", "audit_in_order"),
        *("audit_anchor_set", "audit_anchor_moved", "audit_anchor_no_delete"),
    }
)
_SIGNED = (
    *("id", "at", "account_id", "role", "by", "computer_user", "action", "class_id", "session_id", "student_id"),
    *("subject", "before", "after", "why", "key_id", "prev"),
)
_EVERY = (*_SIGNED, "mac")
# Made once: an act that is recorded must not wait for SQL to be put together.
_TABLE = AuditTable.__table__
_INSERT = insert(AuditTable.__table__)  # type: ignore[arg-type]  # a mapped class says of less what its table is
_INSERT_SESSIONS = insert(AuditSessionTable.__table__)  # type: ignore[arg-type]  # the same
_LAST = select(_TABLE.c.id, _TABLE.c.mac).order_by(desc(_TABLE.c.id)).limit(1)

_LAST_OF_SESSION = text(
    # Each half takes one step in an index, however long the audit is.
    "SELECT id, mac FROM audit WHERE id = max("
    "coalesce((SELECT id FROM audit WHERE session_id = :session AND action NOT LIKE 'mail.%' "
    "ORDER BY id DESC LIMIT 1), 0), "
    "coalesce((SELECT max(audit_id) FROM audit_sessions WHERE session_id = :session), 0))"
)


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One thing that was done.  at: aware UTC; who: name of the account, or as it was signed without accounts.

    Other columns as in :class:`core.store.tables.AuditTable`.
    """

    id: int
    at: datetime
    who: str
    role: str
    account_id: int | None
    computer_user: str
    action: str
    class_id: int | None
    session_id: int | None
    student_id: int | None
    subject: str | None
    before: Any
    after: Any
    why: str | None
    mac: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows are wanted; None: all.  since, until: aware; action: also the beginning of one, like ``accounts``."""

    since: datetime | None = None
    until: datetime | None = None
    who: str | None = None
    action: str | None = None
    student_id: int | None = None


def record(
    db: Session,
    actor: Actor | None,
    action: str,
    *,
    class_id: int | None = None,
    session_id: int | None = None,
    student_id: int | None = None,
    subject: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    why: str | None = None,
    several: Collection[int] = (),
) -> int:
    """Append what is done in this transaction; returns the row's number.

    several: ids of the sessions it was done to, if more than one; ``after`` lists them too, for only that is signed.
    actor: None takes who acts at this moment.  The row outlives everybody: numbers, never a student's name, also not in
    before, after and why.
    """
    key, connection = signing_key(db.info["home"]), db.connection()
    last = connection.execute(_LAST).first()
    values = {
        "id": 1 if last is None else last.id + 1,
        "at": moment_text(clock.now()),
        **_who(actor or current_actor()),
        "action": action,
        "class_id": class_id,
        "session_id": session_id,
        "student_id": student_id,
        "subject": subject,
        "before": _json(before),
        "after": _json(after),
        "why": clean_text(why or "") or None,
        "key_id": key.id,
        "prev": BEGINNING if last is None else last.mac,
    }
    connection.execute(_INSERT, {**values, "mac": mac_of(key, [values[name] for name in _SIGNED])})
    return _with_sessions(connection, int(values["id"] or 0), several)


def _with_sessions(connection: Connection, number: int, several: Collection[int]) -> int:
    if several:
        connection.execute(_INSERT_SESSIONS, [{"session_id": one, "audit_id": number} for one in sorted(several)])
    return number


def _who(actor: Actor | None) -> dict[str, Any]:
    # A student is a number, as everywhere in the audit; so is whoever has an account.
    by_name = actor is not None and actor.account_id is None and actor.role != "student"
    by = clean_text(actor.name) if actor is not None and by_name else None
    if actor is not None and actor.limits is not None:
        by = f"token:{actor.limits.token_id}"
    return {
        "account_id": None if actor is None else actor.account_id,
        "role": "nobody" if actor is None else actor.role,
        "by": by,
        "computer_user": clean_text(computer_user()),
    }


def rows(db: Session, wanted: Filter, limit: int) -> list[AuditRow]:
    """The newest rows that fit, newest first."""
    query = select(AuditTable, AccountTable.name).outerjoin(AccountTable, AccountTable.id == AuditTable.account_id)
    if wanted.since is not None:
        query = query.where(AuditTable.at >= moment_text(wanted.since))
    if wanted.until is not None:
        query = query.where(AuditTable.at <= moment_text(wanted.until))
    if wanted.action is not None:
        query = query.where(AuditTable.action.startswith(wanted.action, autoescape=True))
    if wanted.student_id is not None:
        query = query.where(AuditTable.student_id == wanted.student_id)
    if wanted.who is not None:
        asked = clean_text(wanted.who)
        query = query.where((AccountTable.name_key == key_of(asked)) | (AuditTable.by == asked))
    return [_row(row, name) for row, name in db.execute(query.order_by(desc(AuditTable.id)).limit(limit))]


def last_mac(db: Session) -> tuple[int, str] | None:
    """Number and mac of the last row; None while there is none."""
    found = db.execute(_LAST).first()
    return None if found is None else (found.id, str(found.mac))


def last_mac_of_session(db: Session, session_id: int) -> tuple[int, str] | None:
    """Number and mac of the newest row that names the session, alone or with others; None where there is none.

    Mail about a session is no act on it.
    """
    found = db.execute(_LAST_OF_SESSION, {"session": session_id}).first()
    return None if found is None else (found.id, str(found.mac))


def most_rows(db: Session) -> int:
    """How many rows the database remembers to have had."""
    found = db.execute(text("SELECT seq FROM sqlite_sequence WHERE name = 'audit'")).scalar()
    return found if isinstance(found, int) else 0


def triggers(db: Session) -> set[str]:
    """Which triggers of the audit there are."""
    found = db.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit%'"))
    return set(found.scalars())


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as it lies there, whoever wrote it.  values: in the order they are signed; None where it is unreadable."""

    id: Any
    key_id: Any
    prev: Any
    mac: Any
    values: tuple[Any, ...] | None

    def is_signed_by(self, key: AuditKey) -> bool:
        return self.values is not None and is_mac_of(self.mac, key, self.values)


def raw_rows(db: Session, first: int | None = None) -> Iterator[RawRow]:
    """All rows by number, or those from ``first`` on, as they are stored; ends after the first that is unreadable."""
    columns = ", ".join(f'"{name}"' for name in _EVERY)
    only = "" if first is None else "WHERE id >= :first"
    query = text(f"SELECT {columns} FROM audit {only} ORDER BY id")  # noqa: S608 - names of this file
    result = db.execute(query, {} if first is None else {"first": first})
    while True:
        try:
            found = result.fetchone()
        except DBAPIError as error:
            if "decode" not in str(error):
                raise
            # Bytes that are no text where a text belongs.
            yield RawRow(None, None, None, None, None)
            return
        if found is None:
            return
        *values, mac = found
        yield RawRow(values[0], values[_SIGNED.index("key_id")], values[-1], mac, tuple(values))


def mac_of(key: AuditKey, values: Sequence[Any]) -> str:
    """What signs these values, in hexadecimal."""
    # A list of JSON has one reading only: no value can flow into its neighbour.
    plain = json.dumps(list(values), ensure_ascii=True, separators=(",", ":"), default=repr)
    return hmac.new(key.secret, plain.encode("ascii"), hashlib.sha256).hexdigest()


def is_mac_of(mac: Any, key: AuditKey, values: Sequence[Any]) -> bool:  # noqa: ANN401 - whatever lies there
    """Whether a stored mac signs these values."""
    return hmac.compare_digest(mac_of(key, values).encode(), str(mac).encode())


def _json(data: Mapping[str, Any] | None) -> str | None:
    if data is None:
        return None
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def moment_text(at: datetime) -> str:
    """A moment as the audit stores it; texts of two compare as the moments do.  at: aware."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _row(row: AuditTable, account: str | None) -> AuditRow:
    who = account or row.by or ("an erased account" if row.account_id is not None else "nobody")
    try:
        at = datetime.fromisoformat(row.at)
        before, after = (None if one is None else json.loads(one) for one in (row.before, row.after))
    except (TypeError, ValueError) as error:
        raise StoreError(f"Row {row.id} of the audit was tampered with. Check it all: app.py audit verify") from error
    return AuditRow(
        id=row.id,
        at=at,
        who=who,
        role=row.role,
        account_id=row.account_id,
        computer_user=row.computer_user,
        action=row.action,
        class_id=row.class_id,
        session_id=row.session_id,
        student_id=row.student_id,
        subject=row.subject,
        before=before,
        after=after,
        why=row.why,
        mac=row.mac,
    )
