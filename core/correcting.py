"""Marks set, changed and taken back by a person; every change keeps who, when, what it was before, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from core import clock
from core.access import check, guarded
from core.actor import Actor
from core.errors import ChangedError, ConflictError, InputError, NotFoundError
from core.expected import blank_states
from core.records import SchoolClass, Student
from core.reports.session_files import remake_sheets
from core.settings import Settings
from core.store import marks, people, sessions, sightings, statuses
from core.store.database import Store
from core.store.marks import BY_HAND, Change, Mark, MarkState, Wish
from core.store.register_grid import students_by_id
from core.store.sessions import CANCELLED, LOCKED, OPEN, PLANNED, SessionRow
from core.store.statuses import PRESENT, Status

LONGEST_LATE_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class About:
    """What changes are about, by id; statuses: all there are, by code."""

    sessions: Mapping[int, SessionRow]
    classes: Mapping[int, SchoolClass]
    students: Mapping[int, Student]
    statuses: Mapping[str, Status]


_NOTHING = About({}, {}, {}, {})


@dataclass(frozen=True, slots=True)
class Corrected:
    """What was changed.  act: its number in the history; notes: sentences worth telling."""

    act: str
    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    about: About = _NOTHING


def check_may_mark(settings: Settings, actor: Actor, session: SessionRow) -> None:
    """Raises ConflictError when the actor may not mark in this session as it is now."""
    if session.state == CANCELLED:
        raise ConflictError(f"Session {session.id} was cancelled, so nobody can be marked in it.")
    # A lesson that was moved is opened by its first mark, as one of the timetable is.
    taking = {"machine": (OPEN, PLANNED), "student": (OPEN,), "kiosk": (OPEN, PLANNED)}.get(actor.role)
    if taking is not None and session.state not in taking:
        raise ConflictError(
            f"Session {session.id} is {session.state}, so no more marks are taken. "
            f"Open it again: app.py session open --session {session.id}; or begin another one with --new."
        )
    if not (session.state in (OPEN, LOCKED) and _is_old(settings, session, session.opened_at)):
        check_age(settings, actor, session)  # Else an admin opened it, for nobody else could.


def check_age(settings: Settings, actor: Actor, session: SessionRow) -> None:
    """Raises ConflictError for a session made and held too long ago, unless the actor is an admin."""
    if actor.role != "admin" and _is_old(settings, session, clock.now()):
        raise ConflictError(
            f"Session {session.id} is more than {settings.lock_after_days} days ago, so only an admin can change it. "
            f"An admin can open it again: app.py session open --session {session.id} --as-admin"
        )


def _is_old(settings: Settings, session: SessionRow, now: datetime) -> bool:
    # When it was opened last does not count: else opening it again and again would keep the lock away for ever.
    zone = clock.school_zone(settings)
    since = max(clock.local(session.ends_at, zone), clock.local(session.created_at, zone)).date()
    return (clock.local(now, zone).date() - since).days > settings.lock_after_days


@guarded
def set_marks(
    store: Store,
    settings: Settings,
    actor: Actor,
    wishes: Sequence[Wish],
    *,
    why: str | None = None,
    source: str = BY_HAND,
    before: Mapping[tuple[int, int], MarkState | None] | None = None,
) -> Corrected:
    """Make marks what is wished: all of them or, on an error, none.

    why: needed where a mark that exists is changed.  before: what marks were, by (session id, student id), when the
    wishes were made; they must be so still.  Raises ChangedError when one is not, ConflictError when the actor may not
    mark in a session, InputError for a status, minutes or student that cannot be, or a missing reason; NotFoundError
    for a session.
    """
    act = marks.new_act()
    with store.transaction() as db:
        _check_as_seen(db, before or {})
        checked = [replace(one, state=_signed(one.state, source)) for one in _checked(db, settings, actor, wishes)]
        changes = marks.write_marks(db, actor, checked, act=act, why=why)
        if not (why or "").strip() and any(one.before is not None for one in changes):
            raise InputError("Say why the mark is changed, for example: --reason “came later, was overlooked”")
        marks.set_taken(db, {one.session_id for one in changes})
        about = _about(db, changes)
    return Corrected(act, tuple(changes), _remade(store, settings, changes), about)


@guarded
def set_mark(
    store: Store,
    settings: Settings,
    actor: Actor,
    session_id: int,
    roll: str,
    status: str | None,
    *,
    minutes: int | None = None,
    reason: str | None = None,
    before: Mapping[tuple[int, int], MarkState | None] | None = None,
) -> Corrected:
    """Set one student's mark to what is typed; status: a letter or name, None takes the mark away.

    before: as for :func:`set_marks`, where somebody saw the mark first.  Raises as :func:`set_marks`, AccessError for a
    student who is neither of the session nor of the actor's classes.
    """
    with store.read() as db:
        student = people.find_student(db, roll)
        if student is None or (session_id, student.id) not in marks.marks_of(db, [session_id]):
            # Else the answer would tell who is in the school.
            check(db, actor, "marks.set", session_id=session_id, student_id=student.id if student else 0)
        student = people.get_student(db, roll)
        wanted = None if status is None else statuses.read_status(db, status)
    # Why somebody is absent belongs to the mark; why a mark was corrected to present, to the history only.
    stays = None if wanted is None or wanted.counts_as == "present" else reason
    state = None if wanted is None else MarkState(wanted.code, minutes, stays)
    return set_marks(store, settings, actor, [Wish(session_id, student.id, state)], why=reason, before=before)


def _about(db: Session, changes: Sequence[Change]) -> About:
    found = sessions.sessions_by_id(db, {one.session_id for one in changes})
    named = {one.class_id for one in found.values()}
    return About(
        found,
        {one.id: one for one in people.list_classes(db) if one.id in named},
        students_by_id(db, {one.student_id for one in changes}),
        statuses.status_set(db),
    )


def _check_as_seen(db: Session, before: Mapping[tuple[int, int], MarkState | None]) -> None:
    now = marks.marks_of(db, {session_id for session_id, _ in before})
    for key, state in before.items():
        mark = now.get(key)
        if (None if mark is None else mark.state) != state:
            raise ChangedError(
                f"The mark of {_who(db, key[1])} was changed while you looked, so nothing was done. Look at it again."
            )


def _signed(state: MarkState | None, source: str) -> MarkState | None:
    return None if state is None else replace(state, source=source)


def _checked(db: Session, settings: Settings, actor: Actor, wishes: Sequence[Wish]) -> list[Wish]:
    known = statuses.status_set(db)
    there = {number: _opened(db, settings, actor, number) for number in {one.session_id for one in wishes}}
    marked = marks.marks_of(db, there)
    rosters = {one.class_id: {who.id for who in people.roster(db, one.class_id)} for one in there.values()}
    for one in wishes:
        session = there[one.session_id]
        if one.student_id not in rosters[session.class_id] and (one.session_id, one.student_id) not in marked:
            code = people.get_class_by_id(db, session.class_id).code
            raise InputError(f"{_who(db, one.student_id)} is not on the roster of {code}.")
    return [
        replace(
            one,
            state=_checked_state(one.state, known, there[one.session_id], marked.get((one.session_id, one.student_id))),
        )
        for one in wishes
    ]


def _opened(db: Session, settings: Settings, actor: Actor, session_id: int) -> SessionRow:
    """The session, if the actor may mark in it; one that was only moved begins with that."""
    session = sessions.get_session(db, session_id)
    check_may_mark(settings, actor, session)
    return sessions.begin_session(db, session)


def _checked_state(
    state: MarkState | None, known: Mapping[str, Status], session: SessionRow, old: Mark | None
) -> MarkState | None:
    if state is None:
        return None
    status = known.get(state.status)
    if status is None or not status.active:
        raise InputError(f"“{state.status}” is no status. See all: app.py status list")
    if status.counts_as != "late":
        return replace(state, minutes_late=None)
    if state.minutes_late is None:
        # While the lesson goes on, "late" is said when the student comes in; who was late already stays so late.
        kept = None if old is None else old.state.minutes_late
        return replace(state, minutes_late=_minutes_since_start(session) if kept is None else kept)
    if not 0 <= state.minutes_late <= LONGEST_LATE_MINUTES:
        raise InputError(f"Minutes late are from 0 to {LONGEST_LATE_MINUTES}, not {state.minutes_late}.")
    return state


def _minutes_since_start(session: SessionRow) -> int | None:
    now = clock.now()
    return int((now - session.starts_at).total_seconds() // 60) if session.starts_at <= now < session.ends_at else None


def _who(db: Session, student_id: int) -> str:
    student = people.get_student_by_id(db, student_id)
    return f"{student.roll} {student.name}"


@guarded
def mark_all_present(store: Store, settings: Settings, actor: Actor, session_id: int) -> Corrected:
    """Mark everybody present who has no mark yet; who is excused beforehand is excused.  Marks that exist stay.

    Raises as :func:`set_marks`.
    """
    act = marks.new_act()
    with store.transaction() as db:
        session = _opened(db, settings, actor, session_id)
        wishes = [Wish(session_id, one, state) for one, state in blank_states(db, session, PRESENT, BY_HAND).items()]
        changes = marks.write_marks(db, actor, wishes, act=act, why="all present")
        marks.set_taken(db, [session_id])
        about = _about(db, changes)
    return Corrected(act, tuple(changes), _remade(store, settings, changes), about)


@guarded
def undo(store: Store, settings: Settings, actor: Actor, session_id: int, *, act: str | None = None) -> Corrected:
    """Take back the last doing of a person in this session, as a whole; again takes back the one before.

    act: the doing that is meant.  Raises NotFoundError when there is nothing to take back, ConflictError where
    something was changed since, or another doing came after ``act``.
    """
    with store.transaction() as db:
        session = sessions.get_session(db, session_id)
        check_may_mark(settings, actor, session)
        last = marks.last_act(db, session_id)
        if not last:
            raise NotFoundError("Nobody changed a mark by hand in this lesson, so there is nothing to undo.")
        if act is not None and last[0].act != act:
            raise ConflictError(f"{last[0].by} changed this register since, so your change is not undone. Look at it.")
        _check_unchanged(db, last)
        for other in {one.session_id for one in last} - {session_id}:
            # The act was somebody's who may do more than who takes it back.
            check(db, actor, "marks.undo", session_id=other)
            check_may_mark(settings, actor, sessions.get_session(db, other))
        wishes = [Wish(one.session_id, one.student_id, one.before) for one in last]
        undone = last[0]
        marks.set_undone(db, undone.act)
        changes = marks.write_marks(db, actor, wishes, why=f"undo of {undone.by}’s change", undoes=undone.act)
        for one in last:
            if one.why == sightings.CONFIRMED:
                roll = people.get_student_by_id(db, one.student_id).roll
                sightings.reopen_confirmed(db, one.session_id, one.student_id, roll)
        for one in changes:
            if one.before is None:  # With the mark its times went.
                sightings.restore_times(db, one.session_id, one.student_id)
        about = _about(db, changes)
    made = changes[0].act if changes else undone.act
    return Corrected(made, tuple(changes), _remade(store, settings, changes), about)


def _check_unchanged(db: Session, last: Sequence[Change]) -> None:
    now: Mapping[tuple[int, int], Mark] = marks.marks_of(db, {one.session_id for one in last})
    for one in last:
        mark = now.get((one.session_id, one.student_id))
        if (None if mark is None else mark.state) != one.after:
            raise ConflictError(
                f"The mark of {_who(db, one.student_id)} was changed since, so this cannot be undone. "
                "Set the mark itself: app.py set CLASS ROLL STATUS"
            )


def _remade(store: Store, settings: Settings, changes: Sequence[Change]) -> tuple[str, ...]:
    return remake_sheets(store, settings, sorted({one.session_id for one in changes}))
