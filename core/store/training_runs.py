"""Training runs: which classifier files there are, and the newest of each class."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.store.tables import TrainingRunTable


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """One training.  file: relative to ``models/``."""

    id: int
    class_id: int
    file: str
    sha256: str
    model_key: str
    students: int
    samples: int
    created_at: datetime


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
    figures: dict[str, int],
    created_at: datetime,
) -> TrainingRun:
    """Record a training; it becomes the one in use."""
    row = TrainingRunTable(
        class_id=class_id,
        file=file,
        sha256=sha256,
        model_key=model_key,
        students=students,
        samples=samples,
        seconds=seconds,
        figures=figures,
        created_at=created_at,
    )
    db.add(row)
    db.flush()
    return _run(row)


def latest_run(db: Session, class_id: int) -> TrainingRun | None:
    """The training in use, None when the class was never trained."""
    query = select(TrainingRunTable).where(TrainingRunTable.class_id == class_id)
    row = db.scalar(query.order_by(TrainingRunTable.id.desc()).limit(1))
    return None if row is None else _run(row)


def _run(row: TrainingRunTable) -> TrainingRun:
    return TrainingRun(
        row.id, row.class_id, row.file, row.sha256, row.model_key, row.students, row.samples, row.created_at
    )
