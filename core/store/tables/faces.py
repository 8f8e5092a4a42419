"""Faces: stored ones, seen ones, rejected ones, and the classifiers made of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.store.tables.base import Base


class SampleTable(Base):
    """One face of a student.

    embedding: 512 float32, little-endian.  crop: PNG of (160, 160, 3) BGR.  crop_sha256: of the crop's pixels.
    Crop and embedding are sealed, as all pictures of faces (:mod:`core.store.sealed`).
    The crop is the last column on purpose: SQLite then reads the embeddings without walking through the pictures.
    """

    __tablename__ = "samples"
    __table_args__ = (
        UniqueConstraint("student_id", "crop_sha256"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id", ondelete="CASCADE"))
    source: Mapped[str]
    quality: Mapped[float]
    sharpness: Mapped[float]
    brightness: Mapped[float]
    face_px: Mapped[float]
    crop_sha256: Mapped[str] = mapped_column(String(64))
    model_key: Mapped[str]
    created_at: Mapped[datetime]
    embedding: Mapped[bytes]
    crop: Mapped[bytes]


class TrainingRunTable(Base):
    """file: relative to the home's ``models`` folder, with ``/``.  The run chosen last is the one in use."""

    __tablename__ = "training_runs"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("classes.id", ondelete="CASCADE"), index=True)
    file: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    model_key: Mapped[str]
    students: Mapped[int]
    samples: Mapped[int]
    seconds: Mapped[float]
    figures: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    chosen_at: Mapped[datetime]


class SightingTable(Base):
    """Somebody seen in a session.

    kind: ``present``, ``review``, ``elsewhere`` (known, but of another class) or ``unknown``.  face_px: the largest the
    face was seen, shorter side of the box; frame_px: the picture's shorter side.  candidates: the best three,
    ``[[student id, evidence], …]``.  thumbnail: PNG, sealed, or empty.
    """

    __tablename__ = "sightings"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    student_id: Mapped[int | None] = mapped_column(ForeignKey("students.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    reason: Mapped[str]
    confidence: Mapped[float | None]
    first_seen: Mapped[datetime | None]
    last_seen: Mapped[datetime | None]
    looks: Mapped[int]
    source: Mapped[str]
    face_px: Mapped[float | None]
    frame_px: Mapped[int | None]
    candidates: Mapped[list[Any] | None]
    thumbnail: Mapped[bytes]


class RejectionTable(Base):
    """A face of which a person said that it is *not* this student: a hard negative of every later training.

    Columns as in ``samples``; the crop is last for the same reason.
    """

    __tablename__ = "rejections"
    __table_args__ = (
        UniqueConstraint("student_id", "crop_sha256"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id", ondelete="CASCADE"))
    source: Mapped[str]
    crop_sha256: Mapped[str] = mapped_column(String(64))
    model_key: Mapped[str]
    created_at: Mapped[datetime]
    embedding: Mapped[bytes]
    crop: Mapped[bytes]
