"""Copies of the database: made, listed, put back where it is damaged too; a home that moves to another computer."""

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from core import audit, backups, clock, moving
from core.accounts import admin, login
from core.actor import acting
from core.errors import BusyError, ConflictError, InputError, RollcallError, StoreError
from core.files import PendingFile, workplace
from core.paths import Home
from core.store import copies, people, samples
from core.store.database import open_store
from core.vault import sources
from core.vault.archive import ArchiveReader, ArchiveWriter
from tests.account_support import ADMIN_NAME, PASSWORD
from tests.cli_support import Cli

FOUR_WORDS = "correct horse battery staple"
ADA = "Ada Lovelace"
"""Long enough not to stand in sealed bytes by chance, as three letters do now and then."""


def fill(home: Home, name: str = ADA) -> None:
    """A student in a class, with a face of invented bytes."""
    with open_store(home) as store, store.transaction() as db:
        student = people.add_student(db, "R1", name)
        people.add_to_roster(db, people.add_class(db, "C", "Class").id, student.id)
        crop = np.random.default_rng(1).integers(0, 255, (160, 160, 3), np.uint8)
        embedding = np.full(512, 512**-0.5, np.float32)
        samples.add_sample(
            db,
            student.id,
            crop=crop,
            embedding=embedding,
            model_key="k",
            quality=1,
            sharpness=1,
            brightness=1,
            face_px=99,
            source="a.png",
        )


def names(home: Home) -> list[str]:
    with open_store(home) as store, store.read() as db:
        return [one.name for one in people.list_students(db)]


def faces(home: Home) -> int:
    with open_store(home) as store, store.read() as db:
        return len(samples.samples_of(db, [one.id for one in people.list_students(db)]))


@pytest.fixture
def cli(home: Home, capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(home, capsys)


def test_a_copy_is_listed_and_put_back_by_its_name(cli: Cli) -> None:
    fill(cli.home)
    made = cli.json("backup", "now")["file"]
    with open_store(cli.home) as store, store.transaction() as db:
        people.edit_student(db, people.get_student(db, "R1").id, name="Grace")
    assert made in [one["file"] for one in cli.json("backup", "list")]
    done = cli.json("backup", "restore", made)
    assert (names(cli.home), faces(cli.home), done["students"]) == ([ADA], 1, 1)
    # What was there is a copy now, and can be put back in its turn.
    cli.json("backup", "restore", done["kept"])
    assert names(cli.home) == ["Grace"]
    assert cli("audit", "verify") == 0


def test_a_program_that_reads_meanwhile_sees_one_or_the_other(home: Home) -> None:
    fill(home)
    with open_store(home) as store:
        copy = backups.back_up(store).path
        with store.transaction() as db:
            people.add_student(db, "R2", "Grace")
        with store.read() as db:
            before = len(people.list_students(db))
            backups.restore(home, copy)
            assert len(people.list_students(db)) == before == 2
        with store.read() as db:
            assert [one.name for one in people.list_students(db)] == [ADA]


@pytest.mark.parametrize("damage", [b"not a database at all", b"", None])
def test_a_damaged_or_missing_database_is_replaced_and_kept(cli: Cli, damage: bytes | None) -> None:
    fill(cli.home)
    made = cli.json("backup", "now")["file"]
    for path in cli.home.data.glob("rollcall.db-*"):
        path.unlink()
    if damage is None:
        cli.home.database.unlink()
    else:
        cli.home.database.write_bytes(damage)
        # The sentence names what can be typed.
        assert "app.py backup restore rollcall-" in cli.refused("students", "list")
    kept = cli.json("backup", "restore", made)["kept"]
    assert names(cli.home) == [ADA]
    if damage is not None:
        assert (cli.home.data / "backups" / kept).read_bytes() == damage


@pytest.mark.parametrize("one_name", [False, True])
def test_a_damaged_database_stays_in_its_place_until_another_takes_it(
    home: Home, monkeypatch: pytest.MonkeyPatch, one_name: bool
) -> None:
    fill(home)
    with open_store(home) as store:
        copy = backups.back_up(store).path
    home.database.write_bytes(b"not a database at all")

    def power_cut(_pending: PendingFile) -> None:
        raise KeyboardInterrupt

    def refuse(_path: Path, _target: Path) -> None:
        raise OSError("no second names here")

    with monkeypatch.context() as patch:
        patch.setattr(PendingFile, "commit", power_cut)
        if one_name:
            patch.setattr(Path, "hardlink_to", refuse)
        with pytest.raises(KeyboardInterrupt):
            backups.restore(home, copy)
    assert home.database.read_bytes() == b"not a database at all"
    [kept] = (home.data / "backups").glob("damaged-*.db")
    assert kept.read_bytes() == b"not a database at all"


def test_a_file_that_is_no_sound_copy_changes_nothing(cli: Cli, tmp_path: Path) -> None:
    fill(cli.home)
    bad = tmp_path / "bad.db"
    for content in (b"", b"SQLite format 3\0" + b"x" * 5000, b"hello" * 500):
        bad.write_bytes(content)
        assert "nothing was changed" in cli.refused("backup", "restore", bad)
    with closing(sqlite3.connect(bad.with_name("other.db"))) as raw, raw:
        raw.execute("CREATE TABLE t (x)")
    assert "nothing was changed" in cli.refused("backup", "restore", bad.with_name("other.db"))
    assert "There is no file" in cli.refused("backup", "restore", "nothing.db")
    assert (names(cli.home), faces(cli.home)) == ([ADA], 1)
    assert not list(cli.home.data.glob(".rollcall-*"))


def test_a_truncated_copy_is_refused_at_every_cut(home: Home, tmp_path: Path) -> None:
    fill(home)
    with open_store(home) as store:
        whole = backups.back_up(store).path.read_bytes()
    for share in range(20):
        cut = tmp_path / "cut.db"
        cut.write_bytes(whole[: len(whole) * share // 20])
        with pytest.raises(StoreError):
            backups.restore(home, cut)
    assert (names(home), faces(home)) == ([ADA], 1)


def other(tmp_path: Path) -> Home:
    home = Home(tmp_path / "other")
    home.create()
    return home


def moved(home: Home, tmp_path: Path) -> Path:
    fill(home)
    (home.classifiers / "1").mkdir(parents=True)
    (home.classifiers / "1" / "20260101T000000-000001.npz").write_bytes(b"sealed elsewhere")
    (home.data / "settings.toml").write_text('school = "Hill"\n', encoding="utf-8")
    file = tmp_path / "all.rollcall"
    with open_store(home) as store:
        moving.export_home(store, file, FOUR_WORDS)
    return file


def test_a_home_moves_to_another_computer_with_its_faces(home: Home, tmp_path: Path) -> None:
    file = moved(home, tmp_path)
    sent = file.read_bytes()
    for piece in (b"SQLite format 3", home.key.read_bytes().split()[1], ADA.encode(), b"rollcall.db"):
        assert piece not in sent
    there = other(tmp_path)
    done = moving.import_home(there, file, FOUR_WORDS)
    assert (done.students, done.kept, names(there), faces(there)) == (1, None, [ADA], 1)
    assert (there.data / "settings.toml").read_text(encoding="utf-8") == 'school = "Hill"\n'
    assert (there.classifiers / "1" / "20260101T000000-000001.npz").read_bytes() == b"sealed elsewhere"
    assert not list(there.data.glob(".rollcall-*"))
    assert there.key.read_bytes() != home.key.read_bytes()


def test_faces_behind_a_passphrase_keep_it(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from core import rekeying

    monkeypatch.setenv(sources.VARIABLE, "another passphrase of mine")
    with open_store(home) as store:
        rekeying.change_source(store, "passphrase", "another passphrase of mine")
    file, there = moved(home, tmp_path), other(tmp_path)
    moving.import_home(there, file, FOUR_WORDS)
    assert faces(there) == 1
    assert not there.key.exists()


def test_an_import_refuses_a_home_with_data_and_keeps_what_it_replaces(home: Home, tmp_path: Path) -> None:
    file, there = moved(home, tmp_path), other(tmp_path)
    fill(there, "Grace")
    with pytest.raises(ConflictError, match="--replace"):
        moving.import_home(there, file, FOUR_WORDS)
    assert names(there) == ["Grace"]
    done = moving.import_home(there, file, FOUR_WORDS, replace=True)
    assert (names(there), faces(there)) == ([ADA], 1)
    assert done.kept is not None
    with closing(sqlite3.connect(done.kept / "data" / "rollcall.db")) as raw:
        assert raw.execute("SELECT name FROM students").fetchall() == [("Grace",)]
    assert (done.kept / "data" / "key").exists()
    assert copies.forget_copies(there.database) >= 1
    assert not done.kept.exists()


def test_an_import_waits_until_no_other_program_has_the_database_open(home: Home, tmp_path: Path) -> None:
    file, there = moved(home, tmp_path), other(tmp_path)
    fill(there, "Grace")
    with open_store(there) as store:
        with store.transaction() as db:
            people.add_student(db, "R2", "Alan")
        with pytest.raises(BusyError, match="Another program"):
            moving.import_home(there, file, FOUR_WORDS, replace=True)
        # What it saves afterwards is not lost either.
        with store.transaction() as db:
            people.add_student(db, "R3", "Edsger")
    assert names(there) == ["Grace", "Alan", "Edsger"]
    done = moving.import_home(there, file, FOUR_WORDS, replace=True)
    assert names(there) == [ADA]
    with closing(sqlite3.connect(done.kept / "data" / "rollcall.db")) as raw:
        assert raw.execute("SELECT COUNT(*) FROM students").fetchone() == (3,)


def test_after_an_import_the_audit_is_signed_with_the_key_that_came(home: Home, tmp_path: Path) -> None:
    there = other(tmp_path)
    fill(there, "Grace")
    file = moved(home, tmp_path)
    with open_store(there) as store:
        office = admin.set_up(store, ADMIN_NAME, PASSWORD)
    # Who logs in for the import has a row signed with the key that is about to go.
    with open_store(there) as store:
        login.log_in(store, office.name, PASSWORD)
    with acting(office.actor()):
        moving.import_home(there, file, FOUR_WORDS, replace=True)
    with open_store(there) as store:
        done = audit.verify(store)
        newest = audit.entries(store)[0].action
    assert (done.ok, newest) == (True, "data.import"), done
    if os.name == "posix":
        assert {(there.data / name).stat().st_mode & 0o777 for name in ("key", "audit.key")} == {0o600}


def test_a_wrong_passphrase_a_cut_and_every_kind_of_change_are_refused(home: Home, tmp_path: Path) -> None:
    file, there = moved(home, tmp_path), other(tmp_path)
    with pytest.raises(InputError, match="passphrase is wrong"):
        moving.import_home(there, file, "correct horse battery stable")
    whole = file.read_bytes()
    for number in range(16):
        place = len(whole) * number // 16
        file.write_bytes(whole[:place])
        with pytest.raises(RollcallError):
            moving.import_home(there, file, FOUR_WORDS)
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with pytest.raises(RollcallError):
            moving.import_home(there, file, FOUR_WORDS)
    assert not there.database.exists()


@pytest.mark.parametrize(
    "head",
    [
        b"[]",
        b"[" * 3000,
        b"\xff\xfe",
        b'{"m": 65536, "t": 2, "p": 1}',
        b'{"m": 65536, "t": 2, "p": 1, "salt": "0011"}',
        b'{"m": 1, "t": 1, "p": 16, "salt": "00112233445566778899"}',
        b'{"m": 99999999, "t": 2, "p": 1, "salt": "00112233445566778899"}',
    ],
)
def test_an_invented_head_is_a_damaged_file(tmp_path: Path, head: bytes) -> None:
    file = tmp_path / "head"
    file.write_bytes(b"RCARCH1\n" + len(head).to_bytes(4, "big") + head + b"\0\0\1\0" + b"x" * 256)
    with file.open("rb") as source, pytest.raises(InputError, match="damaged or not complete"):
        ArchiveReader(source, FOUR_WORDS)


def test_pieces_cannot_be_left_out_or_swapped(tmp_path: Path) -> None:
    file = tmp_path / "pieces"
    content = np.random.default_rng(1).bytes(3 * (1 << 20) + 5)
    with file.open("wb") as target:
        writer = ArchiveWriter(target, FOUR_WORDS)
        writer.write(content)
        writer.finish()
    whole = file.read_bytes()
    with file.open("rb") as source:
        assert ArchiveReader(source, FOUR_WORDS).read() == content
    start = 12 + int.from_bytes(whole[8:12], "big")
    size = 4 + int.from_bytes(whole[start : start + 4], "big")
    first, second = whole[start : start + size], whole[start + size : start + 2 * size]
    rest = whole[start + 2 * size :]
    swapped = [one + rest for one in (second + first, second, first, first + first)]
    for changed in (*swapped, first + second + rest + b"\0", first + second + rest + rest[-size:]):
        file.write_bytes(whole[:start] + changed)
        with file.open("rb") as source, pytest.raises(InputError):
            ArchiveReader(source, FOUR_WORDS).read()
    file.write_bytes(whole[: start + 2 * size])
    with file.open("rb") as source, pytest.raises(InputError):
        ArchiveReader(source, FOUR_WORDS).read()


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/evil", "data/../../evil", "data/other", "models/classifiers/1/../x.npz"]
)
def test_an_import_writes_nowhere_else(home: Home, tmp_path: Path, name: str) -> None:
    evil = tmp_path / "evil.txt"
    evil.write_text("x")
    file = tmp_path / "evil.rollcall"
    moving._pack(file, {name: evil}, FOUR_WORDS)
    with pytest.raises(InputError, match="does not belong"):
        moving.import_home(home, file, FOUR_WORDS)


def test_the_commands_ask_for_the_passphrase_and_move_everything(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(cli.home)
    file = tmp_path / "all.rollcall"
    assert "Nobody can be asked" in cli.refused("backup", "export", file)
    monkeypatch.setenv("ROLLCALL_BACKUP_PASSPHRASE", "short")
    assert "10 letters" in cli.refused("backup", "export", file)
    monkeypatch.setenv("ROLLCALL_BACKUP_PASSPHRASE", FOUR_WORDS)
    assert cli.json("backup", "export", file)["students"] == 1
    there = Cli(other(tmp_path), capsys)
    assert there.json("backup", "import", file)["students"] == 1
    assert names(there.home) == [ADA]
    assert "--replace" in there.refused("backup", "import", file)


def test_the_first_command_of_a_day_makes_a_copy(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def made() -> list[str]:
        return [one.why for one in copies.list_copies(cli.home.database)]

    cli("students", "list")
    assert made() == []  # There is nothing to lose yet.
    fill(cli.home)
    for _ in range(3):
        assert cli("students", "list") == 0
    assert made() == ["daily"]
    days = [clock.now() + timedelta(days=number) for number in range(1, 20)]
    for day in days:
        monkeypatch.setattr(clock, "now", lambda day=day: day)
        assert cli("class", "list") == 0
    assert made() == ["daily"] * 14
    assert copies.list_copies(cli.home.database)[0].made_at == days[-1]


def test_the_daily_work_removes_the_workplace_of_a_killed_program(cli: Cli) -> None:
    with workplace(cli.home.data) as killed:
        shutil.copytree(killed, left := killed.with_name(f"{killed.name}-left"))
    os.utime(left, (0, 0))
    fill(cli.home)
    assert cli("class", "list") == 0
    assert not left.exists()


def test_a_copy_that_fails_stops_no_command(cli: Cli) -> None:
    fill(cli.home)
    (cli.home.data / "backups").write_text("a file where the folder belongs", encoding="utf-8")
    assert cli("students", "list") == 0
    assert "copy of the database could not be made" in cli.said
    (cli.home.data / "backups").unlink()
    assert cli("students", "list") == 0
    assert len(copies.list_copies(cli.home.database)) == 1
