"""Everything about one person in a folder or a file: what the law lets everybody ask for."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from sqlalchemy.orm import Session

from core.access import guarded
from core.confirming import frames
from core.errors import ConflictError, DiskFullError
from core.files import write_bytes_atomically
from core.store import people, person_data
from core.store.database import Store

DATA = "data.json"


@dataclass(frozen=True, slots=True)
class PersonExport:
    """rows: of the database; pictures: files beside the data."""

    rows: int
    pictures: int


@guarded
def export_person(store: Store, roll: str, folder: Path) -> PersonExport:
    """Write ``data.json`` and the pictures into ``folder``; names of files are numbers, never names.

    Raises NotFoundError, ConflictError for a folder with something in it, VaultError without the key of the faces,
    DiskFullError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        used = any(folder.iterdir())
    except OSError as error:
        raise DiskFullError(f"{folder} cannot be used as a folder ({error.strerror}). Choose another one.") from error
    if used:
        raise ConflictError(f"There is something in {folder} already. Choose an empty folder or a new one.")
    return _export(store, roll, lambda name, content: write_bytes_atomically(folder / name, content))


@guarded
def packed_person(store: Store, roll: str) -> bytes:
    """The same as one ZIP file, in memory: on a disk plain faces would stay where the program is killed.

    Raises NotFoundError, VaultError.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        _export(store, roll, archive.writestr)
    return packed.getvalue()


def _export(store: Store, roll: str, keep: Callable[[str, bytes], object]) -> PersonExport:
    """keep: gets the name and the content of each file."""
    count = 0
    with store.read() as db:
        student = people.get_student(db, roll)
        data = person_data.plain_data(db, student.id)
        for name, picture in chain(person_data.pictures(db, student.id), _selfies(db, student.id)):
            if picture:
                keep(name, picture)
                count += 1
    keep(DATA, json.dumps(data, ensure_ascii=False, indent=1).encode("utf-8"))
    rows = sum(len(one) if isinstance(one, list) else 1 for one in data.values())
    return PersonExport(rows, count)


def _selfies(db: Session, student_id: int) -> Iterator[tuple[str, bytes]]:
    for number, packed in person_data.selfies(db, student_id):
        for place, sent in enumerate(frames.unpack(packed), start=1):
            yield f"selfie-{number}-{place}{frames.ending_of(sent)}", sent
