"""How long personal data is kept: what is due, and the sweep that erases it, every day by itself."""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from core import audit, clock
from core.access import guarded
from core.erasure import NO_FACES, cut_out, remove_unopened, trained_again
from core.errors import StoreError
from core.reports.session_files import remake_sheets, sheet_path
from core.school import forget_school
from core.settings import Settings
from core.store import audit_anchor, copies, expiry, people, phone_erasure, training_runs
from core.store.database import Store
from core.store.face_erasure import erase_samples_of
from core.versions import remove_unnamed_files
from core.words import counted

CODE_DAYS, BROWSER_DAYS = 1, 30
"""Codes that phones opened go so long after they ended, browsers that are nobody's phone when they were not back."""
VIDEOS = (".mp4", ".avi", ".mkv", ".mov", ".webm")


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of data.  name: of its setting; days: None for as long as the school exists; due: how many are older."""

    name: str
    what: str
    days: int | None
    due: int


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep erased: kind in words and how many; notes: sentences about what could not be."""

    erased: tuple[tuple[str, int], ...]
    notes: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        """One line for a report; empty where nothing was due."""
        return ", ".join(f"{count} {what}" for what, count in self.erased)


@guarded
def show(store: Store, settings: Settings) -> tuple[Kept, ...]:
    """What is kept for how long, and how much of it is due now."""
    return (*due(store, settings), Kept("", "the audit (numbers, no names of students)", None, 0))


@guarded
def due(store: Store, settings: Settings) -> tuple[Kept, ...]:
    """How much of what has a period is due now."""
    with store.read() as db:
        counts = {
            "sample_days_after_leaving": _of(
                settings.sample_days_after_leaving, lambda since: len(expiry.left_before(db, since))
            ),
            "thumbnail_days": _of(
                settings.thumbnail_days, lambda since: len(expiry.picture_sessions_before(db, since, unknown=False))
            ),
            "unknown_faces_days": len(
                expiry.picture_sessions_before(db, _since(settings.unknown_faces_days), unknown=True)
            ),
            "selfie_days": phone_erasure.count_selfies(db, _since(settings.selfie_days)),
            "passage_picture_days": _of(
                settings.passage_picture_days, lambda since: expiry.count_passages(db, since, pictures=True)
            ),
            "mark_days": _of(settings.mark_days, lambda since: len(expiry.sessions_before(db, since))),
            "video_days": _of(settings.video_days, lambda since: len(_old_videos(store, since))),
            "audit_days": _of(settings.audit_days, lambda since: audit_anchor.count_before(db, since)),
            "backup_days": len(copies.old_copies(store.home.database, settings.backup_days)),
        }
    # 0 is “for good”, but for unknown faces, which are then never kept.
    days = {name: getattr(settings, name) or (0 if name == "unknown_faces_days" else None) for name in _WORDS}
    return tuple(Kept(name, what, days[name], counts[name]) for name, what in _WORDS.items())


_WORDS = {
    "sample_days_after_leaving": "faces of students who left",
    "thumbnail_days": "lessons with pictures of faces",
    "unknown_faces_days": "lessons with pictures of unknown faces",
    "selfie_days": "selfies of confirmations by phone",
    "passage_picture_days": "pictures of passages",
    "mark_days": "lessons and passages",
    "video_days": "annotated videos",
    "audit_days": "rows of the audit (numbers, no names of students)",
    "backup_days": "copies of the database",
}


@guarded
def sweep(store: Store, settings: Settings, *, wait_for_key: bool = False) -> Swept:
    """Erase everything that is older than the settings say; what there was is recorded in the audit.

    wait_for_key: where the key of the faces is not there, faces of who left stay until it is, and with them the
    classifiers that would have to go whole: for a sweep that nobody ordered, perhaps from an account without the key.
    """
    left, notes = _sweep_leavers(store, settings, wait_for_key=wait_for_key)
    erased: dict[str, int] = {"faces of students who left": left}
    with store.transaction() as db:
        remade = _sweep_pictures(db, settings, erased)
        gone = _sessions(db, settings)
    # Where a sheet lies is told by its session, so it goes first.
    notes += [] if not gone else list(_remove([sheet_path(store, settings, one) for one in gone]))
    with store.transaction() as db:
        erased["lessons with their marks"] = expiry.erase_sessions(db, gone)
    notes += remake_sheets(store, settings, [one for one in remade if one not in set(gone)])
    videos = _old_videos(store, _since(settings.video_days)) if settings.video_days else []
    old = copies.old_copies(store.home.database, settings.backup_days)
    notes += [*_remove(videos), *_remove(old)]
    erased |= {"annotated videos": len(videos), "copies of the database": len(old)}
    erased["rows of the audit"], wrong = _sweep_audit(store, settings)
    notes += wrong
    found = tuple((what, count) for what, count in erased.items() if count)
    if found:
        with store.transaction() as db:
            audit.record(db, None, "data.sweep", after=dict(found))
        store.checkpoint()
    return Swept(found, tuple(notes))


def _sweep_pictures(db: Session, settings: Settings, erased: dict[str, int]) -> list[int]:
    """Returns the sessions whose sheets showed them."""
    unknown = expiry.picture_sessions_before(db, _since(settings.unknown_faces_days), unknown=True)
    erased["pictures of unknown faces"] = expiry.erase_pictures(db, unknown, unknown=True)
    erased["selfies"] = phone_erasure.erase_selfies(db, _since(settings.selfie_days))
    phone_erasure.erase_faces(db)
    phone_erasure.erase_leftovers(db, _since(CODE_DAYS), _since(BROWSER_DAYS))
    known: list[int] = []
    if settings.thumbnail_days:
        known = expiry.picture_sessions_before(db, _since(settings.thumbnail_days), unknown=False)
        erased["pictures of faces in lessons"] = expiry.erase_pictures(db, known, unknown=False)
    if settings.passage_picture_days:
        since = _since(settings.passage_picture_days)
        erased["passages' pictures"] = expiry.erase_passage_pictures(db, since)
    if settings.mark_days:
        erased["passages"] = expiry.erase_passages(db, _since(settings.mark_days))
        erased["requests to be excused"] = phone_erasure.erase_asked(db, _since(settings.mark_days))
    return sorted({*unknown, *known})


def _sessions(db: Session, settings: Settings) -> list[int]:
    return expiry.sessions_before(db, _since(settings.mark_days)) if settings.mark_days else []


def _sweep_leavers(store: Store, settings: Settings, *, wait_for_key: bool) -> tuple[int, list[str]]:
    """Faces of students who left long enough ago, out of samples, classifiers and index; how many, and sentences."""
    since = _since(settings.sample_days_after_leaving)
    with store.read() as db:
        due = len(expiry.left_before(db, since)) if settings.sample_days_after_leaving else 0
    if not due:
        return 0, []
    with_key = store.vault.can_open()
    if wait_for_key and not with_key:
        return 0, [
            f"Faces of {counted(due, 'student')} who left are due and wait, for the key of the faces is lost or "
            "locked. With the key they go by themselves; without it: app.py retention sweep"
        ]
    with store.transaction() as db:
        gone = expiry.left_before(db, since)
        removed = () if with_key else remove_unopened(db, gone)
        classes = people.list_classes(db)
        runs = [(one.code, run) for one in classes for run in training_runs.list_runs(db, one.id)] if with_key else []
        erase_samples_of(db, gone)
    for student in gone:
        for code, run in runs:
            cut_out(store, run.file, code, student, NO_FACES)
    for one in classes:
        remove_unnamed_files(store, one.id)
    forget_school(store.home)
    return len(gone), [trained_again(removed)] if removed else []


def _sweep_audit(store: Store, settings: Settings) -> tuple[int, list[str]]:
    """How many rows went, and a sentence where they could not: everything else goes all the same."""
    if not settings.audit_days:
        return 0, []
    try:
        with store.transaction() as db:
            return audit.remove_before(db, _since(settings.audit_days)), []
    except StoreError as error:
        return 0, [str(error)]


def _old_videos(store: Store, since: datetime) -> list[Path]:
    """Videos in the output folder last written before then."""
    found = (one for one in store.home.output.rglob("*") if one.suffix.lower() in VIDEOS and one.is_file())
    return [one for one in found if datetime.fromtimestamp(one.stat().st_mtime, UTC) < since]


def _remove(paths: Iterable[Path]) -> Iterable[str]:
    for path in paths:
        try:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            yield f"{path} is due but cannot be removed ({error.strerror}). Close it in other programs."


def _of(days: int, count: Callable[[datetime], int]) -> int:
    return count(_since(days)) if days else 0


def _since(days: int) -> datetime:
    return clock.now() - timedelta(days=days)
