"""Devices that are passed round in a lesson."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core import clock
from core.store.tables import ConfirmationTable, KioskTable
from core.store.tokens import new_token, token_hash


@dataclass(frozen=True, slots=True)
class Kiosk:
    """A device that is passed round; columns as in :class:`core.store.tables.KioskTable`, without the secret.

    student_id: who is before it; challenge, asked_until: of the selfie they are asked for, None once it is there.
    tries: student id -> selfies taken here.
    """

    id: int
    session_id: int
    account_id: int
    ended: bool
    student_id: int | None
    challenge: tuple[str, ...] | None
    asked_until: datetime | None
    tries: dict[int, int]


def add_kiosk(db: Session, session_id: int, account_id: int) -> tuple[Kiosk, str]:
    """Begin one: its row, and what the device's cookie has to hold."""
    token = new_token()
    row = KioskTable(
        token_hash=token_hash(token), session_id=session_id, account_id=account_id, started_at=clock.now(), tries={}
    )
    db.add(row)
    db.flush()
    return _kiosk(row), token


def find_kiosk(db: Session, token: str) -> Kiosk | None:
    """The one with this cookie, ended or not; None where nobody knows it."""
    row = db.scalar(select(KioskTable).filter_by(token_hash=token_hash(token)))
    return None if row is None else _kiosk(row)


def ask_student(db: Session, kiosk_id: int, student_id: int, challenge: Sequence[str], until: datetime) -> None:
    """Somebody stands before it, and has until then for the selfie."""
    _change(db, kiosk_id, asked={"student": student_id, "challenge": list(challenge), "until": until.isoformat()})


def answered(db: Session, kiosk_id: int, student_id: int) -> None:
    """The selfie is there; whose it is stays until the next one comes."""
    _change(db, kiosk_id, asked={"student": student_id})


def next_one(db: Session, kiosk_id: int) -> None:
    """Nobody stands before it."""
    _change(db, kiosk_id, asked=None)


def count_try(db: Session, kiosk: Kiosk, student_id: int) -> None:
    """A selfie of this student was taken here."""
    tries = {**kiosk.tries, student_id: kiosk.tries.get(student_id, 0) + 1}
    _change(db, kiosk.id, tries={str(one): count for one, count in tries.items()})


def end_kiosk(db: Session, kiosk_id: int) -> None:
    """It takes nothing any more."""
    _change(db, kiosk_id, ended_at=clock.now(), asked=None)


def forget_kiosks(db: Session, before: datetime) -> None:
    """Remove those that began before a moment (aware)."""
    db.execute(delete(KioskTable).where(KioskTable.started_at < before))


def retract(db: Session, session_id: int, student_id: int) -> bool:
    """Take back what a kiosk took and nobody has decided, so that it can be done again; whether there was any."""
    undecided = (ConfirmationTable.state == "review", ConfirmationTable.decided_by.is_(None))
    gone = delete(ConfirmationTable).where(
        ConfirmationTable.session_id == session_id,
        ConfirmationTable.student_id == student_id,
        ConfirmationTable.how == "kiosk",
        *undecided,
    )
    return bool(db.execute(gone).rowcount)  # type: ignore[attr-defined]


def _change(db: Session, kiosk_id: int, **columns: object) -> None:
    db.execute(update(KioskTable).where(KioskTable.id == kiosk_id).values(**columns))


def _kiosk(row: KioskTable) -> Kiosk:
    asked = row.asked or {}
    challenge, until = asked.get("challenge"), asked.get("until")
    return Kiosk(
        row.id,
        row.session_id,
        row.account_id,
        row.ended_at is not None,
        asked.get("student"),
        None if challenge is None else tuple(str(one) for one in challenge),
        None if until is None else datetime.fromisoformat(until),
        {int(student): int(count) for student, count in row.tries.items()},
    )
