"""Everything a user can get wrong: one sentence, exit code 2, nothing lost."""

import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image as Pictures

from core.locks import home_lock
from core.paths import PROJECT, Home
from core.store import people, samples
from core.store.database import open_store
from core.vision.images import read_image
from tests.cli_support import ASTRONAUT, CONSENT, HOPPER, Cli

R1 = ("--student", "R1 Ada Lovelace", *CONSENT)


@pytest.fixture
def cli(ready: Home, capsys: pytest.CaptureFixture[str]) -> Cli:
    cli = Cli(ready, capsys)
    assert cli("class", "add", "C", "Class") == 0
    return cli


def png_header_only(path: Path, side: int) -> None:
    """A PNG of ``side`` x ``side`` one-bit pixels, all zero: small on disk, huge in memory."""
    row = b"\0" * (1 + (side + 7) // 8)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    header = side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def test_files_that_are_not_what_they_say(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "note.mp4").write_text("not a video")
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "note.txt").write_text("text")
    png_header_only(tmp_path / "huge.png", 30_000)
    for name, words in {
        "none.mp4": "does not exist",
        "note.mp4": "not a video",
        "empty.jpg": "empty",
        "note.txt": "neither a photo nor a video",
        "huge.png": "too large",
    }.items():
        assert words in cli.refused("enrol", "C", tmp_path / name, *R1) or words in cli.printed


def test_a_video_cut_in_half(cli: Cli, tmp_path: Path) -> None:
    assert cli("demo") == 0
    whole = (cli.home.output / "demo.mp4").read_bytes()
    half = tmp_path / "half.mp4"
    half.write_bytes(whole[: len(whole) // 2])
    assert cli("mark", "DEMO", half) == 0
    assert "damaged: only" in cli.printed
    half.write_bytes(whole[:200])
    assert "not a video" in cli.refused("mark", "DEMO", half)


@pytest.mark.parametrize("kind", ["cmyk.jpg", "grey16.png", "grey.png", "rotated.jpg", "photo.heic"])
def test_unusual_pictures_are_read_right(cli: Cli, tmp_path: Path, kind: str) -> None:
    path, picture = tmp_path / kind, Pictures.open(ASTRONAUT).convert("RGB")
    if kind == "cmyk.jpg":
        picture.convert("CMYK").save(path)
    elif kind == "grey16.png":
        cv2.imwrite(str(path), cv2.imread(str(ASTRONAUT), cv2.IMREAD_GRAYSCALE).astype(np.uint16) * 257)
    elif kind == "grey.png":
        picture.convert("L").save(path)
    elif kind == "rotated.jpg":
        exif = Pictures.Exif()
        exif[0x0112] = 6
        picture.rotate(90, expand=True).save(path, exif=exif, quality=95)
    else:
        pillow_heif.from_pillow(picture).save(path)
    difference = np.abs(
        cv2.cvtColor(read_image(path), cv2.COLOR_BGR2GRAY).astype(int)
        - cv2.cvtColor(read_image(ASTRONAUT), cv2.COLOR_BGR2GRAY)
    )
    assert difference.mean() < 6
    assert cli("enrol", "C", path, *R1) == 0
    assert "1 new" in cli.printed


def test_folders_that_do_not_say_who_is_who(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "faces"
    folder.mkdir()
    assert "no sub-folders" in cli.refused("enrol", "C", folder, *CONSENT)
    (folder / "R1 Ada").mkdir()
    (folder / "r1 Bob").mkdir()
    assert "roll number" in cli.refused("enrol", "C", folder, *CONSENT)
    with open_store(cli.home) as store, store.read() as db:
        assert people.list_students(db) == []
    (folder / "r1 Bob").rename(folder / "nameless")
    assert "no roll number with a name" in cli.refused("enrol", "C", folder, *CONSENT)


@pytest.mark.parametrize(
    "name", ["😀 Ada", "عمر الخيام", "x" * 300, "../../x", "=1+1", "CON", "a/b", "Robert'); DROP TABLE students;--"]
)
def test_any_name_is_a_name(cli: Cli, name: str) -> None:
    assert cli("enrol", "C", ASTRONAUT, "--student", f"R1 {name}", *CONSENT) == 0
    assert cli("enrol", "C", HOPPER, "--student", "R2 Other", *CONSENT) == 0
    assert cli("train", "C") == 0
    assert cli("mark", "C", ASTRONAUT) == 0
    with open_store(cli.home) as store, store.read() as db:
        assert people.get_student(db, "R1").name == " ".join(name.split())
    outside = [one.name for one in cli.home.root.parent.iterdir()]
    assert outside == [cli.home.root.name]


def test_consent_comes_first(cli: Cli) -> None:
    assert "--consent" in cli.refused("enrol", "C", ASTRONAUT, "--student", "R1 Ada")
    with open_store(cli.home) as store, store.read() as db:
        assert people.list_students(db) == []


def test_steps_in_the_wrong_order(cli: Cli) -> None:
    assert "no class “X”" in cli.refused("mark", "X", ASTRONAUT)
    assert "no students yet" in cli.refused("train", "C")
    assert "no students yet" in cli.refused("mark", "C", ASTRONAUT)
    assert cli("enrol", "C", ASTRONAUT, *R1) == 0
    assert "not been trained" in cli.refused("mark", "C", ASTRONAUT)
    assert "at least two students" in cli.refused("train", "C")


def test_a_roster_without_samples(cli: Cli, tmp_path: Path) -> None:
    grey = tmp_path / "grey.png"
    Pictures.new("RGB", (300, 300), (90, 90, 90)).save(grey)
    sentence = cli.refused("enrol", "C", grey, *R1)
    assert "No face could be enrolled" in sentence
    assert "no face found" in cli.printed
    assert "face sample" in cli.refused("train", "C")


def test_a_roll_number_of_somebody_else(cli: Cli) -> None:
    assert cli("enrol", "C", ASTRONAUT, *R1) == 0
    sentence = cli.refused("enrol", "C", HOPPER, "--student", "r1 Grace Hopper", *CONSENT)
    assert "Ada Lovelace" in sentence
    assert "Grace Hopper" in sentence


def test_a_face_that_is_somebody_else(cli: Cli) -> None:
    assert cli("enrol", "C", ASTRONAUT, *R1) == 0
    cli.refused("enrol", "C", ASTRONAUT, "--student", "R2 Impostor", *CONSENT)
    assert "already enrolled as R1 Ada Lovelace" in cli.printed
    with open_store(cli.home) as store, store.read() as db:
        two = people.get_student(db, "R2")
        assert samples.count_by_student(db, [two.id]).get(two.id, 0) == 0


def test_the_same_picture_twice(cli: Cli) -> None:
    assert cli("enrol", "C", ASTRONAUT, *R1) == 0
    assert cli("enrol", "C", ASTRONAUT, *R1) == 0
    assert "stored already" in cli.printed


def test_damaged_files_of_our_own(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    cli.home.data.joinpath("settings.toml").write_text("min_face_px = 'many'")
    assert "min_face_px" in cli.refused("mark", "C", ASTRONAUT)
    cli.home.data.joinpath("settings.toml").unlink()
    assert cli("enrol", "C", ASTRONAUT, *R1) == 0
    assert cli("enrol", "C", HOPPER, "--student", "R2 Grace", *CONSENT) == 0
    assert cli("train", "C") == 0
    for manifest in cli.home.classifiers.rglob("*.json"):
        manifest.write_text("{")
    assert "app.py train C" in cli.refused("mark", "C", ASTRONAUT)
    cli.home.database.write_bytes(b"not a database" * 500)
    assert "damaged" in cli.refused("class", "list")
    assert cli.home.database.read_bytes() == b"not a database" * 500


def test_damaged_networks(cli: Cli) -> None:
    with (cli.home.networks / "facenet.bin").open("r+b") as file:
        file.seek(1000)
        file.write(b"damage")
    assert "app.py setup" in cli.refused("enrol", "C", ASTRONAUT, *R1)


def test_a_second_rollcall_at_the_same_time(cli: Cli) -> None:
    with home_lock(cli.home, "marking attendance"):
        assert "Another Rollcall" in cli.refused("mark", "C", ASTRONAUT)
    assert cli("class", "list") == 0


def test_a_sheet_that_is_open_elsewhere(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows refuses to replace a file that Excel holds; no other system does, so the refusal is played."""
    import os

    assert cli("demo") == 0
    real = os.replace

    def refusing(source: str | Path, target: str | Path) -> None:
        if str(target).endswith("12-00.xlsx"):
            raise PermissionError(13, "in use", str(target))
        real(source, target)

    monkeypatch.setattr(os, "replace", refusing)
    assert cli("mark", "DEMO", ASTRONAUT, "--at", "2026-11-21T12:00") == 0
    assert "DEMO_2026-11-21_12-00 (2).xlsx" in cli.printed.replace("\n", "")


def test_wrong_words_on_the_command_line(cli: Cli) -> None:
    assert cli("mark", "C") == 2
    assert cli("nonsense") == 2
    assert "date and time" in cli.refused("mark", "C", ASTRONAUT, "--at", "yesterday")
    assert "exactly one source" in cli.refused("enrol", "C", *CONSENT)
    assert "Camera 97" in cli.refused("enrol", "C", "--camera", "97", *R1)
    assert "does not answer" in cli.refused("enrol", "C", "--source", "rtsp://u:secret@127.0.0.1:9/x", *R1)
    assert "secret" not in cli.said


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are a thing of POSIX")
def test_a_full_disk_loses_nothing(cli: Cli) -> None:
    """A limit on file sizes stands in for the disk's end: the write fails in the same place."""
    assert cli("enrol", "C", ASTRONAUT, *R1) == 0
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000)); "
        "from core.commands.main import run; sys.exit(run(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", script, "--home", str(cli.home.root), "enrol", "C", str(HOPPER)]
    done = subprocess.run(
        [*command, "--student", "R2 Grace", *CONSENT], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "not saved" in done.stderr
    assert "Traceback" not in done.stderr
    with open_store(cli.home) as store, store.read() as db:
        assert [one.roll for one in people.list_students(db)] == ["R1"]
