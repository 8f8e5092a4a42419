"""The command line as a contract: the main job, sessions, JSON."""

import json
from pathlib import Path

import av
import openpyxl
import pytest

from core.bootstrap import COMMANDS
from core.commands.main import run
from core.paths import Home
from core.store import people, register
from core.store.database import open_store
from core.store.tables import MarkTable
from tests.cli_support import ASTRONAUT, CONSENT, HOPPER, PHOTOGRAPHER, Cli


@pytest.fixture
def cli(ready: Home, capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(ready, capsys)


def test_demo_does_the_main_job(cli: Cli, tmp_path: Path) -> None:
    report = tmp_path / "demo.json"
    assert cli("demo", "--json", report) == 0, cli.said
    data = json.loads(report.read_text(encoding="utf-8"))
    assert [one["roll"] for one in data["present"]] == ["D001"]
    assert [one["roll"] for one in data["absent"]] == ["D002"]
    assert data["unknown_faces"] == 1
    assert data["review"] == []
    assert data["frames"] == 150
    assert data["excel"] in cli.printed.replace("\n", "")
    page = openpyxl.load_workbook(data["excel"])["Attendance"]
    rows = {row[0].value: row[2].value for row in page.iter_rows() if row[0].value in ("D001", "D002")}
    assert rows == {"D001": "P", "D002": "A"}
    with av.open(str(cli.home.output / "demo.mp4")) as video:
        assert video.streams.video[0].codec_context.name == "h264"
        assert sum(1 for _ in video.decode(video=0)) == 150


def test_one_photo_is_marked_and_the_json_keeps_its_contract(cli: Cli, tmp_path: Path) -> None:
    cli.trained_class()
    report = tmp_path / "mark.json"
    assert cli("mark", "C", ASTRONAUT, "--at", "2026-11-21T09:00", "--json", report) == 0
    data = json.loads(report.read_text(encoding="utf-8"))
    assert set(data) >= {
        "session", "class", "present", "absent", "review", "unknown_faces",
        "frames", "video_seconds", "wall_seconds", "excel", "model_key",
    }  # fmt: skip
    assert set(data["present"][0]) == {"roll", "name", "confidence", "first_seen_s", "last_seen_s"}
    assert data["present"][0]["roll"] == "R1"
    assert data["absent"] == [{"roll": "R2", "name": "The Photographer"}]
    assert Path(data["excel"]).name == "C_2026-11-21_09-00.xlsx"


def test_a_stranger_is_not_marked(cli: Cli, tmp_path: Path) -> None:
    cli.trained_class()
    report = tmp_path / "mark.json"
    assert cli("mark", "C", HOPPER, "--json", report) == 0
    data = json.loads(report.read_text(encoding="utf-8"))
    assert data["present"] == []
    assert data["unknown_faces"] == 1


def test_a_lesson_marked_twice_is_one_session(cli: Cli, tmp_path: Path) -> None:
    cli.trained_class()
    sessions = []
    for source in (ASTRONAUT, PHOTOGRAPHER, ASTRONAUT):
        report = tmp_path / "mark.json"
        assert cli("mark", "C", source, "--at", "2026-11-21T09:00", "--json", report) == 0
        data = json.loads(report.read_text(encoding="utf-8"))
        sessions.append(data["session"])
    assert len(set(sessions)) == 1
    assert [one["roll"] for one in data["present"]] == ["R1", "R2"]
    assert cli("mark", "C", ASTRONAUT, "--at", "2026-11-21T09:00", "--new", "--json", report) == 0
    again = json.loads(report.read_text(encoding="utf-8"))
    assert again["session"] not in sessions
    assert Path(again["excel"]) != Path(data["excel"])


def test_the_running_lesson_is_continued_without_a_time(cli: Cli, tmp_path: Path) -> None:
    cli.trained_class()
    sessions = set()
    for source in (ASTRONAUT, HOPPER):
        assert cli("mark", "C", source, "--json", tmp_path / "m.json") == 0
        sessions.add(json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))["session"])
    assert len(sessions) == 1


def test_a_mark_set_by_hand_survives(cli: Cli, tmp_path: Path) -> None:
    cli.trained_class()
    assert cli("mark", "C", HOPPER, "--at", "2026-11-21T09:00", "--json", tmp_path / "m.json") == 0
    session = json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))["session"]
    with open_store(cli.home) as store:
        with store.transaction() as db:
            student = people.get_student(db, "R1")
            mark = db.query(MarkTable).filter_by(session_id=session, student_id=student.id).one()
            mark.status, mark.source = "E", "manual"
        store.close()
    assert cli("mark", "C", ASTRONAUT, "--at", "2026-11-21T09:00") == 0
    with open_store(cli.home) as store, store.read() as db:
        rows = {row.roll: row.status for row in register.register_rows(db, session)}
    assert rows == {"R1": "E", "R2": "A"}


def test_a_deleted_student_leaves_nothing(cli: Cli) -> None:
    cli.trained_class()
    assert cli("enrol", "C", HOPPER, "--student", "R3 Grace Hopper", *CONSENT) == 0
    assert cli("train", "C") == 0
    assert cli("students", "delete", "r1") == 0
    assert "Eileen" in cli.printed
    assert cli.refused("students", "show", "R1").startswith("There is no student")
    assert cli("mark", "C", ASTRONAUT) == 0
    assert "0 present, 2 absent, 1 unknown" in cli.printed


def test_other_weights_embed_the_stored_samples_again(cli: Cli) -> None:
    from core.store.tables import SampleTable

    cli.trained_class()
    with open_store(cli.home) as store, store.transaction() as db:
        keys = {row.model_key for row in db.query(SampleTable)}
        for row in db.query(SampleTable):
            row.model_key, row.embedding = "older", b"\0" * 2048
    assert cli("train", "C") == 0
    with open_store(cli.home) as store, store.read() as db:
        assert {row.model_key for row in db.query(SampleTable)} == keys
        assert all(any(row.embedding) for row in db.query(SampleTable))


@pytest.mark.parametrize(
    "command",
    [(), *((one,) for one in COMMANDS if one != "test")],
)
def test_every_command_has_help(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


def test_doctor_names_what_is_missing(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    cli = Cli(home, capsys)
    assert cli("doctor") == 2
    assert "DO  networks" in cli.printed
    assert "ok  database" in cli.printed


def test_doctor_is_content_with_a_prepared_home(cli: Cli) -> None:
    assert cli("doctor") == 0
    assert "DO " not in cli.printed
