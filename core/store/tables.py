"""The tables.  Their history is in ``migrations``; a test holds both to the same shape.

Only the modules of this package see these classes: everybody else gets the frozen records of ``core.records``.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in, UTC on the disk, aware UTC out.  Raises ValueError for a naive one: its zone is a guess."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"the store takes aware datetimes only, not {value!r}")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Names every constraint, so that later migrations can address it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012
        datetime: UtcDateTime(),
        str: Text(),
        bytes: LargeBinary(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(none_as_null=True),
    }


class StudentTable(Base):
    """roll_key is ``roll`` as it is compared: ``r001`` and ``R001`` are one person."""

    __tablename__ = "students"
    # AUTOINCREMENT: classifiers keep student ids in files, so an erased student's id must never name somebody else.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    roll: Mapped[str]
    roll_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    email: Mapped[str | None]
    parents_email: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    consent_text: Mapped[str | None]
    consent_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class ClassTable(Base):
    """code_key is ``code`` as it is compared."""

    __tablename__ = "classes"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    code_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    teacher: Mapped[str | None]
    created_at: Mapped[datetime]


class RosterTable(Base):
    """Who is in which class."""

    __tablename__ = "rosters"

    class_id: Mapped[int] = mapped_column(ForeignKey("classes.id", ondelete="CASCADE"), primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id", ondelete="CASCADE"), primary_key=True, index=True)


class SampleTable(Base):
    """One face of a student.

    embedding: 512 float32, little-endian.  crop: PNG of (160, 160, 3) BGR.  crop_sha256: of the crop's pixels.
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


class SessionTable(Base):
    """One lesson; two of a class may start together, when somebody asked for it."""

    __tablename__ = "sessions"
    __table_args__ = (
        Index(None, "class_id", "starts_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("classes.id"))
    starts_at: Mapped[datetime]
    source: Mapped[str]
    teacher: Mapped[str | None]
    model_key: Mapped[str]
    training_run_id: Mapped[int | None] = mapped_column(ForeignKey("training_runs.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]


class MarkTable(Base):
    """A student's row of one session.  status: P or A; source: ``face``, ``manual``, …"""

    __tablename__ = "marks"
    __table_args__ = (UniqueConstraint("session_id", "student_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id", ondelete="CASCADE"), index=True)
    status: Mapped[str]
    source: Mapped[str]
    confidence: Mapped[float | None]
    first_seen: Mapped[datetime | None]
    last_seen: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class SightingTable(Base):
    """Somebody seen in a session.

    kind: ``present``, ``review``, ``elsewhere`` (known, but of another class) or ``unknown``.  face_px: the largest the
    face was seen, shorter side of the box; frame_px: the picture's shorter side.  candidates: the best three,
    ``[[student id, evidence], …]``.  thumbnail: PNG or empty.
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
