"""Enrolling: what is taken, what is refused and why, what stays when it is stopped, and what erasing leaves."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.accounts import admin
from core.commands.context import ACCOUNT
from core.engine import Engine
from core.enrolment import EnrolRequest, enrol
from core.paths import Home
from core.recognition.files import load_classifier
from core.records import Image, Progress, Sample
from core.settings import Settings
from core.store import people, samples, training_runs
from core.store.database import open_store
from core.store.tables import SampleTable
from tests.account_support import ADMIN_NAME, PASSWORD, new_account
from tests.cli_support import (
    ASTRONAUT,
    CONSENT,
    HOPPER,
    PHOTOGRAPHER,
    Cli,
    change_classifier,
    portrait,
    save,
    side_by_side,
)


@pytest.fixture
def cli(ready: Home, capsys: pytest.CaptureFixture[str]) -> Cli:
    cli = Cli(ready, capsys)
    assert cli("class", "add", "C", "Class") == 0
    return cli


def variants(folder: Path, source: Path, count: int) -> None:
    """One portrait tilted and lit in different ways, the first two of them nearly alike."""
    picture = portrait(source)
    height, width = picture.shape[:2]
    for number in range(count):
        angle = 0.0 if number < 2 else (number - count / 2) * 4.0
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
        tilted = cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
        save(folder / f"{number}.png", cv2.convertScaleAbs(tilted, alpha=1.0 - 0.04 * number))


def stored(home: Home, roll: str) -> list[SampleTable]:
    with open_store(home) as store, store.read() as db:
        student = people.get_student(db, roll)
        return db.query(SampleTable).filter_by(student_id=student.id).order_by(SampleTable.id).all()


def opened(home: Home) -> list[Sample]:
    with open_store(home) as store, store.read() as db:
        return samples.samples_of(db, [one.id for one in people.list_students(db)])


def test_every_picture_gives_a_sample_or_a_reason(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "in" / "R1 Eileen Collins"
    good = portrait(ASTRONAUT)
    save(folder / "a good.png", good)
    save(folder / "blurred.png", cv2.GaussianBlur(good, (0, 0), 4))
    save(folder / "dark.png", cv2.convertScaleAbs(good, alpha=0.1))
    save(folder / "nobody.png", np.full((300, 300, 3), 90, np.uint8))
    save(folder / "same again.png", good)
    save(folder / "small.png", portrait(ASTRONAUT, 180))
    side_by_side(folder / "two.png", ASTRONAUT, ASTRONAUT)
    (folder / "text.jpg").write_text("not a picture")
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "notes.txt").write_text("passed over")
    said = cli.json("enrol", "C", folder.parent, *CONSENT)
    [student] = said["students"]
    assert (student["roll"], student["name"], student["accepted"]) == ("R1", "Eileen Collins", 1)
    reasons = {one["source"]: one["reason"] for one in student["refused"]}
    for name, words in {
        "blurred.png": "blurred",
        "dark.png": "too dark",
        "nobody.png": "no face",
        "same again.png": "same picture",
        "small.png": "too small",
        "two.png": "2 faces, and none is clearly the subject",
        "text.jpg": "can read",
        "empty.jpg": "empty",
    }.items():
        assert words in reasons.pop(name)
    assert reasons == {}
    assert [row.source for row in stored(cli.home, "R1")] == ["a good.png"]


def test_the_largest_of_several_faces_is_taken_when_it_is_clearly_the_subject(cli: Cli, tmp_path: Path) -> None:
    picture, behind = portrait(ASTRONAUT, 600), portrait(HOPPER, 150)
    picture[: behind.shape[0], : behind.shape[1]] = behind
    cli.trained_class()
    cli.refused("enrol", "C", save(tmp_path / "both.png", picture), "--student", "R7 Somebody", *CONSENT)
    assert "already enrolled as R1 Eileen Collins" in cli.printed


def test_a_photo_in_the_wrong_folder_stays_out_and_the_right_one_comes_in(cli: Cli, tmp_path: Path) -> None:
    cli.trained_class()
    folder = tmp_path / "in" / "R3 Grace Hopper"
    save(folder / "hers.png", portrait(HOPPER))
    shutil.copy(ASTRONAUT, folder / "not hers.png")
    [student] = cli.json("enrol", "C", folder.parent, *CONSENT)["students"]
    assert student["accepted"] == 1
    [refused] = student["refused"]
    assert refused["source"] == "not hers.png"
    assert "already enrolled as R1 Eileen Collins" in refused["reason"]


def test_a_whole_folder_of_somebody_enrolled_is_refused_with_a_warning(cli: Cli, tmp_path: Path) -> None:
    cli.trained_class()
    variants(tmp_path / "in" / "R9 Impostor", ASTRONAUT, 5)
    cli.refused("enrol", "C", tmp_path / "in", *CONSENT)
    assert "looks like R1 Eileen Collins" in cli.printed
    assert stored(cli.home, "R9") == []


def test_the_most_different_samples_are_kept(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLCALL_SAMPLES_PER_STUDENT", "5")
    folder = tmp_path / "in" / "R1 Eileen Collins"
    variants(folder, ASTRONAUT, 9)
    [student] = cli.json("enrol", "C", folder.parent, *CONSENT)["students"]
    assert student["accepted"] > 5
    assert student["kept"] == 5
    kept = stored(cli.home, "R1")
    assert len(kept) == 5
    assert not {"0.png", "1.png"} <= {row.source for row in kept}, "two pictures that are nearly alike were kept"
    variants(folder, ASTRONAUT, 10)
    assert cli("enrol", "C", folder.parent, *CONSENT) == 0
    assert len(stored(cli.home, "R1")) == 5


def test_other_weights_embed_stored_samples_again_and_are_never_mixed(cli: Cli, tmp_path: Path) -> None:
    cli.trained_class()
    before = {one.id: (one.model_key, one.embedding) for one in opened(cli.home)}
    with open_store(cli.home) as store, store.transaction() as db:
        first = db.query(SampleTable).order_by(SampleTable.id).first()
        assert first is not None
        first.model_key, first.embedding = "older", np.ones(512, "<f4").tobytes()
    assert "two students" in untrainable_without_renewal(cli.home)
    assert cli("train", "C") == 0
    after = {one.id: (one.model_key, one.embedding) for one in opened(cli.home)}
    assert after.keys() == before.keys()
    for key, (model, embedding) in after.items():
        assert model == before[key][0]
        np.testing.assert_allclose(embedding, before[key][1], atol=1e-4)
    assert cli("mark", "C", ASTRONAUT) == 0
    assert "1 present, 1 absent" in cli.printed


def untrainable_without_renewal(home: Home) -> str:
    """Only samples of the current weights count: with R1's under another key only R2 is left of two students."""
    with open_store(home) as store, store.read() as db:
        students = [one.id for one in people.list_students(db)]
        keys = {row.model_key for row in db.query(SampleTable)} - {"older"}
        labels, _, _ = samples.load_embeddings(db, students, keys.pop())
    return "two students" if len(set(labels.tolist())) < 2 else "mixed"


def test_a_classifier_of_other_weights_is_not_used(cli: Cli) -> None:
    cli.trained_class()
    [path] = cli.home.classifiers.rglob("*.npz")
    change_classifier(cli.home, path, model_key="20180402-114759-other")
    assert "another network" in cli.refused("mark", "C", ASTRONAUT)
    assert cli("train", "C") == 0
    assert cli("mark", "C", ASTRONAUT) == 0


def test_erasing_a_student_leaves_no_trace_of_the_face_and_a_class_that_can_be_marked(cli: Cli) -> None:
    cli.trained_class()
    assert cli("enrol", "C", HOPPER, "--student", "R3 Grace Hopper", *CONSENT) == 0
    assert cli("train", "C") == 0
    assert cli("mark", "C", ASTRONAUT) == 0
    [row] = stored(cli.home, "R1")
    # Both numbers are never given out again, and both are looked for as bytes: SQLite may keep deleted pages.
    trace, embedding = row.crop[1000:1200], row.embedding[100:300]
    assert trace in in_database(cli.home)
    assert cli("students", "delete", "R1") == 0
    for piece in (trace, embedding):
        assert piece not in in_database(cli.home)
    with open_store(cli.home) as store, store.read() as db:
        school_class = people.get_class(db, "C")
        files = [store.home.models / run.file for run in training_runs.list_runs(db, school_class.id)]
        assert all(row.student_id not in load_classifier(file, "C", store.vault).student_ids for file in files)
    assert cli("mark", "C", ASTRONAUT, "--new") == 0
    assert "0 present, 2 absent, 1 unknown" in cli.printed
    assert cli("mark", "C", HOPPER, "--new") == 0
    assert "1 present, 1 absent, 0 unknown" in cli.printed


def in_database(home: Home) -> bytes:
    return b"".join(one.read_bytes() for one in home.data.iterdir() if one.name.startswith(home.database.name))


def test_the_last_but_one_student_leaves_a_class_that_can_be_marked(cli: Cli) -> None:
    cli.trained_class()
    assert cli("students", "delete", "R2") == 0
    assert cli("mark", "C", ASTRONAUT) == 0
    assert "R1" in cli.printed
    assert cli("students", "delete", "R1") == 0
    assert "no students yet" in cli.refused("mark", "C", ASTRONAUT)


def three_students(folder: Path) -> Path:
    portraits = {"R1 Eileen Collins": ASTRONAUT, "R2 Grace Hopper": HOPPER, "R3 The Photographer": PHOTOGRAPHER}
    for label, source in portraits.items():
        save(folder / label / "photo.png", portrait(source))
        save(folder / label / "tilted.png", tilted(portrait(source)))
    return folder


def tilted(picture: Image) -> Image:
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 10, 1.0)
    return cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)


def test_stopping_leaves_whole_students(cli: Cli, engine: Engine, tmp_path: Path) -> None:
    """Ctrl-C while the second student's photos are looked at."""
    folder = three_students(tmp_path / "in")

    def stop_at_second(progress: Progress) -> None:
        if progress.text.startswith("R2"):
            raise KeyboardInterrupt

    with open_store(cli.home) as store:
        with pytest.raises(KeyboardInterrupt):
            enrol(store, engine, Settings(), EnrolRequest("C", str(folder), "test"), stop_at_second)
        with store.read() as db:
            [student] = people.list_students(db)
            assert student.roll == "R1"
            assert student.consent == "test"
            assert samples.count_by_student(db, [student.id]) == {student.id: 2}
    said = cli.json("enrol", "C", folder, *CONSENT)
    assert [one["accepted"] for one in said["students"]] == [0, 2, 2]
    assert [one["kept"] for one in said["students"]] == [2, 2, 2]


def test_stopping_the_command_says_so(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test can press Ctrl-C at the right moment, so the moment presses it."""
    from core import enrolment

    really_gather, calls = enrolment.gather, []

    def gather_once(*arguments: object) -> object:
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return really_gather(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(enrolment, "gather", gather_once)
    assert cli("enrol", "C", three_students(tmp_path / "in"), *CONSENT) == 130
    assert "What was saved before is safe" in cli.said
    with open_store(cli.home) as store, store.read() as db:
        assert [one.roll for one in people.list_students(db)] == ["R1", "R2"]
    monkeypatch.undo()
    assert cli("class", "roster", "C") == 0
    assert cli("train", "C") == 0


def test_a_student_in_two_classes_is_enrolled_once(cli: Cli) -> None:
    cli.trained_class()
    assert cli("class", "add", "D", "Other class") == 0
    assert cli("enrol", "D", ASTRONAUT, "--student", "r1 eileen collins", *CONSENT) == 0
    assert "stored already" in cli.printed
    assert len(stored(cli.home, "R1")) == 1
    assert cli("class", "roster", "D") == 0
    assert "Eileen Collins" in cli.printed


def test_a_teacher_neither_takes_over_nor_recognises_students_of_others(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.trained_class()
    assert cli("class", "add", "OWN", "Own", "--teacher", "Grace Hopper") == 0
    assert cli("students", "add", "R5", "Own Student", "--class", "OWN") == 0
    with open_store(cli.home) as store:
        office = admin.set_up(store, ADMIN_NAME, PASSWORD).actor()
        new_account(store, office, "Grace Hopper", "teacher")
    monkeypatch.setenv(ACCOUNT, "Grace Hopper")
    picture = save(tmp_path / "hers.png", portrait(HOPPER))
    for student in ("R1 Eileen Collins", "r1 Somebody Else"):
        said = cli.refused("enrol", "OWN", picture, "--student", student, *CONSENT)
        assert "R1 is a student of another class" in said
        assert "Eileen" not in said + cli.printed
    with open_store(cli.home) as store, store.read() as db:
        assert [one.roll for one in people.roster(db, people.get_class(db, "OWN").id)] == ["R5"]
        assert people.get_student(db, "R1").consent == "test"
    # Nor is the face of a foreign student a way to their name.
    cli.refused("enrol", "OWN", ASTRONAUT, "--student", "R9 Somebody", *CONSENT)
    assert "already enrolled as a student of another class" in cli.printed
    assert not any(word in cli.printed for word in ("Eileen", "R1 "))
    assert cli("enrol", "OWN", picture, "--student", "R5 Own Student", *CONSENT) == 0, cli.said
    assert cli("enrol", "OWN", save(tmp_path / "new.png", portrait(PHOTOGRAPHER)), "--student", "R6 New", *CONSENT) == 2
