"""Logging in: wrong tries are counted and slowed down, and an answer never tells what was wrong.

A try is counted before it is judged and given back when it was right.  Names that are no account are counted, locked
and hashed just like those that are.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from core import audit, clock
from core.access import guarded
from core.accounts import passwords
from core.actor import acting
from core.errors import ConflictError, LoginError
from core.settings import Settings
from core.store import accounts
from core.store.accounts import Account
from core.store.database import Store
from core.store.text import clean_text, key_of

FREE_TRIES = 5
"""For one account; then it is locked for 1, 2, 4 … 15 minutes after each further wrong one."""
FREE_TRIES_OF_ADDRESS = 20
FORGET_NAMES = timedelta(days=1)
FORGET_ADDRESSES = timedelta(minutes=15)
Kind = Literal["password", "code", "pin"]
WRONG = "The name and the password do not fit. Try again; after several wrong tries, wait 15 minutes first."
WRONG_CODE = "The name and the code do not fit. Try again; after several wrong tries, wait 15 minutes first."
WRONG_PIN = "The PIN does not fit. Try again; after several wrong tries, wait 15 minutes first."
_SENTENCES: dict[Kind, str] = {"password": WRONG, "code": WRONG_CODE, "pin": WRONG_PIN}


@guarded
def log_in(
    store: Store, name: str, password: str, *, address: str | None = None, now: datetime | None = None
) -> Account:
    """Who this is.  address: of the other computer, None at this one.  now: aware, for the clock of tests.

    Raises LoginError, with the same sentence for an unknown, locked or switched-off account, a wrong password and too
    many tries; BusyError when too many log in at this moment.
    """
    account = _proven(store, name, password, "password", address, now)
    _rehash(store, account, password)
    return account


@guarded
def change_password(store: Store, name: str, old: str, new: str, *, address: str | None = None) -> Account:
    """Change one's own password.  Raises as :func:`log_in`; InputError for a new one that is too easy to guess."""
    passwords.check_new_password(new, name)
    account = _proven(store, name, old, "password", address)
    return _set_password(store, account, new, "accounts.password")


@guarded
def use_code(store: Store, name: str, code: str, new: str, *, address: str | None = None) -> Account:
    """Set a password with the one-time code an admin gave; the code is used up.  Raises as :func:`change_password`."""
    passwords.check_new_password(new, name)
    account = _proven(store, name, passwords.read_code(code), "code", address)
    return _set_password(store, account, new, "accounts.code.used")


@guarded
def check_pin(store: Store, name: str, pin: str, *, address: str | None = None, now: datetime | None = None) -> Account:
    """Whether this is the account's PIN, for leaving a kiosk.  Wrong ones count like passwords.  Raises LoginError."""
    return _proven(store, name, pin, "pin", address, now)


def is_idle(last_activity: datetime, now: datetime, settings: Settings) -> bool:
    """Whether a window in which something was done last at ``last_activity`` must ask for the password.  Aware times.

    A clock that was set back does not lock.
    """
    return settings.idle_minutes > 0 and now - last_activity >= timedelta(minutes=settings.idle_minutes)


def tries_key(name: str, kind: Kind = "password") -> str:
    """Under which the tries of a name are counted; a hash, for people type passwords where the name belongs."""
    beginning = "pin:" if kind == "pin" else "name:"
    return beginning + hashlib.sha256(key_of(clean_text(name)).encode("utf-8", "replace")).hexdigest()


def _proven(
    store: Store, name: str, secret: str, kind: Kind, address: str | None, now: datetime | None = None
) -> Account:
    now = now or clock.now()
    mine, theirs = tries_key(name, kind), None if address is None else f"address:{address[:100]}"
    with store.transaction() as db:
        blocked, locked = _count(db, mine, theirs, now)
        account = accounts.find_account(db, name)
        stored = None if account is None else _stored(db, account, kind, now)
    if blocked:
        # Tells only about the address, and a flood costs no hashes.
        raise LoginError(_SENTENCES[kind])
    right = passwords.fits(None if locked else stored, secret)
    with store.transaction() as db:
        known = account and accounts.account_by_id(db, account.id)
        # Somebody may have used the same code, or changed the password, in the meantime.
        if right and known is not None and _stored(db, known, kind, now) == stored:
            accounts.forget_tries(db, [mine])
            if theirs is not None:
                accounts.give_back(db, theirs, free=FREE_TRIES_OF_ADDRESS)
            known = accounts.change_account(db, known.id, last_login_at=now)
            audit.record(db, known.actor(), "login", subject=f"account:{known.id}", after={"with": kind})
            return known
        if not locked:
            subject = None if account is None else f"account:{account.id}"
            audit.record(db, None, "login.failed", subject=subject, after={"with": kind, "far": address is not None})
    raise LoginError(_SENTENCES[kind])


def _count(db: Session, mine: str, theirs: str | None, now: datetime) -> tuple[bool, bool]:
    """Count a try of a name from an address; whether the address and whether the name has none left."""
    accounts.forget_old_tries(db, "address:", now - FORGET_ADDRESSES)
    for kind in ("name:", "pin:"):
        accounts.forget_old_tries(db, kind, now - FORGET_NAMES)
    if theirs is not None:
        if accounts.is_locked(db, theirs, now):
            return True, False
        accounts.take_try(db, theirs, now, free=FREE_TRIES_OF_ADDRESS)
    if accounts.is_locked(db, mine, now):
        return False, True
    accounts.take_try(db, mine, now, free=FREE_TRIES)
    return False, False


def _stored(db: Session, account: Account, kind: Kind, now: datetime) -> str | None:
    found = accounts.secrets_of(db, account.id)
    if not account.active:
        return None
    if kind == "code":
        return found.code if account.code_until is not None and now < account.code_until else None
    return found.pin if kind == "pin" else found.password


def _rehash(store: Store, account: Account, password: str) -> None:
    with store.read() as db:
        old = accounts.secrets_of(db, account.id).password
    if old is None or not passwords.must_rehash(old):
        return
    renewed = passwords.hashed(password)
    with store.transaction() as db:
        # Not when it was changed meanwhile.
        if accounts.secrets_of(db, account.id).password == old:
            accounts.change_account(db, account.id, password_hash=renewed)


def _set_password(store: Store, account: Account, new: str, action: str) -> Account:
    stored = passwords.hashed(new)
    with acting(account.actor()), store.transaction() as db:
        now = accounts.account_by_id(db, account.id)
        if now is None or not now.active:
            raise ConflictError("This account was switched off meanwhile. Ask an admin of the school.")
        audit.record(db, account.actor(), action, subject=f"account:{account.id}")
        # A code that is still about would be a second way in.
        fresh = {"password_hash": stored, "password_at": clock.now(), "code_hash": None, "code_until": None}
        return accounts.change_account(db, account.id, **fresh)
