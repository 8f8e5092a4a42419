"""Saying no, deleting and the day's sweep where the key of the faces is lost or locked: no trace waits for it."""

from datetime import timedelta
from pathlib import Path

import pytest

from core import clock, consent, retention
from core.daily import do_daily_work
from core.erasure import erase_student
from core.paths import Home
from core.settings import Settings
from core.store import audit, people, rejections, samples, sightings, training_runs
from core.store.database import Store, open_store
from core.store.face_erasure import classes_knowing
from core.store.tables import PassageTable, RejectionTable, SampleTable
from core.vault import sources
from tests.cli_support import ASTRONAUT, NINE, Cli, side_by_side
from tests.store_support import begin_session
from tests.test_consent import add_face, picture

PASSPHRASE = "four words are enough"


def versions(home: Home) -> list[Path]:
    return sorted(home.classifiers.glob("*/*"))


@pytest.fixture
def trained(ready: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Class C, trained twice, with a lesson that shows R1, an index, and a class D of others."""
    monkeypatch.setenv("ROLLCALL_THUMBNAIL_DAYS", "3650")  # The lesson's day becomes longer ago with every year.
    cli = Cli(ready, capsys)
    cli.trained_class()
    assert cli("train", "C") == 0
    assert cli("class", "add", "D", "Others") == 0
    assert cli("who", ASTRONAUT) == 0
    assert cli("mark", "C", side_by_side(tmp_path / "room.png", ASTRONAUT), *NINE) == 0
    assert len(versions(ready)) == 4
    assert (ready.models / "school.npz").exists()
    return cli


def assert_nothing_is_left(home: Home) -> None:
    assert versions(home) == []
    assert not (home.models / "school.npz").exists()
    with open_store(home) as store, store.read() as db:
        assert training_runs.list_runs(db, 1) == []
        orders = (
            "SELECT count(*) FROM samples WHERE student_id = 1",
            "SELECT count(*) FROM sightings WHERE student_id = 1 AND length(thumbnail)",
        )
        assert [db.connection().exec_driver_sql(one).scalar() for one in orders] == [0, 0]
        assert db.connection().exec_driver_sql("SELECT count(*) FROM samples WHERE student_id = 2").scalar()


@pytest.mark.parametrize("words", [("consent", "withdraw", "R1"), ("consent", "refuse", "R1", "letter"),
                                   ("students", "delete", "R1")])  # fmt: skip
def test_a_lost_key_keeps_nobody_from_saying_no(trained: Cli, words: tuple[str, ...]) -> None:
    kept = trained.home.key.read_bytes()
    trained.home.key.unlink()
    said = trained.json(*words)
    assert said["removed"] == ["C"]
    assert "With the key, train again: app.py train C" in " ".join(trained.printed.split())
    if words[0] == "consent":
        assert (said["erased"]["samples"], said["erased"]["sightings"]) == (1, 1)
        assert bool(said["records"][0]["withdrawn_at"]) == (words[1] == "withdraw")
    assert_nothing_is_left(trained.home)
    trained.home.key.write_bytes(kept)
    assert "train" in trained.refused("mark", "C", ASTRONAUT, "--at", "2026-11-21T12:00")


def test_a_passphrase_is_asked_for_and_a_wrong_one_stops_nobody(trained: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(sources.VARIABLE, PASSPHRASE)
    assert trained("security", "key", "--passphrase") == 0, trained.said
    # With the key: cut out, and the other's classifier stays.
    assert trained.json("consent", "withdraw", "R2")["removed"] == []
    assert len(versions(trained.home)) == 4
    monkeypatch.setenv(sources.VARIABLE, "not the right words")
    assert trained.json("consent", "withdraw", "R1")["removed"] == ["C"]
    assert versions(trained.home) == []


def test_without_a_key_nobody_is_asked_for_each_picture(trained: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(sources.VARIABLE, PASSPHRASE)
    assert trained("security", "key", "--passphrase") == 0
    asked: list[int] = []

    def ask(attempt: int) -> str | None:
        asked.append(attempt)
        return "wrong words again" if attempt < 3 else None

    with open_store(trained.home, ask=ask) as store:
        assert consent.withdraw(store, "R1").removed == ("C",)
    assert asked == [0, 1, 2, 3]


@pytest.fixture
def store(home: Home) -> Store:
    with open_store(home) as store:
        yield store


def run_of(store: Store, class_id: int) -> Path:
    """A version of a class whose files nobody opens."""
    path = store.home.classifiers / str(class_id) / "20260101T000000-000001.npz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"sealed")
    path.with_suffix(".json").write_text("{}", encoding="utf-8")
    with store.transaction() as db:
        training_runs.add_run(
            db, class_id=class_id, file=path.relative_to(store.home.models).as_posix(), sha256="0" * 64, model_key="k",
            students=2, samples=2, seconds=1, figures={}, created_at=clock.now(),
        )  # fmt: skip
    return path


def test_every_class_that_may_know_the_face_forgets_it_and_no_other(store: Store) -> None:
    first, second = add_face(store, "R1", 1), add_face(store, "R2", 2)
    with store.transaction() as db:
        ids = {
            code: people.add_class(db, code, "Class").id for code in ("NOW", "LEFT", "MOVED", "SEEN", "BESIDE", "NO")
        }
        for code in ("NOW", "LEFT", "MOVED"):
            people.add_to_roster(db, ids[code], first)
        people.remove_from_roster(db, ids["LEFT"], first)
        people.move(db, first, ids["MOVED"], ids["NOW"])
        people.add_to_roster(db, ids["BESIDE"], second)
        session = begin_session(db, ids["SEEN"])
        from core.store import register
        from core.store.register import SightingDraft

        at = session.starts_at
        register.replace_sightings(db, session.id, "b.mp4", [SightingDraft("review", "?", first, 0.5, at, at)])
        for source, seed in (("b.mp4", 70), ("c.mp4", 71)):
            embedding = samples.samples_of(db, [second])[0].embedding
            rejections.add_rejection(db, second, crop=picture(seed), embedding=embedding, model_key="k", source=source)
        assert classes_knowing(db, first) == {ids[code] for code in ("NOW", "LEFT", "MOVED", "SEEN")}
        assert classes_knowing(db, second) == {ids["BESIDE"]}
    files = {code: run_of(store, number) for code, number in ids.items()}
    store.home.key.unlink()
    store.vault.forget()
    _, removed = erase_student(store, "R1")
    assert set(removed) == {"NOW", "LEFT", "MOVED", "SEEN", "BESIDE"}
    assert {code for code, path in files.items() if path.exists()} == {"NO"}
    with store.read() as db:
        # The face that was not R2 in the same video may be R1's; the one of another video stays.
        assert {one.source for one in db.query(RejectionTable).filter_by(student_id=second)} == {"a.png", "c.mp4"}
        assert db.query(SampleTable).filter_by(student_id=second).count() == 1
        assert db.query(PassageTable).filter_by(student_id=first).count() == 0
        gone = audit.rows(db, audit.Filter(action="faces.versions.remove"), 9)
    assert {one.class_id for one in gone} == {ids[code] for code in removed}


def test_the_days_sweep_waits_for_the_key_and_an_ordered_one_does_not(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    student = add_face(store, "R1", 1)
    with store.transaction() as db:
        number = people.add_class(db, "C", "Class").id
        people.add_to_roster(db, number, student)
        people.set_active(db, student, False)
    file = run_of(store, number)
    store.home.key.unlink()
    store.vault.forget()
    later = clock.now() + timedelta(days=40)
    monkeypatch.setattr(clock, "now", lambda: later)
    settings = Settings(sample_days_after_leaving=30, passage_picture_days=30)
    told = do_daily_work(store, settings)
    # Everything else that is due goes all the same.
    assert any("1 passages' pictures" in one for one in told)
    [note] = [one for one in told if "app.py retention sweep" in one]
    assert "1 student who left" in note
    assert file.exists()
    swept = retention.sweep(store, settings)
    assert dict(swept.erased)["faces of students who left"] == 1
    assert any("app.py train C" in one for one in swept.notes)
    assert versions(store.home) == []
    with store.read() as db:
        assert samples.count_by_student(db, [student]) == {student: 0}
        assert sightings.sightings_of(db, 1, ("present",)) == []
