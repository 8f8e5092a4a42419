"""Everything stored about one student, as plain data and pictures."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import LargeBinary, select
from sqlalchemy.orm import Session

from core.store.embeddings import embedding_from
from core.store.sealed import (
    PASSAGE_LAST_PICTURE,
    PASSAGE_PICTURE,
    SAMPLE_CROP,
    SAMPLE_EMBEDDING,
    SELFIE_FACE,
    SELFIE_FRAMES,
    SELFIE_PICTURE,
    THUMBNAIL,
    unseal_or_empty,
)
from core.store.tables import (
    AbsenceAskedTable,
    AccountTable,
    ApiTokenTable,
    AuditTable,
    Base,
    ClaimTable,
    ClassTable,
    ConfirmationTable,
    ConsentTable,
    DeviceTable,
    GroupMemberTable,
    GroupTable,
    MailTable,
    MarkChangeTable,
    MarkQueryTable,
    MarkTable,
    PairingTable,
    PassageTable,
    PlannedAbsenceTable,
    RejectionTable,
    RosterTable,
    SampleTable,
    SeatTable,
    SessionTable,
    SightingTable,
    StudentTable,
    WebSessionTable,
)

_ABOUT = (
    *(ConsentTable, RosterTable, SeatTable, GroupMemberTable, MarkTable, MarkChangeTable),
    *(PlannedAbsenceTable, PassageTable, SampleTable, RejectionTable, SightingTable, MailTable, AccountTable),
    *(ConfirmationTable, DeviceTable, PairingTable, MarkQueryTable, AbsenceAskedTable),
)
"""Every table with a student_id; a test compares it with the tables there are."""
_BELOW = ((ClaimTable, DeviceTable), (WebSessionTable, AccountTable), (ApiTokenTable, AccountTable))
"""Tables of rows that hang on one about the student, and which."""
_OF_AUDIT = ("id", "at", "role", "action", "class_id", "session_id", "before", "after", "why")
_SECRET = frozenset({"password_hash", "pin_hash", "code_hash", "token_hash", "sid_hash"})
"""Proves who somebody is, and says nothing about them."""


def plain_data(db: Session, student_id: int) -> dict[str, Any]:
    """Rows by table, columns by name; pictures are left to :func:`pictures`, templates are lists of 512 numbers."""
    data: dict[str, Any] = {"student": _rows(db, StudentTable, StudentTable.id == student_id)[0]}
    for table in _ABOUT:
        data[table.__tablename__] = _rows(db, table, getattr(table, "student_id") == student_id)  # noqa: B009
    for below, above in _BELOW:
        (key,) = (one.parent for one in below.__table__.foreign_keys if one.column.table is above.__table__)
        owned = select(getattr(above, "id")).filter_by(student_id=student_id)  # noqa: B009 - the base class has none
        data[below.__tablename__] = _rows(db, below, key.in_(owned))
    for row, sample in zip(data["samples"], _of(db, SampleTable, student_id), strict=True):
        stored = (sample.embedding, sample.crop_sha256, sample.model_key)
        plain = unseal_or_empty(db, SAMPLE_EMBEDDING, student_id, *stored)
        row["embedding"] = _numbers(plain)
    for row, sent in zip(data["confirmations"], _of(db, ConfirmationTable, student_id), strict=True):
        row["face"] = _numbers(unseal_or_empty(db, SELFIE_FACE, student_id, sent.face))
    data["audit"] = _acts(db, student_id)
    data["classes"] = _named(db, ClassTable, [one["class_id"] for one in data["rosters"]])
    data["groups"] = _named(db, GroupTable, [one["group_id"] for one in data["group_members"]])
    data["sessions"] = _named(db, SessionTable, sorted({one["session_id"] for one in data["marks"]}))
    return data


def _numbers(template: bytes) -> list[float] | None:
    return [float(one) for one in embedding_from(template, "a face")] if template else None


def pictures(db: Session, student_id: int) -> Iterator[tuple[str, bytes]]:
    """Names of files made of numbers, and PNG bytes; those that cannot be opened are left out.

    Raises VaultError where the key of the faces is not there.
    """
    for sample in _of(db, SampleTable, student_id):
        yield f"sample-{sample.id}.png", unseal_or_empty(db, SAMPLE_CROP, student_id, sample.crop, sample.crop_sha256)
    # Rejected faces are somebody else's, who must not be handed out: that they are stored is in the data.
    for seen in _of(db, SightingTable, student_id):
        yield f"lesson-face-{seen.id}.png", unseal_or_empty(db, THUMBNAIL, seen.session_id, seen.thumbnail)
    for one in _of(db, ConfirmationTable, student_id):
        yield f"selfie-{one.id}.png", unseal_or_empty(db, SELFIE_PICTURE, student_id, one.picture)
    for passage in _of(db, PassageTable, student_id):
        yield f"passage-{passage.id}-first.png", unseal_or_empty(db, PASSAGE_PICTURE, student_id, passage.picture)
        last = unseal_or_empty(db, PASSAGE_LAST_PICTURE, student_id, passage.last_picture)
        yield f"passage-{passage.id}-last.png", last


def selfies(db: Session, student_id: int) -> Iterator[tuple[int, bytes]]:
    """The student's selfies that are not judged yet, as :func:`core.confirming.frames.pack` made them, by number.

    Raises VaultError as :func:`pictures`.
    """
    for one in _of(db, ConfirmationTable, student_id):
        packed = unseal_or_empty(db, SELFIE_FRAMES, student_id, one.frames)
        if packed:
            yield one.id, packed


def _acts(db: Session, student_id: int) -> list[dict[str, Any]]:
    """What was done to the student's data; who did it is a matter of those people."""
    query = select(*(getattr(AuditTable, one) for one in _OF_AUDIT)).where(AuditTable.student_id == student_id)
    return [dict(row._mapping) for row in db.execute(query.order_by(AuditTable.id))]


def _of(db: Session, table: Any, student_id: int) -> list[Any]:  # noqa: ANN401 - rows of any table
    return list(db.scalars(select(table).filter_by(student_id=student_id).order_by(table.id)))


def _named(db: Session, table: Any, ids: list[int]) -> list[dict[str, Any]]:  # noqa: ANN401 - any table
    return [row for one in ids for row in _rows(db, table, table.id == one)]


def _rows(db: Session, table: type[Base], where: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - SQLAlchemy's expression
    columns = [one for one in table.__table__.columns if not isinstance(one.type, LargeBinary)]
    columns = [one for one in columns if one.name not in _SECRET]
    query = select(*columns).where(where).order_by(*(one for one in columns if one.primary_key))
    return [{name: _plain(value) for name, value in row._mapping.items()} for row in db.execute(query)]


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    return value.isoformat() if isinstance(value, (date, datetime)) else value
