"""Which classifier of a class is in use: that of the training run chosen last, which is usually the latest."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

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
        chosen_at=created_at,
    )
    db.add(row)
    db.flush()
    return _run(row)


def run_in_use(db: Session, class_id: int) -> TrainingRun | None:
    """The run whose classifier marks the class, or None."""
    newest = (TrainingRunTable.chosen_at.desc(), TrainingRunTable.id.desc())
    row = db.scalar(select(TrainingRunTable).filter_by(class_id=class_id).order_by(*newest).limit(1))
    return None if row is None else _run(row)


def list_runs(db: Session, class_id: int) -> list[TrainingRun]:
    """All runs of a class, the latest first."""
    rows = db.scalars(select(TrainingRunTable).filter_by(class_id=class_id).order_by(TrainingRunTable.id.desc()))
    return [_run(row) for row in rows]


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
