"""Changing the settings: the file keeps its comments, the audit what was there before, and nothing is half done."""

from pathlib import Path
from threading import Event

import numpy as np
import pytest

from core import audit
from core.accounts.admin import set_up
from core.actor import Actor, acting
from core.configuring import change_settings, fixed_names, limits_of
from core.errors import AccessError, CancelledError, InputError, RollcallError
from core.office.rooms import add_room
from core.settings import Settings, load_settings, settings_file
from core.store import audit as audit_rows
from core.store.database import Store
from core.trying_camera import try_camera, try_room
from core.vision.video_writer import VideoWriter


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ROLLCALL_{name.upper()}", raising=False)


def _changes(store: Store) -> list[tuple[object, object]]:
    return [(one.before, one.after) for one in audit.entries(store, audit.Filter(action="settings.change"))]


def test_what_is_changed_is_read_back_and_audited_once(store: Store) -> None:
    change_settings(store, {"school": "École №1", "late_after_minutes": 15, "lock_after_days": 14})
    settings = load_settings(store.home)
    assert (settings.school, settings.late_after_minutes) == ("École №1", 15)
    assert _changes(store) == [
        ({"late_after_minutes": 10, "school": ""}, {"late_after_minutes": 15, "school": "École №1"})
    ]


def test_comments_and_other_lines_stay(store: Store) -> None:
    settings_file(store.home).write_text('# Ours.\nschool = "Old"  # the name\nlater = 1\n[table]\nx = 2\n', "utf-8")
    change_settings(store, {"school": "New", "lesson_minutes": 45})
    text = settings_file(store.home).read_text("utf-8")
    assert '# Ours.\nschool = "New"  # the name\nlater = 1\n' in text
    assert text.index("lesson_minutes = 45") < text.index("[table]")
    assert load_settings(store.home).lesson_minutes == 45


def test_none_goes_back_to_the_default(store: Store) -> None:
    change_settings(store, {"late_after_minutes": 20})
    assert change_settings(store, {"late_after_minutes": None}).late_after_minutes == 10
    assert "late_after" not in settings_file(store.home).read_text("utf-8")


@pytest.mark.parametrize(
    "changes",
    [
        {"late_after_minutes": 999},
        {"time_zone": "Mars/Olympus"},
        {"audit_days": 5},
        {"no_such_setting": 1},
        {"school": "X", "min_face_px": 3},
    ],
)
def test_what_cannot_be_changes_nothing(store: Store, changes: dict[str, object]) -> None:
    change_settings(store, {"school": "Ours"})
    before = settings_file(store.home).read_bytes()
    with pytest.raises(InputError):
        change_settings(store, changes)  # type: ignore[arg-type]
    assert settings_file(store.home).read_bytes() == before
    assert len(_changes(store)) == 1


def test_a_file_that_cannot_be_read_is_left_alone(store: Store) -> None:
    settings_file(store.home).write_bytes(b"school = \xff")
    with pytest.raises(InputError, match="cannot be read"):
        change_settings(store, {"school": "X"})
    assert settings_file(store.home).read_bytes() == b"school = \xff"


def test_a_variable_of_the_computer_is_named(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLCALL_SCHOOL", "From outside")
    assert fixed_names() == {"school"}
    with pytest.raises(InputError, match="ROLLCALL_SCHOOL"):
        change_settings(store, {"school": "X"})
    change_settings(store, {"late_after_minutes": 5})
    assert load_settings(store.home).school == "From outside"


def test_a_row_that_cannot_be_saved_brings_the_old_file_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    change_settings(store, {"school": "Ours"})
    before = settings_file(store.home).read_bytes()
    with store.transaction() as db:
        # What the database refuses at the end of the transaction, as on a full disk.
        db.connection().exec_driver_sql("CREATE TABLE one (id INTEGER PRIMARY KEY)")
        db.connection().exec_driver_sql("CREATE TABLE two (one INTEGER REFERENCES one DEFERRABLE INITIALLY DEFERRED)")
    real = audit_rows.record

    def record(db: object, *rest: object, **more: object) -> int:
        db.connection().exec_driver_sql("INSERT INTO two VALUES (7)")  # type: ignore[attr-defined]
        return real(db, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(audit_rows, "record", record)
    with pytest.raises(Exception, match="FOREIGN KEY"):
        change_settings(store, {"school": "Others"})
    assert settings_file(store.home).read_bytes() == before
    assert len(_changes(store)) == 1


def test_only_an_admin_changes_them(store: Store) -> None:
    ada = set_up(store, "ada", "violet kettle 7 harbour")
    with acting(ada.actor()):
        change_settings(store, {"school": "Ours"})
    with acting(Actor("bob", "teacher", 99)), pytest.raises(AccessError):
        change_settings(store, {"school": "Others"})
    assert load_settings(store.home).school == "Ours"


def test_limits_are_those_of_the_settings() -> None:
    assert limits_of("late_after_minutes") == (0, 240)
    assert limits_of("looks_per_second") == (0, 60)
    with pytest.raises(ValueError, match="no number"):
        limits_of("school")


def test_a_camera_that_works_shows_its_picture(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "film.mp4", 20, (320, 240)) as writer:
        for number in range(40):
            writer.write(np.full((240, 320, 3), 60 + number, dtype=np.uint8))
    tried = try_camera(f"loop:{tmp_path / 'film.mp4'}", Event())
    assert tried.picture is not None
    assert tried.picture.shape == (240, 320, 3)
    assert "320 × 240" in tried.sentence


def test_a_test_that_is_stopped_ends(tmp_path: Path) -> None:
    stopped = Event()
    stopped.set()
    with pytest.raises(CancelledError):
        try_camera("97", stopped)


def test_a_camera_that_is_not_there_is_told_in_words(store: Store) -> None:
    tried = try_camera("97", Event())
    assert tried.picture is None
    assert "cannot be opened" in tried.sentence
    add_room(store, "Lab")
    with pytest.raises(RollcallError, match="no camera"):
        try_room(store, "Lab", Event())
