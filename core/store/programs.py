"""Tokens with which other programs of the school read and write."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core import clock
from core.store.tables import ApiTokenTable
from core.store.text import clean_name
from core.store.tokens import new_token, token_hash

BEGINS_WITH = "rollcall_"
"""So that whoever finds one in a file knows what it is."""
WRITE_EVERY = timedelta(minutes=1)
"""That a token was used is written so often at most: a program must not wait for a disk."""


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token; columns as in :class:`core.store.tables.ApiTokenTable`, without the secret."""

    id: int
    account_id: int
    name: str
    scopes: tuple[str, ...]
    class_id: int | None
    until: datetime | None
    created_at: datetime
    used_at: datetime | None


def add_token(
    db: Session, account_id: int, name: str, scopes: Sequence[str], class_id: int | None, until: datetime | None
) -> tuple[ApiToken, str]:
    """Make a token: its row, and the secret, which is stored nowhere.  Raises InputError for an empty name."""
    secret = BEGINS_WITH + new_token()
    row = ApiTokenTable(
        token_hash=token_hash(secret),
        account_id=account_id,
        name=clean_name(name, "token"),
        scopes=list(scopes),
        class_id=class_id,
        until=until,
        created_at=clock.now(),
    )
    db.add(row)
    db.flush()
    return _token(row), secret


def find_token(db: Session, secret: str) -> ApiToken | None:
    """The token with this secret, over or not; None where nobody knows it."""
    row = db.scalar(select(ApiTokenTable).filter_by(token_hash=token_hash(secret)))
    return None if row is None else _token(row)


def token_by_id(db: Session, token_id: int) -> ApiToken | None:
    """The token with this number, or None."""
    row = db.get(ApiTokenTable, token_id, populate_existing=True)
    return None if row is None else _token(row)


def list_tokens(db: Session) -> list[ApiToken]:
    """All tokens in the order they were made, those that are over too."""
    return [_token(row) for row in db.scalars(select(ApiTokenTable).order_by(ApiTokenTable.id))]


def touch(db: Session, token_id: int) -> None:
    """It was used at this moment."""
    db.execute(update(ApiTokenTable).where(ApiTokenTable.id == token_id).values(used_at=clock.now()))


def remove_token(db: Session, token_id: int) -> None:
    """From now on nobody knows it."""
    db.execute(delete(ApiTokenTable).where(ApiTokenTable.id == token_id))


def _token(row: ApiTokenTable) -> ApiToken:
    scopes = tuple(str(one) for one in row.scopes)
    return ApiToken(row.id, row.account_id, row.name, scopes, row.class_id, row.until, row.created_at, row.used_at)
