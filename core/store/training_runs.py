"""Which classifier of a class is in use: that of the training run chosen last, which is usually the latest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from core.errors import NotFoundError
from core.store.tables import TrainingRunTable


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """One training.  file: relative to the home's ``models`` folder; figures: held-out figures, as JSON has them."""

    id: int
    class_id: int
    file: str
    sha256: str
    model_key: str
    students: int
    samples: int
    seconds: float
    figures: Mapping[str, Any]
    created_at: datetime
    chosen_at: datetime


def add_run(
    db: Session,
    *,
    class_id: int,
    file: str,
    sha256: str,
    model_key: str,
    students: int,
    samples: int,
    seconds: float,
    figures: Mapping[str, Any],
    created_at: datetime,
) -> TrainingRun:
    """Record a finished training; its classifier is the class's from now on."""
    row = TrainingRunTable(
        class_id=class_id,
        file=file,
        sha256=sha256,
        model_key=model_key,
        students=students,
        samples=samples,
        seconds=float(seconds),
        figures=dict(figures),
        created_at=created_at,
        # A clock that was set back must not leave the older training in use.
        chosen_at=max(created_at, _last_choice(db, class_id) or created_at),
    )
    db.add(row)
    db.flush()
    return _run(row)


def run_in_use(db: Session, class_id: int) -> TrainingRun | None:
    """The run whose classifier marks the class, or None."""
    newest = (TrainingRunTable.chosen_at.desc(), TrainingRunTable.id.desc())
    row = db.scalar(select(TrainingRunTable).filter_by(class_id=class_id).order_by(*newest).limit(1))
    return None if row is None else _run(row)


def choose_run(db: Session, run_id: int, at: datetime) -> TrainingRun:
    """Put a run in use; the class is marked with its classifier from now on.  at: aware.  Raises NotFoundError."""
    row = db.get(TrainingRunTable, run_id)
    if row is None:
        raise NotFoundError(f"There is no version {run_id}. See all: app.py versions CLASS")
    if run_in_use(db, row.class_id) != _run(row):
        # Later than every other choice, even within one second: the choice just made is the one that counts.
        last = _last_choice(db, row.class_id) or at
        row.chosen_at = max(at, last + timedelta(microseconds=1))
        db.flush()
    return _run(row)


def delete_runs(db: Session, run_ids: Iterable[int]) -> None:
    """Forget runs; sessions that were marked with them keep everything but the reference."""
    db.execute(delete(TrainingRunTable).where(TrainingRunTable.id.in_([int(one) for one in run_ids])))


def delete_all(db: Session) -> None:
    """Forget every run of every class."""
    db.execute(delete(TrainingRunTable))


def list_runs(db: Session, class_id: int) -> list[TrainingRun]:
    """All runs of a class, the latest first."""
    rows = db.scalars(select(TrainingRunTable).filter_by(class_id=class_id).order_by(TrainingRunTable.id.desc()))
    return [_run(row) for row in rows]


def _last_choice(db: Session, class_id: int) -> datetime | None:
    return db.scalar(select(func.max(TrainingRunTable.chosen_at)).filter_by(class_id=class_id))


def _run(row: TrainingRunTable) -> TrainingRun:
    return TrainingRun(
        id=row.id,
        class_id=row.class_id,
        file=row.file,
        sha256=row.sha256,
        model_key=row.model_key,
        students=row.students,
        samples=row.samples,
        seconds=row.seconds,
        figures=row.figures,
        created_at=row.created_at,
        chosen_at=row.chosen_at,
    )
