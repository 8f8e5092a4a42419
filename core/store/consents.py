"""Consents: who allowed, refused or withdrew what, and when.  The current state stays with the student.

``students.consent_text`` is what recognition looks at: it is empty unless the newest record is a consent that stands.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from core import clock
from core.actor import computer_user, current_actor
from core.errors import ConsentError, NotFoundError
from core.store import audit
from core.store.tables import ConsentTable, StudentTable
from core.store.text import clean_text

Kind = Literal["given", "refused"]
GIVEN: Kind = "given"
REFUSED: Kind = "refused"
OF_AGE = "the student, who is of age"


@dataclass(frozen=True, slots=True)
class ConsentDraft:
    """A consent or refusal about to be recorded.

    text: on what it was given, like ``paper form``; version: of the text that was signed; at: aware, None for now;
    given_by: who signed, None for the student; guardian: name of the one who signed for a minor.  of_age: the student
    signed and is no minor; it is recorded as who signed.
    """

    text: str
    version: str | None = None
    at: datetime | None = None
    given_by: str | None = None
    guardian: str | None = None
    of_age: bool = False


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """One record; columns as in :class:`core.store.tables.ConsentTable`.  Times aware UTC."""

    id: int
    kind: str
    text: str
    version: str | None
    at: datetime
    given_by: str | None
    guardian: str | None
    recorded_by: str
    recorded_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str | None

    @property
    def stands(self) -> bool:
        """Whether faces may be kept and recognised by it, if it is the newest."""
        return self.kind == GIVEN and self.withdrawn_at is None


def records_of(db: Session, student_id: int) -> list[ConsentRecord]:
    """A student's records, newest first."""
    rows = db.scalars(select(ConsentTable).filter_by(student_id=student_id).order_by(ConsentTable.id.desc()))
    return [_record(one) for one in rows]


def objectors(db: Session) -> set[int]:
    """Students who refused or withdrew, and did not consent again since."""
    newest = select(func.max(ConsentTable.id)).group_by(ConsentTable.student_id)
    against = (ConsentTable.kind == REFUSED) | ConsentTable.withdrawn_at.is_not(None)
    return set(db.scalars(select(ConsentTable.student_id).where(ConsentTable.id.in_(newest), against)))


def record_consent(db: Session, student_id: int, text: str, at: datetime) -> None:
    """Store on what ground the face may be kept, unless the student said no; a later consent replaces an earlier one.

    at: aware.  Raises ConsentError for an empty text and for who refused or withdrew, NotFoundError for an unknown
    student.
    """
    roll = _check(db, student_id, text)
    if student_id in objectors(db):
        raise ConsentError(
            f"{roll} refused, or withdrew consent, so no other form counts until that is changed on purpose. "
            f"If there is a new consent: app.py consent give {roll} TEXT"
        )
    newest = next(iter(records_of(db, student_id)), None)
    if newest is None or newest.text != clean_text(text):
        _add(db, student_id, GIVEN, ConsentDraft(text, at=at))
    _set_current(db, student_id, text, at)
    audit.record(db, None, "consent.record", student_id=student_id)


def give(db: Session, student_id: int, draft: ConsentDraft) -> ConsentRecord:
    """Record a consent, also of somebody who said no before.  Raises ConsentError, NotFoundError."""
    _check(db, student_id, draft.text)
    made = _add(db, student_id, GIVEN, draft)
    _set_current(db, student_id, made.text, made.at)
    audit.record(db, None, "consent.record", student_id=student_id, after={"record": made.id})
    return made


def refuse(db: Session, student_id: int, draft: ConsentDraft) -> ConsentRecord:
    """Record that somebody does not allow it.  Raises ConsentError for an empty text, NotFoundError."""
    _check(db, student_id, draft.text)
    made = _add(db, student_id, REFUSED, draft)
    _set_current(db, student_id, None, None)
    audit.record(db, None, "consent.refuse", student_id=student_id, after={"record": made.id})
    return made


def withdraw(db: Session, student_id: int) -> list[ConsentRecord]:
    """Say of every consent that stands that it was withdrawn now; returns those."""
    open_ones = (ConsentTable.student_id == student_id, ConsentTable.kind == GIVEN, ConsentTable.withdrawn_at.is_(None))
    ids = list(db.scalars(select(ConsentTable.id).where(*open_ones)))
    changes = {"withdrawn_at": clock.now(), "withdrawn_by": _who()}
    db.execute(update(ConsentTable).where(ConsentTable.id.in_(ids)).values(changes))
    _set_current(db, student_id, None, None)
    audit.record(db, None, "consent.withdraw", student_id=student_id, after={"records": ids})
    return [one for one in records_of(db, student_id) if one.id in ids]


def add_imported(db: Session, given: Iterable[tuple[int, str, datetime]]) -> None:
    """Records for many new students, whose current state is stored already: student id, text, time (aware)."""
    who, now = _who(), clock.now()
    rows = [
        {"student_id": one, "kind": GIVEN, "text": text, "at": at, "recorded_by": who, "recorded_at": now}
        for one, text, at in given
    ]
    if rows:
        db.execute(insert(ConsentTable), rows)


def _check(db: Session, student_id: int, text: str) -> str:
    """The student's roll number."""
    if not clean_text(text):
        raise ConsentError("The consent is empty. Say which one was given, like: paper form, 2026-11")
    roll = db.scalar(select(StudentTable.roll).filter_by(id=student_id))
    if roll is None:
        raise NotFoundError(f"There is no student number {student_id}. See all: app.py students list")
    return roll


def _add(db: Session, student_id: int, kind: Kind, draft: ConsentDraft) -> ConsentRecord:
    row = ConsentTable(
        student_id=student_id,
        kind=kind,
        text=clean_text(draft.text),
        version=clean_text(draft.version or "") or None,
        at=draft.at or clock.now(),
        given_by=clean_text(draft.given_by or "") or (OF_AGE if draft.of_age else None),
        guardian=clean_text(draft.guardian or "") or None,
        recorded_by=_who(),
        recorded_at=clock.now(),
    )
    db.add(row)
    db.flush()
    return _record(row)


def _set_current(db: Session, student_id: int, text: str | None, at: datetime | None) -> None:
    values = {"consent_text": None if text is None else clean_text(text), "consent_at": at}
    db.execute(update(StudentTable).where(StudentTable.id == student_id).values(values))


def _who() -> str:
    actor = current_actor()
    return clean_text(computer_user() if actor is None else actor.name) or "unknown"


def _record(row: ConsentTable) -> ConsentRecord:
    return ConsentRecord(
        id=row.id,
        kind=row.kind,
        text=row.text,
        version=row.version,
        at=row.at,
        given_by=row.given_by,
        guardian=row.guardian,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
        withdrawn_at=row.withdrawn_at,
        withdrawn_by=row.withdrawn_by,
    )
