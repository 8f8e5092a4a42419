"""Whether a lesson can be marked by its faces now, asked before a surface collects pictures of it for minutes."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from core import clock
from core.access import guarded
from core.actor import MACHINE
from core.correcting import check_may_mark
from core.errors import ClassifierError, ConflictError, InputError, RollcallError
from core.expected import expected_students
from core.records import SchoolClass, Student
from core.settings import Settings
from core.store import people, sessions, training_runs
from core.store.database import Store
from core.store.rooms import get_room_by_id
from core.store.sessions import CLOSED, LOCKED, SessionRow
from core.store.training_runs import TrainingRun


@dataclass(frozen=True, slots=True)
class Taking:
    """A lesson to be marked.

    expected: so many students; obstacle: why not now, or nothing; room: the name of its room, if that has a camera.
    """

    school_class: SchoolClass
    session: SessionRow
    expected: int
    obstacle: RollcallError | None = None
    room: str = ""

    def check(self) -> None:
        """Raises ConflictError or ClassifierError when it cannot be marked."""
        if self.obstacle is not None:
            raise self.obstacle

    @property
    def is_past(self) -> bool:
        """Whether the lesson is over by the clock."""
        return self.session.ends_at <= clock.now()

    def check_camera(self) -> None:
        """Whether the camera of the room shows this lesson.

        Raises as :meth:`check`, InputError where the room has none, ConflictError when the lesson is over.
        """
        self.check()
        if not self.room:
            raise InputError("This lesson is in no room with a camera. An admin chooses one on the school’s computer.")
        if self.is_past:
            raise ConflictError(
                "This lesson is over, and the camera of its room shows others by now. "
                "Photos and videos of it can still be sent."
            )


@guarded
def taking_of(store: Store, settings: Settings, session_id: int) -> Taking:
    """A lesson, and whether it can be marked by its faces now.  Raises NotFoundError."""
    with store.read() as db:
        session = sessions.get_session(db, session_id)
        school_class = people.get_class_by_id(db, session.class_id)
        obstacle: RollcallError | None = None
        try:
            _check_state(settings, session)
            trained_class(db, school_class)
        except (ConflictError, ClassifierError) as error:
            obstacle = error
        room = None if session.room_id is None else get_room_by_id(db, session.room_id)
        expected = len(expected_students(db, session))
        return Taking(school_class, session, expected, obstacle, room.name if room is not None and room.camera else "")


def trained_class(db: Session, school_class: SchoolClass) -> tuple[Mapping[int, Student], TrainingRun]:
    """The students of a class by id, and the training in use.  Raises ClassifierError where there are none."""
    code = school_class.code
    roster = {one.id: one for one in people.roster(db, school_class.id) if one.active}
    if not roster:
        raise ClassifierError(f"The class {code} has no students yet. Enrol some: app.py enrol {code} FOLDER")
    run = training_runs.run_in_use(db, school_class.id)
    if run is None:
        raise ClassifierError(f"The class {code} has not been trained yet. Train it first: app.py train {code}")
    return roster, run


def _check_state(settings: Settings, session: SessionRow) -> None:
    if session.state == LOCKED:
        raise ConflictError("This lesson is locked, so that only people mark. Open it again to take attendance.")
    if session.state == CLOSED:
        raise ConflictError("This lesson is closed. Open it again to take attendance; what was saved stays.")
    check_may_mark(settings, MACHINE, session)
