"""Faces at rest: nothing plain on the disk, nothing opens in another place, and a lost key leaves the register."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import keyring
import numpy as np
import pytest
from alembic import command
from alembic.config import Config
from keyring.backend import KeyringBackend

from core import audit, rekeying
from core.errors import InputError, StoreError, VaultError
from core.paths import Home
from core.store import migrations, people, register, rejections, samples, sightings, vault_keys
from core.store.database import Store, open_store
from core.store.engine import make_engine
from core.store.faces import crop_png, digest_of
from core.store.register import SightingDraft
from core.store.sealed import PLACES
from core.vault import sealing, sources
from core.vault.vault import Vault
from tests.cli_support import ASTRONAUT, CONSENT, HOPPER, NINE, Cli
from tests.store_support import begin_session

KEY = "weights 1"
PROJECT = Path(__file__).resolve().parent.parent
PASSPHRASE = "four words are enough"


def crop(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (160, 160, 3), dtype=np.uint8)


def embedding(seed: int) -> np.ndarray:
    return np.random.default_rng(1000 + seed).normal(size=512).astype(np.float32)


def add(store: Store, student_id: int, seed: int) -> None:
    good = {"quality": 0.5, "sharpness": 1.0, "brightness": 1.0, "face_px": 99.0}
    with store.transaction() as db:
        samples.add_sample(
            db, student_id, crop=crop(seed), embedding=embedding(seed), model_key=KEY, source="a.png", **good
        )
        rejections.add_rejection(
            db, 3 - student_id, crop=crop(seed), embedding=embedding(seed), model_key=KEY, source="a.png"
        )


@pytest.fixture
def filled(home: Home) -> Home:
    """Two students with two faces each, and a session with a thumbnail of each."""
    with open_store(home) as store:
        with store.transaction() as db:
            made = people.add_class(db, "C", "Class")
            for roll in ("R1", "R2"):
                people.add_to_roster(db, made.id, people.add_student(db, roll, f"Student {roll}").id)
            for _ in range(2):
                begin_session(db, made.id, source="a.mp4", model_key=KEY)
        for seed in range(4):
            add(store, 1 + seed // 2, seed)
        with store.transaction() as db:
            for session in (1, 2):
                drafts = [SightingDraft("review", "why", student_id=1, thumbnail=crop_png(crop(10 + session)))]
                register.replace_sightings(db, session, "a.mp4", drafts)
    return home


def read_all(home: Home) -> None:
    """Every face comes back as it was stored."""
    with open_store(home) as store, store.read() as db:
        faces = samples.samples_of(db, [1, 2])
        assert [one.student_id for one in faces] == [1, 1, 2, 2]
        for seed, one in enumerate(faces):
            np.testing.assert_array_equal(one.crop, crop(seed))
            np.testing.assert_array_equal(one.embedding, embedding(seed))
        assert rejections.load_embeddings(db, [1, 2], KEY)[1].shape == (4, 512)
        assert sightings.sightings_of(db, 2, ["review"])[0].thumbnail == crop_png(crop(12))


def run_sql(home: Home, *statements: str) -> None:
    with closing(sqlite3.connect(home.database)) as raw, raw:
        for one in statements:
            raw.execute(one)


def blobs(home: Home) -> list[bytes]:
    with closing(sqlite3.connect(home.database)) as raw:
        return [
            bytes(row[0])
            for place in PLACES
            for row in raw.execute(f"SELECT {place.column} FROM {place.table.__tablename__}")
        ]


def pieces_of(faces: Iterator[tuple[np.ndarray, np.ndarray]]) -> set[bytes]:
    """Parts of pictures, packed and not, and of templates; a row may be split over two pages."""
    found = set()
    for picture, template in faces:
        for data in (crop_png(picture), picture.tobytes(), template.astype("<f4").tobytes()):
            step = 64 if len(data) < 4096 else 1500
            found |= {data[at : at + 32] for at in range(64, min(len(data), 60_000) - 32, step)}
    return {one for one in found if len(set(one)) > 8}


def plain_in(folder: Path, pieces: set[bytes]) -> list[str]:
    """The files that hold a piece; every offset is looked at."""
    found = []
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        content = path.read_bytes()
        if any(piece in content for piece in pieces):
            found.append(path.name)
    return found


def test_what_is_stored_comes_back_and_is_sealed_on_the_disk(filled: Home) -> None:
    read_all(filled)
    assert all(sealing.generation_of(one) == 1 for one in blobs(filled))
    assert plain_in(filled.root, pieces_of((crop(seed), embedding(seed)) for seed in range(4))) == []
    with open_store(filled) as store:
        assert "key" not in repr(store.vault).replace(str(filled.data), "")
        assert all(bytes(one.wrapped).hex() not in repr(one) for one in store._keys())


@pytest.mark.parametrize("table", ["samples", "rejections"])
@pytest.mark.parametrize("column", ["crop", "embedding"])
@pytest.mark.parametrize("of", [(1, 3), (1, 2)])
def test_swapped_values_are_refused(filled: Home, table: str, column: str, of: tuple[int, int]) -> None:
    """Between two students, and between two pictures of one."""
    one, other = of
    run_sql(
        filled,
        f"CREATE TEMP TABLE was AS SELECT id, {column} AS value FROM {table}",
        f"UPDATE {table} SET {column} = (SELECT value FROM was WHERE id = {other}) WHERE id = {one}",
        f"UPDATE {table} SET {column} = (SELECT value FROM was WHERE id = {one}) WHERE id = {other}",
    )
    assert_damaged(filled, table, column)


@pytest.mark.parametrize("table", ["samples", "rejections"])
def test_a_row_given_to_another_student_is_refused(filled: Home, table: str) -> None:
    run_sql(filled, f"UPDATE {table} SET student_id = 3 - student_id WHERE id IN (1)")
    assert_damaged(filled, table, "embedding")


def test_another_network_s_embedding_is_refused(filled: Home) -> None:
    run_sql(filled, "UPDATE samples SET model_key = 'weights 2' WHERE id = 1")
    with open_store(filled) as store, store.read() as db, pytest.raises(StoreError, match="sample 1"):
        samples.load_embeddings(db, [1], "weights 2")


def assert_damaged(home: Home, table: str, column: str) -> None:
    module = samples if table == "samples" else rejections
    name, key = ("load_embeddings", KEY) if column == "embedding" else (f"stale_{table}", "other")
    with open_store(home) as store, store.read() as db, pytest.raises(StoreError, match="damaged"):
        getattr(module, name)(db, [1, 2], key)


def test_every_changed_byte_is_noticed(filled: Home) -> None:
    whole = bytes(blobs(filled)[4])
    with open_store(filled) as store:
        for at in range(0, len(whole), 37):
            changed = bytearray(whole)
            changed[at] ^= 1
            with store.transaction() as db:
                db.connection().exec_driver_sql("UPDATE samples SET embedding = ? WHERE id = 1", (bytes(changed),))
            with store.read() as db, pytest.raises(StoreError, match="sample 1"):
                samples.load_embeddings(db, [1], KEY)


def test_a_plain_value_is_refused(filled: Home) -> None:
    """Else whoever can write the database could plant a face."""
    with open_store(filled) as store:
        with store.transaction() as db:
            db.connection().exec_driver_sql("UPDATE samples SET embedding = ? WHERE id = 1", (embedding(0).tobytes(),))
        with store.read() as db, pytest.raises(StoreError, match="sample 1"):
            samples.load_embeddings(db, [1], KEY)


def test_thumbnails_of_two_sessions_cannot_be_exchanged(filled: Home) -> None:
    run_sql(filled, "UPDATE sightings SET thumbnail = (SELECT thumbnail FROM sightings WHERE session_id = 2)")
    with open_store(filled) as store, store.read() as db:
        with pytest.raises(StoreError, match="sighting 1"):
            sightings.sightings_of(db, 1, ["review"])
        # The sheet is the register's: it does without the picture.
        assert [one.thumbnail for one in register.sighting_rows(db, 1)] == [b""]
        assert register.sighting_rows(db, 2)[0].thumbnail == crop_png(crop(12))


def unreadable(home: Home) -> str:
    with open_store(home) as store:
        with store.read() as db:
            assert [one.name for one in people.list_students(db)] == ["Student R1", "Student R2"]
            assert [one.thumbnail for one in register.sighting_rows(db, 1)] == [b""]
        with store.read() as db, pytest.raises(VaultError) as caught:
            samples.load_embeddings(db, [1], KEY)
        with store.transaction() as db, pytest.raises(VaultError):
            register.replace_sightings(db, 1, "b", [SightingDraft("review", "why", thumbnail=b"png")])
    return str(caught.value)


def test_without_the_key_file_there_is_a_sentence_and_the_register(filled: Home) -> None:
    kept = filled.key.read_bytes()
    filled.key.unlink()
    assert "is missing" in unreadable(filled)
    filled.key.write_bytes(kept)
    read_all(filled)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"short text", b"0123456789abcdef " + b"A" * 43 + b"=\n"])
def test_a_wrong_key_file_is_told(filled: Home, content: bytes) -> None:
    filled.key.write_bytes(content)
    sentence = unreadable(filled)
    assert str(filled.key) in sentence
    assert "start-over" in sentence


def test_the_key_of_another_home_is_told(filled: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    open_store(other).close()
    [line], [own] = other.key.read_text().splitlines(), filled.key.read_text().splitlines()
    filled.key.write_text(f"{line}\n")
    assert "not the one" in unreadable(filled)
    # Even under the right name.
    filled.key.write_text(f"{own.split()[0]} {line.split()[1]}\n")
    assert "damaged" in unreadable(filled)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such rights; the folder's count there")
def test_only_the_owner_may_read_the_key_file(filled: Home) -> None:
    assert filled.key.stat().st_mode & 0o777 == 0o600


def test_who_is_not_there_is_not_asked(filled: Home) -> None:
    asked: list[int] = []
    with open_store(filled) as store:
        rekeying.change_source(store, "passphrase", PASSPHRASE)
    with open_store(filled, ask=lambda attempt: asked.append(attempt)) as store:
        assert not store.vault.can_open()
        assert asked == [0]
        store.vault.ask_no_more()
        assert not store.vault.can_open()
    assert asked == [0]


def test_a_passphrase(filled: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(filled) as store:
        with pytest.raises(InputError, match="at least"):
            rekeying.change_source(store, "passphrase", "short")
        read_all(filled)
        rekeying.change_source(store, "passphrase", PASSPHRASE)
    assert not filled.key.exists()
    assert "nobody gave their passphrase" in unreadable(filled)
    monkeypatch.setenv(sources.VARIABLE, "not this one, sorry")
    assert "wrong" in unreadable(filled)
    monkeypatch.setenv(sources.VARIABLE, PASSPHRASE)
    read_all(filled)
    asked: list[int] = []

    def ask(attempt: int) -> str | None:
        asked.append(attempt)
        return ["wrong again and again", PASSPHRASE][attempt]

    with open_store(filled, ask=ask) as store, store.read() as db:
        for _ in range(3):
            assert len(samples.samples_of(db, [1])) == 2
    assert asked == [0, 1]


class Knocks:
    """A lock that counts who wants to have it."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock, self.tries = lock, 0

    def __enter__(self) -> None:
        self.tries += 1
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_who_waited_while_nobody_gave_the_passphrase_asks_nobody_again(filled: Home) -> None:
    with open_store(filled) as store:
        rekeying.change_source(store, "passphrase", PASSPHRASE)
    asked: list[int] = []
    is_asked, answer, ends = threading.Event(), threading.Event(), threading.Barrier(4)
    told: list[str] = []

    def ask(attempt: int) -> None:
        asked.append(attempt)
        is_asked.set()
        answer.wait(60)

    def need(vault: Vault) -> None:
        try:
            vault.unlock()
        except VaultError as error:
            told.append(str(error))
        ends.wait(60)

    with open_store(filled, ask=ask) as store:
        # The first asks from within the vault twice over, the others stand at its door.
        lock = store.vault._lock = Knocks(store.vault._lock)  # type: ignore[assignment]
        threads = [threading.Thread(target=need, args=(store.vault,)) for _ in range(3)]
        for one in threads:
            one.start()
        assert is_asked.wait(60)
        while lock.tries < 5:
            time.sleep(0.01)
        answer.set()
        ends.wait(60)
        assert asked == [0]
        assert len(told) == 3
        # Whoever comes later may have thought better of it.
        assert not store.vault.can_open()
        assert asked == [0, 0]


def test_no_passphrase_makes_a_start_take_all_memory(filled: Home) -> None:
    with open_store(filled) as store:
        rekeying.change_source(store, "passphrase", PASSPHRASE)
    run_sql(filled, "UPDATE vault_keys SET params = json_set(params, '$.m', 1000000000)")
    with open_store(filled, ask=lambda _: PASSPHRASE) as store, store.read() as db, pytest.raises(VaultError):
        samples.load_embeddings(db, [1], KEY)


class Memory(KeyringBackend):
    """A keyring as a desktop has it, but in memory."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def desktop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Memory]:
    before, memory = keyring.get_keyring(), Memory()
    monkeypatch.setenv("DISPLAY", ":0")
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(before)


def test_a_desktop_s_keyring_keeps_the_key_from_the_first_start(desktop: Memory, tmp_path: Path) -> None:
    home = Home(tmp_path / "desktop")
    with open_store(home) as store:
        assert rekeying.state(store).source == "keyring"
        with store.transaction() as db:
            people.add_student(db, "R1", "A")
            people.add_student(db, "R2", "B")
        add(store, 1, 0)
    assert not home.key.exists()
    [text] = desktop.kept.values()
    assert text.encode() not in home.database.read_bytes()
    desktop.kept.clear()
    with open_store(home) as store, store.read() as db, pytest.raises(VaultError, match="keyring"):
        samples.samples_of(db, [1])


def test_what_is_done_with_the_key_is_in_the_audit(filled: Home, desktop: Memory) -> None:
    with open_store(filled) as store:
        rekeying.change_source(store, "keyring")
        rekeying.rotate(store)
        rekeying.start_over(store)
        told = [(one.action, one.before, one.after) for one in audit.entries(store, audit.Filter(action="security"))]
        assert audit.verify(store).ok
    assert told == [
        ("security.start_over", None, None),
        ("security.rotate", None, {"generation": 2, "finished": True}),
        ("security.rotate", None, {"generation": 2}),
        ("security.key", {"source": "file"}, {"source": "keyring"}),
    ]


def test_the_key_can_be_moved_between_its_keepers(filled: Home, desktop: Memory) -> None:
    with open_store(filled) as store:
        rekeying.change_source(store, "keyring")
    assert not filled.key.exists()
    read_all(filled)
    with open_store(filled) as store:
        rekeying.change_source(store, "file")
    assert desktop.kept == {}
    read_all(filled)
    before = filled.key.read_bytes()
    with open_store(filled) as store:
        rekeying.change_source(store, "file")
    assert filled.key.read_bytes() != before
    read_all(filled)


def test_copies_of_the_database_follow_the_key(filled: Home) -> None:
    from core.store import schema

    copy = schema.backup(filled.database, "test")
    with open_store(filled) as store:
        rekeying.change_source(store, "file")
        rekeying.rotate(store)
    for name in ("rollcall.db", "rollcall.db-wal", "rollcall.db-shm"):
        filled.database.with_name(name).unlink(missing_ok=True)
    shutil.copy(copy, filled.database)
    read_all(filled)


def test_a_rotation_changes_every_value_and_gives_the_old_key_up(filled: Home) -> None:
    old, values = filled.database.read_bytes(), blobs(filled)
    with open_store(filled) as store:
        wrapped = store._keys()[0].wrapped
        assert wrapped in old
        done = rekeying.rotate(store)
        assert (done.values, done.damaged) == (18, 0)
        assert [(one.generation, one.finished) for one in store._keys()] == [(2, True)]
        assert rekeying.rotate(store).values == 18
    read_all(filled)
    assert not set(values) & set(blobs(filled))
    assert all(sealing.generation_of(one) == 3 for one in blobs(filled))
    assert wrapped not in filled.database.read_bytes()


def test_a_damaged_value_stops_no_rotation(filled: Home) -> None:
    run_sql(filled, "UPDATE samples SET embedding = x'00' WHERE id = 1")
    with open_store(filled) as store:
        done = rekeying.rotate(store)
        assert (done.values, done.damaged) == (17, 1)
        assert len(store._keys()) == 1
        with store.read() as db, pytest.raises(StoreError, match="sample 1"):
            samples.load_embeddings(db, [1], KEY)


KILLED = """
import os, signal, sys
from pathlib import Path
from core import rekeying
from core.paths import Home
from core.store import schema, sealed
from core.store.database import open_store
rekeying.AT_ONCE = 1
steps, left = [0], int(sys.argv[2])
def step(*_):
    steps[0] += 1
    if steps[0] == left:
        os.kill(os.getpid(), signal.SIGKILL)
inner, copy = sealed.reseal_some, schema.backup
def copied(*arguments):
    if "sealed" in arguments:
        copy(*arguments)
        step()
    return copy(*arguments)
schema.backup = copied
def inside(*arguments, **more):
    done = inner(*arguments, **more)
    step()
    return done
sealed.reseal_some = inside
with open_store(Home(Path(sys.argv[1]))) as store:
    rekeying.rotate(store, step)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
@pytest.mark.parametrize("moment", [1, 2, 3, 8, 17, 30, 44])
def test_a_rotation_that_is_killed_leaves_everything_readable_and_goes_on(filled: Home, moment: int) -> None:
    """In the middle of a transaction and between two of them."""
    arguments = [sys.executable, "-c", KILLED, str(filled.root), str(moment)]
    done = subprocess.run(arguments, cwd=PROJECT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    read_all(filled)
    with open_store(filled) as store:
        assert rekeying.state(store).unfinished
        add_and_remove(store)
        rekeying.rotate(store)
        assert [(one.generation, one.finished) for one in store._keys()] == [(2, True)]
    read_all(filled)


def add_and_remove(store: Store) -> None:
    """Work goes on in between, with the new key."""
    add(store, 1, 99)
    with store.transaction() as db:
        newest = samples.samples_of(db, [1])[-1]
        np.testing.assert_array_equal(newest.embedding, embedding(99))
        samples.delete_samples(db, [newest.id])
        assert rejections.withdraw_rejection(db, 2, crop(99))


def test_a_program_that_runs_on_follows_a_rotation(filled: Home) -> None:
    with open_store(filled) as watching:
        with watching.read() as db:
            assert len(samples.samples_of(db, [1])) == 2
        with open_store(filled) as store:
            rekeying.rotate(store)
        add_and_remove(watching)
        with watching.read() as db:
            assert len(samples.samples_of(db, [1])) == 2


def plain_home(home: Home) -> None:
    """A database as it was before faces were sealed, with a copy of an earlier migration."""
    home.create()
    engine = make_engine(home.database, busy_seconds=0, foreign_keys=False)
    with engine.begin() as connection:
        number = migrations.KNOWN[migrations.KNOWN.index("0003")]
        command.upgrade(migrations.configured(Config(), connection), number)
        connection.exec_driver_sql(
            "INSERT INTO students (id, roll, roll_key, name, active, created_at) "
            "VALUES (1, 'R1', 'r1', 'A', 1, '2026-11-20'), (2, 'R2', 'r2', 'B', 1, '2026-11-20')"
        )
        for seed in range(4):
            for table, owner, more in (
                ("samples", 1 + seed // 2, ", 0.5, 1, 1, 99"),
                ("rejections", 2 - seed // 2, ""),
            ):
                names = "id, student_id, source, crop_sha256, model_key, created_at, embedding, crop"
                names += ", quality, sharpness, brightness, face_px" if more else ""
                connection.exec_driver_sql(
                    f"INSERT INTO {table} ({names}) VALUES (?, ?, 'a', ?, ?, '2026-11-20', ?, ?{more})",
                    (seed + 1, owner, digest_of(crop(seed)), KEY, embedding(seed).tobytes(), crop_png(crop(seed))),
                )
    engine.dispose()
    (home.data / "backups").mkdir()
    shutil.copy(home.database, home.data / "backups" / "rollcall-20260101T000000Z-before.db")


def test_an_older_database_is_sealed_when_it_is_opened(home: Home) -> None:
    plain_home(home)
    pieces = pieces_of((crop(seed), embedding(seed)) for seed in range(4))
    assert plain_in(home.root, pieces) == ["rollcall-20260101T000000Z-before.db", "rollcall.db"]
    home.classifiers.joinpath("1").mkdir(parents=True)
    home.classifiers.joinpath("1", ".rollcall-left.npz").write_bytes(embedding(0).tobytes())
    with open_store(home) as store:
        # Also while it is open: neither the journal nor a copy holds a plain piece.
        assert plain_in(home.root, pieces) == []
        with store.read() as db:
            for seed, one in enumerate(samples.samples_of(db, [1, 2])):
                np.testing.assert_array_equal(one.crop, crop(seed))
                np.testing.assert_array_equal(one.embedding, embedding(seed))
            assert [one.finished for one in vault_keys.list_keys(db)] == [True]
    assert plain_in(home.root, pieces) == []
    [copy] = (home.data / "backups").glob("*.db")
    assert copy.name.endswith("-sealed.db")


KILLED_AT_FIRST = KILLED.replace("    rekeying.rotate(store, step)\n", "    pass\n")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
@pytest.mark.parametrize("moment", [1, 5, 12, 24])
def test_sealing_an_older_database_goes_on_after_a_kill(home: Home, moment: int) -> None:
    plain_home(home)
    arguments = [sys.executable, "-c", KILLED_AT_FIRST, str(home.root), str(moment)]
    done = subprocess.run(arguments, cwd=PROJECT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    with open_store(home) as store, store.read() as db:
        assert len(samples.samples_of(db, [1, 2])) == 4
    assert plain_in(home.root, pieces_of((crop(seed), embedding(seed)) for seed in range(4))) == []


def test_beginning_anew_without_the_key(filled: Home) -> None:
    filled.key.unlink()
    with open_store(filled) as store:
        rekeying.start_over(store)
        with store.read() as db:
            assert [one.roll for one in people.list_students(db)] == ["R1", "R2"]
            assert samples.samples_of(db, [1, 2]) == []
            assert [one.thumbnail for one in sightings.sightings_of(db, 1, ["review"])] == [b""]
        add(store, 1, 7)
        assert rekeying.state(store).problem is None


def test_the_whole_main_job_leaves_no_plain_face_on_the_disk(
    ready: Home, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Enrol, train, mark, review, search, correct: then every byte of home and temporary folder is looked through."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    cli = Cli(ready, capsys)
    cli.trained_class()
    cli.json("mark", "C", HOPPER, *NINE)
    [stranger] = cli.json("review", "C")["faces"]
    assert cli("review", "C", "--not", f"{stranger['number']}:R1") == 0
    assert cli("enrol", "C", HOPPER, "--student", "R3 Grace Hopper", *CONSENT) == 0
    assert cli("train", "C") == 0
    cli.json("mark", "C", ASTRONAUT, "--new")
    cli.json("who", ASTRONAUT)
    with open_store(ready) as store, store.read() as db:
        faces = [(one.crop, one.embedding) for one in samples.samples_of(db, [1, 2, 3])]
        pieces = pieces_of(iter(faces))
        # Among the files that are open now: the journal.
        assert plain_in(ready.data, pieces) == []
    assert len(pieces) > 200
    assert (ready.models / "school.npz").exists()
    assert list(ready.classifiers.rglob("*.npz"))
    assert plain_in(ready.root, pieces) + plain_in(temporary, pieces) == []
    for path in (*ready.data.rglob("*"), *ready.classifiers.rglob("*"), ready.models / "school.npz"):
        content = path.read_bytes() if path.is_file() else b""
        # Long enough not to turn up in sealed bytes by chance.
        assert b"\x89PNG\r\n\x1a\n" not in content, path
        assert b"\xff\xd8\xff\xe0\x00\x10JFIF" not in content, path
        assert b"\x93NUMPY\x01" not in content, path


def test_a_lost_key_leaves_the_register_usable(
    ready: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLLCALL_UNKNOWN_FACES_DAYS", "1")  # so that the review has a picture to open
    cli = Cli(ready, capsys)
    cli.trained_class()
    cli.json("mark", "C", HOPPER, *NINE)
    said = cli_text(cli, "doctor")
    assert "beside them" in said
    assert "ok  accounts: none" in said
    assert "ok  audit: whole" in said
    ready.key.unlink()
    for words in (["students", "list"], ["class", "list"], ["session", "show", "C"], ["session", "list", "C"]):
        assert cli(*words) == 0, cli.said
    [sheet] = ready.attendance.rglob("*.xlsx")
    sheet.unlink()
    assert cli("set", "C", "R1", "P", "--reason", "was there") == 0, cli.said
    assert cli("session", "close", "C") == 0, cli.said
    assert sheet.exists()
    assert [one["problem"] for one in cli.json("versions", "C")["versions"]] == [
        "the key of the faces is missing or locked"
    ]
    for words in (["mark", "C", str(ASTRONAUT)], ["who", str(ASTRONAUT)], ["review", "C"], ["train", "C"]):
        assert "key" in cli.refused(*words)
    assert cli("doctor") == 2
    assert "DO  faces" in cli.printed
    assert "--yes" in cli.refused("security", "start-over")
    assert cli("security", "start-over", "--yes") == 0
    assert cli("enrol", "C", ASTRONAUT, "--student", "R1 Eileen Collins", *CONSENT) == 0
    assert cli("students", "delete", "R1") == 0


def cli_text(cli: Cli, *words: str) -> str:
    cli(*words)
    return cli.printed


def test_the_commands_of_the_key(ready: Home, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    cli = Cli(ready, capsys)
    cli.trained_class()
    assert cli.json("security", "show")["source"] == "file"
    assert "Choose one" in cli.refused("security", "key")
    assert "keyring" in cli.refused("security", "key", "--keyring")
    assert "ROLLCALL_NEW_PASSPHRASE" in cli.refused("security", "key", "--passphrase")
    monkeypatch.setenv("ROLLCALL_NEW_PASSPHRASE", PASSPHRASE)
    assert cli("security", "key", "--passphrase") == 0
    assert "passphrase" in cli.refused("mark", "C", ASTRONAUT)
    monkeypatch.setenv("ROLLCALL_PASSPHRASE", PASSPHRASE)
    done = cli.json("security", "rotate")
    assert (done["values"], done["files"], done["damaged"]) == (4, 1, 0)
    assert [one["roll"] for one in cli.json("mark", "C", ASTRONAUT)["present"]] == ["R1"]
    everything = b"".join(one.read_bytes() for one in ready.data.rglob("*") if one.is_file())
    assert PASSPHRASE.encode() not in everything
    assert PASSPHRASE not in cli.printed + cli.said
