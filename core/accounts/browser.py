"""Logged in by browser: begun with a password, ended by hand, by doing nothing, or when the password changes."""

from datetime import timedelta

from core import clock
from core.access import guarded
from core.accounts.login import is_idle, log_in
from core.settings import Settings
from core.store import web_sessions
from core.store.accounts import Account
from core.store.database import Store

LONGEST = timedelta(hours=12)
"""After so long everybody logs in anew."""


@guarded
def begin(store: Store, name: str, password: str, address: str) -> tuple[Account, str]:
    """Log somebody in: who it is and what the cookie has to hold.  Raises as :func:`core.accounts.login.log_in`."""
    account = log_in(store, name, password, address=address)
    with store.transaction() as db:
        web_sessions.forget(db, clock.now() - LONGEST)
        return account, web_sessions.begin(db, account.id)


@guarded
def whose(store: Store, settings: Settings, token: str) -> Account | None:
    """Who is logged in with this cookie; None for nobody, or nobody any more."""
    now = clock.now()
    with store.read() as db:
        found = web_sessions.find(db, token)
    if found is None:
        return None
    account, since, seen = found
    changed = account.password_at is not None and account.password_at > since
    if not account.active or changed or now - since >= LONGEST or is_idle(seen, now, settings):
        end(store, token)
        return None
    if now - seen >= web_sessions.WRITE_EVERY:
        with store.transaction() as db:
            web_sessions.touch(db, token)
    return account


@guarded
def end(store: Store, token: str) -> None:
    """Log out."""
    with store.transaction() as db:
        web_sessions.end(db, token)


@guarded
def count_of(store: Store, token: str) -> int:
    """In how many browsers whoever this cookie belongs to is logged in; 0 for a cookie of nobody."""
    with store.read() as db:
        found = web_sessions.find(db, token)
        return 0 if found is None else web_sessions.count_of(db, found[0].id)


@guarded
def end_everywhere(store: Store, token: str) -> None:
    """Log whoever this cookie belongs to out in every browser, this one too."""
    with store.transaction() as db:
        found = web_sessions.find(db, token)
        if found is not None:
            web_sessions.end_all_of(db, found[0].id)
