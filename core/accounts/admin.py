"""What an admin does with accounts; there is always one left who can log in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import get_args

from sqlalchemy.orm import Session

from core import audit, clock
from core.access import guarded
from core.accounts import passwords
from core.accounts.login import tries_key
from core.actor import Role
from core.errors import ConflictError, InputError
from core.store import accounts, ownership, people
from core.store.accounts import Account
from core.store.database import Store
from core.store.text import clean_name

ROLES: tuple[Role, ...] = tuple(one for one in get_args(Role) if one != "machine")
CODE_LASTS = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Coded:
    """An account and the one-time code with which its owner sets a password; the code is told this once."""

    account: Account
    code: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """An account and until when it is locked by wrong passwords, if it is."""

    account: Account
    locked_until: datetime | None


@guarded
def set_up(store: Store, name: str, password: str) -> Account:
    """Make the first account, an admin.  Raises ConflictError when there is an account already; InputError."""
    passwords.check_new_password(password, clean_name(name, "account"))
    stored = passwords.hashed(password)
    with store.transaction() as db:
        if accounts.any_account(db):
            raise ConflictError("There are accounts already. An admin adds more: app.py accounts add NAME")
        made = accounts.add_account(db, name, "admin")
        made = accounts.change_account(db, made.id, password_hash=stored, password_at=clock.now())
        audit.record(db, made.actor(), "accounts.setup", subject=f"account:{made.id}", after={"role": "admin"})
    return made


@guarded
def list_all(store: Store) -> list[Listed]:
    """All accounts by name."""
    now = clock.now()
    with store.read() as db:
        return [Listed(one, accounts.locked_until(db, tries_key(one.name), now)) for one in accounts.list_accounts(db)]


@guarded
def add(store: Store, name: str, role: str, *, teacher: str | None = None, roll: str | None = None) -> Coded:
    """Add an account; its owner sets the password with the code.

    teacher: name of the teacher it belongs to, else the one of the same name, if there is one; roll: of the student.
    Raises InputError for a role or link that cannot be, ConflictError for a taken name, NotFoundError.
    """
    code = passwords.new_code()
    stored = passwords.hashed(passwords.read_code(code))
    with store.transaction() as db:
        known, links = _read_role(role), _links(db, role, name, teacher, roll)
        made = accounts.add_account(db, name, known, **links)
        audit.record(db, None, "accounts.add", subject=f"account:{made.id}", after=_seen(made))
        return _with_code(db, made, code, stored)


@guarded
def set_active(store: Store, name: str, *, active: bool) -> Account:
    """Switch an account off, or on again.  Raises NotFoundError, ConflictError for the last admin."""
    with store.transaction() as db:
        old = accounts.get_account(db, name)
        if not active:
            _check_not_last(db, old)
        return _change(db, old, "accounts.activate" if active else "accounts.deactivate", active=active)


@guarded
def change_role(store: Store, name: str, role: str, *, teacher: str | None = None, roll: str | None = None) -> Account:
    """Give an account another role, or another teacher or student.  Raises as :func:`add`; for the last admin too."""
    with store.transaction() as db:
        old = accounts.get_account(db, name)
        known, links = _read_role(role), _links(db, role, name, teacher, roll)
        if known != "admin":
            _check_not_last(db, old)
        return _change(db, old, "accounts.role", role=known, **links)


@guarded
def issue_code(store: Store, name: str) -> Coded:
    """A one-time code for somebody who forgot the password, which works until the code is used; lifts a lock.

    Raises NotFoundError, ConflictError for an account that is switched off.
    """
    code = passwords.new_code()
    stored = passwords.hashed(passwords.read_code(code))
    with store.transaction() as db:
        account = accounts.get_account(db, name)
        if not account.active:
            raise ConflictError(f"The account {account.name} is switched off. Switch it on: app.py accounts activate")
        accounts.forget_tries(db, [tries_key(account.name)])
        audit.record(db, None, "accounts.code", subject=f"account:{account.id}")
        return _with_code(db, account, code, stored)


@guarded
def set_pin(store: Store, name: str, pin: str | None) -> Account:
    """Set the PIN that leaves a kiosk, or take it away.  Raises NotFoundError, InputError."""
    if pin is not None:
        passwords.check_new_pin(pin)
    stored = None if pin is None else passwords.hashed(pin)
    with store.transaction() as db:
        account = accounts.get_account(db, name)
        accounts.forget_tries(db, [tries_key(account.name, "pin")])
        audit.record(db, None, "accounts.pin", subject=f"account:{account.id}", after={"set": pin is not None})
        return accounts.change_account(db, account.id, pin_hash=stored)


def _with_code(db: Session, account: Account, code: str, stored: str) -> Coded:
    until = clock.now() + CODE_LASTS
    return Coded(accounts.change_account(db, account.id, code_hash=stored, code_until=until), code, until)


def _change(db: Session, old: Account, action: str, **columns: object) -> Account:
    made = accounts.change_account(db, old.id, **columns)
    if made != old:
        audit.record(db, None, action, subject=f"account:{old.id}", before=_seen(old), after=_seen(made))
    return made


def _seen(one: Account) -> dict[str, object]:
    return {"role": one.role, "active": one.active, "teacher": one.teacher_id, "student": one.student_id}


def _check_not_last(db: Session, account: Account) -> None:
    counts = account.role == "admin" and account.active and account.has_password
    if counts and not accounts.other_admins(db, account.id):
        raise ConflictError(
            f"{account.name} is the last admin who can log in. Make another one first: app.py accounts add NAME"
        )


def _read_role(role: str) -> Role:
    for one in ROLES:
        if one == role.strip().lower():
            return one
    raise InputError(f"“{role[:40]}” is no role. Use one of {', '.join(ROLES)}.")


def _links(db: Session, role: str, name: str, teacher: str | None, roll: str | None) -> dict[str, int | None]:
    kind = _read_role(role)
    if (teacher is not None and kind == "student") or (roll is not None and kind != "student"):
        raise InputError("Only a student’s account belongs to a student, and it belongs to no teacher.")
    if kind == "student":
        if roll is None:
            raise InputError("A student’s account needs the student’s roll number: --student ROLL")
        return {"teacher_id": None, "student_id": people.get_student(db, roll).id}
    if kind == "kiosk":
        return {"teacher_id": None, "student_id": None}
    found = ownership.teacher_named(db, teacher or name)
    if teacher is not None and found is None:
        raise InputError(f"There is no teacher “{teacher[:40]}”. Name the teacher as the classes do: app.py class list")
    return {"teacher_id": found, "student_id": None}
