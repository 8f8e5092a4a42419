"""Marks and every change of them: who, when, what it was before, and why."""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor, current_actor
from core.store import audit
from core.store.parts import in_parts
from core.store.tables import MarkChangeTable, MarkTable, SessionTable
from core.store.text import clean_text

BY_HAND = "manual"
BY_CLOSING = "auto"
BY_FACE = "face"
BY_IMPORT = "import"
BY_PHONE = "phone"
BY_MACHINE = frozenset({BY_FACE, BY_CLOSING, BY_PHONE})
"""Sources whose rows recognition may change; every other was decided by a person."""


@dataclass(frozen=True, slots=True)
class MarkState:
    """What of a mark can be changed and undone.  status: a code of the status set."""

    status: str
    minutes_late: int | None = None
    reason: str | None = None
    source: str = BY_HAND

    def as_json(self) -> dict[str, Any]:
        """As it is kept in the history."""
        return {
            "status": self.status,
            "minutes_late": self.minutes_late,
            "reason": self.reason,
            "source": self.source,
        }


@dataclass(frozen=True, slots=True)
class Mark:
    """A student's mark in one session.  Times aware UTC; changed_by: None while only a machine set it."""

    session_id: int
    student_id: int
    state: MarkState
    confidence: float | None
    first_seen: datetime | None
    last_seen: datetime | None
    changed_by: str | None
    updated_at: datetime

    @property
    def status(self) -> str:
        return self.state.status


@dataclass(frozen=True, slots=True)
class Wish:
    """What a mark shall be; ``state`` None takes it away, so that the student is unmarked."""

    session_id: int
    student_id: int
    state: MarkState | None


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one mark.  act: shared by all of one doing; undoes: the act it takes back; before None: no mark."""

    id: int
    act: str
    session_id: int
    student_id: int
    at: datetime
    by: str
    role: str
    why: str | None
    before: MarkState | None
    after: MarkState | None
    undoes: str | None
    undone: bool


def new_act() -> str:
    """A number for one doing of one person, shared by all its changes."""
    return secrets.token_hex(16)


def marks_of(db: Session, session_ids: Collection[int]) -> dict[tuple[int, int], Mark]:
    """All marks of some sessions by (session id, student id)."""
    parts = in_parts(select(MarkTable), MarkTable.session_id, session_ids)
    rows = (row for part in parts for row in db.scalars(part))
    return {(row.session_id, row.student_id): _mark(row) for row in rows}


def write_marks(
    db: Session,
    actor: Actor,
    wishes: Sequence[Wish],
    *,
    act: str | None = None,
    why: str | None = None,
    undoes: str | None = None,
) -> list[Change]:
    """Make marks what is wished and keep what they were; a wish that changes nothing leaves no trace.

    The caller has checked that the actor may do so.  Later wishes for the same mark win.  A first mark by the machine
    needs no history: the mark itself says who made it and when.
    """
    wanted = {(one.session_id, one.student_id): _cleaned(one.state) for one in wishes}
    before = marks_of(db, {session_id for session_id, _ in wanted})
    now, act = clock.now(), act or new_act()
    signed = {
        "act": act,
        "at": now,
        "by": signature(actor),
        "role": actor.role,
        "why": clean_text(why or "") or None,
        "undoes": undoes,
        "undone": False,
    }
    drafts, changed = [], []
    for key, state in wanted.items():
        old = before[key].state if key in before else None
        if not (old == state if undoes else _same(old, state)):
            _store(db, key, old is not None, state, actor, now)
            changed.append(key)
            if old is None and actor.role == "machine":
                continue
            drafts.append({**signed, "session_id": key[0], "student_id": key[1], **_both(old, state)})
    if drafts:
        db.execute(insert(MarkChangeTable), drafts)
    if changed:
        _record(db, actor, act, sorted({session_id for session_id, _ in changed}), len(changed), undoes)
    return changes_of_act(db, act)


def _record(db: Session, actor: Actor, act: str, sessions: list[int], count: int, undoes: str | None) -> None:
    """One row of the audit for the whole act; what each mark was before is in its history."""
    machine = actor.role == "machine"
    action = "marks.undo" if undoes else "marks.machine" if machine else "marks.set"
    after = {"act": act, "marks": count, "sessions": sessions}
    # Who started the camera or closed the lesson did it, although the machine signs the marks.
    who = current_actor() or actor if machine else actor
    if len(sessions) == 1:
        audit.record(db, who, action, session_id=sessions[0], after=after)
    else:
        audit.record(db, who, action, several=sessions, after=after)


def _cleaned(state: MarkState | None) -> MarkState | None:
    return None if state is None else replace(state, reason=clean_text(state.reason or "") or None)


def signature(actor: Actor) -> str:
    """The name that a change is signed with."""
    return clean_text(actor.name) or actor.role


def set_times(
    db: Session,
    session_id: int,
    student_id: int,
    first_seen: datetime | None,
    last_seen: datetime | None,
    confidence: float | None,
) -> None:
    """Store when a marked student was seen, and how surely; times aware."""
    here = update(MarkTable).filter_by(session_id=session_id, student_id=student_id)
    seen = {"first_seen": first_seen, "last_seen": last_seen, "confidence": confidence}
    db.execute(here.values(**seen, updated_at=clock.now()))


def set_taken(db: Session, session_ids: Collection[int]) -> None:
    """Record that somebody took these registers, and when first."""
    now = clock.now()
    for session_id in session_ids:
        marked = select(MarkTable.id).filter_by(session_id=session_id).exists()
        here = (SessionTable.id == session_id, SessionTable.taken_at.is_(None), marked)
        db.execute(update(SessionTable).where(*here).values(taken_at=now))


def _both(old: MarkState | None, new: MarkState | None) -> dict[str, Any]:
    return {
        "before": None if old is None else old.as_json(),
        "after": None if new is None else new.as_json(),
    }


def _same(old: MarkState | None, new: MarkState | None) -> bool:
    """Whether nothing that people see would change; a person who confirms a machine's mark does change it."""
    if old is None or new is None:
        return old is new
    seen = (old.status, old.minutes_late, old.reason) == (new.status, new.minutes_late, new.reason)
    return seen and (old.source == new.source or old.source not in BY_MACHINE)


def _store(
    db: Session, key: tuple[int, int], exists: bool, state: MarkState | None, actor: Actor, now: datetime
) -> None:
    session_id, student_id = key
    here = (MarkTable.session_id == session_id, MarkTable.student_id == student_id)
    if state is None:
        db.execute(delete(MarkTable).where(*here))
        return
    values = {
        **state.as_json(),
        "changed_by": None if actor.role == "machine" else signature(actor),
        "updated_at": now,
    }
    if exists:
        db.execute(update(MarkTable).where(*here).values(values))
    else:
        db.execute(insert(MarkTable).values(session_id=session_id, student_id=student_id, **values))


def changes_of_act(db: Session, act: str) -> list[Change]:
    """The changes of one doing in the order they were made."""
    return _changes(db.scalars(select(MarkChangeTable).filter_by(act=act).order_by(MarkChangeTable.id)))


def changes_of(
    db: Session,
    *,
    session_id: int | None = None,
    student_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
) -> list[Change]:
    """Changes of a session, of a student or of a time, newest first; all given conditions hold.  Times aware."""
    query = select(MarkChangeTable)
    if session_id is not None:
        query = query.filter_by(session_id=session_id)
    if student_id is not None:
        query = query.filter_by(student_id=student_id)
    if since is not None:
        query = query.where(MarkChangeTable.at >= since)
    if until is not None:
        query = query.where(MarkChangeTable.at <= until)
    return _changes(db.scalars(query.order_by(MarkChangeTable.id.desc()).limit(limit)))


def last_act(db: Session, session_id: int) -> list[Change]:
    """The last doing of a person in this session that was not taken back; empty when there is none."""
    act = db.scalar(
        select(MarkChangeTable.act)
        .where(MarkChangeTable.session_id == session_id, MarkChangeTable.role != "machine")
        .where(MarkChangeTable.undone.is_(False), MarkChangeTable.undoes.is_(None))
        .order_by(MarkChangeTable.id.desc())
        .limit(1)
    )
    return [] if act is None else changes_of_act(db, act)


def set_undone(db: Session, act: str) -> None:
    """Record that a doing was taken back."""
    db.execute(update(MarkChangeTable).where(MarkChangeTable.act == act).values(undone=True))


def latest_changes(db: Session, keys: Collection[tuple[int, int]]) -> Mapping[tuple[int, int], int]:
    """The number of the last change of each mark, by (session id, student id)."""
    query = select(MarkChangeTable.session_id, MarkChangeTable.student_id, MarkChangeTable.id)
    found: dict[tuple[int, int], int] = {}
    for part in in_parts(query.order_by(MarkChangeTable.id), MarkChangeTable.session_id, {one for one, _ in keys}):
        found |= {(session_id, student_id): number for session_id, student_id, number in db.execute(part)}
    return {key: found[key] for key in keys if key in found}


def _changes(rows: Iterable[MarkChangeTable]) -> list[Change]:
    return [
        Change(
            id=row.id,
            act=row.act,
            session_id=row.session_id,
            student_id=row.student_id,
            at=row.at,
            by=row.by,
            role=row.role,
            why=row.why,
            before=None if row.before is None else MarkState(**row.before),
            after=None if row.after is None else MarkState(**row.after),
            undoes=row.undoes,
            undone=row.undone,
        )
        for row in rows
    ]


def _mark(row: MarkTable) -> Mark:
    return Mark(
        session_id=row.session_id,
        student_id=row.student_id,
        state=MarkState(row.status, row.minutes_late, row.reason, row.source),
        confidence=row.confidence,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        changed_by=row.changed_by,
        updated_at=row.updated_at,
    )
