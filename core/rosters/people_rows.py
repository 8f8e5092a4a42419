"""One row of a list as what it says about a person, with a sentence for whatever cannot be understood."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from core.errors import InputError
from core.rosters import columns
from core.rosters.columns import Headings
from core.rosters.lists import split_list
from core.store.addresses import clean_email, clean_emails
from core.store.text import clean_code, clean_name, clean_roll, clean_text, key_of
from core.tables_in import Cell, Row

T = TypeVar("T")
_YES_WORDS = "yes y true 1 x ✓ ✔ ja j wahr sí si oui vrai हाँ हां active aktiv activo actif"
_NO_WORDS = "no n false 0 - – nein falsch non faux नहीं inactive inaktiv inactivo inactif left"
_YES, _NO = frozenset(_YES_WORDS.split()), frozenset(_NO_WORDS.split())
_MOST_DIGITS = 1e15
"""Excel keeps fifteen digits of a number and makes zeros of the others."""
_LOOKS_CHANGED = re.compile(
    r"\d{1,2}[-. /](jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-zä]*\.?|"
    r"(jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-zä]*[-. ]\d{2,4}|"
    r"\d[.,]?\d*e\+\d+|\d{1,2}/\d{1,2}/\d{4}",
    re.IGNORECASE,
)
"""What Excel makes of 1-2 or 123456789012 before it saves a CSV file."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """What one row says; None or empty where it says nothing.

    numbers: of the rows.  consent_given: False when the list says that there is none.  problems: why the row cannot be
    taken; warnings: what somebody should look at.
    """

    numbers: tuple[int, ...]
    roll: str = ""
    name: str = ""
    email: str | None = None
    parents_email: str | None = None
    classes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    consent: str | None = None
    consent_given: bool | None = None
    consent_day: date | None = None
    active: bool | None = None
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class _Reader:
    """Reads the cells of one row and gathers what is wrong with them."""

    def __init__(self, row: Row, headings: Headings, is_csv: bool) -> None:
        self._row, self._headings, self._is_csv = row, headings, is_csv
        self.problems: list[str] = []
        self.warnings: list[str] = []

    def cells(self, field: str) -> list[Cell]:
        """The cells of a field that are not empty; Excel's errors are problems."""
        found = []
        for column in self._headings.of(field):
            cell = self._row.cell(column.position)
            if cell.kind == "error":
                self.problems.append(f"“{column.heading}” shows {cell.text}, which is an error of a formula.")
            elif clean_text(cell.text):
                found.append(cell)
        return found

    def cell(self, field: str) -> Cell | None:
        found = self.cells(field)
        return found[0] if found else None

    def text(self, field: str) -> str:
        found = self.cell(field)
        return found.text if found is not None else ""

    def checked(self, check: Callable[[str], T], text: str, default: T) -> T:
        """``check(text)``, or ``default`` and a problem where it raises InputError."""
        try:
            return check(text)
        except InputError as error:
            self.problems.append(str(error))
            return default

    def roll(self) -> str:
        cell = self.cell(columns.ROLL)
        if cell is None:
            self.problems.append("The roll number is empty.")
            return ""
        if cell.kind in ("date", "time"):
            self.problems.append(
                f"Excel made a {cell.kind} ({cell.text}) of this roll number. "
                "Set the column to “Text” in Excel and write the number again."
            )
            return ""
        if isinstance(cell.value, float | int) and abs(cell.value) >= _MOST_DIGITS:
            self.problems.append(
                f"The roll number {cell.text} has more digits than Excel keeps of a number. "
                "Set the column to “Text” in Excel and write it again."
            )
            return ""
        if self._is_csv and _LOOKS_CHANGED.fullmatch(cell.text.strip()):
            self.warnings.append(f"The roll number {cell.text.strip()} looks as if Excel had changed it. Compare it.")
        return self.checked(clean_roll, cell.text, "")

    def name(self) -> str:
        parts = [self.text(one) for one in (columns.NAME, columns.FIRST_NAME, columns.LAST_NAME)]
        whole = " ".join(one for one in parts if clean_text(one))
        named = any(self._headings.of(one) for one in (columns.NAME, columns.FIRST_NAME, columns.LAST_NAME))
        if not whole and not named:
            return ""
        return self.checked(clean_name, whole, "")

    def yes_or_no(self, field: str) -> bool | None:
        cell = self.cell(field)
        answer = None if cell is None else _answer(cell)
        if cell is not None and answer is None:
            heading = self._headings.of(field)[0].heading
            self.problems.append(f"“{cell.text[:40]}” under “{heading}” is neither yes nor no.")
        return answer

    def day(self, field: str) -> date | None:
        cell = self.cell(field)
        if cell is None:
            return None
        if isinstance(cell.value, datetime):
            return cell.value.date()
        if isinstance(cell.value, date):
            return cell.value
        return self.checked(parse_day, cell.text, None)


def read_person(row: Row, headings: Headings, *, is_csv: bool, class_keys: Collection[str] = ()) -> PersonRow:
    """Read one row below the headings.  class_keys: of the classes there are, whose codes may hold commas."""
    reader = _Reader(row, headings, is_csv)
    roll, name = reader.roll(), reader.name()
    consent = reader.cell(columns.CONSENT)
    given = None if consent is None else _answer(consent)
    email, parents = reader.text(columns.EMAIL), ", ".join(one.text for one in reader.cells(columns.PARENTS_EMAIL))
    codes = [code for cell in reader.cells(columns.CLASSES) for code in _codes(cell.text, class_keys)]
    groups = [group for cell in reader.cells(columns.GROUPS) for group in split_list(cell.text)]
    return PersonRow(
        numbers=(row.number,),
        roll=roll,
        name=name,
        email=reader.checked(clean_email, email, None) if email else None,
        parents_email=", ".join(reader.checked(clean_emails, parents, ())) or None,
        classes=tuple(filter(None, (reader.checked(clean_code, code, "") for code in codes))),
        groups=tuple(filter(None, (clean_text(one) for one in groups))),
        consent=None if consent is None else clean_text(consent.text),
        consent_given=None if consent is None else given is not False,
        consent_day=reader.day(columns.CONSENT_DATE),
        active=reader.yes_or_no(columns.ACTIVE),
        problems=tuple(reader.problems),
        warnings=tuple(reader.warnings),
    )


def _codes(text: str, class_keys: Collection[str]) -> tuple[str, ...]:
    whole = text.strip()
    return (whole,) if key_of(whole) in class_keys else split_list(text)


def _answer(cell: Cell) -> bool | None:
    if isinstance(cell.value, bool):
        return cell.value
    word = clean_text(cell.text).casefold()
    return True if word in _YES else False if word in _NO else None


def is_plain_yes(text: str) -> bool:
    """Whether a consent is a mere “yes”, which says nothing of where it was given."""
    return text.casefold() in _YES


def parse_day(text: str) -> date:
    """A day as people write it.  Raises InputError where day and month could be meant either way round."""
    text = text.strip()
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        pass
    parts = re.fullmatch(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})", text)
    if parts is not None:
        first, sign, second, year = int(parts[1]), parts[2], int(parts[3]), int(parts[4])
        # With dots the day stands first everywhere; with strokes it depends on the country.
        if sign == "." or first > 12 or first == second:
            return _day(text, year, second, first)
        if second > 12:
            return _day(text, year, first, second)
        raise InputError(f"“{text}” can be read as two days. Write it like 2026-11-21.")
    raise InputError(f"“{clean_text(text, 40)}” is no date. Write it like 2026-11-21.")


def _day(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise InputError(f"“{text}” is no date. Write it like 2026-11-21.") from error
