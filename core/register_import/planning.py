"""An edited workbook against the register as it is now."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from core.access import guarded
from core.errors import InputError
from core.records import Student
from core.register_import.records import Conflict, Edit, ImportPlan, PlannedChange
from core.register_import.scanning import Letters, scan_page
from core.register_import.tables import plan_table
from core.reports import sheet_state
from core.reports.sheet_state import PageState, WorkbookState
from core.settings import Settings
from core.store import people
from core.store.database import Store
from core.store.marks import Mark, changes_of, marks_of
from core.store.register_grid import class_fingerprint, made_at, students_by_id
from core.store.sessions import CANCELLED, SessionRow, get_session
from core.store.statuses import Status, status_set
from core.store.text import key_of
from core.tables_in import Table, read_table

_FOREIGN = "{} was not exported by Rollcall, or its hidden page was changed. Export the register again, edit that."


@guarded
def plan_file(store: Store, settings: Settings, path: Path, class_code: str | None = None) -> ImportPlan:
    """What an edited workbook of Rollcall or, for a class, a table of marks would change.

    Raises InputError for a file that is neither, or cannot be read; NotFoundError for an unknown class.
    """
    first = read_table(path)
    state = None if first.is_csv else _state_of(path)
    if state is not None:
        return _plan(store, path, first, state)
    if class_code is None:
        known = "is a table of marks" if first.is_csv else "was not exported by Rollcall"
        raise InputError(f"{path.name} {known}. Say which class its marks are of: --class CODE")
    return plan_table(store, settings, path, class_code)


@guarded
def plan_import(store: Store, path: Path) -> ImportPlan:
    """What an edited workbook would change; nothing is written.

    Raises InputError for a file that is damaged, protected, too large, has macros, or was not exported from this data
    base.
    """
    first = read_table(path)
    state = None if first.is_csv else _state_of(path)
    if state is None:
        raise InputError(_FOREIGN.format(path.name))
    return _plan(store, path, first, state)


def _plan(store: Store, path: Path, first: Table, state: WorkbookState) -> ImportPlan:
    """first: the page that was read already, for reading one takes a while."""
    draft = _Draft()
    with store.read() as db:
        letters = _letters(state, status_set(db).values())
        for page in state.pages:
            _check_origin(db, path, page)
            if not page.sessions:
                continue
            scan = scan_page(page, first if first.sheet == page.name else read_table(path, page.name), letters)
            draft.errors += scan.errors
            draft.notes += scan.notes
            draft.same += scan.same
            _settle(db, draft, page, scan.edits)
    return ImportPlan(
        path.name, tuple(draft.changes), tuple(draft.conflicts), tuple(draft.errors), draft.same, tuple(draft.notes)
    )


@dataclass(slots=True)
class _Draft:
    changes: list[PlannedChange] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    same: int = 0


def _state_of(path: Path) -> WorkbookState | None:
    try:
        hidden = read_table(path, sheet_state.PAGE)
    except InputError:
        # The file itself was read before, so this page is not in it or makes no sense.
        return None
    return sheet_state.read_state([cell.text for cell in row.cells] for row in hidden.rows)


def _letters(state: WorkbookState, statuses: Iterable[Status]) -> Letters:
    """Letters mean what they meant at the export; the names of today are understood too."""
    active = {one.code: one for one in statuses if one.active}
    codes = {key_of(one.name): one.code for one in active.values()}
    codes |= {key_of(one.letter): one.code for one in active.values()}
    codes |= {key_of(letter): code for code, letter in state.letters.items()}
    known = ", ".join(f"{state.letters.get(one.code, one.letter)} ({one.name.lower()})" for one in active.values())
    return Letters(codes, known)


def _check_origin(db: Session, path: Path, page: PageState) -> None:
    if page.fingerprint != class_fingerprint(db, page.class_id):
        raise InputError(
            f"{path.name} was exported from another data base: it belongs to a class {page.class_code} that is not "
            "this one. Export the register again and edit that."
        )


def _settle(db: Session, draft: _Draft, page: PageState, edits: list[Edit]) -> None:
    """Sort the edits of a page into changes, conflicts, errors and what is so already."""
    sessions = _sessions(db, page, edits)
    students = students_by_id(db, {one.student_id for one in edits})
    marks = marks_of(db, sessions)
    roster = {one.id for one in people.roster(db, page.class_id)}
    for edit in edits:
        session, student = sessions.get(edit.session_id), students.get(edit.student_id)
        mark = marks.get((edit.session_id, edit.student_id))
        if session is None:
            draft.errors.append(f"{edit.where}: the session #{edit.session_id} is no longer in Rollcall.")
        elif student is None:
            draft.errors.append(f"{edit.where}: the student {edit.roll} is no longer in Rollcall.")
        elif session.state == CANCELLED:
            draft.errors.append(f"{edit.where}: the session #{session.id} was cancelled.")
        elif mark is None and edit.student_id not in roster:
            draft.errors.append(f"{edit.where}: {student.roll} {student.name} is not on the roster any more.")
        else:
            _sort(db, draft, edit, session, student, mark)


def _sort(db: Session, draft: _Draft, edit: Edit, session: SessionRow, student: Student, mark: Mark | None) -> None:
    current = None if mark is None else mark.state
    change = PlannedChange(edit.where, session, student, current, edit.now)
    if edit.is_like(current, edit.now):
        draft.same += 1
    elif edit.is_like(current, edit.was):
        draft.changes.append(change)
    else:
        draft.conflicts.append(_conflict(db, change, edit, mark))


def _conflict(db: Session, change: PlannedChange, edit: Edit, mark: Mark | None) -> Conflict:
    last = changes_of(db, session_id=edit.session_id, student_id=edit.student_id, limit=1)
    if last and (mark is None or last[0].at >= mark.updated_at):
        return Conflict(change, edit.was, last[0].by, last[0].at, last[0].why)
    # What recognition changes by itself has no entry in the history.
    by = "Rollcall" if mark is None else mark.changed_by or "Rollcall"
    at = datetime(2000, 1, 1, tzinfo=UTC) if mark is None else mark.updated_at
    return Conflict(change, edit.was, by, at, None)


def _sessions(db: Session, page: PageState, edits: list[Edit]) -> dict[int, SessionRow]:
    """The sessions of the edits that are still those which were exported."""
    exported = dict(page.sessions)
    ids = {one.session_id for one in edits}
    made = made_at(db, ids)
    return {number: get_session(db, number) for number in ids if made.get(number) == exported[number]}
