"""Who came, who is there, and what one student's days looked like."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from core import clock
from core.access import guarded
from core.errors import InputError
from core.files import write_bytes_atomically
from core.records import Student
from core.settings import Settings
from core.store import onsite, passages, people
from core.store.database import Store
from core.store.history import StudentMark, last_marks
from core.store.onsite import OnSite
from core.store.passages import Passage, PersonDay
from core.store.statuses import Status, status_set
from core.store.tallies import Scope

USUAL_DAYS = 30
"""A history goes back so far unless somebody asks for more."""
MOST_EVENTS = 10_000


@dataclass(frozen=True, slots=True)
class Event:
    """A passage and the codes of the student's classes."""

    passage: Passage
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attended:
    """One lesson of a student.  left_early_minutes: before its end, None where that is not known."""

    mark: StudentMark
    status: Status | None
    left_early_minutes: int | None


@dataclass(frozen=True, slots=True)
class History:
    """A student's lessons and days from ``first`` to ``last``, both included; passages: all of them, oldest first."""

    student: Student
    classes: tuple[str, ...]
    first: date
    last: date
    lessons: tuple[Attended, ...]
    days: tuple[PersonDay, ...]
    passages: tuple[Passage, ...]

    def early_leave(self, day: date) -> int | None:
        """Minutes by which the last lesson of a day that was left early was; None when none was."""
        left = [one.left_early_minutes for one in self.lessons if one.mark.session.day == day]
        return next((one for one in reversed(left) if one is not None), None)


@guarded
def last_events(store: Store, count: int = 5, *, arrivals: bool = False) -> list[Event]:
    """The passages that began last, newest first.  Raises InputError for a number that cannot be.

    arrivals: without those at a camera of the way out.
    """
    if not 1 <= count <= MOST_EVENTS:
        raise InputError(f"Between 1 and {MOST_EVENTS} events can be listed.")
    with store.read() as db:
        found = passages.last_events(db, count, arrivals=arrivals)
        codes = {one: tuple(each.code for each in people.classes_of(db, one)) for one in {p.student_id for p in found}}
    return [Event(one, codes[one.student_id]) for one in found]


@guarded
def on_site(store: Store, settings: Settings) -> list[OnSite]:
    """Everybody who came today and is not known to have left, by class and roll number."""
    with store.read() as db:
        return onsite.on_site(db, clock.now(), clock.school_zone(settings))


@guarded
def history(
    store: Store, settings: Settings, roll: str, first: date | None = None, last: date | None = None
) -> History:
    """What is known of a student's lessons, arrivals and departures.

    last: today if None; first: a month before it.  Raises NotFoundError, InputError for days in the wrong order.
    """
    last = last or clock.today(clock.school_zone(settings))
    try:
        first = first or last - timedelta(days=USUAL_DAYS)
    except OverflowError:
        first = date.min
    if first > last:
        raise InputError(f"The history cannot go from {first} to {last}. Give the earlier day first.")
    with store.read() as db:
        student = people.get_student(db, roll)
        classes = tuple(one.code for one in people.classes_of(db, student.id))
        marks = last_marks(db, Scope(first, last, student_ids=[student.id]), settings.early_leave_minutes)
        statuses = status_set(db)
        passed = passages.events_of(db, student.id, first, last)
        days = passages.days_of(db, first, last, [student.id])
    marks.reverse()
    lessons = [Attended(one, statuses.get(one.status), _left_early(settings, statuses, one, passed)) for one in marks]
    return History(student, classes, first, last, tuple(lessons), tuple(days), tuple(passed))


def _left_early(
    settings: Settings, statuses: Mapping[str, Status], mark: StudentMark, passed: Sequence[Passage]
) -> int | None:
    """Minutes before the end at which somebody who was there left, None where that is not known.

    Besides what :func:`core.store.presence.left_early` says, a camera of the way out tells by itself.
    """
    status = statuses.get(mark.status)
    if status is None or not status.in_room:
        return None
    end, since = mark.session.ends_at, mark.last_seen or mark.session.starts_at
    latest = end - timedelta(minutes=settings.early_leave_minutes)
    back = max((one.last_at for one in passed if one.direction != "out" and one.first_at < end), default=since)
    out = [one.last_at for one in passed if one.direction == "out" and max(since, back) <= one.last_at < latest]
    if mark.left_early and mark.last_seen is not None:
        out.append(mark.last_seen)
    return int((end - max(out)).total_seconds() // 60) if out else None


@guarded
def write_pictures(store: Store, folder: Path, passage_ids: Iterable[int]) -> list[Path]:
    """Write the pictures of passages to a folder as ``NUMBER-first.png`` and ``NUMBER-last.png``.

    Raises DiskFullError where the folder cannot be written.
    """
    with store.read() as db:
        found = passages.pictures_of(db, passage_ids)
    written = []
    for number, (first, last) in sorted(found.items()):
        for name, png in (("first", first), ("last", last)):
            if png:
                written.append(write_bytes_atomically(folder / f"{number}-{name}.png", png).path)
    return written
