"""Seating plans: who of a class sits where."""

from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from core.seats import Place, Seats
from core.store import audit
from core.store.tables import RosterTable, SeatPlanTable, SeatTable, StudentTable


def seats_of(db: Session, class_id: int) -> Seats | None:
    """The seating plan of a class; None while nobody made one."""
    plan = db.get(SeatPlanTable, class_id, populate_existing=True)
    if plan is None:
        return None
    rows = db.scalars(select(SeatTable).filter_by(class_id=class_id))
    return Seats(plan.rows, plan.columns, {one.student_id: Place(one.seat_row, one.seat_column) for one in rows})


def save_seats(db: Session, class_id: int, seats: Seats) -> Seats:
    """Make this the seating plan of a class; who is not in the class, or left the school, gets no seat.

    Gives the plan as it is stored.
    """
    here = select(RosterTable.student_id).filter_by(class_id=class_id)
    coming = set(db.scalars(here.join(StudentTable, StudentTable.id == RosterTable.student_id).filter_by(active=True)))
    before, after = seats_of(db, class_id), seats.only(coming)
    if after == before:
        return after
    db.merge(SeatPlanTable(class_id=class_id, rows=after.rows, columns=after.columns))
    db.flush()
    db.execute(delete(SeatTable).filter_by(class_id=class_id))
    rows = [
        {"class_id": class_id, "student_id": who, "seat_row": place.row, "seat_column": place.column}
        for who, place in after.places.items()
    ]
    if rows:
        db.execute(insert(SeatTable), rows)
    audit.record(db, None, "classes.seat", class_id=class_id, before=_seen(before), after=_seen(after))
    return after


def leave_seats(db: Session, student_id: int) -> None:
    """Take a student off every seating plan; who leaves a class leaves its plan with the roster."""
    db.execute(delete(SeatTable).filter_by(student_id=student_id))


def _seen(seats: Seats | None) -> dict[str, Any] | None:
    """A plan as the audit keeps it: students by their numbers, row and column."""
    if seats is None:
        return None
    places = {str(who): [place.row, place.column] for who, place in sorted(seats.places.items())}
    return {"rows": seats.rows, "columns": seats.columns, "seats": places}
