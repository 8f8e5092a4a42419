"""What came of a marking, for every surface that shows it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core.marking_record import Lesson
from core.recognising import Seen
from core.records import MarkRow, SchoolClass, Student
from core.store.sessions import SessionRow
from core.store.statuses import Status


@dataclass(frozen=True, slots=True)
class Presence:
    """A student who is in the room by the register; seconds from the start of the lesson, None if never seen."""

    roll: str
    name: str
    status: str
    minutes_late: int | None
    confidence: float | None
    first_seen_s: float | None
    last_seen_s: float | None


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A face for the teacher to decide on; ``student`` is the likeliest, or None."""

    student: Student | None
    reason: str
    confidence: float


@dataclass(frozen=True, slots=True)
class MarkResult:
    """Everything that came of one source.

    elsewhere: students of other classes who were seen.  notes: sentences worth telling (another place of the sheet,
    a cut video, …).  spent_s: seconds by duty, summed over threads.
    """

    session: SessionRow
    school_class: SchoolClass
    present: tuple[Presence, ...]
    absent: tuple[MarkRow, ...]
    excused: tuple[MarkRow, ...]
    review: tuple[ReviewItem, ...]
    elsewhere: tuple[Student, ...]
    unknown_faces: int
    frames: int
    looked_at: int
    video_seconds: float
    wall_seconds: float
    excel: Path
    video: Path | None
    model_key: str
    notes: tuple[str, ...]
    spent_s: Mapping[str, float]
    faces: tuple[Mapping[str, Any], ...] = ()
    """What :func:`core.explaining.explain` says, if it was asked for."""


def result_of(
    lesson: Lesson,
    session: SessionRow,
    rows: Sequence[MarkRow],
    known: Mapping[str, Status],
    seen: Seen,
    started: float,
    files: tuple[Path, Path | None],
    model_key: str,
    notes: Sequence[str],
) -> MarkResult:
    """Everything that came of one source.  rows: the register; known: its statuses; started: ``time.monotonic()``;
    files: the sheet and the video.
    """
    review = [
        ReviewItem(lesson.roster[one.decision.student_id], one.decision.reason, one.decision.confidence)
        for one in seen.persons
        if one.decision.outcome == "unsure"
    ]
    following = seen.following
    return MarkResult(
        session=session,
        school_class=lesson.school_class,
        present=tuple(_presence(row, session) for row in rows if known[row.status].in_room),
        absent=tuple(row for row in rows if known[row.status].counts_as == "absent"),
        excused=tuple(row for row in rows if known[row.status].counts_as == "excused"),
        review=tuple(review),
        elsewhere=tuple(seen.guests.values()),
        unknown_faces=sum(one.decision.outcome == "unknown" for one in seen.persons),
        frames=following.frames,
        looked_at=following.looked_at,
        video_seconds=following.seconds,
        wall_seconds=time.monotonic() - started,
        excel=files[0],
        video=files[1],
        model_key=model_key,
        notes=tuple(notes),
        spent_s=dict(following.spent.seconds),
    )


def _presence(row: MarkRow, session: SessionRow) -> Presence:
    def seconds(moment: datetime | None) -> float | None:
        return None if moment is None else (moment - session.starts_at).total_seconds()

    seen = (seconds(row.first_seen), seconds(row.last_seen))
    return Presence(row.roll, row.name, row.status, row.minutes_late, row.confidence, *seen)
