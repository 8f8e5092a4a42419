"""What is older than the school keeps it: counted, and erased for real (``secure_delete`` is on)."""

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from core.store.parts import in_parts
from core.store.phone_erasure import HAS_SELFIE
from core.store.tables import (
    AttachmentTable,
    ConfirmationTable,
    MailTable,
    PassageTable,
    RejectionTable,
    SampleTable,
    SessionTable,
    SightingTable,
    StudentTable,
)

_HAS_PICTURE = func.length(SightingTable.thumbnail) > 0
_PASSAGE_PICTURE = func.length(PassageTable.picture) + func.length(PassageTable.last_picture) > 0


def left_before(db: Session, moment: datetime) -> list[int]:
    """Students who left before then and of whom a face is still stored.  moment: aware."""
    selfies = select(ConfirmationTable.student_id).where(HAS_SELFIE)
    samples = select(SampleTable.student_id).union(select(RejectionTable.student_id), selfies)
    query = select(StudentTable.id).where(
        StudentTable.active.is_(False), StudentTable.left_at < moment, StudentTable.id.in_(samples)
    )
    return list(db.scalars(query))


def sessions_before(db: Session, moment: datetime) -> list[int]:
    """Sessions that ended before then."""
    return list(db.scalars(select(SessionTable.id).where(SessionTable.ends_at < moment)))


def picture_sessions_before(db: Session, moment: datetime, *, unknown: bool) -> list[int]:
    """Sessions that ended before then and still have pictures of unknown faces, or of the others."""
    here = select(SightingTable.session_id).join(SessionTable).where(SessionTable.ends_at < moment, _HAS_PICTURE)
    return list(db.scalars(here.where((SightingTable.kind == "unknown") == unknown).distinct()))


def unknown_pictures_of(db: Session, class_ids: list[int]) -> list[int]:
    """Sessions of these classes that have pictures of unknown faces."""
    here = select(SightingTable.session_id).join(SessionTable).where(SessionTable.class_id.in_(class_ids), _HAS_PICTURE)
    return list(db.scalars(here.where(SightingTable.kind == "unknown").distinct()))


def erase_pictures(db: Session, session_ids: list[int], *, unknown: bool) -> int:
    """Empty the pictures of unknown faces of these sessions, or of the others; how many."""
    count = 0
    query = select(SightingTable.id).where((SightingTable.kind == "unknown") == unknown, _HAS_PICTURE)
    for part in in_parts(query, SightingTable.session_id, session_ids):
        ids = list(db.scalars(part))
        count += len(ids)
        for number in ids:
            db.execute(update(SightingTable).where(SightingTable.id == number).values(thumbnail=b""))
    # A sheet that waits in a mail, or was sent, shows them too.
    for part in in_parts(select(MailTable.id), MailTable.session_id, session_ids):
        mails = list(db.scalars(part.where(MailTable.state != "waiting")))
        db.execute(delete(AttachmentTable).where(AttachmentTable.mail_id.in_(mails)))
    return count


def erase_sessions(db: Session, session_ids: list[int]) -> int:
    """Sessions with marks, history, faces and mails; how many."""
    for number in session_ids:
        db.execute(delete(SessionTable).where(SessionTable.id == number))
    return len(session_ids)


def count_passages(db: Session, moment: datetime, *, pictures: bool) -> int:
    """Passages that ended before then; pictures: only those that have one."""
    where = (PassageTable.last_at < moment, *((_PASSAGE_PICTURE,) if pictures else ()))
    return db.scalar(select(func.count()).select_from(PassageTable).where(*where)) or 0


def erase_passages(db: Session, moment: datetime) -> int:
    """Passages that ended before then; how many."""
    count = count_passages(db, moment, pictures=False)
    db.execute(delete(PassageTable).where(PassageTable.last_at < moment))
    return count


def erase_passage_pictures(db: Session, moment: datetime) -> int:
    """The pictures of passages that ended before then; of how many."""
    count = count_passages(db, moment, pictures=True)
    old = (PassageTable.last_at < moment, _PASSAGE_PICTURE)
    db.execute(update(PassageTable).where(*old).values(picture=b"", last_picture=b""))
    return count
