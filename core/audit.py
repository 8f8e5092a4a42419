"""The audit: who did what and when, in rows that are chained so that a change of one shows.

Each row is signed with HMAC-SHA256 over itself and the row before.  ``verify`` names the first row that is not what was
written; rows cut off the end show against a head that was printed on a sheet, or written down elsewhere.  Rows that
were kept long enough go; a signed anchor says which was the last of them, and the first that is kept follows on it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy.orm import Session

from core.access import guarded
from core.audit_key import AuditKey, known_keys
from core.errors import InputError, StoreError
from core.store import audit, audit_anchor, people
from core.store.audit import BEGINNING, TRIGGERS, AuditRow, Filter, RawRow, record
from core.store.database import Store

__all__ = [
    "NO_ROWS",
    "AuditRow",
    "Filter",
    "Verdict",
    "entries",
    "head",
    "head_of",
    "head_of_session",
    "newest_wrong",
    "record",
    "remove_before",
    "verify",
]

NO_ROWS = "0-none"
"""The head of an audit in which nothing is written yet."""
MOST_ROWS = 100_000
NEWEST = 1_000
"""So many rows a quick look takes in."""
_SHOWN = 16
_HEAD = re.compile(r"(\d{1,12})-([0-9a-f]{16,64})")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of the whole audit found.

    rows: how many are right, from the first that is kept on; wrong_row: number of the first that is not, None when all
    are.  problem: what is wrong with it, as a sentence's end; warnings: what is wrong apart from the rows; head: the
    newest.  first: number of the first that is kept.  older: heads that were asked about and are older than that.
    """

    rows: int
    head: str
    wrong_row: int | None = None
    problem: str | None = None
    warnings: tuple[str, ...] = ()
    first: int = 1
    older: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.wrong_row is None and not self.warnings


def head(db: Session) -> str:
    """The newest row as ``number-beginning of its mac``, for printing: whoever holds it can tell later what is missing.

    64 bits of the mac: nobody without the key makes another row that begins alike.
    """
    found = audit.last_mac(db)
    return NO_ROWS if found is None else _head_in_words(*found)


def head_of_session(db: Session, session_id: int) -> str | None:
    """The head as it was after the last act on a session; None where the audit has nothing of it."""
    found = audit.last_mac_of_session(db, session_id)
    return None if found is None else _head_in_words(*found)


def _head_in_words(number: int, mac: str) -> str:
    return f"{number}-{mac[:_SHOWN]}"


@guarded
def head_of(store: Store) -> str:
    """The head as of now; see :func:`head`."""
    with store.read() as db:
        return head(db)


@guarded
def entries(store: Store, wanted: Filter = Filter(), *, roll: str | None = None, limit: int = 200) -> list[AuditRow]:  # noqa: B008 - frozen
    """The newest rows that fit, newest first.  roll: of the student whom they are about.

    Raises NotFoundError for an unknown student, InputError for a limit that cannot be.
    """
    if not 1 <= limit <= MOST_ROWS:
        raise InputError(f"A list of the audit has 1 to {MOST_ROWS} rows.")
    with store.read() as db:
        if roll is not None:
            student_id = people.get_student(db, roll).id
            wanted = Filter(wanted.since, wanted.until, wanted.who, wanted.action, student_id)
        return audit.rows(db, wanted, limit)


@guarded
def verify(store: Store, heads: Sequence[str] = ()) -> Verdict:
    """Check every row, and that the audit still reaches to these heads.

    Raises InputError for text that is no head, StoreError when the key cannot be read.
    """
    wanted = [_read_head(one) for one in heads]
    with store.read() as db:
        missing = sorted(TRIGGERS - audit.triggers(db))
        warnings = (f"the database does not protect the audit any more ({', '.join(missing)})",) if missing else ()
        keys = known_keys(store.home)
        begin = _beginning(db, keys)
        macs = {**dict.fromkeys((number for number, _ in wanted), ""), begin.number: begin.mac or "", 0: "none"}
        older = {number for number, _ in wanted if 0 < number < begin.number}
        found = _walk(audit.raw_rows(db), begin, keys, macs)
        kept = [one for one in wanted if one[0] not in older]
        wrong = begin.wrong or found.wrong or _cut_off(found.count, begin, audit.most_rows(db), kept, macs)
        return Verdict(
            0 if begin.wrong else found.count - begin.number,
            head(db),
            wrong_row=None if wrong is None else wrong[0],
            problem=None if wrong is None else wrong[1],
            warnings=warnings,
            first=begin.number + 1,
            older=tuple(_head_in_words(*one) for one in wanted if one[0] in older),
        )


def newest_wrong(db: Session, keys: Mapping[str, AuditKey]) -> str | None:
    """What is wrong with the newest rows, as a sentence's end; None when nothing is: a quick look, not ``verify``.

    keys: all there are, by their numbers.
    """
    if missing := sorted(TRIGGERS - audit.triggers(db)):
        return f"is not protected by the database any more ({', '.join(missing)})"
    begin = _beginning(db, keys)
    last = audit.last_mac(db)
    count = (last[0] if last else 0) - NEWEST
    # What the first of the newest follows on is not looked at.
    rows = audit.raw_rows(db) if count <= begin.number else audit.raw_rows(db, count + 1)
    found = _walk(rows, begin if count <= begin.number else _Beginning(count, None), keys)
    wrong = begin.wrong or found.wrong or _cut_off(found.count, begin, audit.most_rows(db), [], {})
    return None if wrong is None else f"is not whole: row {wrong[0]} {wrong[1]}"


def remove_before(db: Session, moment: datetime) -> int:
    """Remove the rows older than a moment (aware), and say so in a row; how many went.  Never the newest row.

    They are verified first: what was tampered with must not vanish under a signature.  Raises StoreError, and nothing
    is removed, where one of them is not right.
    """
    last = audit_anchor.last_before(db, moment)
    keys = known_keys(db.info["home"])
    begin = _beginning(db, keys)
    if last <= begin.number and begin.wrong is None:
        return 0
    found = _walk(islice(audit.raw_rows(db), max(0, last - begin.number)), begin, keys)
    if begin.wrong or found.wrong or found.count != last or found.mac is None:
        raise StoreError(
            "The audit is not whole, so none of its old rows were removed. See which row is wrong: app.py audit verify"
        )
    gone = audit_anchor.remove_up_to(db, last, found.mac)
    record(db, None, "audit.trim", before={"first": begin.number + 1, "last": last, "mac": found.mac})
    return gone


@dataclass(frozen=True, slots=True)
class _Beginning:
    """What the first row that is looked at follows on; mac None: whatever it says.  wrong: with that itself."""

    number: int
    mac: str | None
    wrong: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class _Walked:
    """count: number of the last row that is right; mac: its own; wrong: number of the next and what it is."""

    count: int
    mac: str | None
    wrong: tuple[int, str] | None = None


def _beginning(db: Session, keys: Mapping[str, AuditKey]) -> _Beginning:
    anchor = audit_anchor.read(db)
    if anchor is None:
        return _Beginning(0, BEGINNING)
    if anchor.key_id not in keys:
        problem = "stands first by a mark whose key is not there any more"
    elif not anchor.is_signed_by(keys[anchor.key_id]):
        problem = "stands first by a mark that was changed or did not come from Rollcall"
    else:
        return _Beginning(anchor.number, anchor.row_mac)
    first = next(audit.raw_rows(db), None)
    number = first.id if first is not None and isinstance(first.id, int) else 1
    return _Beginning(number - 1, None, (number, problem))


def _walk(
    rows: Iterable[RawRow], begin: _Beginning, keys: Mapping[str, AuditKey], macs: dict[int, str] | None = None
) -> _Walked:
    """Check rows one after the other up to the first that is wrong.  macs: is given those of the numbers in it."""
    count, before = begin.number, begin.mac
    for row in rows:
        problem = _problem(row, count + 1, str(row.prev) if before is None else before, keys)
        if problem is not None:
            number = row.id if isinstance(row.id, int) and row.id <= count else count + 1
            return _Walked(count, before, (number, problem))
        count, before = count + 1, str(row.mac)
        if macs is not None and count in macs:
            macs[count] = before
    return _Walked(count, before)


def _problem(row: RawRow, expected: int, before: str, keys: Mapping[str, AuditKey]) -> str | None:
    if row.values is None:
        return "cannot be read"
    if row.id != expected:
        return "was put in" if isinstance(row.id, int) and row.id < expected else "is missing"
    if row.prev != before:
        return "does not follow on the row before it"
    if row.key_id not in keys:
        return "was signed with a key that is not there any more"
    return None if row.is_signed_by(keys[row.key_id]) else "was changed or did not come from Rollcall"


def _cut_off(
    count: int, begin: _Beginning, remembered: int, wanted: Sequence[tuple[int, str]], macs: Mapping[int, str]
) -> tuple[int, str] | None:
    for number, mac in sorted(wanted):
        if number > count:
            return count + 1, f"is missing: the audit had reached row {number}"
        if not macs[number].startswith(mac):
            return number, "is not the row that had this head"
    if remembered > count:
        return count + 1, f"is missing: the database remembers {remembered} rows"
    if count == begin.number > 0:
        return count + 1, "is missing: the newest row is never removed"
    return None


def _read_head(text: str) -> tuple[int, str]:
    plain = text.strip().lower()
    found = _HEAD.fullmatch(plain)
    if plain == NO_ROWS:
        return 0, "none"
    if found is None:
        raise InputError(f"“{text[:40]}” is no head of the audit. It looks like 1523-9f3a77c10b2d4e55.")
    return int(found[1]), found[2]
