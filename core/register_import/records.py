"""What an import would do, to look at before it is done."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from core.records import Student
from core.store.marks import BY_IMPORT, MarkState
from core.store.sessions import SessionRow


@dataclass(frozen=True, slots=True)
class Edit:
    """A cell that is not what it was exported as.

    where: for people, like ``Register!H12``.  was, now: None without a mark.  details: whether minutes late and reason
    were on the page too, so that they count; else only the status does.
    """

    where: str
    session_id: int
    student_id: int
    roll: str
    was: MarkState | None
    now: MarkState | None
    details: bool = False

    def is_like(self, one: MarkState | None, other: MarkState | None) -> bool:
        """Whether two states show the same on the page."""
        if one is None or other is None:
            return one is other
        same = one.status == other.status
        if not self.details:
            return same
        return same and (one.minutes_late, one.reason) == (other.minutes_late, other.reason)


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """A mark that would be changed.  before: as it is in the register now; after None takes the mark away."""

    where: str
    session: SessionRow
    student: Student
    before: MarkState | None
    after: MarkState | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """A change that would overwrite what somebody did after the export.  exported: what the file was made with."""

    change: PlannedChange
    exported: MarkState | None
    by: str
    at: datetime
    why: str | None


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """All that a file would change.

    errors: sentences with the cell's name; while there are any, nothing is applied.  same: cells that are as they were,
    or are in the register already.  notes: what is worth telling and harms nothing.
    """

    name: str
    changes: tuple[PlannedChange, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    errors: tuple[str, ...] = ()
    same: int = 0
    notes: tuple[str, ...] = ()

    def chosen(self, *, overwrite_conflicts: bool) -> Iterator[PlannedChange]:
        """The changes to apply, with those in conflict or without."""
        yield from self.changes
        if overwrite_conflicts:
            yield from (one.change for one in self.conflicts)


def imported(status: str | None, minutes_late: int | None = None, reason: str | None = None) -> MarkState | None:
    """The state of a mark out of a file; None for no status."""
    return None if status is None else MarkState(status, minutes_late, reason, BY_IMPORT)
