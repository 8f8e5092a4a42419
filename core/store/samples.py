"""Face samples: the crop as the network sees it, its embedding, and which weights made that."""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from core import clock
from core.records import Floats, Image
from core.store.tables import SampleTable
from core.vision.images import decode_png, encode_png

CHUNK = 500
"""Ids in one question; SQLite takes no unlimited number of parameters."""

Integers = NDArray[np.int64]


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
) -> int | None:
    """Store a ``(160, 160, 3) uint8 BGR`` crop with its ``(512,)`` embedding; None when this very crop is there."""
    digest = hashlib.sha256(crop.tobytes()).hexdigest()
    same = (SampleTable.student_id == student_id) & (SampleTable.crop_sha256 == digest)
    if db.scalar(select(SampleTable.id).where(same)) is not None:
        return None
    row = SampleTable(
        student_id=student_id,
        crop=encode_png(crop),
        crop_sha256=digest,
        source=source[:500],
        quality=quality,
        sharpness=sharpness,
        brightness=brightness,
        face_px=face_px,
        model_key=model_key,
        embedding=_bytes(embedding),
        created_at=clock.now(),
    )
    db.add(row)
    db.flush()
    return row.id


def load_embeddings(db: Session, student_ids: Sequence[int], model_key: str) -> tuple[Integers, Floats, Integers]:
    """Student ids ``(n,)``, embeddings ``(n, 512)`` and sample ids ``(n,)`` made with ``model_key``, in order of storing."""
    rows: list[tuple[int, bytes, int]] = []
    for ids in _chunks(student_ids):
        query = select(SampleTable.student_id, SampleTable.embedding, SampleTable.id).where(
            SampleTable.student_id.in_(ids), SampleTable.model_key == model_key
        )
        rows += [(student, data, sample) for student, data, sample in db.execute(query)]
    rows.sort(key=lambda row: row[2])
    embeddings = [np.frombuffer(data, dtype="<f4") for _, data, _ in rows]
    stacked = np.stack(embeddings).astype(np.float32) if rows else np.empty((0, 512), dtype=np.float32)
    students, samples = (np.array([row[i] for row in rows], dtype=np.int64) for i in (0, 2))
    return students, stacked, samples


def stale_samples(db: Session, student_ids: Sequence[int], model_key: str) -> list[tuple[int, Image]]:
    """Sample id and crop of those whose embedding was made with other weights."""
    found: list[tuple[int, Image]] = []
    for ids in _chunks(student_ids):
        query = select(SampleTable.id, SampleTable.crop).where(
            SampleTable.student_id.in_(ids), SampleTable.model_key != model_key
        )
        found += [(sample, decode_png(data)) for sample, data in db.execute(query)]
    return found


def replace_embedding(db: Session, sample_id: int, embedding: Floats, model_key: str) -> None:
    row = db.get_one(SampleTable, sample_id)
    row.embedding, row.model_key = _bytes(embedding), model_key


def delete_samples(db: Session, sample_ids: Sequence[int]) -> None:
    for ids in _chunks(sample_ids):
        db.execute(delete(SampleTable).where(SampleTable.id.in_(ids)))


def count_by_student(db: Session, student_ids: Sequence[int]) -> dict[int, int]:
    """How many samples each student has; those without any are left out."""
    counts: dict[int, int] = {}
    for ids in _chunks(student_ids):
        query = select(SampleTable.student_id, func.count()).where(SampleTable.student_id.in_(ids))
        counts.update((student, count) for student, count in db.execute(query.group_by(SampleTable.student_id)))
    return counts


def _chunks(ids: Sequence[int]) -> Iterable[list[int]]:
    return [list(ids[i : i + CHUNK]) for i in range(0, len(ids), CHUNK)]


def _bytes(embedding: Floats) -> bytes:
    if embedding.shape != (512,):
        raise ValueError(f"an embedding must be (512,), not {embedding.shape}")
    return embedding.astype("<f4").tobytes()
