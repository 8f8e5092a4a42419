"""The accuracy sheet: its figures, its advice, its picture, and the sentences where nothing can be tested."""

import subprocess
import sys
from datetime import UTC
from pathlib import Path

import cv2
import numpy as np
import pytest

from core import clock
from core.accuracy import Accuracy, StudentAccuracy, check
from core.accuracy_advice import advise
from core.errors import ClassifierError, DiskFullError, NotFoundError
from core.paths import PROJECT, Home
from core.recognition.calibration import calibrate
from core.recognition.classifier import fit
from core.records import Floats
from core.reports.accuracy_picture import draw_accuracy, label_of, plain
from core.store import people, samples
from core.store.database import Store
from core.store.samples import Measure
from core.versions import keep_version
from tests.cli_support import ASTRONAUT, CONSENT, HOPPER, PHOTOGRAPHER, Cli
from tests.test_enrolment import variants
from tests.test_recognition import faces

GOOD = Measure(quality=0.9, sharpness=0.6, brightness=120, face_px=90)


@pytest.fixture
def cli(ready: Home, capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(ready, capsys)


def enrolled(store: Store, looks: dict[int, Floats], code: str = "C", quality: float = 0.9) -> None:
    """A class whose student R1 has the embeddings ``looks[1]`` and so on; an empty array is a student without photo."""
    rng = np.random.default_rng(0)
    with store.transaction() as db:
        school_class = people.add_class(db, code, "Class")
        for number, embeddings in looks.items():
            student = people.add_student(db, f"R{number}", f"Student {number}")
            people.record_consent(db, student.id, "form", clock.now())
            people.add_to_roster(db, school_class.id, student.id)
            for embedding in embeddings:
                samples.add_sample(
                    db, student.id, crop=rng.integers(0, 255, (160, 160, 3), np.uint8), embedding=embedding,
                    model_key="key", quality=quality, sharpness=0.6, brightness=120, face_px=90, source="a.png",
                )  # fmt: skip


def trained(store: Store, code: str = "C") -> None:
    """Calibrate and fit as ``train`` does; embeddings that no network made need none."""
    with store.read() as db:
        school_class = people.get_class(db, code)
        ids = [one.id for one in people.roster(db, school_class.id)]
        labels, embeddings, _ = samples.load_embeddings(db, ids, "key")
    thresholds, figures = calibrate(embeddings, labels, None, "key")
    machine = fit(embeddings, labels, thresholds, "key")
    keep_version(store, school_class, machine, figures=figures.as_json(), samples=len(labels), seconds=0.0)


def clear(count: int = 8, photos: int = 6) -> dict[int, Floats]:
    return {number: faces(number, photos, seed=5) for number in range(1, count + 1)}


def student(report: Accuracy, roll: str) -> StudentAccuracy:
    [found] = (one for one in report.students if one.student.roll == roll)
    return found


def reasons(report: Accuracy, roll: str) -> list[str]:
    return [one.reason for one in student(report, roll).advice]


def test_a_clear_class_is_right_and_needs_nothing(store: Store) -> None:
    enrolled(store, clear())
    trained(store)
    report = check(store, "c", "key")
    assert report.tested == report.right > 0
    assert (report.wrong, report.refused, report.untested, report.asked, report.confusions) == (0, 0, 0, 0, ())
    assert (report.strangers, report.strangers_named) == (48, 0)
    assert all(one.advice == () and one.photos == 6 for one in report.students)
    assert sum(len(one.evidence) for one in report.students) == report.tested
    assert report.school_class.code == "C"


def test_the_figures_are_those_of_the_training(store: Store) -> None:
    enrolled(store, {number: faces(number, 5, noise=0.06, seed=5) for number in range(1, 10)})
    trained(store)
    report = check(store, "C")
    figures = report.run.figures
    assert [report.tested, report.right, report.wrong, report.refused, report.strangers, report.strangers_named] == [
        figures[name] for name in ("probes", "right", "wrong", "refused", "strangers", "strangers_named")
    ]
    assert report.refused > 0


def test_the_table_trades_missed_students_for_strangers(store: Store) -> None:
    enrolled(store, {number: faces(number, 6, noise=0.05, seed=5) for number in range(1, 10)})
    trained(store)
    report = check(store, "C")
    rows = report.table
    assert [row.missed for row in rows] == sorted(row.missed for row in rows)
    assert [row.strangers_named for row in rows] == sorted((row.strangers_named for row in rows), reverse=True)
    assert rows[0].missed < rows[-1].missed
    [used] = (row for row in rows if row.cut == report.cuts.sure_single)
    assert (used.missed, used.wrong) == (report.wrong + report.refused, report.wrong)
    assert (used.strangers_named, report.at(99.0).missed, report.at(-99.0).strangers_named) == (
        report.strangers_named, report.tested, report.strangers,
    )  # fmt: skip


def test_mixed_up_photos_show_as_a_confused_pair(store: Store) -> None:
    looks = clear(photos=10)
    # Every second of the first five photos of R2 and R3 lies with the other one.
    looks[2][:5:2], looks[3][:5:2] = looks[3][:5:2].copy(), looks[2][:5:2].copy()
    enrolled(store, looks)
    trained(store)
    report = check(store, "C")
    assert {(one.student.roll, one.other.roll) for one in report.confusions} == {("R2", "R3"), ("R3", "R2")}
    assert all(one.nearest < 0 and one.wrong + one.close > 0 for one in report.confusions)
    assert sum(one.wrong for one in report.confusions) == report.wrong > 0
    assert any("taken for R3 Student 3" in reason for reason in reasons(report, "R2"))
    assert reasons(report, "R1") == []


def test_two_who_look_alike_are_close_before_they_are_wrong(store: Store) -> None:
    looks = clear()
    twin = faces(2, 6, noise=0.02, seed=8) + 0.6 * faces(50, 6, noise=0.0)
    looks[3] = (twin / np.linalg.norm(twin, axis=1, keepdims=True)).astype(np.float32)
    enrolled(store, looks)
    trained(store)
    report = check(store, "C")
    alike = {2: student(report, "R2").student, 3: student(report, "R3").student}
    for one in report.confusions:
        assert {one.student.id, one.other.id} == {each.id for each in alike.values()}
        assert one.nearest < report.cuts.gap
        assert 0 < one.wrong + one.close <= one.photos
    strangers = [one for one in report.students if one.taken]
    assert {one.student.roll for one in strangers} <= {"R2", "R3"}


def test_few_photos_are_named_and_the_only_one_is_no_test(store: Store) -> None:
    looks = clear()
    looks[2], looks[3], looks[4] = looks[2][:3], looks[3][:1], looks[4][:0]
    enrolled(store, looks)
    trained(store)
    report = check(store, "C")
    assert reasons(report, "R2") == ["Only 3 photos"]
    assert reasons(report, "R3") == ["Only one photo, so it could not be tested"]
    assert reasons(report, "R4") == ["There is no photo"]
    alone = student(report, "R3")
    assert (alone.evidence, alone.typical, alone.right + alone.wrong + alone.refused) == ((), None, 0)
    assert report.untested <= 1


def test_a_student_who_came_after_the_training_is_told(store: Store) -> None:
    looks = clear()
    later = looks.pop(8)
    enrolled(store, looks)
    trained(store)
    enrolled(store, {8: later}, "D")
    with store.transaction() as db:
        people.add_to_roster(db, people.get_class(db, "C").id, people.get_student(db, "R8").id)
    assert reasons(check(store, "C"), "R8") == ["The photos came after the last training"]


@pytest.mark.parametrize(
    ("measures", "tested", "refused", "said"),
    [
        ([GOOD] * 5, 5, 0, []),
        ([GOOD] * 5, 4, 1, []),
        ([GOOD] * 5, 4, 2, ["2 of 4 photos not recognised"]),
        ([GOOD] * 4, 3, 0, ["Only 4 photos"]),
        ([Measure(0.3, 0.6, 120, 45)] * 5, 4, 0, ["The faces in the photos are small"]),
        ([Measure(0.3, 0.6, 40, 90)] * 5, 4, 0, ["The photos are dark"]),
        ([Measure(0.3, 0.6, 220, 90)] * 5, 4, 0, ["The photos are too bright"]),
        ([Measure(0.3, 0.4, 120, 90)] * 5, 4, 0, ["The photos are blurred"]),
        ([Measure(0.3, 0.6, 120, 90)] * 5, 4, 0, ["The face is turned away or unclear in the photos"]),
    ],
)
def test_advice_names_the_fault(measures: list[Measure], tested: int, refused: int, said: list[str]) -> None:
    found = advise(measures, tested, [], refused, True)
    assert [one.reason for one in found] == said
    assert all(one.remedy.endswith(".") for one in found)


def test_what_cannot_be_tested_is_said_in_a_sentence(store: Store) -> None:
    with store.transaction() as db:
        people.add_class(db, "E", "Empty")
    with pytest.raises(ClassifierError, match="E has no students yet"):
        check(store, "E")
    with pytest.raises(NotFoundError, match="no class"):
        check(store, "X")
    enrolled(store, {1: faces(1, 0), 2: faces(2, 0)}, "N")
    with pytest.raises(ClassifierError, match="Nobody in N has a face sample"):
        check(store, "N")
    enrolled(store, {11: faces(1, 5), 12: faces(2, 0)}, "O")
    with pytest.raises(ClassifierError, match="Only one student of O has photos"):
        check(store, "O")
    enrolled(store, {21: faces(1, 5), 22: faces(2, 5)}, "U")
    with pytest.raises(ClassifierError, match=r"U has not been trained yet.*app.py train U"):
        check(store, "U")
    enrolled(store, {31: faces(1, 1), 32: faces(2, 1)}, "F")
    trained(store, "F")
    with pytest.raises(ClassifierError, match=r"F have too few photos.*at least five"):
        check(store, "F")
    with pytest.raises(ClassifierError, match="another network"):
        check(store, "F", "newer")


def test_two_students_can_be_tested_without_strangers(store: Store, tmp_path: Path) -> None:
    enrolled(store, clear(2))
    trained(store)
    report = check(store, "C")
    assert (report.strangers, report.right) == (0, report.tested)
    draw_accuracy(tmp_path / "a.png", report, UTC)
    assert cv2.imread(str(tmp_path / "a.png")) is not None


def test_the_picture_grows_with_the_class_and_takes_the_place_whole(store: Store, tmp_path: Path) -> None:
    heights = []
    for code, first, count in (("A", 1, 3), ("B", 101, 25), ("C", 201, 40)):
        enrolled(store, {number: faces(number, 2, seed=5) for number in range(first, first + count)}, code)
        trained(store, code)
        path = tmp_path / "new folder" / "a.png"
        assert draw_accuracy(path, check(store, code), UTC).path == path
        picture = cv2.imread(str(path))
        heights.append(picture.shape[0])
        assert picture.shape[1] == 1375
        # Something was drawn in both colours.
        assert ((picture[..., 0] > 150) & (picture[..., 2] < 140)).any()
        assert [one.name for one in path.parent.iterdir()] == ["a.png"]
    # Forty stand in two columns of twenty, lower than twenty-five in one.
    assert heights[0] < heights[2] < heights[1]


def test_a_picture_that_cannot_be_written(store: Store, tmp_path: Path) -> None:
    enrolled(store, clear(3))
    trained(store)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DiskFullError):
        draw_accuracy(tmp_path / "file" / "a.png", check(store, "C"), UTC)


def test_names_the_font_cannot_write_become_roll_numbers(store: Store) -> None:
    enrolled(store, {1: faces(1, 5), 2: faces(2, 5)})
    trained(store)
    with store.transaction() as db:
        for roll, name in (("R3", "山田 太郎"), ("R4", "Łucja $x$ Żółć")):
            student = people.add_student(db, roll, name).id
            people.add_to_roster(db, 1, student)
            people.record_consent(db, student, "form", clock.now())
    labels = {one.student.roll: label_of(one) for one in check(store, "C").students}
    assert labels == {"R1": "R1 Student 1", "R2": "R2 Student 2", "R3": "R3", "R4": r"R4 Łucja \$x\$ Żółć"}
    assert plain("x" * 30, 10) == "xxxxxxxxx…"
    assert plain("太a", 10) == "?a"


def test_the_command_on_real_faces(cli: Cli, tmp_path: Path) -> None:
    for roll, source in (("R1", ASTRONAUT), ("R2", PHOTOGRAPHER), ("R3", HOPPER)):
        variants(tmp_path / "in" / f"{roll} Name", source, 6)
    code = "a/b: $x$"
    assert cli("class", "add", code, "Odd [red]class[/]") == 0
    assert "no students yet" in cli.refused("check", code)
    assert cli("enrol", code, tmp_path / "in", *CONSENT) == 0
    assert "not been trained yet" in cli.refused("check", code)
    assert cli("train", code) == 0
    said = cli.json("check", code)
    picture = Path(said["picture"])
    assert picture.parent == cli.home.output
    assert picture.name.startswith("check_a_b_ $x$-")
    assert cv2.imread(str(picture)) is not None
    assert said["tested"] == said["right"] + said["wrong"] + said["refused"] > 0
    assert [one["roll"] for one in said["students"]] == ["R1", "R2", "R3"]
    assert len(said["table"]) == 7
    assert "Odd [red]class[/]" in cli.printed
    assert "in use" in cli.printed
    assert cli.json("check", code, "--picture", "own.png")["picture"] == str(cli.home.output / "own.png")
    assert cli("students", "delete", "R3") == 0
    assert not picture.exists()
    elsewhere = tmp_path / "there" / "own.PNG"
    assert cli.json("check", code, "--picture", elsewhere)["picture"] == str(elsewhere)
    assert ".png file" in cli.refused("check", code, "--picture", "own.xlsx")


def test_too_few_photos_on_the_command_line(cli: Cli) -> None:
    cli.trained_class()
    assert "too few photos to test with" in cli.refused("check", "C")
    assert not list(cli.home.output.glob("check*"))


def test_no_other_command_waits_for_the_picture_drawing() -> None:
    program = "import sys, core.commands.main; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]
