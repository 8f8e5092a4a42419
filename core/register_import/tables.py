"""Marks as a plain table: one mark a row, or a register without its hidden page, one column a session."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

from sqlalchemy.orm import Session
from xlsxwriter.utility import xl_col_to_name

from core import clock
from core.access import guarded
from core.errors import InputError, NotFoundError
from core.records import SchoolClass, Student
from core.register_import.records import ImportPlan, PlannedChange, imported
from core.register_import.scanning import read_minutes
from core.reports.grid import TOTALS
from core.settings import Settings
from core.store import people, sessions, statuses
from core.store.database import Store
from core.store.marks import MarkState, marks_of
from core.store.register_grid import students_by_id
from core.store.sessions import CANCELLED, SessionRow
from core.store.text import clean_text, key_of
from core.tables_in import Cell, Row, read_table

NO_MARK = "-"
"""In the status column: take the mark away."""
_HEADINGS = {
    "roll": ("roll", "roll number", "roll no", "roll no.", "student id", "id"),
    "session": ("session", "session id", "session number", "no.", "#"),
    "date": ("date", "day"),
    "start": ("start", "time", "from", "starts"),
    "status": ("status", "mark", "attendance"),
    "minutes": ("minutes", "minutes late", "late (min)", "late"),
    "reason": ("reason", "remark", "remarks", "note"),
}
_ROWS_NAMED = 200
_SESSION_COLUMN = re.compile(r"(?:^|\s)#(\d{1,9})$")
"""How an exported register names its columns."""
_HEAD_WITHIN = 20
"""So many rows may stand above the head of a register that was saved as CSV."""
_NOT_COMPARED = (
    "This file does not tell what it was exported as, so every mark that is another one now counts as a change; "
    "empty cells are left alone, - takes a mark away."
)


@dataclass(slots=True)
class _Reading:
    """A table while it is read.

    marked: by session, who has a mark in it and is not on the roster.  seen: where a mark was spoken of first, and how.
    """

    db: Session
    settings: Settings
    owner: SchoolClass
    columns: Mapping[str, int]
    roster: Mapping[str, Student]
    by_day: dict[date, list[SessionRow]] = field(default_factory=dict)
    by_id: dict[int, SessionRow] = field(default_factory=dict)
    marked: dict[int, dict[str, Student]] = field(default_factory=dict)
    seen: dict[tuple[int, int], tuple[str, MarkState | None]] = field(default_factory=dict)

    def cell(self, row: Row, name: str) -> Cell:
        return row.cell(self.columns[name]) if name in self.columns else Cell()

    def text(self, row: Row, name: str) -> str:
        return clean_text(self.cell(row, name).text)

    def student(self, row: Row, session: SessionRow) -> Student:
        """Whose row it is: of the roster, or who left the class but has a mark in this session."""
        roll = self.text(row, "roll")
        found = self.roster.get(key_of(roll)) or self._former(key_of(roll), session)
        if found is None:
            raise InputError(f"the roll number “{clean_text(roll, 40)}” is not on the roster of {self.owner.code}.")
        return found

    def _former(self, key: str, session: SessionRow) -> Student | None:
        if session.id not in self.marked:
            on_roster = {one.id for one in self.roster.values()}
            others = {one for _, one in marks_of(self.db, [session.id]) if one not in on_roster}
            self.marked[session.id] = {key_of(one.roll): one for one in students_by_id(self.db, others).values()}
        return self.marked[session.id].get(key)

    def note(self, where: str, session: SessionRow, student: Student, state: MarkState | None) -> None:
        """Remember what a row or cell says.  Raises InputError when another one says something else."""
        first, said = self.seen.setdefault((session.id, student.id), (where, state))
        if said != state:
            raise InputError(f"{first.lower()} says something else about {student.roll} in this session.")


@guarded
def plan_table(store: Store, settings: Settings, path: Path, class_code: str) -> ImportPlan:
    """What a table of marks would change in a class; nothing is written.

    The first row names the columns: roll and status, and session or date (with start, where a day has several
    sessions); minutes and reason may follow.  Dates are like 2026-11-21, or dates of Excel.  Or it is a register: roll,
    and columns whose names end in a session's number, like ``#12``.  An empty status leaves a mark alone, ``-`` takes
    it away.  Raises InputError for a file that is no such table, NotFoundError for the class.
    """
    table = read_table(path)
    if not table.rows:
        raise InputError(f"{path.name} is empty. Give a table with the columns roll, date and status.")
    head = _register_head(table.rows)
    columns = _columns(path, table.rows[0]) if head is None else _named(head)
    errors: list[str] = []
    with store.read() as db:
        owner = people.get_class(db, class_code)
        roster = {key_of(one.roll): one for one in people.roster(db, owner.id)}
        reading = _Reading(db, settings, owner, columns, roster)
        if head is None:
            for row in table.rows[1:]:
                try:
                    _take(reading, row)
                except (InputError, NotFoundError) as error:
                    errors.append(f"Row {row.number}: {error}")
        else:
            _take_register(reading, head, table.rows[table.rows.index(head) + 1 :], errors)
        changes, same = _compared(db, reading)
    left = len(errors) - _ROWS_NAMED
    shown = [*errors[:_ROWS_NAMED], f"{left} more rows have mistakes."] if left > 0 else errors
    notes = table.notes if head is None else (*table.notes, _NOT_COMPARED)
    return ImportPlan(path.name, tuple(changes), (), tuple(shown), same, notes)


def _register_head(rows: Sequence[Row]) -> Row | None:
    """The row that names the columns of a register, None where the table is none."""
    for row in rows[:_HEAD_WITHIN]:
        if "roll" in _named(row) and any(_SESSION_COLUMN.search(clean_text(cell.text)) for cell in row.cells):
            return row
    return None


def _take_register(reading: _Reading, head: Row, rows: Sequence[Row], errors: list[str]) -> None:
    """Read the rows of a register up to its totals."""
    columns: dict[int, SessionRow] = {}
    for column, cell in enumerate(head.cells):
        found = _SESSION_COLUMN.search(clean_text(cell.text))
        if found is not None:
            try:
                columns[column] = _session_by_id(reading, found[1])
            except (InputError, NotFoundError) as error:
                errors.append(f"Column {xl_col_to_name(column)}: {error}")
    for row in rows:
        if reading.text(row, "roll").startswith(TOTALS) and key_of(reading.text(row, "roll")) not in reading.roster:
            break
        for column, session in columns.items():
            status = clean_text(row.text(column))
            if status:
                where = f"{xl_col_to_name(column)}{row.number}"
                try:
                    reading.note(where, session, reading.student(row, session), _state(reading, status))
                except InputError as error:
                    errors.append(f"{where}: {error}")


def _state(reading: _Reading, status: str, row: Row | None = None) -> MarkState | None:
    if status == NO_MARK:
        return None
    code = statuses.read_status(reading.db, status).code
    if row is None:
        return imported(code)
    return imported(code, read_minutes(reading.cell(row, "minutes")), reading.text(row, "reason") or None)


def _columns(path: Path, head: Row) -> dict[str, int]:
    found = _named(head)
    missing = [name for name in ("roll", "status") if name not in found]
    if "session" not in found and "date" not in found:
        missing.append("session or date")
    if missing:
        raise InputError(
            f"The first row of {path.name} must name the columns; it lacks {' and '.join(missing)}. "
            "It needs roll, status, and session or date."
        )
    return found


def _named(head: Row) -> dict[str, int]:
    names = {word: name for name, words in _HEADINGS.items() for word in words}
    found: dict[str, int] = {}
    for column, cell in enumerate(head.cells):
        name = names.get(key_of(clean_text(cell.text)))
        if name is not None:
            found.setdefault(name, column)
    return found


def _take(reading: _Reading, row: Row) -> None:
    """Read one row.  Raises InputError with what is wrong with it."""
    status = reading.text(row, "status")
    if not status:
        return
    session = _session(reading, row)
    student = reading.student(row, session)
    reading.note(f"Row {row.number}", session, student, _state(reading, status, row))


def _session(reading: _Reading, row: Row) -> SessionRow:
    number = reading.text(row, "session").removeprefix("#")
    if number:
        return _session_by_id(reading, number)
    day = read_day(reading.cell(row, "date"))
    here = reading.by_day.get(day)
    if here is None:
        here = reading.by_day[day] = sessions.sessions_on(reading.db, day, day, [reading.owner.id])
        reading.by_id |= {one.id: one for one in here}
    start = read_time(reading.cell(row, "start")) or _time_of(reading.cell(row, "date"))
    if start is not None:
        zone = clock.school_zone(reading.settings)
        begins = [(one, clock.local(one.starts_at, zone)) for one in here]
        here = [one for one, begin in begins if (begin.hour, begin.minute) == (start.hour, start.minute)]
    when = f"{day}" if start is None else f"{day} at {start:%H:%M}"
    if not here:
        raise InputError(f"{reading.owner.code} has no session on {when}. Open it in Rollcall first.")
    if len(here) > 1:
        numbers = ", ".join(str(one.id) for one in here)
        raise InputError(f"{reading.owner.code} has several sessions on {when} ({numbers}). Say which: session.")
    return here[0]


def _session_by_id(reading: _Reading, text: str) -> SessionRow:
    if not text.isdecimal() or len(text) > 12:
        raise InputError(f"“{clean_text(text, 20)}” is no number of a session.")
    number = int(text)
    if number not in reading.by_id:
        found = sessions.get_session(reading.db, number)
        if found.class_id != reading.owner.id:
            raise InputError(f"session {number} is not one of {reading.owner.code}.")
        if found.state == CANCELLED:
            raise InputError(f"session {number} was cancelled.")
        reading.by_id[number] = found
    return reading.by_id[number]


def read_day(cell: Cell) -> date:
    """A day, from a date of a spreadsheet or a text like 2026-11-21.  Raises InputError for anything else."""
    if isinstance(cell.value, datetime):
        return cell.value.date()
    if isinstance(cell.value, date):
        return cell.value
    text = clean_text(cell.text)
    try:
        return datetime.fromisoformat(text).date()
    except ValueError as error:
        raise InputError(f"“{clean_text(text, 20)}” is no date. Write it like 2026-11-21.") from error


def read_time(cell: Cell) -> time | None:
    """A time of day, None for an empty cell.  Raises InputError for what is none."""
    if isinstance(cell.value, time):
        return cell.value
    if isinstance(cell.value, datetime):
        return cell.value.time()
    text = clean_text(cell.text)
    if not text:
        return None
    try:
        return time.fromisoformat(text.zfill(5) if ":" in text else text)
    except ValueError as error:
        raise InputError(f"“{clean_text(text, 20)}” is no time of day. Write it like 09:00.") from error


def _time_of(cell: Cell) -> time | None:
    """The time in a date's own cell, None where there is only a day."""
    if isinstance(cell.value, datetime):
        return cell.value.time()
    text = clean_text(cell.text)
    return datetime.fromisoformat(text).time() if isinstance(cell.value, str) and len(text) > 10 else None


def _compared(db: Session, reading: _Reading) -> tuple[Sequence[PlannedChange], int]:
    marks = marks_of(db, {session_id for session_id, _ in reading.seen})
    named = [reading.roster, *reading.marked.values()]
    students = {one.id: one for several in named for one in several.values()}
    changes: list[PlannedChange] = []
    for (session_id, student_id), (where, state) in reading.seen.items():
        mark = marks.get((session_id, student_id))
        before = None if mark is None else mark.state
        state = _completed(before, state, reading.columns)
        if _is_news(before, state):
            session = reading.by_id[session_id]
            changes.append(PlannedChange(where, session, students[student_id], before, state))
    return changes, len(reading.seen) - len(changes)


def _completed(before: MarkState | None, after: MarkState | None, columns: Mapping[str, int]) -> MarkState | None:
    """The state of a row; columns that are not there say nothing, so with the same status what they hold stays."""
    if before is None or after is None or before.status != after.status:
        return after
    minutes = after.minutes_late if "minutes" in columns else before.minutes_late
    return imported(after.status, minutes, after.reason if "reason" in columns else before.reason)


def _is_news(before: MarkState | None, after: MarkState | None) -> bool:
    if before is None or after is None:
        return before is not after
    seen = ((one.status, one.minutes_late, one.reason) for one in (before, after))
    return len(set(seen)) > 1
