"""Old rows of the audit go after their time; what is kept is proven all the same, and nobody else can remove a row."""

import random
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from core import audit, clock, retention
from core.audit import Filter, head, newest_wrong, record, remove_before, verify
from core.audit_key import key_file, known_keys
from core.errors import InputError, StoreError
from core.paths import Home
from core.settings import Settings, load_settings
from core.store import audit_anchor
from core.store.database import Store, open_store
from tests.cli_support import Cli
from tests.store_support import NINE
from tests.test_audit import OFFICE, Change, copy_to, edit, swap, take_out, tampered

OLD, NEW, AFTER = 20, 10, 1
"""Rows that are due, rows that are not, and the one that says what went."""
FOR_A_YEAR = Settings(audit_days=365, unknown_faces_days=365)
LATER = timedelta(days=366)


@pytest.fixture
def store(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with open_store(home) as opened:
        monkeypatch.setattr(clock, "now", lambda: NINE)
        write(opened, OLD)
        monkeypatch.setattr(clock, "now", lambda: NINE + LATER)
        write(opened, NEW)
        yield opened


def write(store: Store, count: int) -> list[str]:
    """Rows, and the head after each."""
    heads = []
    for number in range(count):
        with store.transaction() as db:
            record(db, OFFICE, "marks.set", session_id=number, after={"marks": number})
            heads.append(head(db))
    return heads


def trim(store: Store) -> int:
    with store.transaction() as db:
        return remove_before(db, NINE + timedelta(days=1))


def ids(store: Store) -> list[int]:
    return sorted(one.id for one in audit.entries(store, limit=1000))


def test_what_is_due_goes_and_the_rest_is_proven(store: Store) -> None:
    with store.read() as db:
        before = head(db)
    assert trim(store) == OLD
    assert ids(store) == list(range(OLD + 1, OLD + NEW + AFTER + 1))
    found = verify(store, [before, audit.NO_ROWS])
    assert (found.ok, found.first, found.rows, found.older) == (True, OLD + 1, NEW + AFTER, ())
    said = audit.entries(store, limit=1)[0]
    assert (said.action, said.before["first"], said.before["last"]) == ("audit.trim", 1, OLD)
    with store.read() as db:
        assert newest_wrong(db, known_keys(store.home)) is None
    assert trim(store) == 0
    assert ids(store)[-1] == OLD + NEW + AFTER


def test_it_goes_on_from_one_anchor_to_the_next(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for round_ in range(1, 5):
        monkeypatch.setattr(clock, "now", lambda at=round_: NINE + LATER * (at + 1))
        with store.transaction() as db:
            assert remove_before(db, clock.now() - timedelta(days=365)) > 0
        write(store, 3)
        assert verify(store).ok
    assert verify(store).first > OLD + NEW


def test_the_newest_row_always_stays(store: Store) -> None:
    with store.transaction() as db:
        assert remove_before(db, NINE + LATER * 9) == OLD + NEW - 1
    assert ids(store) == [OLD + NEW, OLD + NEW + AFTER]
    assert verify(store).ok


def test_the_sessions_of_the_rows_that_went_go_too(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = "SELECT count(*) FROM audit_sessions WHERE audit_id <= ?"
    with store.transaction() as db:
        record(db, OFFICE, "marks.set", after={"marks": 2}, several=[1, 2])
        last = int(head(db).partition("-")[0])
    monkeypatch.setattr(clock, "now", lambda: NINE + LATER)
    write(store, 1)
    with store.transaction() as db:
        assert db.connection().exec_driver_sql(sessions, (last,)).scalar() == 2
        remove_before(db, NINE + LATER * 2)
        assert db.connection().exec_driver_sql(sessions, (last,)).scalar() == 0
    assert verify(store).ok


def test_a_head_from_before_is_said_to_be_older_than_what_is_kept(home: Home, store: Store) -> None:
    heads = {one.id: f"{one.id}-{one.mac[:16]}" for one in audit.entries(store, limit=1000)}
    trim(store)
    found = verify(store, list(heads.values()))
    assert found.ok
    assert sorted(found.older) == sorted(heads[number] for number in range(1, OLD))
    # The anchor is the last of those that went, so its head can still be told right from wrong.
    wrong = verify(store, [f"{OLD}-{'0' * 16}"])
    assert (wrong.ok, wrong.wrong_row) == (False, OLD)


def test_the_database_still_refuses_everything_else(store: Store) -> None:
    def refused(*orders: str) -> None:
        for order in orders:
            with pytest.raises(IntegrityError, match="append-only"), store.transaction() as db:
                db.connection().exec_driver_sql(order)

    first = "INSERT INTO audit_anchor SELECT 1, id{}, {}, at, key_id, mac FROM audit WHERE id = {}"
    refused("DELETE FROM audit WHERE id = 1", first.format("", "'x'", 5), first.format("", "mac", OLD + NEW))
    trim(store)
    refused(
        f"DELETE FROM audit WHERE id = {OLD + 1}",
        "DELETE FROM audit",
        "DELETE FROM audit_anchor",
        "UPDATE audit_anchor SET number = number - 1",
        "UPDATE audit_anchor SET at = '2000-01-01T00:00:00Z'",
        f"UPDATE audit_anchor SET number = {OLD + 3}",
        "INSERT OR REPLACE INTO audit_anchor SELECT * FROM audit_anchor",
        "INSERT INTO audit_anchor SELECT 2, number, row_mac, at, key_id, mac FROM audit_anchor",
        "INSERT INTO audit SELECT 1, at, account_id, role, by, computer_user, action, class_id, session_id, "
        f"student_id, subject, before, after, why, key_id, prev, mac FROM audit WHERE id = {OLD + 1}",
    )
    assert verify(store).ok


# ---- tampering


def set_anchor(raw: sqlite3.Connection, **values: object) -> None:
    for name, value in values.items():
        raw.execute(f"UPDATE audit_anchor SET {name} = ? ", (value,))


def move_anchor(raw: sqlite3.Connection, to: int) -> None:
    """Onto a row that is there, with that row's own mac: all that somebody without the key can do."""
    [(mac,)] = raw.execute("SELECT mac FROM audit WHERE id = ?", (to,)).fetchall()
    set_anchor(raw, number=to, row_mac=mac)
    raw.execute("DELETE FROM audit WHERE id <= ?", (to,))


def pass_off_a_row(raw: sqlite3.Connection, row: int) -> None:
    """A row's own signature as the anchor's."""
    [(number, mac, at, key_id)] = raw.execute("SELECT id, mac, at, key_id FROM audit WHERE id = ?", (row,)).fetchall()
    set_anchor(raw, number=number, row_mac=mac, at=at, key_id=key_id, mac=mac)
    raw.execute("DELETE FROM audit WHERE id <= ?", (row,))


def delete_up_to(raw: sqlite3.Connection, row: int) -> None:
    raw.execute("DELETE FROM audit WHERE id <= ?", (row,))


def delete_anchor(raw: sqlite3.Connection) -> None:
    raw.execute("DELETE FROM audit_anchor")


def two_anchors(raw: sqlite3.Connection) -> None:
    raw.execute("CREATE TABLE other AS SELECT * FROM audit_anchor")
    raw.execute("INSERT INTO other SELECT 2, number + 1, row_mac, at, key_id, mac FROM audit_anchor")
    kept = raw.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'audit_anchor' AND type = 'trigger'").fetchall()
    assert not kept
    raw.execute("DROP TABLE audit_anchor")
    raw.execute("ALTER TABLE other RENAME TO audit_anchor")


def delete_all(raw: sqlite3.Connection) -> None:
    raw.execute("DELETE FROM audit")
    raw.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'audit'", (OLD,))


def variants() -> list[tuple[str, int, Change]]:
    """What is done to an audit that begins at OLD + 1, the row that must be named, and how."""
    first, last = OLD + 1, OLD + NEW + AFTER
    found: list[tuple[str, int, Change]] = [
        ("the anchor is deleted", 1, delete_anchor),
        ("a second anchor", first, two_anchors),
        ("all rows are deleted", first, delete_all),
    ]
    for name, values in {
        "number": [OLD - 1, OLD + 1, 0, -3, 10**9, "x", 2.5, b"\xff"],
        "row_mac": ["0" * 64, "", b"\xff\xfe"],
        "at": ["2000-01-01T00:00:00Z", ""],
        "key_id": ["0" * 16, ""],
        "mac": ["f" * 64, "", b"\xff"],
    }.items():
        found += [(f"{name} = {one!r}", first, partial(set_anchor, **{name: one})) for one in values]
    for row in range(first, last):
        found.append((f"moved to {row}", row + 1, partial(move_anchor, to=row)))
        found.append((f"row {row} as the anchor", row + 1, partial(pass_off_a_row, row=row)))
        found.append((f"deleted up to {row}", first, partial(delete_up_to, row=row)))
        found.append((f"row {row} deleted", row, partial(take_out, row=row)))
        found.append((f"row {row} edited", row, partial(edit, row=row, column="at", value="2000-01-01T00:00:00Z")))
    dice = random.Random(7)
    for _ in range(10):
        one, other = sorted(dice.sample(range(first, last + 1), 2))
        found.append((f"swap {one} and {other}", one, partial(swap, one=one, other=other)))
    for number in (0, 1, OLD - 1, OLD):
        found.append((f"a row put in as {number}", number, partial(copy_to, source=first, number=number)))
    return found


def test_every_tampering_with_a_trimmed_audit_is_found(home: Home, store: Store, tmp_path: Path) -> None:
    trim(store)
    store.close()
    wrong = []
    for number, (what, row, change) in enumerate(variants()):
        with open_store(tampered(home, tmp_path, number, change)) as other:
            found = verify(other)
            with other.read() as db:
                quick = newest_wrong(db, known_keys(other.home))
        # Where a table was made anew its triggers are missing too.
        if found.ok or found.wrong_row != row or quick is None:
            wrong.append(f"{what}: {found}, {quick}")
    assert wrong == []


def test_an_anchor_of_another_key_or_a_lost_one_is_found(home: Home, store: Store) -> None:
    trim(store)
    key_file(home).unlink()
    write(store, 1)
    found = verify(store)
    assert (found.ok, found.wrong_row, found.rows) == (False, OLD + 1, 0)
    assert "key is not there" in str(found.problem)


def test_what_was_tampered_with_does_not_go_under_a_signature(home: Home, store: Store, tmp_path: Path) -> None:
    """Old days written over rows would make the sweep remove them, and sign that it was right to."""
    store.close()
    rows = range(OLD + 1, OLD + NEW + 1)

    def make_old(raw: sqlite3.Connection) -> None:
        for row in rows:
            edit(raw, row, "at", "2020-01-01T00:00:00Z")

    for number, change in enumerate((make_old, partial(take_out, row=3), partial(edit, row=2, column="by", value="x"))):
        with open_store(tampered(home, tmp_path, number, change)) as other:
            with pytest.raises(StoreError, match="not whole"):
                trim(other)
            assert retention.sweep(other, FOR_A_YEAR).notes[0].startswith("The audit is not whole")
            assert not verify(other).ok
            with other.read() as db:
                assert audit_anchor.read(db) is None


# ---- the sweep


def test_the_sweep_removes_them_and_says_so(store: Store) -> None:
    [kept] = [one for one in retention.show(store, FOR_A_YEAR) if one.name == "audit_days"]
    assert (kept.days, kept.due) == (365, OLD)
    [for_good] = [one for one in retention.show(store, Settings()) if one.name == "audit_days"]
    assert (for_good.days, for_good.due) == (None, 0)
    assert retention.sweep(store, Settings()).erased == ()
    assert retention.sweep(store, FOR_A_YEAR).erased == (("rows of the audit", OLD),)
    said = audit.entries(store, Filter(action="data.sweep"))
    assert [one.after for one in said] == [{"rows of the audit": OLD}]
    assert retention.sweep(store, FOR_A_YEAR).erased == ()
    assert verify(store).ok


def test_what_went_is_on_the_disk_no_more(home: Home, store: Store) -> None:
    macs = [one.mac.encode() for one in audit.entries(store, limit=1000) if one.id < OLD]
    retention.sweep(store, FOR_A_YEAR)
    held = b"".join(path.read_bytes() for path in home.data.glob("rollcall.db*"))
    assert [mac for mac in macs if mac in held] == []


@pytest.mark.parametrize("days", [1, 89, -1])
def test_no_setting_empties_the_audit(home: Home, days: int) -> None:
    (home.data / "settings.toml").write_text(f"audit_days = {days}\n", encoding="utf-8")
    with pytest.raises(InputError, match="audit_days"):
        load_settings(home)


def test_the_command_line_tells_what_is_kept(home: Home, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    old = next(f"{one.id}-{one.mac[:16]}" for one in audit.entries(store, limit=1000) if one.id == 3)
    retention.sweep(store, FOR_A_YEAR)
    store.close()
    cli = Cli(home, capsys)
    said = cli.json("audit", "verify", "--head", old)
    assert (said["ok"], said["first_row"], said["older_heads"]) == (True, OLD + 1, [old])
    assert f"from row {OLD + 1} on" in cli.printed
    assert "older than what is kept" in " ".join(cli.printed.split())
