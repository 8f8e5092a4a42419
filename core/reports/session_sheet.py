"""The dated Excel sheet of one session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from core.files import Written
from core.records import MarkRow, SightingRow


@dataclass(frozen=True, slots=True)
class SessionSheet:
    """All that is written into a sheet.  ``starts_at`` is aware UTC; all times are shown in ``zone``."""

    school: str
    class_code: str
    class_name: str
    teacher: str | None
    starts_at: datetime
    zone: tzinfo
    source: str
    model: str
    session_id: int
    rows: Sequence[MarkRow]
    sightings: Sequence[SightingRow]
    unknown_faces: int


def write_session_sheet(path: Path, sheet: SessionSheet, fallback: Path | None = None) -> Written:
    """Write the sheet."""
    raise NotImplementedError
