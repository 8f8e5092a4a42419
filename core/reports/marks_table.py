"""Marks as a plain table for other programs: one mark a row."""

from collections.abc import Iterator

from core.clock import time_text
from core.reports.class_register import School
from core.store.register_grid import RegisterGrid
from core.tables_out import Value

HEADINGS = ("roll", "name", "session", "date", "start", "status", "minutes", "reason")


def mark_rows(grid: RegisterGrid, school: School) -> Iterator[tuple[Value, ...]]:
    """Every mark of a register under :data:`HEADINGS`, in the order of sessions and roll numbers.

    date and start are on the school's clock, minutes are how late somebody was; :func:`core.register_import.plan_table`
    reads them back.
    """
    letters = {one.code: one.letter for one in school.statuses_of([grid])}
    for session in grid.sessions:
        start = time_text(session.starts_at, school.zone)
        for student in grid.students:
            state = grid.states.get((session.id, student.id))
            if state is not None:
                what = (letters[state.status], state.minutes_late, state.reason)
                yield student.roll, student.name, session.id, session.day, start, *what
