"""The outbox: mail that is to be sent, was sent, or could not be."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.store.tables.base import Base


class MailTable(Base):
    """One message to one address.

    event_key: what it is about and for whom, so that nobody is told twice.  state: ``waiting``, ``sent``, ``failed``
    (given up) or ``cancelled``.  student_id: whom it is about; erasing the student erases it.
    """

    __tablename__ = "mails"
    __table_args__ = (Index(None, "state", "next_try_at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    event_key: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str]
    student_id: Mapped[int | None] = mapped_column(ForeignKey("students.id", ondelete="CASCADE"), index=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    recipient_role: Mapped[str]
    recipient: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    message_id: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting", server_default="waiting")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    next_try_at: Mapped[datetime]
    last_error: Mapped[str | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class AttachmentTable(Base):
    """A file that goes with a message, as it was when the message was written."""

    __tablename__ = "mail_attachments"

    id: Mapped[int] = mapped_column(primary_key=True)
    mail_id: Mapped[int] = mapped_column(ForeignKey("mails.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    mime: Mapped[str]
    content: Mapped[bytes]
