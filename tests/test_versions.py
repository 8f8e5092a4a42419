"""Versions of a class's classifier: kept, listed, compared, gone back to, removed when old, erased in all."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from core.errors import ClassifierError, NotFoundError
from core.paths import Home
from core.recognition.calibration import PRIOR
from core.recognition.classifier import Classifier, fit
from core.recognition.files import load_classifier
from core.records import SchoolClass
from core.store import people, sessions, training_runs
from core.store.database import Store, open_store
from core.store.training_runs import TrainingRun
from core.versions import KEPT, Version, comparison, keep_version, list_versions, use_version
from tests.cli_support import ASTRONAUT, CONSENT, HOPPER, Cli
from tests.store_support import begin_session
from tests.test_recognition import faces

MEASURED = {"probes": 20, "right": 18, "wrong": 1, "refused": 1, "strangers": 50, "strangers_named": 1}


@pytest.fixture
def cli(ready: Home, capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(ready, capsys)


@pytest.fixture
def store(home: Home):
    with open_store(home) as store:
        yield store


def add_class(store: Store, code: str = "C") -> SchoolClass:
    with store.transaction() as db:
        return people.add_class(db, code, "Class")


def machine(key: str = "key") -> Classifier:
    embeddings = np.concatenate([faces(one, 3) for one in (1, 2)])
    return fit(embeddings, np.repeat(np.array([1, 2], np.int64), 3), PRIOR, key)


def keep(store: Store, school_class: SchoolClass, key: str = "key", **figures: int) -> TrainingRun:
    return keep_version(store, school_class, machine(key), figures=MEASURED | figures, samples=6, seconds=0.1)


def in_use(store: Store, school_class: SchoolClass) -> int | None:
    with store.read() as db:
        run = training_runs.run_in_use(db, school_class.id)
    return None if run is None else run.id


def files_of(store: Store, school_class: SchoolClass) -> set[str]:
    return {path.name for path in (store.home.classifiers / str(school_class.id)).iterdir()}


def test_the_last_ten_versions_stay_with_their_files(store: Store) -> None:
    school_class, other = add_class(store), add_class(store, "D")
    elsewhere = keep(store, other)
    runs = [keep(store, school_class) for _ in range(KEPT + 3)]
    _, versions = list_versions(store, "c", "key")
    assert [one.run.id for one in versions] == [run.id for run in reversed(runs[-KEPT:])]
    assert [one.in_use for one in versions] == [True] + [False] * (KEPT - 1)
    stems = {Path(one.run.file).stem for one in versions}
    assert files_of(store, school_class) == {f"{stem}.{end}" for stem in stems for end in ("npz", "json")}
    assert files_of(store, other) == {Path(elsewhere.file).name, Path(elsewhere.file).with_suffix(".json").name}


def test_an_old_version_that_was_gone_back_to_stays_until_a_training_takes_its_place(store: Store) -> None:
    school_class = add_class(store)
    first = keep(store, school_class)
    for _ in range(KEPT - 1):
        keep(store, school_class)
    use_version(store, "C", first.id, "key")
    load_classifier(store.home.models / first.file, "C", store.vault)
    latest = keep(store, school_class)
    assert in_use(store, school_class) == latest.id
    assert Path(first.file).name not in files_of(store, school_class)
    with pytest.raises(NotFoundError):
        use_version(store, "C", first.id, "key")


def test_a_session_outlives_the_version_that_marked_it(store: Store) -> None:
    school_class = add_class(store)
    first = keep(store, school_class)
    with store.transaction() as db:
        session = begin_session(db, school_class.id, first.created_at, source="a.mp4", training_run_id=first.id)
    for _ in range(KEPT):
        keep(store, school_class)
    with store.read() as db:
        kept = sessions.get_session(db, session.id)
    assert (kept.training_run_id, kept.source, kept.starts_at) == (None, "a.mp4", first.created_at)


def test_what_a_killed_training_left_goes_with_the_next(store: Store) -> None:
    school_class = add_class(store)
    run = keep(store, school_class)
    folder = store.home.classifiers / str(school_class.id)
    for name in ("20200101T000000-000001.npz", ".rollcall-abc.npz", "20200101T000000-000001.json"):
        (folder / name).write_bytes(b"half")
    second = keep(store, school_class)
    assert {Path(name).stem for name in files_of(store, school_class)} == {Path(one.file).stem for one in (run, second)}


def test_going_back_and_forth_counts_even_within_a_second(store: Store) -> None:
    school_class = add_class(store)
    first, second = keep(store, school_class), keep(store, school_class)
    for run in (first, second, first):
        chosen = use_version(store, "C", run.id, "key")
        assert (chosen.in_use, chosen.run.id, in_use(store, school_class)) == (True, run.id, run.id)
    third = keep(store, school_class)
    assert in_use(store, school_class) == third.id


def test_a_clock_that_was_set_back_leaves_no_old_version_in_use(store: Store) -> None:
    school_class = add_class(store)
    first = keep(store, school_class)
    second = keep(store, school_class)
    with store.transaction() as db:
        training_runs.choose_run(db, first.id, first.created_at + timedelta(days=400))
    with store.transaction() as db:
        training_runs.choose_run(db, second.id, first.created_at)
    assert in_use(store, school_class) == second.id
    assert in_use(store, school_class) != keep(store, school_class).id == in_use(store, school_class)


def test_what_cannot_be_used_is_refused_and_changes_nothing(store: Store) -> None:
    school_class, other = add_class(store), add_class(store, "D")
    foreign, gone, good = keep(store, school_class, "older"), keep(store, school_class), keep(store, school_class)
    elsewhere = keep(store, other)
    (store.home.models / gone.file).write_bytes(b"damaged")
    _, versions = list_versions(store, "C", "key")
    assert [one.problem for one in versions] == [
        None, "its file is missing or damaged", "it was trained with another network",
    ]  # fmt: skip
    with pytest.raises(ClassifierError, match=r"another network.*app.py train C"):
        use_version(store, "C", foreign.id, "key")
    with pytest.raises(ClassifierError, match="missing or damaged"):
        use_version(store, "C", gone.id, "key")
    for number in (elsewhere.id, 999, -1):
        with pytest.raises(NotFoundError, match=f"no version {number}. See all: app.py versions C"):
            use_version(store, "C", number, "key")
    with pytest.raises(NotFoundError, match="no class"):
        use_version(store, "X", good.id, "key")
    with store.transaction() as db, pytest.raises(NotFoundError, match="no version 999"):
        training_runs.choose_run(db, 999, good.created_at)
    assert in_use(store, school_class) == good.id


def test_comparison_says_what_changed(store: Store) -> None:
    school_class = add_class(store)
    keep(store, school_class)
    assert comparison(list_versions(store, "C", "key")[1]) == []
    keep(store, school_class, right=19, refused=0)
    sentence, caution = comparison(list_versions(store, "C", "key")[1])
    assert "as many students, as many samples, named rightly 95.0 % instead of 90.0 %" in sentence
    assert "refused 0.0 % instead of 5.0 %" in sentence
    assert "photos there were at the time" in caution
    keep_version(store, school_class, machine(), figures={"extended_from": 2}, samples=7, seconds=0.1)
    versions = list_versions(store, "C", "key")[1]
    assert (versions[0].held_out, versions[0].extended_from) == (None, 2)
    sentence, caution = comparison(versions)
    assert "1 sample more." in sentence
    assert "not measured" in caution


def test_a_version_without_strangers_has_no_share_of_them(store: Store) -> None:
    run = keep(store, add_class(store), strangers=0, strangers_named=0)
    version = Version(run, in_use=True, problem=None)
    assert (version.share("probes", "right"), version.share("strangers", "strangers_named")) == (90.0, None)


def test_the_command_lists_and_goes_back(cli: Cli) -> None:
    cli.trained_class()
    assert cli("enrol", "C", HOPPER, "--student", "R3 Grace Hopper", *CONSENT) == 0
    assert cli("train", "C") == 0
    said = cli.json("versions", "C")
    new, old = said["versions"]
    assert (new["students"], old["students"], new["in_use"], old["in_use"]) == (3, 2, True, False)
    assert (new["problem"], new["extended_from"]) == (None, None)
    assert "1 student more, 1 sample more" in said["comparison"][0]
    assert [one["roll"] for one in cli.json("mark", "C", HOPPER, "--new")["present"]] == ["R3"]
    said = cli.json("versions", "C", "--use", str(old["id"]))
    assert [one["in_use"] for one in said["versions"]] == [False, True]
    assert f"Version {old['id']} of C is in use from now on." in cli.printed
    assert cli.json("mark", "C", HOPPER, "--new")["present"] == []
    assert "no version 77" in cli.refused("versions", "C", "--use", "77")


def test_a_class_without_versions(cli: Cli) -> None:
    assert cli("class", "add", "C", "Class") == 0
    assert cli.json("versions", "C") == {"class": "C", "versions": [], "comparison": []}
    assert "app.py train C" in cli.printed
    assert "no version 1" in cli.refused("versions", "C", "--use", "1")
    assert "no class" in cli.refused("versions", "X")


def test_erasing_reaches_every_version_and_what_was_left_behind(cli: Cli) -> None:
    cli.trained_class()
    assert cli("train", "C") == 0
    old, new = sorted(cli.home.classifiers.rglob("*.npz"))
    left = old.with_name("20200101T000000-000001.npz")
    left.write_bytes(old.read_bytes())
    with open_store(cli.home) as store, store.read() as db:
        student = people.get_student(db, "R1")
    assert cli("students", "delete", "R1") == 0
    assert not left.exists()
    for path in (old, new):
        assert student.id not in load_classifier(path, "C", store.vault).student_ids
    first = cli.json("versions", "C")["versions"][-1]
    assert cli("versions", "C", "--use", str(first["id"])) == 0
    assert cli("mark", "C", ASTRONAUT) == 0
    assert "0 present, 1 absent, 1 unknown" in cli.printed
