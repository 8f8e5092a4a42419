"""Everything about one person is handed out, and after erasing them no byte of it is found."""

import io
import json
import os
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Table, func, insert, select

from core.actor import Actor, acting
from core.erasure import erase_student
from core.errors import ConflictError, NotFoundError
from core.paths import Home
from core.person_export import export_person, packed_person
from core.store import groups, people, person_data, register, samples
from core.store.database import Store, open_store
from core.store.register import SightingDraft
from core.store.tables import AccountTable, Base, UtcDateTime
from core.vision.images import encode_png
from tests.cli_support import ASTRONAUT, NINE, PHOTOGRAPHER, Cli, side_by_side
from tests.store_support import NINE as AT_NINE
from tests.store_support import begin_session
from tests.test_consent import add_face, picture


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with open_store(home) as store:
        yield store


NOT_HANDED_OUT = {
    "kiosks": "devices that a teacher passes round; the account of a student starts none",
    "mail_attachments": "sheets that name everybody else of the class; the mail itself is handed out",
}
"""Tables that hang on a row about a student, and why nothing of them is in the folder."""


def about_students() -> set[str]:
    """Tables that name a student: by a foreign key, or by a column where the audit has none on purpose."""
    tables = Base.metadata.tables.values()
    keyed = {one.name for one in tables if any(key.column.table.name == "students" for key in one.foreign_keys)}
    return keyed | {one.name for one in tables if "student_id" in one.columns}


def test_every_table_about_a_student_is_handed_out(store: Store) -> None:
    student = add_face(store, "R1", 1)
    with store.read() as db:
        handed_out = person_data.plain_data(db, student).keys()
    assert about_students() <= handed_out
    owned = {table.__tablename__ for table in person_data._ABOUT}
    # What belongs to such a row and to nothing else goes and comes with it.
    below = {
        one.name
        for one in Base.metadata.tables.values()
        for key in one.foreign_keys
        if key.column.table.name in owned and not key.parent.nullable
    }
    assert below - handed_out == set(NOT_HANDED_OUT)


def test_every_table_about_a_student_loses_them(store: Store) -> None:
    """A row of each such table, with whatever fits its columns; only the audit keeps its numbers."""
    gone, other = add_face(store, "R1", 1), add_face(store, "R2", 2)
    with store.transaction() as db:
        group_class = people.add_class(db, "C", "Class")
        begin_session(db, group_class.id)
        groups.add_group(db, group_class.id, "Lab")
        for name in sorted(about_students() - {"audit"}):
            table = Base.metadata.tables[name]
            for student in (gone, other):
                if not db.scalar(select(func.count()).select_from(table).where(table.c.student_id == student)):
                    db.execute(insert(table).values(filled(table, student)))

    def counts(student: int) -> dict[str, int]:
        with store.read() as db:
            tables = [Base.metadata.tables[name] for name in about_students()]
            return {
                one.name: db.scalar(select(func.count()).select_from(one).where(one.c.student_id == student)) or 0
                for one in tables
            }

    assert min(counts(gone).values()) >= 1
    before = counts(other)
    with store.read() as db:
        account = db.scalar(select(AccountTable.id).filter_by(student_id=other))
    with acting(Actor(f"name {other}", "admin", account_id=account, student_id=other)):
        erase_student(store, "R1")
    assert {name for name, count in counts(gone).items() if count} == {"audit"}
    assert counts(other) == before


def filled(table: Table, student: int) -> dict[str, Any]:
    made: dict[type, Any] = {int: 1, float: 0.5, bool: True, bytes: b"", date: date(2026, 9, 1), datetime: AT_NINE}
    values = {}
    for column in table.columns:
        keyed = {key.column.table.name for key in column.foreign_keys}
        if column.name == "student_id":
            values[column.name] = student
        elif column.name == "seat_row":
            values[column.name] = student  # One on each seat.
        elif column.name == "role":
            values[column.name] = "admin"
        elif not column.nullable and not (column.primary_key and not keyed) and column.server_default is None:
            kind = datetime if isinstance(column.type, UtcDateTime) else column.type.python_type
            values[column.name] = made.get(kind, f"{column.name} {student}")
    return values


def test_the_folder_holds_everything_under_numbers(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    student = add_face(store, "R1", 1)
    add_face(store, "R2", 2)
    with store.transaction() as db:
        people.edit_student(db, student, name="../../=cmd() \u202eevil")
        school_class = people.add_class(db, "C", "Class")
        people.add_to_roster(db, school_class.id, student)
        session = begin_session(db, school_class.id)
        register.merge_face_marks(db, session.id, {student: register.FaceEvidence(0.9, AT_NINE, AT_NINE)}, [student])
        seen = SightingDraft("present", "why", student, 0.9, AT_NINE, AT_NINE, thumbnail=encode_png(picture(9)))
        register.replace_sightings(db, session.id, "a.mp4", [seen])
    done = export_person(store, "R1", tmp_path / "out")
    names = sorted(one.name for one in (tmp_path / "out").iterdir())
    own = ["data.json", "lesson-face-1.png", "passage-1-first.png", "sample-1.png"]
    assert (names, done.pictures) == (own, 3)
    data = json.loads((tmp_path / "out" / "data.json").read_text(encoding="utf-8"))
    assert data["consents"][0]["text"] == "paper form"
    assert data["classes"][0]["code"] == "C"
    assert data["marks"][0]["status"] == "P"
    assert data["sessions"][0]["id"] == session.id
    with store.read() as db:
        [sample] = samples.samples_of(db, [student])
    assert np.array_equal(np.array(data["samples"][0]["embedding"], np.float32), sample.embedding)
    assert (tmp_path / "out" / "lesson-face-1.png").read_bytes() == encode_png(picture(9))
    assert all(row["student_id"] == student for row in data["samples"] + data["passages"])
    written = {one.name: one.read_bytes() for one in (tmp_path / "out").iterdir()}
    there = sorted(store.home.root.rglob("*"))
    # For a browser it is packed without a place on the disk, where a killed program would leave the faces.
    monkeypatch.setattr(os, "mkdir", lambda *_given, **_more: pytest.fail("a folder is made"))
    with zipfile.ZipFile(io.BytesIO(packed_person(store, "R1"))) as packed:
        got = {name: packed.read(name) for name in packed.namelist()}
    # That it was handed out before is known by now.
    assert len(json.loads(got.pop("data.json"))["audit"]) == len(json.loads(written.pop("data.json"))["audit"]) + 1
    assert got == written
    monkeypatch.undo()
    assert sorted(store.home.root.rglob("*")) == there
    with pytest.raises(ConflictError, match="already"):
        export_person(store, "R1", tmp_path / "out")
    with pytest.raises(NotFoundError):
        export_person(store, "R9", tmp_path / "new")


def everything(home: Home) -> bytes:
    return b"\0".join(path.read_bytes() for path in sorted(home.root.rglob("*")) if path.is_file() and path != home.key)


def test_after_erasing_no_byte_of_the_face_is_found(
    ready: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Marked, reviewed in the sheet, searched, copied; then gone: neither sealed nor plain pieces are anywhere."""
    cli = Cli(ready, capsys)
    cli.trained_class()
    room = side_by_side(tmp_path / "room.png", ASTRONAUT, PHOTOGRAPHER)
    assert cli("mark", "C", room, *NINE) == 0
    assert cli("who", room) == 0
    assert cli("backup", "now") == 0
    sealed, plain = [], []
    with open_store(cli.home) as store, store.read() as db:
        student = people.get_student(db, "R1").id
        rows = db.connection().exec_driver_sql(
            "SELECT embedding, crop FROM samples WHERE student_id = ? UNION ALL "
            "SELECT thumbnail, thumbnail FROM sightings WHERE student_id = ?", (student, student),
        )  # fmt: skip
        sealed = [bytes(value) for row in rows for value in row if value]
        plain = [face.embedding.tobytes() for face in samples.samples_of(db, [student])]
        plain += [content for _, content in person_data.pictures(db, student) if content]
    # 24 bytes from several places: no two random values have such a piece in common.
    pieces = [one[at : at + 24] for one in sealed + plain for at in range(100, len(one) - 24, max(1, len(one) // 7))]
    log = cli.home.log
    before = everything(cli.home)
    assert NAME in before
    assert sum(piece in before for piece in pieces) > len(sealed)
    said = cli.json("students", "delete", "R1")
    assert said["samples"] >= 1
    assert said["sightings"] == 1
    (cli.home.root / "said.json").unlink()  # What the test asked the command to write.
    after = everything(cli.home)
    assert [piece for piece in pieces if piece in after] == []
    # The name is in no file either but the lesson's sheet, which stays as the school's record; no log was written.
    named = {path for path in cli.home.root.rglob("*") if path.is_file() and NAME in unpacked(path)}
    assert named
    assert {path.parent.parent for path in named} == {cli.home.attendance}
    assert not log.exists()
    assert not list(cli.home.root.rglob(".rollcall-*"))
    with open_store(cli.home) as store, store.read() as db:
        assert db.connection().exec_driver_sql("PRAGMA secure_delete").scalar() == 1


NAME = b"Eileen Collins"


def unpacked(path: Path) -> bytes:
    """A file's bytes, and of a workbook or an archive of arrays those of its parts."""
    content = path.read_bytes()
    if not zipfile.is_zipfile(path):
        return content
    with zipfile.ZipFile(path) as parts:
        return content + b"\0".join(parts.read(name) for name in parts.namelist())


def test_a_sheet_that_showed_an_erased_face_is_made_again(store: Store) -> None:
    from core.reports.session_files import write_sheet_of
    from core.settings import Settings

    student = add_face(store, "R1", 1)
    with store.transaction() as db:
        school_class = people.add_class(db, "C", "Class")
        people.add_to_roster(db, school_class.id, student)
        session = begin_session(db, school_class.id)
        seen = SightingDraft("review", "why", student, 0.5, AT_NINE, AT_NINE, thumbnail=encode_png(picture(9)))
        register.replace_sightings(db, session.id, "a.mp4", [seen])
    path = write_sheet_of(store, Settings(), session.id).path
    assert b"media/" in path.read_bytes()
    erase_student(store, "R1")
    assert b"media/" not in path.read_bytes()
