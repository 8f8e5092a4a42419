"""What somebody changed in a page of an exported workbook; rows and columns may have been moved or left out."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from xlsxwriter.utility import xl_col_to_name

from core.errors import InputError
from core.register_import.records import Edit, imported
from core.reports.session_sheet import LATE, REASON, STATUS
from core.reports.sheet_state import Detail, PageState, StudentState
from core.reports.workbook import clean_text as as_in_cell
from core.store.marks import MarkState
from core.store.text import clean_text, key_of
from core.tables_in import Cell, Row, Table

_ROLL = "Roll"
_LONGEST_MINUTES = 24 * 60


@dataclass(slots=True)
class Scan:
    """What was found on a page."""

    edits: list[Edit] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    same: int = 0


@dataclass(frozen=True, slots=True)
class Letters:
    """How texts are read as statuses.  codes: by letter and name, as they are compared; known: for people."""

    codes: Mapping[str, str]
    known: str

    def read(self, cell: Cell) -> str | None:
        """The code, None for an empty cell.  Raises InputError for what is no status."""
        text = clean_text(cell.text)
        if not text:
            return None
        code = self.codes.get(key_of(text)) if cell.kind != "error" else None
        if code is None:
            raise InputError(f"“{clean_text(text, 20)}” is no status; use one of {self.known}")
        return code


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where things stand, from 0.  sessions: column by the place of the session in the exported order."""

    roll: int
    sessions: Mapping[int, int]
    late: int | None = None
    reason: int | None = None


def scan_page(page: PageState, table: Table, letters: Letters) -> Scan:
    """Compare a page with what was exported.  Raises InputError when it is no longer recognisable."""
    scan = Scan()
    head, columns = _find_columns(page, table, scan)
    students = {_key(one.roll): one for one in page.students}
    found: Counter[int] = Counter()
    for row in table.rows:
        if row.number <= head.number:
            continue
        roll = row.text(columns.roll)
        if page.last_row_text and as_in_cell(roll) == as_in_cell(page.last_row_text):
            break
        student = students.get(_key(roll)) if clean_text(roll) else None
        if student is None:
            _tell_stranger(page, scan, row, columns, roll)
            continue
        found[student.student_id] += 1
        if found[student.student_id] > 1:
            scan.errors.append(f"{_place(page, columns.roll, row)}: the roll number {roll} stands in two rows.")
            continue
        _scan_row(page, scan, row, columns, student, letters)
    missing = [one.roll for one in page.students if not found[one.student_id]]
    if missing:
        scan.notes.append(f"{page.name}: {_some(missing)} not in the file; their marks stay as they are.")
    return scan


def _find_columns(page: PageState, table: Table, scan: Scan) -> tuple[Row, _Columns]:
    """The row with the headings, and what its cells say the columns are."""
    if page.kind == "session":
        head = _heading(page, table, {STATUS})
        places = {text: column for column, text in _texts(head)}
        return head, _Columns(places[_ROLL], {0: places[STATUS]}, places.get(LATE), places.get(REASON))
    labels = {f"#{number}": place for place, (number, _) in enumerate(page.sessions)}
    head = _heading(page, table, set(labels))
    roll, sessions = -1, dict[int, int]()
    for column, text in _texts(head):
        if text == _ROLL and roll < 0:
            roll = column
        elif text in labels and labels[text] in sessions:
            scan.errors.append(f"{_place(page, column, head)}: the session {text} has two columns.")
        elif text in labels:
            sessions[labels[text]] = column
        elif text.startswith("#"):
            scan.errors.append(f"{_place(page, column, head)}: there was no session {text} when this was exported.")
    missing = [f"the column of {label}" for label, place in labels.items() if place not in sessions]
    if missing:
        scan.notes.append(f"{page.name}: {_some(missing)} not in the file; their marks stay as they are.")
    _note_new_columns(page, table, scan, head, max(sessions.values(), default=0))
    return head, _Columns(roll, sessions)


def _heading(page: PageState, table: Table, wanted: set[str]) -> Row:
    best = max(table.rows, key=lambda row: _hits(row, wanted), default=None)
    if best is None or not _hits(best, wanted):
        raise InputError(
            f"The heading with “{_ROLL}” is missing from the page “{page.name}”, so nothing in it can be told apart. "
            "Export it again and edit that."
        )
    return best


def _hits(row: Row, wanted: set[str]) -> int:
    texts = {text for _, text in _texts(row)}
    return len(texts & wanted) if _ROLL in texts else 0


def _texts(row: Row) -> Iterator[tuple[int, str]]:
    for column, cell in enumerate(row.cells):
        text = clean_text(cell.text)
        if text:
            yield column, text


def _note_new_columns(page: PageState, table: Table, scan: Scan, head: Row, last: int) -> None:
    """Columns without a heading: somebody wrote something of their own, or a lesson that Rollcall does not know."""
    named = {column for column, _ in _texts(head)}
    begin = min((column for column, text in _texts(head) if text.startswith("#")), default=last)
    # A month's page has columns of days without lessons between the others; whoever writes there must be told too.
    extra: dict[int, Row] = {}
    for row in table.rows:
        if row.number <= head.number:
            continue
        if page.last_row_text and as_in_cell(row.text(0)) == as_in_cell(page.last_row_text):
            break
        for column, _ in _texts(row):
            if column >= begin and column not in named:
                extra.setdefault(column, row)
    for column, row in sorted(extra.items()):
        scan.notes.append(
            f"{_place(page, column, row)}: this column has no session number, so it was not read. "
            "A lesson must be opened in Rollcall first."
        )


def _tell_stranger(page: PageState, scan: Scan, row: Row, columns: _Columns, roll: str) -> None:
    if clean_text(roll):
        scan.errors.append(
            f"{_place(page, columns.roll, row)}: the roll number “{clean_text(roll, 40)}” was not in this export. "
            "Roll numbers must stay as they are, and new students are added in Rollcall."
        )
    elif any(clean_text(row.text(column)) for column in columns.sessions.values()):
        scan.errors.append(f"{_place(page, columns.roll, row)}: this row has marks but no roll number.")


def _scan_row(
    page: PageState, scan: Scan, row: Row, columns: _Columns, student: StudentState, letters: Letters
) -> None:
    for place, column in columns.sessions.items():
        where = _place(page, column, row)
        was_code = student.codes[place]
        try:
            code = letters.read(row.cell(column))
            was, now = imported(was_code), imported(code)
            if student.detail is not None:
                was, now = _with_details(row, columns, student.detail, was_code, code)
        except InputError as error:
            scan.errors.append(f"{where}: {error}.")
            continue
        if was == now:
            scan.same += 1
            continue
        details = student.detail is not None
        scan.edits.append(Edit(where, page.sessions[place][0], student.student_id, student.roll, was, now, details))


def _with_details(
    row: Row, columns: _Columns, exported: Detail, was_code: str | None, code: str | None
) -> tuple[MarkState | None, MarkState | None]:
    was = imported(was_code, exported.minutes_late, clean_text(exported.reason or "") or None)
    # A column that was taken out says nothing about what stood in it.
    minutes = exported.minutes_late if columns.late is None else read_minutes(row.cell(columns.late))
    reason = exported.reason if columns.reason is None else row.text(columns.reason)
    if code is None and (minutes is not None or clean_text(reason or "")) and was_code is None:
        raise InputError("minutes or a reason need a status beside them")
    return was, imported(code, minutes, clean_text(reason or "") or None)


def read_minutes(cell: Cell) -> int | None:
    """Minutes late, None for an empty cell.  Raises InputError for what is no number of minutes."""
    text = clean_text(cell.text)
    if not text:
        return None
    if not text.isdecimal() or len(text) > 5 or int(text) > _LONGEST_MINUTES:
        raise InputError(f"“{clean_text(text, 20)}” is no whole number of minutes from 0 to {_LONGEST_MINUTES}")
    return int(text)


def _key(roll: str) -> str:
    return key_of(clean_text(as_in_cell(roll)))


def _place(page: PageState, column: int, row: Row) -> str:
    return f"{page.name}!{xl_col_to_name(column)}{row.number}"


def _some(texts: list[str], most: int = 5) -> str:
    named = ", ".join(texts[:most])
    if len(texts) > most:
        return f"{named} and {len(texts) - most} more are"
    return f"{named} {'is' if len(texts) == 1 else 'are'}"
