"""The kiosk at the door: who is not recognised types a roll number, which marks nobody; how it is left."""

from dataclasses import dataclass

from core import audit, clock
from core.access import guarded
from core.accounts import login
from core.actor import Actor, current_actor
from core.settings import Settings
from core.store import accounts, people, register, sightings, watched
from core.store.accounts import Account
from core.store.database import Store
from core.store.rooms import camera_of, list_rooms

TYPED = "typed the roll number at the door; the face was not seen"
"""Why a teacher is asked."""


@dataclass(frozen=True, slots=True)
class TypedRoll:
    """What somebody typed.  source, class_code: as the camera is watched (:class:`core.watching.WatchRequest`)."""

    roll: str
    source: str
    class_code: str | None = None


@guarded
def ask_teacher(store: Store, settings: Settings, actor: Actor, typed: TypedRoll) -> int:
    """Put a typed roll number before the teacher of each lesson that goes on here, to be confirmed or refused.

    A number is no evidence, so nobody is marked.  Returns in how many lessons it is; twice typed is there once.
    Raises NotFoundError for an unknown number.
    """
    now = clock.now()
    with store.transaction() as db:
        student = people.get_student(db, typed.roll)
        class_id = None if typed.class_code is None else people.get_class(db, typed.class_code).id
        camera, early = camera_of(db, typed.source), settings.open_early_minutes
        lessons = watched.open_lessons(db, student.id, now, source=camera, class_id=class_id, early_minutes=early)
        for lesson in lessons:
            source = f"door {student.id}"
            kinds = ("review", "unknown", "present")
            if any(one.source == source for one in sightings.sightings_of(db, lesson.session_id, kinds)):
                continue
            draft = register.SightingDraft("review", TYPED, student.id, first_seen=now, last_seen=now)
            register.replace_sightings(db, lesson.session_id, source, [draft])
            audit.record(db, actor, "kiosk.typed", session_id=lesson.session_id, student_id=student.id)
    return len(lessons)


@guarded
def door_rooms(store: Store) -> tuple[str, ...]:
    """The names of the rooms that have a camera; their addresses stay where they are."""
    with store.read() as db:
        return tuple(one.name for one in list_rooms(db) if one.camera)


@guarded
def needs_pin(store: Store) -> bool:
    """Whether who acts has a PIN, without which their kiosk cannot be left."""
    account = _account(store)
    return account is not None and account.has_pin


@guarded
def prove_pin(store: Store, pin: str) -> None:
    """Raises LoginError unless it is the PIN of who acts; wrong ones are counted and slowed down."""
    account = _account(store)
    if account is not None and account.has_pin:
        login.check_pin(store, account.name, pin)


def _account(store: Store) -> Account | None:
    actor = current_actor()
    if actor is None or actor.account_id is None:
        return None
    with store.read() as db:
        return accounts.account_by_id(db, actor.account_id)
