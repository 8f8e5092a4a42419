"""The outbox: what is to be mailed, what became of it, and that no event is mailed twice.

A message is ``waiting`` until the mail server took it (``sent``), refused it or was tried too often (``failed``), or
somebody called it off (``cancelled``).  A try is written down before it begins, so that a crash in it counts, too.
"""

import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar, get_args

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or_skip
from sqlalchemy.orm import Session

from core import clock
from core.errors import ConflictError, NotFoundError
from core.store import audit
from core.store.parts import AT_ONCE, in_parts
from core.store.tables import AttachmentTable, MailTable
from core.store.text import clean_text

One = TypeVar("One")
State = Literal["waiting", "sent", "failed", "cancelled"]
WAITING: State = "waiting"
SENT: State = "sent"
FAILED: State = "failed"
CANCELLED: State = "cancelled"
STATES: tuple[State, ...] = get_args(State)

BACK_OFF = tuple(timedelta(minutes=one) for one in (1, 5, 30, 120, 360, 1440))
"""How long is waited after the first, second … try that came to nothing; the one after the last gives up."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message."""

    name: str
    mime: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """A message about to be queued; columns as in :class:`core.store.tables.MailTable`."""

    event_key: str
    kind: str
    recipient_role: str
    recipient: str
    subject: str
    text: str
    html: str = ""
    student_id: int | None = None
    session_id: int | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Mail:
    """A message of the outbox.  Times aware UTC; attempts: tries that were begun."""

    id: int
    event_key: str
    kind: str
    student_id: int | None
    session_id: int | None
    recipient_role: str
    recipient: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    message_id: str
    state: str
    attempts: int
    next_try_at: datetime
    last_error: str | None
    created_at: datetime
    sent_at: datetime | None


def queue(db: Session, drafts: Sequence[Draft], domain: str) -> list[int]:
    """Queue messages and give their numbers; those whose event is known already are left out.

    domain: what stands behind the @ of the Message-ID.
    """
    now = clock.now()
    values = [_values(one, domain, now) for one in drafts]
    numbers: dict[str, int] = {}
    for part in _parts(values):
        # SQLite decides who was first, so two programs cannot both queue an event.
        unless_known = insert_or_skip(MailTable).on_conflict_do_nothing(index_elements=[MailTable.event_key])
        made = db.execute(unless_known.returning(MailTable.event_key, MailTable.id), part)
        numbers |= {key: number for key, number in made}
    files = [
        {"mail_id": numbers[one.event_key], "name": each.name, "mime": each.mime, "content": each.content}
        for one in drafts
        if one.event_key in numbers
        for each in one.attachments
    ]
    if files:
        db.execute(insert(AttachmentTable), files)
    if numbers:
        kinds = sorted({one.kind for one in drafts if one.event_key in numbers})
        audit.record(db, None, "mail.queue", after={"kinds": kinds, "mails": len(numbers)})
    return sorted(numbers.values())


def _values(one: Draft, domain: str, now: datetime) -> dict[str, Any]:
    return {
        "event_key": one.event_key,
        "kind": one.kind,
        "student_id": one.student_id,
        "session_id": one.session_id,
        "recipient_role": one.recipient_role,
        "recipient": one.recipient,
        "subject": one.subject,
        "text": one.text,
        "html": one.html,
        # Chosen here and kept through all tries: a receiver that gets a second copy can tell.
        "message_id": f"<{secrets.token_hex(16)}@{domain}>",
        "next_try_at": now,
        "created_at": now,
    }


def states_of(db: Session, event_keys: Iterable[str]) -> dict[str, str]:
    """The state of each of these events that is known."""
    found: dict[str, str] = {}
    for part in _parts(sorted(set(event_keys))):
        query = select(MailTable.event_key, MailTable.state).where(MailTable.event_key.in_(part))
        found |= {key: state for key, state in db.execute(query)}
    return found


def told_since(db: Session, kind: str, since: datetime) -> set[str]:
    """The events of a kind that were queued after this moment (aware) and not called off."""
    query = select(MailTable.event_key).filter_by(kind=kind).where(MailTable.created_at > since)
    return set(db.scalars(query.where(MailTable.state.in_((WAITING, SENT)))))


def waiting_ids(db: Session, due_at: datetime | None = None, only: Collection[int] | None = None) -> list[int]:
    """Numbers of what waits, oldest first.

    due_at: only what may be tried again at this moment (aware); None: all.  only: these numbers of them.
    """
    query = select(MailTable.id).where(MailTable.state == WAITING).order_by(MailTable.id)
    if due_at is not None:
        query = query.where(MailTable.next_try_at <= due_at)
    if only is None:
        return list(db.scalars(query))
    return [one for part in in_parts(query, MailTable.id, only) for one in db.scalars(part)]


def get_mail(db: Session, mail_id: int) -> Mail:
    """The message with this number.  Raises NotFoundError."""
    row = db.get(MailTable, mail_id, populate_existing=True)
    if row is None:
        raise NotFoundError(f"There is no mail number {mail_id}. See those there are: app.py mail list")
    return _mail(row)


def find_mail(db: Session, mail_id: int) -> Mail | None:
    """The message with this number, or None (its student was erased)."""
    row = db.get(MailTable, mail_id, populate_existing=True)
    return None if row is None else _mail(row)


def attachments_of(db: Session, mail_id: int) -> tuple[Attachment, ...]:
    """The files that go with a message; none any more once it was sent."""
    rows = db.scalars(select(AttachmentTable).filter_by(mail_id=mail_id).order_by(AttachmentTable.id))
    return tuple(Attachment(row.name, row.mime, row.content) for row in rows)


def list_mails(db: Session, state: str | None = None, limit: int | None = None) -> list[Mail]:
    """Messages, newest first."""
    query = select(MailTable).order_by(MailTable.id.desc()).limit(limit)
    if state is not None:
        query = query.where(MailTable.state == state)
    return [_mail(row) for row in db.scalars(query)]


def counts(db: Session) -> dict[str, int]:
    """How many messages are in each state, 0 included."""
    found = db.execute(select(MailTable.state, func.count()).group_by(MailTable.state))
    return dict.fromkeys(STATES, 0) | {state: count for state, count in found}


def begin_try(db: Session, mail: Mail, now: datetime) -> None:
    """Write down that a try begins; if nothing more is heard of it, it is tried again later."""
    wait = BACK_OFF[min(mail.attempts, len(BACK_OFF) - 1)]
    _set(db, mail.id, attempts=mail.attempts + 1, next_try_at=now + wait, last_error="The try was broken off.")


def take_back_try(db: Session, mail: Mail) -> None:
    """Put a message back as it was before a try that was no fault of it."""
    _set(db, mail.id, attempts=mail.attempts, next_try_at=mail.next_try_at, last_error=mail.last_error)


def set_sent(db: Session, mail_id: int, now: datetime) -> None:
    """The mail server took it.  Its files go: they hold other people's names and can be made again."""
    _set(db, mail_id, state=SENT, sent_at=now, last_error=None)
    row = db.get_one(MailTable, mail_id, populate_existing=True)
    about = {"kind": row.kind, "to": row.recipient_role}
    audit.record(
        db,
        None,
        "mail.sent",
        session_id=row.session_id,
        student_id=row.student_id,
        subject=f"mail:{mail_id}",
        after=about,
    )
    db.execute(delete(AttachmentTable).filter_by(mail_id=mail_id))


def set_later(db: Session, mail: Mail, error: str) -> State:
    """A try came to nothing for now (``mail`` as before it): wait, or give up after the last; gives the new state."""
    if mail.attempts >= len(BACK_OFF):
        set_failed(db, mail.id, f"Given up after {mail.attempts + 1} tries. {error}")
        return FAILED
    _set(db, mail.id, last_error=error)
    return WAITING


def set_failed(db: Session, mail_id: int, error: str) -> None:
    """It will not be tried again by itself."""
    _set(db, mail_id, state=FAILED, last_error=error)


def cancel(db: Session, mail_id: int) -> Mail:
    """Call a message off; its event is not mailed again.  Raises NotFoundError, ConflictError for one that was sent."""
    mail = get_mail(db, mail_id)
    if mail.state == SENT:
        raise ConflictError(f"Mail {mail_id} was sent already, so it cannot be called off.")
    _set(db, mail_id, state=CANCELLED)
    audit.record(
        db,
        None,
        "mail.cancel",
        session_id=mail.session_id,
        student_id=mail.student_id,
        subject=f"mail:{mail_id}",
        before={"state": mail.state},
        after={"state": CANCELLED},
    )
    return get_mail(db, mail_id)


def withdraw(db: Session, mail_id: int, why: str) -> None:
    """Call off a message that is no longer true.  Should it become true again, it is a new event."""
    key = func.substr(MailTable.event_key, 1, 150) + f":withdrawn:{mail_id}"
    _set(db, mail_id, state=CANCELLED, last_error=why, event_key=key)


def revive(db: Session, mail_ids: Collection[int] | None = None) -> list[int]:
    """Let failed messages (None: all of them) wait again, with all their tries before them; gives their numbers."""
    query = select(MailTable.id).where(MailTable.state == FAILED)
    if mail_ids is None:
        found = list(db.scalars(query))
    else:
        found = [one for part in in_parts(query, MailTable.id, mail_ids) for one in db.scalars(part)]
    for one in found:
        _set(db, one, state=WAITING, attempts=0, next_try_at=clock.now())
    if found:
        after = {"state": WAITING, "mails": sorted(found)}
        audit.record(db, None, "mail.retry", before={"state": FAILED}, after=after)
    return sorted(found)


def move_student(db: Session, gone_id: int, kept_id: int) -> None:
    """Make a student's messages another's, who is the same person, so that nobody is told again of what was told."""
    old, new = f":student:{gone_id}:", f":student:{kept_id}:"
    for mail in [_mail(row) for row in db.scalars(select(MailTable).filter_by(student_id=gone_id))]:
        key = mail.event_key.replace(old, new)
        if not states_of(db, [key]):
            _set(db, mail.id, event_key=key, student_id=kept_id)
            continue
        _set(db, mail.id, student_id=kept_id)
        if mail.state == WAITING:
            withdraw(db, mail.id, "Two entries of one student were made one; the same mail is there already.")


def forget_names(db: Session) -> None:
    """Empty what was written to teachers: a list of a class may name a student who is being erased.

    What still waits is withdrawn, so that it can be queued again without that name.
    """
    of_many = MailTable.student_id.is_(None)
    open_ones = select(MailTable.id).where(of_many, MailTable.state.in_((WAITING, FAILED)))
    for mail_id in db.scalars(open_ones).all():
        withdraw(db, mail_id, "A student was erased; queue it again without them.")
    ids = select(MailTable.id).where(of_many)
    db.execute(delete(AttachmentTable).where(AttachmentTable.mail_id.in_(ids)))
    db.execute(update(MailTable).where(of_many).values(text="", html=""))


def forget_sheets(db: Session, session_ids: Collection[int]) -> None:
    """Erase attached sheets of sessions that show a face which is being erased; what still waits is withdrawn."""
    for session_id in session_ids:
        ids = select(MailTable.id).where(MailTable.session_id == session_id)
        attached = select(AttachmentTable.mail_id).where(AttachmentTable.mail_id.in_(ids))
        open_ones = MailTable.state.in_((WAITING, FAILED))
        for mail_id in db.scalars(select(MailTable.id).where(MailTable.id.in_(attached), open_ones)).all():
            withdraw(db, mail_id, "A student's face was erased; queue it again without it.")
        db.execute(delete(AttachmentTable).where(AttachmentTable.mail_id.in_(ids)))


def _set(db: Session, mail_id: int, **columns: object) -> None:
    if isinstance(columns.get("last_error"), str):
        columns["last_error"] = clean_text(str(columns["last_error"]), 500)
    db.execute(update(MailTable).where(MailTable.id == mail_id).values(**columns))


def _parts(values: Sequence[One]) -> Iterator[Sequence[One]]:
    return (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))


def _mail(row: MailTable) -> Mail:
    return Mail(
        id=row.id,
        event_key=row.event_key,
        kind=row.kind,
        student_id=row.student_id,
        session_id=row.session_id,
        recipient_role=row.recipient_role,
        recipient=row.recipient,
        subject=row.subject,
        text=row.text,
        html=row.html,
        message_id=row.message_id,
        state=row.state,
        attempts=row.attempts,
        next_try_at=row.next_try_at,
        last_error=row.last_error,
        created_at=row.created_at,
        sent_at=row.sent_at,
    )
