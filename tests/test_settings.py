"""Settings: defaults, the file, the environment, and what is wrong with them in one sentence."""

from pathlib import Path

import pytest

from core.errors import InputError
from core.paths import Home
from core.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ROLLCALL_{name.upper()}", raising=False)


def write(home: Home, text: str | bytes) -> Path:
    path = home.data / "settings.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_without_a_file_the_defaults_hold(home: Home) -> None:
    settings = load_settings(home)
    assert (settings.school, settings.time_zone, settings.min_face_px) == ("", None, "auto")
    assert settings.detector == "mtcnn"


def test_the_file_is_read_and_unknown_names_are_ignored(home: Home) -> None:
    write(home, 'school = "École №1"\ntime_zone = "Asia/Kolkata"\nmin_face_px = 30\nlater = 1\n')
    settings = load_settings(home)
    assert (settings.school, settings.time_zone, settings.min_face_px) == ("École №1", "Asia/Kolkata", 30)


def test_the_environment_wins(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, "lesson_minutes = 45\nmin_face_px = 30\n")
    monkeypatch.setenv("ROLLCALL_LESSON_MINUTES", "60")
    settings = load_settings(home)
    assert (settings.lesson_minutes, settings.min_face_px) == (60, 30)


@pytest.mark.parametrize(
    ("text", "size"),
    [("20", 20), ("400", 400), ('"30"', 30), ("30.0", 30), ('"auto"', "auto"), ("'auto'", "auto")],
)
def test_the_smallest_face_is_a_number_or_left_to_the_program(home: Home, text: str, size: int | str) -> None:
    write(home, f"min_face_px = {text}")
    assert load_settings(home).min_face_px == size


@pytest.mark.parametrize(("text", "size"), [("auto", "auto"), ("30", 30)])
def test_the_smallest_face_from_the_environment(
    home: Home, monkeypatch: pytest.MonkeyPatch, text: str, size: int | str
) -> None:
    write(home, "min_face_px = 77")
    monkeypatch.setenv("ROLLCALL_MIN_FACE_PX", text)
    assert load_settings(home).min_face_px == size


@pytest.mark.parametrize("text", ["19", "401", '""', '"automatic"', "30.5", "true", "[30]", "nan", "inf", "-30"])
def test_what_is_no_size_of_a_face_is_answered_with_what_is(home: Home, text: str) -> None:
    write(home, f"min_face_px = {text}")
    with pytest.raises(InputError, match=r"setting min_face_px in .*write auto, or a whole number .* 20 to 400"):
        load_settings(home)


def test_the_detector_is_chosen_in_the_file_or_the_environment(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, 'detector = "yunet"')
    assert load_settings(home).detector == "yunet"
    monkeypatch.setenv("ROLLCALL_DETECTOR", "mtcnn")
    assert load_settings(home).detector == "mtcnn"


def test_two_homes_have_settings_of_their_own(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    other.create()
    write(home, 'school = "one"')
    write(other, 'school = "other"')
    assert [load_settings(one).school for one in (home, other, home)] == ["one", "other", "one"]


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "Asia", "/etc/localtime", "a\\u0000b"])
def test_an_unknown_zone_is_named(home: Home, zone: str) -> None:
    path = write(home, f'time_zone = "{zone}"')
    with pytest.raises(InputError, match="time_zone") as caught:
        load_settings(home)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("min_face_px", "5"),
        ("min_face_px", '"large"'),
        ("detector", '"haar"'),
        ("looks_per_second", "0"),
        ("looks_per_second", "nan"),
        ("lesson_minutes", "-1"),
        ("lesson_minutes", "[]"),
        ("samples_per_student", "1e9"),
        ("school", "7"),
    ],
)
def test_a_wrong_value_is_named(home: Home, name: str, value: str) -> None:
    write(home, f"{name} = {value}")
    with pytest.raises(InputError, match=f"setting {name} in .*settings.toml"):
        load_settings(home)


def test_a_wrong_variable_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLCALL_MIN_FACE_PX", "tiny")
    with pytest.raises(InputError, match="min_face_px"):
        load_settings(home)


@pytest.mark.parametrize(
    "text", ["school = ", "= 1", "[[[", "school = 'a'\nschool = 'b'", b"\xff\xfe\x00", b"\x00" * 9]
)
def test_what_is_no_toml(home: Home, text: str | bytes) -> None:
    write(home, text)
    with pytest.raises(InputError, match=r"settings\.toml cannot be read"):
        load_settings(home)
