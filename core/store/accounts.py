"""Who may log in, and how many wrong tries there were."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor, Role
from core.errors import ConflictError, NotFoundError
from core.store.tables import AccountTable, LoginLimitTable
from core.store.text import clean_name, clean_text, key_of

LONGEST_LOCK = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can log in; columns as in :class:`core.store.tables.AccountTable`, without the secrets."""

    id: int
    name: str
    role: Role
    teacher_id: int | None
    student_id: int | None
    active: bool
    has_password: bool
    has_pin: bool
    code_until: datetime | None
    password_at: datetime | None
    last_login_at: datetime | None
    created_at: datetime

    def actor(self) -> Actor:
        """As who acts."""
        return Actor(self.name, self.role, self.id, self.teacher_id, self.student_id)


@dataclass(frozen=True, slots=True)
class Secrets:
    """The hashes of an account; None where it has none."""

    password: str | None = field(repr=False)
    pin: str | None = field(repr=False)
    code: str | None = field(repr=False)


def any_account(db: Session) -> bool:
    """Whether the school has accounts at all, switched-off ones too."""
    return bool(db.scalar(select(exists().select_from(AccountTable))))


def add_account(
    db: Session, name: str, role: Role, *, teacher_id: int | None = None, student_id: int | None = None
) -> Account:
    """Add an account that cannot log in yet.  Raises ConflictError for a taken name, InputError for an empty one."""
    name = clean_name(name, "account")
    if find_account(db, name) is not None:
        raise ConflictError(f"There is an account {name} already. Choose another name.")
    row = AccountTable(
        name=name,
        name_key=key_of(name),
        role=role,
        teacher_id=teacher_id,
        student_id=student_id,
        active=True,
        created_at=clock.now(),
    )
    db.add(row)
    db.flush()
    return _account(row)


def find_account(db: Session, name: str) -> Account | None:
    """The account of this name, upper or lower case, or None."""
    row = db.scalar(select(AccountTable).filter_by(name_key=key_of(clean_text(name))))
    return None if row is None else _account(row)


def get_account(db: Session, name: str) -> Account:
    """The account of this name.  Raises NotFoundError."""
    found = find_account(db, name)
    if found is None:
        raise NotFoundError(f"There is no account “{clean_text(name, 40)}”. See all: app.py accounts list")
    return found


def account_by_id(db: Session, account_id: int) -> Account | None:
    """The account with this number, or None."""
    row = db.get(AccountTable, account_id)
    return None if row is None else _account(row)


def list_accounts(db: Session) -> list[Account]:
    """All accounts by name, switched-off ones too."""
    return [_account(row) for row in db.scalars(select(AccountTable).order_by(AccountTable.name_key))]


def change_account(db: Session, account_id: int, **columns: object) -> Account:
    """Set columns of an account and give it as it is then."""
    db.execute(update(AccountTable).where(AccountTable.id == account_id).values(**columns))
    row = db.get(AccountTable, account_id, populate_existing=True)
    if row is None:
        raise NotFoundError(f"There is no account number {account_id}. See all: app.py accounts list")
    return _account(row)


def secrets_of(db: Session, account_id: int) -> Secrets:
    """The hashes of an account."""
    columns = (AccountTable.password_hash, AccountTable.pin_hash, AccountTable.code_hash)
    found = db.execute(select(*columns).where(AccountTable.id == account_id)).one()
    return Secrets(*found)


def other_admins(db: Session, account_id: int) -> int:
    """How many admins besides this account can log in."""
    here = (AccountTable.role == "admin", AccountTable.active.is_(True), AccountTable.password_hash.is_not(None))
    query = select(func.count()).select_from(AccountTable).where(*here, AccountTable.id != account_id)
    return db.scalar(query) or 0


def is_locked(db: Session, key: str, now: datetime) -> bool:
    """Whether there is no free try at this moment."""
    return locked_until(db, key, now) is not None


def locked_until(db: Session, key: str, now: datetime) -> datetime | None:
    """Until when there is no free try; None when there is one."""
    row = db.get(LoginLimitTable, key, populate_existing=True)
    return row.locked_until if row is not None and row.locked_until is not None and now < row.locked_until else None


def take_try(db: Session, key: str, now: datetime, *, free: int) -> None:
    """Count a try before it is judged: so many at the same moment cannot each believe to be the first.

    After ``free`` tries each further one locks for 1, 2, 4 … 15 minutes.
    """
    row = db.get(LoginLimitTable, key, populate_existing=True)
    if row is None:
        row = LoginLimitTable(key=key, failed=0, last_at=now)
        db.add(row)
    row.failed, row.last_at = row.failed + 1, now
    row.locked_until = now + lock_time(row.failed - free) if row.failed >= free else None
    db.flush()


def lock_time(beyond: int) -> timedelta:
    """How long the lock is after so many tries more than those that are free."""
    return min(timedelta(minutes=2 ** min(beyond, 10)), LONGEST_LOCK)


def give_back(db: Session, key: str, *, free: int) -> None:
    """A try was right after all."""
    row = db.get(LoginLimitTable, key, populate_existing=True)
    if row is not None:
        row.failed = max(row.failed - 1, 0)
        row.locked_until = None if row.failed < free else row.locked_until
        db.flush()


def forget_tries(db: Session, keys: Iterable[str]) -> None:
    """Begin to count anew."""
    db.execute(delete(LoginLimitTable).where(LoginLimitTable.key.in_(list(keys))))


def forget_old_tries(db: Session, beginning: str, before: datetime) -> None:
    """Forget those whose key begins so and of which nothing was heard since."""
    here = (LoginLimitTable.key.startswith(beginning, autoescape=True), LoginLimitTable.last_at < before)
    db.execute(delete(LoginLimitTable).where(*here))


def _account(row: AccountTable) -> Account:
    return Account(
        id=row.id,
        name=row.name,
        role=row.role,  # type: ignore[arg-type]  # the store keeps it as text
        teacher_id=row.teacher_id,
        student_id=row.student_id,
        active=row.active,
        has_password=row.password_hash is not None,
        has_pin=row.pin_hash is not None,
        code_until=row.code_until,
        password_at=row.password_at,
        last_login_at=row.last_login_at,
        created_at=row.created_at,
    )
