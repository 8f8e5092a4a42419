"""Face samples: the aligned crop, how good it is, and its embedding with the key of the weights that made it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import case, delete, func, select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFoundError
from core.records import Floats, Image, Sample
from core.store.embeddings import EMBEDDING_SIZE, embedding_bytes, embedding_from
from core.store.faces import crop_from, crop_png, digest_of
from core.store.parts import AT_ONCE, in_parts
from core.store.sealed import SAMPLE_CROP, SAMPLE_EMBEDDING, seal, unseal
from core.store.tables import SampleTable
from core.store.text import clean_text

_WHAT = "sample {}"


@dataclass(frozen=True, slots=True)
class Measure:
    """How good a stored face is; columns as :class:`core.vision.quality.Quality` has them."""

    quality: float
    sharpness: float
    brightness: float
    face_px: float


def add_sample(
    db: Session,
    student_id: int,
    *,
    crop: Image,
    embedding: Floats,
    model_key: str,
    quality: float,
    sharpness: float,
    brightness: float,
    face_px: float,
    source: str,
) -> Sample | None:
    """Store one face; None when the student has this very picture already.

    crop: (160, 160, 3) uint8 BGR.  embedding: (512,) float32, finite.  face_px: shorter side of the face where it
    was found, pixels.  Raises ValueError for other shapes.
    """
    digest = digest_of(crop)
    twin = select(SampleTable.id).filter_by(student_id=student_id, crop_sha256=digest)
    if db.scalar(twin) is not None:
        return None
    row = SampleTable(
        student_id=student_id,
        source=clean_text(source),
        quality=float(quality),
        sharpness=float(sharpness),
        brightness=float(brightness),
        face_px=float(face_px),
        crop_sha256=digest,
        model_key=model_key,
        created_at=clock.now(),
        embedding=seal(db, SAMPLE_EMBEDDING, student_id, embedding_bytes(embedding), digest, model_key),
        crop=seal(db, SAMPLE_CROP, student_id, crop_png(crop), digest),
    )
    db.add(row)
    db.flush()
    return _sample(db, row)


def samples_of(db: Session, student_ids: Sequence[int], model_key: str | None = None) -> list[Sample]:
    """The students' samples with their crops, by student and age; only those of ``model_key`` if one is given.

    Raises StoreError when a stored crop is damaged, VaultError when the key is not there.
    """
    query = select(SampleTable)
    if model_key is not None:
        query = query.where(SampleTable.model_key == model_key)
    rows = (row for part in in_parts(query, SampleTable.student_id, student_ids) for row in db.scalars(part))
    return sorted((_sample(db, row) for row in rows), key=lambda one: (one.student_id, one.id))


def load_embeddings(
    db: Session, student_ids: Sequence[int], model_key: str
) -> tuple[NDArray[np.int64], Floats, NDArray[np.int64]]:
    """Student ids (n,), embeddings (n, 512) float32 and sample ids (n,) by student and age, without the crops.

    Raises StoreError when a stored embedding is damaged, VaultError when the key is not there.
    """
    wanted = (SampleTable.student_id, SampleTable.id, SampleTable.crop_sha256, SampleTable.embedding)
    query = select(*wanted).where(SampleTable.model_key == model_key)
    rows: list[Any] = [row for part in in_parts(query, SampleTable.student_id, student_ids) for row in db.execute(part)]
    rows.sort(key=lambda row: (row[0], row[1]))
    faces = [_embedding(db, number, owner, sealed, digest, model_key) for owner, number, digest, sealed in rows]
    return (
        np.array([row[0] for row in rows], dtype=np.int64),
        np.stack(faces) if faces else np.empty((0, EMBEDDING_SIZE), np.float32),
        np.array([row[1] for row in rows], dtype=np.int64),
    )


def measures(db: Session, student_ids: Sequence[int], model_key: str) -> dict[int, list[Measure]]:
    """Student id -> how good each sample of these weights is, in the order of :func:`load_embeddings`."""
    wanted = (SampleTable.quality, SampleTable.sharpness, SampleTable.brightness, SampleTable.face_px)
    query = select(SampleTable.student_id, *wanted).where(SampleTable.model_key == model_key).order_by(SampleTable.id)
    found: dict[int, list[Measure]] = {}
    for part in in_parts(query, SampleTable.student_id, student_ids):
        for student_id, *values in db.execute(part):
            found.setdefault(student_id, []).append(Measure(*values))
    return found


def gallery_of(db: Session, student_id: int) -> list[tuple[int, Image, float, float, str, datetime]]:
    """Id, crop, quality, pixels of the face, source and time (aware UTC) of a student's samples, the oldest first.

    Raises StoreError when a stored crop is damaged, VaultError when the key is not there.
    """
    rows = db.scalars(select(SampleTable).filter_by(student_id=student_id).order_by(SampleTable.id))
    return [
        (
            one.id,
            _crop(db, one.id, student_id, one.crop, one.crop_sha256),
            one.quality,
            one.face_px,
            one.source,
            one.created_at,
        )
        for one in rows
    ]


def crop_of(db: Session, student_id: int, sample_id: int) -> Image:
    """The crop of one of a student's samples.  Raises as :func:`gallery_of`, and NotFoundError."""
    row = db.scalar(select(SampleTable).filter_by(student_id=student_id, id=sample_id))
    if row is None:
        raise NotFoundError("This face is not stored any more. Load the list again.")
    return _crop(db, row.id, student_id, row.crop, row.crop_sha256)


def best_crops(db: Session, student_ids: Sequence[int]) -> dict[int, Image]:
    """Student id -> the crop of the best sample, of those who have any.  Raises as :func:`gallery_of`."""
    best = func.row_number().over(
        partition_by=SampleTable.student_id, order_by=(SampleTable.quality.desc(), SampleTable.id)
    )
    wanted = (SampleTable.student_id, SampleTable.id, SampleTable.crop_sha256, SampleTable.crop)
    found = {}
    for part in in_parts(select(SampleTable.id, best.label("place")), SampleTable.student_id, student_ids):
        first = part.subquery()
        query = select(*wanted).join(first, (first.c.id == SampleTable.id) & (first.c.place == 1))
        for owner, number, digest, sealed in db.execute(query):
            found[owner] = _crop(db, number, owner, sealed, digest)
    return found


def ids_of(db: Session, student_id: int) -> set[int]:
    """The numbers of a student's samples."""
    return set(db.scalars(select(SampleTable.id).filter_by(student_id=student_id)))


def stale_samples(db: Session, student_ids: Sequence[int], model_key: str) -> list[tuple[int, Image]]:
    """Sample id and crop of those that other weights than ``model_key`` embedded.

    Raises StoreError when a stored crop is damaged, VaultError when the key is not there.
    """
    wanted = (SampleTable.id, SampleTable.student_id, SampleTable.crop_sha256, SampleTable.crop)
    query = select(*wanted).where(SampleTable.model_key != model_key)
    rows = (row for part in in_parts(query, SampleTable.student_id, student_ids) for row in db.execute(part))
    crops = ((number, _crop(db, number, owner, sealed, digest)) for number, owner, digest, sealed in rows)
    return sorted(crops, key=lambda pair: pair[0])


def replace_embedding(db: Session, sample_id: int, embedding: Floats, model_key: str) -> None:
    """Store what other weights made of a sample.  embedding: (512,) float32.  Raises ValueError for other shapes."""
    whose = db.execute(select(SampleTable.student_id, SampleTable.crop_sha256).filter_by(id=sample_id)).first()
    if whose is not None:
        sealed = seal(db, SAMPLE_EMBEDDING, whose[0], embedding_bytes(embedding), whose[1], model_key)
        db.execute(update(SampleTable).where(SampleTable.id == sample_id).values(embedding=sealed, model_key=model_key))


def delete_samples(db: Session, ids: Sequence[int]) -> int:
    """Erase samples; returns how many there were."""
    gone = 0
    for start in range(0, len(ids), AT_ONCE):
        chunk = [int(one) for one in ids[start : start + AT_ONCE]]
        gone += len(db.scalars(delete(SampleTable).where(SampleTable.id.in_(chunk)).returning(SampleTable.id)).all())
    return gone


def count_by_student(db: Session, student_ids: Sequence[int]) -> dict[int, int]:
    """Student id -> number of samples, 0 too."""
    counts = {int(one): 0 for one in student_ids}
    query = select(SampleTable.student_id, func.count()).group_by(SampleTable.student_id)
    for part in in_parts(query, SampleTable.student_id, student_ids):
        counts.update((row[0], row[1]) for row in db.execute(part))
    return counts


def count_since(db: Session, student_ids: Sequence[int], newest: int) -> dict[int, tuple[int, int]]:
    """Student id -> number of samples up to the one with this id, and after it; who has none is not in it."""
    old = func.sum(case((SampleTable.id <= newest, 1), else_=0))
    query = select(SampleTable.student_id, old, func.count()).group_by(SampleTable.student_id)
    return {
        row[0]: (int(row[1]), row[2] - int(row[1]))
        for part in in_parts(query, SampleTable.student_id, student_ids)
        for row in db.execute(part)
    }


def state_by_student(db: Session, student_ids: Sequence[int]) -> list[tuple[int, int, int]]:
    """Student id, number of samples and sum of their ids, for those who have any.

    Ids only ever grow, so any sample that comes or goes changes it; the answer lies in an index, without the rows.
    """
    query = select(SampleTable.student_id, func.count(), func.sum(SampleTable.id)).group_by(SampleTable.student_id)
    return [
        (row[0], row[1], row[2])
        for part in in_parts(query, SampleTable.student_id, student_ids)
        for row in db.execute(part)
    ]


def _sample(db: Session, row: SampleTable) -> Sample:
    return Sample(
        id=row.id,
        student_id=row.student_id,
        crop=_crop(db, row.id, row.student_id, row.crop, row.crop_sha256),
        embedding=_embedding(db, row.id, row.student_id, row.embedding, row.crop_sha256, row.model_key),
        model_key=row.model_key,
        quality=row.quality,
        source=row.source,
    )


def _crop(db: Session, number: int, owner: int, sealed: bytes, digest: str) -> Image:
    what = _WHAT.format(number)
    return crop_from(unseal(db, SAMPLE_CROP, owner, sealed, digest, what=what), digest, what)


def _embedding(db: Session, number: int, owner: int, sealed: bytes, digest: str, model_key: str) -> Floats:
    what = _WHAT.format(number)
    return embedding_from(unseal(db, SAMPLE_EMBEDDING, owner, sealed, digest, model_key, what=what), what)
