"""Marking: one lesson is one session, marks only widen, and the sheet finds its place."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from core.demo import build_video
from core.paths import Home
from core.records import no_progress
from core.store import people, register, sessions
from core.store.database import open_store
from core.store.tables import MarkTable, SessionTable, SightingTable
from tests.cli_support import ASTRONAUT, CONSENT, HOPPER, NINE, PHOTOGRAPHER, Cli, side_by_side


@pytest.fixture
def cli(ready: Home, capsys: pytest.CaptureFixture[str]) -> Cli:
    cli = Cli(ready, capsys)
    cli.trained_class()
    return cli


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eileen Collins and a stranger for six seconds."""
    path = tmp_path_factory.mktemp("video") / "lesson.mp4"
    build_video(path, no_progress)
    return path


def stored(home: Home) -> tuple[int, int, int]:
    """How many sessions, marks and sightings there are."""
    with open_store(home) as store, store.read() as db:
        return tuple(db.query(table).count() for table in (SessionTable, MarkTable, SightingTable))  # type: ignore[return-value]


def test_a_lesson_marked_again_doubles_nothing_and_only_widens(cli: Cli, video: Path) -> None:
    first = cli.json("mark", "C", video, *NINE)
    [seen] = first["present"]
    assert seen["last_seen_s"] > 5
    counts = stored(cli.home)
    assert counts[:2] == (1, 2)
    again = cli.json("mark", "C", video, *NINE)
    assert again["session"] == first["session"]
    assert again["excel"] == first["excel"]
    assert stored(cli.home) == counts
    # One photo was taken at the start of the lesson: it must not shorten what the video saw.
    short = cli.json("mark", "C", ASTRONAUT, *NINE)
    [still] = short["present"]
    assert still["first_seen_s"] == 0
    assert still["last_seen_s"] == seen["last_seen_s"]
    assert still["confidence"] >= seen["confidence"]
    # A source without her does not take her out again, and one with the other student brings him in.
    more = cli.json("mark", "C", PHOTOGRAPHER, *NINE)
    assert [one["roll"] for one in more["present"]] == ["R1", "R2"]
    assert more["absent"] == []
    assert stored(cli.home)[:2] == (1, 2)


def test_new_makes_a_second_session_and_a_second_sheet(cli: Cli) -> None:
    first = cli.json("mark", "C", ASTRONAUT, *NINE)
    second = cli.json("mark", "C", ASTRONAUT, *NINE, "--new")
    assert second["session"] != first["session"]
    assert second["excel"] != first["excel"]
    assert Path(first["excel"]).is_file()
    assert stored(cli.home)[0] == 2
    other = cli.json("mark", "C", ASTRONAUT, "--at", "2026-11-21T11:00")
    assert other["session"] not in (first["session"], second["session"])


def test_the_running_lesson_is_continued_without_a_time(cli: Cli) -> None:
    assert cli.json("mark", "C", ASTRONAUT)["session"] == cli.json("mark", "C", HOPPER)["session"]
    assert stored(cli.home)[:2] == (1, 2)


@pytest.mark.parametrize("status", ["E", "A"])
def test_a_mark_set_by_hand_survives(cli: Cli, status: str) -> None:
    session = cli.json("mark", "C", HOPPER, *NINE)["session"]
    with open_store(cli.home) as store, store.transaction() as db:
        student = people.get_student(db, "R1")
        mark = db.query(MarkTable).filter_by(session_id=session, student_id=student.id).one()
        mark.status, mark.source = status, "manual"
    cli.json("mark", "C", ASTRONAUT, *NINE)
    with open_store(cli.home) as store, store.read() as db:
        rows = {row.roll: (row.status, row.source) for row in register.register_rows(db, session)}
    assert rows == {"R1": (status, "manual"), "R2": ("A", "face")}


def test_one_student_is_not_two_faces_of_one_photo(cli: Cli, tmp_path: Path) -> None:
    said = cli.json("mark", "C", side_by_side(tmp_path / "twins.png", ASTRONAUT, ASTRONAUT))
    assert [one["roll"] for one in said["present"]] == ["R1"]
    assert said["unknown_faces"] + len(said["review"]) == 1


def test_everybody_in_one_photo_is_marked(cli: Cli, tmp_path: Path) -> None:
    said = cli.json("mark", "C", side_by_side(tmp_path / "all.png", ASTRONAUT, HOPPER, PHOTOGRAPHER))
    assert [one["roll"] for one in said["present"]] == ["R1", "R2"]
    assert said["unknown_faces"] == 1


def test_a_folder_of_photos_is_one_lesson_and_a_broken_one_is_told(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for source in (ASTRONAUT, PHOTOGRAPHER):
        shutil.copy(source, folder)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    said = cli.json("mark", "C", folder)
    assert [one["roll"] for one in said["present"]] == ["R1", "R2"]
    assert any("broken.jpg" in note for note in said["notes"])


def test_a_student_who_joined_after_the_training_is_told(cli: Cli) -> None:
    assert cli("enrol", "C", HOPPER, "--student", "R3 Grace Hopper", *CONSENT) == 0
    said = cli.json("mark", "C", HOPPER)
    assert [one["roll"] for one in said["absent"]] == ["R1", "R2", "R3"]
    assert any("R3" in note and "app.py train C" in note for note in said["notes"])


def test_the_schools_clock_is_shown_and_utc_is_stored(cli: Cli) -> None:
    (cli.home.data / "settings.toml").write_text('time_zone = "Asia/Kolkata"\nschool = "=1+1"', encoding="utf-8")
    said = cli.json("mark", "C", ASTRONAUT, *NINE)
    assert Path(said["excel"]).name == "C_2026-11-21_09-00.xlsx"
    with open_store(cli.home) as store, store.read() as db:
        assert sessions.get_session(db, said["session"]).starts_at == datetime(2026, 11, 21, 3, 30, tzinfo=UTC)
    cells = [cell for page in openpyxl.load_workbook(said["excel"]) for row in page.iter_rows() for cell in row]
    assert any("=1+1" in str(cell.value) for cell in cells)
    assert not any("1+1" in str(cell.value) for cell in cells if cell.data_type == "f")


def test_a_sheet_that_is_open_elsewhere(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows refuses to replace a file that Excel holds; no other system does, so the refusal is played."""
    really_replace = os.replace

    def replace(source: str | Path, target: str | Path) -> None:
        if str(target).endswith("09-00.xlsx"):
            raise PermissionError(13, "in use", str(target))
        really_replace(source, target)

    monkeypatch.setattr(os, "replace", replace)
    said = cli.json("mark", "C", ASTRONAUT, *NINE)
    assert Path(said["excel"]).name == "C_2026-11-21_09-00 (2).xlsx"
    assert Path(said["excel"]).is_file()
    assert "C_2026-11-21_09-00.xlsx is open in another program" in cli.printed
    assert stored(cli.home)[:2] == (1, 2)


def test_a_file_where_the_attendance_folder_should_be(cli: Cli) -> None:
    """Stops an administrator too, whom a read-only folder would not."""
    shutil.rmtree(cli.home.attendance)
    cli.home.attendance.write_text("somebody's notes")
    said = cli.json("mark", "C", ASTRONAUT, *NINE)
    assert Path(said["excel"]) == cli.home.output / "C_2026-11-21_09-00.xlsx"
    assert Path(said["excel"]).is_file()
    assert "cannot be written, so the file was saved as" in cli.printed
    assert cli.home.attendance.read_text() == "somebody's notes"
    assert stored(cli.home)[:2] == (1, 2)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user whom permissions stop")
def test_a_read_only_attendance_folder(cli: Cli) -> None:
    cli.home.attendance.chmod(0o500)
    try:
        said = cli.json("mark", "C", ASTRONAUT, *NINE)
    finally:
        cli.home.attendance.chmod(0o700)
    assert Path(said["excel"]).parent == cli.home.output


def test_stopping_saves_nothing_of_half_a_lesson(cli: Cli, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test can press Ctrl-C at the right moment, so the moment presses it."""
    from core import recognising

    really_follow = recognising.follow_faces

    def stopped(*arguments: object, **options: object) -> object:
        yield next(iter(really_follow(*arguments, **options)))  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(recognising, "follow_faces", stopped)
    assert cli("mark", "C", video) == 130
    assert "Stopped" in cli.said
    assert stored(cli.home) == (0, 0, 0)


def test_an_annotated_video_is_refused_before_the_work(cli: Cli, video: Path) -> None:
    assert "recorded video only" in cli.refused("mark", "C", ASTRONAUT, "--save-video", "out.mp4")
    assert ".mp4" in cli.refused("mark", "C", video, "--save-video", "out.txt")
    assert stored(cli.home) == (0, 0, 0)


def test_without_a_source_the_camera_of_the_room_is_used(cli: Cli) -> None:
    cli.trained_class()
    assert "no room with a camera" in cli.refused("mark", "C")
    assert cli("rooms", "add", "Hall", "--camera", "97") == 0, cli.said
    assert cli("class", "edit", "C", "--room", "Hall") == 0, cli.said
    assert "97" in cli.refused("mark", "C")  # There is no such camera here, but that one was asked for.
