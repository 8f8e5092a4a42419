"""Tokens for other programs of the school: made and revoked by an admin, and never more than the admin may do."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy.orm import Session

from core import audit, clock
from core.access import guarded
from core.actor import Actor, Limits
from core.errors import InputError, LoginError, NotFoundError
from core.store import accounts, people, programs
from core.store.accounts import Account
from core.store.database import Store
from core.store.programs import ApiToken

SCOPES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "read-register": frozenset(
            {
                *("classes.list", "classes.show", "timetable.show", "sessions.list"),
                *("marks.show", "statuses.show", "report.run"),
            }
        ),
        "push-roster": frozenset({"classes.list", "rosters.push"}),
        # What a mark is now must be known to change it.
        "write-marks": frozenset({"marks.set", "marks.show", "statuses.show"}),
    }
)
"""What a token can be for, with the actions that takes.  None of them reaches faces, pictures or embeddings."""
DAYS, MOST_DAYS = 365, 3660
LONGEST = 200
WRONG = "This token is not known, was revoked or is over. Ask an admin of the school for a new one."


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made.  secret: shown this once, for it is stored nowhere."""

    token: ApiToken
    secret: str = ""


@dataclass(frozen=True, slots=True)
class ListedToken:
    """A token with words for its numbers.  account: as whom it acts; class_code: None for the whole school."""

    token: ApiToken
    account: str
    class_code: str | None
    is_over: bool


@guarded
def make_token(
    store: Store,
    actor: Actor,
    name: str,
    scopes: Collection[str],
    *,
    class_code: str | None = None,
    days: int | None = DAYS,
) -> NewToken:
    """Make a token that acts as ``actor`` within its scopes.  days: how long it lasts, None for ever.

    Raises InputError for a scope or days that cannot be, or where nobody is logged in; NotFoundError for the class.
    """
    wanted = [one for one in SCOPES if one in scopes]
    for one in scopes:
        if one not in SCOPES:
            raise InputError(f"“{one[:40]}” is nothing a token can be for. Choose of {', '.join(SCOPES)}.")
    if not wanted:
        raise InputError(f"Say what the token is for: {', '.join(SCOPES)}.")
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise InputError(f"A token lasts from 1 to {MOST_DAYS} days.")
    if actor.account_id is None:
        raise InputError("A token acts as an account, and there is none yet. Begin: app.py accounts setup")
    until = None if days is None else clock.now() + timedelta(days=days)
    with store.transaction() as db:
        class_id = None if class_code is None else people.get_class(db, class_code).id
        made, secret = programs.add_token(db, actor.account_id, name, wanted, class_id, until)
        audit.record(db, actor, "tokens.make", class_id=class_id, subject=f"token:{made.id}", after={"scopes": wanted})
    return NewToken(made, secret)


@guarded
def list_tokens(store: Store) -> list[ListedToken]:
    """All tokens, those that are over too."""
    now = clock.now()
    with store.read() as db:
        codes = {one.id: one.code for one in people.list_classes(db)}
        known = {one.id: one for one in accounts.list_accounts(db)}
        return [
            ListedToken(
                one,
                known[one.account_id].name,
                None if one.class_id is None else codes[one.class_id],
                not _is_good(one, known[one.account_id], now),
            )
            for one in programs.list_tokens(db)
        ]


@guarded
def revoke_token(store: Store, actor: Actor, number: int) -> ApiToken:
    """End a token at once.  Raises NotFoundError."""
    with store.transaction() as db:
        found = programs.token_by_id(db, number)
        if found is None:
            raise NotFoundError(f"There is no token {number}. See all: app.py tokens list")
        programs.remove_token(db, number)
        before = {"scopes": list(found.scopes)}
        audit.record(db, actor, "tokens.revoke", class_id=found.class_id, subject=f"token:{number}", before=before)
    return found


@guarded
def whose_token(store: Store, secret: str) -> Actor:
    """As who a program with this token acts.  Raises LoginError for one that is wrong, revoked or over."""
    now = clock.now()
    with store.read() as db:
        found = _good_token(db, secret, now) if len(secret) <= LONGEST else None
    if found is None:
        raise LoginError(WRONG)
    token, account = found
    if token.used_at is None or now - token.used_at >= programs.WRITE_EVERY:
        with store.transaction() as db:
            programs.touch(db, token.id)
    actions = frozenset().union(*(SCOPES.get(one, frozenset()) for one in token.scopes))
    name = f"{token.name} (token {token.id} of {account.name})"
    return replace(account.actor(), name=name, limits=Limits(token.id, actions, token.class_id))


def _good_token(db: Session, secret: str, now: datetime) -> tuple[ApiToken, Account] | None:
    token = programs.find_token(db, secret)
    account = None if token is None else accounts.account_by_id(db, token.account_id)
    return (token, account) if token is not None and account is not None and _is_good(token, account, now) else None


def _is_good(token: ApiToken, account: Account, now: datetime) -> bool:
    # What its account may not do any more, the token may not either.
    return account.active and account.role == "admin" and (token.until is None or now < token.until)
