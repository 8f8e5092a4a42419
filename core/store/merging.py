"""Two entries of one student made one: everything of the second goes to the first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, delete, exists, insert, select, update
from sqlalchemy.orm import Session, aliased

from core.actor import Actor
from core.errors import ConflictError
from core.records import Student
from core.store import audit, consents, outbox, students
from core.store.faces import crop_in, digest_of
from core.store.marks import BY_MACHINE, Change, Mark, Wish, marks_of, new_act, set_times, write_marks
from core.store.parts import in_parts
from core.store.phone_merging import merge_phones
from core.store.sealed import hand_over
from core.store.sightings import SAID_IS, SAID_NOT, crops_naming
from core.store.statuses import Status, status_set
from core.store.tables import (
    AccountTable,
    ConsentTable,
    GroupMemberTable,
    MarkChangeTable,
    MarkTable,
    PassageTable,
    PlannedAbsenceTable,
    RejectionTable,
    RosterTable,
    SampleTable,
    SeatTable,
    SightingTable,
    StudentTable,
)

_MOVED = (MarkTable, MarkChangeTable, SightingTable, PassageTable, PlannedAbsenceTable, ConsentTable)
_BEST_FIRST = ("present", "late", "excused", "absent")


@dataclass(frozen=True, slots=True)
class MergedRows:
    """What came of it.

    samples: that the first has more; sessions: in which the second had a mark; changes: of the first's marks.
    """

    samples: int
    sessions: tuple[int, ...]
    changes: tuple[Change, ...]


def merge_rows(db: Session, actor: Actor, kept: Student, gone: Student) -> MergedRows:
    """Give everything of ``gone`` to ``kept`` and delete ``gone``; what ``kept`` has already stays as it is.

    Where both have a mark in one session, a person's word counts more than a machine's, then being there more than
    being away; a change of the first's mark is recorded.  Raises ConflictError where only one of them refused consent.
    """
    if len({kept.id, gone.id} & consents.objectors(db)) == 1:
        raise ConflictError(
            f"One of {kept.roll} and {gone.roll} refused or withdrew consent, the other did not. "
            "Record the same of both first: app.py consent withdraw ROLL"
        )
    _forget_denials(db, kept.id, gone.id)
    samples = _move_pictures(db, SampleTable, kept.id, gone.id)
    _move_pictures(db, RejectionTable, kept.id, gone.id)
    changes, sessions = _merge_marks(db, actor, kept, gone)
    passed = db.scalars(select(PassageTable.id).filter_by(student_id=gone.id)).all()
    hand_over(db, PassageTable, passed, gone.id, kept.id)
    for table in _MOVED:
        db.execute(update(table).filter_by(student_id=gone.id).values(student_id=kept.id))
    merge_phones(db, kept.id, gone.id)
    outbox.move_student(db, gone.id, kept.id)
    db.execute(update(AccountTable).filter_by(student_id=gone.id).values(student_id=kept.id))
    _drop_double_absences(db, kept.id)
    _rename_in_sightings(db, kept, gone)
    _merge_rosters(db, kept.id, gone.id)
    _fill_blanks(db, kept, gone)
    db.execute(delete(StudentTable).filter_by(id=gone.id))
    done = {"samples": samples, "marks": len(changes)}
    audit.record(db, actor, "people.merge", student_id=kept.id, subject=f"student:{gone.id}", after=done)
    return MergedRows(samples, tuple(sorted(sessions)), tuple(changes))


def rename_roll(db: Session, old: str, new: str) -> None:
    """Write another roll number into what people said about faces."""
    for said in (SAID_IS, SAID_NOT):
        here = update(SightingTable).where(SightingTable.reason == said.format(old))
        db.execute(here.values(reason=said.format(new)))


def _forget_denials(db: Session, one: int, other: int) -> None:
    """A face that was said not to be the one, but is the other's, says nothing any more."""
    denied = select(RejectionTable.crop_sha256).where(RejectionTable.student_id.in_([one, other]))
    if db.scalar(denied.limit(1)) is None:
        return
    owned = set(db.scalars(select(SampleTable.crop_sha256).where(SampleTable.student_id.in_([one, other]))))
    crops = [crop_in(png) for student in (one, other) for png in crops_naming(db, student)]
    owned |= {digest_of(crop) for crop in crops if crop is not None}
    for digest in set(db.scalars(denied)) & owned:
        both = RejectionTable.student_id.in_([one, other])
        db.execute(delete(RejectionTable).where(both, RejectionTable.crop_sha256 == digest))


def _move_pictures(db: Session, table: type[SampleTable | RejectionTable], kept: int, gone: int) -> int:
    """Those that ``kept`` does not have; how many."""
    twin = aliased(table)
    there = exists().where(twin.student_id == kept, twin.crop_sha256 == table.crop_sha256)
    moved = update(table).where(table.student_id == gone, ~there).values(student_id=kept).returning(table.id)
    rows = db.scalars(moved, execution_options={"synchronize_session": False}).all()
    hand_over(db, table, rows, gone, kept)
    return len(rows)


def _merge_marks(db: Session, actor: Actor, kept: Student, gone: Student) -> tuple[list[Change], set[int]]:
    """Changes of the marks of ``kept`` where both have one, and all sessions in which ``gone`` had one."""
    sessions = set(db.scalars(select(MarkTable.session_id).filter_by(student_id=gone.id)))
    marks = marks_of(db, sessions)
    known = status_set(db)
    act, wishes = new_act(), []
    both = [one for one in sessions if (one, kept.id) in marks]
    for session_id in both:
        first, second = marks[session_id, kept.id], marks[session_id, gone.id]
        if _rank(second, known) < _rank(first, known):
            wishes.append(Wish(session_id, kept.id, second.state))
    why = f"{gone.roll} {gone.name} is the same student"
    changes = write_marks(db, actor, wishes, act=act, why=why)
    for session_id in both:
        _join_times(db, session_id, kept.id, (marks[session_id, kept.id], marks[session_id, gone.id]), known)
    for part in in_parts(select(MarkTable.id).filter_by(student_id=gone.id), MarkTable.session_id, both):
        db.execute(delete(MarkTable).where(MarkTable.id.in_(part)), execution_options={"synchronize_session": False})
    return changes, sessions


def _rank(mark: Mark, known: Mapping[str, Status]) -> tuple[bool, int]:
    """The lower, the better."""
    status = known.get(mark.status)
    meaning = _BEST_FIRST.index(status.counts_as) if status else len(_BEST_FIRST)
    return mark.state.source in BY_MACHINE, meaning


def _join_times(db: Session, session_id: int, kept: int, pair: tuple[Mark, Mark], known: Mapping[str, Status]) -> None:
    """Who is in the room was seen from the first to the last look at either; of who is not nothing is claimed."""
    best = min(pair, key=lambda one: _rank(one, known))
    status = known.get(best.status)
    seen = pair if status is not None and status.in_room else (best,)
    set_times(
        db,
        session_id,
        kept,
        min((one.first_seen for one in seen if one.first_seen), default=None),
        max((one.last_seen for one in seen if one.last_seen), default=None),
        max((one.confidence for one in seen if one.confidence is not None), default=None),
    )


def _drop_double_absences(db: Session, kept: int) -> None:
    rows = db.scalars(select(PlannedAbsenceTable).filter_by(student_id=kept).order_by(PlannedAbsenceTable.id))
    seen: set[tuple[Any, ...]] = set()
    for row in rows.all():
        same = (row.class_id, row.first_day, row.last_day, row.status, row.reason)
        if same in seen:
            db.delete(row)
        seen.add(same)
    db.flush()


def _rename_in_sightings(db: Session, kept: Student, gone: Student) -> None:
    rename_roll(db, gone.roll, kept.roll)
    # The numbers stand in JSON; SQLite finds the few rows, Python reads them.
    maybe = SightingTable.candidates.cast(String).like(f"%[{gone.id},%")
    for row in db.scalars(select(SightingTable).where(maybe)).all():
        best: dict[int, float] = {}
        for student, evidence in row.candidates or ():
            who = kept.id if student == gone.id else int(student)
            best[who] = max(float(evidence), best.get(who, float("-inf")))
        row.candidates = [[student, evidence] for student, evidence in best.items()]
    db.flush()


def _merge_rosters(db: Session, kept: int, gone: int) -> None:
    joined = dict(db.execute(select(RosterTable.class_id, RosterTable.joined_at).filter_by(student_id=kept)).all())
    for class_id, since in db.execute(select(RosterTable.class_id, RosterTable.joined_at).filter_by(student_id=gone)):
        if class_id not in joined:
            db.execute(insert(RosterTable).values(class_id=class_id, student_id=kept, joined_at=since))
        elif (known := joined[class_id]) is not None and (since is None or since < known):
            here = update(RosterTable).filter_by(class_id=class_id, student_id=kept)
            db.execute(here.values(joined_at=since))
    inside = set(db.scalars(select(GroupMemberTable.group_id).filter_by(student_id=kept)))
    for group_id in set(db.scalars(select(GroupMemberTable.group_id).filter_by(student_id=gone))) - inside:
        db.execute(insert(GroupMemberTable).values(group_id=group_id, student_id=kept))
    # Where both have a seat, that of the entry that stays; the other one goes with its roster.
    sits = select(SeatTable.class_id).filter_by(student_id=kept)
    freed = update(SeatTable).where(SeatTable.student_id == gone, SeatTable.class_id.not_in(sits))
    db.execute(freed.values(student_id=kept), execution_options={"synchronize_session": False})


def _fill_blanks(db: Session, kept: Student, gone: Student) -> None:
    """What only the second entry says of the student."""
    if kept.consent is None and gone.consent is not None and gone.consent_at is not None:
        consents.record_consent(db, kept.id, gone.consent, gone.consent_at)
    blanks = {
        name: getattr(gone, name)
        for name in ("email", "parents_email")
        if getattr(kept, name) is None and getattr(gone, name) is not None
    }
    students.edit_student(db, kept.id, **blanks)
    students.set_active(db, kept.id, kept.active or gone.active)
