"""The main job: a source in; sightings, register rows and the dated sheet out.

The window, the portal, the workers and the command line all call :func:`mark`.
"""

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from core import clock
from core.access import guarded
from core.engine import Engine
from core.errors import BusyError, ClassifierError, DiskFullError
from core.explaining import explain
from core.locks import camera_lock
from core.marking_live import Live, Watching
from core.marking_record import Lesson, Moment, Recorder, Saved
from core.marking_result import MarkResult, result_of
from core.recognising import recognise
from core.recognition.caution import with_caution
from core.recognition.files import load_classifier
from core.recognition.people import Person
from core.records import ProgressSink, Student, no_progress
from core.reports.session_files import write_sheet_of
from core.sessions import SessionRequest, find_or_draft, room_camera, session_to_mark
from core.settings import Settings
from core.store import people, register, statuses
from core.store.database import Store
from core.taking import trained_class
from core.vision.annotated import check_video_target, write_annotated_video
from core.vision.sources import Source, names_camera, open_source
from core.watching_source import stoppable


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


@guarded
def mark(
    store: Store,
    engine: Engine,
    settings: Settings,
    request: MarkRequest,
    progress: ProgressSink = no_progress,
    watching: Watching | None = None,
) -> MarkResult:
    """Do the main job once.

    Of a recording that nobody watches everything is saved in one transaction at the end.  With ``watching``, and from a
    live source always, who is recognised is saved while it goes on; nobody is absent and no sheet is written before.
    Raises NotFoundError, ClassifierError, InputError, StoreError, BusyError and CancelledError with a sentence each.
    """
    started = time.monotonic()
    lesson = _prepare(store, engine, settings, request.class_code)
    asked = SessionRequest(request.class_code, at=request.at, new=request.new, session_id=request.session_id)
    address = request.source or room_camera(store, settings, asked)
    with _alone(store, settings, asked, address), (watching.opened if watching else open_source)(address) as source:
        if request.save_video:
            check_video_target(request.save_video, source)
        moment = Moment(asked, session_to_mark(store, settings, asked, source.info.label), clock.now())
        recorder = Recorder(store, settings, lesson, source.info, moment)
        source, live = _watched(store, watching, recorder, lesson, source)
        class_id = lesson.school_class.id
        seen = recognise(store, engine, settings, class_id, lesson.classifier, source, progress, request.seconds, live)
    saved = live.save_last(seen.persons) if live and watching else _save(recorder, seen.persons)
    seen = seen.only(saved.persons)
    notes = [*lesson.notes, *seen.following.problems, *(live.ended(saved) if live else ())]
    written = write_sheet_of(store, settings, saved.session.id)
    notes += [*saved.notes, *filter(None, [written.note])]
    everybody = {**lesson.roster, **seen.guests}
    video, told = _film(address, request, seen.persons, everybody, progress)
    notes += told
    with store.read() as db:
        rows, known = register.register_rows(db, saved.session.id), statuses.status_set(db)
    result = result_of(
        lesson, saved.session, rows, known, seen, started, (written.path, video), engine.model_key, notes
    )
    return replace(result, faces=tuple(explain(seen, everybody))) if request.explain else result


def _alone(store: Store, settings: Settings, asked: SessionRequest, address: str) -> AbstractContextManager[None]:
    """Nobody else uses the camera, or another one for this lesson; recordings may come together."""
    if not names_camera(address):
        return nullcontext()
    with store.read() as db:
        meant = find_or_draft(db, settings, asked)
    return camera_lock(store.home, f"{meant.class_id}-{meant.group_id or 0}", address)


def _save(recorder: Recorder, persons: Sequence[Person]) -> Saved:
    try:
        return recorder.save(persons)
    except (BusyError, DiskFullError) as error:
        # Nobody watches whom it could be told by and by: who is to be marked by hand is told at the end.
        raise type(error)(" ".join(filter(None, [str(error), recorder.not_saved(persons)]))) from error


def _film(
    address: str,
    request: MarkRequest,
    persons: Sequence[Person],
    students: Mapping[int, Student],
    progress: ProgressSink,
) -> tuple[Path | None, list[str]]:
    """The annotated video, if it was asked for, and sentences about it."""
    if not request.save_video:
        return None, []
    film = write_annotated_video(address, request.save_video, persons, students, progress, reasons=request.explain)
    return film.path, [film.note] if film.note else []


def _watched(
    store: Store, watching: Watching | None, recorder: Recorder, lesson: Lesson, source: Source
) -> tuple[Source, Live | None]:
    """The source as those who watch control it; a live one is saved while it goes on, whoever watches."""
    if watching is None and not source.live:
        return source, None
    watching = watching or Watching()
    source = stoppable(source, watching.control.ending)
    return source, Live(store, watching, recorder, lesson, source)


def _prepare(store: Store, engine: Engine, settings: Settings, class_code: str) -> Lesson:
    with store.read() as db:
        school_class = people.get_class(db, class_code)
        roster, run = trained_class(db, school_class)
    code = school_class.code
    classifier = load_classifier(store.home.models / run.file, code, store.vault)
    if classifier.model_key != engine.model_key:
        raise ClassifierError(f"The class {code} was trained with another network. Train it again: app.py train {code}")
    trained = {int(one) for one in classifier.student_ids}
    # Without a recorded basis nobody is recognised, whatever a classifier still knows.
    allowed = {one for one, student in roster.items() if student.recognisable}
    missing = sorted(roster[one].roll for one in allowed - trained)
    if len(missing) == len(allowed):
        raise ClassifierError(f"Nobody who is in {code} now has been trained. Train it again: app.py train {code}")
    notes = [f"Not trained, so not recognised: {', '.join(missing)}. Enrol photos of them, then: app.py train {code}"]
    notes = notes if missing else []
    without = sorted(roster[one].roll for one in roster.keys() - allowed)
    if without:
        notes.append(f"No consent, so not recognised: {', '.join(without)}. Mark them by hand: app.py set {code} …")
    careful = replace(classifier.only(allowed), thresholds=with_caution(classifier.thresholds, settings.caution))
    return Lesson(school_class, roster, run, careful, tuple(notes))
