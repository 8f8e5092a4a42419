"""Students of classes who are below the minimum: what the reports ``below`` and ``lost`` share."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from core.reports.parameters import CLASS, FROM, TO, Asked, Parameter
from core.reports.result import Cell, Column, Table, columns
from core.reports.series import TALLY_COLUMNS, tally_cells
from core.reports.standing import Span, Standing, span_of, standings
from core.settings import Settings
from core.store import people, tallies
from core.store.text import natural_order

COLUMNS: tuple[Column, ...] = (
    *columns("Class", "Roll", "Name"),
    *TALLY_COLUMNS,
    *columns(("Of all planned", "percent"), ("Best possible", "percent"), ("To come", "number")),
)
TAKES = (
    CLASS,
    Parameter("threshold", "percent", "The least attendance in per cent.", "the school's minimum"),
    FROM,
    TO,
)
NO_MARKS = "No lesson was marked in this time."


@dataclass(frozen=True, slots=True)
class Warned:
    """Whom a report names.  any_marks: whether there is anybody to judge."""

    standings: tuple[Standing, ...]
    table: Table
    span: Span
    minimum: float
    any_marks: bool


def warned(
    db: Session, settings: Settings, asked: Asked, title: str, chosen: Callable[[Standing, float], bool]
) -> Warned:
    """The students of classes for whom ``chosen`` (given the minimum, 0-100) holds, weakest first in each class."""
    minimum = settings.minimum_percent if asked.threshold is None else asked.threshold
    span = span_of(db, settings, asked.first, asked.last, asked.class_ids)
    everybody = standings(db, settings, span, asked.class_ids)
    found = [one for one in everybody if chosen(one, minimum)]
    classes = people.list_classes(db) if asked.school_class is None else [asked.school_class]
    codes = {one.id: one.code for one in classes}
    named = tallies.names_of(db, {one.student_id for one in found})
    found.sort(key=lambda one: (natural_order(codes[one.class_id]), one.held or 0.0, named[one.student_id]))

    def cells(one: Standing) -> tuple[Cell, ...]:
        who = (codes[one.class_id], *named[one.student_id])
        return *who, *tally_cells(one.tally), one.planned, one.best, one.ahead

    return Warned(
        tuple(found),
        Table(title, COLUMNS, tuple(map(cells, found))),
        span,
        minimum,
        any(one.tally.counted for one in everybody),
    )


def where(asked: Asked) -> str:
    """The class asked for, or the whole school, in words."""
    return asked.school_class.code if asked.school_class else "whole school"
