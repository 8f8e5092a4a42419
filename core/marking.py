"""The main job: a source in; sightings, register rows and the dated sheet out.

The window, the portal, the workers and the command line all call :func:`mark`.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from core import clock
from core.engine import Engine
from core.errors import ClassifierError
from core.expected import expected_students
from core.explaining import explain
from core.recognising import Seen, recognise
from core.recognition.classifier import Classifier
from core.recognition.files import load_classifier
from core.recognition.people import Person
from core.records import MarkRow, ProgressSink, SchoolClass, Student, no_progress
from core.reports.session_files import write_sheet_of
from core.sessions import SessionRequest, room_camera, session_of_marks, session_to_mark
from core.settings import Settings
from core.store import people, register, sessions, statuses, training_runs
from core.store.database import Store
from core.store.register import FaceEvidence, SightingDraft
from core.store.sessions import LOCKED, SessionDraft, SessionRow
from core.store.statuses import Status
from core.store.training_runs import TrainingRun
from core.vision.annotated import check_video_target, write_annotated_video
from core.vision.images import encode_png
from core.vision.sources import SourceInfo, open_source

LIVE = ("camera", "stream")
"""Sources whose pictures are of this moment; a recording is taken to begin with the lesson."""
KINDS = {"sure": "present", "unsure": "review", "elsewhere": "elsewhere", "unknown": "unknown"}
"""What a sighting is called in the store, by the outcome of the decision."""


@dataclass(frozen=True, slots=True)
class MarkRequest:
    """What to mark.

    at: start of the lesson (aware UTC); session_id: this very session; else the lesson going on.  new: never continue
    one.
    """

    class_code: str
    source: str | None = None
    """None: the camera of the lesson's room."""
    at: datetime | None = None
    new: bool = False
    save_video: Path | None = None
    explain: bool = False
    """Tell of every face why it came out as it did, and write the reasons into the annotated video."""
    session_id: int | None = None
    seconds: float | None = None
    """A live source is watched this long; None means until it ends or is stopped."""


@dataclass(frozen=True, slots=True)
class Presence:
    """A student who is in the room by the register; seconds from the start of the lesson, None if never seen."""

    roll: str
    name: str
    status: str
    minutes_late: int | None
    confidence: float | None
    first_seen_s: float | None
    last_seen_s: float | None


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A face for the teacher to decide on; ``student`` is the likeliest, or None."""

    student: Student | None
    reason: str
    confidence: float


@dataclass(frozen=True, slots=True)
class MarkResult:
    """Everything that came of one source.

    elsewhere: students of other classes who were seen.  notes: sentences worth telling (another place of the sheet,
    a cut video, …).  spent_s: seconds by duty, summed over threads.
    """

    session: SessionRow
    school_class: SchoolClass
    present: tuple[Presence, ...]
    absent: tuple[MarkRow, ...]
    excused: tuple[MarkRow, ...]
    review: tuple[ReviewItem, ...]
    elsewhere: tuple[Student, ...]
    unknown_faces: int
    frames: int
    looked_at: int
    video_seconds: float
    wall_seconds: float
    excel: Path
    video: Path | None
    model_key: str
    notes: tuple[str, ...]
    spent_s: Mapping[str, float]
    faces: tuple[Mapping[str, Any], ...] = ()
    """What :func:`core.explaining.explain` says, if it was asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class _Lesson:
    """What is known of the class before its source is opened."""

    school_class: SchoolClass
    roster: Mapping[int, Student]
    run: TrainingRun
    classifier: Classifier
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Moment:
    """What was asked for, the session it is or will be, and when the camera was switched on (aware UTC)."""

    asked: SessionRequest
    session: SessionRow | SessionDraft
    began_at: datetime


@dataclass(frozen=True, slots=True)
class _Saved:
    """The session with its marks, and a sentence worth telling or None."""

    session: SessionRow
    note: str | None


def mark(
    store: Store, engine: Engine, settings: Settings, request: MarkRequest, progress: ProgressSink = no_progress
) -> MarkResult:
    """Do the main job once.

    Nothing is written before the whole source was seen; then the register is saved in one transaction and the sheet is
    written from it.  Raises NotFoundError, ClassifierError, InputError and StoreError with a sentence each.
    """
    started = time.monotonic()
    lesson = _prepare(store, engine, request.class_code)
    asked = SessionRequest(request.class_code, at=request.at, new=request.new, session_id=request.session_id)
    address = request.source or room_camera(store, settings, asked)
    with open_source(address) as source:
        if request.save_video:
            check_video_target(request.save_video, source)
        moment = _Moment(asked, session_to_mark(store, settings, asked, source.info.label), clock.now())
        class_id = lesson.school_class.id
        seen = recognise(store, engine, settings, class_id, lesson.classifier, source, progress, request.seconds)
        info = source.info
    saved = _save(store, settings, lesson, info, moment, seen.persons)
    session = saved.session
    written = write_sheet_of(store, settings, session.id)
    notes = [*lesson.notes, *seen.following.problems, *(one for one in (saved.note, written.note) if one)]
    video = None
    if request.save_video:
        students = {**lesson.roster, **seen.guests}
        film = write_annotated_video(
            address, request.save_video, seen.persons, students, progress, reasons=request.explain
        )
        video = film.path
        notes += [film.note] if film.note else []
    with store.read() as db:
        rows = register.register_rows(db, session.id)
        known = statuses.status_set(db)
    result = _result(lesson, session, rows, known, seen, started, written.path, video, engine.model_key, notes)
    return replace(result, faces=tuple(explain(seen, {**lesson.roster, **seen.guests}))) if request.explain else result


def _prepare(store: Store, engine: Engine, class_code: str) -> _Lesson:
    with store.read() as db:
        school_class = people.get_class(db, class_code)
        roster = {one.id: one for one in people.roster(db, school_class.id) if one.active}
        run = training_runs.run_in_use(db, school_class.id)
    code = school_class.code
    if not roster:
        raise ClassifierError(f"The class {code} has no students yet. Enrol some: app.py enrol {code} FOLDER")
    if run is None:
        raise ClassifierError(f"The class {code} has not been trained yet. Train it first: app.py train {code}")
    classifier = load_classifier(store.home.models / run.file, code)
    if classifier.model_key != engine.model_key:
        raise ClassifierError(f"The class {code} was trained with another network. Train it again: app.py train {code}")
    trained = {int(one) for one in classifier.student_ids}
    missing = sorted(roster[one].roll for one in roster.keys() - trained)
    if len(missing) == len(roster):
        raise ClassifierError(f"Nobody who is in {code} now has been trained. Train it again: app.py train {code}")
    note = f"Not trained, so not recognised: {', '.join(missing)}. Enrol photos of them, then: app.py train {code}"
    return _Lesson(school_class, roster, run, classifier.only(roster), (note,) if missing else ())


def _save(
    store: Store,
    settings: Settings,
    lesson: _Lesson,
    info: SourceInfo,
    moment: _Moment,
    persons: Sequence[Person],
) -> _Saved:
    """Hours may have passed since the source was opened: the session and the roster are taken as they are now."""
    with store.transaction() as db:
        session = session_of_marks(db, moment.asked, moment.session)
        begin = moment.began_at if info.kind in LIVE else session.starts_at
        # The first camera of a lesson finds its students there; nobody knows when they came.
        found_there = begin if info.kind in LIVE and not session.source else None
        if not session.source:
            key, run_id = lesson.classifier.model_key, lesson.run.id
            session = sessions.change_session(db, session.id, source=info.label, model_key=key, training_run_id=run_id)
        still = {one.id for one in people.list_students(db)}  # A student who was deleted meanwhile leaves no picture.
        persons = [one for one in persons if one.decision.outcome == "unknown" or one.decision.student_id in still]
        seen = [_sighting(begin, one, min(info.width, info.height)) for one in persons]
        if session.state == LOCKED:
            kept = [replace(one, kind="review") if one.kind == "present" else one for one in seen]
            register.replace_sightings(db, session.id, info.label, kept)
            code = lesson.school_class.code
            return _Saved(session, f"The session was locked meanwhile, so nobody was marked. See: app.py review {code}")
        roster = {one.id for one in people.roster(db, session.class_id)} & lesson.roster.keys()
        evidence = {one: seen_at for one, seen_at in _evidence(begin, persons).items() if one in roster}
        register.merge_face_marks(
            db,
            session.id,
            evidence,
            roster,
            late_after_minutes=settings.late_after_minutes,
            found_there=found_there,
            expected_ids=[one.id for one in expected_students(db, session) if one.id in roster],
        )
        register.replace_sightings(db, session.id, info.label, seen)
        return _Saved(session, None)


def _evidence(begin: datetime, persons: Sequence[Person]) -> dict[int, FaceEvidence]:
    return {
        person.decision.student_id: FaceEvidence(
            confidence=person.decision.confidence,
            first_seen=begin + timedelta(seconds=person.first_s),
            last_seen=begin + timedelta(seconds=person.last_s),
        )
        for person in persons
        if person.decision.outcome == "sure"
    }


def _sighting(begin: datetime, person: Person, frame_px: int) -> SightingDraft:
    decision = person.decision
    kind = KINDS[decision.outcome]
    return SightingDraft(
        kind=kind,
        student_id=None if kind == "unknown" else decision.student_id,
        reason=decision.reason,
        confidence=decision.confidence,
        first_seen=begin + timedelta(seconds=person.first_s),
        last_seen=begin + timedelta(seconds=person.last_s),
        looks=person.looks,
        face_px=person.face_px,
        frame_px=frame_px or None,
        candidates=tuple((one.student_id, one.evidence) for one in decision.candidates),
        thumbnail=encode_png(person.best.crop),
    )


def _result(
    lesson: _Lesson,
    session: SessionRow,
    rows: Sequence[MarkRow],
    known: Mapping[str, Status],
    seen: Seen,
    started: float,
    excel: Path,
    video: Path | None,
    model_key: str,
    notes: Sequence[str],
) -> MarkResult:
    review = [
        ReviewItem(lesson.roster[one.decision.student_id], one.decision.reason, one.decision.confidence)
        for one in seen.persons
        if one.decision.outcome == "unsure"
    ]
    following = seen.following
    return MarkResult(
        session=session,
        school_class=lesson.school_class,
        present=tuple(_presence(row, session) for row in rows if known[row.status].in_room),
        absent=tuple(row for row in rows if known[row.status].counts_as == "absent"),
        excused=tuple(row for row in rows if known[row.status].counts_as == "excused"),
        review=tuple(review),
        elsewhere=tuple(seen.guests.values()),
        unknown_faces=sum(one.decision.outcome == "unknown" for one in seen.persons),
        frames=following.frames,
        looked_at=following.looked_at,
        video_seconds=following.seconds,
        wall_seconds=time.monotonic() - started,
        excel=excel,
        video=video,
        model_key=model_key,
        notes=tuple(notes),
        spent_s=dict(following.spent.seconds),
    )


def _presence(row: MarkRow, session: SessionRow) -> Presence:
    def seconds(moment: datetime | None) -> float | None:
        return None if moment is None else (moment - session.starts_at).total_seconds()

    seen = (seconds(row.first_seen), seconds(row.last_seen))
    return Presence(row.roll, row.name, row.status, row.minutes_late, row.confidence, *seen)
