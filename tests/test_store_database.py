"""Opening, transactions, damage, full disks, killed writers: nothing that was acknowledged is ever lost."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from core import clock
from core.errors import BusyError, DiskFullError, StoreError
from core.paths import Home
from core.store import people, register, schema
from core.store.database import open_store
from core.store.register import SightingDraft
from core.store.tables import RosterTable
from tests.store_support import begin_session

PROJECT = Path(__file__).resolve().parent.parent
PAGE = 4096
pytestmark = pytest.mark.usefixtures("built_databases")


def add(home: Home, *rolls: str) -> None:
    with open_store(home) as store, store.transaction() as db:
        for roll in rolls:
            people.add_student(db, roll, f"Student {roll}")


def rolls_in(home: Home) -> list[str]:
    with open_store(home) as store, store.read() as db:
        return [one.roll for one in people.list_students(db)]


def filled(home: Home) -> Path:
    """A database of a few hundred pages; returns its path."""
    with open_store(home) as store, store.transaction() as db:
        school_class = people.add_class(db, "CS101", "Programming")
        for number in range(300):
            student = people.add_student(db, f"R{number:03}", f"{number} " + "Ada Lovelace " * 20)
            people.add_to_roster(db, school_class.id, student.id)
    return home.database


@pytest.mark.parametrize("name", ["plain", "with space", "50% off?", "é ü 学校", "a#b;c'd"])
def test_any_folder_name(tmp_path: Path, name: str) -> None:
    home = Home(tmp_path / name)
    add(home, "R001")
    add(home, "R002")
    assert rolls_in(home) == ["R001", "R002"]
    assert home.database.is_file()


def test_settings_of_every_connection(home: Home) -> None:
    with open_store(home) as store:
        for block in (store.read, store.transaction):
            with block() as db:
                found = {
                    name: db.execute(text(f"PRAGMA {name}")).scalar()
                    for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
                }
                assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


def test_closing_leaves_one_file(home: Home) -> None:
    add(home, "R001")
    assert [one.name for one in home.data.glob("rollcall.db*")] == ["rollcall.db"]
    assert not list(home.data.glob(".rollcall-*"))


@pytest.mark.parametrize("stop", [ZeroDivisionError, KeyboardInterrupt, SystemExit])
def test_a_failed_transaction_leaves_nothing(home: Home, stop: type[BaseException]) -> None:
    with open_store(home) as store:
        with pytest.raises(stop), store.transaction() as db:  # noqa: PT012 - the failure comes after the work
            people.add_student(db, "R001", "Ada")
            raise stop
        with store.read() as db:
            assert people.list_students(db) == []


def test_reading_sees_one_moment(home: Home) -> None:
    with open_store(home) as store, store.read() as db:
        assert people.list_students(db) == []
        add(home, "R001")
        assert people.list_students(db) == []
    assert rolls_in(home) == ["R001"]


def test_writing_while_reading_is_a_bug(home: Home) -> None:
    with open_store(home) as store:
        with pytest.raises(OperationalError, match="readonly"), store.read() as db:
            people.add_student(db, "R001", "Ada")
        with store.transaction() as db:
            people.add_student(db, "R001", "Ada")


def test_a_broken_constraint_is_a_bug(home: Home) -> None:
    with open_store(home) as store, pytest.raises(IntegrityError), store.transaction() as db:
        db.add(RosterTable(class_id=1, student_id=1))


def test_another_writer_is_waited_for_and_then_named(home: Home) -> None:
    with open_store(home) as first, open_store(home, busy_seconds=0.05) as second:
        with first.transaction() as db:
            people.add_student(db, "R001", "Ada")
            with pytest.raises(BusyError, match="using the database"), second.transaction():
                pass
            with second.read() as looking:
                assert people.list_students(looking) == []
        with second.transaction() as db:
            people.add_student(db, "R002", "Bob")
    assert rolls_in(home) == ["R001", "R002"]


WRITER = """
import sys
from pathlib import Path
from core.paths import Home
from core.store import people
from core.store.database import open_store
from tests.store_support import begin_session
prefix, count = sys.argv[2], int(sys.argv[3])
with open_store(Home(Path(sys.argv[1]))) as store:
    for number in range(count):
        with store.transaction() as db:
            people.add_student(db, f"{prefix}{number}", "Ada")
        print(f"{prefix}{number}", flush=True)
"""


def start_writer(home: Home, prefix: str, count: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, str(home.root), prefix, str(count)]
    return subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("after", [1, 7, 30])
def test_a_killed_writer_loses_nothing_acknowledged(home: Home, after: int) -> None:
    add(home)
    writer = start_writer(home, "R", 100_000)
    assert writer.stdout is not None
    acknowledged = [writer.stdout.readline().strip() for _ in range(after)]
    writer.kill()
    # What stood in the pipe was acknowledged too; only the last line may be half.
    acknowledged += [line.strip() for line in writer.communicate()[0].splitlines(keepends=True) if line.endswith("\n")]
    assert set(acknowledged) <= set(rolls_in(home))
    add(home, "after")
    assert "after" in rolls_in(home)


def test_two_processes_start_and_write_at_once(tmp_path: Path) -> None:
    home = Home(tmp_path / "new")
    writers = [start_writer(home, prefix, 15) for prefix in "AB"]
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    assert set(rolls_in(home)) == {f"{prefix}{number}" for prefix in "AB" for number in range(15)}


def test_a_full_disk_keeps_what_was_saved(home: Home) -> None:
    picture = bytes(range(256)) * 64
    draft = SightingDraft(kind="unknown", reason="stranger", thumbnail=picture)
    with open_store(home) as store:
        store.vault.unlock()  # With a connection of its own; the limit below is that of one connection.
        with store.transaction() as db:
            school_class = people.add_class(db, "CS101", "Programming")
            session = begin_session(db, school_class.id, clock.now(), source="a.mp4", model_key="k")
            register.replace_sightings(db, session.id, "a.mp4", [draft])
            pages = db.execute(text("PRAGMA page_count")).scalar_one()
            db.execute(text(f"PRAGMA max_page_count={pages + 20}"))
        with pytest.raises(DiskFullError, match="no room left"), store.transaction() as db:
            register.replace_sightings(db, session.id, "b.mp4", [draft] * 50)
        with store.read() as db:
            assert [one.thumbnail for one in register.sighting_rows(db, session.id)] == [picture]
        with store.transaction() as db:
            db.execute(text("PRAGMA max_page_count=100000"))
            register.replace_sightings(db, session.id, "b.mp4", [draft] * 50)
        with store.read() as db:
            assert len(register.sighting_rows(db, session.id)) == 51


def refused(home: Home) -> str:
    """The sentence with which the home's database is refused, and the file is the same afterwards."""
    before = home.database.read_bytes()
    with pytest.raises(StoreError) as caught:
        open_store(home)
    assert home.database.read_bytes() == before
    return str(caught.value)


@pytest.mark.parametrize("content", [b"", b"x", b"SQLite format 3\0", b"\0" * 8192, b"garbage " * 4096])
def test_what_is_no_database(home: Home, content: bytes) -> None:
    home.database.write_bytes(content)
    sentence = refused(home)
    assert str(home.database) in sentence
    assert "damaged" in sentence
    assert "nothing in it was changed" in sentence


def test_the_sentence_names_the_backups_once_there_are_some(home: Home) -> None:
    add(home, "R001")
    copy = schema.backup(home.database, "test")
    home.database.write_bytes(b"garbage")
    sentence = refused(home)
    assert f"app.py backup restore {copy.name}" in sentence
    home.database.unlink()
    shutil.copy(copy, home.database)
    assert rolls_in(home) == ["R001"]


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.9, 0.999])
def test_a_truncated_file(home: Home, share: float) -> None:
    path = filled(home)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert "damaged" in refused(home)


def test_a_truncated_file_is_also_found_by_its_pages_alone(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    path = filled(home)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    monkeypatch.setattr(schema, "check_file", lambda _: None)
    assert "damaged" in refused(home)


@pytest.mark.parametrize("checked", ["whole", "by table", "by samples"])
def test_any_garbled_page_gives_a_sentence_or_opens(
    home: Home, checked: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    path = filled(home)
    if checked != "whole":
        monkeypatch.setattr(schema, "_CHECKED_WHOLE", 0)
    if checked == "by samples":
        monkeypatch.setattr(schema, "_CHECKED_ROWS", -1)
    content = path.read_bytes()
    outcomes = []
    for page in range(0, len(content) // PAGE, 3):
        garbled = bytearray(content)
        garbled[page * PAGE : (page + 1) * PAGE] = bytes(255 - one for one in content[page * PAGE : (page + 1) * PAGE])
        path.write_bytes(garbled)
        try:
            with open_store(home) as store, store.read() as db:
                school_class = people.get_class(db, "CS101")
                outcomes.append(len(people.roster(db, school_class.id)))
        except StoreError:
            outcomes.append(None)
    assert None in outcomes
    assert set(outcomes) <= {None, 300}


def test_a_flipped_bit_in_the_header_gives_a_sentence_or_opens(home: Home) -> None:
    path = filled(home)
    content = path.read_bytes()
    for place in range(100):
        flipped = bytearray(content)
        flipped[place] ^= 0x10
        path.write_bytes(flipped)
        try:
            with open_store(home) as store, store.read() as db:
                assert len(people.list_students(db)) == 300
        except (StoreError, DiskFullError):
            pass
        for leftover in home.data.glob("rollcall.db-*"):
            leftover.unlink()


def test_text_that_is_no_utf8_gives_a_sentence(home: Home) -> None:
    add(home, "R001")
    with closing(sqlite3.connect(home.database)) as raw, raw:
        raw.execute("UPDATE students SET name = CAST(x'ff41' AS TEXT)")
    with open_store(home) as store, pytest.raises(StoreError, match="damaged"), store.read() as db:
        people.list_students(db)


def test_a_missing_table_or_column_is_damage(home: Home) -> None:
    add(home, "R001")
    with closing(sqlite3.connect(home.database)) as raw, raw:
        raw.execute("ALTER TABLE marks DROP COLUMN confidence")
    with pytest.raises(StoreError, match="damaged"):
        open_store(home)
    with closing(sqlite3.connect(home.database)) as raw, raw:
        raw.execute("DROP TABLE marks")
    with pytest.raises(StoreError, match="damaged"):
        open_store(home)


def test_a_database_of_another_program(home: Home) -> None:
    with closing(sqlite3.connect(home.database)) as raw, raw:
        raw.execute("CREATE TABLE recipes (name TEXT)")
    assert "not a database of Rollcall" in refused(home)


def test_a_database_of_a_newer_rollcall(home: Home) -> None:
    add(home, "R001")
    with closing(sqlite3.connect(home.database)) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "newer Rollcall" in refused(home)


def test_a_folder_in_the_database_s_place(home: Home) -> None:
    home.database.mkdir()
    with pytest.raises(StoreError, match="cannot be read"):
        open_store(home)


def test_the_journal_of_a_lost_database_is_not_put_into_a_new_one(home: Home) -> None:
    journal = home.data / "rollcall.db-wal"
    journal.write_bytes(b"x" * 5000)
    with pytest.raises(StoreError, match="damaged"):
        open_store(home)
    assert journal.read_bytes() == b"x" * 5000


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, not a folder")
    with pytest.raises(DiskFullError):
        open_store(Home(tmp_path / "home"))
