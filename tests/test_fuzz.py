"""Thousands of damaged files for everything that reads files: each gives a result or a sentence, nothing else.

The seeds are fixed, so a failure can be repeated.  What was found once is a test of its own at the end.
"""

import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from skimage import data

from core import clock
from core.errors import RollcallError
from core.moving import export_home, import_home
from core.paths import Home
from core.recognition.classifier import Classifier, Thresholds
from core.recognition.files import load_classifier, save_classifier
from core.settings import load_settings
from core.store import people
from core.store.database import Store, open_store
from core.tables_in import read_table
from core.tables_out import write_table
from core.vault import sources
from core.vision.images import decode_image
from core.vision.sources import open_source
from tests.mutants import mutants
from tests.test_hostile_media import video

PASSPHRASE = "four words of nobody"
PROPERTIES = "docProps/core.xml"


def small_photo(kind: str) -> bytes:
    file = io.BytesIO()
    exif = Pillow.Exif()
    exif[0x0112] = 6
    Pillow.fromarray(data.astronaut()[:72, 160:220]).save(file, kind, exif=exif)
    return file.getvalue()


def files_of(folder: Path) -> set[str]:
    return {one.relative_to(folder).as_posix() for one in folder.rglob("*")}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_pictures(kind: str) -> None:
    read = refused = 0
    for mutant in mutants(small_photo(kind), 2000, seed=5):
        try:
            image = decode_image(mutant, "mutant")
        except RollcallError:
            refused += 1
        else:
            read += 1
            assert image.dtype == np.uint8
            assert image.ndim == 3
    assert refused > 200
    assert read > 20
    assert read + refused == 2000


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["TIFF", "GIF", "BMP", "HEIF", "PPM"])
def test_pictures_of_rarer_kinds(kind: str) -> None:
    refused = 0
    for mutant in mutants(small_photo(kind), 300, seed=6):
        try:
            assert decode_image(mutant, "mutant").ndim == 3
        except RollcallError:
            refused += 1
    assert refused > 10


@pytest.mark.parametrize(("suffix", "code"), [("mp4", "mp4v"), ("avi", "MJPG")])
def test_videos(tmp_path: Path, suffix: str, code: str) -> None:
    path = tmp_path / f"mutant.{suffix}"
    whole, read, refused = video(path, code), 0, 0
    for mutant in mutants(whole, 1000, seed=12):
        path.write_bytes(mutant)
        try:
            with open_source(path) as source:
                read += any(frame.image.ndim == 3 for frame in source.frames())
        except RollcallError:
            refused += 1
    assert read + refused <= 1000
    assert refused > 50


def table(kind: str, folder: Path) -> bytes:
    path = folder / f"whole.{kind}"
    write_table(path, "People", ["Roll", "Name", "Class"], [[f"R{one}", f"Ada {one}", "7a"] for one in range(20)])
    whole = path.read_bytes()
    path.unlink()
    if kind == "xlsx":
        with zipfile.ZipFile(io.BytesIO(whole)) as packed:
            properties = packed.read(PROPERTIES)
        # It says when it was made; every day would have mutants of its own.
        whole = repacked(whole, PROPERTIES, re.sub(rb"\d{4}-\d\d-\d\dT[\d:]{8}Z", b"2026-11-21T09:00:00Z", properties))
    return whole


def repacked(whole: bytes, part: str, content: bytes) -> bytes:
    """A workbook of which one part is another, with right checksums: damage that reaches the reader of XML."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), content if name == part else old.read(name), zipfile.ZIP_DEFLATED)
    return file.getvalue()


def parts(whole: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(whole)) as packed:
        return [one for one in packed.namelist() if one.endswith(".xml") or one.endswith(".rels")]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
def test_tables(tmp_path: Path, kind: str) -> None:
    path, whole = tmp_path / f"mutant.{kind}", table(kind, tmp_path)
    path.write_bytes(whole)
    assert len(read_table(path).rows) == 21
    tried = list(mutants(whole, 800, seed=7))
    if kind != "csv":
        with zipfile.ZipFile(io.BytesIO(whole)) as packed:
            tried += [
                repacked(whole, part, content)
                for part in parts(whole)
                for content in mutants(packed.read(part), 1200 // len(parts(whole)), seed=8)
            ]
    outcomes = {"read": 0, "refused": 0}
    for mutant in tried:
        path.write_bytes(mutant)
        try:
            read_table(path)
            outcomes["read"] += 1
        except RollcallError:
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 10, outcomes
    assert files_of(tmp_path) == {path.name}


def test_settings(home: Home) -> None:
    path = home.data / "settings.toml"
    whole = b'school = "School"\ntime_zone = "Asia/Kolkata"\nlate_minutes = 10\nmin_face_px = 40\nsmtp_port = 587\n'
    outcomes = {"read": 0, "refused": 0}
    for mutant in mutants(whole, 600, seed=9):
        path.write_bytes(mutant)
        try:
            load_settings(home)
            outcomes["read"] += 1
        except RollcallError:
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 50, outcomes


@pytest.mark.parametrize("suffix", [".npz", ".json"])
def test_classifiers(store: Store, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "classifiers" / "1" / "made.npz"
    rows = np.eye(2, 512, dtype=np.float32)
    classifier = Classifier(
        student_ids=np.array([1, 2]),
        coef=rows,
        intercept=np.zeros(2, np.float32),
        centroids=rows,
        thresholds=Thresholds(sure=0.5, sure_single=0.6, review=0.3, gap=0.1),
        model_key="key",
        raised=np.zeros(2, np.float32),
        alike=np.zeros((0, 2), np.int64),
        rejected=np.zeros((0, 512), np.float32),
        rejected_of=np.zeros(0, np.int64),
    )
    store.vault.unlock()
    save_classifier(path, classifier, store.vault, class_code="C", samples=2, trained_at=clock.now(), held_out={})
    damaged = path.with_suffix(suffix)
    whole, refused = damaged.read_bytes(), 0
    for mutant in mutants(whole, 1000, seed=10):
        damaged.write_bytes(mutant)
        try:
            load_classifier(path, "C", store.vault)
        except RollcallError:
            refused += 1
    assert refused > 300


def test_files_of_backup_export(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cheap argon2id: what is tried here comes before and after it."""
    for name, value in {"m": 64, "t": 1}.items():
        monkeypatch.setitem(sources.COST, name, value)
    monkeypatch.setattr(sources, "_MOST", {"m": 128, "t": 2, "p": 2})
    file, target = tmp_path / "moved.rollcall", Home(tmp_path / "target")
    with open_store(home) as store:
        with store.transaction() as db:
            people.add_class(db, "C", "Class", None)
        export_home(store, file, PASSPHRASE)
    target.create()
    whole, before = file.read_bytes(), files_of(tmp_path)
    for mutant in mutants(whole, 400, seed=11):
        if mutant == whole:
            continue
        file.write_bytes(mutant)
        with pytest.raises(RollcallError):
            import_home(target, file, PASSPHRASE)
    assert files_of(tmp_path) == before


@pytest.mark.parametrize(
    "change",
    [
        {"salt": ""}, {"salt": "zz"}, {"salt": None}, {"salt": "00" * 2000}, {"m": 1}, {"p": 16}, {"m": 1 << 40},
        {"t": 1 << 31}, {"t": True}, {"t": -1}, {"m": 1.5},
    ],
)  # fmt: skip
def test_a_head_that_asks_for_the_impossible(home: Home, tmp_path: Path, change: dict) -> None:
    params = json.dumps({"salt": "00" * 16, **sources.COST, **change}).encode()
    file = tmp_path / "moved.rollcall"
    file.write_bytes(b"RCARCH1\n" + len(params).to_bytes(4, "big") + params + b"\0\0\0\x40" + b"x" * 64)
    with pytest.raises(RollcallError):
        import_home(home, file, PASSPHRASE)


def test_a_spreadsheet_in_an_unknown_encoding(tmp_path: Path) -> None:
    """Found by mutation: the reader of XML looks the name of the encoding up."""
    path, whole = tmp_path / "people.ods", table("ods", tmp_path)
    with zipfile.ZipFile(io.BytesIO(whole)) as packed:
        content = packed.read("content.xml")
    head = content[: content.index(b"?>")]
    path.write_bytes(repacked(whole, "content.xml", content.replace(head, b"<?xml version='1.0' encoding='UTF-x'", 1)))
    with pytest.raises(RollcallError, match="is damaged"):
        read_table(path)


BOMB = (
    b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>"
    + b"".join(b"<!ENTITY %c '%s'>" % (98 + one, b"&%c;" % (97 + one) * 10) for one in range(12))
    + b"]><x>&m;</x>"
)
OUTSIDE = b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>"


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
@pytest.mark.parametrize("content", [BOMB, OUTSIDE])
def test_entities_are_refused_in_every_part(tmp_path: Path, kind: str, content: bytes) -> None:
    path, whole = tmp_path / f"bomb.{kind}", table(kind, tmp_path)
    refused = 0
    for part in parts(whole):
        path.write_bytes(repacked(whole, part, content))
        try:
            text = str(read_table(path))
        except RollcallError:
            refused += 1
        else:  # a part that is not read at all
            assert "root:" not in text
            assert len(text) < 100_000
    assert refused > 0
