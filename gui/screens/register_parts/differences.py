"""What an uploaded sheet would change, in words, and what was decided about its conflicts; nothing here knows Tk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import TYPE_CHECKING

from gui.texts import _, arrow, moment_text, ngettext

if TYPE_CHECKING:
    from core.register_import import Conflict, ImportPlan, PlannedChange
    from core.store.marks import MarkState
    from core.store.statuses import Status

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Decision:
    """A conflict and whether the file's mark is taken; at first what is in the register stays."""

    number: int
    conflict: Conflict
    takes_file: bool = False

    def turned(self) -> Decision:
        """The other way."""
        return replace(self, takes_file=not self.takes_file)


@dataclass(frozen=True, slots=True)
class Texts:
    """Puts marks and lessons into words.  statuses: by code."""

    statuses: Mapping[str, Status]
    zone: tzinfo | None

    def mark(self, state: MarkState | None) -> str:
        """``Late 7 min (overslept)``."""
        if state is None:
            return _("no mark")
        status = self.statuses.get(state.status)
        late = "" if state.minutes_late is None else " " + _("{} min").format(state.minutes_late)
        reason = f" ({state.reason})" if state.reason else ""
        return f"{state.status if status is None else _(status.name)}{late}{reason}"

    def lesson(self, change: PlannedChange) -> str:
        """When it began."""
        return moment_text(change.session.starts_at, self.zone)

    def who(self, change: PlannedChange) -> str:
        """Roll number and name."""
        return f"{change.student.roll}  {change.student.name[:LONGEST_NAME]}"

    def now(self, conflict: Conflict) -> str:
        """Who changed it in the register since the sheet was saved, from what to what, and why."""
        change, when = conflict.change, moment_text(conflict.at, self.zone)
        why = _("  Reason: {why}").format(why=conflict.why) if conflict.why else ""
        return f"{conflict.by}, {when}:  {self.mark(conflict.exported)} {arrow()} {self.mark(change.before)}{why}"


def decisions_of(plan: ImportPlan) -> list[Decision]:
    """The conflicts, all still to be decided."""
    return [Decision(number, one) for number, one in enumerate(plan.conflicts)]


def chosen_plan(plan: ImportPlan, decisions: Iterable[Decision]) -> ImportPlan:
    """The plan with the conflicts in which the file wins; the others are left as they are."""
    return replace(plan, conflicts=tuple(one.conflict for one in decisions if one.takes_file))


def summary_text(plan: ImportPlan) -> str:
    """How much of what there is."""
    changes, conflicts, errors = len(plan.changes), len(plan.conflicts), len(plan.errors)
    parts = (
        ngettext("{} change", "{} changes", changes).format(changes),
        ngettext("{} conflict", "{} conflicts", conflicts).format(conflicts),
        ngettext("{} mistake", "{} mistakes", errors).format(errors),
        ngettext("{} cell as before", "{} cells as before", plan.same).format(plan.same),
    )
    return "  ·  ".join(parts)
