"""A student who was enrolled is recognised at once, and nobody else is decided differently for it."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from core import clock
from core.engine import Engine
from core.errors import NotFoundError
from core.extending import Extension, extend
from core.paths import Home
from core.recognition.calibration import PRIOR
from core.recognition.classifier import Classifier, fit, renewed
from core.recognition.files import load_classifier
from core.store import people, samples, training_runs
from core.store.database import Store, open_store
from core.store.training_runs import TrainingRun
from core.training import train
from core.versions import use_version
from tests.cli_support import ASTRONAUT, CONSENT, HOPPER, Cli, change_classifier
from tests.test_recognition import STUDENTS, faces, roster


@pytest.fixture
def cli(ready: Home, capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(ready, capsys)


def enrolled(store: Store, engine: Engine, numbers: range, *, count: int = 5, seed: int = 5) -> list[str]:
    """Students R1, R2 … of class C with samples, new ones on every call; returns their roll numbers."""
    rng = np.random.default_rng((numbers.start, seed))
    rolls = [f"R{number}" for number in numbers]
    with store.transaction() as db:
        classes = people.list_classes(db) or [people.add_class(db, "C", "Class")]
        for number, roll in zip(numbers, rolls, strict=True):
            student = people.find_or_add_student(db, roll, f"Student {number}")
            people.record_consent(db, student.id, "form", clock.now())
            people.add_to_roster(db, classes[0].id, student.id)
            for embedding in faces(number, count, seed=seed):
                samples.add_sample(
                    db, student.id, crop=rng.integers(0, 255, (160, 160, 3), np.uint8), embedding=embedding,
                    model_key=engine.model_key, quality=0.9, sharpness=0.6, brightness=120, face_px=90, source="a.png",
                )  # fmt: skip
    return rolls


def in_use(store: Store) -> tuple[TrainingRun, Classifier]:
    with store.read() as db:
        run = training_runs.run_in_use(db, 1)
    assert run is not None
    return run, load_classifier(store.home.models / run.file, "C", store.vault)


def rolls_of(extension: Extension) -> list[str]:
    return [one.roll for one in extension.renewed]


def best(machine: Classifier, number: int) -> tuple[int, float]:
    """Whose a face of a student is that no classifier has seen, and the evidence."""
    evidence = machine.evidence(faces(number, 1, seed=77))[0]
    return int(machine.student_ids[evidence.argmax()]), float(evidence.max())


def test_the_rest_of_a_renewed_classifier_is_the_old_one() -> None:
    before = fit(*roster(STUDENTS), PRIOR, "key")
    embeddings = np.concatenate([roster(STUDENTS)[0], faces(5, 6), faces(12, 2, seed=8)])
    labels = np.concatenate([roster(STUDENTS)[1], np.repeat(np.array([5, 12]), [6, 2])])
    after = renewed(before, embeddings, labels, [12, 5])
    assert after.student_ids.tolist() == [5, *STUDENTS]
    assert (after.thresholds, after.model_key) == (PRIOR, "key")
    others = [i for i, one in enumerate(after.student_ids) if one not in (5, 12)]
    was = [i for i, one in enumerate(before.student_ids) if one != 12]
    for name in ("coef", "intercept", "centroids"):
        np.testing.assert_array_equal(getattr(after, name)[others], getattr(before, name)[was])
    whole = fit(embeddings, labels, PRIOR, "key")
    for row in (0, after.student_ids.tolist().index(12)):
        np.testing.assert_array_equal(after.coef[row], whole.coef[row])
        np.testing.assert_array_equal(after.centroids[row], whole.centroids[row])


def test_a_new_student_is_in_at_once_and_the_others_stay(store: Store, engine: Engine) -> None:
    enrolled(store, engine, range(1, 9))
    train(store, engine, "C")
    first, before = in_use(store)
    extension = extend(store, engine, "c", enrolled(store, engine, range(9, 10)))
    assert (extension.class_code, extension.usable, rolls_of(extension), extension.obstacle) == (
        "C",
        True,
        ["R9"],
        None,
    )
    run, after = in_use(store)
    assert extension.run == run
    assert run.figures["extended_from"] == first.id
    assert (run.students, run.samples) == (9, 45)
    assert after.thresholds == before.thresholds
    assert best(after, 9)[0] == 9
    assert best(after, 9)[1] > after.thresholds.sure
    for number in range(1, 9):
        assert best(after, number) == best(before, number)


def test_nothing_new_makes_no_version(store: Store, engine: Engine) -> None:
    rolls = enrolled(store, engine, range(1, 9))
    train(store, engine, "C")
    assert extend(store, engine, "C", rolls) == Extension("C", usable=True)
    rolls = enrolled(store, engine, range(9, 10))
    extend(store, engine, "C", rolls)
    assert extend(store, engine, "C", rolls) == Extension("C", usable=True)
    assert extend(store, engine, "C", []) == Extension("C", usable=False)
    with store.read() as db:
        assert len(training_runs.list_runs(db, 1)) == 2


def test_new_photos_of_a_student_renew_only_him(store: Store, engine: Engine) -> None:
    enrolled(store, engine, range(1, 9))
    train(store, engine, "C")
    _, before = in_use(store)
    assert rolls_of(extend(store, engine, "C", enrolled(store, engine, range(3, 4), seed=6))) == ["R3"]
    _, after = in_use(store)
    np.testing.assert_array_equal(after.student_ids, before.student_ids)
    same = [(a == b).all() for a, b in zip(after.coef, before.coef, strict=True)]
    assert same == [number != 3 for number in range(1, 9)]


def test_one_by_one_comes_to_the_same_as_together(store: Store, engine: Engine) -> None:
    enrolled(store, engine, range(1, 9))
    train(store, engine, "C")
    first, _ = in_use(store)
    for number in (9, 10):
        extension = extend(store, engine, "C", enrolled(store, engine, range(number, number + 1)))
        assert rolls_of(extension) == [f"R{number}"]
    _, single = in_use(store)
    use_version(store, "C", first.id, engine.model_key)
    extension = extend(store, engine, "C", ["R9", "R10"])
    assert rolls_of(extension) == ["R9", "R10"]
    run, together = in_use(store)
    assert run.figures["extended_from"] == first.id
    np.testing.assert_array_equal(single.coef, together.coef)


def test_whoever_waited_comes_in_with_the_next(store: Store, engine: Engine) -> None:
    enrolled(store, engine, range(1, 9))
    train(store, engine, "C")
    enrolled(store, engine, range(9, 10))
    assert rolls_of(extend(store, engine, "C", enrolled(store, engine, range(10, 11)))) == ["R9", "R10"]


def test_a_quarter_changed_since_the_whole_training_is_the_most(store: Store, engine: Engine) -> None:
    enrolled(store, engine, range(1, 8))
    train(store, engine, "C")
    assert extend(store, engine, "C", enrolled(store, engine, range(8, 9))).usable
    assert extend(store, engine, "C", enrolled(store, engine, range(9, 10))).usable
    run, _ = in_use(store)
    extension = extend(store, engine, "C", enrolled(store, engine, range(10, 11)))
    assert (extension.usable, extension.renewed, extension.run) == (False, (), None)
    assert extension.obstacle is not None
    assert "More than a quarter of C" in extension.obstacle
    assert "app.py train C" in extension.obstacle
    assert in_use(store)[0] == run
    train(store, engine, "C")
    assert extend(store, engine, "C", enrolled(store, engine, range(11, 12))).usable


def test_without_a_classifier_that_fits_it_says_train(store: Store, engine: Engine) -> None:
    rolls = enrolled(store, engine, range(1, 9))
    assert extend(store, engine, "C", rolls).obstacle == "C is not trained yet. Next: app.py train C"
    train(store, engine, "C")
    run, _ = in_use(store)
    path = store.home.models / run.file
    rolls = enrolled(store, engine, range(9, 10))
    change_classifier(store.home, path, model_key="another")
    extension = extend(store, engine, "C", rolls)
    assert extension.obstacle == "C was trained with another network. Next: app.py train C"
    path.with_suffix(".json").unlink()
    extension = extend(store, engine, "C", rolls)
    assert extension.obstacle is not None
    assert "missing" in extension.obstacle
    assert "app.py train C" in extension.obstacle
    with pytest.raises(NotFoundError):
        extend(store, engine, "X", rolls)


def test_a_version_from_before_these_figures_can_be_extended(store: Store, engine: Engine) -> None:
    from core.store.tables import TrainingRunTable

    enrolled(store, engine, range(1, 9))
    train(store, engine, "C")
    with store.transaction() as db:
        for row in db.query(TrainingRunTable):
            row.figures = {"probes": 1}
    assert rolls_of(extend(store, engine, "C", enrolled(store, engine, range(9, 10)))) == ["R9"]
    assert best(in_use(store)[1], 9)[0] == 9


def test_enrolling_says_from_when_on_and_marks_without_training(cli: Cli) -> None:
    cli.trained_class()
    with open_store(cli.home) as store, store.transaction() as db:
        for roll in ("R7", "R8"):
            people.add_to_roster(db, 1, people.add_student(db, roll, "No photo yet").id)
    said = cli.json("enrol", "C", HOPPER, "--student", "R3 Grace Hopper", *CONSENT)
    assert said["usable_in"] == ["C"]
    assert "R3 can be recognised in C from now on." in cli.printed
    assert "app.py train" not in cli.printed
    assert [one["roll"] for one in cli.json("mark", "C", HOPPER, "--new")["present"]] == ["R3"]
    assert [one["roll"] for one in cli.json("mark", "C", ASTRONAUT, "--new")["present"]] == ["R1"]
    said = cli.json("versions", "C")["versions"]
    assert (said[0]["extended_from"], said[0]["held_out"]) == (said[1]["id"], None)
    assert "extended from 1" in cli.printed
    assert cli.json("enrol", "C", HOPPER, "--student", "R3 Grace Hopper", *CONSENT)["usable_in"] == ["C"]
    assert cli("students", "delete", "R3") == 0
    assert cli.json("mark", "C", HOPPER, "--new")["present"] == []


def test_enrolling_into_an_untrained_class_says_train(cli: Cli) -> None:
    assert cli("class", "add", "C", "Class") == 0
    said = cli.json("enrol", "C", ASTRONAUT, "--student", "R1 Eileen Collins", *CONSENT)
    assert said["usable_in"] == []
    assert "Next: app.py train C" in cli.printed


def test_real_faces_enrolled_later_are_named_on_photos_never_seen(cli: Cli, shared: Path, tmp_path: Path) -> None:
    names = sorted(one for one in (shared / "faces" / "known").iterdir() if one.is_dir())[:8]
    for number, person in enumerate(names, 1):
        where = tmp_path / ("later" if number == 8 else "first") / f"R{number} {person.name.replace('_', ' ')}"
        where.mkdir(parents=True)
        for photo in sorted(person.iterdir())[:5]:
            shutil.copy(photo, where)
    assert cli("class", "add", "C", "Class") == 0
    assert cli("enrol", "C", tmp_path / "first", *CONSENT) == 0
    assert cli("train", "C") == 0

    def marked() -> dict[str, list[str]]:
        found = {}
        for number, person in enumerate(names, 1):
            photo = sorted(person.iterdir())[7]
            result = cli.json("mark", "C", photo, "--at", f"2026-11-2{number}T09:00")
            found[f"R{number}"] = [one["roll"] for one in result["present"]]
        return found

    before = marked()
    assert before["R8"] == []
    assert sum(before[roll] == [roll] for roll in before) >= 6
    assert cli.json("enrol", "C", tmp_path / "later", *CONSENT)["usable_in"] == ["C"]
    assert marked() == before | {"R8": ["R8"]}
