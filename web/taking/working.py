"""Works with stored faces, as the process that recognises does them."""

from collections.abc import Callable
from pathlib import Path

from core.engine import Engine
from core.enrolment import EnrolRequest, enrol
from core.enrolment_folder import StudentName
from core.extending import extend
from core.face_gallery import delete_faces
from core.locks import home_lock
from core.records import ProgressSink
from core.settings import load_settings
from core.store.database import Store
from core.training import train
from web.taking.messages import Delete, Done, Enrol, Train, Wish

Engines = Callable[[], Engine]
"""Loads the networks, or gives those that are loaded."""


def do(store: Store, engines: Engines, wish: Wish, progress: ProgressSink) -> Done:
    """Do what was wished for.  Raises RollcallError as the services of core that do it, BusyError for a held home."""
    if isinstance(wish, Train):
        return _train(store, engines, wish, progress)
    return _enrol(store, engines, wish, progress) if isinstance(wish, Enrol) else _delete(store, engines, wish)


def _train(store: Store, engines: Engines, wish: Train, progress: ProgressSink) -> Done:
    with home_lock(store.home, f"training {wish.class_code}"):
        made = train(store, engines(), wish.class_code, progress)
    return Done(made.samples, made.students)


def _enrol(store: Store, engines: Engines, wish: Enrol, progress: ProgressSink) -> Done:
    source, student = Path(wish.folder) / wish.photos, StudentName(wish.roll, wish.name)
    wanted = EnrolRequest(wish.class_code, str(source), wish.consent, student)
    with home_lock(store.home, "enrolling students"):
        [report] = enrol(store, engines(), load_settings(store.home), wanted, progress)
        obstacle = extend(store, engines(), wish.class_code, [wish.roll]).obstacle if report.accepted else None
    refused = tuple((one.source, one.reason) for one in report.refused)
    return Done(report.accepted, refused=refused, notes=tuple(one for one in (report.warning, obstacle) if one))


def _delete(store: Store, engines: Engines, wish: Delete) -> Done:
    with home_lock(store.home, "deleting faces"):
        made = delete_faces(store, wish.roll, wish.faces, engines)
    return Done(made.gone, notes=made.notes)
