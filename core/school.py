"""The store in, the index over everybody who can be recognised out; kept in a file for the next time.

Embeddings lie between pictures on the disk, so reading 200,000 of them can take half a minute after a restart.  The
index holds no more of a face than the classifiers beside it, is sealed as they are and goes when a student is erased.
"""

import hashlib
import io
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from core.errors import ClassifierError, DiskFullError
from core.files import write_bytes_atomically
from core.paths import Home
from core.recognition.school import Leads, SchoolIndex, Summary, assemble, summarise
from core.records import Progress, ProgressSink, no_progress
from core.store import people, samples
from core.store.database import Store
from core.vault.sealing import SealError

AT_ONCE = 250
"""Students whose samples are in memory together: 20 MB with 40 samples each."""
FORMAT = 1
"""Of the file and of the rule by which centroids and cuts are made: a change of either makes older files void."""


@dataclass(frozen=True, slots=True, eq=False)
class School:
    """Everybody known to this computer.  notes: sentences about faces that could not be used."""

    index: SchoolIndex
    notes: tuple[str, ...]


def open_school(store: Store, model_key: str, progress: ProgressSink = no_progress) -> School:
    """Index the samples that the weights of ``model_key`` embedded, of all active students; pictures stay unread.

    Students who left stay out, as they do in marking, and so does who has no recorded consent.  Raises ClassifierError
    when nobody has a usable sample, VaultError when the key of the faces is not there.
    """
    path = _path(store.home)
    with store.read() as db:
        ids, state = _state(db, model_key)
        kept = _load(store, path, state, model_key)
        if kept is not None:
            return School(kept, ())
        parts, used = _read(db, ids, model_key, progress)
        stored = samples.count_by_student(db, ids)
    found = sum(len(part.student_ids) for part in parts)
    left_out = sum(stored.values()) - used
    if not left_out:
        index = assemble(parts, model_key)
        _keep(store, path, index, state)
        return School(index, ())
    # Not kept: training renews such samples under their old numbers, which the state of the store does not show.
    note = _left_out(left_out, sum(count > 0 for count in stored.values()) - found)
    if not found:
        raise ClassifierError(note)
    return School(assemble(parts, model_key), (note,))


def school_state(store: Store, model_key: str) -> str:
    """A hash that changes whenever :func:`open_school` would give another index."""
    with store.read() as db:
        return _state(db, model_key)[1]


def forget_school(home: Home) -> None:
    """Remove the kept index, as it holds the face of somebody who is erased; the next search makes a new one."""
    _path(home).unlink(missing_ok=True)


def _path(home: Home) -> Path:
    return home.models / "school.npz"


def _state(db: Session, model_key: str) -> tuple[list[int], str]:
    """Whom to index, and a hash that changes whenever a sample or student comes or goes."""
    ids = [student.id for student in people.list_students(db) if student.recognisable]
    held = sorted(samples.state_by_student(db, ids))
    return ids, hashlib.sha256(repr((FORMAT, model_key, held)).encode()).hexdigest()


def _read(db: Session, ids: list[int], model_key: str, progress: ProgressSink) -> tuple[list[Summary], int]:
    """What the index needs of each student, and how many samples that came from."""
    parts: list[Summary] = []
    used = 0
    for start in range(0, len(ids), AT_ONCE):
        labels, embeddings, _ = samples.load_embeddings(db, ids[start : start + AT_ONCE], model_key)
        parts.append(summarise(embeddings, labels))
        used += len(labels)
        progress(Progress(min(start + AT_ONCE, len(ids)), len(ids), "reading the known faces"))
    return parts, used


def _keep(store: Store, path: Path, index: SchoolIndex, state: str) -> None:
    arrays = io.BytesIO()
    leads = np.array([index.leads.one, index.leads.several])
    np.savez(arrays, student_ids=index.student_ids, centroids=index.centroids, leads=leads)
    # Without room it is made again the next time.
    with suppress(DiskFullError):
        write_bytes_atomically(path, store.vault.seal(arrays.getvalue(), _context(path, state)))
    with store.read() as db:
        if _state(db, index.model_key)[1] != state:
            # Somebody may have been erased meanwhile.
            forget_school(store.home)


def _context(path: Path, state: str) -> bytes:
    """Of another state of the store, the index does not open."""
    return f"rollcall index\x1f{path.name}\x1f{state}".encode()


def _load(store: Store, path: Path, state: str, model_key: str) -> SchoolIndex | None:
    """The kept index when it is whole and of this very state of the store."""
    try:
        data = store.vault.unseal(path.read_bytes(), _context(path, state))
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            one, several = (float(lead) for lead in arrays["leads"])
            return SchoolIndex(arrays["student_ids"], arrays["centroids"], Leads(one, several), model_key)
    except (OSError, EOFError, KeyError, SealError, TypeError, ValueError, zipfile.BadZipFile, zlib.error):
        return None


def _left_out(faces: int, students: int) -> str:
    whom = f"; {students} students cannot be recognised until then" if students else ""
    return (
        f"{faces} stored faces were made by another network and are left out{whom}. "
        "Train their classes again: app.py train CLASS"
    )
