"""What phones brought of two entries that are one student."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.store import devices
from core.store.sealed import hand_over
from core.store.tables import AbsenceAskedTable, ConfirmationTable, DeviceTable, MarkQueryTable, PairingTable

_BEST_FIRST = ("accepted", "waiting", "review", "refused")


def merge_phones(db: Session, kept: int, gone: int) -> None:
    """Give confirmations, phones, codes for pairing, questions and requests of ``gone`` to ``kept``.

    Of two confirmations of one lesson that stays which a person decided, then the better one; of two phones the one
    paired last counts.  Raises VaultError without the key where a selfie has to be sealed for the other.
    """
    _drop_second_confirmations(db, kept, gone)
    rows = db.scalars(select(ConfirmationTable.id).filter_by(student_id=gone)).all()
    hand_over(db, ConfirmationTable, rows, gone, kept)
    _drop_second_requests(db, kept, gone)
    for table in (ConfirmationTable, DeviceTable, MarkQueryTable, AbsenceAskedTable):
        db.execute(update(table).filter_by(student_id=gone).values(student_id=kept))
    for older in sorted(devices.devices_of(db, kept), key=_paired)[:-1]:
        devices.take_away(db, older.id)
    if db.scalar(select(PairingTable.id).filter_by(student_id=kept, ended=None)) is not None:
        db.execute(update(PairingTable).filter_by(student_id=gone, ended=None).values(ended="replaced"))
    db.execute(update(PairingTable).filter_by(student_id=gone).values(student_id=kept))


def _paired(device: devices.Device) -> tuple[bool, float, int]:
    at = device.paired_at
    return at is not None, 0.0 if at is None else at.timestamp(), device.id


def _drop_second_confirmations(db: Session, kept: int, gone: int) -> None:
    first = {one.session_id: one for one in db.scalars(select(ConfirmationTable).filter_by(student_id=kept))}
    for other in db.scalars(select(ConfirmationTable).filter_by(student_id=gone)).all():
        if other.session_id in first:
            db.delete(max(first[other.session_id], other, key=_rank))
    db.flush()


def _rank(row: ConfirmationTable) -> tuple[bool, int]:
    """The lower, the better."""
    return row.decided_by is None, _BEST_FIRST.index(row.state)


def _drop_second_requests(db: Session, kept: int, gone: int) -> None:
    """The same days asked for twice; an answered request stays before an open one."""
    first = {(one.first_day, one.last_day): one for one in _asked(db, kept)}
    for other in _asked(db, gone):
        same = first.get((other.first_day, other.last_day))
        if same is not None:
            worse = same if same.answered_at is None and other.answered_at is not None else other
            db.execute(delete(AbsenceAskedTable).filter_by(id=worse.id))


def _asked(db: Session, student: int) -> list[AbsenceAskedTable]:
    return list(db.scalars(select(AbsenceAskedTable).filter_by(student_id=student)))
