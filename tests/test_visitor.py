"""``app.py who``: real faces compared with everybody enrolled, whatever their class; nothing is written."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from core import clock
from core.engine import Engine
from core.errors import ClassifierError, InputError
from core.paths import Home
from core.recognition.school import SchoolIndex, elsewhere
from core.records import Floats, no_progress
from core.school import open_school
from core.settings import load_settings
from core.store import people
from core.store.database import open_store
from core.store.sealed import hand_over
from core.store.tables import MarkTable, SampleTable, SessionTable, SightingTable, StudentTable
from core.vision.follow import Following, follow_faces
from core.vision.sources import open_source
from core.visitor import Visit, identify
from tests.cli_support import ASTRONAUT, CONSENT, HOPPER, PHOTOGRAPHER, Cli, portrait, save, side_by_side


@pytest.fixture
def cli(ready: Home, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Eileen Collins (R1) and the photographer (R2) in class C, he in class D too."""
    cli = Cli(ready, capsys)
    cli.trained_class()
    assert cli("class", "add", "D", "Other class") == 0
    with open_store(cli.home) as store, store.transaction() as db:
        people.add_to_roster(db, people.get_class(db, "D").id, people.get_student(db, "R2").id)
    return cli


def visit(home: Home, engine: Engine, source: Path) -> Visit:
    with open_store(home) as store:
        return identify(store, engine, load_settings(home), str(source))


def test_everybody_in_a_photo_is_told_from_left_to_right(cli: Cli, tmp_path: Path) -> None:
    photo = side_by_side(tmp_path / "visit.png", PHOTOGRAPHER, HOPPER, ASTRONAUT)
    said = cli.json("who", photo)
    assert (said["source"], said["students"], said["notes"]) == ("visit.png", 2, [])
    found = [(one["outcome"], one["roll"], one["classes"]) for one in said["faces"]]
    assert found == [("known", "R2", ["C", "D"]), ("unknown", None, []), ("known", "R1", ["C"])]
    assert [one["box"][0] for one in said["faces"]] == sorted(one["box"][0] for one in said["faces"])
    for one in said["faces"]:
        assert (one["score"] >= one["cut"]) == (one["outcome"] == "known")
        assert one["place"] == "visit.png"
        assert one["looks"] == 1
        assert one["runner_up"] in ("R1", "R2")
    assert "2 of 3 faces are known; compared with 2 students." in cli.printed


def test_looking_writes_nothing(cli: Cli, tmp_path: Path) -> None:
    def counted() -> list[int]:
        with open_store(cli.home) as store, store.read() as db:
            return [
                db.query(table).count() for table in (SessionTable, MarkTable, SightingTable, SampleTable, StudentTable)
            ]

    before = counted()
    assert cli("who", side_by_side(tmp_path / "visit.png", ASTRONAUT, HOPPER)) == 0
    assert counted() == before
    assert not list(cli.home.attendance.rglob("*.xlsx"))


def test_a_folder_counts_somebody_once_and_names_the_photos(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "visit"
    save(folder / "b.png", portrait(ASTRONAUT))
    save(folder / "a.png", portrait(ASTRONAUT, 500))
    save(folder / "c.png", portrait(HOPPER))
    (folder / "d.png").write_bytes(b"no picture")
    said = cli.json("who", folder)
    assert [(one["outcome"], one["roll"], one["place"]) for one in said["faces"]] == [
        ("known", "R1", "a.png, b.png"),
        ("unknown", None, "c.png"),
    ]
    assert [one["looks"] for one in said["faces"]] == [2, 1]
    [note] = said["notes"]
    assert "d.png" in note


def test_a_video_is_told_with_its_seconds(ready: Home, engine: Engine, cli: Cli, tmp_path: Path) -> None:
    picture = portrait(ASTRONAUT)
    path = tmp_path / "door.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, picture.shape[1::-1])
    for _ in range(20):
        writer.write(picture)
    writer.release()
    seen = visit(cli.home, engine, path)
    [one] = seen.visitors
    assert one.student is not None
    assert (one.outcome, one.student.roll) == ("known", "R1")
    assert one.looks > 1
    assert one.place.startswith("0.0 to 1.")
    assert one.crop.shape == (160, 160, 3)


def test_faces_too_small_or_blurred_get_no_name(cli: Cli, tmp_path: Path) -> None:
    face = portrait(ASTRONAUT, 512)
    blurred = cv2.GaussianBlur(face, (0, 0), 5)
    small = np.zeros_like(face)
    tiny = portrait(ASTRONAUT, 150)
    small[100 : 100 + tiny.shape[0], 100 : 100 + tiny.shape[1]] = tiny
    said = cli.json("who", save(tmp_path / "blurred.png", blurred))
    assert [(one["outcome"], one["reason"], one["roll"]) for one in said["faces"]] == [
        ("unclear", "the face is blurred", None)
    ]
    said = cli.json("who", save(tmp_path / "small.png", small))
    [one] = said["faces"]
    assert one["outcome"] == "unclear"
    assert "too small" in one["reason"]
    assert (one["score"], one["cut"], one["runner_up"]) == (None, None, None)
    assert "0 of 1 faces are known" in cli.printed


def test_somebody_enrolled_twice_is_not_decided_by_chance(cli: Cli) -> None:
    # Enrolment refuses a face that belongs to somebody else; an older database may hold one all the same.
    with open_store(cli.home) as store, store.transaction() as db:
        own = db.query(SampleTable).filter_by(student_id=people.get_student(db, "R1").id).first()
        double = people.add_student(db, "R9", "Her Double")
        people.record_consent(db, double.id, "test", clock.now())
        columns = [each.name for each in SampleTable.__table__.columns if each.name not in ("id", "student_id")]
        copy = SampleTable(student_id=double.id, **{name: getattr(own, name) for name in columns})
        db.add(copy)
        db.flush()
        hand_over(db, SampleTable, [copy.id], own.student_id, double.id)
    [one] = cli.json("who", ASTRONAUT)["faces"]
    assert (one["outcome"], one["reason"]) == ("unsure", "the second-best is too close")
    assert {one["roll"], one["runner_up"]} == {"R1", "R9"}


def test_one_student_is_not_two_faces_of_a_photo(cli: Cli, tmp_path: Path) -> None:
    said = cli.json("who", side_by_side(tmp_path / "mirror.png", ASTRONAUT, ASTRONAUT))
    assert sorted(one["outcome"] for one in said["faces"]) == ["known", "unsure"]
    reasons = {one["outcome"]: one["reason"] for one in said["faces"]}
    assert reasons["unsure"] == "another face in the same picture is more clearly this person"


def test_those_who_left_are_nobody_any_more(cli: Cli, engine: Engine) -> None:
    with open_store(cli.home) as store, store.transaction() as db:
        db.query(StudentTable).filter_by(roll="R1").update({"active": False})
    seen = visit(cli.home, engine, ASTRONAUT)
    assert seen.students == 1
    assert [one.outcome for one in seen.visitors] == ["unknown"]


def test_an_empty_school_is_a_sentence(ready: Home, capsys: pytest.CaptureFixture[str]) -> None:
    said = Cli(ready, capsys).refused("who", ASTRONAUT)
    assert said.startswith("Nobody in the school has a face sample yet")
    assert "app.py enrol" in said


def test_no_face_and_no_picture_are_sentences(cli: Cli, tmp_path: Path) -> None:
    grey = save(tmp_path / "wall.png", np.full((300, 400, 3), 128, np.uint8))
    assert cli.refused("who", grey).startswith("No face was found in wall.png.")
    assert "does not exist" in cli.refused("who", tmp_path / "nothing.jpg")


def test_faces_of_another_network_are_left_out_and_told(cli: Cli, engine: Engine) -> None:
    with open_store(cli.home) as store, store.transaction() as db:
        own = people.get_student(db, "R1").id
        db.query(SampleTable).filter_by(student_id=own).update({"model_key": "older"})
    said = cli.json("who", ASTRONAUT)
    assert said["students"] == 1
    assert [one["outcome"] for one in said["faces"]] == ["unknown"]
    [note] = said["notes"]
    assert note.startswith("1 stored faces were made by another network")
    assert "1 students cannot be recognised until then" in note
    with open_store(cli.home) as store:
        with store.transaction() as db:
            db.query(SampleTable).update({"model_key": "older"})
        with pytest.raises(ClassifierError, match="2 stored faces were made by another network"):
            open_school(store, engine.model_key)


def test_the_index_is_kept_until_a_sample_comes_or_goes(cli: Cli, engine: Engine) -> None:
    kept = cli.home.models / "school.npz"
    with open_store(cli.home) as store:
        first = open_school(store, engine.model_key).index
        written = kept.stat().st_mtime_ns
        again = open_school(store, engine.model_key).index
        assert kept.stat().st_mtime_ns == written
        np.testing.assert_array_equal(again.centroids, first.centroids)
        assert (again.student_ids.tolist(), again.leads) == (first.student_ids.tolist(), first.leads)
        # A file that cannot be read, or is of another state, is made anew.
        for damage in (b"", b"no archive", kept.read_bytes()[:-500]):
            kept.write_bytes(damage)
            assert len(open_school(store, engine.model_key).index.student_ids) == 2
            assert kept.stat().st_size > 4096
    assert cli("enrol", "D", HOPPER, "--student", "R3 Grace Hopper", *CONSENT) == 0
    assert [one["roll"] for one in cli.json("who", HOPPER)["faces"]] == ["R3"]
    with open_store(cli.home) as store, store.transaction() as db:
        sample = db.query(SampleTable).filter_by(student_id=people.get_student(db, "R3").id).one()
        before, sample.student_id = sample.student_id, people.get_student(db, "R2").id
        hand_over(db, SampleTable, [sample.id], before, sample.student_id)
    assert [one["roll"] for one in cli.json("who", HOPPER)["faces"]] != ["R3"]


def test_an_erased_student_is_not_kept_in_the_index(cli: Cli) -> None:
    assert [one["roll"] for one in cli.json("who", ASTRONAUT)["faces"]] == ["R1"]
    assert (cli.home.models / "school.npz").exists()
    assert cli("students", "delete", "R1") == 0
    assert not (cli.home.models / "school.npz").exists()
    said = cli.json("who", ASTRONAUT)
    assert (said["students"], [one["outcome"] for one in said["faces"]]) == (1, ["unknown"])


@pytest.fixture(scope="module")
def two_classes(shared: Path, engine: Engine, engine_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Three real people in class A, three in class B, four photos each; the rest of their photos are free."""
    from core.enrolment import EnrolRequest, enrol

    home = Home(tmp_path_factory.mktemp("school"))
    home.create()
    shutil.copytree(engine_home.networks, home.networks)
    with open_store(home) as store:
        for code, folders in (("A", real_people(shared)[:3]), ("B", real_people(shared)[3:])):
            with store.transaction() as db:
                people.add_class(db, code, f"Class {code}")
            for folder in folders:
                wanted = home.root / "photos" / code / f"{folder.name} {folder.name.replace('_', ' ')}"
                wanted.mkdir(parents=True)
                for photo in sorted(folder.iterdir())[:4]:
                    shutil.copy(photo, wanted)
            photos = str(home.root / "photos" / code)
            enrol(store, engine, load_settings(home), EnrolRequest(code, photos, "test", None, None), no_progress)
    return home


def real_people(shared: Path) -> list[Path]:
    return sorted((shared / "faces" / "known").iterdir())[:6]


def looks_in(engine: Engine, photo: Path) -> tuple[Floats, Floats]:
    """The largest face of a photo, as marking sees it."""
    with open_source(photo) as source:
        found = list(follow_faces(source, engine, 4.0, Following(), no_progress))
    largest = max(found, key=lambda one: max(float(box[2] - box[0]) for box in one.boxes.values()))
    return largest.embeddings, largest.weights


def test_a_student_of_another_class_is_elsewhere_and_nobody_else_is(
    two_classes: Home, shared: Path, engine: Engine
) -> None:
    with open_store(two_classes) as store:
        index: SchoolIndex = open_school(store, engine.model_key).index
        with store.read() as db:
            rosters = {code: {one.id for one in people.roster(db, people.get_class(db, code).id)} for code in "AB"}
            ids = {one.roll: one.id for one in people.list_students(db)}
    assert [len(roster) for roster in rosters.values()] == [3, 3]
    found = []
    for folder in real_people(shared):
        own, other = ("A", "B") if ids[folder.name] in rosters["A"] else ("B", "A")
        for photo in sorted(folder.iterdir())[4:7]:
            looks = looks_in(engine, photo)
            assert elsewhere(index, *looks, rosters[own]) is None
            match = elsewhere(index, *looks, rosters[other])
            found.append(match is not None)
            if match is not None:
                assert match.student_id == ids[folder.name]
    # Strict on purpose: now and then one photo is too little to say so.
    assert sum(found) >= len(found) - 2
    strangers = sorted((shared / "faces" / "unknown").iterdir())[:10]
    for folder in strangers:
        looks = looks_in(engine, sorted(folder.iterdir())[0])
        assert [elsewhere(index, *looks, roster) for roster in rosters.values()] == [None, None]


def test_a_camera_that_is_not_there_is_a_sentence(cli: Cli, engine: Engine) -> None:
    with open_store(cli.home) as store, pytest.raises(InputError, match="Camera 99 cannot be opened"):
        identify(store, engine, load_settings(cli.home), "99")
