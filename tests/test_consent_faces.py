"""Real faces without a consent: in no classifier, in no index, and in a filmed lesson as if they were not there."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from core.engine import Engine
from core.errors import ClassifierError
from core.extending import extend, relearn
from core.paths import Home
from core.recognition.files import load_classifier
from core.school import open_school
from core.store import consents, people, samples, sightings, training_runs
from core.store.database import Store, open_store
from core.store.tables import SightingTable
from core.training import cohort, train
from core.vision import annotated
from tests.cli_support import CONSENT, NINE, Cli

PEOPLE = {
    "R1": "Ann_Veneman", "R2": "Bill_Gates", "R3": "Colin_Powell", "R4": "Hans_Blix", "R5": "Howard_Dean",
    "R6": "Hugo_Chavez", "R7": "Nicole_Kidman", "R8": "Richard_Gere", "R9": "Bill_Simon",
}  # fmt: skip
NOBODY = "R2"
"""Whose faces are stored without a consent, as an older version or a foreign tool may have left them."""


def enrol(cli: Cli, shared: Path, rolls: list[str], folder: Path) -> None:
    for roll in rolls:
        photos = sorted((shared / "faces" / "known" / PEOPLE[roll]).glob("*.jpg"))
        target = folder / f"{roll} {PEOPLE[roll].replace('_', ' ')}"
        target.mkdir(parents=True)
        for photo in photos[:5]:
            shutil.copy(photo, target)
    assert cli("enrol", "C", folder, *CONSENT) == 0


def left_without(home: Home, roll: str) -> int:
    """The student's number, once no consent of theirs is recorded any more though their faces are there."""
    with open_store(home) as store, store.transaction() as db:
        student = people.get_student(db, roll).id
        for order in ("UPDATE students SET consent_text = NULL", "DELETE FROM consents"):
            key = "id" if "students" in order else "student_id"
            db.connection().exec_driver_sql(f"{order} WHERE {key} = ?", (student,))
        assert samples.count_by_student(db, [student])[student] >= 4
    return student


def known(store: Store) -> set[int]:
    """Whom the classifier in use knows."""
    with store.read() as db:
        run = training_runs.run_in_use(db, 1)
    assert run is not None
    return {int(one) for one in load_classifier(store.home.models / run.file, "C", store.vault).student_ids}


def test_who_has_no_consent_is_in_no_classifier_and_no_index(
    ready: Home, engine: Engine, shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli = Cli(ready, capsys)
    assert cli("class", "add", "C", "Class") == 0
    enrol(cli, shared, [f"R{number}" for number in range(1, 9)], tmp_path / "first")
    assert cli("train", "C") == 0
    nobody = left_without(ready, NOBODY)
    photo = sorted((shared / "faces" / "known" / PEOPLE[NOBODY]).glob("*.jpg"))[6]
    with open_store(ready) as store:
        assert nobody in known(store)
        # A newcomer is fitted in: what the old version still knew does not go on into the new one.
        enrol(cli, shared, ["R9"], tmp_path / "second")
        assert nobody not in known(store)
        extended = known(store)
        assert len(extended) == 8
        assert extend(store, engine, "C", [NOBODY]).run is None
        assert relearn(store, engine, "C", [nobody]).run is None
        train(store, engine, "C")
        assert known(store) == extended
        assert nobody not in open_school(store, engine.model_key).index.student_ids
        with store.read() as db:
            others = [one.id for one in people.list_students(db) if one.id != nobody]
        # Nor do their faces serve as a stranger's.
        assert cohort(store, others, engine.model_key) is None
    said = cli.json("train", "C")
    assert [one["roll"] for one in said["without_consent"]] == [NOBODY]
    assert NOBODY not in {one["roll"] for one in said["without_faces"]}
    assert "mark them by hand" in " ".join(cli.printed.split())
    marked = cli.json("mark", "C", photo, *NINE)
    assert marked["present"] == []
    assert NOBODY not in {one["roll"] for one in marked["review"]}
    assert [one["roll"] for one in cli.json("who", photo)["faces"]] == [None]
    with open_store(ready) as store, store.transaction() as db:
        assert NOBODY not in json.dumps(cli.json("check", "C"))
        for roll in PEOPLE:
            consents.withdraw(db, people.get_student(db, roll).id)
    with open_store(ready) as store, pytest.raises(ClassifierError, match="recorded consent"):
        train(store, engine, "C")


@pytest.mark.parametrize("days", [0, 30])
def test_who_said_no_is_ignored_in_a_filmed_lesson(
    ready: Home, shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    days: int,
) -> None:  # fmt: skip
    room = tmp_path / "room"
    options = "--present 3 --absent 1 --unknown 0 --enrol 5 --seconds 4 --width 960 --height 540 --seed 5"
    script, faces = shared / "classroom.py", shared / "faces" / "known"
    subprocess.run([sys.executable, str(script), str(faces), str(room), *options.split()], check=True)
    truth = json.loads((room / "truth.json").read_text(encoding="utf-8"))
    present = sorted(truth["rolls"][name] for name in truth["present"])
    cli = Cli(ready, capsys)
    (ready.data / "settings.toml").write_text(f"unknown_faces_days = {days}\n", encoding="utf-8")
    assert cli("class", "add", "C", "Class") == 0
    assert cli("enrol", "C", room / "enrol", *CONSENT) == 0
    assert cli("train", "C") == 0
    film = room / "class.mp4"
    before = cli.json("mark", "C", film, *NINE)
    assert {one["roll"] for one in before["present"]} == set(present)
    gone = present[0]
    assert cli("consent", "refuse", gone, "letter of the parents", "--guardian", "A parent") == 0

    drawn: set[str] = set()
    real = annotated.draw_faces

    def watched(image, labels):  # type: ignore[no-untyped-def]
        drawn.update(one.text for one in labels)
        return real(image, labels)

    monkeypatch.setattr(annotated, "draw_faces", watched)
    said = cli.json("mark", "C", film, "--at", "2026-11-21T13:00", "--save-video", tmp_path / "out.mp4", "--explain",
                    tmp_path / "why.json")  # fmt: skip
    assert {one["roll"] for one in said["present"]} == set(present[1:])
    assert gone not in {one["roll"] for one in [*said["absent"], *said["review"]]}
    assert said["unknown_faces"] == 0
    assert any(gone in note and "not stored" in note for note in said["notes"])
    names = {name.replace("_", " ") for name, roll in truth["rolls"].items() if roll in present[1:]}
    assert {text.split(" (")[0] for text in drawn} == names
    assert gone not in (tmp_path / "why.json").read_text(encoding="utf-8")
    with open_store(ready) as store, store.read() as db:
        left = people.get_student(db, gone).id
        stored = db.query(SightingTable).filter_by(session_id=2).all()
        assert {one.kind for one in stored} == {"present"}
        assert left not in {one.student_id for one in stored}
        assert left not in {pair[0] for one in db.query(SightingTable) for pair in one.candidates or []}
        assert len(sightings.sightings_of(db, 2, ("unknown", "review", "elsewhere"))) == 0
    sheet = next(path for path in ready.attendance.rglob("*.xlsx") if "13-00" in path.name)
    assert "No unknown face" in str(openpyxl.load_workbook(sheet)["Unknown faces"]["A2"].value)
    assert cli("set", "C", gone, "P") == 0
