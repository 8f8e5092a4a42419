"""Erase what is stored of one student's face, and nothing else of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from core.store.phone_erasure import erase_selfies_of
from core.store.tables import (
    AuditTable,
    MarkTable,
    PassageTable,
    RejectionTable,
    RosterTable,
    SampleTable,
    SessionTable,
    SightingTable,
)

NOT_MARKED = ("review", "elsewhere", "unknown")
"""Kinds of sightings that say nothing for the register: only that a face was like the student's."""


@dataclass(frozen=True, slots=True)
class FacesErased:
    """How many rows went, or lost their picture.  guesses: sightings that marked nobody and went with their row."""

    samples: int = 0
    rejections: int = 0
    sightings: int = 0
    guesses: int = 0
    passages: int = 0
    selfies: int = 0


def sessions_showing(db: Session, student_id: int) -> list[int]:
    """Sessions whose sheet may show the student's face: among those that nobody was marked for."""
    here = select(SightingTable.session_id).where(
        SightingTable.student_id == student_id, SightingTable.kind.in_(NOT_MARKED)
    )
    return list(db.scalars(here.distinct().order_by(SightingTable.session_id)))


def classes_knowing(db: Session, student_id: int) -> set[int]:
    """Ids of the classes of which a version may know the student: they are or were in it, or were seen or marked there.

    Only what holds the key of the faces can tell for sure.
    """
    left = select(AuditTable.class_id).filter_by(action="classes.leave", student_id=student_id)
    moved = select(func.json_extract(AuditTable.before, "$.class")).filter_by(
        action="people.move", student_id=student_id
    )
    there = [
        select(SessionTable.class_id)
        .join(table, table.session_id == SessionTable.id)
        .where(table.student_id == student_id)
        for table in (MarkTable, SightingTable)
    ]
    here = select(RosterTable.class_id).filter_by(student_id=student_id)
    return {one for query in (here, left, moved, *there) for one in db.scalars(query) if one is not None}


def erase_rejections_beside(db: Session, student_id: int) -> set[int]:
    """Erase all rejections out of the videos in which the student was seen; ids of whom they were said not to be.

    Some of them may show the student, and which ones only the key of the faces would tell.
    """
    seen = select(SightingTable.source).where(SightingTable.student_id == student_id)
    gone = delete(RejectionTable).where(RejectionTable.source.in_(seen)).returning(RejectionTable.student_id)
    return set(db.scalars(gone).all())


def erase_faces_of(db: Session, student_id: int) -> FacesErased:
    """Samples and rejections go, sightings and passages that count lose their picture, guesses go altogether."""
    mine = (SightingTable.student_id == student_id,)
    guesses = (*mine, SightingTable.kind.in_(NOT_MARKED))
    gone = FacesErased(
        samples=_delete(db, SampleTable, SampleTable.student_id == student_id),
        rejections=_delete(db, RejectionTable, RejectionTable.student_id == student_id),
        guesses=_delete(db, SightingTable, *guesses),
        sightings=_count(db, SightingTable, *mine, func.length(SightingTable.thumbnail) > 0),
        passages=_count(db, PassageTable, PassageTable.student_id == student_id, func.length(PassageTable.picture) > 0),
        selfies=erase_selfies_of(db, student_id),
    )
    # What the face was compared with tells about it too.
    db.execute(update(SightingTable).where(*mine).values(thumbnail=b"", candidates=[], face_px=None))
    pictures = {"picture": b"", "last_picture": b""}
    db.execute(update(PassageTable).where(PassageTable.student_id == student_id).values(pictures))
    _forget_candidate(db, student_id)
    return gone


def erase_samples_of(db: Session, student_ids: Sequence[int]) -> int:
    """Samples, rejections and selfies of some students; how many samples and rejections."""
    for one in student_ids:
        erase_selfies_of(db, one)
    return sum(
        _delete(db, table, table.student_id == one) for one in student_ids for table in (SampleTable, RejectionTable)
    )


def _forget_candidate(db: Session, student_id: int) -> None:
    """How like the student other faces were."""
    like = text(
        "SELECT DISTINCT s.id FROM sightings AS s, json_each(s.candidates) AS c "
        "WHERE json_valid(s.candidates) AND json_extract(c.value, '$[0]') = :student"
    )
    for number in db.scalars(like, {"student": student_id}).all():
        row = db.get_one(SightingTable, number)
        row.candidates = [one for one in row.candidates or [] if one[0] != student_id]
    db.flush()


def _count(db: Session, table: type, *where: object) -> int:
    return db.scalar(select(func.count()).select_from(table).where(*where)) or 0  # type: ignore[arg-type]


def _delete(db: Session, table: type, *where: object) -> int:
    count = _count(db, table, *where)
    db.execute(delete(table).where(*where))  # type: ignore[arg-type]
    return count
