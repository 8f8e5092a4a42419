"""The audit: what is written, that it cannot be changed, and that a change by force shows and is named."""

import json
import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy.exc import IntegrityError

from core import audit, clock, correcting, sessions
from core.accounts import admin, login
from core.actor import MACHINE, Actor, acting
from core.audit import NO_ROWS, Filter, head, record, verify
from core.audit_key import key_file, known_keys
from core.erasure import erase_student
from core.errors import InputError, LoginError, NotFoundError, StoreError
from core.paths import Home
from core.reports.session_files import write_sheet_of
from core.settings import Settings
from core.store import people, statuses
from core.store.audit import TRIGGERS
from core.store.database import Store, open_store
from core.store.marks import MarkState, Wish
from tests.account_support import PASSWORD, School, make_school, quick
from tests.store_support import begin_session

__all__ = ["quick"]

ROWS = 40
VARIANTS = 200
OFFICE = Actor("The office", "admin")


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with open_store(home) as opened:
        yield opened


def fill(store: Store, count: int = ROWS) -> None:
    for number in range(1, count + 1):
        with store.transaction() as db:
            record(
                db,
                OFFICE,
                ("marks.set", "sessions.change", "people.erase")[number % 3],
                session_id=number if number % 2 else None,
                student_id=number % 7,
                before={"state": "open", "number": number},
                after={"state": "closed"} if number % 3 else None,
                why="because" if number % 5 == 0 else None,
            )


def actions(store: Store, wanted: Filter = Filter()) -> list[str]:  # noqa: B008 - frozen
    return [one.action for one in reversed(audit.entries(store, wanted))]


# ---- the chain


def test_an_empty_audit_is_right(store: Store) -> None:
    found = verify(store)
    assert (found.ok, found.rows, found.head) == (True, 0, NO_ROWS)
    assert verify(store, [NO_ROWS]).ok


def test_what_was_written_is_right_and_reads_back(store: Store) -> None:
    fill(store)
    found = verify(store)
    assert (found.ok, found.rows) == (True, ROWS)
    newest = audit.entries(store, limit=1)[0]
    assert (newest.id, newest.who, newest.role, newest.action) == (ROWS, "The office", "admin", "sessions.change")
    assert newest.before == {"state": "open", "number": ROWS}
    assert newest.at.utcoffset() is not None


def test_the_head_moves_with_each_row_and_old_ones_stay_good(store: Store) -> None:
    heads = []
    for _ in range(5):
        fill(store, 1)
        with store.read() as db:
            heads.append(head(db))
    assert len(set(heads)) == 5
    assert verify(store, [NO_ROWS, *heads, heads[2].upper()]).ok


@pytest.mark.parametrize("text", ["", "12", "abc", "12-xyz", "12-abc", "-1-" + "0" * 16])
def test_what_is_no_head_is_said(store: Store, text: str) -> None:
    with pytest.raises(InputError, match="is no head"):
        verify(store, [text])


def test_a_row_is_written_with_its_change_or_not_at_all(store: Store) -> None:
    with pytest.raises(IntegrityError), store.transaction() as db:
        db.connection().exec_driver_sql(f"INSERT INTO rosters VALUES ({record(db, OFFICE, 'marks.set')}, 999, NULL)")
    fill(store, 2)
    assert (verify(store).rows, verify(store).ok) == (2, True)


def test_the_database_refuses_changes(store: Store) -> None:
    fill(store, 3)
    for statement in (
        "UPDATE audit SET why = 'x' WHERE id = 2",
        "DELETE FROM audit WHERE id = 3",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE id = 2",
        "INSERT INTO audit SELECT 9, at, account_id, role, by, computer_user, action, class_id, session_id, "
        "student_id, subject, before, after, why, key_id, prev, mac FROM audit WHERE id = 2",
    ):
        with pytest.raises(IntegrityError, match="append-only"), store.transaction() as db:
            db.connection().exec_driver_sql(statement)
    assert verify(store).ok


def test_two_programs_write_one_chain(home: Home, store: Store) -> None:
    with open_store(home) as other:
        for _ in range(5):
            fill(store, 1)
            fill(other, 1)
        assert verify(other).rows == 10
        assert verify(other).ok


# ---- tampering


def tampered(home: Home, tmp_path: Path, number: int, change: "Change") -> Home:
    """A copy of the home in which somebody with a database tool worked on the audit."""
    copy = Home(tmp_path / f"copy{number}")
    copy.create()
    shutil.copytree(home.data, copy.data, dirs_exist_ok=True)
    with closing(sqlite3.connect(copy.database, isolation_level=None)) as raw:
        kept = raw.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'").fetchall()
        for name in TRIGGERS:
            raw.execute(f"DROP TRIGGER {name}")
        change(raw)
        for (sql,) in kept:
            raw.execute(sql)
    return copy


COLUMNS: dict[str, list[Any]] = {
    "at": ["2020-01-01T00:00:00Z", "nonsense", b"\xff\xfe", None],
    "account_id": [1, 7],
    "role": ["teacher", "Admin", ""],
    "by": ["Somebody", None, "The office "],
    "computer_user": ["nobody", "Root"],
    "action": ["login", "marks.undo", ""],
    "class_id": [1, 0],
    "session_id": [99, -1, "x"],
    "student_id": [99, None, 2.5],
    "subject": ["account:1", ""],
    "before": [None, "{}", "{broken", '{"state": "open"}', b"\xff"],
    "after": ["null", '{"state":"open"}', b"\x00"],
    "why": ["another reason", ""],
    "key_id": ["0" * 16, ""],
    "prev": ["0" * 64 + "x", "f" * 64, ""],
    "mac": ["f" * 64, "", None],
}


Change = Callable[[sqlite3.Connection], None]
Variant = tuple[str, int, Change]
"""What is done, the row that must be named, and how it is done."""


def make_variants() -> list[Variant]:
    """Edits, deletions, swaps, insertions and cuts."""
    dice = random.Random(20261121)
    found = [*edits(dice, 90), *deletions(dice, 50)]
    for _ in range(25):
        one, other = sorted(dice.sample(range(1, ROWS + 1), 2))
        found.append((f"swap {one} and {other}", one, partial(swap, one=one, other=other)))
    found += insertions(dice, 27)
    while len(found) < VARIANTS:
        left = dice.randint(0, ROWS - 1)
        found.append((f"cut off after {left}", left + 1, partial(cut, left=left)))
    return found


def edits(dice: random.Random, count: int) -> list[Variant]:
    # The table itself refuses NULL in the others, or it is there already.
    may_be_null = ("by", "student_id", "before")
    pairs = [(column, value) for column, values in COLUMNS.items() for value in values]
    pairs = [(column, value) for column, value in pairs if value is not None or column in may_be_null]
    while len(pairs) < count:
        pairs.append((dice.choice(list(COLUMNS)), f"forged {dice.random()}"))
    rows = [dice.randint(1, ROWS) for _ in pairs]
    return [
        (f"edit {column} of {row} to {value!r}", row, partial(edit, row=row, column=column, value=value))
        for row, (column, value) in zip(rows, pairs, strict=True)
    ]


def deletions(dice: random.Random, count: int) -> list[Variant]:
    rows = [dice.randint(1, ROWS - 1) for _ in range(count)]
    return [
        (f"delete {row}, closing the gap: {closing}", row, partial(close_gap if closing else take_out, row=row))
        for closing, row in ((number % 2 == 0, row) for number, row in enumerate(rows))
    ]


def insertions(dice: random.Random, count: int) -> list[Variant]:
    found: list[Variant] = [
        (f"insert as {number}", number, partial(copy_to, source=3, number=number)) for number in (0, -1, -77)
    ]
    while len(found) < count:
        row, source = dice.randint(1, ROWS + 1), dice.randint(1, ROWS)
        found.append((f"insert a copy of {source} as {row}", row, partial(put_in, row=row, source=source)))
    return found


def edit(raw: sqlite3.Connection, row: int, column: str, value: Any) -> None:
    raw.execute(f"UPDATE audit SET {column} = ? WHERE id = ?", (value, row))


def take_out(raw: sqlite3.Connection, row: int) -> None:
    raw.execute("DELETE FROM audit WHERE id = ?", (row,))


def close_gap(raw: sqlite3.Connection, row: int) -> None:
    raw.execute("DELETE FROM audit WHERE id = ?", (row,))
    for number in range(row + 1, ROWS + 1):
        raw.execute("UPDATE audit SET id = ? WHERE id = ?", (number - 1, number))
    raw.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'audit'", (ROWS - 1,))


def take_out_from(raw: sqlite3.Connection, row: int) -> None:
    raw.execute("DELETE FROM audit WHERE id >= ?", (row,))


def swap(raw: sqlite3.Connection, one: int, other: int) -> None:
    for old, new in ((one, 10_000), (other, one), (10_000, other)):
        raw.execute("UPDATE audit SET id = ? WHERE id = ?", (new, old))


def copy_to(raw: sqlite3.Connection, source: int, number: int) -> None:
    columns = [name for _, name, *_ in raw.execute("PRAGMA table_info(audit)") if name != "id"]
    names = ", ".join(f'"{name}"' for name in columns)
    raw.execute(f"INSERT INTO audit (id, {names}) SELECT ?, {names} FROM audit WHERE id = ?", (number, source))


def put_in(raw: sqlite3.Connection, row: int, source: int) -> None:
    copy_to(raw, source, 10_000)
    for number in range(ROWS, row - 1, -1):
        raw.execute("UPDATE audit SET id = ? WHERE id = ?", (number + 1, number))
    raw.execute("UPDATE audit SET id = ? WHERE id = 10000", (row,))


def cut(raw: sqlite3.Connection, left: int) -> None:
    """By somebody who knows that SQLite remembers how many rows there were."""
    raw.execute("DELETE FROM audit WHERE id > ?", (left,))
    raw.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'audit'", (left,))


def test_every_tampering_is_found_and_the_right_row_named(home: Home, store: Store, tmp_path: Path) -> None:
    fill(store)
    with store.read() as db:
        printed = head(db)
    store.close()
    variants = make_variants()
    assert len(variants) == VARIANTS
    wrong = []
    for number, (what, row, change) in enumerate(variants):
        copy = tampered(home, tmp_path, number, change)
        with open_store(copy) as other:
            found = verify(other, [printed])
            if found.ok or found.wrong_row != row or found.warnings:
                wrong.append(f"{what}: {found}")
            # Without the sheet's head a cut by an expert is the one thing that cannot be seen.
            if verify(other).ok != what.startswith("cut"):
                wrong.append(f"{what} without a head: {verify(other)}")
        shutil.rmtree(copy.root)
    assert wrong == []


def test_a_cut_without_care_is_found_without_a_head(home: Home, store: Store, tmp_path: Path) -> None:
    fill(store, 5)
    store.close()
    copy = tampered(home, tmp_path, 0, partial(take_out_from, row=4))
    with open_store(copy) as other:
        found = verify(other)
    assert (found.ok, found.wrong_row, found.rows) == (False, 4, 3)


def test_a_chain_written_anew_with_another_key_is_found(home: Home, store: Store, tmp_path: Path) -> None:
    fill(store, 5)
    with store.read() as db:
        printed = head(db)
    forged = Home(tmp_path / "forged")
    forged.create()
    with open_store(forged) as other:
        fill(other, 8)
        assert verify(other).ok
        # Whoever has the key can write it anew; the head on paper still tells.
        found = verify(other, [printed])
        assert (found.ok, found.wrong_row) == (False, 5)
    key_file(forged).write_bytes(key_file(home).read_bytes())
    with open_store(forged) as other:
        found = verify(other)
        assert (found.ok, found.wrong_row) == (False, 1)


def test_triggers_that_were_removed_are_told(store: Store) -> None:
    fill(store, 2)
    with store.transaction() as db:
        db.connection().exec_driver_sql("DROP TRIGGER audit_no_delete")
    found = verify(store)
    assert not found.ok
    assert found.wrong_row is None
    assert "audit_no_delete" in found.warnings[0]


def test_a_list_of_a_tampered_audit_says_so(store: Store) -> None:
    fill(store, 2)
    with store.transaction() as db:
        db.connection().exec_driver_sql("DROP TRIGGER audit_no_update")
        db.connection().exec_driver_sql("UPDATE audit SET before = '{broken' WHERE id = 2")
    with pytest.raises(StoreError, match="Row 2 of the audit was tampered with"):
        audit.entries(store)


# ---- the key


def test_the_key_lies_apart_and_is_readable_by_its_owner_only(home: Home, store: Store) -> None:
    assert not key_file(home).exists()
    fill(store, 1)
    path = key_file(home)
    secret = bytes.fromhex(path.read_text())
    assert len(secret) == 32
    store.close()
    for one in home.data.rglob("*"):
        if one.is_file() and one != path:
            assert secret not in one.read_bytes()
            assert secret.hex().encode() not in one.read_bytes()
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0


def test_a_lost_key_stops_nothing_and_shows(home: Home, store: Store) -> None:
    fill(store, 3)
    key_file(home).unlink()
    fill(store, 2)
    found = verify(store)
    assert (found.ok, found.wrong_row) == (False, 1)
    assert "key that is not there" in str(found.problem)


def test_an_earlier_key_that_is_kept_still_verifies(home: Home, store: Store) -> None:
    fill(store, 3)
    old = key_file(home).read_text()
    key_file(home).unlink()
    fill(store, 2)
    key_file(home).write_text(old + key_file(home).read_text())
    assert verify(store).ok


@pytest.mark.parametrize("content", ["no hexadecimal", "abcd", "ä", "ff" * 31])
def test_a_file_that_is_no_key_gives_a_sentence(home: Home, store: Store, content: str) -> None:
    key_file(home).write_text(content, encoding="utf-8")
    with pytest.raises(StoreError, match="key of the audit"):
        fill(store, 1)
    with pytest.raises(StoreError, match="key of the audit"):
        verify(store)


# ---- what is recorded


def test_what_is_done_to_the_register_is_recorded(store: Store, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    school: School = make_school(store)
    # Who closes a lesson has looked it through; that they say so again a second later would be a row of its own.
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    teacher, own = school.actors["teacher"], school.own
    wishes = [Wish(own.session_id, own.student_id, MarkState("A"))]
    done = correcting.set_marks(store, Settings(), teacher, wishes)
    correcting.undo(store, Settings(), teacher, own.session_id)
    with acting(teacher):
        sessions.close_session(store, Settings(), teacher, own.session_id)
        sessions.review_session(store, own.session_id)
    with acting(school.actors["admin"]):
        found = audit.entries(store, Filter(who="grace hopper"))
        assert verify(store).ok
    mine = [one for one in found if one.session_id == own.session_id]
    told = [(one.action, one.role, one.class_id) for one in reversed(mine)]
    assert told == [
        ("marks.set", "teacher", None),
        ("marks.undo", "teacher", None),
        ("marks.machine", "teacher", None),
        ("sessions.change", "teacher", own.class_id),
        ("sessions.change", "teacher", own.class_id),
    ]
    assert mine[-1].after == {"act": done.act, "marks": 1, "sessions": [own.session_id]}
    assert mine[1].before["state"] == "open"
    assert mine[1].after["state"] == "closed"
    assert mine[0].after["reviewed_at"]


def test_one_act_on_many_marks_is_one_row(store: Store) -> None:
    school_class, session_ids = 0, []
    with store.transaction() as db:
        school_class = people.add_class(db, "C", "C").id
        who = [people.add_student(db, f"R{number}", f"S{number}").id for number in range(30)]
        for one in who:
            people.add_to_roster(db, school_class, one)
        session_ids = [begin_session(db, school_class).id for _ in range(2)]
    wishes = [Wish(session, one, MarkState("P")) for session in session_ids for one in who]
    correcting.set_marks(store, Settings(), OFFICE, wishes)
    row = audit.entries(store, limit=1)[0]
    assert (row.action, row.session_id) == ("marks.set", None)
    assert (row.after["marks"], row.after["sessions"]) == (60, session_ids)
    # Nothing changes: no row.
    correcting.set_marks(store, Settings(), OFFICE, wishes)
    assert audit.entries(store, limit=1)[0].id == row.id


def test_a_sheet_shows_the_head_after_the_last_act_on_its_session(
    home: Home, store: Store, tmp_path: Path, quick: None
) -> None:
    school = make_school(store)
    settings, office = Settings(), school.actors["admin"]
    ours, other = school.own.session_id, school.foreign.session_id
    wishes = [Wish(one.session_id, one.student_id, MarkState("P")) for one in (school.own, school.foreign)]

    def sheet(name: str) -> bytes:
        return write_sheet_of(store, settings, ours, tmp_path / name).path.read_bytes()

    with acting(office):
        before = sheet("before.xlsx")
        correcting.set_marks(store, settings, office, wishes[1:])
        sessions.close_session(store, settings, office, other)
        with store.transaction() as db:
            record(db, None, "mail.sent", session_id=ours)
            record(db, None, "marks.set", after={"sessions": []})
        assert sheet("again.xlsx") == before
        # An act on several sessions is one on this one too.
        late = [replace(one, state=MarkState("L", 5)) for one in wishes]
        correcting.set_marks(store, settings, office, late, why="the bus")
        with store.read() as db:
            shown = audit.head_of_session(db, ours)
            assert shown == head(db) == audit.head_of_session(db, other)
            assert audit.head_of_session(db, 999) is None
        assert shown is not None
        page = openpyxl.load_workbook(BytesIO(sheet("after.xlsx")))["Attendance"]
        assert shown in page.oddFooter.left.text
        assert verify(store, [shown]).ok


def test_a_quick_look_sees_the_newest_rows(home: Home, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def look() -> str | None:
        with store.read() as db:
            return audit.newest_wrong(db, known_keys(home))

    def force(*orders: str) -> None:
        with store.transaction() as db:
            for order in orders:
                db.connection().exec_driver_sql(order)

    monkeypatch.setattr(audit, "NEWEST", 10)
    assert look() is None
    fill(store, 5)
    assert look() is None
    fill(store)
    assert look() is None
    with store.read() as db:
        assert "key that is not there" in str(audit.newest_wrong(db, {}))
    with store.read() as db:
        deleting, changing = (
            db.connection().exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).scalar_one()
            for name in ("audit_no_delete", "audit_no_update")
        )
    force("DROP TRIGGER audit_no_update")
    assert "audit_no_update" in str(look())
    # What is older is left to the whole check.
    force("UPDATE audit SET why = 'x' WHERE id = 3", changing)
    assert look() is None
    assert verify(store).wrong_row == 3
    force("DROP TRIGGER audit_no_update", "UPDATE audit SET why = 'x' WHERE id = 40", changing)
    assert "row 40 was changed" in str(look())
    force("DROP TRIGGER audit_no_delete", "DELETE FROM audit WHERE id >= 40", deleting)
    assert "row 40 is missing" in str(look())


def test_logins_and_accounts_are_recorded_without_what_was_typed(store: Store, quick: None) -> None:
    school = make_school(store)
    with pytest.raises(LoginError):
        login.log_in(store, "Grace Hopper", "typed by mistake", address="10.0.0.9")
    with pytest.raises(LoginError):
        login.log_in(store, "password typed as name", "x")
    login.log_in(store, "Grace Hopper", PASSWORD)
    with acting(school.actors["admin"]):
        admin.set_active(store, "Door", active=False)
        rows = audit.entries(store, limit=4)
    assert [(one.action, one.who) for one in rows] == [
        ("accounts.deactivate", "The Office"), ("login", "Grace Hopper"), ("login.failed", "nobody"),
        ("login.failed", "nobody"),
    ]  # fmt: skip
    assert (rows[0].before["active"], rows[0].after["active"]) == (True, False)
    assert [one.subject for one in rows] == ["account:4", "account:2", None, "account:2"]
    text = json.dumps([[one.subject, one.before, one.after, one.why] for one in rows])
    assert "typed" not in text
    assert "10.0.0.9" not in text


def test_a_flood_of_wrong_logins_does_not_flood_the_audit(store: Store, quick: None) -> None:
    make_school(store)
    with store.read() as db:
        before = int(head(db).partition("-")[0])
    for number in range(60):
        with pytest.raises(LoginError):
            login.log_in(store, "Grace Hopper", "wrong", address=f"10.0.0.{number % 2}")
    with store.read() as db:
        assert int(head(db).partition("-")[0]) - before == login.FREE_TRIES


def test_statuses_are_recorded_with_what_they_were(store: Store) -> None:
    with acting(OFFICE), store.transaction() as db:
        old = statuses.status_set(db)["L"]
        statuses.save_status(db, replace(old, name="Tardy"))
    row = audit.entries(store, limit=1)[0]
    assert (row.action, row.subject, row.who) == ("statuses.change", "status:L", "The office")
    assert (row.before["name"], row.after["name"]) == ("Late", "Tardy")


def test_erasing_a_student_leaves_the_number_and_no_name(home: Home, store: Store, quick: None) -> None:
    school = make_school(store)
    with acting(school.actors["student"]), store.transaction() as db:
        record(db, None, "people.export_one", student_id=school.own.student_id)
    with acting(school.actors["admin"]):
        erase_student(store, "R1")
        assert verify(store).ok
        rows = audit.entries(store, Filter(student_id=school.own.student_id))
    assert [(one.action, one.who) for one in rows] == [
        ("people.erase", "The Office"),
        ("people.export_one", "an erased account"),
        ("absences.add", "nobody"),
        ("classes.join", "nobody"),
        ("people.add", "nobody"),
    ]
    assert rows[0].before["rosters"] == 1
    store.close()
    with closing(sqlite3.connect(home.database)) as raw:
        text = repr(raw.execute("SELECT * FROM audit").fetchall())
    assert "Student R1" not in text
    assert "Student One" not in text


def test_who_acts_is_taken_from_the_moment(store: Store) -> None:
    with store.transaction() as db:
        record(db, None, "data.sweep")
        with acting(MACHINE):
            record(db, None, "data.sweep")
        with acting(MACHINE):
            record(db, OFFICE, "data.sweep")
    assert [(one.who, one.role) for one in reversed(audit.entries(store))] == [
        ("nobody", "nobody"), ("Rollcall", "machine"), ("The office", "admin"),
    ]  # fmt: skip


# ---- lists


def test_lists_are_cut_to_what_is_asked(store: Store) -> None:
    fill(store, 12)
    newest = audit.entries(store, limit=1)[0]
    assert len(actions(store, Filter(action="marks"))) == 4
    assert len(actions(store, Filter(action="marks%"))) == 0
    assert len(actions(store, Filter(who="The office"))) == 12
    assert actions(store, Filter(who="Nobody")) == []
    assert len(actions(store, Filter(since=newest.at, until=newest.at))) >= 1
    assert {one.student_id for one in audit.entries(store, Filter(student_id=3))} == {3}
    with pytest.raises(NotFoundError):
        audit.entries(store, roll="R1")
    for limit in (0, 10**9):
        with pytest.raises(InputError):
            audit.entries(store, limit=limit)
