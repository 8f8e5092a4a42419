"""The page Train: what changed, how well a class is recognised, and going back to an earlier version."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from PIL import Image

from core import clock
from core.networks import prepare
from core.paths import Home
from core.settings import Settings
from core.store import people, samples, training_runs
from core.store.database import Store, open_store
from core.training_state import TrainingState, training_states
from gui import retraining
from gui.retraining import Retraining
from gui.screens.train import Screen
from gui.screens.train_parts.words import change_text
from gui.widgets.picture import for_dark
from tests.cli_support import ASTRONAUT, PHOTOGRAPHER, Cli
from tests.gui.driver import Driver
from tests.test_accuracy import clear, enrolled
from tests.test_recognition import faces

Window = Callable[..., Driver]


def trained(store: Store, code: str = "C") -> None:
    """As :func:`tests.test_accuracy.trained`, with the newest sample among the figures, as ``train`` does."""
    from core.recognition.calibration import calibrate
    from core.recognition.classifier import fit
    from core.versions import NEWEST_SAMPLE, keep_version

    with store.read() as db:
        school_class = people.get_class(db, code)
        ids = [one.id for one in people.roster(db, school_class.id)]
        labels, embeddings, sample_ids = samples.load_embeddings(db, ids, "key")
    cuts, held = calibrate(embeddings, labels, None, "key")
    figures = {**held.as_json(), NEWEST_SAMPLE: int(sample_ids.max())}
    machine = fit(embeddings, labels, cuts, "key")
    keep_version(store, school_class, machine, figures=figures, samples=len(labels), seconds=0.0)


def add_photos(store: Store, roll: str, count: int) -> None:
    """New photos of a student who is there."""
    import numpy as np

    rng = np.random.default_rng(count)
    with store.transaction() as db:
        who = people.get_student(db, roll).id
        for embedding in faces(int(roll[1:]), count, seed=9):
            samples.add_sample(
                db, who, crop=rng.integers(0, 255, (160, 160, 3), np.uint8), embedding=embedding, model_key="key",
                quality=0.9, sharpness=0.6, brightness=120, face_px=90, source="b.png",
            )  # fmt: skip


@pytest.fixture
def school(store: Store) -> Store:
    """Class C of eight, two of whom have one photo, trained; class EMPTY."""
    looks = clear()
    enrolled(store, {**looks, 7: looks[7][:1], 8: looks[8][:2]})
    trained(store)
    with store.transaction() as db:
        people.add_class(db, "EMPTY", "Nobody yet")
    return store


def state_of(store: Store, code: str = "C") -> TrainingState:
    [found] = (one for one in training_states(store) if one.school_class.code == code)
    return found


def opened(driver: Driver) -> Screen:
    screen = driver.open("train", "C")
    assert isinstance(screen, Screen)
    driver.wait_for(lambda: screen.versions.shown() and driver.is_ready, "the accuracy sheet")
    return screen


def test_what_changed_is_known(school: Store) -> None:
    assert not state_of(school).is_changed
    assert not state_of(school, "EMPTY").can_be_trained
    add_photos(school, "R1", 3)
    add_photos(school, "R2", 1)
    state = state_of(school)
    assert (state.new_photos, state.of_students, state.gone_photos, state.joined) == (4, 2, 0, 0)
    assert change_text(state) == "Changed since the last training: 4 new photos of 2 students."
    trained(school)
    assert change_text(state_of(school)) == ""


def test_who_leaves_and_what_is_deleted_is_a_change(school: Store) -> None:
    with school.transaction() as db:
        class_id, who = people.get_class(db, "C").id, people.get_student(db, "R3").id
        people.remove_from_roster(db, class_id, who)
    state = state_of(school)
    assert (state.gone_photos, state.joined) == (6, -1)
    with school.transaction() as db:
        people.record_consent(db, people.get_student(db, "R4").id, "form", clock.now())
        samples.delete_samples(db, [samples.samples_of(db, [people.get_student(db, "R4").id])[0].id])
    assert state_of(school).gone_photos == 7


def test_the_sheet_says_how_well_and_who_needs_photos(window: Window, school: Store) -> None:
    driver = window()
    screen = opened(driver)
    assert driver.shows("Up to date")
    assert driver.shows("of the photos get the right name")
    assert {one.student.roll for one in screen.weak.shown()} >= {"R7", "R8"}
    driver.wait_for(lambda: screen.result._photo is not None, "the chart")
    assert screen.tabs.tab(1, "text") == f"Who needs photos ({len(screen.weak.shown())})"


def test_a_change_is_said_and_an_older_version_can_be_used_again(
    window: Window, school: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The name of the network that made these embeddings, which no computer has.
    monkeypatch.setattr(prepare, "read_manifest", lambda _home: SimpleNamespace(embedding_key="key"))
    add_photos(school, "R1", 2)
    trained(school)
    add_photos(school, "R2", 1)
    driver = window()
    screen = opened(driver)
    assert driver.shows("1 new photo of 1 student")
    screen.tabs.select(3)
    newest, oldest = screen.versions.shown()
    assert (newest.in_use, oldest.in_use) == (True, False)
    screen.versions.select([str(oldest.run.id)])
    driver.press("<Return>", screen.versions.tree)
    driver.wait_for_dialog()
    driver.press("<Return>")
    driver.wait_for(lambda: driver.is_ready and screen.versions.shown() and screen.versions.shown()[1].in_use)
    with school.read() as db:
        used = training_runs.run_in_use(db, people.get_class(db, "C").id)
    assert used is not None
    assert used.id == oldest.run.id
    # It is as old as its photos.
    assert driver.shows("3 new photos of 2 students")


def test_an_empty_class_says_what_comes_first(window: Window, school: Store) -> None:
    driver = window()
    driver.open("train", "EMPTY")
    driver.wait_for(lambda: driver.shows("Nobody here has photos yet"))
    button = driver.find("Train now")
    assert str(button.cget("state")) == "disabled"


def test_the_button_trains(window: Window, ready: Home, cli: Cli) -> None:
    with open_store(ready) as store, store.transaction() as db:
        people.add_class(db, "C", "Class")
    for picture, who in ((ASTRONAUT, "R1 Eileen Collins"), (PHOTOGRAPHER, "R2 The Photographer")):
        assert cli("enrol", "C", picture, "--student", who, "--consent", "test") == 0
    driver = window()
    screen = driver.open("train", "C")
    assert driver.shows("This class was not trained yet")
    driver.click(driver.find("Train now"))
    driver.wait_for(lambda: driver.is_ready and driver.shows("Trained: "), "the training")
    assert isinstance(screen, Screen)
    # One photo of each is no test, and that is said.
    assert driver.shows("This class cannot be tested")
    with open_store(ready) as store:
        assert state_of(store).run is not None


def test_what_trains_by_itself_is_what_nobody_changes_any_more(school: Store) -> None:
    tasks: list[object] = []
    app = SimpleNamespace(actor=None, call=lambda work, *_, **__: tasks.append(work))
    retraining = Retraining(app, SimpleNamespace(status=SimpleNamespace(tell=tasks.append)))  # type: ignore[arg-type]
    add_photos(school, "R3", 2)
    retraining._take(training_states(school))
    assert tasks == []  # somebody may be in the middle of it
    add_photos(school, "R4", 3)
    retraining._take(training_states(school))
    assert tasks == []
    retraining._take(training_states(school))
    assert len(tasks) == 1
    retraining._take(training_states(school))
    assert len(tasks) == 1  # what could not be trained is not tried again and again


def test_who_went_back_to_an_older_version_keeps_it(school: Store) -> None:
    add_photos(school, "R3", 2)
    trained(school)
    with school.transaction() as db:
        number = people.get_class(db, "C").id
        training_runs.choose_run(db, min(one.id for one in training_runs.list_runs(db, number)), clock.now())
    states = training_states(school)
    assert [one.went_back for one in states] == [True, False]
    assert states[0].is_changed
    tasks: list[object] = []
    app = SimpleNamespace(actor=None, call=lambda work, *_, **__: tasks.append(work))
    retraining = Retraining(app, SimpleNamespace(status=SimpleNamespace(tell=tasks.append)))  # type: ignore[arg-type]
    for _ in range(3):
        retraining._take(training_states(school))
    assert tasks == []


def test_a_class_that_vanished_meanwhile_disturbs_nobody(ready: Home) -> None:
    with open_store(ready) as store:
        use = SimpleNamespace(home=ready, store=store, settings=Settings(), progress=lambda _progress: None)
        assert retraining._train(use, "GONE") == ""  # type: ignore[arg-type]


def test_a_chart_keeps_its_hues_on_a_dark_ground() -> None:
    chart = Image.new("RGB", (3, 1))
    chart.putdata([(255, 255, 255), (0, 0, 0), (200, 40, 40)])
    paper, ink, red = (for_dark(chart, "#1d232a").getpixel((place, 0)) for place in range(3))
    assert (paper, ink) == ((29, 35, 42), (255, 255, 255))
    assert red[0] > red[1] + 60  # type: ignore[index]
