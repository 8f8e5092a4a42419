"""Marks as a plain table for other programs: one mark a row."""

import csv
from io import StringIO

from core.clock import local
from core.reports.class_register import School
from core.store.register_grid import RegisterGrid
from core.tables_in import guarded

HEADINGS = ("roll", "name", "session", "date", "start", "status", "minutes", "reason")


def marks_csv(grid: RegisterGrid, school: School) -> bytes:
    """Every mark of a register as CSV, in the order of sessions and roll numbers; UTF-8 with mark.

    date and start are on the school's clock, minutes are how late somebody was.  Texts that look like formulas are made
    harmless; :func:`core.register_import.plan_table` turns them back.
    """
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    letters = {one.code: one.letter for one in school.statuses_of([grid])}
    for session in grid.sessions:
        begin = local(session.starts_at, school.zone)
        for student in grid.students:
            state = grid.states.get((session.id, student.id))
            if state is None:
                continue
            minutes = "" if state.minutes_late is None else str(state.minutes_late)
            fixed = (str(session.id), session.day.isoformat(), f"{begin:%H:%M}", letters[state.status], minutes)
            words = (student.roll, student.name, *fixed, state.reason or "")
            writer.writerow([guarded(word) for word in words])
    return text.getvalue().encode("utf-8-sig")
