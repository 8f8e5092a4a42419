"""A kept database of every earlier version opens with the present code, with every row and every face in it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import audit
from core.paths import Home
from core.store import consents, migrations, people, samples
from core.store.database import open_store

KEPT = Path(__file__).with_name("databases")


def put(home: Home, version: str) -> Path:
    """The kept database as that of ``home``, with the keys it had."""
    file = KEPT / f"{version}.db"
    shutil.copyfile(file, home.database)
    for ending, target in (("key", "key"), ("audit.key", "audit.key")):
        if (KEPT / f"{version}.{ending}").exists():
            shutil.copyfile(KEPT / f"{version}.{ending}", home.data / target)
    return file


def rows(path: Path) -> dict[str, list[dict[str, Any]]]:
    with closing(sqlite3.connect(path)) as raw:
        raw.row_factory = sqlite3.Row
        tables = raw.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        return {
            name: [dict(row) for row in raw.execute(f'SELECT * FROM "{name}" ORDER BY 1, 2')]
            for (name,) in tables
            if name not in ("alembic_version", "vault_keys")
        }


def test_there_is_one_of_each_version() -> None:
    assert [one.stem for one in sorted(KEPT.glob("*.db"))] == list(migrations.KNOWN[:-1])


@pytest.mark.parametrize("version", migrations.KNOWN[:-1])
def test_every_row_is_kept(home: Home, version: str) -> None:
    before = rows(put(home, version))
    with open_store(home) as store:
        after = rows(home.database)
        for table, old in before.items():
            assert old, table
            now = after[table][: len(old)] if table == "audit" else after[table]
            assert len(now) == len(old), table
            for one, other in zip(old, now, strict=True):
                same = {name for name, value in one.items() if name in other and not isinstance(value, bytes)}
                assert {name: one[name] for name in same} == {name: other[name] for name in same}, table
                assert set(one) - set(other) <= {"teacher"}, table
        with store.read() as db:
            students = people.list_students(db)
            assert [one.roll for one in students] == ["R001", "R002", "R003"]
            faces = samples.samples_of(db, [one.id for one in students])
            assert [int(one.crop[0, 0, 0]) for one in faces] == [40, 41]
            # Each template is what that version's code stored: its random numbers come from the version.
            made = np.random.default_rng(int(version)).normal(size=(2, 512)).astype(np.float32)
            assert all(np.array_equal(one.embedding, other) for one, other in zip(faces, made, strict=True))
            given = [[one.text for one in consents.records_of(db, student.id)] for student in students]
            assert given == [["paper form 0"], ["paper form 1"], []]
        assert audit.verify.__wrapped__(store).ok  # type: ignore[attr-defined]  # It has an account; nobody is logged in.
    assert list((home.data / "backups").glob("rollcall-*.db"))


@pytest.mark.parametrize("version", migrations.KNOWN[:-1])
def test_no_plain_face_stays_behind(home: Home, version: str) -> None:
    put(home, version)
    open_store(home).close()
    piece = np.random.default_rng(int(version)).normal(size=512).astype("<f4").tobytes()[:32]
    held = b"".join(path.read_bytes() for path in home.root.rglob("*") if path.is_file())
    assert piece not in held
