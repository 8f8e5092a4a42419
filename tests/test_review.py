"""What a person says about a face changes the register at once and every later marking."""

import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import openpyxl
import pytest

from core.engine import Engine
from core.errors import InputError, NotFoundError
from core.paths import Home
from core.recognition.classifier import Classifier, Thresholds
from core.recognition.files import load_classifier
from core.records import no_progress
from core.review import Saying, ask_again, open_items, picture_of, reject, settle
from core.settings import Settings
from core.store import people, register, rejections, training_runs
from core.store.database import open_store
from core.store.tables import MarkTable, RejectionTable, SightingTable
from core.training import refresh_embeddings
from core.vision.images import read_image
from tests.cli_support import ASTRONAUT, CONSENT, HOPPER, NINE, PHOTOGRAPHER, Cli, change_classifier, portrait, save
from tests.store_support import TEACHER

JUST_BELOW = 0.05


@pytest.fixture
def cli(ready: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    # Some tests name somebody whom recognition took for a stranger, which needs the picture.
    monkeypatch.setenv("ROLLCALL_UNKNOWN_FACES_DAYS", "30")
    return Cli(ready, capsys)


def in_use(home: Home) -> Classifier:
    with open_store(home) as store, store.read() as db:
        run = training_runs.run_in_use(db, 1)
        assert run is not None
        return load_classifier(home.models / run.file, "C", store.vault)


def with_cut(home: Home, cut: float) -> None:
    """Make the classifier in use mark at a low cut, as a careless school might, to provoke a wrong mark."""
    with open_store(home) as store, store.read() as db:
        run = training_runs.run_in_use(db, 1)
    assert run is not None
    cuts = Thresholds(sure=cut, sure_single=cut, review=cut - 0.5, gap=0.0)
    change_classifier(home, home.models / run.file, thresholds=cuts)


def present(said: Any) -> list[str]:
    return [one["roll"] for one in said["present"]]


def offered(said: Any) -> list[str]:
    """Who a marking offers for review."""
    return [one["roll"] for one in said["review"]]


def faces(cli: Cli, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cli.json("review", "C", *options)["faces"]
    return found


def wrongly_marked(cli: Cli, photo: Path) -> tuple[str, int]:
    """Mark a stranger's photo as the likeliest student; returns who that is and the face's number."""
    with_cut(cli.home, 9.0)
    cli.json("mark", "C", photo, "--new")
    # Some photos show somebody in the background, too.
    likeliest = max((face["candidates"][0] for face in faces(cli)), key=lambda one: one["evidence"])
    with_cut(cli.home, likeliest["evidence"] - JUST_BELOW)
    assert present(cli.json("mark", "C", photo, "--new")) == [likeliest["roll"]]
    assert all(one["kind"] != "present" for one in faces(cli))
    [face] = [one for one in faces(cli, "--marked") if one["kind"] == "present"]
    assert face["roll"] == likeliest["roll"]
    return likeliest["roll"], face["number"]


def rows(cli: Cli, session: int) -> dict[str, tuple[str, str]]:
    with open_store(cli.home) as store, store.read() as db:
        return {row.roll: (row.status, row.source) for row in register.register_rows(db, session)}


def test_a_wrong_mark_is_taken_back_and_not_made_again(cli: Cli, tmp_path: Path) -> None:
    cli.trained_class()
    roll, number = wrongly_marked(cli, HOPPER)
    said = cli.json("review", "C", "--not", f"{number}:{roll}", "--pictures", tmp_path / "faces")
    [face] = said["faces"]
    assert (face["number"], face["kind"], face["roll"]) == (number, "unknown", None)
    assert face["reason"] == f"a person said that this is not {roll}"
    assert read_image(tmp_path / "faces" / f"{number}.png").shape == (160, 160, 3)
    assert f"{roll} " in cli.printed
    assert "is absent now" in cli.printed
    assert rows(cli, said["session"])[roll] == ("A", "manual")
    [sheet] = [line.removeprefix("Sheet: ") for line in cli.printed.splitlines() if line.startswith("Sheet: ")]
    book = openpyxl.load_workbook(sheet)
    assert [row[2].value for row in book["Attendance"].iter_rows() if row[0].value == roll] == ["A"]
    # Neither is the student marked nor offered for this face again, in that lesson or another.
    for options in ((), ("--new",)):
        again = cli.json("mark", "C", HOPPER, *options)
        assert roll not in present(again) + offered(again)
        assert all(one["roll"] != roll for face in faces(cli) for one in face["candidates"])
    assert rows(cli, said["session"])[roll] == ("A", "manual")
    own = {"R1": ASTRONAUT, "R2": PHOTOGRAPHER}
    for student, photo in own.items():
        assert present(cli.json("mark", "C", photo, "--new")) == [student]


def test_saying_it_twice_is_saying_it_once(cli: Cli) -> None:
    cli.trained_class()
    roll, number = wrongly_marked(cli, HOPPER)
    assert cli("review", "C", "--not", f"{number}:{roll}", "--not", f"{number}:{roll.lower()}") == 0
    assert "from now on" in cli.printed
    machine = in_use(cli.home)
    assert machine.rejected_of.shape == (1,)
    assert cli("review", "C", "--not", f"{number}:{roll}") == 0
    assert "was said before" in cli.printed
    assert "from now on" not in cli.printed
    np.testing.assert_array_equal(in_use(cli.home).rejected, machine.rejected)
    with open_store(cli.home) as store, store.read() as db:
        assert db.query(RejectionTable).count() == 1


def test_a_confirmed_face_is_present_whatever_is_marked_later(cli: Cli) -> None:
    cli.trained_class()
    session = cli.json("mark", "C", HOPPER, *NINE)["session"]
    [face] = faces(cli)
    said = cli.json("review", "C", "--is", f"{face['number']}:R2")
    assert said["faces"] == []
    assert rows(cli, session)["R2"] == ("P", "manual")
    cli.json("mark", "C", HOPPER, *NINE)
    again = cli.json("mark", "C", ASTRONAUT, *NINE)
    assert again["session"] == session
    assert rows(cli, session) == {"R1": ("P", "face"), "R2": ("P", "manual")}
    [him] = [one for one in again["present"] if one["roll"] == "R2"]
    assert him["first_seen_s"] == him["last_seen_s"] == 0


def test_a_change_of_mind_is_undone_in_the_register_and_the_classifier(cli: Cli) -> None:
    cli.trained_class()
    session = cli.json("mark", "C", ASTRONAUT, *NINE)["session"]
    [face] = faces(cli, "--marked")
    number = face["number"]
    assert cli("review", "C", "--not", f"{number}:R1") == 0
    assert rows(cli, session)["R1"] == ("A", "manual")
    assert present(cli.json("mark", "C", ASTRONAUT, "--new")) == []
    assert cli("review", "C", "--session", session, "--is", f"{number}:R1") == 0
    assert rows(cli, session)["R1"] == ("P", "manual")
    assert len(in_use(cli.home).rejected) == 0
    assert present(cli.json("mark", "C", ASTRONAUT, "--new")) == ["R1"]
    assert cli("review", "C", "--session", session, "--not", f"{number}:R1") == 0
    assert rows(cli, session)["R1"] == ("A", "manual")


def test_a_face_that_is_another_student_moves_the_mark(cli: Cli) -> None:
    cli.trained_class()
    session = cli.json("mark", "C", ASTRONAUT, *NINE)["session"]
    [face] = faces(cli, "--marked")
    assert cli("review", "C", "--is", f"{face['number']}:R2") == 0
    assert rows(cli, session) == {"R1": ("A", "manual"), "R2": ("P", "manual")}
    assert in_use(cli.home).rejected_of.tolist() == [1]


def test_another_face_of_the_session_keeps_the_mark(cli: Cli) -> None:
    cli.trained_class()
    session = cli.json("mark", "C", ASTRONAUT, *NINE)["session"]
    flipped = cli.home.root / "flipped.png"
    save(flipped, np.ascontiguousarray(portrait(ASTRONAUT)[:, ::-1]))
    assert present(cli.json("mark", "C", flipped, *NINE)) == ["R1"]
    first, second = faces(cli, "--marked")
    assert cli("review", "C", "--not", f"{second['number']}:R1") == 0
    assert "stays present" in cli.printed
    assert rows(cli, session)["R1"] == ("P", "face")
    assert cli("review", "C", "--not", f"{first['number']}:R1") == 0
    assert rows(cli, session)["R1"] == ("A", "manual")


def test_a_mark_set_by_hand_is_not_taken_back(cli: Cli) -> None:
    cli.trained_class()
    session = cli.json("mark", "C", ASTRONAUT, *NINE)["session"]
    with open_store(cli.home) as store, store.transaction() as db:
        mark = db.query(MarkTable).filter_by(session_id=session, student_id=1).one()
        mark.status, mark.source = "L", "manual"
    [face] = faces(cli, "--marked")
    assert cli("review", "C", "--not", f"{face['number']}:R1") == 0
    assert "stays, because a person set it" in cli.printed
    assert rows(cli, session)["R1"] == ("L", "manual")


def test_a_face_without_a_picture_is_taken_back_but_teaches_nothing(cli: Cli) -> None:
    """Lessons that were marked before pictures of present students were kept."""
    cli.trained_class()
    session = cli.json("mark", "C", ASTRONAUT, *NINE)["session"]
    with open_store(cli.home) as store, store.transaction() as db:
        db.query(SightingTable).update({"thumbnail": b""})
    [face] = faces(cli, "--marked", "--pictures", str(cli.home.output / "faces"))
    assert not (cli.home.output / "faces").exists()
    assert cli("review", "C", "--not", f"{face['number']}:R1") == 0
    assert "No picture of face" in cli.printed
    assert rows(cli, session)["R1"] == ("A", "manual")
    assert len(in_use(cli.home).rejected) == 0


def test_what_cannot_be_done_is_said_in_a_sentence(cli: Cli) -> None:
    assert "There is no class" in cli.refused("review", "C")
    cli.trained_class()
    assert "app.py mark C SOURCE" in cli.refused("review", "C")
    earlier = cli.json("mark", "C", HOPPER, "--at", "2020-11-21T09:00")["session"]
    [old] = faces(cli)
    assert cli("mark", "C", ASTRONAUT, "--at", "2020-11-22T09:00") == 0
    assert cli("review", "C") == 0
    assert "There is nothing to review in session 2 of C" in cli.printed
    assert f"Face {old['number']} is not of session 2" in cli.refused("review", "C", "--not", f"{old['number']}:R1")
    assert "no face number 999" in cli.refused("review", "C", "--not", "999:R1")
    assert "C has no session 77" in cli.refused("review", "C", "--session", "77")
    here = ("review", "C", "--session", str(earlier))
    assert "no student with the roll number “R9”" in cli.refused(*here, "--is", f"{old['number']}:R9")
    with open_store(cli.home) as store, store.transaction() as db:
        people.add_student(db, "R9", "Of no class")
        people.add_class(db, "D", "Other")
    assert "R9 Of no class is not on the roster of C" in cli.refused(*here, "--not", f"{old['number']}:R9")
    assert "D has no session" in cli.refused("review", "D", "--session", str(earlier))
    for text in ("", ":", "12", "R1:12", "12:", "-3:R1", "9" * 30 + ":R1"):
        assert "Write it like: --is 12:R001" in cli.refused(*here, f"--is={text}")
    both = (f"--is={old['number']}:R1", f"--is={old['number']}:R2")
    assert "cannot be two students" in cli.refused(*here, *both)
    assert "cannot both be" in cli.refused(*here, both[0], f"--not={old['number']}:R1")
    # One that is wrong stops all.
    cli.refused(*here, f"--is={old['number']}:R1", "--not=999:R1")
    assert rows(cli, earlier) == {"R1": ("A", "face"), "R2": ("A", "face")}


def test_faces_of_two_sessions_are_not_settled_together(cli: Cli, engine: Engine) -> None:
    cli.trained_class()
    for day in ("21", "22"):
        cli.json("mark", "C", HOPPER, "--at", f"2026-11-{day}T09:00")
    with open_store(cli.home) as store:
        numbers = [open_items(store, session)[0].id for session in (1, 2)]
        with pytest.raises(InputError, match="different sessions"):
            settle(store, engine, Settings(), TEACHER, [Saying(one, "R1", is_student=False) for one in numbers])
        with pytest.raises(InputError, match="Nothing was said"):
            settle(store, engine, Settings(), TEACHER, [])
        with pytest.raises(NotFoundError, match="no session number 9"):
            open_items(store, 9)
        assert picture_of(store, 1, numbers[0]) == open_items(store, 1)[0].thumbnail
        with pytest.raises(NotFoundError, match="not stored any more"):
            picture_of(store, 1, numbers[1])


def test_what_is_taken_back_is_asked_again(cli: Cli, engine: Engine) -> None:
    cli.trained_class()
    cli.json("mark", "C", HOPPER)
    [face] = faces(cli)
    cli.json("review", "C", "--is", f"{face['number']}:R2")
    assert [rows(cli, 1)["R2"], faces(cli)] == [("P", "manual"), []]
    assert cli("undo", "C") == 0
    [again] = faces(cli)
    assert (again["number"], again["kind"], again["roll"]) == (face["number"], "review", "R2")
    with open_store(cli.home) as store:
        with pytest.raises(InputError, match="nothing is taken back"):
            ask_again(store, engine, Settings(), TEACHER, face["number"], "R2")
        reject(store, engine, Settings(), TEACHER, face["number"], "R2")
        assert [one.reason for one in open_items(store, 1)] == ["a person said that this is not R2"]
        ask_again(store, engine, Settings(), TEACHER, face["number"], "R2")
        [item] = open_items(store, 1)
        assert item.student is not None
        assert (item.kind, item.student.roll) == ("review", "R2")
        with store.read() as db:
            assert rejections.count_rejections(db, [1, 2]) == 0


def test_rejected_faces_follow_a_new_network_and_a_training(cli: Cli, engine: Engine) -> None:
    cli.trained_class()
    cli.json("mark", "C", HOPPER, *NINE)
    with open_store(cli.home) as store:
        [face] = open_items(store, 1)
        assert reject(store, engine, Settings(), TEACHER, face.id, "R2").learned == ("C",)
        known = in_use(cli.home).rejected
        with store.transaction() as db:
            db.query(RejectionTable).update({"model_key": "an older network", "embedding": bytes(4 * 512)})
        with store.read() as db:
            assert len(rejections.load_embeddings(db, [1, 2], engine.model_key)[0]) == 0
        assert refresh_embeddings(store, engine, [1, 2], no_progress) == 1
        with store.read() as db:
            of, renewed = rejections.load_embeddings(db, [1, 2], engine.model_key)
        assert of.tolist() == [2]
        np.testing.assert_allclose(renewed, known, atol=1e-5)
    assert cli("train", "C") == 0
    machine = in_use(cli.home)
    assert machine.rejected_of.tolist() == [2]
    np.testing.assert_allclose(machine.rejected, known, atol=1e-5)


def test_without_a_classifier_that_fits_it_is_kept_for_the_next_training(cli: Cli, engine: Engine) -> None:
    cli.trained_class()
    cli.json("mark", "C", HOPPER, *NINE)
    shutil.rmtree(cli.home.classifiers)
    with open_store(cli.home) as store:
        [face] = open_items(store, 1)
        done = reject(store, engine, Settings(), TEACHER, face.id, "R2")
    assert done.learned == ()
    assert any("app.py train C" in note for note in done.notes)
    assert cli("train", "C") == 0
    assert in_use(cli.home).rejected_of.tolist() == [2]


def test_an_erased_student_leaves_no_rejected_face(cli: Cli) -> None:
    """Neither the faces that were said not to be her, nor her own that were said not to be another student."""
    cli.trained_class()
    session = cli.json("mark", "C", HOPPER, *NINE)["session"]
    [stranger] = faces(cli)
    assert cli("review", "C", "--not", f"{stranger['number']}:R1", "--not", f"{stranger['number']}:R2") == 0
    cli.json("mark", "C", ASTRONAUT, *NINE)
    [own] = [one for one in faces(cli, "--marked") if one["kind"] == "present"]
    assert cli("review", "C", "--not", f"{own['number']}:R2") == 0
    assert sorted(in_use(cli.home).rejected_of.tolist()) == [1, 2, 2]
    assert cli("students", "delete", "R1") == 0
    with open_store(cli.home) as store, store.read() as db:
        assert [one.student_id for one in db.query(RejectionTable)] == [2]
        runs = training_runs.list_runs(db, 1)
        assert not any("R1" in one.reason for one in db.query(SightingTable))
    assert len(runs) == 3
    for run in runs:
        machine = load_classifier(cli.home.models / run.file, "C", store.vault)
        assert machine.student_ids.tolist() == [2]
        assert set(machine.rejected_of.tolist()) <= {2}
        assert len(machine.rejected) <= 1
    assert rows(cli, session).keys() == {"R2"}


def test_real_look_alikes_are_not_named_again_and_the_students_still_are(
    cli: Cli, shared: Path, tmp_path: Path
) -> None:
    """Eight people enrolled; photos of others are marked wrongly by force, rejected, and shown again."""
    names = sorted(one for one in (shared / "faces" / "known").iterdir() if one.is_dir())
    enrolled, others = names[:8], names[8:13]
    for number, person in enumerate(enrolled, 1):
        where = tmp_path / "photos" / f"R{number} {person.name.replace('_', ' ')}"
        where.mkdir(parents=True)
        for photo in sorted(person.iterdir())[:5]:
            shutil.copy(photo, where)
    assert cli("class", "add", "C", "Class") == 0
    assert cli("enrol", "C", tmp_path / "photos", *CONSENT) == 0
    assert cli("train", "C") == 0

    def own() -> list[list[str]]:
        with_cut(cli.home, 2.85)
        return [present(cli.json("mark", "C", sorted(person.iterdir())[7], "--new")) for person in enrolled]

    before = own()
    assert sum(found == [f"R{number}"] for number, found in enumerate(before, 1)) >= 6
    again = []
    for person in others:
        photos = sorted(person.iterdir())[:3]
        roll, number = wrongly_marked(cli, photos[0])
        low = in_use(cli.home).thresholds.sure
        assert cli("review", "C", "--not", f"{number}:{roll}") == 0
        said = cli.json("mark", "C", photos[0], "--new")
        assert roll not in present(said) + offered(said)
        with_cut(cli.home, low)
        again += [roll in present(cli.json("mark", "C", photo, "--new")) for photo in photos[1:]]
    assert len(again) == 10
    assert sum(again) == 0
    assert own() == before


def test_a_face_of_a_video_rejected_by_one_picture_is_not_marked_again(cli: Cli, tmp_path: Path) -> None:
    """Many looks are pooled, of which only the best one's picture was kept and rejected."""
    cli.trained_class()
    video = tmp_path / "stranger.avi"
    picture = portrait(HOPPER)
    size = (picture.shape[1], picture.shape[0])
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), 8, size)
    for step in range(24):
        # She leans, comes nearer and the light changes.
        turn = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), step - 12, 1 + step / 80)
        frame = cv2.warpAffine(picture, turn, size, borderMode=cv2.BORDER_REPLICATE)
        writer.write(cv2.convertScaleAbs(frame, alpha=0.7 + step / 60))
    writer.release()
    roll, number = wrongly_marked(cli, video)
    assert cli("review", "C", "--not", f"{number}:{roll}") == 0
    again = cli.json("mark", "C", video, "--new")
    assert roll not in present(again) + offered(again)
    assert again["unknown_faces"] + len(again["review"]) == 1
    assert present(cli.json("mark", "C", {"R1": ASTRONAUT, "R2": PHOTOGRAPHER}[roll], "--new")) == [roll]
