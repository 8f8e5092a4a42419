"""Faces of which a person said that they are *not* this student: hard negatives of every later training."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from core import clock
from core.records import Floats, Image
from core.store.embeddings import EMBEDDING_SIZE, embedding_bytes, embedding_from
from core.store.faces import crop_from, crop_png, digest_of
from core.store.parts import AT_ONCE, in_parts
from core.store.sealed import REJECTION_CROP, REJECTION_EMBEDDING, seal, unseal, unseal_or_empty
from core.store.tables import RejectionTable
from core.store.text import clean_text

_WHAT = "rejection {}"


def add_rejection(
    db: Session, student_id: int, *, crop: Image, embedding: Floats, model_key: str, source: str
) -> int | None:
    """Store a face that is not this student; its id, or None when that was said of this very picture already.

    crop: (160, 160, 3) uint8 BGR.  embedding: (512,) float32, finite.  Raises ValueError for other shapes.
    """
    digest = digest_of(crop)
    if db.scalar(select(RejectionTable.id).filter_by(student_id=student_id, crop_sha256=digest)) is not None:
        return None
    row = RejectionTable(
        student_id=student_id,
        source=clean_text(source),
        crop_sha256=digest,
        model_key=model_key,
        created_at=clock.now(),
        embedding=seal(db, REJECTION_EMBEDDING, student_id, embedding_bytes(embedding), digest, model_key),
        crop=seal(db, REJECTION_CROP, student_id, crop_png(crop), digest),
    )
    db.add(row)
    db.flush()
    return row.id


def load_embeddings(db: Session, student_ids: Sequence[int], model_key: str) -> tuple[NDArray[np.int64], Floats]:
    """Whom the faces are not (r,) and their embeddings (r, 512) float32, by student and age.

    Raises StoreError when a stored embedding is damaged, VaultError when the key is not there.
    """
    wanted = (RejectionTable.student_id, RejectionTable.id, RejectionTable.crop_sha256, RejectionTable.embedding)
    query = select(*wanted).where(RejectionTable.model_key == model_key)
    rows: list[Any] = sorted(
        row for part in in_parts(query, RejectionTable.student_id, student_ids) for row in db.execute(part)
    )
    faces = [
        embedding_from(unseal(db, REJECTION_EMBEDDING, owner, sealed, digest, model_key, what=what), what)
        for owner, number, digest, sealed in rows
        if (what := _WHAT.format(number))
    ]
    return (
        np.array([row[0] for row in rows], dtype=np.int64),
        np.stack(faces) if faces else np.empty((0, EMBEDDING_SIZE), np.float32),
    )


def stale_rejections(db: Session, student_ids: Sequence[int], model_key: str) -> list[tuple[int, Image]]:
    """Id and crop of those that other weights than ``model_key`` embedded.  Raises StoreError for a damaged crop."""
    wanted = (RejectionTable.id, RejectionTable.student_id, RejectionTable.crop_sha256, RejectionTable.crop)
    query = select(*wanted).where(RejectionTable.model_key != model_key)
    rows: list[Any] = sorted(
        row for part in in_parts(query, RejectionTable.student_id, student_ids) for row in db.execute(part)
    )
    return [
        (number, crop_from(unseal(db, REJECTION_CROP, owner, sealed, digest, what=what), digest, what))
        for number, owner, digest, sealed in rows
        if (what := _WHAT.format(number))
    ]


def replace_embedding(db: Session, rejection_id: int, embedding: Floats, model_key: str) -> None:
    """Store what other weights made of a rejected face.  embedding: (512,) float32."""
    whose = db.execute(select(RejectionTable.student_id, RejectionTable.crop_sha256).filter_by(id=rejection_id)).first()
    if whose is not None:
        sealed = seal(db, REJECTION_EMBEDDING, whose[0], embedding_bytes(embedding), whose[1], model_key)
        changes = {"embedding": sealed, "model_key": model_key}
        db.execute(update(RejectionTable).where(RejectionTable.id == rejection_id).values(changes))


def count_rejections(db: Session, student_ids: Sequence[int]) -> int:
    """How many faces were said not to be one of these students."""
    query = select(func.count()).select_from(RejectionTable)
    return sum(db.scalar(part) or 0 for part in in_parts(query, RejectionTable.student_id, student_ids))


def withdraw_rejection(db: Session, student_id: int, crop: Image) -> bool:
    """Forget that this very picture is not this student; whether it had been said."""
    said = delete(RejectionTable).filter_by(student_id=student_id, crop_sha256=digest_of(crop))
    return bool(db.scalars(said.returning(RejectionTable.id)).all())


def delete_showing(db: Session, crops: Sequence[Image]) -> Floats:
    """Erase these very pictures whomever they were said not to be; returns their embeddings (r, 512)."""
    gone: list[Floats] = []
    digests = sorted({digest_of(crop) for crop in crops})
    for start in range(0, len(digests), AT_ONCE):
        chunk = RejectionTable.crop_sha256.in_(digests[start : start + AT_ONCE])
        columns = (RejectionTable.student_id, RejectionTable.embedding, RejectionTable.crop_sha256)
        for owner, sealed, *bound in db.execute(
            delete(RejectionTable).where(chunk).returning(*columns, RejectionTable.model_key)
        ).all():
            # One that was damaged must not keep the others from being erased.
            data = unseal_or_empty(db, REJECTION_EMBEDDING, owner, sealed, *bound)
            gone += [embedding_from(data, "a rejection")] if data else []
    return np.stack(gone) if gone else np.empty((0, EMBEDDING_SIZE), np.float32)
