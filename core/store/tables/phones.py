"""Phones and the portal: logins by browser, whose phone is whose, what was confirmed, and what students asked."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column

from core.store.tables.base import Base


class DeviceTable(Base):
    """A browser that opened a code or a page for confirming.

    token_hash: SHA-256 of what its cookie holds.  student_id: whose it is, once it was paired.  kind: like “Android,
    Chrome”.  active False: a teacher or admin took it away.
    """

    __tablename__ = "devices"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    student_id: Mapped[int | None] = mapped_column(ForeignKey("students.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[datetime]
    paired_at: Mapped[datetime | None]
    seen_at: Mapped[datetime]


class PairingTable(Base):
    """A code with which a student's phone becomes theirs, once.  A student has one that works at a time.

    code_hash: SHA-256; until: it ends by itself.  ended: ``used`` or ``replaced`` by a newer one, NULL while it works;
    it stays for a while, so that whoever has it learns why it does nothing.
    """

    __tablename__ = "pairings"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    until: Mapped[datetime]
    made_by: Mapped[str]
    ended: Mapped[str | None]


class WebSessionTable(Base):
    """Somebody logged in by browser.  sid_hash: SHA-256 of what the cookie holds."""

    __tablename__ = "web_sessions"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    sid_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)


class PhoneLessonTable(Base):
    """How phones take part in one session.  mode: ``off``, ``evidence`` or ``required``.

    key: 32 bytes from which the session's codes are made, NULL once confirming has ended.
    """

    __tablename__ = "phone_lessons"

    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    mode: Mapped[str]
    key: Mapped[bytes | None]
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ClaimTable(Base):
    """A code that was opened in time, to be used once by the browser that opened it.

    token_hash: SHA-256 of what the page holds.  how: ``qr`` or ``typed``.  challenge: what the selfie must show, in
    order (:mod:`core.confirming.challenge`).  tick: when its time began, in seconds of the computer's running time
    (:func:`core.clock.running`), for a clock can be set; until: it may be removed then; extended: once, when it was
    known who it is.
    """

    __tablename__ = "claims"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"), index=True)
    how: Mapped[str]
    challenge: Mapped[list[Any]]
    opened_at: Mapped[datetime]
    tick: Mapped[float]
    until: Mapped[datetime] = mapped_column(index=True)
    extended: Mapped[bool] = mapped_column(default=False, server_default=false())
    used_at: Mapped[datetime | None]


class ConfirmationTable(Base):
    """A student's confirmation of one session by phone: one for each student, and one for each device.

    device_id NULL: the device is gone, or it was the school's own (a kiosk).  how: as in ``claims``, or ``kiosk``.
    state: ``waiting`` (the selfie is not judged yet), ``accepted``, ``review`` (a teacher decides) or ``refused``.
    scores: what was measured, with the networks' names and the cuts.  decided_by: the person who decided.
    frames: the selfie as it came (:mod:`core.confirming.frames`), sealed, empty once judged; picture: PNG of the face
    for the teacher, sealed, or empty; face: what it was compared by (:func:`core.store.embeddings.embedding_bytes`),
    sealed, empty once its lesson takes no phones.
    """

    __tablename__ = "confirmations"
    __table_args__ = (
        UniqueConstraint("session_id", "student_id"),
        UniqueConstraint("session_id", "device_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id", ondelete="CASCADE"), index=True)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id", ondelete="SET NULL"))
    how: Mapped[str]
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(index=True)
    reason: Mapped[str]
    challenge: Mapped[list[Any] | None]
    scores: Mapped[dict[str, Any] | None]
    judged_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    picture: Mapped[bytes]
    frames: Mapped[bytes]
    face: Mapped[bytes]


class MarkQueryTable(Base):
    """A student's question about a mark, and the teacher's answer.  A mark has one open question at a time."""

    __tablename__ = "mark_queries"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id", ondelete="CASCADE"), index=True)
    asked_at: Mapped[datetime]
    question: Mapped[str]
    answer: Mapped[str | None]
    answered_by: Mapped[str | None]
    answered_at: Mapped[datetime | None]


class KioskTable(Base):
    """A device that is passed round in one lesson, and can do nothing else meanwhile.

    token_hash: SHA-256 of what its cookie holds; account_id: who started it.  asked: who is before it now, what their
    selfie must show, and until when (:mod:`core.store.kiosks`).  tries: student id -> selfies taken here.  Both are of
    that lesson only, so no row is about a student.
    """

    __tablename__ = "kiosks"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    asked: Mapped[dict[str, Any] | None]
    tries: Mapped[dict[str, Any]]


class AbsenceAskedTable(Base):
    """Days, both included, for which a student asked to be excused.  accepted: NULL until somebody answered."""

    __tablename__ = "absences_asked"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id", ondelete="CASCADE"), index=True)
    asked_at: Mapped[datetime]
    first_day: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[str]
    accepted: Mapped[bool | None]
    answer: Mapped[str | None]
    answered_by: Mapped[str | None]
    answered_at: Mapped[datetime | None]


class ApiTokenTable(Base):
    """A key with which another program of the school reads or writes.

    token_hash: SHA-256; account_id: as whom it acts; scopes: what it may of that (:mod:`core.programs`); class_id: the
    only class it is about, NULL for the whole school.
    """

    __tablename__ = "api_tokens"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    scopes: Mapped[list[Any]]
    class_id: Mapped[int | None] = mapped_column(ForeignKey("classes.id", ondelete="CASCADE"), index=True)
    until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
