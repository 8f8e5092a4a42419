"""Open, lock, close, move and cancel sessions; each of them shows what was saved when it is opened again."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from core import clock
from core.access import guarded, own_classes
from core.actor import MACHINE, Actor
from core.correcting import check_age, check_may_mark
from core.errors import ConflictError, InputError, NotFoundError
from core.expected import blank_states
from core.records import SchoolClass
from core.reports.session_files import write_sheets
from core.settings import Settings
from core.store import marks, people, sessions
from core.store.database import Store
from core.store.groups import get_group
from core.store.marks import BY_CLOSING, Wish
from core.store.rooms import get_room, get_room_by_id
from core.store.sessions import CANCELLED, CLOSED, LOCKED, OPEN, PLANNED, SessionDraft, SessionRow
from core.store.statuses import ABSENT
from core.store.text import clean_text
from core.timetable import LONGEST_MINUTES, Lesson, current_lesson, lessons_between, session_in_hand

LONGEST_OPEN = timedelta(hours=18)
"""An older session is not continued by itself."""


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """Which session is meant.

    session_id: this very one; at: its start (aware UTC); without both the lesson that is going on.  new: never one that
    exists.  minutes, title: what it shall be, else what the timetable and the settings say.  group, room: by name, for
    :func:`open_session`.
    """

    class_code: str
    at: datetime | None = None
    minutes: int | None = None
    group_id: int | None = None
    room_id: int | None = None
    title: str | None = None
    new: bool = False
    session_id: int | None = None
    group: str | None = None
    room: str | None = None


def find_or_draft(db: Session, settings: Settings, request: SessionRequest) -> SessionRow | SessionDraft:
    """The session that is meant, or what it will be: a lesson of the timetable, else one of its own.

    Raises NotFoundError for the class or session, InputError for minutes that cannot be.
    """
    school_class = people.get_class(db, request.class_code)
    if request.minutes is not None and not 1 <= request.minutes < LONGEST_MINUTES:
        raise InputError("A session lasts from a minute to less than a day. Write its minutes, like 45.")
    if request.session_id is not None:
        return sessions.session_of_class(db, school_class, request.session_id)
    lesson = None if request.new else _lesson_meant(db, settings, school_class.id, request)
    if lesson is not None:
        return lesson.session or draft_of(settings, school_class, lesson, request)
    starts_at = request.at or clock.now()
    return SessionDraft(
        class_id=school_class.id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=request.minutes or settings.lesson_minutes),
        zone=clock.school_zone(settings),
        teacher=school_class.teacher,
        group_id=request.group_id,
        room_id=request.room_id or school_class.room_id,
        title=request.title,
    )


@guarded
def find_session(
    store: Store, settings: Settings, class_code: str, number: int | None = None, *, to_mark: bool = False
) -> tuple[SchoolClass, SessionRow]:
    """A class, and the session of it that is meant.  Raises as :func:`core.timetable.session_in_hand`."""
    with store.read() as db:
        school_class = people.get_class(db, class_code)
        return school_class, session_in_hand(db, settings, school_class, number, to_mark=to_mark)


def _lesson_meant(db: Session, settings: Settings, class_id: int, request: SessionRequest) -> Lesson | None:
    if request.at is None:
        return current_lesson(db, settings, class_id, clock.now(), request.group_id)
    day = clock.local(request.at, clock.school_zone(settings)).date()
    found = [
        one
        for one in lessons_between(db, settings, day - timedelta(days=1), day + timedelta(days=1), [class_id])
        if one.starts_at == request.at and one.state != CANCELLED and request.group_id in (None, one.group_id)
    ]
    return found[-1] if found else None


def draft_of(settings: Settings, school_class: SchoolClass, lesson: Lesson, request: SessionRequest) -> SessionDraft:
    """The session that a planned lesson becomes."""
    asked = None if request.minutes is None else lesson.starts_at + timedelta(minutes=request.minutes)
    return SessionDraft(
        class_id=lesson.class_id,
        starts_at=lesson.starts_at,
        ends_at=asked or lesson.ends_at,
        zone=clock.school_zone(settings),
        teacher=school_class.teacher,
        group_id=lesson.group_id,
        room_id=request.room_id or lesson.room_id or school_class.room_id,
        schedule_id=lesson.schedule_id,
        planned_day=lesson.planned_day,
        title=request.title or lesson.title,
    )


def session_to_mark(store: Store, settings: Settings, request: SessionRequest, label: str) -> SessionRow | SessionDraft:
    """The session that recognition will mark from the source of this label; nothing is written yet.

    Raises as :func:`find_or_draft`, ConflictError for a session that takes no more marks.
    """
    with store.read() as db:
        found = find_or_draft(db, settings, request)
        if isinstance(found, SessionDraft) and found.schedule_id is None and request.at is None and not request.new:
            found = _same_source_today(db, found, label) or found
    if isinstance(found, SessionRow):
        check_may_mark(settings, MACHINE, found)
    return found


def room_camera(store: Store, settings: Settings, request: SessionRequest) -> str:
    """Number or address of the camera in the room of the session that is meant; it may hold a password.

    Raises as :func:`find_or_draft`, InputError when there is no room or no camera in it.
    """
    with store.read() as db:
        room_id = find_or_draft(db, settings, request).room_id
        camera = None if room_id is None else get_room_by_id(db, room_id).camera
    if camera is None:
        raise InputError(
            f"The class {request.class_code} has no room with a camera. "
            f"Say what to look at: app.py mark {request.class_code} SOURCE"
        )
    return camera


def session_of_marks(db: Session, request: SessionRequest, found: SessionRow | SessionDraft) -> SessionRow:
    """The session as it is when the marks come in, which may be hours after :func:`session_to_mark` found it.

    What was no session then may have been opened by somebody meanwhile: it must not become two.  What was closed
    meanwhile still takes what was seen; whether it was locked, the caller looks.  Raises ConflictError when it was
    cancelled, NotFoundError when it is gone.
    """
    if isinstance(found, SessionDraft):
        meanwhile = _opened_meanwhile(db, request, found)
        if meanwhile is None:
            return sessions.add_session(db, found)
        now = meanwhile
    else:
        now = sessions.get_session(db, found.id)
    if now.state == CANCELLED:
        raise ConflictError(f"Session {now.id} was cancelled meanwhile, so nobody was marked in it.")
    return sessions.begin_session(db, now)


def _opened_meanwhile(db: Session, request: SessionRequest, draft: SessionDraft) -> SessionRow | None:
    if draft.schedule_id is not None and draft.planned_day is not None:
        return sessions.planned_session(db, draft.schedule_id, draft.planned_day)
    if request.new:
        return None
    until = draft.starts_at if request.at else min(clock.now(), draft.ends_at)
    there = sessions.sessions_between(db, draft.class_id, draft.starts_at, until)
    own = [one for one in there if one.schedule_id is None and one.group_id == draft.group_id]
    return own[0] if own else None


def _same_source_today(db: Session, draft: SessionDraft, label: str) -> SessionRow | None:
    """The open session of today that was marked from this very source: marking it again corrects it."""
    recent = sessions.sessions_between(db, draft.class_id, draft.starts_at - LONGEST_OPEN, draft.starts_at)
    today = clock.local(draft.starts_at, draft.zone).date()
    fitting = [one for one in recent if one.day == today and one.source == label and one.state == OPEN]
    return fitting[-1] if fitting else None


@guarded
def open_session(store: Store, settings: Settings, actor: Actor, request: SessionRequest) -> SessionRow:
    """Open the session that is meant; one that exists is opened again with all that was saved.

    Raises as :func:`find_or_draft` and :func:`open_again`, NotFoundError for the group or room.
    """
    with store.transaction() as db:
        request = _with_places(db, request)
        found = find_or_draft(db, settings, request)
        if isinstance(found, SessionDraft):
            return sessions.add_session(db, found)
        wanted: dict[str, object] = {}
        if request.title:
            wanted["title"] = clean_text(request.title) or None
        if request.minutes is not None:
            wanted["ends_at"] = found.starts_at + timedelta(minutes=request.minutes)
        if request.room_id is not None:
            wanted["room_id"] = request.room_id
        return _reopen(db, settings, actor, found, **wanted)


def _with_places(db: Session, request: SessionRequest) -> SessionRequest:
    school_class = people.get_class(db, request.class_code)
    if request.group is not None:
        request = replace(request, group_id=get_group(db, school_class.id, request.group).id)
    return request if request.room is None else replace(request, room_id=get_room(db, request.room).id)


@guarded
def classes_of(store: Store, session_ids: Collection[int]) -> dict[int, SchoolClass]:
    """The class of each of these sessions that who acts may see, by session id."""
    with store.read() as db:
        own = own_classes(db)
        classes = {one.id: one for one in people.list_classes(db)}
        rows = sessions.sessions_by_id(db, session_ids).values()
    return {one.id: classes[one.class_id] for one in rows if own is None or one.class_id in own}


@guarded
def open_again(store: Store, settings: Settings, actor: Actor, session_id: int) -> SessionRow:
    """Open a closed, locked or cancelled session again.

    Raises NotFoundError, ConflictError for one that only an admin may open.
    """
    with store.transaction() as db:
        return _reopen(db, settings, actor, sessions.get_session(db, session_id))


def _reopen(db: Session, settings: Settings, actor: Actor, session: SessionRow, **columns: object) -> SessionRow:
    check_age(settings, actor, session)
    opened = {"state": OPEN, "opened_at": clock.now(), "closed_at": None}
    return sessions.change_session(db, session.id, **opened, **columns)


@guarded
def lock_session(store: Store, session_id: int) -> SessionRow:
    """From now on only a teacher marks.  Raises NotFoundError, ConflictError for one that is not open."""
    with store.transaction() as db:
        session = sessions.get_session(db, session_id)
        if session.state not in (OPEN, LOCKED):
            raise ConflictError(f"Session {session.id} is {session.state}, so it cannot be locked. Open it first.")
        return sessions.change_session(db, session_id, state=LOCKED)


@dataclass(frozen=True, slots=True)
class Closed:
    """A session that was closed.  absent: ids of who was unmarked and is absent or excused now; sheets: where it is."""

    session: SessionRow
    absent: tuple[int, ...]
    sheets: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()


@guarded
def close_session(store: Store, settings: Settings, actor: Actor, session_id: int) -> Closed:
    """End a session: who is unmarked is absent, or excused where that was planned.  Saved marks stay.

    Whoever ends it has looked through it, so that parents may be told; one that ends by itself nobody looked through.
    Closing again changes only who is unmarked.  Raises NotFoundError, ConflictError for a cancelled one and for a
    closed one that only an admin may change.
    """
    with store.transaction() as db:
        session = sessions.get_session(db, session_id)
        if session.state in (CANCELLED, PLANNED):
            raise ConflictError(f"Session {session.id} is {session.state}, so there is nothing to close.")
        check_may_mark(settings, actor, session)
        closed = _close(db, session, why=f"closed by {marks.signature(actor)}", by_the_clock=False)
        marks.set_taken(db, [session_id])
        closed = replace(closed, session=sessions.change_session(db, session_id, reviewed_at=clock.now()))
    sheets, notes = write_sheets(store, settings, [session_id])
    return replace(closed, sheets=sheets, notes=notes)


@guarded
def close_due(store: Store, settings: Settings, now: datetime | None = None) -> tuple[Closed, ...]:
    """Close every session whose end is longer ago than the school allows; quick when there is none.

    A register that nobody took stays "not taken" although its students are absent now, and keeps being reported.
    """
    before = (now or clock.now()) - timedelta(minutes=settings.close_after_minutes)
    with store.read() as db:
        if not sessions.sessions_to_close(db, before):
            return ()
    with store.transaction() as db:
        due = sessions.sessions_to_close(db, before)
        closed = tuple(_close(db, one, why="closed by itself", by_the_clock=True) for one in due)
    finished = []
    for one in closed:
        sheets, notes = write_sheets(store, settings, [one.session.id] if one.session.taken_at else [])
        finished.append(replace(one, sheets=sheets, notes=notes))
    return tuple(finished)


def _close(db: Session, session: SessionRow, *, why: str, by_the_clock: bool) -> Closed:
    states = blank_states(db, session, ABSENT, BY_CLOSING, by_the_clock=by_the_clock)
    # The machine signs, so that a teacher's "undo" goes back to what the teacher did.
    marks.write_marks(db, MACHINE, [Wish(session.id, one, state) for one, state in states.items()], why=why)
    if session.state != CLOSED:
        session = sessions.change_session(db, session.id, state=CLOSED, closed_at=clock.now())
    return Closed(session, tuple(states))


@guarded
def review_session(store: Store, session_id: int) -> SessionRow:
    """Record that a teacher looked through the register: from now on parents may be told.  Raises NotFoundError."""
    with store.transaction() as db:
        session = sessions.get_session(db, session_id)
        if session.taken_at is None:
            raise ConflictError(f"Nobody has been marked in session {session_id} yet, so there is nothing to review.")
        return sessions.change_session(db, session_id, reviewed_at=clock.now())


@guarded
def cancel_lesson(store: Store, settings: Settings, actor: Actor, request: SessionRequest) -> SessionRow:
    """Say that a lesson does not take place.

    Raises NotFoundError without one, ConflictError when somebody was marked in it or only an admin may change it.
    """
    with store.transaction() as db:
        found = _lesson_without_marks(db, settings, actor, request)
        return sessions.change_session(db, found.id, state=CANCELLED, closed_at=None)


@guarded
def move_lesson(
    store: Store, settings: Settings, actor: Actor, request: SessionRequest, starts_at: datetime
) -> SessionRow:
    """Give a lesson another time, its length stays.  Raises as :func:`cancel_lesson`."""
    with store.transaction() as db:
        found = _lesson_without_marks(db, settings, actor, request)
        day = clock.local(starts_at, clock.school_zone(settings)).date()
        times = {"starts_at": starts_at, "ends_at": starts_at + (found.ends_at - found.starts_at), "day": day}
        return sessions.change_session(db, found.id, state=PLANNED, closed_at=None, **times)


@guarded
def hold_lesson(store: Store, settings: Settings, actor: Actor, session_id: int) -> SessionRow:
    """Let a cancelled lesson take place after all; it is opened by its first mark.

    Raises NotFoundError, ConflictError for one that is not cancelled or that only an admin may change.
    """
    with store.transaction() as db:
        session = sessions.get_session(db, session_id)
        if session.state != CANCELLED:
            raise ConflictError(f"Session {session_id} is {session.state}, so it takes place anyway.")
        check_age(settings, actor, session)
        return sessions.change_session(db, session_id, state=PLANNED, closed_at=None)


def _lesson_without_marks(db: Session, settings: Settings, actor: Actor, request: SessionRequest) -> SessionRow:
    found = find_or_draft(db, settings, request)
    if isinstance(found, SessionDraft):
        if found.schedule_id is None:
            raise NotFoundError(f"There is no lesson of {request.class_code} at this time. See: app.py session list")
        return sessions.add_session(db, found)
    check_may_mark(settings, actor, found)
    there = marks.marks_of(db, [found.id]).values()
    if any(one.state.source != BY_CLOSING for one in there):
        raise ConflictError(f"Session {found.id} has marks already, so it stays as it is.")
    # Nobody said anything of these students but the clock, and it did not know that there was no lesson.
    marks.write_marks(db, actor, [Wish(found.id, one.student_id, None) for one in there], why="not held")
    return found
