"""What was kept long enough goes, for real, by itself, and is told; nothing younger does."""

import os
from collections.abc import Iterator
from datetime import timedelta

import openpyxl
import pytest

from core import backups, clock, consent, retention, review
from core.daily import do_daily_work
from core.doctor import Finding, examine
from core.paths import Home
from core.reports.session_files import write_sheet_of
from core.settings import Settings
from core.store import audit, copies, passages, people, register, samples, schema, sightings
from core.store.database import Store, open_store
from core.store.register import SightingDraft
from core.vision.images import encode_png
from tests.cli_support import Cli
from tests.store_support import NINE, begin_session
from tests.test_consent import add_face, picture

PERIODS = ("sample_days_after_leaving", "thumbnail_days", "passage_picture_days", "mark_days", "video_days")
FOR_GOOD = dict.fromkeys(PERIODS, 0)


@pytest.fixture
def store(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(clock, "now", lambda: NINE)
    with open_store(home) as store:
        yield store


@pytest.fixture
def student(store: Store) -> int:
    """R1 with a face, a passage, and a lesson in which they and a stranger were seen."""
    made = add_face(store, "R1", 1)
    with store.transaction() as db:
        school_class = people.add_class(db, "C", "Class")
        people.add_to_roster(db, school_class.id, made)
        session = begin_session(db, school_class.id)
        faces = [("present", made, 5), ("unknown", None, 6)]
        drafts = [
            SightingDraft(kind, "why", who, 0.9, NINE, NINE, thumbnail=encode_png(picture(seed)))
            for kind, who, seed in faces
        ]
        register.replace_sightings(db, session.id, "a.mp4", drafts)
        evidence = {made: register.FaceEvidence(0.9, NINE, NINE)}
        register.merge_face_marks(db, session.id, evidence, [made])
    return made


def later(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    monkeypatch.setattr(clock, "now", lambda: NINE + timedelta(days=days))


def pictures(store: Store) -> dict[str, bool]:
    with store.read() as db:
        return {one.kind: bool(one.thumbnail) for one in sightings.sightings_of(db, 1, ("present", "unknown"))}


def swept(store: Store, **days: int) -> dict[str, int]:
    return dict(retention.sweep(store, Settings(**{**FOR_GOOD, "unknown_faces_days": 365, **days})).erased)


def test_nothing_goes_that_is_kept_for_good(store: Store, student: int, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch, 300)
    assert swept(store) == {}
    assert pictures(store) == {"present": True, "unknown": True}


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("thumbnail_days", "pictures of faces in lessons"),
        ("unknown_faces_days", "pictures of unknown faces"),
        ("passage_picture_days", "passages' pictures"),
        ("mark_days", "lessons with their marks"),
    ],
)
def test_each_goes_after_its_days_and_not_before(
    store: Store, student: int, monkeypatch: pytest.MonkeyPatch, name: str, what: str
) -> None:
    later(monkeypatch, 9.9)
    assert swept(store, **{name: 10}) == {}
    later(monkeypatch, 10.2)
    assert retention.show(store, Settings(**{**FOR_GOOD, name: 10}))
    erased = swept(store, **{name: 10})
    assert erased.pop(what) == 1
    assert set(erased) <= {"passages"}
    assert swept(store, **{name: 10}) == {}
    with store.read() as db:
        [row] = audit.rows(db, audit.Filter(action="data.sweep"), 9)
        assert row.after[what] == 1
        assert samples.count_by_student(db, [student]) == {student: 1}
    if name == "mark_days":
        assert passages_left(store) == 0
    if name == "thumbnail_days":
        assert pictures(store) == {"present": False, "unknown": True}
    if name == "unknown_faces_days":
        assert pictures(store) == {"present": True, "unknown": False}


def passages_left(store: Store) -> int:
    with store.read() as db:
        return len(passages.last_events(db))


def test_faces_of_who_left_go_and_their_marks_stay(store: Store, student: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with store.transaction() as db:
        people.set_active(db, student, False)
    later(monkeypatch, 31)
    with store.transaction() as db:
        people.set_active(db, student, False)  # Said again: still since then.
    assert swept(store, sample_days_after_leaving=30) == {"faces of students who left": 1}
    with store.read() as db:
        assert samples.count_by_student(db, [student]) == {student: 0}
        assert [row.roll for row in register.register_rows(db, 1)] == ["R1"]


def test_who_came_back_keeps_their_face(store: Store, student: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with store.transaction() as db:
        people.set_active(db, student, False)
        people.set_active(db, student, True)
    later(monkeypatch, 300)
    assert swept(store, sample_days_after_leaving=30) == {}


def test_videos_and_copies_go_with_age(store: Store, student: int, monkeypatch: pytest.MonkeyPatch) -> None:
    video, text = store.home.output / "a" / "lesson.mp4", store.home.output / "notes.txt"
    video.parent.mkdir()
    for path in (video, text):
        path.write_bytes(b"x")
        os.utime(path, (NINE.timestamp(), NINE.timestamp()))
    copy = schema.backup(store.home.database, "daily")
    later(monkeypatch, 29)
    assert swept(store, video_days=30, backup_days=30) == {}
    later(monkeypatch, 31)
    assert swept(store, video_days=30, backup_days=30) == {"annotated videos": 1, "copies of the database": 1}
    assert (video.exists(), text.exists(), copy.exists()) == (False, True, False)


def test_what_was_swept_is_on_the_disk_no_more(store: Store, student: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with store.read() as db:
        stored = [bytes(one) for one in db.connection().exec_driver_sql("SELECT thumbnail FROM sightings").scalars()]
    pieces = [one[200:232] for one in stored]
    files = [store.home.database, store.home.database.with_name("rollcall.db-wal")]
    assert all(any(piece in path.read_bytes() for path in files) for piece in pieces)
    later(monkeypatch, 100)
    assert swept(store, thumbnail_days=10, unknown_faces_days=0)
    held = b"".join(path.read_bytes() for path in files if path.exists())
    assert [piece for piece in pieces if piece in held] == []


def test_the_first_command_of_a_day_sweeps_before_it_copies(
    store: Store, student: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(**{**FOR_GOOD, "thumbnail_days": 10, "unknown_faces_days": 10})
    later(monkeypatch, 11)
    [line] = do_daily_work(store, settings)
    assert line.startswith("Kept long enough, so erased today: 1 pictures of unknown faces, 1 pictures of faces")
    assert do_daily_work(store, settings) == ()
    [copy] = copies.list_copies(store.home.database)
    assert copy.made_at == clock.now()


def test_what_is_kept_is_shown(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    cli = Cli(home, capsys)
    with open_store(home) as store:
        add_face(store, "R1", 1)
        consent.history(store, "R1")
    shown = {one["name"]: one["days"] for one in cli.json("retention", "show")}
    assert (shown["unknown_faces_days"], shown["mark_days"], shown["backup_days"]) == (0, None, 30)
    assert cli.json("retention", "sweep") == {"erased": {}, "notes": []}


def test_the_doctor_tells_of_old_copies_and_of_what_is_due(
    store: Store, student: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(subject: str) -> Finding:
        [found] = [one for one in examine(store.home) if one.subject == subject]
        return found

    monkeypatch.setenv("ROLLCALL_THUMBNAIL_DAYS", "10")
    monkeypatch.setenv("ROLLCALL_UNKNOWN_FACES_DAYS", "365")
    assert "no copy yet" in told("backup").text
    backups.back_up(store)
    assert told("backup") == Finding("backup", True, "1 copy, the newest 0 days old")
    assert told("retention").ok
    later(monkeypatch, 11)
    assert not told("backup").ok
    assert "11 days old" in told("backup").text
    assert "1 lessons with pictures of faces" in told("retention").text
    assert not told("retention").ok
    retention.sweep(store, Settings(**{**FOR_GOOD, "thumbnail_days": 10, "unknown_faces_days": 365}))
    assert told("retention").ok


def test_the_sheet_loses_unknown_faces_when_their_days_are_over(
    store: Store, student: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(**{**FOR_GOOD, "unknown_faces_days": 3, "thumbnail_days": 60})
    path = write_sheet_of(store, settings, 1).path

    def shown() -> int:
        return len(openpyxl.load_workbook(path)["Unknown faces"]._images)

    later(monkeypatch, 2.9)
    assert retention.sweep(store, settings).erased == ()
    assert shown() == 1
    later(monkeypatch, 3.2)
    assert dict(retention.sweep(store, settings).erased) == {"pictures of unknown faces": 1}
    assert shown() == 0
    assert [one.thumbnail for one in review.open_items(store, 1)] == [b""]


def test_who_says_no_may_have_been_an_unknown_face(store: Store, student: int) -> None:
    path = write_sheet_of(store, Settings(unknown_faces_days=9), 1).path
    consent.withdraw(store, "R1")
    assert pictures(store) == {"present": False, "unknown": False}
    assert openpyxl.load_workbook(path)["Unknown faces"]._images == []
