"""Arrivals and departures: who passed a camera that runs all day, and what that says of their day.

A *passage* is one student before the cameras of one direction, on one day of the school.  Sightings that are no further
than the quiet minutes from a passage belong to it; in real time, so that neither daylight saving nor the order in which
cameras tell of somebody makes two of one.  At midnight a new one begins, because each day has its own arrival.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import groupby, pairwise
from typing import Any, Literal, get_args

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from core import clock
from core.store.parts import in_parts
from core.store.sealed import PASSAGE_LAST_PICTURE, PASSAGE_PICTURE, seal, unseal
from core.store.tables import PassageTable, StudentTable
from core.store.text import clean_text

Direction = Literal["in", "out", "both"]
_Rows = Select[*tuple[Any, ...]]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)


@dataclass(frozen=True, slots=True)
class Seen:
    """A student before a camera.

    at: aware; since: when this look at them began, if it lasted.  confidence: 0-1.  picture: PNG.
    """

    student_id: int
    at: datetime
    camera: str
    direction: Direction
    confidence: float
    picture: bytes = field(repr=False)
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A stored passage without its pictures (see :func:`pictures_of`); columns as in the table.  Times aware UTC."""

    id: int
    student_id: int
    roll: str
    name: str
    day: date
    first_at: datetime
    last_at: datetime
    camera: str
    direction: Direction
    confidence: float


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a sighting.  new: it began a passage; first_of_day: none of the day lies before it."""

    passage: Passage
    new: bool
    first_of_day: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """A point of a student's day; the arrival's picture is the passage's first, the departure's its last."""

    at: datetime
    camera: str
    passage_id: int


@dataclass(frozen=True, slots=True)
class PersonDay:
    """A student's day before the cameras.

    arrival, last: the first and the last sighting.  departure: the last one where it may be one: before a camera of
    the way out, or in another passage than the first before one of both ways.  present_s: seconds from the first to
    the last sighting, without the time between leaving and coming back; never negative.
    """

    student_id: int
    day: date
    arrival: Moment
    last: Moment
    departure: Moment | None
    present_s: float
    passages: int


def record_sighting(db: Session, seen: Seen, quiet_minutes: float, zone: tzinfo | None) -> Recorded:
    """Widen the passage that a sighting belongs to, or begin one on the school's day of ``seen.at``.

    Nothing ever moves backwards: a passage keeps its beginning, and its end and last picture only become later.
    Raises ValueError for a direction that is none.
    """
    if seen.direction not in DIRECTIONS:
        raise ValueError(f"a direction is one of {DIRECTIONS}, not {seen.direction!r}")
    day = clock.local(seen.at, zone).date()
    since = min(seen.at, max(seen.since or seen.at, start_of(day, zone)))
    row = _nearest(db, seen, day, since, timedelta(minutes=quiet_minutes))
    new = row is None
    if row is None:
        row = _new_row(seen, day, since)
        row.picture = seal(db, PASSAGE_PICTURE, seen.student_id, seen.picture)
        db.add(row)
    else:
        if seen.at > row.last_at:
            row.last_at = seen.at
            row.last_picture = seal(db, PASSAGE_LAST_PICTURE, seen.student_id, seen.picture)
        row.confidence = max(row.confidence, float(seen.confidence))
    db.flush()
    [passage] = _passages(db, _rows().where(PassageTable.id == row.id))
    earlier = select(PassageTable.id).where(
        PassageTable.day == day,
        PassageTable.student_id == seen.student_id,
        PassageTable.id != row.id,
        PassageTable.first_at <= row.first_at,
    )
    return Recorded(passage, new, db.scalar(earlier.limit(1)) is None)


def start_of(day: date, zone: tzinfo | None) -> datetime:
    """The first moment of a day of the school, aware."""
    midnight = datetime.combine(day, time.min)
    return midnight.replace(tzinfo=zone) if zone else midnight.astimezone()


def _nearest(db: Session, seen: Seen, day: date, since: datetime, quiet: timedelta) -> PassageTable | None:
    return db.scalar(
        select(PassageTable)
        .where(PassageTable.day == day, PassageTable.student_id == seen.student_id)
        .where(PassageTable.direction == seen.direction)
        .where(PassageTable.first_at <= seen.at + quiet, PassageTable.last_at >= since - quiet)
        .order_by(PassageTable.last_at.desc(), PassageTable.id.desc())
        .limit(1)
    )


def _new_row(seen: Seen, day: date, since: datetime) -> PassageTable:
    return PassageTable(
        student_id=seen.student_id,
        day=day,
        first_at=since,
        last_at=seen.at,
        camera=clean_text(seen.camera),
        direction=seen.direction,
        confidence=float(seen.confidence),
        # The same picture twice would double what a day takes on the disk.
        last_picture=b"",
    )


def last_events(db: Session, count: int = 5, *, arrivals: bool = False) -> list[Passage]:
    """The passages that began last, newest first; arrivals: without those at a camera of the way out."""
    query = _rows().order_by(PassageTable.first_at.desc(), PassageTable.id.desc()).limit(count)
    return _passages(db, query.where(PassageTable.direction != "out") if arrivals else query)


def events_of(db: Session, student_id: int, first_day: date, last_day: date) -> list[Passage]:
    """A student's passages on the days from ``first_day`` to ``last_day``, both included, oldest first."""
    here = (PassageTable.student_id == student_id, PassageTable.day.between(first_day, last_day))
    return _passages(db, _rows().where(*here).order_by(PassageTable.first_at, PassageTable.id))


def events_from(db: Session, first_id: int, last_id: int, camera: str) -> list[Passage]:
    """The passages before a camera whose numbers lie from ``first_id`` to ``last_id``, both included, oldest first."""
    here = (PassageTable.id.between(first_id, last_id), PassageTable.camera == clean_text(camera))
    return _passages(db, _rows().where(*here).order_by(PassageTable.first_at, PassageTable.id))


def days_of(
    db: Session, first_day: date, last_day: date, student_ids: Collection[int] | None = None
) -> list[PersonDay]:
    """Each day of some students (None: of all) from ``first_day`` to ``last_day``, both included, by day."""
    query = _rows().where(PassageTable.day.between(first_day, last_day))
    parts: Iterable[_Rows] = [query]
    if student_ids is not None:
        parts = in_parts(query, PassageTable.student_id, student_ids)
    found = [one for part in parts for one in _passages(db, part)]
    found.sort(key=lambda one: (one.day, one.student_id, one.first_at, one.id))
    return [_day(list(group)) for _, group in groupby(found, key=lambda one: (one.day, one.student_id))]


def _day(passages: Sequence[Passage]) -> PersonDay:
    """One student's day from its passages, which are in order."""
    first, last = passages[0], max(passages, key=lambda one: (one.last_at, one.id))
    away = sum(
        max(0.0, (after.first_at - before.last_at).total_seconds())
        for before, after in pairwise(passages)
        if before.direction == "out" and after.direction != "out"
    )
    end = Moment(last.last_at, last.camera, last.id)
    left = last.direction == "out" or (last.direction == "both" and last is not first)
    return PersonDay(
        student_id=first.student_id,
        day=first.day,
        arrival=Moment(first.first_at, first.camera, first.id),
        last=end,
        departure=end if left else None,
        present_s=max(0.0, (last.last_at - first.first_at).total_seconds() - away),
        passages=len(passages),
    )


def pictures_of(db: Session, passage_ids: Iterable[int]) -> Mapping[int, tuple[bytes, bytes]]:
    """The first and the last picture (PNG) of some passages by id; they are the same where there was but one look.

    Raises StoreError for one that was changed or moved, VaultError when the key of the faces is not there.
    """
    query = select(PassageTable.id, PassageTable.student_id, PassageTable.picture, PassageTable.last_picture)
    found: dict[int, tuple[bytes, bytes]] = {}
    for part in in_parts(query, PassageTable.id, passage_ids):
        for number, owner, first, last in db.execute(part):
            what = f"of passage {number}"
            earlier = unseal(db, PASSAGE_PICTURE, owner, first, what=what)
            found[number] = (earlier, unseal(db, PASSAGE_LAST_PICTURE, owner, last, what=what) or earlier)
    return found


def _rows() -> _Rows:
    """Everything but the pictures, which would be read from the disk for nothing."""
    table = PassageTable
    times = (table.day, table.first_at, table.last_at, table.camera, table.direction, table.confidence)
    wanted = select(table.id, table.student_id, StudentTable.roll, StudentTable.name, *times)
    return wanted.join(StudentTable, StudentTable.id == table.student_id)


def _passages(db: Session, query: _Rows) -> list[Passage]:
    return [Passage(*row) for row in db.execute(query)]
