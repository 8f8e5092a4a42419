"""Selfies that wait are judged one after the other, the oldest first; what is unsure a teacher sees.

Each is stored before the next one is opened, so whatever ends the program, nothing is lost and nothing judged twice.
One that cannot be judged goes to the teacher and never stops those behind it.
"""

import logging
from contextlib import suppress
from dataclasses import replace

from sqlalchemy.orm import Session

from core.access import guarded
from core.confirming import frames
from core.confirming.accepting import NO_CONSENT
from core.confirming.selfies import Judgement, judge_selfie
from core.confirming.twins import SAME_FACE, TWICE, like
from core.engine import Engine
from core.errors import ClassifierError, NotFoundError, RollcallError, StoreError
from core.school import open_school
from core.settings import Settings
from core.store import confirmations, people, sessions, sightings
from core.store.confirmations import Confirmation, State
from core.store.database import Store
from core.store.phone_marks import merge_phone_mark
from core.store.sessions import LOCKED
from core.vision.spoof import SpoofSense

MOST_TRIES = 2
"""So often a selfie is begun: one that ends the program must not end it for ever."""
DAMAGED = "the stored selfie cannot be read"
BROKEN = "the selfie could not be looked at; say whether they are here"
TOO_LATE = "the selfie came in time, but the lesson was locked before it was looked at"
_log = logging.getLogger(__name__)


@guarded
def is_waiting(store: Store) -> bool:
    """Whether any selfie waits."""
    with store.read() as db:
        return confirmations.count_waiting(db) > 0


@guarded
def judge_waiting(
    store: Store,
    engine: Engine,
    settings: Settings,
    spoof: SpoofSense | None,
    most: int = 10,
) -> int:
    """Judge up to ``most`` selfies that wait, the oldest first; how many were.

    Raises VaultError while the key of the faces is not there: then they go on waiting.
    """
    for done in range(most):
        with store.read() as db:
            number = confirmations.first_waiting(db)
        if number is None:
            return done
        judged = _opened(store, engine, spoof, number)
        if judged is not None:
            _store(store, settings, number, judged)
    return most


def _opened(store: Store, engine: Engine, spoof: SpoofSense | None, number: int) -> Judgement | None:
    """What the selfie comes to; None where it is not there any more."""
    try:
        with store.transaction() as db:
            try:
                waiting, packed = confirmations.open_waiting(db, number)
            except StoreError:
                return _to_teacher(DAMAGED)
            student = people.get_student_by_id(db, waiting.student_id)
            present = sightings.sightings_of(db, waiting.session_id, ["present"])
            tries = confirmations.begin_judging(db, number)
    except NotFoundError:
        return None
    if not student.consent:
        return _to_teacher(NO_CONSENT)
    if tries > MOST_TRIES:
        _log.error("selfie %d ended the program %d times", number, tries - 1)
        return _to_teacher(BROKEN)
    seen = any(one.student_id == student.id for one in present)
    try:
        return _judged(store, engine, spoof, waiting, packed, seen=seen)
    except RollcallError:
        # Somebody must mend it, and it is not for this selfie.
        with store.transaction() as db:
            confirmations.put_off_judging(db, number)
        raise
    except Exception:  # noqa: BLE001 - what a file from a phone does must not stop the others
        _log.exception("selfie %d could not be judged", number)
        return _to_teacher(BROKEN)


def _judged(
    store: Store, engine: Engine, spoof: SpoofSense | None, waiting: Confirmation, packed: bytes, *, seen: bool
) -> Judgement:
    try:
        index = open_school(store, engine.model_key).index
    except ClassifierError:
        index = None
    pictures = frames.unpack(packed)
    return judge_selfie(engine, spoof, index, waiting.student_id, waiting.challenge, pictures, seen=seen)


def _to_teacher(reason: str) -> Judgement:
    return Judgement("review", reason, {}, b"")


def _told_apart(db: Session, waiting: Confirmation, judged: Judgement) -> Judgement:
    """The same, or for a teacher if somebody else of the lesson has sent this face and was not refused."""
    if judged.face is None:
        return judged
    others = confirmations.faces_of(db, waiting.session_id)
    others.pop(waiting.student_id, None)
    same = like(others, judged.face)
    if not same:
        return judged
    twice = TWICE.format(people.get_student_by_id(db, same[0]).roll)
    reason = twice if judged.state == "accepted" else f"{twice}; {judged.reason}"
    return replace(judged, state="review", reason=reason, scores={**judged.scores, "same_face": SAME_FACE})


def _store(store: Store, settings: Settings, number: int, judged: Judgement) -> None:
    # It may have been erased meanwhile.
    with suppress(NotFoundError), store.transaction() as db:
        waiting = confirmations.get_confirmation(db, number)
        judged = _told_apart(db, waiting, judged)
        accepted = judged.state == "accepted"
        late = accepted and sessions.get_session(db, waiting.session_id).state == LOCKED
        state: State = "review" if late else judged.state
        reason = TOO_LATE if late else judged.reason
        # Nobody has to look at what was accepted, so no picture of it is kept.
        picture = b"" if state == "accepted" else judged.picture
        done = confirmations.judge(db, number, state, reason, judged.scores, picture, judged.face)
        if done and state == "accepted":
            merge_phone_mark(db, waiting.session_id, waiting.student_id, waiting.at, settings.late_after_minutes)
