"""Who is logged in by browser."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from core import clock
from core.store import accounts
from core.store.accounts import Account
from core.store.tables import WebSessionTable
from core.store.tokens import new_token, token_hash

WRITE_EVERY = timedelta(minutes=1)
"""That somebody is still there is written so often at most: a page must not wait for a disk."""


def begin(db: Session, account_id: int) -> str:
    """Log somebody in; what the browser's cookie has to hold."""
    token, now = new_token(), clock.now()
    db.add(WebSessionTable(sid_hash=token_hash(token), account_id=account_id, created_at=now, seen_at=now))
    db.flush()
    return token


def find(db: Session, token: str) -> tuple[Account, datetime, datetime] | None:
    """Who it is, since when, and when they were last there; None where nobody is logged in by this."""
    row = db.scalar(select(WebSessionTable).filter_by(sid_hash=token_hash(token)))
    account = None if row is None else accounts.account_by_id(db, row.account_id)
    return None if row is None or account is None else (account, row.created_at, row.seen_at)


def touch(db: Session, token: str) -> None:
    """Somebody is still there."""
    db.execute(update(WebSessionTable).filter_by(sid_hash=token_hash(token)).values(seen_at=clock.now()))


def end(db: Session, token: str) -> None:
    """Log out."""
    db.execute(delete(WebSessionTable).filter_by(sid_hash=token_hash(token)))


def end_all_of(db: Session, account_id: int) -> None:
    """Log somebody out everywhere."""
    db.execute(delete(WebSessionTable).filter_by(account_id=account_id))


def end_everybody(db: Session) -> None:
    """Nobody is logged in any more: an older copy would bring back who logged out since."""
    db.execute(delete(WebSessionTable))


def count_of(db: Session, account_id: int) -> int:
    """In how many browsers somebody is logged in."""
    return db.scalar(select(func.count()).select_from(WebSessionTable).filter_by(account_id=account_id)) or 0


def forget(db: Session, before: datetime) -> None:
    """Remove those that nobody used since a moment (aware)."""
    db.execute(delete(WebSessionTable).where(WebSessionTable.seen_at < before))
