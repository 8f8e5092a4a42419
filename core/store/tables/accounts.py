"""Who may log in, what was tried, and the audit."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, true
from sqlalchemy.orm import Mapped, mapped_column

from core.store.tables.base import Base


class AccountTable(Base):
    """Somebody who can log in; accounts are switched off, not deleted, so that the audit can name them.

    name_key: ``name`` as it is compared.  role: ``admin``, ``teacher``, ``student`` or ``kiosk``.  teacher_id,
    student_id: who it is.  password_hash, pin_hash, code_hash: argon2id; a new account has only a one-time code.
    code_until: when the code ends.  Erasing a student erases the account.
    """

    __tablename__ = "accounts"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    teacher_id: Mapped[int | None] = mapped_column(ForeignKey("teachers.id", ondelete="SET NULL"), index=True)
    student_id: Mapped[int | None] = mapped_column(ForeignKey("students.id", ondelete="CASCADE"), index=True)
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    password_hash: Mapped[str | None]
    password_at: Mapped[datetime | None]
    pin_hash: Mapped[str | None]
    code_hash: Mapped[str | None]
    code_until: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class LoginLimitTable(Base):
    """Wrong tries of late.

    key: ``name:`` with a hash, so that names that are no account are treated (and take as long) like those that are;
    ``pin:`` likewise; ``address:`` with the address.
    """

    __tablename__ = "login_limits"

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    failed: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
    locked_until: Mapped[datetime | None]


class AuditTable(Base):
    """One thing that was done.  Triggers refuse every change of a row; ids are without a gap.

    at: ``2026-11-21T09:00:00Z``, as it is signed.  account_id or, without accounts, by: who (with both, ``token:4`` is
    a program that acts as the account); computer_user: as whom the program ran.  class_id, session_id, student_id,
    subject (like ``account:4``): what it was done to; numbers only and no foreign keys, so that erasing somebody
    neither needs nor leaves a trace of a name.  before, after: JSON as it is signed.  key_id: which key signed; prev:
    the mac of the row before; mac: HMAC-SHA256 in hexadecimal.
    """

    __tablename__ = "audit"
    # AUTOINCREMENT remembers how many rows there were, should some be cut off the end.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[str] = mapped_column(index=True)
    account_id: Mapped[int | None]
    role: Mapped[str]
    by: Mapped[str | None]
    computer_user: Mapped[str]
    action: Mapped[str] = mapped_column(index=True)
    class_id: Mapped[int | None]
    session_id: Mapped[int | None] = mapped_column(index=True)
    student_id: Mapped[int | None] = mapped_column(index=True)
    subject: Mapped[str | None]
    before: Mapped[str | None]
    after: Mapped[str | None]
    why: Mapped[str | None]
    key_id: Mapped[str]
    prev: Mapped[str]
    mac: Mapped[str]


class AuditSessionTable(Base):
    """Which sessions an act on several was done to, so that the last act on one is found without reading them all.

    Not signed: the row of the audit lists them too.
    """

    __tablename__ = "audit_sessions"

    session_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    audit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class AuditAnchorTable(Base):
    """Where the audit begins, once older rows were kept long enough; no row before that.

    number, row_mac: of the last row that went; at: when, as in the audit; key_id, mac: signed as the rows are.
    Triggers let it only move forward, onto a row that is there.
    """

    __tablename__ = "audit_anchor"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    row_mac: Mapped[str]
    at: Mapped[str]
    key_id: Mapped[str]
    mac: Mapped[str]
